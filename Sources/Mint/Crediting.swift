import Commit
import Ledger
package import Money
package import Words

// What the office pays for: each unit once, whatever its journal remembers.

/// What was paid for, by what the books say of it, and what is about to be.
struct Credited: Sendable {
    /// Of each stick, in the order in which they were booked.
    private var units: [Hash: [Units]] = [:]
    /// Decided, and not in the books yet.
    private var waiting: [PaymentID: Handover] = [:]

    /// What is out of reach for others until it is booked.
    var reserved: Amount? { Amount.sum(waiting.values.map { $0.sum ?? .largest }) }

    mutating func reserve(_ handover: Handover, _ payment: PaymentID) -> Bool {
        if let known = waiting[payment] { return known == handover }
        let others = waiting.values.flatMap(\.entries)
        for entry in handover.entries {
            let isPaid = (units[entry.stick] ?? []).contains { $0.overlaps(entry.units) }
            let isTaken = others.contains {
                $0.stick == entry.stick && $0.units.overlaps(entry.units)
            }
            guard !isPaid, !isTaken else { return false }
        }
        waiting[payment] = handover
        return true
    }

    mutating func letGo(_ payment: PaymentID) { waiting[payment] = nil }

    mutating func book(_ redemption: Redemption) {
        waiting[redemption.payment] = nil
        for entry in redemption.handover.entries {
            units[entry.stick, default: []].append(entry.units)
        }
    }
}

extension Mint {
    /// Whether the office may decide to take this handover: its payer is a member, none of its
    /// units was paid for before, and as many are out.
    ///
    /// Whoever is told yes has it: it is booked next, or the office ends.
    package mutating func mayTake(_ handover: Handover, of payment: PaymentID) -> Bool {
        guard members[handover.header.payer] != nil, let sum = handover.sum else { return false }
        guard credited.reserve(handover, payment) else { return false }
        if let reserved = credited.reserved, sum <= reserved,
            reserved <= ledger[.outstanding].amount
        {
            return true
        }
        credited.letGo(payment)
        return false
    }
}
