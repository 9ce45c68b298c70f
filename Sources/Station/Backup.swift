package import Host
import Journal
import Sealing
import Wire
package import Words

/// All of a wallet in one file, which restores it on another device: docs/PROTOCOL section 15.
package struct Backup: Hashable, Sendable {
    package let key: Key
    package let moment: Moment
    let contents: [Content]
    private let mac: Hash

    /// One file of a home.
    struct Content: Hashable, Sendable {
        let name: String
        var size: UInt64 = 0
        var digest = Hash(Bytes32(repeating: 0))

        init(_ name: String) { self.name = name }

        mutating func add(_ part: [UInt8]) {
            size += UInt64(part.count)
            digest = Digest.hash(Self.domain, digest.bytes.array + part)
        }

        private static let domain = Digest.Domain("tally1 backup")
    }

    private static let title = "tally backup"
    static let small = ["keys", "root.crt", "office", "pin", "shared"]
    static let large = ["journal.db", "journal.head"]
    private static let needed: Set = ["keys", "root.crt", "journal.db", "journal.head"]
    static let headBytes = 4_096
    static let partBytes = 1 << 20

    /// Of all the files together.
    package var bytes: UInt64 { contents.reduce(0) { $0 &+ $1.size } }

    init(of key: Key, at moment: Moment, _ contents: [Content], _ data: DataKey) {
        (self.key, self.moment, self.contents) = (key, moment, contents)
        var writer = Writer()
        Self.write(key, moment, contents, to: &writer)
        mac = data.mac([0x20] + writer.bytes)
    }

    /// Whether whoever has that data key wrote this head.
    func isWritten(under data: DataKey) -> Bool {
        Self(of: key, at: moment, contents, data) == self
    }

    private static func write(
        _ key: Key,
        _ moment: Moment,
        _ contents: [Content],
        to writer: inout Writer,
        and count: Int = 0
    ) {
        writer.array(5 + count)
        writer.text(title)
        writer.number(1)
        writer.value(key)
        writer.value(moment)
        writer.list(contents)
    }

    /// What stands at the beginning of the file.
    var head: [UInt8] {
        var writer = Writer(reserving: Self.headBytes)
        Self.write(key, moment, contents, to: &writer, and: 1)
        writer.value(mac)
        let bytes = writer.bytes
        return bytes + [UInt8](repeating: 0, count: Self.headBytes - bytes.count)
    }

    init(head bytes: [UInt8]) throws(BackupFault) {
        do throws(WireError) {
            guard bytes.count == Self.headBytes else { throw WireError(.truncated, at: 0) }
            var reader = Reader(bytes)
            try reader.array(6)
            let at = reader.position
            guard try reader.text(atMost: 16) == Self.title else {
                throw WireError(.badText, at: at)
            }
            try reader.version(1)
            (key, moment) = (try reader.value(), try reader.value())
            let listAt = reader.position
            contents = try reader.list(atMost: Self.small.count + Self.large.count)
            mac = try reader.value()
            let order = Self.small + Self.large
            let places = contents.compactMap { order.firstIndex(of: $0.name) }
            guard places.count == contents.count, zip(places, places.dropFirst()).allSatisfy(<),
                Self.needed.isSubset(of: contents.map(\.name)),
                bytes[reader.position...].allSatisfy({ $0 == 0 })
            else { throw WireError(.outOfRange, at: listAt) }
        } catch {
            throw .notABackup
        }
    }
}

extension Backup.Content: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.text(name)
        writer.number(size)
        writer.value(digest)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        name = try reader.text(atMost: 16)
        (size, digest) = (try reader.number(), try reader.value())
    }
}

/// Why a backup cannot be made or used.
package enum BackupFault: Error, Hashable, Sendable {
    case home(HomeFault)
    case reading(String, HostFault)
    case writing(String, HostFault)
    /// No backup at all, or one whose head nobody wrote.
    case notABackup
    /// It ends too early, or something of this file is not as it was written.
    case damaged(String)
    /// Something has that name, and it is no backup of this wallet.
    case inTheWay(String)
    /// Another wrote its head than who has the key that is in it.
    case notSealed
}

extension BackupFault {
    /// In one sentence.
    package var words: String {
        switch self {
        case .home(.made): "there is a wallet already"
        case .home(.notMade): "there is no wallet"
        case .home(.keys(let fault)): fault.description
        case .home(.journal(let fault)): fault.description
        case .home(.files(let fault)): fault.words
        case .reading(let path, let fault): "\(path) cannot be read: \(fault.words)"
        case .writing(let path, let fault): "\(path) cannot be written: \(fault.words)"
        case .inTheWay(let path):
            "\(path) is there already, and is no backup of this wallet; name another file"
        case .notABackup: "it is no backup of a wallet"
        case .damaged(let part): "it is damaged: \(part) is not as it was written"
        case .notSealed: "it was not written by the wallet that it says it is of"
        }
    }
}

extension HostFault {
    fileprivate var words: String {
        switch self {
        case .missing: "there is no such file or folder"
        case .directory: "it is a directory"
        case .forbidden: "this user may not"
        case .tooLarge(let cap): "it is larger than \(cap) bytes"
        case .notADirectory: "something stands where a directory was wanted"
        case .system(let words): words
        }
    }
}
