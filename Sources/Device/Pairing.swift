package import Host
package import Sealing
package import Station
internal import Wire
package import Words

/// What a reader knows of its eKey: where it is, who it is, and the key that it was paired by.
///
/// It lies in a file that only its user reads. Whoever steals it carries datagrams for that eKey,
/// and learns who it is, no more.
package struct Pairing: Sendable {
    package let path: String
    package let eKey: Key
    package let identity: Identity
    private let seed: [UInt8]

    /// A new one.
    package init(path: String, eKey: Key) {
        var chance = SystemChance()
        self.init(path: path, eKey: eKey, seed: chance.bytes(32))
    }

    private init(path: String, eKey: Key, seed: [UInt8]) {
        var wiped = seed
        guard let identity = Identity(seed: &wiped) else {
            preconditionFailure("a seed has 32 bytes")
        }
        (self.path, self.eKey, self.seed, self.identity) = (path, eKey, seed, identity)
    }

    package init(in home: Home) throws(HostFault) {
        let bytes = try Files.read(home.fam, cap: 8_192)
        guard let found = try? Stored(wireBytes: bytes) else { throw .system("is damaged") }
        self.init(path: found.path, eKey: found.eKey, seed: found.seed)
    }

    package func keep(in home: Home) throws(HostFault) {
        let stored = Stored(path: path, eKey: eKey, seed: seed)
        try Files.write(stored.wireBytes, to: home.fam, isSecret: true)
    }

    private struct Stored: WireValue {
        let path: String
        let eKey: Key
        let seed: [UInt8]

        init(path: String, eKey: Key, seed: [UInt8]) {
            (self.path, self.eKey, self.seed) = (path, eKey, seed)
        }

        func write(to writer: inout Writer) {
            writer.array(4)
            writer.number(1)
            writer.text(path)
            writer.value(eKey)
            writer.data(seed)
        }

        init(from reader: inout Reader) throws(WireError) {
            try reader.array(4)
            try reader.version(1)
            (path, eKey) = (try reader.text(atMost: 4_096), try reader.value())
            seed = try reader.data(exactly: 32)
        }
    }
}
