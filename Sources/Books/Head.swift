import Store
package import Words

/// How far the books had come: a few bytes in a file beside the database, so that a log that lost
/// its end, or an older database, is noticed.
struct Mark: Hashable {
    /// The newest entry that was durable when this was written, and its link.
    let number: UInt64
    let link: [UInt8]

    private static let magic = Array("tallybk1".utf8)
    static let byteCount = 80

    init(number: UInt64, link: [UInt8]) { (self.number, self.link) = (number, link) }

    init?(_ bytes: [UInt8], _ chain: Chain) {
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic),
            chain.head(Array(bytes[..<48])) == Array(bytes[48...])
        else { return nil }
        number = bytes[8..<16].reduce(0) { $0 &<< 8 | UInt64($1) }
        link = Array(bytes[16..<48])
    }

    func bytes(_ chain: Chain) -> [UInt8] {
        let bytes = Self.magic + bigEndianBytes(number) + link
        return bytes + chain.head(bytes)
    }
}

/// The head's file: two slots, far enough apart that no torn write touches both.
///
/// It is written after every commit, so it may lag and never leads. The slot that was synced last
/// is not touched until the other one is: a power cut may tear the newest mark, never the last.
struct Head: ~Copyable {
    static let name = "books.head"
    static let slotBytes = 4_096

    private let file: File
    private var synced: Int
    private var isDirty = false
    /// What could be read of it, the newest mark; nil when nothing could.
    let mark: Mark?

    init(_ disk: Disk, _ chain: Chain) throws(StoreError) {
        let file = try File(disk, Self.name, for: .data)
        var (newest, place): (Mark?, Int) = (nil, 0)
        for slot in 0..<2 {
            let found = Mark(try file.read(Mark.byteCount, at: slot * Self.slotBytes), chain)
            guard let found, found.number >= newest?.number ?? 0 else { continue }
            (newest, place) = (found, slot)
        }
        (self.file, mark, synced) = (file, newest, place)
    }

    mutating func write(_ mark: Mark, _ chain: Chain) throws(StoreError) {
        isDirty = true
        try file.write(mark.bytes(chain), at: (1 - synced) * Self.slotBytes)
    }

    mutating func sync() throws(StoreError) {
        guard isDirty else { return }
        try file.sync()
        (synced, isDirty) = (1 - synced, false)
    }
}

extension Books {
    /// The newest entry that a head says had been written, whatever became of the books beside it;
    /// `head` is what that file holds, and may be anything.
    package static func newest(by head: [UInt8], hiding: any Hiding) -> UInt64? {
        let chain = Chain(hiding: hiding)
        return (0..<2).compactMap { slot in
            let bytes = head.dropFirst(slot * Head.slotBytes).prefix(Mark.byteCount)
            return Mark(Array(bytes), chain)?.number
        }.max()
    }
}
