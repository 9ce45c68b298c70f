extension Crook {
    /// What thieves and liars do that a wallet never does, and the honest step among them.
    package enum Trick: Int, CaseIterable, Sendable {
        // What a buyer shows.
        case own
        /// What he has paid with before.
        case again
        /// A piece that was handed to somebody else.
        case anothers
        /// More units than the piece has.
        case beyond
        /// A stick that was issued to somebody else, with his own name in it.
        case renamed
        /// One piece twice.
        case doubled
        /// Out of the middle of nothing: a parent that nobody knows.
        case orphan

        // What he signs.
        case agreed
        case otherEntries, lowCounter, wrongTotal, otherWindow, otherOffer, badLeaves, twice
        case noAgreed
        case wrongCommitted

        // What a seller asks for.
        case wrongNonce
        case forgedFloor

        // How he answers AGREED.
        case commit
        case noDecision
        /// ABORT, and what was handed over is kept all the same.
        case abort
        /// One of them, and then the other.
        case both, bothAbortFirst
        /// COMMIT to another handover than he was given.
        case otherHandover
        /// COMMIT with another sum in the receipt.
        case otherReceipt

        static let showing: [Trick] = [
            .own, .again, .anothers, .beyond, .renamed, .doubled, .orphan,
        ]
        static let agreeing: [Trick] = [
            .agreed, .otherEntries, .lowCounter, .wrongTotal, .otherWindow, .otherOffer,
            .badLeaves, .twice, .noAgreed,
        ]
        static let deciding: [Trick] = [
            .commit, .noDecision, .abort, .both, .bothAbortFirst, .otherHandover, .otherReceipt,
        ]
    }
}

extension Crook.Trick {
    /// What a wallet would do as well.
    var isHonest: Bool { [.own, .agreed, .commit].contains(self) }
}

extension World {
    func note(_ trick: Crook.Trick, by peer: Peer) {
        counts.tricks[trick.rawValue] += 1
        guard !trick.isHonest else { return }
        tracer.note(now, peer.number, .tried(trick))
    }
}
