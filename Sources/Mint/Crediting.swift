import Commit
import Ledger
package import Money
import Reckoning
package import Words

// What the office pays for: each unit once, whatever its journal remembers.

/// What the office has decided to pay for, and what is not in the books yet.
struct Crediting: Sendable {
    private var waiting: [PaymentID: (handover: Handover, links: [Link])] = [:]

    /// What is out of reach for others until it is booked.
    var reserved: Amount? { Amount.sum(waiting.values.map { $0.handover.sum ?? .largest }) }

    mutating func reserve(_ handover: Handover, _ links: [Link], _ payment: PaymentID) -> Bool {
        if let known = waiting[payment] { return known.handover == handover }
        let others = waiting.values.flatMap(\.handover.entries)
        for entry in handover.entries {
            let isTaken = others.contains {
                $0.stick == entry.stick && $0.units.overlaps(entry.units)
            }
            guard !isTaken else { return false }
        }
        waiting[payment] = (handover, links)
        return true
    }

    /// What was shown with a handover that waits.
    func links(_ payment: PaymentID) -> [Link] { waiting[payment]?.links ?? [] }

    mutating func letGo(_ payment: PaymentID) { waiting[payment] = nil }

    var isEmpty: Bool { waiting.isEmpty }
}

extension Mint {
    /// Whether the office may decide to take this handover, which was shown with those links: its
    /// payer is a member, what it takes can be paid for, and as many units are out.
    ///
    /// Whoever is told yes has it: it is booked next, or the office ends. What was decided before
    /// is not undone by what was revoked since.
    package mutating func mayTake(
        _ handover: Handover,
        _ links: [Link],
        of payment: PaymentID,
        isDecided: Bool = false
    ) -> Bool {
        let voided = isDecided ? [:] : court.voided
        guard members[handover.header.payer] != nil, let sum = handover.sum,
            court.reckoning.mayRedeem(handover, links, revoked: { voided[$0] }),
            crediting.reserve(handover, links, payment)
        else { return false }
        if let reserved = crediting.reserved, sum <= reserved,
            reserved <= ledger[.outstanding].amount
        {
            return true
        }
        crediting.letGo(payment)
        return false
    }

    /// What is booked of a payment to the office, in this order: what it was shown, and the
    /// credit; nil when its payer is nobody's member.
    ///
    /// Of a payment that was decided before the office opened it is said with which links.
    package func credit(
        _ handover: Handover,
        _ commit: Commit,
        shown links: [Link]? = nil
    ) -> [Draft]? {
        let redemption = Redemption(handover, commit)
        guard let member = members[redemption.payer],
            let memo = Text("paid to the office by " + member.name.string)
        else { return nil }
        let moment = commit.receipt.moment
        let new = (links ?? crediting.links(redemption.payment))
            .filter { !court.reckoning.knows($0) }
        let shown = Showing.parts(of: new).enumerated().map { part, showing in
            Draft(
                request: redemption.shown(part: UInt64(part)),
                moment: moment,
                memo: Self.noMemo,
                deed: .shown(redemption.payer, showing)
            )
        }
        let act = Act(.redemption, member.account, commit.receipt.amount)
        return shown + [
            Draft(
                request: redemption.request,
                moment: moment,
                memo: memo,
                deed: .redeemed(act, redemption)
            )
        ]
    }
}
