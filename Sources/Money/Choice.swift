package import Words

/// What a payee is willing to look at.
package struct Caps: Hashable, Sendable {
    package var hops: Int
    package var bytes: Int
    package var releases: Int

    package init(
        hops: Int = Limits.hopsPerPayment,
        bytes: Int = Limits.proposalBytes,
        releases: Int = Limits.releasesPerPayment
    ) {
        (self.hops, self.bytes, self.releases) = (hops, bytes, releases)
    }

    /// What the office takes: whatever anybody took, it has to be able to take.
    package static let office = Caps(
        hops: Limits.hopsPerChain,
        bytes: Limits.provenanceBytes,
        releases: Limits.releasesPerEntry
    )
}

/// Why an amount cannot be put together now.
package enum Shortage: Error, Hashable, Sendable {
    case nothing
    /// Less is held than asked for; `most` is what one payment can carry now.
    case short(most: Amount)
    /// The window allows no more than this in one payment.
    case window(most: Amount)
}

/// Chooses which pieces pay: the fewest, then those that must be spent soonest, within the
/// payee's caps.
package struct Chooser: Sendable {
    package let payer: Key
    package let window: Window
    package let caps: Caps
    package let today: Day
    /// The window's running total so far.
    package let spent: Amount
    /// The office, where that is the payee: it takes what others take no more, without a
    /// permission, and only what it issued itself.
    package var redeemer: Key?
    private var redeems: Bool { redeemer != nil }
    private let archive: Archive

    package init(
        payer: Key,
        window: Window,
        caps: Caps,
        today: Day,
        spent: Amount,
        archive: Archive
    ) {
        (self.payer, self.window, self.caps) = (payer, window, caps)
        (self.today, self.spent, self.archive) = (today, spent, archive)
    }

    /// The most one payment can carry now: everything above is refused by ``choose(_:from:)``,
    /// everything up to it is found.
    ///
    /// Within narrow caps it may be less than the best that trying every set would find: which
    /// pieces fill so many bytes best is a knapsack, and a payer does not wait for that.
    package func largest(from purse: Purse) -> Amount {
        min(allowed, reach(Candidates(purse, self)))
    }

    /// The entries that pay `amount`.
    package func choose(
        _ amount: Amount,
        from purse: Purse
    ) throws(Shortage) -> [Entry] {
        guard amount > .zero else { throw .nothing }
        guard amount <= allowed else { throw .window(most: largest(from: purse)) }
        let candidates = Candidates(purse, self)
        guard amount <= reach(candidates) else { throw .short(most: largest(from: purse)) }
        if redeems, let first = mostTired(amount, candidates) { return first }
        let best = [candidates.fewestThenOldest(amount), candidates.fewest(amount)]
        let others = candidates.largestSets + candidates.fitting
        for pieces in best.compactMap({ $0 }) + others where Self.sum(pieces) >= amount {
            let entries = Self.entries(pieces, amount)
            if fits(entries) { return entries }
        }
        throw .short(most: largest(from: purse))
    }

    // MARK: Back to the office

    /// What the office takes of a purse, in any number of payments; and what of that is tired.
    package func redeemable(in purse: Purse) -> (all: Amount, tired: Tired) {
        let pieces = Candidates(purse, self).bySize
        return (Self.sum(pieces), Tired(among: pieces, on: today))
    }

    /// How much of what is tired goes in one payment, once it is being made fresh.
    package func tiredAtOnce(in purse: Purse) -> Amount {
        Self.sum(mostTired(Candidates(purse, self)))
    }

    /// As many of the tired pieces as one payment carries.
    private func mostTired(_ candidates: Candidates) -> [Piece] {
        var some: [Piece] = []
        for piece in Tired(among: candidates.bySize, on: today, isBegun: true).pieces {
            guard some.count < Limits.entriesPerHandover else { break }
            if fits((some + [piece]).map { $0.entry($0.units) }) { some.append(piece) }
        }
        return some
    }

    /// What comes back is what is hardest to pay with, where one payment carries so much of it.
    private func mostTired(_ amount: Amount, _ candidates: Candidates) -> [Entry]? {
        let some = mostTired(candidates)
        guard Self.sum(some) >= amount else { return nil }
        let entries = Self.entries(some, amount)
        return fits(entries) ? entries : nil
    }

    /// Whether the payee takes units of this stick, on this day.
    fileprivate func takes(_ piece: Piece) -> Bool {
        guard let redeemer else { return piece.spendUntil >= today }
        let stick = archive.stick(piece.holding.stick)
        // What is past its last day to be settled is refused, with all that it would pay with.
        return stick.map { $0.office == redeemer && $0.settleUntil >= today } ?? false
    }

    private var allowed: Amount {
        if redeems { return .largest }
        let left = window.terms.ceiling.subtracting(spent) ?? .zero
        return min(left, window.terms.largest)
    }

    private func reach(_ candidates: Candidates) -> Amount {
        // Fewer of what fits together fit too.
        if candidates.fitsTogether { return candidates.largestSets.last.map(Self.sum) ?? .zero }
        let whole = candidates.largestSets.filter { fits($0.map { $0.entry($0.units) }) }
        return (whole + candidates.fitting).map(Self.sum).max() ?? .zero
    }

    fileprivate func fits(_ entries: [Entry]) -> Bool { bytes(entries) <= caps.bytes }

    fileprivate func bytes(_ entries: [Entry]) -> Int {
        archive.bytes(entries, by: payer, window)
    }

    fileprivate static func sum(_ pieces: [Piece]) -> Amount {
        Amount.sum(pieces.map(\.amount)) ?? .largest
    }

    /// Whole pieces, but for the last, which is cut to make the amount exact.
    private static func entries(_ pieces: [Piece], _ amount: Amount) -> [Entry] {
        var (left, entries) = (amount, [Entry]())
        for piece in pieces where left > .zero {
            let part = min(left, piece.amount)
            guard let cut = piece.units.cut(part), let rest = left.subtracting(part) else { break }
            entries.append(piece.entry(cut.taken))
            left = rest
        }
        return entries
    }
}

/// The pieces a payment may use, seen in the orders that choosing needs.
private struct Candidates {
    /// Largest first; among equals the one to be spent soonest.
    let bySize: [Piece]
    /// Whether the largest ones, as many as one payment takes, fit the payee's bytes.
    let fitsTogether: Bool
    /// Sets that fit the payee's bytes when the largest pieces together do not.
    private(set) var fitting: [[Piece]] = []

    /// What fits is tried for the largest ones only; a purse of thousands of crumbs is the
    /// office's to refresh, not a payee's to wait for.
    private static let tried = 64

    init(_ purse: Purse, _ chooser: Chooser) {
        bySize = purse.pieces.filter {
            $0.asset == chooser.window.terms.asset
                && chooser.takes($0)
                && $0.hops <= chooser.caps.hops && $0.releases.count <= chooser.caps.releases
        }.sorted { a, b in
            (b.amount, a.spendUntil, a.units.lo) < (a.amount, b.spendUntil, b.units.lo)
        }
        let largest = bySize.prefix(Limits.entriesPerHandover).map { $0.entry($0.units) }
        fitsTogether = chooser.fits(largest)
        guard !fitsTogether else { return }
        let top = Array(bySize.prefix(Self.tried))
        fitting = [Self.filled(top, chooser), Self.filled(Self.byWorth(top, chooser), chooser)]
    }

    /// One after the other, whatever still fits.
    private static func filled(_ pieces: [Piece], _ chooser: Chooser) -> [Piece] {
        var some: [Piece] = []
        for piece in pieces where some.count < Limits.entriesPerHandover {
            if chooser.fits((some + [piece]).map { $0.entry($0.units) }) { some.append(piece) }
        }
        return some.sorted { $0.amount > $1.amount }
    }

    /// Those first that bring the most units for each byte of their own.
    private static func byWorth(_ pieces: [Piece], _ chooser: Chooser) -> [Piece] {
        let empty = chooser.bytes([])
        let weighed = pieces.map { piece in
            (piece: piece, bytes: UInt64(max(1, chooser.bytes([piece.entry(piece.units)]) - empty)))
        }
        return weighed.sorted { a, b in
            let (left, right) = (
                a.piece.amount.units.multipliedFullWidth(by: b.bytes),
                b.piece.amount.units.multipliedFullWidth(by: a.bytes)
            )
            return (left.high, left.low) > (right.high, right.low)
        }.map(\.piece)
    }

    /// The one, two, … eight largest pieces.
    var largestSets: [[Piece]] {
        (1...Limits.entriesPerHandover).filter { $0 <= bySize.count }.map {
            Array(bySize.prefix($0))
        }
    }

    func fewest(_ amount: Amount) -> [Piece]? {
        largestSets.first { Chooser.sum($0) >= amount }
    }

    /// As few pieces as possible, and of all such choices the one whose pieces have to be
    /// spent soonest: each place takes the oldest piece with which the largest others still
    /// make up the rest.
    func fewestThenOldest(_ amount: Amount) -> [Piece]? {
        guard let count = fewest(amount)?.count else { return nil }
        var (chosen, rest, left) = ([Piece](), bySize, amount)
        for place in 0..<count {
            let others = count - place - 1
            let oldest = rest.indices.filter { index in
                let top = rest.indices.lazy.filter { $0 != index }.prefix(others)
                let reach = rest[index].amount.units + top.reduce(0) { $0 + rest[$1].amount.units }
                return reach >= left.units
            }.min { rest[$0].spendUntil < rest[$1].spendUntil }
            guard let oldest else { return nil }
            let piece = rest.remove(at: oldest)
            chosen.append(piece)
            left = left.subtracting(piece.amount) ?? .zero
        }
        // The last entry is the one that is cut: let it be the youngest chosen.
        return chosen.sorted { ($0.spendUntil, $1.amount) < ($1.spendUntil, $0.amount) }
    }
}
