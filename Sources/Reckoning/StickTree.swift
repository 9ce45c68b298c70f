import Money
package import Words

/// A stick that is out.
package struct Issued: Hashable, Sendable {
    package let id: Hash
    package let owner: Key
    package let units: Amount
    package let settleUntil: Day
    /// The owner's epoch when it was issued, where that is known.
    package let epoch: Epoch?
    /// The number of its entry in the books.
    package let number: UInt64

    package init(
        id: Hash,
        owner: Key,
        units: Amount,
        settleUntil: Day,
        epoch: Epoch?,
        number: UInt64
    ) {
        (self.id, self.owner, self.units) = (id, owner, units)
        (self.settleUntil, self.epoch, self.number) = (settleUntil, epoch, number)
    }
}

/// What is kept of a link that was presented.
struct Twig: Hashable, Sendable {
    let reference: EntryReference
    let units: Units
    let parent: EntryReference?
    /// The payments whose rightly signed releases its entry carries.
    let releases: [PaymentName]
    /// When it was shown as provenance, by whoever it led to.
    var shown: UInt64?
    /// When its payer handed it in.
    var handedIn: UInt64?
    /// Whether the office has paid for units that came this way: then no revocation voids it.
    var isPaidFor = false

    /// The earlier of two presentations counts, so that repeating one changes nothing.
    mutating func note(shown number: UInt64?, handedIn other: UInt64?) {
        if let number { shown = min(shown ?? number, number) }
        if let other { handedIn = min(handedIn ?? other, other) }
    }
}

/// All links of one stick that were presented, each under the entry it names as its parent.
struct StickTree: Hashable, Sendable {
    let stick: Issued
    private(set) var twigs: [EntryReference: Twig] = [:]
    private var shelves: [Ground: Shelf] = [:]
    /// What the office has redeemed; no two of them meet.
    private(set) var redeemed: [Redeemed] = []

    struct Redeemed: Hashable, Sendable {
        let units: Units
        let use: Redemption
    }

    /// What one key signed below one entry: what others sign there is no concern of it.
    private struct Ground: Hashable {
        let parent: EntryReference?
        let payer: Key
    }

    init(_ stick: Issued) { self.stick = stick }

    subscript(reference: EntryReference) -> Twig? { twigs[reference] }

    mutating func add(_ twig: Twig, by payer: Key) {
        twigs[twig.reference] = twig
        let ground = Ground(parent: twig.parent, payer: payer)
        shelves[ground, default: Shelf()].add(twig.units, twig.reference)
    }

    mutating func note(_ reference: EntryReference, shown: UInt64?, handedIn: UInt64?) {
        twigs[reference]?.note(shown: shown, handedIn: handedIn)
    }

    /// The links of a key below an entry (below the stick itself for nil), in the order of their
    /// units.
    func below(_ parent: EntryReference?, by payer: Key) -> [Twig] {
        shelves[Ground(parent: parent, payer: payer)]?.all.compactMap { twigs[$0] } ?? []
    }

    /// The first of them that has some of these units, and is wanted.
    func first(
        below parent: EntryReference?,
        by payer: Key,
        meeting units: Units,
        where isWanted: (Twig) -> Bool
    ) -> Twig? {
        let shelf = shelves[Ground(parent: parent, payer: payer)]
        let found = shelf?.first(meeting: units) { twigs[$0].map(isWanted) ?? false }
        return found.flatMap { twigs[$0] }
    }

    /// The links from the stick down to this one.
    func path(to reference: EntryReference?) -> [EntryReference] {
        // A link names its parent's hash, so no chain comes back to where it was.
        var (path, next) = ([EntryReference](), reference)
        while let reference = next {
            path.append(reference)
            next = twigs[reference]?.parent
        }
        return path.reversed()
    }

    func redeemed(meeting units: Units) -> Units? {
        let next = redeemed.leading { $0.units.hi <= units.lo }
        guard next < redeemed.count else { return nil }
        return redeemed[next].units.intersection(units)
    }

    /// Notes that the office has paid for this link's units.
    mutating func redeem(_ reference: EntryReference, as use: Redemption) {
        guard let twig = twigs[reference] else { return }
        let place = redeemed.leading { $0.units.lo < twig.units.lo }
        redeemed.insert(Redeemed(units: twig.units, use: use), at: place)
        for reference in path(to: reference) { twigs[reference]?.isPaidFor = true }
    }
}

/// How units came back to the office.
package enum Redemption: Hashable, Sendable, CaseIterable {
    case redeemed
    /// A meter has used them up.
    case consumed
}
