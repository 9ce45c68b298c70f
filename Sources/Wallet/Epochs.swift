import Commit
import Money
import Wire
import Words

// The lives of a wallet: how one ends, and how the office opens the next (docs/PROTOCOL 8.9).

extension Wallet {
    /// What the office gives a wallet whose epoch is over: it is alive again, with what comes to
    /// it from now on.
    mutating func begin(_ window: Window) {
        guard case .inert = life, window.terms.epoch > owner.epoch else {
            return deny(.refused(Reason.window))
        }
        (owner.epoch, life, self.window) = (window.terms.epoch, .live, window)
        course = Course()
        course.counter = window.terms.firstCounter
        (clock, since) = (max(clock, window.terms.issued), window.terms.issued)
        // A newer state of this wallet may have spent any of them.
        for piece in purse.pieces + consumed.pieces { stranded.put(piece) }
        purse.lose(purse.pieces.map { $0.entry($0.units) })
        consumed.lose(consumed.pieces.map { $0.entry($0.units) })
        note(
            entry(RecordKind.begun, 1) { $0.value(window) },
            [
                .put(.register, key: Rows.window, bytes: row(1) { $0.value(window) }),
                .put(.register, key: Rows.since, bytes: row(1) { $0.value(window.terms.issued) }),
                courseChange, selfChange,
            ] + pieceChanges() + clockChange
        )
        orders.append(.tell(.opened))
    }

    /// What an aborted handover had taken comes back: to be spent, or, when it was agreed to in
    /// another life, not by this wallet.
    mutating func putBack(_ held: Held, releasedBy abort: Abort) {
        let isOwn = held.handover.header.place.epoch == owner.epoch
        if isOwn, handingIn.contains(held.payment) {
            consumed.putBack(held.taken, releasedBy: abort)
        } else if isOwn {
            purse.putBack(held.taken, releasedBy: abort)
        } else {
            stranded.putBack(held.taken, releasedBy: abort)
        }
    }
}
