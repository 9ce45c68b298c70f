import Commit
import Ledger
import Money
import Words

// Sticks out of an account: docs/PROTOCOL section 13.2, charge.

extension Mint {
    mutating func charge(
        _ request: Request,
        _ member: Member,
        _ asset: Asset,
        _ amount: Amount,
        _ now: Moment,
        _ hand: Hand
    ) throws(Halt) -> Reply {
        guard asset == setting.asset else { throw .refused(.asset) }
        guard amount > .zero else { throw .refused(.amount) }
        let free = free(member.account, at: now) ?? .zero
        guard amount <= free else { throw .refused(.short, [free.units]) }
        #if Planted
        let (name, now) = Plant.chargeAgain.isHere ? another(request, now) : (request.hash, now)
        #else
        let name = request.hash
        #endif
        let draft = try issued(amount, to: member, request.hash, now, hand, as: name)
        guard case .charged(_, let stick) = draft.deed else {
            preconditionFailure("a stick is issued by a charge")
        }
        try apply(draft)
        return Reply(moment: now, outcome: issued(stick, member), drafts: [draft])
    }

    /// A stick of a member's, out of its account.
    func issued(
        _ amount: Amount,
        to member: Member,
        _ request: Hash,
        _ now: Moment,
        _ hand: Hand,
        as name: Hash? = nil
    ) throws(Halt) -> Draft {
        let settleUntil = Self.end(now, setting.settleDays).day
        // A stick of a day that is closed would never be settled.
        if let closed, settleUntil <= closed { throw .refused(.closed, [closed.number]) }
        let object = Stick.object(
            office: setting.office,
            owner: member.key,
            request: request,
            asset: setting.asset,
            units: amount,
            spendUntil: Self.end(now, setting.spendDays).day,
            settleUntil: settleUntil,
            issued: now
        )
        return Draft(
            request: name ?? request,
            moment: now,
            memo: Self.noMemo,
            deed: .charged(
                Act(.charge, member.account, amount),
                Self.signed(object, by: hand.signer)
            )
        )
    }

    #if Planted
    /// What nothing that was booked before stands in the way of.
    private func another(_ request: Request, _ now: Moment) -> (Hash, Moment) {
        let issued = ledger[.issued].amount.units
        let name = request.hash.bytes.array + bigEndianBytes(issued)
        return (Digest.hash(Self.windowDomain, name), now.advanced(by: issued) ?? now)
    }
    #endif

    /// What a charge led to when it was asked for before.
    func charged(
        _ request: Request,
        _ member: Member,
        _ recall: some Recall
    ) throws(Halt) -> Reply? {
        #if Planted
        if Plant.chargeAgain.isHere { return nil }
        #endif
        guard let known = try known(request.hash, recall) else { return nil }
        guard case .charged(_, let stick) = known.deed, stick.owner == member.key else {
            throw .refused(.request)
        }
        return Reply(moment: known.moment, outcome: issued(stick, member))
    }

    func issued(_ stick: Stick, _ member: Member) -> Answer.Outcome {
        var outcome = Answer.Outcome()
        outcome.certificates = [setting.officeDER, member.certificate]
        outcome.papers = [stick.signed]
        return outcome
    }
}
