package import Words

/// Units a wallet may spend: where they come from and what it takes to pass them on.
package struct Piece: Hashable, Sendable {
    package let holding: Holding
    package let asset: Asset
    package let spendUntil: Day
    package let hops: Int
    /// The ABORTs of earlier handovers of these units: the next one has to carry them.
    package let releases: [Abort]

    package init(
        _ holding: Holding,
        asset: Asset,
        spendUntil: Day,
        hops: Int,
        releases: [Abort] = []
    ) {
        (self.holding, self.asset, self.spendUntil) = (holding, asset, spendUntil)
        self.hops = hops
        let sorted = releases.sorted { $0.hash < $1.hash }
        // One that is there twice would make every entry of it unreadable.
        self.releases = sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }
            .map { sorted[$0] }
    }

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

    fileprivate func meets(_ other: Piece) -> Bool {
        holding.stick == other.holding.stick && units.overlaps(other.units)
    }

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

/// The pieces a wallet holds free: what can be cut from it and what comes back.
///
/// A piece is cut anywhere, and neighbours merge again only within one entry of one parent,
/// because only there one signature speaks for both.
package struct Purse: Hashable, Sendable {
    /// In the order of stick, parent and range: equal purses are equal.
    package private(set) var pieces: [Piece] = []

    package init() {}

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
        var (one, at) = (piece, place(of: piece))
        if at < pieces.count, let both = one.merged(with: pieces[at]) {
            one = both
            pieces.remove(at: at)
        }
        if at > 0, let both = pieces[at - 1].merged(with: one) {
            at -= 1
            pieces[at] = both
        } else {
            pieces.insert(one, at: at)
        }
    }

    /// How many pieces come before it.
    private func place(of piece: Piece) -> Int {
        var (low, high) = (0, pieces.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.inOrder(pieces[middle], piece) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Takes the units of those entries out, or nil when it does not hold them all free.
    package mutating func take(_ entries: [Entry]) -> [Piece]? {
        var (left, taken) = (pieces, [Piece]())
        for entry in entries {
            let whole = left.firstIndex {
                // An entry proposed before an abort lacks its release: signing it is a fork.
                $0.holding.stick == entry.stick && $0.holding.parent == entry.parent
                    && $0.units.contains(entry.units) && $0.releases == entry.releases
            }
            guard let whole else { return nil }
            let piece = left[whole]
            taken.append(piece.with(entry.units, releases: piece.releases))
            // What is left of it lies where it lay, and touches nothing that it did not touch.
            let rest = piece.units.removing(entry.units).map {
                piece.with($0, releases: piece.releases)
            }
            left.replaceSubrange(whole...whole, with: rest)
        }
        pieces = left
        return taken
    }

    /// Loses units that turn out to be spent.
    package mutating func lose(_ entries: [Entry]) {
        for entry in entries {
            pieces = pieces.flatMap { piece in
                piece.holding.stick == entry.stick
                    ? piece.units.removing(entry.units).map {
                        piece.with($0, releases: piece.releases)
                    } : [piece]
            }
        }
        tidy()
    }

    /// Puts back what an aborted handover had taken; its next one has to carry the release.
    ///
    /// Units may have come back meanwhile, when the payee passed on what it then aborted. They
    /// count once, and the claim nearer to the stick stays: the other hangs on the handover that
    /// was aborted.
    package mutating func putBack(_ taken: [Piece], releasedBy abort: Abort) {
        for piece in taken {
            pieces = pieces.flatMap { other in
                other.meets(piece) && other.hops > piece.hops
                    ? other.units.removing(piece.units).map {
                        other.with($0, releases: other.releases)
                    } : [other]
            }
            var missing = [piece.units]
            for other in pieces where other.meets(piece) {
                missing = missing.flatMap { $0.removing(other.units) }
            }
            for units in missing { put(piece.with(units, releases: piece.releases + [abort])) }
        }
    }

    /// Whether some of these units are here.
    package func meets(_ piece: Piece) -> Bool { pieces.contains { $0.meets(piece) } }

    private mutating func tidy() {
        pieces.sort(by: Self.inOrder)
        var merged: [Piece] = []
        for piece in pieces {
            if let last = merged.last, let one = last.merged(with: piece) {
                merged[merged.count - 1] = one
            } else {
                merged.append(piece)
            }
        }
        pieces = merged
    }

    private static func inOrder(_ a: Piece, _ b: Piece) -> Bool {
        let (x, y) = (a.holding, b.holding)
        if x.stick != y.stick { return x.stick < y.stick }
        switch (x.parent, y.parent) {
        case (let p?, let q?) where p != q: return p < q
        case (nil, .some): return true
        case (.some, nil): return false
        case (nil, nil), (.some, .some): return x.units.lo < y.units.lo
        }
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
