import Money
internal import Wire
import Words

/// What is known of a handover, whichever of its entries were presented.
struct Passing: Hashable, Sendable {
    let name: PaymentName
    let place: Place
    /// How many entries it has in all.
    let count: Int
    /// Its entries of sticks that are out, in their order.
    private(set) var entries = Few<Entry>()
    /// What its private leaves say; nil until its payer hands it in.
    var whole: Whole?
    /// How the office, as its payee, has paid for it.
    var redemption: Redemption?

    struct Entry: Hashable, Sendable, Comparable {
        let number: Int
        let stick: Hash

        static func < (a: Entry, b: Entry) -> Bool { a.number < b.number }
    }

    /// What a life's handovers have to agree in.
    struct Whole: Hashable, Sendable {
        /// The payee's epoch, which stands in the payment's id.
        let epoch: Epoch
        let sum: Amount?
        let total: Amount
        let window: Hash
        let previous: Hash?
        /// Under which number it was handed in last.
        var last: UInt64

        init(_ privates: Privates, _ sum: Amount?, at number: UInt64) {
            (epoch, self.sum, total) = (privates.payment.epoch, sum, privates.total)
            (window, previous, last) = (privates.window, privates.previous, number)
        }
    }

    init(_ header: Header) {
        (name, place, count) = (PaymentName(header), header.place, header.count)
    }

    mutating func add(_ entry: Entry) { entries.insert(entry) }

    /// Forgets the entries of a stick; whether any are left.
    mutating func forget(_ stick: Hash) -> Bool {
        for entry in entries.all where entry.stick == stick { entries.remove(entry) }
        return !entries.isEmpty
    }
}

// What is said of payments is of no stick, so that nothing settles it. Of each thing it is known
// under which number it was said last: what was said before the oldest stick that is out is known
// to nobody, neither to an office that has been at work all the time nor to one that was opened
// again and reads its books from there.

/// What payer and payee have signed about a payment.
struct Decisions: Hashable, Sendable {
    /// When the payee's ABORT was presented, alone or carried.
    private(set) var aborted: UInt64?
    /// The payee's COMMITs of each handover, by their hashes.
    private(set) var commits: [Hash: [Hash: UInt64]] = [:]
    /// The decisions that the payer's COMMITTEDs answer.
    private(set) var acknowledged: [Hash: UInt64] = [:]
    /// The payee's epoch, which stands in the payment's id.
    private(set) var epoch: Epoch?

    var isAborted: Bool { aborted != nil }

    /// Whether the payer has said that it applied a COMMIT.
    var isPaidForPayer: Bool {
        commits.values.contains { $0.keys.contains { acknowledged[$0] != nil } }
    }

    mutating func abort(at number: UInt64, _ epoch: Epoch?) {
        aborted = max(aborted ?? number, number)
        self.epoch = epoch ?? self.epoch
    }

    mutating func commit(_ commit: Commit, at number: UInt64) {
        commits[commit.handover, default: [:]].note(commit.signed.object.hash, at: number)
        epoch = commit.payment.epoch
    }

    mutating func acknowledge(_ decision: Hash, at number: UInt64) {
        acknowledged.note(decision, at: number)
    }

    /// What is left of it; nil when nothing is.
    func since(_ number: UInt64) -> Decisions? {
        var left = self
        if let aborted, aborted < number { left.aborted = nil }
        left.commits = commits.compactMapValues {
            let some = $0.since(number)
            return some.isEmpty ? nil : some
        }
        left.acknowledged = acknowledged.since(number)
        if left.aborted == nil, left.commits.isEmpty { left.epoch = nil }
        return left == Decisions() ? nil : left
    }
}

/// What people have said of a handover that shows no decision.
struct Sayings: Hashable, Sendable {
    /// Who claims what it passed on.
    private(set) var claims: [Key: UInt64] = [:]
    /// Who says that it holds no COMMIT of it.
    private(set) var denials: [Key: UInt64] = [:]
    /// When an office's COMMIT was presented, in place of a payee whose epoch has ended.
    private(set) var committed: UInt64?

    mutating func claim(by key: Key, at number: UInt64) { claims.note(key, at: number) }
    mutating func deny(by key: Key, at number: UInt64) { denials.note(key, at: number) }

    mutating func commit(at number: UInt64) { committed = max(committed ?? number, number) }

    /// What is left of it; nil when nothing is.
    func since(_ number: UInt64) -> Sayings? {
        var left = self
        (left.claims, left.denials) = (claims.since(number), denials.since(number))
        if let committed, committed < number { left.committed = nil }
        return left == Sayings() ? nil : left
    }
}

extension [Hash: UInt64] {
    fileprivate mutating func note(_ name: Hash, at number: UInt64) {
        self[name] = Swift.max(self[name] ?? number, number)
    }

    fileprivate func since(_ number: UInt64) -> Self { filter { $0.value >= number } }
}

extension [Key: UInt64] {
    fileprivate mutating func note(_ key: Key, at number: UInt64) {
        self[key] = Swift.max(self[key] ?? number, number)
    }

    fileprivate func since(_ number: UInt64) -> Self { filter { $0.value >= number } }
}

/// What a key has signed below a handover: of each stick the first of it.
struct Use: Hashable, Sendable {
    /// The least of them.
    private var stick: Hash
    /// The first there.
    private(set) var first: EntryReference
    private var more: [Hash: EntryReference] = [:]

    init(_ reference: EntryReference, of stick: Hash) { (self.stick, first) = (stick, reference) }

    mutating func add(_ reference: EntryReference, of stick: Hash) {
        if stick == self.stick {
            first = min(first, reference)
        } else if stick < self.stick {
            more[self.stick] = first
            (self.stick, first) = (stick, reference)
        } else {
            more[stick] = min(more[stick] ?? reference, reference)
        }
    }

    func isOf(_ stick: Hash) -> Bool { stick == self.stick || more[stick] != nil }

    /// What is left of it without a stick; nil when nothing is.
    func without(_ stick: Hash) -> Use? {
        var left = self
        guard stick == self.stick else {
            left.more[stick] = nil
            return left
        }
        guard let next = more.keys.min(), let first = more[next] else { return nil }
        (left.stick, left.first, left.more[next]) = (next, first, nil)
        return left
    }
}

/// Somebody who signed something below a handover.
struct User: Hashable, Sendable {
    let handover: Hash
    let key: Key
}

/// A place in a key's life.
struct Spot: Hashable, Sendable {
    let key: Key
    let place: Place
}
