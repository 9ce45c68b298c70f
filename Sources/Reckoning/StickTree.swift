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
    private var shelves: [EntryReference?: Shelf] = [:]
    /// What the office has redeemed; no two of them meet.
    private(set) var redeemed: [Redeemed] = []

    struct Redeemed: Hashable, Sendable {
        let units: Units
        let use: Redemption
    }

    init(_ stick: Issued) { self.stick = stick }

    subscript(reference: EntryReference) -> Twig? { twigs[reference] }

    mutating func add(_ twig: Twig) {
        twigs[twig.reference] = twig
        shelves[twig.parent, default: Shelf()].add(twig.units, twig.reference)
    }

    mutating func note(_ reference: EntryReference, shown: UInt64?, handedIn: UInt64?) {
        twigs[reference]?.note(shown: shown, handedIn: handedIn)
    }

    /// The links below an entry (below the stick itself for nil), in the order of their units.
    func below(_ parent: EntryReference?) -> [Twig] {
        shelves[parent]?.all.compactMap { twigs[$0] } ?? []
    }

    /// Those of them that have some of these units.
    func below(_ parent: EntryReference?, meeting units: Units) -> [Twig] {
        shelves[parent]?.meeting(units).compactMap { twigs[$0] } ?? []
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
        redeemed.first { $0.units.overlaps(units) }?.units.intersection(units)
    }

    /// Notes that the office has paid for this link's units.
    mutating func redeem(_ reference: EntryReference, as use: Redemption) {
        guard let twig = twigs[reference] else { return }
        let place = redeemed.firstIndex { $0.units.lo > twig.units.lo } ?? redeemed.count
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

/// Links of one parent, in the order in which their units begin: what meets some units is found
/// without looking at all of them.
private struct Shelf: Hashable, Sendable {
    private struct Spot: Hashable, Sendable {
        let units: Units
        let reference: EntryReference
        /// How far units reach in all spots up to this one.
        var reach: UInt64

        func isBefore(_ units: Units, _ reference: EntryReference) -> Bool {
            self.units.lo == units.lo
                ? self.reference < reference : self.units.lo < units.lo
        }
    }

    private var spots: [Spot] = []

    var all: [EntryReference] { spots.map(\.reference) }

    mutating func add(_ units: Units, _ reference: EntryReference) {
        let place = count { $0.isBefore(units, reference) }
        let before = place == 0 ? 0 : spots[place - 1].reach
        let spot = Spot(units: units, reference: reference, reach: max(before, units.hi))
        spots.insert(spot, at: place)
        var next = place + 1
        while next < spots.count, spots[next].reach < units.hi {
            spots[next].reach = units.hi
            next += 1
        }
    }

    func meeting(_ units: Units) -> [EntryReference] {
        var found: [EntryReference] = []
        var next = count { $0.units.lo < units.hi }
        while next > 0, spots[next - 1].reach > units.lo {
            next -= 1
            if spots[next].units.hi > units.lo { found.append(spots[next].reference) }
        }
        return found.reversed()
    }

    /// How many spots at the beginning keep to this; they all stand before the first that does
    /// not.
    private func count(while keeps: (Spot) -> Bool) -> Int {
        var (low, high) = (0, spots.count)
        while low < high {
            let middle = (low + high) / 2
            if keeps(spots[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
