package import Commit
import Ledger
package import Money
import Wire
package import Words

/// What the office can do that nobody else can, and what it asks of the world: arguments all.
package struct Hand {
    package let signer: any Signing
    package let checking: any Checking
    /// A certificate for a key, its sealing key, from a moment to another; nil when there can be
    /// none.
    package let certify: (Key, SealingKey, DeviceClass, Moment, Moment) -> [UInt8]?

    package init(
        signer: any Signing,
        checking: any Checking,
        certify: @escaping (Key, SealingKey, DeviceClass, Moment, Moment) -> [UInt8]?
    ) {
        (self.signer, self.checking, self.certify) = (signer, checking, certify)
    }
}

/// The books, as the mint looks into them: what is too much to be kept in mind.
package protocol Recall {
    /// What stands under a number.
    func deed(at number: UInt64) throws(RecallFault) -> Deed?
    /// What a request led to, and when.
    func deed(of request: Hash) throws(RecallFault) -> (deed: Deed, moment: Moment)?
    /// The hand-in of a key and epoch with this counter, or the next one after it; without a
    /// counter the last.
    func handIn(
        of key: Key,
        in epoch: Epoch,
        from counter: UInt64?
    ) throws(RecallFault) -> HandIn?
}

/// The books cannot be read; they say why themselves.
package struct RecallFault: Error, Hashable, Sendable {
    package init() {}
}

/// What a request leads to.
package struct Reply: Hashable, Sendable {
    /// When it was booked, or when it was refused.
    package var moment: Moment
    package var outcome: Answer.Outcome
    /// To be durable before the answer is told.
    package var drafts: [Draft] = []
    /// Whom the office is to call, to be paid by.
    package var call: Call?

    /// A payment that a member asked the office to take.
    package struct Call: Hashable, Sendable {
        package let payer: Key
        package let asset: Asset
        package let amount: Amount
        /// What stands on the payer's screen.
        package let id: UInt64
        package let memo: Text
    }
}

/// Why a request is refused: docs/PROTOCOL section 13.2.
package enum Refused: String, Error, Hashable, Sendable, CaseIterable {
    case notEnrolled = "not-enrolled"
    case revoked
    case enrolled
    case code
    case codeUsed = "code-used"
    case codeExpired = "code-expired"
    case asset
    case amount
    case short
    case closed
    case epoch
    case gap
    case handover
    case chain
    case paper
    case tooMuch = "too-much"
    case request
    case bill
    case billPaid = "bill-paid"
    case contract
    case price
    case money

    package var name: Text {
        guard let name = Text(rawValue) else { preconditionFailure("a name can be shown") }
        return name
    }
}

/// A refusal on its way out of a rule.
struct Refusing: Error {
    let why: Refused
    let numbers: [UInt64]

    init(_ why: Refused, _ numbers: [UInt64] = []) { (self.why, self.numbers) = (why, numbers) }
}

/// Why a rule was not followed to its end.
enum Halt: Error {
    case refused(Refusing)
    case recall(RecallFault)

    static func refused(_ why: Refused, _ numbers: [UInt64] = []) -> Halt {
        .refused(Refusing(why, numbers))
    }
}

extension Mint {
    /// What a request leads to, whose signature is known to be its sender's.
    ///
    /// What it drafts is applied when this returns. A refusal has changed nothing.
    package mutating func answer(
        _ request: Request,
        at now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(RecallFault) -> Reply {
        do throws(Halt) {
            return try reply(request, now, hand, recall)
        } catch {
            // Only what nothing can refuse any more is applied, so there is nothing to take back.
            switch error {
            case .recall(let fault): throw fault
            case .refused(let refusing):
                let outcome = Answer.Outcome(refusal: refusing.why.name, refusing.numbers)
                return Reply(moment: now, outcome: outcome)
            }
        }
    }

    private mutating func reply(
        _ request: Request,
        _ now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(Halt) -> Reply {
        if case .enrol(let secret, let sealingKey) = request.want {
            return try enrol(request, secret, sealingKey, now, hand)
        }
        guard let member = members[request.sender] else { throw .refused(.notEnrolled) }
        // What was granted before stays granted, and has to be fetched.
        if case .charge = request.want, let reply = try charged(request, member, recall) {
            return reply
        }
        // What others have signed is no better or worse for who shows it; and what a key that was
        // lost was paid before is its holder's.
        if case .show(let showing) = request.want {
            return try show(request, member, showing, now, hand, recall)
        }
        guard member.revocation == nil else { throw .refused(.revoked) }
        switch request.want {
        case .enrol, .show: preconditionFailure("it was answered above")
        case .charge(let asset, let amount, let price?):
            return try buy(request, member, asset, amount, for: price, now, hand)
        case .charge(let asset, let amount, nil):
            return try charge(request, member, asset, amount, now, hand)
        case .enquire(let after): return enquire(request, member, after: after, now, hand)
        case .payBill(let number, let asset, let amount):
            return try payBill(request, member, number, asset, amount, now, hand, recall)
        case .redeem(let asset, let amount, let id, let use):
            return try redeem(member, asset, amount, id, use, now)
        case .sync(let epoch, let next, let handovers, let known):
            var handing = Handing(member, epoch, hand.checking, office: setting.office)
            handing.waiting = self.handovers(drafted: member.key)
            try handing.take(handovers, recall)
            return try sync(request, handing, next, known, now, hand, recall)
        case .renew(let epoch): return try renew(request, member, epoch, now, hand, recall)
        }
    }

    // MARK: Enrolling

    private mutating func enrol(
        _ request: Request,
        _ secret: UInt64,
        _ sealingKey: SealingKey,
        _ now: Moment,
        _ hand: Hand
    ) throws(Halt) -> Reply {
        let (key, code) = (request.sender, Code.hash(secret: secret))
        let invited = invited(code)
        if let member = members[key] {
            guard member.revocation == nil else { throw .refused(.revoked) }
            guard invited?.entry == member.enrolment.invite else { throw .refused(.enrolled) }
            return Reply(moment: member.enrolled, outcome: granted(member.enrolment))
        }
        guard let invited else { throw .refused(.code) }
        guard invited.key == nil else { throw .refused(.codeUsed) }
        guard now <= invited.invite.expires else { throw .refused(.codeExpired) }
        let until = Self.end(now, setting.certificateDays)
        let invite = invited.invite
        guard key != setting.office,
            let der = hand.certify(key, sealingKey, invite.device, now, until)
        else { throw .refused(.code) }
        let name = NameStatement.object(
            office: setting.office,
            key: key,
            name: invite.name,
            issued: now
        )
        let window = window(invite.limits, invite.device, key, .first, from: 1, until, now)
        let enrolment = Enrolment(
            invite: invited.entry,
            sealingKey: sealingKey,
            certificate: der,
            name: Self.signed(name, by: hand.signer),
            window: Self.signed(window, by: hand.signer)
        )
        let draft = Draft(
            request: request.hash,
            moment: now,
            memo: Self.noMemo,
            deed: .enrolled(enrolment)
        )
        try apply(draft)
        return Reply(moment: now, outcome: granted(enrolment), drafts: [draft])
    }

    private func granted(_ enrolment: Enrolment) -> Answer.Outcome {
        var outcome = Answer.Outcome()
        outcome.certificates = [setting.rootDER, setting.officeDER, enrolment.certificate]
        outcome.papers = [enrolment.name.signed, enrolment.window.signed]
        return outcome
    }

    /// What a request has led to already, be it booked or on its way.
    func known(
        _ request: Hash,
        _ recall: some Recall
    ) throws(Halt) -> (deed: Deed, moment: Moment)? {
        if let draft = drafted(request) { return (draft.deed, draft.moment) }
        do { return try recall.deed(of: request) } catch { throw .recall(error) }
    }

    // MARK: Redeeming

    /// Nothing is booked yet: done means that the office calls.
    private func redeem(
        _ member: Member,
        _ asset: Asset,
        _ amount: Amount,
        _ id: UInt64,
        _ use: Use,
        _ now: Moment
    ) throws(Halt) -> Reply {
        guard asset == setting.asset else { throw .refused(.asset) }
        // Whoever comes with more than is out brings what somebody has passed on twice: the office
        // calls, to see it.
        guard amount > .zero, amount <= ledger[.issued].amount else {
            throw .refused(.amount)
        }
        let holder = ledger.holder(member.account)?.name.string ?? ""
        guard let credited = Text("back to the account of " + holder) else {
            preconditionFailure("names can be shown")
        }
        let memo = use == .consumed ? Use.memo : credited
        return Reply(
            moment: now,
            outcome: Answer.Outcome(),
            call: Reply.Call(
                payer: member.key,
                asset: asset,
                amount: amount,
                id: id,
                memo: memo
            )
        )
    }

    // MARK: Syncing

    private mutating func sync(
        _ request: Request,
        _ handing: Handing,
        _ next: UInt64,
        _ known: UInt64,
        _ now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(Halt) -> Reply {
        var drafts = try recertified(handing.member, request, now, hand, recall)
        let member = members[handing.member.key] ?? handing.member
        set(handing.begun, of: member.key)
        if let handIn = handing.handIn {
            let draft = Draft(
                request: request.hash,
                moment: now,
                memo: Self.noMemo,
                deed: .handedIn(handIn)
            )
            try apply(draft)
            drafts.append(draft)
        }
        var newest = member.window
        if let before = try self.known(Self.windowRequest(request.hash), recall) {
            // Said again: what came of it the first time is what comes of it now.
            guard case .permitted(let window) = before.deed, window.holder == member.key else {
                throw .refused(.request)
            }
            newest = window
        } else if next == handing.course.next {
            let window = self.next(window: member, member.epoch, from: next, now, hand)
            if isDue(newest, handing.course, now, window) {
                newest = window
                drafts.append(try permit(newest, request, now))
            }
        }
        let decided = decisions(to: member.key, by: request.hash)
        let told = revocations.dropFirst(Int(clamping: known))
            .prefix(Self.revocationsAtOnce - decided.count)
        var outcome = Answer.Outcome()
        outcome.certificates = [setting.officeDER]
        if member.isRecertified { outcome.certificates.append(member.certificate) }
        outcome.papers = told.map(\.signed) + decided + [newest.signed]
        outcome.numbers = [
            handing.course.next - 1, UInt64(revocations.count), waiting(of: member.key).units,
        ]
        return Reply(moment: now, outcome: outcome, drafts: drafts)
    }

    /// What the office has decided for a payer, in place of payees: a few of it, others each time.
    private func decisions(to payer: Key, by request: Hash) -> [SignedObject] {
        let all = court.decided(to: payer)
        guard all.count > Self.decisionsAtOnce else { return all.map(\.signed) }
        let first = Int(request.bytes.words.0 % UInt64(all.count))
        return (0..<Self.decisionsAtOnce).map { all[(first + $0) % all.count].signed }
    }

    static let decisionsAtOnce = 4

    // MARK: Another life

    /// Opens the next epoch of a wallet whose last one is over.
    private mutating func renew(
        _ request: Request,
        _ member: Member,
        _ epoch: Epoch,
        _ now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(Halt) -> Reply {
        if let known = try known(Self.windowRequest(request.hash), recall) {
            guard case .permitted(let window) = known.deed, window.holder == member.key else {
                throw .refused(.request)
            }
            return Reply(moment: known.moment, outcome: begun(window, member, after: epoch))
        }
        guard epoch <= member.epoch, let next = member.epoch.next else {
            throw .refused(.epoch)
        }
        let lives = member.windows.filter { $0.terms.issued.day == now.day }.map(\.terms.epoch)
        guard Set(lives).count <= Limits.livesADay else {
            throw .refused(.tooMuch, [UInt64(Limits.livesADay)])
        }
        let window = self.next(window: member, next, from: 1, now, hand)
        let draft = try permit(window, request, now)
        return Reply(
            moment: now,
            outcome: begun(window, member, after: epoch),
            drafts: [draft]
        )
    }

    private func begun(
        _ window: Window,
        _ member: Member,
        after epoch: Epoch
    ) -> Answer.Outcome {
        let new = window.terms.epoch
        let others = Set(member.windows.map(\.terms.epoch)).filter { epoch < $0 && $0 < new }
        var outcome = Answer.Outcome()
        outcome.certificates = [setting.officeDER]
        if member.isRecertified { outcome.certificates.append(member.certificate) }
        outcome.papers = [window.signed]
        outcome.numbers = [new.number, UInt64(others.count)]
        return outcome
    }

    /// The window after a member's newest.
    private func next(
        window member: Member,
        _ epoch: Epoch,
        from counter: UInt64,
        _ now: Moment,
        _ hand: Hand
    ) -> Window {
        let object = window(
            Invite.Limit(member.window.terms),
            // Another life may be a copy's: its keys have been in a file.
            epoch == member.window.terms.epoch ? member.window.terms.device : .software,
            member.key,
            epoch,
            from: counter,
            Self.end(member.certified, setting.certificateDays),
            now
        )
        return Self.signed(object, by: hand.signer)
    }

    private mutating func permit(
        _ window: Window,
        _ request: Request,
        _ now: Moment
    ) throws(Halt) -> Draft {
        let draft = Draft(
            request: Self.windowRequest(request.hash),
            moment: now,
            memo: Self.noMemo,
            deed: .permitted(window)
        )
        try apply(draft)
        return draft
    }

    /// Whether little is left of a window, of its time or of what it lets be paid, and the next
    /// one has more.
    private func isDue(
        _ window: Window,
        _ course: Course,
        _ now: Moment,
        _ next: Window
    ) -> Bool {
        let terms = window.terms
        let spent = course.window == window.id ? course.total : .zero
        let left = terms.ceiling.subtracting(spent) ?? .zero
        let isOld = Self.end(now, setting.renewDays) > terms.notAfter
        return isOld && next.terms.notAfter > terms.notAfter
            || left.units < terms.ceiling.units - left.units
    }

    /// One paper more is the window.
    static let revocationsAtOnce = Answer.papersAtMost - 1

    static func windowRequest(_ request: Hash) -> Hash {
        Digest.hash(windowDomain, request.bytes.array)
    }

    static let windowDomain = Digest.Domain("tally1 window")

    // MARK: Papers

    private func window(
        _ limits: Invite.Limit,
        _ device: DeviceClass,
        _ key: Key,
        _ epoch: Epoch,
        from counter: UInt64,
        _ until: Moment,
        _ now: Moment
    ) -> Object {
        Window.object(
            office: setting.office,
            holder: key,
            Window.Terms(
                epoch: epoch,
                asset: setting.asset,
                device: device,
                largest: limits.largest,
                ceiling: limits.ceiling,
                guarantee: limits.guarantee,
                firstCounter: counter,
                notBefore: now,
                notAfter: max(now, min(until, Self.end(now, setting.windowDays))),
                issued: now
            )
        )
    }

    static func signed<Paper: Statement>(
        _ object: Object,
        by signer: any Signing
    ) -> Paper {
        do {
            return try Paper(reading: sign(object, signer))
        } catch {
            preconditionFailure("what the office wrote reads as \(error)")
        }
    }

    private static func sign(_ object: Object, _ signer: some Signing) -> SignedObject {
        .signed(object, by: signer)
    }

    mutating func apply(_ draft: Draft) throws(Halt) {
        do {
            try self.draft(draft)
        } catch {
            switch error {
            case .short(_, let has): throw .refused(.short, [has.amount.units])
            case .size, .nothing, .twice, .noSuchAccount, .nameTaken, .tooMuch, .unequal,
                .notBacked:
                throw .refused(.amount)
            }
        }
    }

    /// Some days later; the last moment there is, where that is sooner.
    static func end(_ now: Moment, _ days: UInt64) -> Moment {
        guard let last = Moment(Limits.momentSeconds) else {
            preconditionFailure("the last moment is one")
        }
        return now.advanced(by: days * Limits.secondsPerDay) ?? last
    }

    static let noMemo: Text = {
        guard let none = Text("") else { preconditionFailure("nothing can be shown") }
        return none
    }()
}

extension Invite.Limit {
    package init(_ terms: Window.Terms) {
        self.init(
            largest: terms.largest,
            ceiling: terms.ceiling,
            guarantee: terms.guarantee
        )
    }
}
