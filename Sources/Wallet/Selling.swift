import Commit
import Money
import Wire
import Words

// The wallet as payee: what it offers, what it checks, when it is paid.

extension Wallet {
    // MARK: From the person

    mutating func offer(
        _ terms: Terms,
        to name: Hash,
        only: Key?,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard life == .live else { return deny(.inert(reason)) }
        guard let (calling, met) = street.met(name) else { return deny(.noSuchAnswer) }
        guard selling.values.count(where: \.isOpen) < Limits.offersAtOnce else {
            return deny(.tooMany)
        }
        var terms = terms
        terms.device = max(terms.device, policy.demands.device(for: terms.amount))
        let payment = tools.keys.payment(in: owner.epoch, chance: &tools.chance)
        guard tools.reserve(payment, Rows.roomToOffer) else { return deny(.noRoom) }
        let object = Offer.object(
            by: owner.key,
            answering: met.here,
            payment: payment,
            nonce: calling.nonce,
            terms: terms,
            certificates: owner.certificates.map(\.der),
            name: owner.name
        )
        guard let offer = try? Offer(reading: .signed(object, by: tools.keys.identity)) else {
            orders.append(.rest(payment))
            return deny(.refused(Reason.offer))
        }
        let digits = Digits(
            sellerNonce: calling.nonce,
            buyerNonce: met.here.nonce,
            seller: owner.key,
            oneTime: met.here.oneTime
        )
        let until = instant.ticks.advanced(by: terms.seconds * 1_000)
        let offering = Offering(offer, digits: digits, until: until, at: instant.time)
        var seller = Seller(offering: offering)
        onlyFrom[payment] = only
        heard(payment, met.route)
        let effects = seller.begin(at: instant)
        carryOut(effects, of: payment, seller: seller)
    }

    mutating func cancel(_ payment: PaymentID, at instant: Instant, _ tools: inout Tools) {
        if var seller = selling[payment] {
            switch seller.phase {
            case .requested:
                let effects = seller.cancel(Reason.person, by: tools.keys.identity)
                return carryOut(effects, of: payment, seller: seller)
            case .offering:
                seller.withdraw()
                return carryOut([], of: payment, seller: seller)
            case .paid, .over:
                return deny(.held)
            }
        }
        guard var buyer = buying[payment] else { return deny(.noSuchPayment) }
        guard buyer.withdraw() else { return deny(.held) }
        carryOut([], of: payment, buyer: buyer)
    }

    // MARK: From the buyer

    mutating func arrive(_ accept: Accept, _ arrival: Arrival, at instant: Instant) {
        guard let seller = selling[accept.payment] else { return }
        if case .requested(let requested) = seller.phase {
            // It has not heard the request; the very same bytes need no second check. It always
            // comes on the way on which it came first, as a replay does.
            guard requested.accept.signed == accept.signed else { return }
            return reply(requested.answer, accept.payment, arrival.route)
        }
        guard seller.awaits(accept), case .offering(let offering) = seller.phase else { return }
        let payee = payee(for: accept.proposal, offering.offer.terms, instant)
        order(.proposal(accept, payee), .message(arrival, .accept(accept)))
    }

    /// The rules of a payee as they stand now, and what it knows that concerns that proposal.
    func payee(for proposal: Proposal, _ terms: Terms, _ instant: Instant) -> Payee {
        var payee = Payee(
            key: owner.key,
            root: owner.root,
            now: moment(instant),
            asset: terms.asset,
            amount: terms.amount
        )
        payee.verifier = verifier
        payee.verifier.hopCap = terms.caps.hops
        payee.byteCap = terms.caps.bytes
        payee.device = terms.device
        payee.redeems = redeems
        payee.held = proposal.entries.flatMap { entry in
            (purse.meeting(entry.units, of: entry.stick)
                + consumed.meeting(entry.units, of: entry.stick)).map(\.holding)
        }
        payee.seen = seen.about(proposal)
        return payee
    }

    mutating func take(
        _ accept: Accept,
        _ route: Route,
        _ verdict: Verdict,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard var seller = selling[accept.payment], seller.awaits(accept),
            case .offering(let offering) = seller.phase
        else { return }
        heard(accept.payment, route)
        let own = ownLater(in: accept)
        if case .proposal = verdict, own != nil { return rolledBack(Reason.rolledBack) }
        if case .caught(_, let proof) = verdict { convict(by: proof) }
        guard case .proposal(let shown) = verdict else {
            // What is refused was perhaps not checked that far.
            if let own {
                order(.signature(own.handover, by: owner.key, own.signature), .ownPast)
            }
            return decline(accept, verdict.refusal ?? Reason.unknown, seller, tools)
        }
        if let reason = unwanted(accept) { return decline(accept, reason, seller, tools) }
        guard tools.reserve(accept.payment, Rows.roomToSell(accept.proposal)) else {
            return decline(accept, Reason.disk, seller, tools)
        }
        let payee = payee(for: accept.proposal, offering.offer.terms, instant)
        // What an office signed; what this device's own clock says is not kept.
        let window = accept.proposal.window.terms.issued
        clock = accept.proposal.provenance.sticks.map(\.issued).reduce(max(clock, window), max)
        let buyers = shown.certified.filter { $0.key == accept.buyer }
        let offices = shown.certified.filter { office in
            buyers.contains { $0.issuer == office.key }
        }
        let deal = Deal(
            offer: offering.offer.hash,
            asset: offering.offer.terms.asset,
            amount: offering.offer.terms.amount,
            memo: offering.offer.terms.memo,
            peer: accept.buyer,
            sealingKey: shown.buyer.sealingKey,
            certificates: (buyers + offices).map(\.der),
            name: nil,
            address: route.address,
            begun: offering.begun
        )
        let effects = seller.request(
            accept,
            shown,
            deal,
            above: payee.floor(for: accept.proposal),
            highest(of: accept),
            by: tools.keys.identity,
            at: instant
        )
        carryOut(effects, of: accept.payment, seller: seller)
        warn(accept.payment, tools)
    }

    /// Why nothing is taken from that payer, whatever it shows.
    private func unwanted(_ accept: Accept) -> Text? {
        if proof(against: accept.buyer) != nil { return Reason.convict }
        let only = onlyFrom[accept.payment] ?? accept.buyer
        return only == accept.buyer ? nil : Reason.name(.otherPayer)
    }

    private mutating func decline(
        _ accept: Accept,
        _ reason: Text,
        _ seller: Seller,
        _ tools: Tools
    ) {
        var seller = seller
        let evidence = evidence[accept.buyer]
        let effects = seller.decline(accept, reason, evidence, by: tools.keys.identity)
        carryOut(effects, of: accept.payment, seller: seller)
    }

    /// A signature of our own on a place that we have not come to, in what we are shown.
    private func ownLater(in accept: Accept) -> Link? {
        let next = Place(epoch: owner.epoch, counter: course.counter)
        return accept.proposal.provenance.links.first {
            $0.header.payer == owner.key && $0.header.place >= next
        }
    }

    /// The buyer's own signature on its highest place: known before, or just shown.
    private func highest(of accept: Accept) -> SignedPlace? {
        let links = accept.proposal.provenance.links.filter { $0.header.payer == accept.buyer }
        let shown = links.max { $0.header.place < $1.header.place }
        guard let known = evidence[accept.buyer] else { return shown.map { SignedPlace($0) } }
        guard let shown, known.place < shown.header.place else { return known }
        return SignedPlace(shown)
    }

    mutating func arrive(
        _ agreed: Agreed,
        _ arrival: Arrival,
        at instant: Instant,
        _ tools: Tools
    ) {
        guard var seller = selling[agreed.payment] else {
            // To ids that are not ours, and to all while we are inert, there is silence.
            guard tools.keys.isOwn(agreed.payment) else { return }
            orders.append(.look(arrival))
            return
        }
        if case .paid(let paid) = seller.phase, paid.handover.hash == agreed.hash {
            guard paid.handover.signature == agreed.signed.signature else { return }
            guard let route = arrival.route, isHeardAgain(agreed.payment, route) else {
                return reply(paid.answer, agreed.payment, arrival.route)
            }
            let effects = seller.repeatCommit(heardFrom: route.address, at: instant)
            return carryOut(effects, of: agreed.payment, seller: seller)
        }
        guard seller.deal?.peer == agreed.sender else { return }
        orderSignature(arrival, .agreed(agreed), hash: agreed.hash)
    }

    /// The handover has come, signed by its payer.
    mutating func take(
        _ agreed: Agreed,
        _ arrival: Arrival,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        // Without a machine it came for one that is over by now, and decides nothing.
        guard var seller = selling[agreed.payment] else { return }
        guard life == .live, case .requested(let requested) = seller.phase,
            requested.deal.peer == agreed.sender
        else { return }
        heard(agreed.payment, arrival.route)
        do {
            let terms = requested.offering.offer.terms
            let handover = try payee(for: requested.proposal, terms, instant).check(
                agreed.agreement,
                of: requested.proposal,
                payment: agreed.payment,
                offer: requested.deal.offer,
                above: requested.floor,
                Believed(hash: agreed.hash, key: agreed.sender)
            )
            guard tools.mayTake(handover, requested.proposal.provenance.links, agreed.payment)
            else {
                let effects = seller.cancel(Reason.books, by: tools.keys.identity)
                return carryOut(effects, of: agreed.payment, seller: seller)
            }
            let effects = seller.settle(
                handover,
                heardFrom: arrival.route?.address ?? requested.deal.address,
                by: tools.keys.identity,
                at: Instant(
                    Time(ticks: instant.ticks, moment: moment(instant)),
                    jitter: instant.jitter
                )
            )
            carryOut(effects, of: agreed.payment, seller: seller)
        } catch {
            let effects = seller.cancel(Reason.name(error), by: tools.keys.identity)
            carryOut(effects, of: agreed.payment, seller: seller)
        }
    }

    /// Rule 3: what our journal does not show committed we shall never take, and say so.
    ///
    /// Only the archive's word that there is nothing leads here: a check may end after its
    /// payment has.
    mutating func presumeAbort(_ message: SignedObject, _ route: Route?, _ tools: inout Tools) {
        guard let agreed = try? Agreed(reading: message), selling[agreed.payment] == nil else {
            return
        }
        guard agreed.payment.epoch == owner.epoch else { return noteEnded(agreed) }
        guard mayDecide, tools.keys.isOwn(agreed.payment) else { return }
        heard(agreed.payment, route)
        // What stands in an office's books was paid, whatever became of the journal beside them.
        let known: Commit?
        // Where they cannot be read nothing is said: whoever asks will ask again.
        do { known = try tools.committed(agreed.payment) } catch { return }
        if let commit = known {
            if commit.handover == agreed.hash { reply(commit.signed, agreed.payment, route) }
            return rest(agreed.payment)
        }
        #if Planted
        if Plant.unknownIsSuccess.isHere { return claimSuccess(agreed, route, tools) }
        #endif
        let effects = Seller.abort(
            agreed.payment,
            to: agreed.sender,
            nil,
            .back,
            by: tools.keys.identity
        )
        carryOut(effects, of: agreed.payment)
        if route == nil {
            for case .send(let letter) in effects { reply(letter, agreed.payment, nil) }
        }
        rest(agreed.payment)
    }

    /// Whether decisions may be signed that are not recorded yet.
    private var mayDecide: Bool {
        #if Planted
        if Plant.inertDecides.isHere { return true }
        #endif
        return life == .live
    }

    #if Planted
    /// What is not known must have been paid.
    private mutating func claimSuccess(_ agreed: Agreed, _ route: Route?, _ tools: Tools) {
        guard let asset = window?.terms.asset else { return }
        let object = Commit.object(
            by: owner.key,
            to: agreed.sender,
            payment: agreed.payment,
            handover: agreed.hash,
            receipt: Receipt(
                offer: agreed.offer,
                asset: asset,
                amount: .zero,
                moment: clock
            )
        )
        reply(object, agreed.payment, route, tools)
    }
    #endif

    /// AGREED of a payment that is over, or that is not known at all.
    mutating func found(
        _ agreed: Agreed,
        _ outcome: Finished?,
        _ arrival: Arrival,
        _ tools: inout Tools
    ) {
        if let decision = outcome?.decision {
            return reply(decision.signed, agreed.payment, arrival.route)
        }
        guard selling[agreed.payment] == nil, mayDecide,
            agreed.payment.epoch == owner.epoch || outcome == nil && isNew(agreed)
        else { return }
        order(
            .signature(agreed.hash, by: agreed.sender, agreed.signed.signature),
            .presumption(arrival)
        )
    }

    mutating func take(_ refuse: Refuse) {
        guard var seller = selling[refuse.payment], case .offering(let offering) = seller.phase,
            refuse.sender == offering.offer.signed.object.receiver
        else { return }
        let effects = seller.refuse(refuse)
        carryOut(effects, of: refuse.payment, seller: seller)
    }

    mutating func take(_ committed: Committed) {
        guard var seller = selling[committed.payment], seller.deal?.peer == committed.sender
        else { return }
        let effects = seller.complete(committed)
        carryOut(effects, of: committed.payment, seller: seller)
    }

    /// The buyer does not know the payment, and asks which handover of its own is meant.
    mutating func take(
        _ ask: Ask,
        _ arrival: Arrival,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        if let seller = selling[ask.payment], case .paid(let paid) = seller.phase {
            return show(ask, paid.handover, arrival.route, &tools)
        }
        orders.append(.look(arrival))
    }

    mutating func show(
        _ ask: Ask,
        _ handover: Handover?,
        _ route: Route?,
        _ tools: inout Tools
    ) {
        // It is longer than the question, so a replay of that is not answered.
        guard let handover, handover.header.payer == ask.sender,
            route.map({ street.isFirst(ask.payment, on: $0.way) }) ?? true
        else { return }
        reply(Show.object(answering: ask, handover: handover), ask.payment, route, tools)
    }
}

/// Believes the one signature that has just been checked.
struct Believed: Checking {
    let hash: Hash
    let key: Key

    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        hash == self.hash && key == self.key
    }

    func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        throw .unusable("certificates were checked with the proposal")
    }
}

extension Verdict {
    var refusal: Text? {
        switch self {
        case .refused(let refusal), .caught(let refusal, _): Reason.name(refusal)
        case .forged, .good, .offer, .proposal, .stick, .papers, .warned: nil
        }
    }
}
