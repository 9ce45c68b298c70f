import Store
import Words

/// The room that open payments may still need, kept in the WAL itself: the file is made longer
/// before it has to be, and never shorter.
///
/// A frame that is written into room that is there already cannot fail for want of it, whatever
/// else fills the disk.
struct Space {
    static let pageBytes = 4_096
    static let frameBytes = pageBytes + 24
    static let headerBytes = 32
    /// The WAL grows by so many frames at least, so that it seldom does.
    private static let chunkFrames = 64

    /// What steps write, in the terms that frames follow from.
    struct Need: Hashable, Sendable {
        private(set) var steps = 0
        /// Bytes are padded, to twice their size at most, and long ones fill pages of their own.
        private(set) var pages = 0

        init() {}

        init(steps: Int, bytes: Int) {
            self.steps = steps
            pages = (2 * bytes + Space.pageBytes - 1) / Space.pageBytes
        }

        init(_ room: Room) { self.init(steps: room.steps, bytes: room.bytes) }

        mutating func add(_ other: Need) {
            steps += other.steps
            pages += other.pages
        }

        mutating func subtract(_ other: Need) {
            steps -= other.steps
            pages -= other.pages
        }
    }

    let framesPerStep: Int
    /// The frames for which the WAL has room.
    private(set) var frames = 0
    /// The frames that are in use, until the next checkpoint.
    var used = 0

    init(_ settings: Settings) { framesPerStep = settings.framesPerStep }

    mutating func measure(_ wal: File) throws(StoreError) {
        frames = max(0, try wal.size() - Self.headerBytes) / Self.frameBytes
    }

    /// The most frames that this writes.
    func cost(_ need: Need) -> Int { need.steps * framesPerStep + 2 * need.pages }

    /// The most frames that laying rows down writes into a database of so many pages.
    ///
    /// A row changes a leaf, may split it and change what is above, and may need a page of its
    /// own; but no page is written twice, and new ones are at least half full of what is new.
    func costOfLaying(rows: Int, bytes: Int, pages: Int) -> Int {
        let padded = 2 * bytes + rows * Self.smallestRowBytes
        let new = 2 * (padded / Self.pageBytes) + Table.allCases.count * Self.levels
        return min(3 * rows, pages) + rows + new
    }

    /// A row with what stands beside its body; and how deep a tree may be.
    private static let (smallestRowBytes, levels) = (320, 4)

    func holds(_ needed: Int) -> Bool { used + needed <= frames }

    /// Makes the WAL longer with zeros, which no reader takes for frames, and syncs it.
    mutating func extend(_ wal: File, for needed: Int) throws(StoreError) {
        let chunks = (used + needed + Self.chunkFrames - 1) / Self.chunkFrames
        let target = Self.headerBytes + chunks * Self.chunkFrames * Self.frameBytes
        var size = try wal.size()
        while size < target {
            let count = min(target - size, 16 * Self.pageBytes)
            try wal.write([UInt8](repeating: 0, count: count), at: size)
            size += count
        }
        try wal.sync()
        try measure(wal)
    }
}
