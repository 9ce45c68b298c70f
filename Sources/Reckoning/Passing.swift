import Money
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

        init(_ privates: Privates, _ sum: Amount?) {
            (epoch, self.sum, total) = (privates.payment.epoch, sum, privates.total)
            (window, previous) = (privates.window, privates.previous)
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

/// What payer and payee have signed about a payment.
struct Decisions: Hashable, Sendable {
    /// The payee's ABORT, alone or carried.
    var isAborted = false
    /// The payee's COMMITs of each handover, by their hashes.
    var commits: [Hash: Set<Hash>] = [:]
    /// The decisions that the payer's COMMITTEDs answer.
    var acknowledged: Set<Hash> = []
    /// The payee's epoch, which stands in the payment's id.
    var epoch: Epoch?
    /// When the first of it was presented.
    var first: UInt64

    init(first: UInt64) { self.first = first }

    /// Whether the payer has said that it applied a COMMIT.
    var isPaidForPayer: Bool {
        commits.values.contains { !$0.isDisjoint(with: acknowledged) }
    }
}

/// What people have said of a handover that shows no decision.
struct Sayings: Hashable, Sendable {
    /// Who claims what it passed on.
    var claims: Set<Key> = []
    /// Who says that it holds no COMMIT of it.
    var denials: Set<Key> = []
    /// Whether an office has signed a COMMIT in place of a payee whose epoch has ended.
    var isCommittedByOffice = false
    var first: UInt64

    init(first: UInt64) { self.first = first }
}

/// What a key has signed below a handover: the first of it, and how many links of it are here.
struct Use: Hashable, Sendable {
    var first: EntryReference
    var count: Int
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
