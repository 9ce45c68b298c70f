package import Commit
import Ledger
package import Money
import Reckoning
package import Words

// What the office pays for: each unit once, whatever its journal remembers.

/// What the office has decided to take, and what is not in the books yet.
struct Crediting: Sendable {
    private var waiting: [PaymentID: Reserved] = [:]

    private struct Reserved {
        let handover: Handover
        let links: [Link]
        /// What will be credited at once, and what will not.
        let split: Split
    }

    /// What is out of reach for others until it is booked.
    var reserved: Amount? { Amount.sum(waiting.values.map { $0.handover.sum ?? .largest }) }

    /// Whether this was reserved; nil when nothing of this payment was.
    func isReserved(_ handover: Handover, _ payment: PaymentID) -> Bool? {
        waiting[payment].map { $0.handover == handover }
    }

    mutating func reserve(
        _ handover: Handover,
        _ links: [Link],
        _ payment: PaymentID,
        _ split: Split
    ) -> Bool {
        let others = waiting.values.flatMap(\.handover.entries)
        for entry in handover.entries {
            let isTaken = others.contains {
                $0.stick == entry.stick && $0.units.overlaps(entry.units)
            }
            guard !isTaken else { return false }
        }
        waiting[payment] = Reserved(handover: handover, links: links, split: split)
        return true
    }

    /// What was shown with a handover that waits.
    func links(_ payment: PaymentID) -> [Link] { waiting[payment]?.links ?? [] }

    func split(_ payment: PaymentID) -> Split? { waiting[payment]?.split }

    /// What a key will have been credited for which it answers with what is held of it.
    func guaranteed(of key: Key) -> Amount {
        let own = waiting.values.filter { $0.handover.header.payer == key }
        return Amount.sum(own.map(\.split.guaranteed.sum)) ?? .largest
    }

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
            court.reckoning.mayRedeem(handover, links, revoked: { voided[$0] })
        else { return false }
        if let isIt = crediting.isReserved(handover, payment) { return isIt }
        guard crediting.reserve(handover, links, payment, split(handover, links))
        else { return false }
        if let reserved = crediting.reserved, sum <= reserved,
            reserved <= ledger[.outstanding].amount
        {
            return true
        }
        crediting.letGo(payment)
        return false
    }

    /// What is booked of a payment to the office, in this order: what it was shown, that it came,
    /// and the credit, unless a meter has used it up; nil when its payer is nobody's member.
    ///
    /// Of a payment that was decided before the office opened it is said with which links.
    package func credit(
        _ handover: Handover,
        _ commit: Commit,
        shown links: [Link]? = nil,
        as use: Use = .redeemed
    ) -> [Draft]? {
        let redemption = Redemption(handover, commit)
        guard let member = members[redemption.payer] else { return nil }
        let moment = commit.receipt.moment
        let links = links ?? crediting.links(redemption.payment)
        let new =
            links
            .filter { !court.reckoning.knows($0) }
        let shown = Showing.parts(of: new).enumerated().map { part, showing in
            Draft(
                request: redemption.shown(part: UInt64(part)),
                moment: moment,
                memo: Self.noMemo,
                deed: .shown(redemption.payer, showing)
            )
        }
        let split = crediting.split(redemption.payment) ?? split(handover, links)
        func draft(_ deed: Deed, _ words: String = "paid to the office by ") -> Draft {
            Draft(
                request: redemption.request,
                moment: moment,
                memo: Self.memo(words, member),
                deed: deed
            )
        }
        #if Planted
        let use = Plant.handInCredited.isHere ? .redeemed : use
        #endif
        // Nobody is credited, so nothing has to clear.
        if use == .consumed {
            let act = Act(consuming: commit.receipt.amount)
            return shown + [draft(.redeemed(act, redemption), "used up by ")]
        }
        if split.isWhole {
            let act = Act(.redemption, member.account, commit.receipt.amount)
            return shown + [draft(.redeemed(act, redemption))]
        }
        let agreed = split.agreed.cleared(redemption.payment, .agreed)
        let guaranteed = split.guaranteed.cleared(redemption.payment, .guaranteed)
        let cleared = (agreed + guaranteed).map { clearing($0, of: member, at: moment) }
        return shown + [draft(.received(redemption))] + cleared
    }

    /// What is credited at once of a handover to the office: what is agreed by all through whose
    /// hands it came, and of what nobody contradicts as much as is held of its payer for others.
    private func split(_ handover: Handover, _ links: [Link]) -> Split {
        var split = Split()
        var open: [(stick: Hash, units: [Units])] = []
        for entry in handover.entries {
            let agreed = court.reckoning.agreed(entry, of: handover)
            split.agreed.add(entry.stick, agreed)
            guard agreed != [entry.units] else { continue }
            let agreeable = court.reckoning.agreeable(entry, of: handover, links)
            open.append((entry.stick, agreeable.flatMap { $0.removing(agreed) }))
            // Who came first with what was passed on twice is for a closing to say.
            split.waiting.add(entry.stick, entry.units.removing(agreeable))
        }
        guard !open.isEmpty else { return split }
        var left = guaranteeLeft(of: handover.header.payer)
        for (stick, units) in open {
            for units in units {
                guard let cut = units.cut(min(left, units.count)) else {
                    split.waiting.add(stick, [units])
                    continue
                }
                left = left.subtracting(cut.taken.count) ?? .zero
                split.guaranteed.add(stick, [cut.taken])
                split.waiting.add(stick, cut.rest.map { [$0] } ?? [])
            }
        }
        return split
    }

    /// For how much more a key can answer that is credited before it is known whose it was.
    private func guaranteeLeft(of key: Key) -> Amount {
        guard members[key]?.revocation == nil else { return .zero }
        let used = [
            court.clearing.guaranteed(of: key, court.reckoning), crediting.guaranteed(of: key),
        ]
        return held(of: key).subtracting(Amount.sum(used) ?? .largest) ?? .zero
    }
}
