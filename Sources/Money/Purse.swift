package import Words

/// Units a wallet may spend: where they come from and what it takes to pass them on.
package struct Piece: Sendable {
    /// What it says lies apart: where thousands stand in line, one that comes or goes moves as
    /// many words, and no more.
    private let content: Content

    private final class Content: Sendable {
        let holding: Holding
        let asset: Asset
        let spendUntil: Day
        let hops: Int
        let releases: [Abort]

        init(_ holding: Holding, _ asset: Asset, _ spendUntil: Day, _ hops: Int, _ all: [Abort]) {
            (self.holding, self.asset, self.spendUntil) = (holding, asset, spendUntil)
            (self.hops, releases) = (hops, all)
        }
    }

    package init(
        _ holding: Holding,
        asset: Asset,
        spendUntil: Day,
        hops: Int,
        releases: [Abort] = []
    ) {
        let sorted = releases.sorted { $0.hash < $1.hash }
        // One that is there twice would make every entry of it unreadable.
        let once = sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }
            .map { sorted[$0] }
        content = Content(holding, asset, spendUntil, hops, once)
    }

    package var holding: Holding { content.holding }
    package var asset: Asset { content.asset }
    package var spendUntil: Day { content.spendUntil }
    package var hops: Int { content.hops }
    /// The ABORTs of earlier handovers of these units: the next one has to carry them.
    package var releases: [Abort] { content.releases }

    package var units: Units { holding.units }
    package var amount: Amount { units.count }

    package func entry(_ units: Units) -> Entry {
        Entry(
            stick: holding.stick,
            units: units,
            parent: holding.parent,
            releases: releases
        )
    }

    /// Some of its units.
    fileprivate func with(_ units: Units) -> Piece { with(units, releases: releases) }

    fileprivate func with(_ units: Units, releases: [Abort]) -> Piece {
        Piece(
            Holding(stick: holding.stick, units: units, parent: holding.parent),
            asset: asset,
            spendUntil: spendUntil,
            hops: hops,
            releases: releases
        )
    }
}

extension Piece: Hashable {
    package static func == (a: Piece, b: Piece) -> Bool {
        a.content === b.content
            || a.holding == b.holding && a.asset == b.asset && a.spendUntil == b.spendUntil
                && a.hops == b.hops && a.releases == b.releases
    }

    /// What it is and where it comes from tells two apart.
    package func hash(into hasher: inout Hasher) { hasher.combine(holding) }
}

/// The pieces a wallet holds free: what can be cut from it and what comes back.
///
/// A piece is cut anywhere, and neighbours merge again only within one entry of one parent,
/// because only there one signature speaks for both. No two pieces have units in common.
///
/// Whatever is done with a piece costs the same however many others there are, or nearly.
package struct Purse: Sendable {
    /// In the order of stick, parent and range: equal purses are equal.
    package private(set) var pieces: [Piece] = []
    /// The same ones by their sticks, in the order of their units.
    private var shelves: [Hash: [Piece]] = [:]
    /// What has come and gone since that was asked last; what did both is in neither.
    private var come: [Piece] = []
    private var gone: [Piece] = []

    package init() {}

    /// Whether anything has come or gone since that was asked last.
    package var isChanged: Bool { !come.isEmpty || !gone.isEmpty }

    /// What is held of an asset; nil when that is more than any money there can be.
    package func balance(_ asset: Asset) -> Amount? {
        Amount.sum(pieces.lazy.filter { $0.asset == asset }.map(\.amount))
    }

    /// Puts a piece in.
    ///
    /// Traps when units are here already: a caller that lost count must stop.
    package mutating func put(_ piece: Piece) {
        precondition(!meets(piece), "units are put into a purse once")
        // The others are in order already: it goes where it belongs, and merges with neighbours.
        var (one, at) = (piece, place(of: piece.holding))
        if at < pieces.count, let both = one.merged(with: pieces[at]) {
            one = both
            remove(at: at)
        }
        if at > 0, let both = pieces[at - 1].merged(with: one) {
            at -= 1
            one = both
            remove(at: at)
        }
        insert(one, at: at)
    }

    /// Takes the units of those entries out, or nil when it does not hold them all free.
    package mutating func take(_ entries: [Entry]) -> [Piece]? {
        var cuts: [(whole: Piece, rest: [Piece])] = []
        for entry in entries {
            guard let at = whole(of: entry) else {
                for cut in cuts.reversed() { mend(cut.whole, cut.rest) }
                return nil
            }
            cuts.append(cut(entry.units, at: at))
        }
        return zip(entries, cuts).map { $1.whole.with($0.units) }
    }

    /// Loses units that turn out to be spent.
    package mutating func lose(_ entries: [Entry]) {
        for entry in entries {
            for piece in meeting(entry.units, of: entry.stick) {
                cut(entry.units, at: place(of: piece.holding))
            }
        }
    }

    /// Puts back what an aborted handover had taken; its next one has to carry the release.
    ///
    /// Units may have come back meanwhile, when the payee passed on what it then aborted. They
    /// count once, and the claim nearer to the stick stays: the other hangs on the handover that
    /// was aborted.
    package mutating func putBack(_ taken: [Piece], releasedBy abort: Abort) {
        for piece in taken {
            let others = meeting(piece.units, of: piece.holding.stick)
            for other in others where other.hops > piece.hops {
                cut(piece.units, at: place(of: other.holding))
            }
            var missing = [piece.units]
            for other in meeting(piece.units, of: piece.holding.stick) {
                missing = missing.flatMap { $0.removing(other.units) }
            }
            for units in missing { put(piece.with(units, releases: piece.releases + [abort])) }
        }
    }

    /// Whether some of these units are here.
    package func meets(_ piece: Piece) -> Bool {
        !meeting(piece.units, of: piece.holding.stick).isEmpty
    }

    /// The pieces that have some of these units.
    package func meeting(_ units: Units, of stick: Hash) -> ArraySlice<Piece> {
        guard let shelf = shelves[stick] else { return [] }
        let start = shelf.count(upTo: { $0.units.hi <= units.lo })
        let end = shelf.count(upTo: { $0.units.lo < units.hi })
        return start < end ? shelf[start..<end] : []
    }

    /// What has gone and what has come since this was asked last, in the order of the pieces.
    package mutating func takeChanges() -> (gone: [Piece], come: [Piece]) {
        defer { (gone, come) = ([], []) }
        return (gone.sorted(by: Self.inOrder), come.sorted(by: Self.inOrder))
    }
}

extension Purse: Hashable {
    package static func == (a: Purse, b: Purse) -> Bool { a.pieces == b.pieces }
    package func hash(into hasher: inout Hasher) { hasher.combine(pieces) }
}

// MARK: One piece

extension Purse {
    /// How many pieces come before it: where it is, or would be.
    private func place(of holding: Holding) -> Int {
        pieces.count(upTo: { Self.inOrder($0.holding, holding) })
    }

    /// Where the piece is that an entry can be cut from.
    private func whole(of entry: Entry) -> Int? {
        // Of one parent only the last that begins no later can have these units.
        let after = pieces.count(upTo: { !Self.inOrder(entry.holding, $0.holding) })
        guard after > 0 else { return nil }
        let piece = pieces[after - 1]
        // An entry proposed before an abort lacks its release: signing it is a fork.
        guard piece.holding.stick == entry.stick, piece.holding.parent == entry.parent,
            piece.units.contains(entry.units), piece.releases == entry.releases
        else { return nil }
        return after - 1
    }

    /// Takes units out of a piece; what is left of it lies where it lay, and touches nothing that
    /// it did not touch.
    @discardableResult
    private mutating func cut(_ units: Units, at index: Int) -> (whole: Piece, rest: [Piece]) {
        let whole = remove(at: index)
        let rest = whole.units.removing(units).map { whole.with($0) }
        for (offset, piece) in rest.enumerated() { insert(piece, at: index + offset) }
        return (whole, rest)
    }

    /// Undoes a cut.
    private mutating func mend(_ whole: Piece, _ rest: [Piece]) {
        for piece in rest { remove(at: place(of: piece.holding)) }
        insert(whole, at: place(of: whole.holding))
    }

    private mutating func insert(_ piece: Piece, at index: Int) {
        pieces.insert(piece, at: index)
        let stick = piece.holding.stick
        let place = shelves[stick]?.count(upTo: { $0.units.lo < piece.units.lo }) ?? 0
        shelves[stick, default: []].insert(piece, at: place)
        if let before = gone.lastIndex(of: piece) {
            gone.remove(at: before)
        } else {
            come.append(piece)
        }
    }

    @discardableResult
    private mutating func remove(at index: Int) -> Piece {
        let piece = pieces.remove(at: index)
        let stick = piece.holding.stick
        let place = shelves[stick]?.count(upTo: { $0.units.lo < piece.units.lo }) ?? 0
        shelves[stick]?.remove(at: place)
        if shelves[stick]?.isEmpty == true { shelves[stick] = nil }
        if let before = come.lastIndex(of: piece) {
            come.remove(at: before)
        } else {
            gone.append(piece)
        }
        return piece
    }

    private static func inOrder(_ a: Piece, _ b: Piece) -> Bool { inOrder(a.holding, b.holding) }

    private static func inOrder(_ x: Holding, _ y: Holding) -> Bool {
        if x.stick != y.stick { return x.stick < y.stick }
        switch (x.parent, y.parent) {
        case (let p?, let q?) where p != q: return p < q
        case (nil, .some): return true
        case (.some, nil): return false
        case (nil, nil), (.some, .some): return x.units.lo < y.units.lo
        }
    }
}

extension Array {
    /// How many there are at the front of which that holds; it holds of none behind them.
    func count(upTo holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Piece {
    /// One piece of two neighbours, when they come from one entry and need the same releases.
    fileprivate func merged(with next: Piece) -> Piece? {
        guard holding.stick == next.holding.stick, holding.parent == next.holding.parent,
            units.hi == next.units.lo, releases == next.releases,
            let both = Units(units.lo, next.units.hi)
        else { return nil }
        return with(both, releases: releases)
    }
}
