import Commit
import Ledger
import Money
package import Reckoning
import Wire
import Words

/// What an office judges by: everything of the sticks that are out that stands in its books.
package struct Court: Sendable {
    package private(set) var reckoning: Reckoning
    private var index = PaperIndex()
    /// What convicts have paid for what they passed on twice.
    private var repaid: [Key: Amount] = [:]
    /// The cases and notices that stand in the books.
    private var booked: (cases: Set<CaseID>, notices: Set<Notice>) = ([], [])
    private var epochs: [Key: Epoch] = [:]
    /// What keys sign beyond these places is worth nothing here; no convict's is.
    private(set) var voided: [Key: Place] = [:]
    /// What came back, and who has to hand in what before it is known whose it was.
    private(set) var clearing = Clearing()
    /// Handovers that may have been claimed in a life after the one that they were made to.
    private var claimed: [Hash] = []
    /// What offices have said in place of payees, to each payer, in the order of the books.
    private var decided: [Key: [Commit]] = [:]

    init(office: Key, closed: Day?) {
        reckoning = Reckoning(offices: [office], closed: closed)
    }

    /// Takes what was booked; what comes to light by it is new, or was booked by an earlier life
    /// of the office.
    mutating func hear(
        _ one: Booked,
        _ checking: some Checking,
        _ recall: some Recall
    ) throws(RecallFault) -> [Discovery] {
        switch one.deed {
        case .charged(_, let stick): issue(stick, one.number)
        case .enrolled(let enrolment): enter(enrolment.window)
        case .permitted(let window): enter(window)
        case .revoked(let revocation):
            // Whom a convict paid is to have what is held of it: its links are judged.
            guard one.request != Mint.conviction(of: revocation.key) else { break }
            reckoning.revoke(revocation.key, lastGood: revocation.lastGood)
            voided[revocation.key] = revocation.lastGood
        case .handedIn, .shown, .redeemed, .received: return try take(one, checking, recall)
        case .ruled(let ruling): hear(ruling)
        case .opened, .moved, .invited, .certified, .traded: break
        }
        return []
    }

    private mutating func issue(_ stick: Stick, _ number: UInt64) {
        if let closed = reckoning.closed, stick.settleUntil <= closed { return }
        reckoning.issue(
            Issued(
                id: stick.id,
                owner: stick.owner,
                units: stick.units,
                settleUntil: stick.settleUntil,
                epoch: epochs[stick.owner],
                number: number
            )
        )
    }

    private mutating func enter(_ window: Window) {
        let isAnew = epochs[window.holder].map { $0 < window.terms.epoch } ?? false
        epochs[window.holder] = window.terms.epoch
        reckoning.enter(window.terms.epoch, of: window.holder)
        // What it is claiming was paid to a life that was not over before.
        if isAnew { claimed += reckoning.claims(by: window.holder) }
    }

    private mutating func hear(_ ruling: Ruling) {
        switch ruling {
        case .convicted(let id, _):
            booked.cases.insert(id)
            reckoning.open(id)
        case .frozen(let notice, _):
            booked.notices.insert(notice)
            reckoning.freeze(notice)
        case .repaid(_, let repaid):
            let sum = self.repaid[repaid.id.convict, default: .zero].adding(repaid.paid)
            self.repaid[repaid.id.convict] = sum ?? .largest
        case .closed(let day, _):
            reckoning.close(day)
            index.keep(reckoning)
            clearing.keep { reckoning.isOut($0) }
            decided = decided.mapValues { $0.filter { reckoning.knows(handover: $0.handover) } }
                .filter { !$0.value.isEmpty }
        case .cleared(_, let cleared): clear(cleared)
        case .settled, .lapsed, .usedUp: break
        }
    }

    private mutating func take(
        _ one: Booked,
        _ checking: some Checking,
        _ recall: some Recall
    ) throws(RecallFault) -> [Discovery] {
        let one = Booked(
            number: one.number,
            moment: one.moment,
            request: one.request,
            deed: one.deed.named
        )
        let shelf = Shelf(recall, one)
        var papers = ShelvedPapers(index: index, shelf: shelf, checking)
        index = PaperIndex()
        defer { index = papers.index }
        let found: [Discovery]
        do {
            found = try take(one, &papers, Booking(one.deed, checking))
        } catch {
            // Everything in the books was checked before it was booked.
            preconditionFailure("entry \(one.number) was booked, and is \(error)")
        }
        if let fault = shelf.fault { throw fault }
        return found
    }

    private mutating func take(
        _ one: Booked,
        _ papers: inout some Papers,
        _ checking: some Checking
    ) throws(TakeFault) -> [Discovery] {
        let number = one.number
        switch one.deed {
        case .handedIn(let handIn):
            var found: [Discovery] = []
            for handover in handIn.handovers {
                found += try reckoning.handIn(handover, at: number, &papers, checking).discoveries
                clearing.handedIn(handover.hash)
                claimed.append(handover.hash)
            }
            return found
        case .shown(let key, let showing):
            return try take(showing, by: key, number, &papers, checking)
        case .redeemed(let act, let redemption):
            let handover = redemption.handover
            let taken = try reckoning.handIn(handover, at: number, &papers, checking)
            // Of a stick that was settled since, it is in the books what became of it.
            if taken.notOut.count < handover.entries.count {
                try reckoning.redeem(
                    handover.hash,
                    as: act.kind == .consumption ? .consumed : .redeemed,
                    besides: taken.notOut
                )
            }
            return taken.discoveries
        case .received(let redemption):
            let handover = redemption.handover
            let taken = try reckoning.handIn(handover, at: number, &papers, checking)
            if taken.notOut.count < handover.entries.count {
                try reckoning.redeem(
                    handover.hash,
                    as: .redeemed,
                    besides: taken.notOut,
                    isPaid: false
                )
                clearing.receive(redemption, one, reckoning)
            }
            return taken.discoveries
        case .opened, .moved, .charged, .invited, .enrolled, .certified, .permitted, .revoked,
            .ruled, .traded:
            return []
        }
    }

    private mutating func take(
        _ showing: Showing,
        by key: Key,
        _ number: UInt64,
        _ papers: inout some Papers,
        _ checking: some Checking
    ) throws(TakeFault) -> [Discovery] {
        var found = try reckoning.show(showing.links, at: number, &papers, checking).discoveries
        for decision in showing.decisions {
            switch Decided(decision) {
            case .abort(let abort):
                found += try reckoning.take(abort, at: number, &papers, checking).discoveries
            case .commit(let commit):
                found += try reckoning.take(commit, at: number, &papers, checking).discoveries
                learn(commit)
            case .committed(let committed):
                try reckoning.take(committed, at: number, checking)
            case .register(let register): try reckoning.take(register, checking)
            case nil: break
            }
        }
        for handover in showing.claims { reckoning.claim(handover, by: key, at: number) }
        claimed += showing.claims
        for handover in showing.denials { reckoning.deny(handover, by: key, at: number) }
        return found
    }

    private mutating func clear(_ cleared: Cleared) {
        // Of a stick that was settled since nothing waits.
        guard reckoning.isOut(cleared.stick) else { return }
        guard let handover = clearing.clear(cleared) else {
            preconditionFailure("what was cleared had come back")
        }
        for units in cleared.ranges {
            do {
                try reckoning.pay(for: units, of: cleared.stick, in: handover)
            } catch {
                preconditionFailure("what was cleared waited: \(error)")
            }
        }
    }

    private mutating func learn(_ commit: Commit) {
        guard reckoning.offices.contains(commit.sender),
            decided[commit.receiver]?.contains(commit) != true
        else { return }
        decided[commit.receiver, default: []].append(commit)
    }

    /// What an office said to this payer in place of payees, of what is out.
    func decided(to payer: Key) -> [Commit] { decided[payer] ?? [] }

    /// Handovers that their payees claim, and that the office is to decide now, as they were
    /// handed in; each time it is asked for once.
    mutating func takeClaimed(_ recall: some Recall) throws(RecallFault) -> [Handover] {
        var (found, seen) = ([Handover](), Set<Hash>())
        for hash in claimed where reckoning.mayCommit(hash) && seen.insert(hash).inserted {
            guard let number = index.number(handover: hash),
                let deed = try recall.deed(at: number),
                let handover = deed.handovers.first(where: { $0.hash == hash })
            else { continue }
            found.append(handover)
        }
        claimed = []
        return found
    }

    /// What waited, and is now known to be whose it was; each time it is asked for once.
    mutating func takeAgreed() -> [Clearing.Agreed] { clearing.takeAgreed(reckoning) }

    // MARK: What may be asked

    /// Whether this stands in the books.
    func isBooked(_ discovery: Discovery) -> Bool {
        switch discovery {
        case .opened(let id, _): booked.cases.contains(id)
        case .frozen(let notice, _): booked.notices.contains(notice)
        }
    }

    func repaid(by convict: Key) -> Amount { repaid[convict] ?? .zero }

    /// What is new of a showing.
    ///
    /// Nobody has the office keep what is of no stick that is out, or of no member.
    func new(
        of showing: Showing,
        by key: Key,
        isMember: (Key) -> Bool
    ) -> Showing {
        var new = Showing()
        new.links = showing.links.filter {
            reckoning.isOut($0.entry.stick) && isMember($0.header.payer) && !reckoning.knows($0)
        }
        let names = Set(new.links.map { PaymentName($0.header) })
        func isNew(_ name: PaymentName, _ isKnown: Bool) -> Bool {
            !isKnown && (names.contains(name) || reckoning.knows(name))
        }
        new.decisions = showing.decisions.filter { decision in
            switch Decided(decision) {
            case .abort(let one): isNew(PaymentName(one), reckoning.knows(one))
            case .commit(let one):
                isNew(PaymentName(one), reckoning.knows(one) || reckoning.isUsed(one))
            case .committed(let one): isNew(PaymentName(one), reckoning.knows(one))
            case .register(let one):
                reckoning.mayBe(one) && isMember(one.sender) && !reckoning.knows(one)
            case nil: false
            }
        }
        let handovers = Set(new.links.map(\.handover))
        func isHere(_ hash: Hash) -> Bool {
            handovers.contains(hash) || reckoning.knows(handover: hash)
        }
        new.claims = showing.claims.filter { isHere($0) && !reckoning.isClaimed($0, by: key) }
        new.denials = showing.denials.filter { isHere($0) && !reckoning.isDenied($0, by: key) }
        return new
    }
}

/// Takes what passes money on as checked, in the books as it stands: nothing is booked before.
///
/// What is merely carried along, a release, was not: it counts if it is signed.
private struct Booking<Other: Checking>: Checking {
    private let signed: Set<Hash>
    private let other: Other

    init(_ deed: Deed, _ other: Other) {
        signed =
            switch deed {
            case .handedIn(let handIn): Set(handIn.handovers.map(\.hash))
            case .redeemed(_, let redemption), .received(let redemption):
                [redemption.handover.hash]
            case .shown(_, let showing): Set(showing.links.map(\.handover))
            case .opened, .moved, .charged, .invited, .enrolled, .certified, .permitted, .revoked,
                .ruled, .traded:
                []
            }
        self.other = other
    }

    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        signed.contains(hash) || other.isSigned(hash, by: key, with: signature)
    }

    func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        try other.certificate(der, issuedBy: issuer)
    }
}

/// What may be shown of decisions.
enum Decided {
    case abort(Abort)
    case commit(Commit)
    case committed(Committed)
    case register(Register)

    init?(_ signed: SignedObject) {
        if let abort = try? Abort(reading: signed) {
            self = .abort(abort)
        } else if let commit = try? Commit(reading: signed) {
            self = .commit(commit)
        } else if let committed = try? Committed(reading: signed) {
            self = .committed(committed)
        } else if let register = try? Register(reading: signed) {
            self = .register(register)
        } else {
            return nil
        }
    }

    func isSigned(_ checking: some Checking) -> Bool {
        switch self {
        case .abort(let abort): abort.isSigned(checking)
        case .commit(let commit): commit.isSigned(checking)
        case .committed(let committed): committed.isSigned(checking)
        case .register(let register): register.isSigned(checking)
        }
    }
}
