internal import Wire
internal import Words

/// One payment of one payer, as both disks tell it.
struct Payment: Sendable {
    enum Buyer: Hashable, Sendable { case none, held, paid, cancelled, untold }
    enum Seller: Hashable, Sendable { case none, paid, complete, cancelled }

    let id: PaymentID
    let payer: Key
    var payee: Key?
    var buyer = Buyer.none
    var seller = Seller.none
    /// Its payee has recorded COMMIT, or has used the units, which is one.
    var isCommitted = false

    var handover: HandoverFact?
    /// The handover's name.
    var hash: Hash?
    var spans: [Span] = []
    var amount: UInt64 = 0
    /// What was used up is handed in by it.
    var isUse = false
    var asset: Asset?

    var commit: SignedObject?
    var abort: SignedObject?
    /// The name of ``commit``, once it was asked for.
    var commitHash: Hash?
    /// AGREED as it was found in order, so that a repeat costs nothing.
    var agreed: [UInt8] = []

    private(set) var signedCommit = false
    private(set) var signedAbort = false

    init(_ id: PaymentID, payer: Key) { (self.id, self.payer) = (id, payer) }

    /// Notes which of the two its payee has signed; true when that makes both, for the first time.
    mutating func decided(commit: Bool) -> Bool {
        let before = signedCommit && signedAbort
        if commit { signedCommit = true } else { signedAbort = true }
        return !before && signedCommit && signedAbort
    }
}

/// A payment's name is its seller's: a liar may give one to two payers.
struct PaymentName: Hashable, Sendable {
    let id: PaymentID
    let payer: Key
}

/// What a key has passed on of one parent.
struct Passed: Hashable, Sendable {
    let payer: Key
    let origin: Origin
}

/// The same, to one home.
struct Taken: Hashable, Sendable {
    let home: Int
    let passed: Passed
}

/// A place in the life of a key.
struct SignedAt: Hashable, Sendable {
    let payer: Key
    let epoch: UInt64
    let counter: UInt64
}

/// By which payments which units of one parent were passed on; in order, without overlap.
struct PassedOn: Sendable {
    struct Part: Sendable {
        var lo: UInt64
        var hi: UInt64
        var payments: [Int32]
    }

    private(set) var parts: [Part] = []

    /// Adds a handover of a range, and says which payments had passed on some of it before.
    mutating func add(_ lo: UInt64, _ hi: UInt64, by payment: Int32) -> [Int32] {
        var (low, high) = (0, parts.count)
        while low < high {
            let middle = (low + high) / 2
            if parts[middle].hi > lo { high = middle } else { low = middle + 1 }
        }
        var end = low
        while end < parts.count, parts[end].lo < hi { end += 1 }
        guard low < end else {
            parts.insert(Part(lo: lo, hi: hi, payments: [payment]), at: low)
            return []
        }
        var (fresh, met, at): ([Part], [Int32], UInt64) = ([], [], lo)
        for part in parts[low..<end] {
            if part.lo < lo { fresh.append(Part(lo: part.lo, hi: lo, payments: part.payments)) }
            if at < part.lo { fresh.append(Part(lo: at, hi: part.lo, payments: [payment])) }
            let (from, to) = (max(lo, part.lo), min(hi, part.hi))
            fresh.append(Part(lo: from, hi: to, payments: part.payments + [payment]))
            if part.hi > hi { fresh.append(Part(lo: hi, hi: part.hi, payments: part.payments)) }
            for earlier in part.payments where !met.contains(earlier) { met.append(earlier) }
            at = part.hi
        }
        if at < hi { fresh.append(Part(lo: at, hi: hi, payments: [payment])) }
        parts.replaceSubrange(low..<end, with: fresh)
        return met
    }
}
