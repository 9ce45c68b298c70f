import Money
import Words

/// Shares a stick out among its ends: each unit goes to the first of those that it came to, and the
/// others are owed it.
///
/// It goes along the stick once, and takes up at each cut only what begins or ends there. However
/// many links somebody signed, at most ``Reckoning/endsPerUnit`` ends of each stretch are looked
/// at, so all of it is as much work as there are links, a few thousand steps for each at worst.
struct Sharing {
    private let reckoning: Reckoning
    private let tree: StickTree
    private let ends: [End]
    private let ranks: [Rank]
    /// The ends, the first to be paid first, and where each stands.
    private let order: [Int]
    private let places: [Int]
    /// Which have the units at this moment, by their places.
    private var here: Ladder
    /// Who came by each end in this stretch first.
    private var marks: [Mark]
    private var stretch = 0
    /// What is owed to each end up to here.
    private var owed: [Owed?]
    private(set) var shares: [Settlement.Share] = []
    private(set) var duplicates: [Duplicate] = []
    /// How many ends and links were looked at.
    private(set) var steps = 0

    private struct Mark {
        var stretch = 0
        var first = 0
    }

    private struct Owed {
        var units: Units
        let id: CaseID
    }

    private struct Cut {
        let at: UInt64
        let isBegin: Bool
        let place: Int
    }

    init(_ tree: StickTree, in reckoning: Reckoning, _ rank: (End) -> Rank) {
        let found = reckoning.ends(of: tree)
        let ranks = found.all.map(rank)
        let order = ranks.indices.sorted { ranks[$0] < ranks[$1] }
        var places = [Int](repeating: 0, count: order.count)
        for (place, end) in order.enumerated() { places[end] = place }
        (self.reckoning, self.tree) = (reckoning, tree)
        (ends, self.ranks, self.order, self.places) = (found.all, ranks, order, places)
        here = Ladder(below: order.count)
        marks = [Mark](repeating: Mark(), count: order.count)
        owed = [Owed?](repeating: nil, count: order.count)
        run(found.reaches)
    }

    private mutating func run(_ reaches: [Ends.Reach]) {
        var cuts: [Cut] = []
        for reach in reaches {
            let place = places[reach.end]
            cuts.append(Cut(at: reach.units.lo, isBegin: true, place: place))
            cuts.append(Cut(at: reach.units.hi, isBegin: false, place: place))
        }
        cuts.sort { $0.at == $1.at ? !$0.isBegin && $1.isBegin : $0.at < $1.at }
        let all = tree.stick.units.units
        var (lo, next) = (UInt64(0), 0)
        while lo < all {
            while next < cuts.count, cuts[next].at == lo {
                let cut = cuts[next]
                if cut.isBegin { here.insert(cut.place) } else { here.remove(cut.place) }
                (next, steps) = (next + 1, steps + 1)
            }
            let hi = next < cuts.count ? cuts[next].at : all
            if let units = Units(lo, hi) { share(units) }
            lo = hi
        }
        for end in ends.indices { settle(end) }
    }

    private mutating func share(_ units: Units) {
        stretch += 1
        var (next, count) = (here.next(from: 0), 0)
        var served: [Key: Trail] = [:]
        if next == nil { give(units, .lapsed) }
        while let place = next, count < Reckoning.endsPerUnit {
            let end = order[place]
            // Nobody has the same unit twice, however many copies of it he was given.
            let isCopy = isCopy(end, &served[reckoning.whose(ends[end]), default: Trail()])
            if let id = blame(end) {
                if !isCopy { owe(units, to: end, id) }
            } else {
                give(units, reckoning.fate(of: ends[end], in: tree))
            }
            (next, count) = (here.next(from: place + 1), count + 1)
        }
    }

    /// What somebody has come by in this stretch: his ends, and which of them came by each end
    /// above them first.
    private struct Trail {
        var ends: [Int] = []
        var marked = 0
        var first: [Int: Int] = [:]
    }

    /// Whether somebody has these units already, and has this end only since they were copied.
    ///
    /// Where somebody said no to him and passed them on all the same he has no copy: he was told
    /// that they are his again, and then he was paid with them.
    private mutating func isCopy(_ end: Int, _ own: inout Trail) -> Bool {
        for earlier in own.ends[own.marked...] {
            var next = Int?.some(earlier)
            while let at = next, own.first[at] == nil {
                own.first[at] = earlier
                (next, steps) = (ends[at].above, steps + 1)
            }
        }
        own.marked = own.ends.count
        own.ends.append(end)
        var (at, below) = (end, Int?.none)
        while own.first[at] == nil {
            (below, steps) = (at, steps + 1)
            guard let above = ends[at].above else { return false }
            at = above
        }
        guard let earlier = own.first[at] else { return false }
        switch parting(at, below, of: earlier) {
        case .forked: return true
        case .equivocated, nil: return false
        }
    }

    /// Neighbours that have the same fate are one.
    private mutating func give(_ units: Units, _ fate: Settlement.Fate) {
        if let last = shares.last, last.fate == fate, let joined = Units(last.units.lo, units.hi) {
            shares[shares.count - 1] = Settlement.Share(units: joined, fate: fate)
        } else {
            shares.append(Settlement.Share(units: units, fate: fate))
        }
    }

    /// Neighbours of the same end that one case pays for are one.
    private mutating func owe(_ units: Units, to end: Int, _ id: CaseID) {
        // Nobody is paid for what he did himself.
        guard id.convict != ends[end].holder else { return }
        if let last = owed[end], last.units.hi == units.lo, last.id == id,
            let joined = Units(last.units.lo, units.hi)
        {
            owed[end]?.units = joined
        } else {
            settle(end)
            owed[end] = Owed(units: units, id: id)
        }
    }

    private mutating func settle(_ end: Int) {
        guard let last = owed[end] else { return }
        owed[end] = nil
        duplicates.append(
            Duplicate(
                stick: tree.stick.id,
                units: last.units,
                holder: ends[end].holder,
                at: ends[end].at,
                id: last.id,
                rank: ranks[end]
            )
        )
    }

    /// Whose doing it is that units came to this end beside those before it; nil when it is the
    /// first.
    ///
    /// It is found where its chain left the first of those that it shares most with: each end
    /// leaves its mark on what nobody before it had come by.
    private mutating func blame(_ end: Int) -> CaseID? {
        var (at, own) = (end, Int?.none)
        while marks[at].stretch != stretch {
            marks[at] = Mark(stretch: stretch, first: end)
            (own, steps) = (at, steps + 1)
            guard let above = ends[at].above else { return nil }
            at = above
        }
        switch parting(at, own, of: marks[at].first) {
        case .equivocated(let payment): return .equivocation(payment)
        case .forked(let key): return .fork(by: key, stick: tree.stick.id, parent: ends[at].at)
        case nil: preconditionFailure("units come to two ends only where somebody cheated")
        }
    }

    /// What was done where two chains part: `at` has both below it, the one by its end `own`.
    private mutating func parting(_ at: Int, _ own: Int?, of earlier: Int) -> Reckoning.Cheat? {
        var (down, other) = (earlier, Int?.none)
        while down != at, let above = ends[down].above {
            (other, down, steps) = (down, above, steps + 1)
        }
        func link(_ end: Int?) -> Twig? { end.flatMap { ends[$0].at }.flatMap { tree[$0] } }
        return reckoning.cheat(link(own), link(other))
    }
}
