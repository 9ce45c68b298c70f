internal import Wire
internal import Words

/// What an office's books say of those who pass units on twice: docs/PROTOCOL sections 12 and 14.
struct JudgedFacts: Sendable {
    /// By their names, as they were opened.
    var cases: [Hash: CaseFact] = [:]
    /// What the newest window of each key guarantees.
    var guarantees: [Key: UInt64] = [:]
    /// What was paid of it, and of whom something is left to claim.
    var repaid: [Key: UInt64] = [:]
    var exhausted: Set<Key> = []
    /// What honest people have to claim, and nobody pays.
    var claims: UInt64 = 0
    /// Units of those who were put back and have forgotten them, as has whoever paid them.
    var forgotten: UInt64 = 0
    /// Under which numbers the links of a stick to a key were shown first.
    var shown: [Hash: [ShownFact]] = [:]
    var isClosed = false
    /// The number of the last duplicate that was made good.
    var lastShown: UInt64 = 0
    /// Handovers that somebody dishonest says he was paid by.
    var claimed: Set<Hash> = []
    /// Who got which units of which stick, or stands in the books with them.
    private var given: [Hash: [Given]] = [:]

    struct Given: Hashable, Sendable {
        let key: Key
        let lo: UInt64
        let hi: UInt64
    }

    mutating func give(_ stick: Hash, _ ranges: [(lo: UInt64, hi: UInt64)], to key: Key) {
        for (lo, hi) in ranges { given[stick, default: []].append(Given(key: key, lo: lo, hi: hi)) }
    }

    /// What of a range did not go to that key.
    func missing(_ stick: Hash, _ lo: UInt64, _ hi: UInt64, to key: Key) -> [Span] {
        let its = (given[stick] ?? []).filter { $0.key == key }.sorted { $0.lo < $1.lo }
        return [Span(stick: 0, lo: lo, hi: hi)]
            .removing(its.map { Span(stick: 0, lo: $0.lo, hi: $0.hi) })
    }

    /// The same, where what it once brought back went to it for that, and not for what it has.
    func missing(
        _ stick: Hash,
        _ lo: UInt64,
        _ hi: UInt64,
        to key: Key,
        beside brought: [Span]
    ) -> [Span] {
        var (back, its) = (brought, [Span]())
        for one in given[stick] ?? [] where one.key == key {
            let span = [Span(stick: 0, lo: one.lo, hi: one.hi)]
            its += span.removing(back)
            back = back.removing(span)
        }
        return [Span(stick: 0, lo: lo, hi: hi)].removing(its.sorted { $0.lo < $1.lo })
    }

    /// Whose it is now, of a unit.
    func keys(_ stick: Hash, at unit: UInt64) -> [Key] {
        (given[stick] ?? []).filter { $0.lo <= unit && unit < $0.hi }.map(\.key)
    }

    /// The numbers under which links that bring these units to a key were shown.
    func numbers(_ fact: DuplicateFact) -> [UInt64] {
        (shown[fact.stick] ?? []).filter {
            $0.payee == fact.holder && $0.lo <= fact.lo && fact.hi <= $0.hi
        }.map(\.number)
    }
}

/// A link to somebody, and under which number of the books it was shown.
struct ShownFact: Hashable, Sendable {
    let payee: Key
    let lo: UInt64
    let hi: UInt64
    let number: UInt64
}

/// `[1, convict, stick, parent]` or `[2, payer, payee, hash of the payment]`.
struct CaseFact: Hashable, Sendable {
    let name: Hash
    let convict: Key
    let isFork: Bool

    init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(4)
        isFork = try reader.number(1...2) == 1
        if isFork {
            convict = try reader.value()
            let stick: Hash = try reader.value()
            _ = try Origin(stick: stick, from: &reader)
        } else {
            _ = try reader.data32()
            convict = try reader.value()
            _ = try reader.data32()
        }
        name = Digest.hash(Self.domain, Array(reader.bytes[start..<reader.position]))
    }

    private static let domain = Digest.Domain("tally1 case")
}

/// `[1, case, holder, stick, lo, hi, paid, link]`: of acts 8 and 23; no link of a stick's owner.
struct DuplicateFact: Sendable {
    let about: CaseFact
    let holder: Key
    let stick: Hash
    let lo: UInt64
    let hi: UInt64
    let paid: UInt64

    init(_ word: BookedEntry.Word) throws(WireError) {
        var reader = Reader(word.bytes)
        try reader.array(8)
        try reader.version(1)
        about = try CaseFact(from: &reader)
        (holder, stick) = (try reader.value(), try reader.value())
        (lo, hi) = try reader.units()
        paid = try reader.number(0...Limits.amountUnits)
        _ = try Origin(stick: stick, from: &reader)
        try reader.finish()
    }
}

/// `[1, links, …]` of an act 21: what somebody shows of others' handovers.
struct PresentedFact: Sendable {
    var links: [LinkFact] = []
    /// Registers of meters are among them.
    var decisions: [SignedObject] = []

    init(_ word: BookedEntry.Word) throws(WireError) {
        var reader = Reader(word.bytes)
        try reader.array(5)
        try reader.version(1)
        for _ in 0..<(try reader.array(atMost: 64)) { links.append(try LinkFact(whole: &reader)) }
        for _ in 0..<(try reader.array(atMost: 32)) { decisions.append(try reader.value()) }
    }
}

extension LinkFact {
    /// `[header, entry, number, path, private root, signature]`.
    init(whole reader: inout Reader) throws(WireError) {
        try reader.array(6)
        let header = try HeaderFact(from: &reader)
        let entry = try EntryFact(from: &reader)
        let number = try reader.number(0...7)
        for _ in 0..<(try reader.array(atMost: 3)) { _ = try reader.data32() }
        _ = try reader.data32()
        _ = try Signature(from: &reader)
        self.init(header: header, entry: entry, number: number)
    }
}

/// What a window guarantees: `[epoch, asset, class, largest, ceiling, guarantee, …]`.
struct WindowFact: Sendable {
    let holder: Key
    let guarantee: UInt64

    init(_ signed: SignedObject) throws(WireError) {
        guard signed.object.kind == .window else { throw WireError(.outOfRange, at: 0) }
        holder = signed.object.receiver
        var reader = Reader(signed.object.content)
        try reader.array(10)
        _ = try reader.number()
        let _: Asset = try reader.value()
        for _ in 0..<3 { _ = try reader.number() }
        guarantee = try reader.number(0...Limits.amountUnits)
    }
}

extension BookedEntry.Word {
    /// The window of an enrolment, `[1, sealing key, certificate, name, window]`, or of a later
    /// permission, `[1, window]`.
    func window(ofEnrolment: Bool) throws(WireError) -> WindowFact {
        var reader = Reader(bytes)
        try reader.array(ofEnrolment ? 5 : 2)
        try reader.version(1)
        if ofEnrolment {
            _ = try reader.data32()
            _ = try reader.slice(atMost: Limits.certificateBytes)
            let _: SignedObject = try reader.value()
        }
        return try WindowFact(try reader.value())
    }
}
