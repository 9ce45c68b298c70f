import Store
import Words

/// How far the log had come: a few bytes in a file beside the database, so that a log that lost
/// its end, or an older database, is noticed.
struct Mark: Hashable, Sendable {
    /// The newest record that was durable when this was written.
    let number: UInt64
    /// The newest record that lay in the database itself, not only in its WAL.
    let floor: UInt64
    /// The link of record `number`.
    let link: [UInt8]

    private static let magic = Array("tallyhd1".utf8)
    static let byteCount = 88

    func bytes(_ cover: Cover) -> [UInt8] {
        var bytes = Self.magic
        append(number, to: &bytes)
        append(floor, to: &bytes)
        bytes += link
        return bytes + cover.headMAC(bytes)
    }

    init(number: UInt64, floor: UInt64, link: [UInt8]) {
        (self.number, self.floor, self.link) = (number, floor, link)
    }

    init?(_ bytes: [UInt8], _ cover: Cover) {
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic),
            cover.headMAC(Array(bytes[..<56])) == Array(bytes[56...])
        else { return nil }
        self.init(
            number: bigEndian(bytes[8..<16]),
            floor: bigEndian(bytes[16..<24]),
            link: Array(bytes[24..<56])
        )
    }
}

/// The head file: two slots, far enough apart that no torn write touches both.
///
/// It is written after every commit and synced when idle. The slot that was synced last is not
/// touched until the other one is: so a power cut may tear the newest mark, never the last.
struct Head: ~Copyable {
    static let name = "journal.head"
    static let slotBytes = 4_096

    private let file: File
    private var synced: Int
    private(set) var isDirty = false

    /// A head whose newest synced mark is in the slot `trusted`.
    init(_ file: File, trusted: Int) {
        (self.file, synced) = (file, trusted)
    }

    static func slots(_ file: File) throws(StoreError) -> [[UInt8]] {
        var slots: [[UInt8]] = []
        for slot in 0..<2 {
            slots.append(try file.read(Mark.byteCount, at: slot * slotBytes))
        }
        return slots
    }

    mutating func write(_ mark: Mark, _ cover: Cover) throws(StoreError) {
        isDirty = true
        try file.write(mark.bytes(cover), at: (1 - synced) * Self.slotBytes)
    }

    mutating func sync() throws(StoreError) {
        guard isDirty else { return }
        try file.sync()
        synced = 1 - synced
        isDirty = false
    }

    /// Puts the mark into both slots, so that neither knows anything else.
    mutating func anchor(_ mark: Mark, _ cover: Cover) throws(StoreError) {
        for _ in 0..<2 {
            try write(mark, cover)
            try sync()
        }
    }
}
