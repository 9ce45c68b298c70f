import Commit
package import Money
import Wire
import Words

// The wallet as payer: what it is offered, what it agrees to, what the decision makes of it.

extension Wallet {
    // MARK: An offer

    /// Whether an offer is one to us, and opens the promise that the call made: before anything
    /// is checked that costs.
    func fits(_ offer: Offer) -> Bool {
        guard let answer = street.answered(offer.signed.object.receiver) else { return false }
        let promise = Lookup.promise(
            nonce: offer.nonce,
            seller: offer.seller,
            sealingKey: answer.lookup.sealingKey
        )
        return offer.here == answer.here.hash && promise == answer.lookup.promise
            && offer.seller != owner.key && buying[offer.payment] == nil
            && selling[offer.payment] == nil
    }

    mutating func take(
        _ offer: Offer,
        _ route: Route,
        _ verdict: Verdict,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard let answer = street.answered(offer.signed.object.receiver), fits(offer) else {
            return
        }
        let until = instant.ticks.advanced(by: offer.terms.seconds * 1_000)
        guard case .offer(let certificate) = verdict else {
            // Somebody the office does not know: told so, by the one-time key.
            let object = Refuse.object(answering: offer, reason: Reason.foreignOffice)
            return reply(.signed(object, by: answer.oneTime), offer.payment, route)
        }
        guard makesRoom(for: offer.seller) else { return }
        let deal = Deal(
            offer: offer.hash,
            asset: offer.terms.asset,
            amount: offer.terms.amount,
            memo: offer.terms.memo,
            peer: offer.seller,
            sealingKey: certificate.sealingKey,
            certificates: offer.certificates,
            name: offer.name,
            address: route.address,
            begun: moment(instant)
        )
        let digits = Digits(
            sellerNonce: offer.nonce,
            buyerNonce: answer.here.nonce,
            seller: offer.seller,
            oneTime: answer.oneTime.key
        )
        heard(offer.payment, route)
        street.offered[offer.payment] = answer.oneTime
        let offered = Offered(offer: offer, deal: deal, digits: digits, until: until)
        let buyer = Buyer(offered: offered)
        carryOut([.wake(until)], of: offer.payment, buyer: buyer)
        if let use = redeeming(deal) {
            if use == .consumed { handingIn.insert(offer.payment) }
            called(&tools)
            self.answer(offer.payment, .accept(share: [], knowsPIN: true), at: instant, &tools)
        } else if isAutomatic(deal) {
            automatic.insert(offer.payment)
            self.answer(offer.payment, .accept(share: [], knowsPIN: false), at: instant, &tools)
        }
    }

    /// Whether one more offer of that seller can be shown; an older one may have to give way.
    ///
    /// A seller's own goes first, then one of whoever has most on the screen: nobody shuts the
    /// others out. What was accepted stays.
    private mutating func makesRoom(for seller: Key) -> Bool {
        let shown = buying.values.compactMap { buyer -> Offered? in
            guard case .offered(let offered) = buyer.phase else { return nil }
            return offered
        }
        let own = shown.filter { $0.deal.peer == seller }
        if own.count >= Limits.offersPerPeer {
            giveWay(own)
            return true
        }
        guard buying.values.count(where: \.isOpen) >= Limits.offersAtOnce else { return true }
        let sellers = Dictionary(grouping: shown, by: \.deal.peer).values
        let most = sellers.map(\.count).max() ?? 0
        guard most > own.count + 1 else { return false }
        giveWay(sellers.filter { $0.count == most }.flatMap { $0 })
        return true
    }

    /// Refuses the oldest of these.
    private mutating func giveWay(_ shown: [Offered]) {
        let oldest = shown.min { a, b in
            a.since == b.since
                ? a.offer.payment.array.lexicographicallyPrecedes(b.offer.payment.array)
                : a.since < b.since
        }
        if let oldest { refuse(oldest.offer.payment, Reason.many) }
    }

    /// Whether the person picked this seller, and enough is left that is not promised.
    private func isAutomatic(_ deal: Deal) -> Bool {
        guard policy.sellers.contains(deal.peer), let left = policy.left else { return false }
        let promised = automatic.compactMap { buying[$0]?.deal?.amount }
        guard let sum = Amount.sum(promised + [deal.amount]) else { return false }
        return sum <= left && deal.amount < policy.pinAbove ?? .largest
    }

    /// What the policy promised is agreed: from now on it counts, whatever is decided.
    private mutating func useUp(_ amount: Amount, of payment: PaymentID) {
        guard automatic.remove(payment) != nil, let left = policy.left else { return }
        policy.left = left.subtracting(amount) ?? .zero
        settings()
    }

    mutating func answer(
        _ payment: PaymentID,
        _ answer: Wish.Answer,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard let buyer = buying[payment], case .offered(let offered) = buyer.phase else {
            return deny(.noSuchPayment)
        }
        switch answer {
        case .refuse:
            refuse(payment, Reason.person)
        case .accept(let share, let knowsPIN):
            if let above = policy.pinAbove, offered.deal.amount >= above, !knowsPIN {
                return deny(.needsPIN(above: above))
            }
            accept(payment, offered, sharing: share, at: instant, &tools)
        }
    }

    mutating func refuse(_ payment: PaymentID, _ reason: Text) {
        guard var buyer = buying[payment], case .offered = buyer.phase,
            let oneTime = street.offered[payment]
        else { return }
        let effects = buyer.refuse(reason, by: oneTime)
        carryOut(effects, of: payment, buyer: buyer)
    }

    private mutating func accept(
        _ payment: PaymentID,
        _ offered: Offered,
        sharing share: Terms.Wants,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard life == .live else {
            deny(.inert(reason))
            return refuse(payment, Reason.inert)
        }
        let terms = offered.offer.terms
        // To give back what an office issued needs no permission.
        let redeems = isOffice(offered.deal.peer)
        // What would be booked as used up is handed in by who has used it up, and asked.
        guard !redeems || (offered.deal.use == .consumed) == handingIn.contains(payment) else {
            deny(.nothingNew)
            return refuse(payment, Reason.offer)
        }
        guard let window = redeems ? self.window : window(at: moment(instant)),
            window.terms.asset == terms.asset
        else {
            deny(.noWindow)
            return refuse(payment, Reason.window)
        }
        let proposal: Proposal
        do {
            proposal = try propose(
                terms,
                window,
                instant,
                to: redeems ? offered.deal.peer : nil,
                from: unpromised(toHandIn: handingIn.contains(payment))
            )
        } catch {
            deny(.short(error))
            return refuse(payment, Reason.short)
        }
        let room = Rows.roomToBuy(proposal)
        guard tools.reserve(payment, room) else {
            deny(.noRoom)
            return refuse(payment, Reason.disk)
        }
        let wanted = share.intersection(terms.wants)
        let object = Accept.object(
            answering: offered.offer,
            shipping: wanted.contains(.shipping) ? profile.shipping : nil,
            billing: wanted.contains(.billing) ? profile.billing : nil,
            proposal: proposal
        )
        guard var buyer = buying[payment],
            let accept = try? Accept(reading: .signed(object, by: tools.keys.identity))
        else { return refuse(payment, Reason.short) }
        let effects = buyer.accept(accept, at: instant)
        carryOut(effects, of: payment, buyer: buyer)
    }

    /// What would be handed over, out of what no other accepted offer would take.
    private func propose(
        _ terms: Terms,
        _ window: Window,
        _ instant: Instant,
        to redeemer: Key?,
        from purse: Purse
    ) throws(Shortage) -> Proposal {
        var chooser = Chooser(
            payer: owner.key,
            window: window,
            caps: terms.caps,
            today: moment(instant).day,
            spent: course.total,
            archive: archive
        )
        chooser.redeemer = redeemer
        let entries = try chooser.choose(terms.amount, from: purse)
        guard let proposal = archive.proposal(entries, by: owner.key, window) else {
            throw .nothing
        }
        return proposal
    }

    /// What is free, less what accepted offers would take: a locked unit is not offered twice.
    package var unpromised: Purse { unpromised(toHandIn: false) }

    /// The same of what is free, or of what was consumed.
    func unpromised(toHandIn: Bool) -> Purse {
        var free = toHandIn ? consumed : purse
        for (payment, buyer) in buying where handingIn.contains(payment) == toHandIn {
            guard case .accepted(let accepted) = buyer.phase else { continue }
            _ = free.take(accepted.proposal.entries)
        }
        return free
    }

    // MARK: The commit

    mutating func take(_ decline: Decline) {
        guard var buyer = buying[decline.payment], buyer.deal?.peer == decline.sender else {
            return
        }
        let effects = buyer.decline(decline)
        carryOut(effects, of: decline.payment, buyer: buyer)
        if isNews(decline.floor) { rolledBack(Reason.rolledBack) }
    }

    /// What has to be checked of the place that a seller shows us: what we signed lately, we know.
    func unknown(_ floor: SignedPlace?) -> SignedPlace? {
        floor.flatMap { signed.has($0) ? nil : $0 }
    }

    /// Whether our own signature stands on a place that we have not come to: then we are not
    /// the newest of our lives.
    private func isNews(_ floor: SignedPlace?) -> Bool {
        guard let floor else { return false }
        return floor.place >= Place(epoch: owner.epoch, counter: course.counter)
    }

    /// The seller asks for the commit; its signature, and ours in it, are checked.
    mutating func take(
        _ request: CommitRequest,
        _ route: Route,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard var buyer = buying[request.payment], buyer.deal?.peer == request.sender else {
            return
        }
        #if Planted
        if Plant.agreeTwice.isHere, case .held(let held) = buyer.phase {
            return agreeAgain(held, tools)
        }
        #endif
        if case .held(let held) = buyer.phase {
            guard isHeardAgain(request.payment, route) else {
                return reply(held.answer, request.payment, route)
            }
            let effects = buyer.repeatAgreed(heardFrom: route.address, at: instant)
            return carryOut(effects, of: request.payment, buyer: buyer)
        }
        guard case .accepted(let accepted) = buyer.phase,
            request.accept == accepted.accept.hash
        else { return }
        heard(request.payment, route)
        if isNews(request.floor) { return rolledBack(Reason.rolledBack) }
        // What goes back to the office is not counted against its permission to pay.
        let redeems = isOffice(request.sender)
        guard life == .live, let window, window.id == accepted.proposal.window.id,
            let total = course.total.adding(redeems ? .zero : accepted.proposal.amount),
            redeems || total <= window.terms.ceiling, course.counter < .max,
            let taken = takeOut(accepted.proposal.entries, of: request.payment)
        else {
            // What was shown is not there any more: silence, and the offer runs out.
            buyer.giveUp(Reason.short)
            return carryOut([], of: request.payment, buyer: buyer)
        }
        let (handover, privates) = signed(accepted, window, total, &tools)
        #if Planted
        if Plant.wholePieceLocked.isHere { purse.lose(accepted.proposal.entries.map(\.whole)) }
        #endif
        course.counter += 1
        (course.total, course.previous) = (total, handover.hash)
        let effects = buyer.agree(handover, privates, taking: taken, at: instant)
        carryOut(effects, of: request.payment, buyer: buyer)
        useUp(accepted.proposal.amount, of: request.payment)
        warn(request.payment, tools)
    }

    private mutating func takeOut(_ entries: [Entry], of payment: PaymentID) -> [Piece]? {
        handingIn.contains(payment) ? consumed.take(entries) : purse.take(entries)
    }

    /// The handover of what was accepted, at the next place.
    private func signed(
        _ accepted: Accepted,
        _ window: Window,
        _ total: Amount,
        _ tools: inout Tools
    ) -> (Handover, Privates) {
        let offer = accepted.offered.offer
        let privates = Privates(
            payment: offer.payment,
            offer: offer.hash,
            window: window.id,
            total: total,
            previous: course.previous
        )
        let handover = Handover(
            by: tools.keys.identity,
            to: offer.seller,
            at: Place(epoch: owner.epoch, counter: course.counter),
            entries: accepted.proposal.entries,
            privates: privates,
            salts: (0..<PrivateLeaf.count).map { _ in tools.salt() }
        )
        return (handover, privates)
    }

    #if Planted
    /// The same units once more, at the next place.
    private mutating func agreeAgain(_ held: Held, _ tools: Tools) {
        guard let privates = held.handover.privates else { return }
        let again = Handover(
            by: tools.keys.identity,
            to: held.deal.peer,
            at: Place(epoch: owner.epoch, counter: course.counter),
            entries: held.handover.entries,
            privates: privates,
            salts: (0..<PrivateLeaf.count).map { Salt(high: 0, low: UInt64($0)) }
        )
        course.counter += 1
        let letter = Letter(Agreed.message(again, privates), hash: again.hash, .back)
        carryOut([.send(letter)], of: held.payment)
    }
    #endif

    // MARK: The decision

    mutating func arrive(_ decision: Decision, _ arrival: Arrival) {
        let message = arrival.message
        guard let buyer = buying[decision.payment] else {
            orders.append(.look(arrival))
            return
        }
        guard case .held(let held) = buyer.phase, mayDecide(message, held) else { return }
        orderSignature(arrival, .decision(decision))
    }

    /// The payee decides; for an ended epoch of its, an office may say COMMIT.
    private func mayDecide(_ message: SignedObject, _ held: Held) -> Bool {
        guard message.object.receiver == owner.key else { return false }
        let sender = message.object.sender
        if sender == held.deal.peer { return true }
        return message.object.kind == .commit && isOffice(sender)
    }

    func isOffice(_ key: Key) -> Bool {
        key == owner.root || owner.certificates.contains { $0.key == key && $0.key != owner.key }
    }

    /// A decision that is rightly signed, whoever brought it.
    mutating func decide(
        _ decision: Decision,
        from arrival: Arrival,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard var buyer = buying[decision.payment], case .held(let held) = buyer.phase else {
            return ask(decision, arrival, tools)
        }
        guard mayDecide(decision.signed, held), held.isDecided(by: decision) else { return }
        heard(decision.payment, arrival.route)
        let effects = buyer.decide(decision, by: tools.keys.identity)
        carryOut(effects, of: decision.payment, buyer: buyer)
        guard arrival.route == nil else { return }
        for case .send(let letter) in effects { reply(letter, decision.payment, nil) }
    }

    /// A decision about a payment that is over, or that is not known at all.
    mutating func found(
        _ decision: Decision,
        _ outcome: Finished?,
        _ arrival: Arrival,
        _ tools: inout Tools
    ) {
        guard buying[decision.payment] == nil else { return }
        guard let outcome, outcome.isBuyers, let known = outcome.decision else {
            if outcome == nil, case .commit = decision {
                orderSignature(arrival, .decision(decision))
            }
            return
        }
        if known.signed.object == decision.signed.object {
            guard case .commit(let commit) = known else { return }
            let payee = outcome.deal?.peer ?? commit.sender
            return answer(commit, to: payee, arrival.route, tools)
        }
        if case .commit(let commit) = decision, outcome.isPaid(by: commit) {
            // An office's freed us; he whom we paid still waits to hear that we know.
            let object = commit.signed.object
            order(
                .signature(object.hash, by: object.sender, commit.signed.signature),
                .settled(commit, arrival)
            )
            return
        }
        contradict(known, decision, arrival)
    }

    /// COMMITTED, to the COMMIT of a payment that is recorded as paid.
    mutating func answer(_ commit: Commit, to payee: Key, _ route: Route?, _ tools: Tools) {
        let object = Committed.object(
            by: owner.key,
            to: payee,
            payment: commit.payment,
            decision: commit.signed.object.hash
        )
        reply(object, commit.payment, route, tools)
    }

    /// The other decision of a payment that has one: its payee has signed both.
    private mutating func contradict(_ known: Decision, _ other: Decision, _ arrival: Arrival) {
        let (mine, theirs) = (known.signed.object, other.signed.object)
        guard mine.sender == theirs.sender, mine.kind != theirs.kind else { return }
        order(
            .signature(theirs.hash, by: theirs.sender, other.signed.signature),
            .contradiction(known, other, arrival)
        )
    }

    /// Rightly signed, and not of a payment that waits for it.
    private mutating func ask(
        _ decision: Decision,
        _ arrival: Arrival,
        _ tools: Tools
    ) {
        guard case .commit(let commit) = decision, buying[decision.payment] == nil,
            commit.receiver == owner.key
        else { return }
        if street.asked.count == Limits.answersAtOnce { street.asked.removeFirst() }
        street.asked.append(commit)
        if let route = arrival.route { orders.append(.listen(route.way, .asked)) }
        reply(Ask.object(answering: commit), decision.payment, arrival.route, tools)
    }

    /// Our own signature, on something we do not know: this is not the newest of our lives.
    mutating func take(_ show: Show, _ route: Route?, _ tools: inout Tools) {
        let asked = street.asked.first {
            $0.signed.object.hash == show.commit && $0.sender == show.sender
        }
        guard let asked, buying[show.payment] == nil, asked.payment == show.payment,
            asked.handover == show.handover.hash,
            show.handover.header.payee == show.sender,
            show.handover.header.payment == Header.hash(of: show.payment)
        else { return }
        street.asked.removeAll { $0.payment == asked.payment }
        record(spent: show.handover, asked)
        let object = Committed.object(
            by: owner.key,
            to: show.sender,
            payment: show.payment,
            decision: show.commit
        )
        reply(object, show.payment, route, tools)
    }
}

/// The newest handovers of our own: a seller shows one of them back at each payment, and to check
/// its signature would cost as much as checking the seller's.
struct SignedLately: Sendable {
    private struct Known: Sendable {
        let handover: Hash
        let signature: Signature
    }

    private static let most: UInt64 = 256
    private var known: [UInt64: Known] = [:]

    mutating func add(_ handover: Handover) {
        let counter = handover.header.place.counter
        known[counter] = Known(handover: handover.hash, signature: handover.signature)
        if counter >= Self.most { known[counter - Self.most] = nil }
    }

    /// Whether that very signature was made here; a handover's hash names its place too.
    func has(_ place: SignedPlace) -> Bool {
        guard let one = known[place.place.counter] else { return false }
        return one.handover == place.handover && one.signature == place.signature
    }
}

#if Planted
extension Entry {
    /// Everything of its stick from its units on, as if a piece could not be cut.
    fileprivate var whole: Entry {
        let units = Units(self.units.lo, Limits.amountUnits) ?? self.units
        return Entry(stick: stick, units: units, parent: parent, releases: releases)
    }
}
#endif
