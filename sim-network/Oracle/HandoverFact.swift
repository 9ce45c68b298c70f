internal import Wire
internal import Words

/// One entry: which units of which parent it passes on, and the releases that let it.
struct EntryFact: Hashable, Sendable {
    let origin: Origin
    let lo: UInt64
    let hi: UInt64
    let releases: [SignedObject]

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        let stick: Hash = try reader.value()
        (lo, hi) = try reader.units()
        origin = try Origin(stick: stick, from: &reader)
        releases = try reader.releases()
    }

    /// Whether the ABORT of that handover is carried.
    func releases(_ earlier: HeaderFact) -> Bool {
        releases.contains {
            $0.object.kind == .abort && $0.object.sender == earlier.payee
                && $0.object.receiver == earlier.payer
                && $0.object.payment.map(HeaderFact.hash(of:)) == earlier.payment
        }
    }
}

/// `[1, payer, payee, epoch, counter, payment's hash, count]`.
struct HeaderFact: Hashable, Sendable {
    let payer: Key
    let payee: Key
    let epoch: UInt64
    let counter: UInt64
    let payment: Hash
    let count: Int

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(7)
        try reader.version(1)
        (payer, payee) = (try reader.value(), try reader.value())
        (epoch, counter) = (try reader.number(), try reader.number())
        payment = try reader.value()
        count = Int(try reader.number(1...UInt64(Limits.entriesPerHandover)))
    }

    var place: (UInt64, UInt64) { (epoch, counter) }

    static func hash(of payment: PaymentID) -> Hash { Digest.hash(domain, payment.array) }
    private static let domain = Digest.Domain("tally1 payment")
}

/// A handover written whole, `[header, entries, privates, signature]`.
struct HandoverFact: Hashable, Sendable {
    let header: HeaderFact
    let entries: [EntryFact]
    /// As it was written: where it is met again, its name is known.
    let raw: [UInt8]
    private let headerEnd: Int
    private let entryEnds: [Int]
    private let leaves: [LeafFact]

    init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(4)
        header = try HeaderFact(from: &reader)
        headerEnd = reader.position - start
        try reader.array(header.count)
        var (entries, ends): ([EntryFact], [Int]) = ([], [reader.position - start])
        for _ in 0..<header.count {
            entries.append(try EntryFact(from: &reader))
            ends.append(reader.position - start)
        }
        (self.entries, entryEnds) = (entries, ends)
        leaves = try LeafFact.five(from: &reader)
        _ = try Signature(from: &reader)
        raw = Array(reader.bytes[start..<reader.position])
    }

    /// Its name, computed anew at each call.
    var hash: Hash {
        // The header's bytes begin behind the one that opens the handover.
        let head = Digest.hash(Self.headerDomain, raw, 1..<headerEnd)
        var level = entries.indices.map {
            Digest.hash(Self.entryDomain, raw, entryEnds[$0]..<entryEnds[$0 + 1])
        }
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { at in
                guard at + 1 < level.count else { return level[at] }
                return Digest.hash(Self.nodeDomain, level[at], level[at + 1])
            }
        }
        return Digest.hash(Self.domain, head, level[0], LeafFact.root(leaves))
    }

    var course: CourseFact {
        get throws(WireError) { try CourseFact(leaves) }
    }

    var sum: UInt64 { entries.reduce(0) { $0 &+ ($1.hi - $1.lo) } }

    /// What AGREED names: `[header, privates, entries root]`, all leaves open.
    static func hash(agreed content: [UInt8]) throws(WireError) -> (HeaderFact, Hash) {
        var reader = Reader(content)
        try reader.array(3)
        let start = reader.position
        let header = try HeaderFact(from: &reader)
        let head = Digest.hash(headerDomain, content, start..<reader.position)
        let leaves = try LeafFact.five(from: &reader)
        let root: Hash = try reader.value()
        try reader.finish()
        return (header, Digest.hash(domain, head, root, LeafFact.root(leaves)))
    }

    private static let domain = Digest.Domain("tally1 handover")
    private static let headerDomain = Digest.Domain("tally1 header")
    private static let entryDomain = Digest.Domain("tally1 entry")
    private static let nodeDomain = Digest.Domain("tally1 node")
}

/// A private leaf: open, or only its hash.
enum LeafFact: Hashable, Sendable {
    case open(Salt, [UInt8])
    case closed(Hash)

    static func five(from reader: inout Reader) throws(WireError) -> [LeafFact] {
        try reader.array(5)
        var leaves: [LeafFact] = []
        leaves.reserveCapacity(5)
        for _ in 0..<5 {
            let at = reader.position
            switch try reader.array(atMost: 2) {
            case 2:
                let salt: Salt = try reader.value()
                leaves.append(.open(salt, try reader.data(atMost: 64)))
            case 1: leaves.append(.closed(try reader.value()))
            case _: throw WireError(.wrongCount, at: at)
            }
        }
        return leaves
    }

    static func root(_ leaves: [LeafFact]) -> Hash {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160)
        for (number, leaf) in leaves.enumerated() {
            leaf.hash(number).bytes.append(to: &bytes)
        }
        return Digest.hash(rootDomain, bytes)
    }

    private func hash(_ number: Int) -> Hash {
        switch self {
        case .closed(let hash):
            return hash
        case .open(let salt, let value):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(17 + value.count)
            salt.append(to: &bytes)
            bytes.append(UInt8(number))
            bytes.append(contentsOf: value)
            return Digest.hash(Self.domain, bytes)
        }
    }

    private static let domain = Digest.Domain("tally1 private")
    private static let rootDomain = Digest.Domain("tally1 privates")
}

/// A row that begins `[1, link`: one entry of somebody's handover, kept as provenance.
///
/// What else a wallet notes beside the link is no evidence.
struct LinkFact: Hashable, Sendable {
    let header: HeaderFact
    let entry: EntryFact
    /// The entry's place among those of its handover.
    let number: UInt64

    init(row: [UInt8]) throws(WireError) {
        var reader = Reader(row)
        guard try reader.array(atMost: 3) >= 2 else { throw WireError(.wrongCount, at: 0) }
        try reader.version(1)
        try reader.array(6)
        header = try HeaderFact(from: &reader)
        entry = try EntryFact(from: &reader)
        number = try reader.number(0...7)
    }

    init(header: HeaderFact, entry: EntryFact, number: UInt64) {
        (self.header, self.entry, self.number) = (header, entry, number)
    }
}
