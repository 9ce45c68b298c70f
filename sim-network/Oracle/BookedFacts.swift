internal import Wire
package import Words

/// One entry of an office's books, as its rows say it: docs/PROTOCOL section 12.
package struct BookedEntry: Hashable, Sendable {
    package let number: UInt64
    package let act: UInt64
    package let request: Hash
    package var postings: [Posting] = []
    /// The signed stick, of a charge.
    package var paper: [UInt8]?
    package var word: Word?

    package struct Posting: Hashable, Sendable {
        package let account: UInt64
        package let units: Int64

        package init(account: UInt64, units: Int64) {
            (self.account, self.units) = (account, units)
        }

        /// What a unit is, and where it is, are two sides.
        var isOfUnits: Bool { (8...12).contains(account) }
    }

    package struct Word: Hashable, Sendable {
        package let about: Hash
        package let place: UInt64
        package let bytes: [UInt8]

        package init(about: Hash, place: UInt64, bytes: [UInt8]) {
            (self.about, self.place, self.bytes) = (about, place, bytes)
        }
    }

    package init(number: UInt64, act: UInt64, request: Hash) {
        (self.number, self.act, self.request) = (number, act, request)
    }
}

/// What an office's disk says of its books, as it was read whenever they had grown.
struct BooksFacts: Sendable {
    /// The place of the office among the homes.
    let office: Int
    var entries: [BookedEntry] = []
    /// All postings, added up.
    var balances: [UInt64: Int64] = [:]
    /// What each holder's account should have, by what was done with it.
    var owed: [UInt64: Int64] = [:]
    /// Accounts by the number of the invite's entry, and by key.
    var invited: [UInt64: UInt64] = [:]
    var accounts: [Key: UInt64] = [:]
    /// What was issued, and to what each stick answers.
    var sticks: [Hash: StickFact] = [:]
    var charged: Set<Hash> = []
    /// What was asked for in public.
    var asked: [Hash: AskedFact] = [:]
    /// Payments that came in; which units of which stick came back, and which are paid for.
    var credited: [PaymentName: UInt64] = [:]
    var taken: [Hash: PassedOn] = [:]
    var paidFor: [Hash: PassedOn] = [:]
    /// What came back, and is cleared by entries of its own.
    var received: [PaymentID: HandoverFact] = [:]
    /// What went to holders when its stick was settled.
    var settled: UInt64 = 0
    var judged = JudgedFacts()
    var usedUp = UsedUpFacts()

    init(office: Int) { self.office = office }
}

/// A REQUEST for a charge: whose, and how much.
struct AskedFact: Hashable, Sendable {
    let key: Key
    let asset: Asset
    let units: UInt64

    /// nil when it asks for something else.
    init?(_ object: Object) {
        var reader = Reader(object.content)
        do throws(WireError) {
            try reader.array(2)
            guard try reader.number() == 2 else { return nil }
            try reader.array(2)
            asset = try reader.value()
            units = try reader.number(1...Limits.amountUnits)
            try reader.finish()
        } catch {
            return nil
        }
        key = object.sender
    }
}

/// `[1, payment, handover, commit]`: what came back.
struct CreditFact: Sendable {
    let payment: PaymentID
    let handover: HandoverFact
    let commit: SignedObject

    init(_ word: BookedEntry.Word) throws(WireError) {
        var reader = Reader(word.bytes)
        try reader.array(4)
        try reader.version(1)
        payment = try reader.value()
        handover = try HandoverFact(from: &reader)
        commit = try reader.value()
        try reader.finish()
    }
}

/// `[1, key, how, ranges]` of a settlement, `[1, ranges]` of a lapse: which units went where.
struct SettledFact: Sendable {
    let holder: Key?
    var ranges: [(lo: UInt64, hi: UInt64)] = []

    init(_ word: BookedEntry.Word, lapsed: Bool) throws(WireError) {
        var reader = Reader(word.bytes)
        try reader.array(lapsed ? 2 : 4)
        try reader.version(1)
        holder = lapsed ? nil : try reader.value()
        if !lapsed { _ = try reader.number(1...2) }
        for _ in 0..<(try reader.array(atMost: 1_000)) {
            try reader.array(2)
            ranges.append(try reader.units())
        }
        try reader.finish()
    }

    var sum: UInt64 { ranges.reduce(0) { $0 &+ ($1.hi - $1.lo) } }
}

/// `[1, payment, how, ranges]`: units that came back with that payment, and are credited.
struct ClearedFact: Sendable {
    let payment: PaymentID
    var ranges: [(lo: UInt64, hi: UInt64)] = []

    init(_ word: BookedEntry.Word) throws(WireError) {
        var reader = Reader(word.bytes)
        try reader.array(4)
        try reader.version(1)
        payment = try reader.value()
        _ = try reader.number(1...2)
        for _ in 0..<(try reader.array(atMost: 1_000)) {
            try reader.array(2)
            ranges.append(try reader.units())
        }
        try reader.finish()
    }

    var sum: UInt64 { ranges.reduce(0) { $0 &+ ($1.hi - $1.lo) } }
}

extension StickFact {
    /// A stick as the books keep it: the signed object, and what it answers.
    static func paper(_ bytes: [UInt8]) throws(WireError) -> (stick: StickFact, answers: Hash?) {
        var reader = Reader(bytes)
        let signed = try SignedObject(from: &reader)
        try reader.finish()
        return (try StickFact(signed), signed.object.answers)
    }
}

extension BookedEntry.Word {
    /// The account of an invite, `[1, account, …]`.
    var account: UInt64 {
        get throws(WireError) {
            var reader = Reader(bytes)
            try reader.array(7)
            try reader.version(1)
            return try reader.number()
        }
    }
}
