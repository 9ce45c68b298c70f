package import Commit
package import Money
import Wire
package import Words

// The wallet before its office's counter: docs/PROTOCOL section 13.

/// What a wallet wants of its office.
package enum Errand: Hashable, Sendable {
    /// To be certified: only who has no certificate yet asks for this.
    case enrol(Code, SealingKey)
    /// A stick, out of the account, or bought for that price.
    case charge(Asset, Amount, paying: Amount? = nil)
    /// Units go back, to be credited, or as used up.
    case redeem(Asset, Amount, as: Use = .redeemed)
    /// The handovers are those that the office does not have yet, in their order.
    case sync(handovers: [Handover])
    /// Another life: only who is inert asks for this.
    case renew
    /// What others have signed, for judgement and settlement; once that is taken, the COMMITs of
    /// all payments up to this number in the history are.
    case show(Showing, through: UInt64)
    /// How the account stands: its bills from after a number on, and what units cost.
    case enquire(after: UInt64)
    case payBill(UInt64, Asset, Amount)
}

/// An errand under way.
struct Asking: Sendable {
    let errand: Errand
    /// Where the office was said to be.
    var address: Address
    /// What it asks with, once it is known whom: a repeat is the same object.
    var request: Request?
    /// The key that WELCOME is sealed to, since the node started.
    var hello: Hello?
    var retry: Retry
    /// Of a redemption: the office has said that it calls, and has called.
    var (isAnswered, isCalled) = (false, false)
    /// Another than our office has answered.
    var hasMetStranger = false
    /// The stick that answers it, while that is checked.
    var stick: Hash?

    init(_ errand: Errand, at address: Address, since ticks: Ticks) {
        (self.errand, self.address) = (errand, address)
        retry = Retry(at: ticks)
    }

    init(recovering request: Request, at address: Address, since ticks: Ticks) {
        switch request.want {
        case .charge(let asset, let amount, let price):
            errand = .charge(asset, amount, paying: price)
        case .redeem(let asset, let amount, _, let use): errand = .redeem(asset, amount, as: use)
        case .sync(_, _, let handovers, _): errand = .sync(handovers: handovers)
        case .renew: errand = .renew
        case .show(let showing): errand = .show(showing, through: 0)
        case .enquire(let after): errand = .enquire(after: after)
        case .payBill(let number, let asset, let amount): errand = .payBill(number, asset, amount)
        case .enrol(_, _): preconditionFailure("an enrolment is kept by its keys")
        }
        (self.address, self.request) = (address, request)
        retry = Retry(at: ticks)
    }

    /// Whether it has to survive a restart: what was debited must be fetched.
    var isKept: Bool {
        if case .charge = errand { return true }
        return false
    }
}

/// What was asked back into the account, and which OFFER is therefore expected.
struct Redeeming: Hashable, Sendable {
    let errand: PaymentID
    let office: Key
    let asset: Asset
    let amount: Amount
    let use: Use
    /// Whether buyer mode is on for this alone.
    var listens: Bool
}

extension Wallet {
    // MARK: From the person

    mutating func ask(
        _ errand: Errand,
        at address: Address,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard asking.count < Limits.errandsAtOnce else { return deny(.tooMany) }
        switch errand {
        case .enrol:
            guard owner.certificates.isEmpty else { return deny(.nothingNew) }
        case .charge, .sync, .show, .enquire, .payBill:
            guard !owner.certificates.isEmpty else { return deny(.noWindow) }
        case .renew:
            guard case .inert = life else { return deny(.nothingNew) }
            guard !owner.certificates.isEmpty else { return deny(.noWindow) }
        case .redeem:
            guard !owner.certificates.isEmpty, window != nil else { return deny(.noWindow) }
            guard life == .live else { return deny(.inert(reason)) }
            // One that the office has not called for is given up by asking anew.
            endRedemptions(&tools)
        }
        let id = tools.keys.payment(in: owner.epoch, chance: &tools.chance)
        asking[id] = Asking(errand, at: address, since: instant.ticks)
        orders.append(.tell(.asking(id)))
        hello(id, at: instant, &tools)
    }

    /// Ends an errand that nothing depends on; false when there is no such errand.
    mutating func drop(_ id: PaymentID, _ tools: inout Tools) -> Bool {
        guard let one = asking[id] else { return false }
        if one.isKept, one.request != nil {
            deny(.held)
        } else {
            if street.redeeming?.errand == id { stopRedeeming(&tools) }
            end(id, &tools)
        }
        return true
    }

    // MARK: The conversation

    /// Says HELLO, which WELCOME answers, at which the request is said; and the request once more,
    /// if it was said: a WELCOME that comes again is the same datagram, which a link lets go.
    mutating func hello(_ id: PaymentID, at instant: Instant, _ tools: inout Tools) {
        guard var one = asking[id] else { return }
        let hello = one.hello ?? Hello(sealingKey: tools.desk.announce(chance: &tools.chance))
        one.hello = hello
        orders.append(.toss(hello.datagram, to: one.address))
        if let request = one.request, let route = routes[id] { reply(request.signed, id, route) }
        orders.append(.wake(id, one.retry.next(instant)))
        asking[id] = one
    }

    mutating func arriveFromOffice(_ arrival: Arrival) {
        if let welcome = try? Welcome(reading: arrival.message) {
            arrive(welcome, arrival)
        } else if let answer = try? Answer(reading: arrival.message) {
            arrive(answer, arrival)
        }
    }

    private func errand(answering name: Hash?) -> PaymentID? {
        asking.first { $0.value.hello?.name == name }?.key
    }

    private mutating func arrive(_ welcome: Welcome, _ arrival: Arrival) {
        guard let id = errand(answering: welcome.signed.object.answers), let one = asking[id]
        else { return }
        let root: Key
        if case .enrol(let code, _) = one.errand {
            guard Code.root(of: welcome.root) == code.root else { return foreign(id) }
            root = welcome.root
        } else {
            root = owner.root
        }
        order(.welcome(welcome, root: root), .message(arrival, .welcome(welcome)))
    }

    /// Somebody whom the root calls an office is there: what is wanted is said to it.
    mutating func take(
        _ welcome: Welcome,
        _ route: Route,
        _ verdict: Verdict,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard let id = errand(answering: welcome.signed.object.answers), var one = asking[id]
        else { return }
        if case .refused = verdict { return foreign(id) }
        // Who has an answer waits for a call, which comes in a second or two.
        if one.isAnswered {
            one.retry.wait(at: instant.ticks)
        } else {
            one.retry.hear(at: instant.ticks)
        }
        if one.request == nil {
            guard let want = want(of: one.errand, id, welcome.office, &tools) else {
                return end(id, &tools, .refused(Reason.unknown))
            }
            let object = Request.object(by: owner.key, to: welcome.office, payment: id, want)
            one.request = try? Request(reading: .signed(object, by: tools.keys.identity))
            if let request = one.request, one.isKept { note(request, at: one.address) }
        }
        guard let request = one.request, request.receiver == welcome.office else {
            return foreign(id)
        }
        asking[id] = one
        moved(to: one.address, welcome.office, at: instant)
        heard(id, route)
        reply(request.signed, id, route)
    }

    /// Somebody answered who is not our office.
    ///
    /// Anybody who hears a HELLO can, so this ends nothing; it is told once.
    private mutating func foreign(_ id: PaymentID) {
        guard asking[id]?.hasMetStranger == false else { return }
        asking[id]?.hasMetStranger = true
        deny(.refused(Reason.foreignOffice))
    }

    /// The office is there: what else it was asked for is asked for there from now on.
    private mutating func moved(to address: Address, _ office: Key, at instant: Instant) {
        let others = asking.filter { _, one in
            one.address != address && one.request?.receiver == office
        }
        for id in others.keys.sorted(by: { $0.array.lexicographicallyPrecedes($1.array) }) {
            asking[id]?.address = address
            orders.append(.wake(id, instant.ticks))
        }
    }

    private mutating func want(
        of errand: Errand,
        _ id: PaymentID,
        _ office: Key,
        _ tools: inout Tools
    ) -> Request.Want? {
        switch errand {
        case .enrol(let code, let sealingKey):
            return .enrol(secret: code.secret, sealingKey: sealingKey)
        case .charge(let asset, let amount, let price):
            return .charge(asset, amount, paying: price)
        case .enquire(let after): return .enquire(after: after)
        case .payBill(let number, let asset, let amount): return .payBill(number, asset, amount)
        case .renew: return .renew(owner.epoch)
        case .show(let showing, _): return .show(showing)
        case .redeem(let asset, let amount, let use):
            let listens = street.id == nil
            if listens { listen(true, &tools) }
            guard let screen = street.id else { return nil }
            street.redeeming = Redeeming(
                errand: id,
                office: office,
                asset: asset,
                amount: amount,
                use: use,
                listens: listens
            )
            return .redeem(asset, amount, id: screen, as: use)
        case .sync(let handovers):
            return .sync(
                epoch: owner.epoch,
                next: course.counter,
                handovers: handovers,
                known: UInt64(revocationsSaid)
            )
        }
    }

    private mutating func arrive(_ answer: Answer, _ arrival: Arrival) {
        guard let one = asking[answer.payment], let request = one.request, one.stick == nil,
            answer.request == request.hash, answer.sender == request.receiver, !one.isAnswered
        else { return }
        orderSignature(arrival, .answer(answer))
    }

    /// What the office says, rightly signed.
    mutating func take(_ answer: Answer, at instant: Instant, _ tools: inout Tools) {
        guard var one = asking[answer.payment], one.stick == nil, !one.isAnswered else { return }
        // Its moment is an office's word as well; it is written with what comes next.
        clock = max(clock, answer.moment)
        orders.append(.tell(.answered(answer)))
        guard answer.outcome.refusal == nil else {
            if street.redeeming?.errand == answer.payment { stopRedeeming(&tools) }
            return end(answer.payment, &tools)
        }
        switch one.errand {
        case .enrol, .enquire, .payBill: end(answer.payment, &tools)
        case .show(let showing, let through):
            took(showing, through)
            end(answer.payment, &tools)
        case .redeem:
            // What is left is a payment, of which the office is the seller: it is asked for until
            // the office calls, since the call may be lost.
            guard !one.isCalled else { return end(answer.payment, &tools) }
            one.isAnswered = true
            asking[answer.payment] = one
        case .charge(let asset, let amount, _):
            guard let paper = answer.outcome.papers.first, let stick = try? Stick(reading: paper),
                stick.asset == asset, stick.units == amount, stick.owner == owner.key,
                stick.signed.object.answers == answer.request
            else { return end(answer.payment, &tools, .refused(Reason.unknown)) }
            guard archive.stick(stick.id) == nil else { return end(answer.payment, &tools) }
            // Where too much is being checked, the office says it again.
            guard charge(stick, answer.outcome.certificates) else { return }
            one.stick = stick.id
            asking[answer.payment] = one
        case .sync, .renew:
            if case .sync = one.errand, answer.outcome.numbers.count > 2 {
                learn(waiting: answer.outcome.numbers[2])
            }
            end(answer.payment, &tools)
            order(
                .papers(
                    answer.outcome.papers,
                    certificates: answer.outcome.certificates,
                    root: owner.root,
                    own: owner.certificates.first { $0.key == owner.key }
                ),
                .papers(answer.outcome.papers)
            )
        }
    }

    /// The office's papers that came with a sync: all of them in one group, so that what is known
    /// of revocations is known without a gap.
    mutating func learn(_ papers: [SignedObject], at instant: Instant, _ tools: inout Tools) {
        for paper in papers {
            if let window = try? Window(reading: paper) {
                open(window)
            } else if let revocation = try? Revocation(reading: paper) {
                learn(revocation)
            } else if let commit = try? Commit(reading: paper), isHeld(commit.payment) {
                // What is over already needs no decision any more.
                decide(.commit(commit), from: Arrival(paper, nil), at: instant, &tools)
            }
        }
    }

    private func isHeld(_ payment: PaymentID) -> Bool {
        if case .held? = buying[payment]?.phase { true } else { false }
    }

    /// Nothing of it is under way any more.
    mutating func end(_ id: PaymentID, _ tools: inout Tools, _ denial: Denial? = nil) {
        guard let one = asking.removeValue(forKey: id) else { return }
        if denial != nil, street.redeeming?.errand == id { stopRedeeming(&tools) }
        if let hello = one.hello { tools.desk.withdraw(hello.sealingKey) }
        if one.isKept, one.request != nil { forget(id) }
        if let denial { deny(denial) }
        rest(id)
    }

    /// The stick that answers an errand is on its way to the disk: what ends with it.
    mutating func fetched(_ stick: Hash) -> [Change] {
        guard let id = asking.first(where: { $0.value.stick == stick })?.key else { return [] }
        asking[id] = nil
        rest(id)
        return [.remove(.register, key: Rows.errand(id))]
    }

    /// The stick that answers an errand is not good here.
    ///
    /// It was paid for, so it stays asked for
    /// on disk: the next start asks again, when what was in its way may be gone, as a wrong clock.
    mutating func putAside(_ stick: Hash, _ tools: inout Tools) {
        guard let id = asking.first(where: { $0.value.stick == stick })?.key,
            let one = asking.removeValue(forKey: id)
        else { return }
        if let hello = one.hello { tools.desk.withdraw(hello.sealingKey) }
        rest(id)
    }

    // MARK: Redeeming

    private mutating func endRedemptions(_ tools: inout Tools) {
        let all = asking.filter { _, one in
            if case .redeem = one.errand { true } else { false }
        }
        for id in all.keys.sorted(by: { $0.array.lexicographicallyPrecedes($1.array) }) {
            end(id, &tools)
        }
        stopRedeeming(&tools)
    }

    /// The office has called for what it was asked to take.
    mutating func called(_ tools: inout Tools) {
        guard let id = street.redeeming?.errand else { return }
        stopRedeeming(&tools)
        asking[id]?.isCalled = true
        if asking[id]?.isAnswered == true { end(id, &tools) }
    }

    /// What was asked for where this OFFER is that: then the person has said yes already.
    func redeeming(_ deal: Deal) -> Use? {
        guard let redeeming = street.redeeming, deal.peer == redeeming.office,
            deal.asset == redeeming.asset, deal.amount == redeeming.amount,
            deal.use == redeeming.use
        else { return nil }
        return redeeming.use
    }

    /// Buyer mode as the person wants it.
    ///
    /// While the office is to call, it stays on under the number that the office was told.
    mutating func turn(_ on: Bool, _ tools: inout Tools) {
        guard street.redeeming != nil, street.id != nil else { return listen(on, &tools) }
        street.redeeming?.listens = !on
        orders.append(.tell(.listening(street.id)))
    }

    mutating func stopRedeeming(_ tools: inout Tools) {
        if street.redeeming?.listens == true { listen(false, &tools) }
        street.redeeming = nil
    }
}
