import Commit
import Money
package import Words

/// Money of which the last days are near, or past.
package struct Due: Hashable, Sendable {
    package enum State: UInt64, Hashable, Sendable, CaseIterable {
        /// To be spent by a day that is less than a week away, or to be redeemed by a later one.
        case soon
        /// Only to be redeemed any more.
        case overdue
        /// Its office has settled it, or will.
        case settled
        /// Used up, and to be handed in by a day that is less than a week away.
        case used
    }

    package let state: State
    package let amount: Amount
    /// Of several sticks the first day that is still to come, or the last that is past.
    package let spendUntil: Day
    package let settleUntil: Day

    package init(_ state: State, _ amount: Amount, spendUntil: Day, settleUntil: Day) {
        (self.state, self.amount) = (state, amount)
        (self.spendUntil, self.settleUntil) = (spendUntil, settleUntil)
    }

    /// More are not told at once: those that come first are.
    package static let most = 64
}

extension Wallet {
    /// nil while there is time.
    func state(of piece: Piece, on today: Day) -> Due.State? {
        guard piece.spendUntil.isNearEnd(on: today) else { return nil }
        guard piece.spendUntil < today else { return .soon }
        return settleUntil(piece) < today ? .settled : .overdue
    }

    /// What becomes of what was used up: nil while there is time to hand it in.
    func stateOfUsed(_ piece: Piece, on today: Day) -> Due.State? {
        let last = settleUntil(piece)
        guard last.isNearEnd(on: today) else { return nil }
        return last < today ? .settled : .used
    }

    private func settleUntil(_ piece: Piece) -> Day {
        guard let stick = archive.stick(piece.holding.stick) else {
            preconditionFailure("the stick of every piece is kept")
        }
        return stick.settleUntil
    }

    /// What is near its end, by the day that counts.
    func dues(_ asset: Asset, on today: Day) -> [Due] {
        var dues: [Mark: Due] = [:]
        let all =
            purse.pieces.map { ($0, state(of: $0, on: today)) }
            + consumed.pieces.map { ($0, stateOfUsed($0, on: today)) }
        for (piece, state) in all where piece.asset == asset {
            guard let state else { continue }
            let (spend, settle) = (piece.spendUntil, settleUntil(piece))
            let mark = Mark(state, spend, settle)
            guard let due = dues[mark] else {
                dues[mark] = Due(state, piece.amount, spendUntil: spend, settleUntil: settle)
                continue
            }
            dues[mark] = Due(
                state,
                due.amount.adding(piece.amount) ?? .largest,
                spendUntil: max(due.spendUntil, spend),
                settleUntil: (state == .soon ? min : max)(due.settleUntil, settle)
            )
        }
        return dues.sorted { $0.key < $1.key }.prefix(Due.most).map(\.value)
    }

    /// What counts of a state: by which day something has to be done.
    private struct Mark: Hashable, Comparable {
        let state: Due.State
        let day: Day?

        init(_ state: Due.State, _ spendUntil: Day, _ settleUntil: Day) {
            self.state = state
            day =
                switch state {
                case .soon: spendUntil
                case .overdue, .used: settleUntil
                case .settled: nil
                }
        }

        static func < (a: Mark, b: Mark) -> Bool {
            (a.state.rawValue, a.day?.number ?? 0) < (b.state.rawValue, b.day?.number ?? 0)
        }
    }
}
