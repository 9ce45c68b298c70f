package import Commit
import Ledger
package import Money
package import Reckoning
import Wire
package import Words

// What the mint does about what others have signed: takes what is shown, convicts whom it proves
// guilty, and closes days.

extension Mint {
    // MARK: Showing

    mutating func show(
        _ request: Request,
        _ member: Member,
        _ showing: Showing,
        _ now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(Halt) -> Reply {
        var outcome = Answer.Outcome()
        let settled = Set(showing.links.map(\.entry.stick)).filter { !court.reckoning.isOut($0) }
        outcome.numbers = [UInt64(settled.count)]
        // Said again it may show more than it did: what it names is known by now, perhaps. That is
        // for another request to say, since each is booked once.
        if try known(request.hash, recall) != nil { return Reply(moment: now, outcome: outcome) }
        let new = court.new(of: showing, by: member.key) { members[$0] != nil }
        // What is known was checked when it came first, and what is not kept says nothing.
        for link in new.links where !link.isSigned(hand.checking) { throw .refused(.paper) }
        for decision in new.decisions {
            guard Decided(decision)?.isSigned(hand.checking) == true else {
                throw .refused(.paper)
            }
        }
        guard !new.isEmpty else { return Reply(moment: now, outcome: outcome) }
        guard shownToday(member.key, now) + new.count <= Limits.shownADay else {
            throw .refused(.tooMuch, [UInt64(Limits.shownADay)])
        }
        let draft = Draft(
            request: request.hash,
            moment: now,
            memo: Self.noMemo,
            deed: .shown(member.key, new)
        )
        try apply(draft)
        return Reply(moment: now, outcome: outcome, drafts: [draft])
    }

    // MARK: Judging

    /// What the office's own wallet has to know of: a convict's victims are paid all the same, and
    /// what it signs is judged when it comes.
    package func isVoiding(_ revocation: Revocation) -> Bool {
        court.voided[revocation.key] != nil
    }

    /// What is known of a case, while what it is about is not settled.
    package func known(of id: CaseID) -> Case? { court.reckoning.known(of: id) }

    /// What came to light at the counter, as the office shows it to itself; nil when nothing of
    /// it is new.
    package func evidence(_ showing: Showing, at now: Moment) -> Draft? {
        let new = court.new(of: showing, by: setting.office) { members[$0] != nil }
        guard !new.isEmpty else { return nil }
        return Draft(
            request: Digest.hash(Self.evidenceDomain, new.wireBytes),
            moment: now,
            memo: Self.noMemo,
            deed: .shown(setting.office, new)
        )
    }

    private static let evidenceDomain = Digest.Domain("tally1 evidence")

    /// Takes into account what stands in the books now; what is to be booked because of it, once
    /// everything was heard.
    package mutating func hear(
        _ booked: [Booked],
        _ hand: Hand,
        _ recall: some Recall
    ) throws(RecallFault) -> [Draft] {
        var found: [(discovery: Discovery, moment: Moment)] = []
        for one in booked {
            for discovery in try court.hear(one, hand.checking, recall) {
                found.append((discovery, one.moment))
            }
        }
        var (drafts, convicted) = ([Draft](), Set<Key>())
        for (discovery, moment) in found where !court.isBooked(discovery) {
            let ruling: Ruling
            switch discovery {
            case .opened(let id, let proof):
                ruling = .convicted(id, proof)
                if convicted.insert(id.convict).inserted,
                    let revocation = try revocation(of: id, proof, at: moment, hand, recall)
                {
                    drafts.append(revocation)
                }
            case .frozen(let notice, let proof): ruling = .frozen(notice, proof)
            }
            drafts.append(Self.draft(ruling, at: moment))
        }
        if let now = booked.last?.moment {
            for agreed in court.takeAgreed() {
                guard let draft = clearing(agreed, at: now) else { continue }
                drafts.append(draft)
            }
            for handover in try court.takeClaimed(recall) {
                guard let draft = decision(of: handover, at: now, hand) else { continue }
                drafts.append(draft)
            }
        }
        return drafts
    }

    /// COMMIT in the place of a payee whose epoch is over: it frees the payer, and gives the payee
    /// nothing before settlement.
    private func decision(of handover: Handover, at moment: Moment, _ hand: Hand) -> Draft? {
        guard let privates = handover.privates, let sum = handover.sum else { return nil }
        let object = Commit.object(
            by: setting.office,
            to: handover.header.payer,
            payment: privates.payment,
            handover: handover.hash,
            receipt: Receipt(
                offer: privates.offer,
                asset: setting.asset,
                amount: sum,
                moment: moment
            )
        )
        var showing = Showing()
        showing.decisions = [.signed(object, by: hand.signer)]
        return Draft(
            request: Digest.hash(Self.decidedDomain, handover.hash.bytes.array),
            moment: moment,
            memo: Self.noMemo,
            deed: .shown(setting.office, showing)
        )
    }

    private static let decidedDomain = Digest.Domain("tally1 decided")

    private static func draft(_ ruling: Ruling, at moment: Moment, memo: Text = noMemo) -> Draft {
        Draft(request: ruling.request, moment: moment, memo: memo, deed: .ruled(ruling))
    }

    /// A convict who is a member signs nothing more that anybody takes who has heard of it.
    ///
    /// Good is what it has handed in, in order: what else is known it has signed as it pleased.
    private func revocation(
        of id: CaseID,
        _ proof: Proof,
        at moment: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(RecallFault) -> Draft? {
        guard let member = members[id.convict], member.revocation == nil else { return nil }
        // Of an epoch that it has not had, or of one after it, nothing is voided by it.
        let epoch = min(proof.epoch ?? member.epoch, member.epoch)
        let isPresent = epoch == member.epoch
        let through =
            isPresent
            ? try through(member, recall) : try through(member, in: epoch, recall)
        let object = Revocation.object(
            office: setting.office,
            key: member.key,
            lastGood: Place(epoch: epoch, counter: through),
            reason: Self.reason(id),
            issued: moment
        )
        return Draft(
            request: Self.conviction(of: member.key),
            moment: moment,
            memo: Self.noMemo,
            deed: .revoked(Self.signed(object, by: hand.signer))
        )
    }

    private static func reason(_ id: CaseID) -> Text {
        let words =
            switch id {
            case .fork: "it passed the same money on twice"
            case .equivocation: "it said no to a payment, and used the money"
            }
        guard let text = Text(words) else { preconditionFailure("a reason can be shown") }
        return text
    }

    /// The request under which a convict is revoked.
    static func conviction(of key: Key) -> Hash { Digest.hash(convictDomain, key.bytes.array) }

    private static let convictDomain = Digest.Domain("tally1 convict")
}

extension Proof {
    /// In which epoch whoever it convicts signed the first of it; nil where it does not say.
    fileprivate var epoch: Epoch? {
        switch self {
        case .fork(let first, let second):
            min(first.header.place, second.header.place).epoch
        case .equivocation(_, .below(_, let child)): child.header.place.epoch
        case .equivocation(_, .commit), .rollback: nil
        }
    }
}
