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

    /// When it was presented first, in whichever way.
    var first: UInt64? { [shown, handedIn].compactMap { $0 }.min() }

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
    /// What came back to the office, in the order of the units; no two of them meet.
    private(set) var redeemed: [Redeemed] = []

    struct Redeemed: Hashable, Sendable {
        let units: Units
        let use: Redemption
        /// The link that brought them.
        let reference: EntryReference
        /// Whether the office has paid for them; else they wait.
        let isPaid: Bool
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

    /// Notes that the office has taken this link's units, and whether it has paid for them.
    mutating func redeem(_ reference: EntryReference, as use: Redemption, isPaid: Bool) {
        guard let twig = twigs[reference] else { return }
        note(Redeemed(units: twig.units, use: use, reference: reference, isPaid: isPaid))
    }

    private mutating func note(_ one: Redeemed) {
        let place = redeemed.leading { $0.units.lo < one.units.lo }
        redeemed.insert(one, at: place)
    }

    /// What came back of these units, in their order.
    func returned(meeting units: Units) -> ArraySlice<Redeemed> {
        let first = redeemed.leading { $0.units.hi <= units.lo }
        return redeemed[first...].prefix { $0.units.lo < units.hi }
    }

    /// Notes that the office has paid for units of a handover that waited; false when they did
    /// not.
    mutating func pay(_ units: Units, of handover: Hash) -> Bool {
        let found = redeemed.leading { $0.units.hi <= units.lo }
        guard found < redeemed.count, !redeemed[found].isPaid,
            redeemed[found].reference.handover == handover,
            redeemed[found].units.contains(units)
        else { return false }
        let one = redeemed.remove(at: found)
        func part(_ units: Units, isPaid: Bool) -> Redeemed {
            Redeemed(units: units, use: one.use, reference: one.reference, isPaid: isPaid)
        }
        for rest in one.units.removing(units) { note(part(rest, isPaid: false)) }
        note(part(units, isPaid: true))
        return true
    }

    /// Which units that came through this link the office has paid for.
    func paid(through twig: Twig) -> [Units] {
        returned(meeting: twig.units).filter { one in
            one.isPaid && path(to: one.reference).contains(twig.reference)
        }.map(\.units)
    }
}

/// How units came back to the office.
package enum Redemption: Hashable, Sendable, CaseIterable {
    case redeemed
    /// A meter has used them up.
    case consumed
}
