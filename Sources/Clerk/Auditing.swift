package import Books
internal import Ledger
internal import Mint
internal import Money
package import Reckoning
package import Words

/// A stick of which something is out.
package struct StickOut: Hashable, Sendable {
    package let stick: Books.Stick
    /// When it was issued, and under which number.
    package let moment: Moment
    package let number: UInt64
    /// How many of its units are out.
    package let out: Amount
}

/// Why the books do not say of each unit where it is, once.
package enum UnitFault: Error, Hashable, Sendable {
    case books(BooksError)
    /// What this entry says cannot be read.
    case entry(UInt64)
    case units(AuditFault)
}

extension Till {
    /// Looks where each unit of each stick is, from the first entry on: every one in exactly one
    /// place, and of settled sticks none out, as the ledger has it.
    ///
    /// What is out is told, the oldest first.
    package func auditUnits() throws(UnitFault) -> [StickOut] {
        var (sticks, gone) = ([(Books.Stick, Books.Entry)](), [Hash: [Audit.Gone]]())
        var (received, cleared) = ([PaymentID: Handover](), [Cleared]())
        var unread: UInt64?
        do throws(BooksError) {
            try books.entries(of: .charge) { entry in
                if case .charge(_, let stick) = entry.booked { sticks.append((stick, entry)) }
            }
            try books.entries(of: .received) { entry in
                guard case .received(let redemption)? = try? entry.deed() else {
                    unread = unread ?? entry.number
                    return
                }
                received[redemption.payment] = redemption.handover
            }
            for kind in [
                Act.Kind.redemption, .clearing, .settlement, .lapse, .consumption, .usedUp,
            ] {
                try books.entries(of: kind) { entry in
                    guard let deed = try? entry.deed() else {
                        unread = unread ?? entry.number
                        return
                    }
                    for (stick, one) in deed.gone { gone[stick, default: []].append(one) }
                    if case .ruled(.cleared(_, let one)) = deed { cleared.append(one) }
                }
            }
        } catch {
            throw .books(error)
        }
        if let unread { throw .entry(unread) }
        do throws(AuditFault) {
            for one in cleared { try Self.check(one, received[one.payment]) }
            return try out(sticks, gone)
        } catch {
            throw .units(error)
        }
    }

    /// What was cleared had come back, with that payment.
    private static func check(_ cleared: Cleared, _ handover: Handover?) throws(AuditFault) {
        let entries = handover?.entries.filter { $0.stick == cleared.stick } ?? []
        for units in cleared.ranges where !entries.contains(where: { $0.units.contains(units) }) {
            throw .notReceived(stick: cleared.stick, unit: units.lo)
        }
    }

    private func out(
        _ sticks: [(Books.Stick, Books.Entry)],
        _ gone: [Hash: [Audit.Gone]]
    ) throws(AuditFault) -> [StickOut] {
        var (audit, out) = (Audit(), [StickOut]())
        for (stick, entry) in sticks {
            let before = audit.sums.outstanding
            let isSettled = mint.closed.map { stick.settleUntil <= $0 } ?? false
            try audit.add(stick.id, of: stick.units, isSettled: isSettled, gone[stick.id] ?? [])
            guard let rest = Amount(audit.sums.outstanding - before), rest > .zero else { continue }
            out.append(
                StickOut(stick: stick, moment: entry.moment, number: entry.number, out: rest)
            )
        }
        try audit.agree(with: books.ledger)
        return out
    }
}

extension Deed {
    /// Which units went where by it.
    fileprivate var gone: [(Hash, Audit.Gone)] {
        switch self {
        case .redeemed(let act, let redemption):
            redemption.handover.entries.map { entry in
                let isUsed = act.kind == .consumption
                return (entry.stick, Audit.Gone(entry.units, to: isUsed ? .consumed : .redeemed))
            }
        case .ruled(.settled(_, let settled)):
            settled.ranges.map { (settled.stick, Audit.Gone($0, to: .redeemed)) }
        case .ruled(.cleared(_, let cleared)):
            cleared.ranges.map { (cleared.stick, Audit.Gone($0, to: .redeemed)) }
        case .ruled(.usedUp(_, let used)):
            used.ranges.map { (used.stick, Audit.Gone($0, to: .consumed)) }
        case .ruled(.lapsed(_, let stick, let ranges)):
            ranges.map { (stick, Audit.Gone($0, to: .lapsed)) }
        case _: []
        }
    }
}
