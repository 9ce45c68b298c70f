import Money

/// Links of one key and parent, in the order in which their units begin: what meets some units is
/// found without looking at all of them, and one more moves a few others and no more.
struct Shelf: Sendable {
    private struct Spot: Hashable {
        let units: Units
        let reference: EntryReference

        func isBefore(_ other: Spot) -> Bool {
            units.lo == other.units.lo
                ? reference < other.reference : units.lo < other.units.lo
        }
    }

    /// Neighbours, at least one but on a shelf that is empty.
    private struct Board {
        private(set) var spots: [Spot] = []
        /// How far their units reach.
        private var reach: UInt64 = 0

        private static let spotsAtMost = 256

        init() {}

        private init(_ spots: ArraySlice<Spot>) {
            self.spots = Array(spots)
            reach = spots.reduce(0) { max($0, $1.units.hi) }
        }

        /// The second half, where this one was full.
        mutating func add(_ spot: Spot) -> Board? {
            spots.insert(spot, at: spots.leading { $0.isBefore(spot) })
            reach = max(reach, spot.units.hi)
            guard spots.count > Self.spotsAtMost else { return nil }
            let middle = spots.count / 2
            let second = Board(spots[middle...])
            self = Board(spots[..<middle])
            return second
        }

        func first(
            meeting units: Units,
            where isWanted: (EntryReference) -> Bool
        ) -> EntryReference? {
            guard reach > units.lo else { return nil }
            for spot in spots where spot.units.hi > units.lo {
                guard spot.units.lo < units.hi else { return nil }
                if isWanted(spot.reference) { return spot.reference }
            }
            return nil
        }
    }

    /// Mostly the only one.
    private var board = Board()
    private var more: [Board] = []

    private var spots: [Spot] { more.isEmpty ? board.spots : board.spots + more.flatMap(\.spots) }

    var all: [EntryReference] { spots.map(\.reference) }

    mutating func add(_ units: Units, _ reference: EntryReference) {
        let spot = Spot(units: units, reference: reference)
        let index = more.leading { $0.spots[0].isBefore(spot) }
        let second = index == 0 ? board.add(spot) : more[index - 1].add(spot)
        if let second { more.insert(second, at: index) }
    }

    /// The first that has some of these units, and is wanted.
    func first(
        meeting units: Units,
        where isWanted: (EntryReference) -> Bool
    ) -> EntryReference? {
        if let found = board.first(meeting: units, where: isWanted) { return found }
        for board in more {
            guard board.spots[0].units.lo < units.hi else { return nil }
            if let found = board.first(meeting: units, where: isWanted) { return found }
        }
        return nil
    }
}

extension Shelf: Hashable {
    /// On which boards they lie is no matter.
    static func == (a: Shelf, b: Shelf) -> Bool { a.spots == b.spots }

    func hash(into hasher: inout Hasher) { hasher.combine(spots) }
}

extension Array {
    /// How many at the beginning keep to this; they all stand before the first that does not.
    func leading(_ keeps: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if keeps(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
