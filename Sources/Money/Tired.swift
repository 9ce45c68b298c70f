package import Words

/// Pieces that are hard to pay with, the hardest first: an office makes one fresh stick of them.
///
/// Their last day is near, or past; so many hands have passed them on, or said no to them, that few
/// payees take them; or they are crumbs, of which no payment can use many.
package struct Tired: Sendable {
    package let pieces: [Piece]

    /// Once it is being made fresh, `isBegun`, few crumbs stay: else it would stop as soon as there
    /// are no more than would do.
    package init(among all: [Piece], on today: Day, isBegun: Bool = false) {
        let (own, rest) = (
            all.filter { Self.isTired($0, today) }, all.filter { !Self.isTired($0, today) }
        )
        let large = rest.sorted { ($1.amount, $0.units.lo) < ($0.amount, $1.units.lo) }
        let ease = isBegun ? Limits.piecesKept : Limits.piecesAtEase
        let crumbs = rest.count > ease ? large.dropFirst(Limits.piecesKept) : []
        pieces = (own + crumbs).sorted(by: Self.precedes)
    }

    package var amount: Amount { Amount.sum(pieces.map(\.amount)) ?? .largest }

    private static func isTired(_ piece: Piece, _ today: Day) -> Bool {
        piece.spendUntil.isNearEnd(on: today) || piece.hops >= Limits.hopsAtEase
            || piece.releases.count >= Limits.releasesAtEase
    }

    /// What has to go first: by its day, then by what it takes to show it, then the smallest.
    package static func precedes(_ a: Piece, _ b: Piece) -> Bool {
        let (one, other) = (a.hops + a.releases.count, b.hops + b.releases.count)
        if a.spendUntil != b.spendUntil { return a.spendUntil < b.spendUntil }
        if one != other { return one > other }
        if a.amount != b.amount { return a.amount < b.amount }
        return (a.holding.stick, a.units.lo) < (b.holding.stick, b.units.lo)
    }
}

extension Day {
    /// Whether this last day is less than a week away, or past.
    package func isNearEnd(on today: Day) -> Bool {
        number < today.number + Limits.reminderDays
    }
}
