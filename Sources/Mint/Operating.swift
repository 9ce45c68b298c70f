import Commit
package import Ledger
package import Money
package import Words

/// What an office's operator wants and may not have.
package enum Forbidden: Error, Hashable, Sendable {
    case noAccount(Account)
    /// Nothing at all may be paid, or more at once than in all.
    case limits
    /// The guarantee is more than is free in the account.
    case guarantee(free: Amount)
    /// So much may leave the account: the rest is guaranteed.
    case guaranteed(free: Amount)
    case noTime
    case notMember(Key)
    case revoked(Revocation)
    /// Not a place that this key has had.
    case lastGood(Place)
    /// An account of another kind is needed.
    case kind(Account, HolderKind)
    /// No bill of this number is open.
    case noBill(UInt64)
    case noTariff(Text)
    /// Units are sold for another currency, or for what they are themselves.
    case currency(Asset?)
    /// Nobody's money buys units for this account.
    case noContract(Account)
    /// No tariff says what customers' money is.
    case noCurrency
    /// Nobody can enrol by that code: it is none, was ended, or this key has enrolled by it.
    case noInvite(Key?)
}

extension Mint {
    package static let inviteDays: ClosedRange<UInt64> = 1...365

    /// An invite, to be booked; its code is never written down here.
    package func invite(
        _ code: Hash,
        _ account: Account,
        name: Text,
        _ limits: Invite.Limit,
        device: DeviceClass = .software,
        days: UInt64,
        isMeter: Bool = false,
        at now: Moment
    ) throws(Forbidden) -> Deed {
        try expectMoney(account)
        guard let free = free(account, at: now) else { throw .noAccount(account) }
        guard limits.largest > .zero, limits.largest <= limits.ceiling else { throw .limits }
        guard limits.guarantee <= free else { throw .guarantee(free: free) }
        guard Self.inviteDays.contains(days),
            let expires = now.advanced(by: days * Limits.secondsPerDay)
        else { throw .noTime }
        return .invited(
            Invite(
                code: code,
                account: account,
                name: name,
                limits: limits,
                expires: expires,
                device: device,
                isMeter: isMeter
            )
        )
    }

    /// Whether money may be paid out.
    package func check(_ act: Act, at now: Moment) throws(Forbidden) {
        guard act.kind == .withdrawal else {
            if act.kind == .deposit { try expectMoney(act.holder) }
            if [.takings, .payback].contains(act.kind), trading.currency == nil {
                throw .noCurrency
            }
            return
        }
        try expectMoney(act.holder)
        guard let free = free(act.holder, at: now) else { throw .noAccount(act.holder) }
        guard act.amount <= free else {
            // Where nothing is guaranteed the ledger says so itself.
            guard guarantees(on: act.holder, at: now) > .zero else { return }
            throw .guaranteed(free: free)
        }
    }

    /// A revocation, to be booked: what this key hands over after a place is worth nothing.
    ///
    /// Without a counter that place is the last that is in the books.
    package func revoke(
        _ key: Key,
        reason: Text,
        lastGood: UInt64?,
        at now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(RecallFault) -> Result<Deed, Forbidden> {
        guard let member = members[key] else { return .failure(.notMember(key)) }
        if let known = member.revocation { return .failure(.revoked(known)) }
        let counter: UInt64
        if let lastGood { counter = lastGood } else { counter = try through(member, recall) }
        let place = Place(epoch: member.epoch, counter: counter)
        guard place.counter <= UInt64(Int64.max) else { return .failure(.lastGood(place)) }
        let object = Revocation.object(
            office: setting.office,
            key: key,
            lastGood: place,
            reason: reason,
            issued: now
        )
        return .success(.revoked(Self.signed(object, by: hand.signer)))
    }

    /// The last counter of a member's epoch that is in the books; one below its first where none
    /// is.
    package func through(_ member: Member, _ recall: some Recall) throws(RecallFault) -> UInt64 {
        if let course = member.course { return course.next - 1 }
        return try through(member, in: member.epoch, recall)
    }

    /// The same of an epoch that may be over.
    func through(
        _ member: Member,
        in epoch: Epoch,
        _ recall: some Recall
    ) throws(RecallFault) -> UInt64 {
        let last = try recall.handIn(of: member.key, in: epoch, from: nil)
        if let last { return last.last.header.place.counter }
        let first = member.windows.first { $0.terms.epoch == epoch }
        return (first?.terms.firstCounter ?? 1) - 1
    }
}
