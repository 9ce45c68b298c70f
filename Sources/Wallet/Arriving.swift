import Commit
import Money
import Wire
import Words

// What a wallet makes of a message: first whether anybody waits for it, which costs nothing,
// then whether it is signed, and only then what it means.

/// What a message says, once it was read.
indirect enum Said: Sendable {
    case here(Here)
    case offer(Offer)
    case accept(Accept)
    case refuse(Refuse)
    case decline(Decline)
    case commitRequest(CommitRequest)
    case agreed(Agreed)
    case decision(Decision)
    case committed(Committed)
    case ask(Ask)
    case show(Show)
    case welcome(Welcome)
    case answer(Answer)
    case warn(Warn)
}

extension Wallet {
    mutating func arrive(_ arrival: Arrival, at instant: Instant, _ tools: inout Tools) {
        let message = arrival.message
        switch message.object.kind {
        case .here:
            if let here = try? Here(reading: message), awaits(here) {
                orderSignature(arrival, .here(here))
            }
        case .offer:
            if let payment = message.object.payment, street.hasEnded(payment) {
                return refuseAgain(payment, arrival.route)
            }
            // A name that was used before, by us or for us, would write over what it names.
            if let offer = try? Offer(reading: message), fits(offer),
                !tools.keys.isOwn(offer.payment)
            {
                orders.append(.look(arrival))
            }
        case .accept:
            if let accept = try? Accept(reading: message) { arrive(accept, arrival, at: instant) }
        case .refuse:
            if let refuse = try? Refuse(reading: message), selling[refuse.payment] != nil {
                orderSignature(arrival, .refuse(refuse))
            }
        case .decline:
            if let decline = try? Decline(reading: message), isPeer(of: decline.payment, message) {
                let job = Job.told(message, floor: unknown(decline.floor))
                order(job, .message(arrival, .decline(decline)))
            }
        case .commitRequest:
            if let request = try? CommitRequest(reading: message),
                isPeer(of: request.payment, message)
            {
                let job = Job.told(message, floor: unknown(request.floor))
                order(job, .message(arrival, .commitRequest(request)))
            }
        case .handover:
            if let agreed = try? Agreed(reading: message) {
                arrive(agreed, arrival, at: instant, tools)
            }
        case .commit, .abort:
            if let decision = try? Decision(reading: message) { arrive(decision, arrival) }
        case .committed:
            if let committed = try? Committed(reading: message), awaits(committed) {
                orderSignature(arrival, .committed(committed))
            }
        case .ask:
            if let ask = try? Ask(reading: message) { orderSignature(arrival, .ask(ask)) }
        case .show:
            if let show = try? Show(reading: message), buying[show.payment] == nil {
                orders.append(.look(arrival))
            }
        case .welcome, .answer: arriveFromOffice(arrival)
        case .warn: arriveWarning(arrival)
        case .stick, .window, .revocation, .name, .register, .bill, .invoice, .personalisation,
            .settings, .quote, .meterReceipt, .delivery, .request:
            // The office's words come by wishes, with the certificates that make them believed.
            return
        }
    }

    /// What came by hand is answered by hand; whatever comes of it, the person is told.
    mutating func bring(_ signed: SignedObject, at instant: Instant, _ tools: inout Tools) {
        switch signed.object.kind {
        case .handover, .commit, .abort, .committed, .ask, .show:
            if signed.object.receiver == owner.key {
                arrive(Arrival(signed, nil), at: instant, &tools)
            }
        case .stick, .window, .revocation, .name, .register, .bill, .invoice, .personalisation,
            .settings, .quote, .meterReceipt,
            .delivery, .here, .offer,
            .accept, .refuse,
            .decline,
            .commitRequest, .welcome, .request, .answer, .warn:
            break
        }
        if orders.isEmpty { deny(.noSuchPayment) }
    }

    /// An OFFER that was refused came again: its seller has not heard.
    private mutating func refuseAgain(_ payment: PaymentID, _ route: Route?) {
        guard let route, let refusal = street.refusal(of: payment) else { return }
        reply(refusal, payment, route)
    }

    /// Whether the message is from the one we pay.
    private func isPeer(of payment: PaymentID, _ message: SignedObject) -> Bool {
        buying[payment]?.deal?.peer == message.object.sender
    }

    private func awaits(_ here: Here) -> Bool {
        street.calls.contains { $0.lookup.name == here.signed.object.answers }
    }

    private func awaits(_ committed: Committed) -> Bool {
        selling[committed.payment]?.deal?.peer == committed.sender
    }

    /// A message that is rightly signed, and whatever else was checked of it.
    mutating func believe(
        _ said: Said,
        _ arrival: Arrival,
        _ verdict: Verdict,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        switch said {
        case .here(let here):
            if let route = arrival.route { meet(here, route) }
        case .offer(let offer):
            if let route = arrival.route { take(offer, route, verdict, at: instant, &tools) }
        case .accept(let accept):
            if let route = arrival.route { take(accept, route, verdict, at: instant, &tools) }
        case .refuse(let refuse): take(refuse)
        case .decline(let decline): take(decline)
        case .commitRequest(let request):
            if let route = arrival.route { take(request, route, at: instant, &tools) }
        case .agreed(let agreed): take(agreed, arrival, at: instant, &tools)
        case .decision(let decision): decide(decision, from: arrival, at: instant, &tools)
        case .committed(let committed): take(committed)
        case .ask(let ask): take(ask, arrival, at: instant, &tools)
        case .show(let show): take(show, arrival.route, &tools)
        case .welcome(let welcome):
            if let route = arrival.route { take(welcome, route, verdict, at: instant, &tools) }
        case .answer(let answer): take(answer, at: instant, &tools)
        case .warn(let warn): take(warn, verdict, &tools)
        }
    }

    /// The archive was looked into for a message of a payment that is not under way.
    mutating func found(
        _ arrival: Arrival,
        _ row: [UInt8]?,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        let outcome = row.flatMap { try? Finished(wireBytes: $0) }
        // What cannot be read is not what is not there.
        guard row == nil || outcome != nil else { return }
        found(arrival, outcome, at: instant, &tools)
        if arrival.route == nil, orders.isEmpty {
            deny(row == nil ? .noSuchPayment : .nothingNew)
        }
    }

    private mutating func found(
        _ arrival: Arrival,
        _ outcome: Finished?,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        let message = arrival.message
        switch message.object.kind {
        case .handover:
            if let agreed = try? Agreed(reading: message) {
                found(agreed, outcome, arrival, &tools)
            }
        case .commit, .abort:
            if let decision = try? Decision(reading: message) {
                found(decision, outcome, arrival, &tools)
            }
        case .ask:
            if let ask = try? Ask(reading: message), let outcome {
                show(ask, outcome.handover, arrival.route, &tools)
            }
        case .offer:
            if outcome == nil, let offer = try? Offer(reading: message), fits(offer) {
                order(.offer(offer, root: owner.root), .message(arrival, .offer(offer)))
            }
        case .show:
            // Of a payment that we know, it tells us nothing.
            if outcome == nil, let show = try? Show(reading: message) {
                order(.show(show, own: owner.key), .message(arrival, .show(show)))
            }
        case .stick, .window, .committed, .revocation, .name, .register, .bill, .invoice,
            .personalisation, .settings, .quote,
            .meterReceipt, .delivery,
            .here, .accept, .refuse,
            .decline,
            .commitRequest, .welcome, .request, .answer, .warn:
            return
        }
    }

    /// Answers a message of a payment that is not under way, on the way it came.
    mutating func reply(_ object: Object, _ payment: PaymentID, _ route: Route?, _ tools: Tools) {
        reply(.signed(object, by: tools.keys.identity), payment, route)
    }

    mutating func reply(_ message: SignedObject, _ payment: PaymentID, _ route: Route?) {
        reply(Letter(message, .back), payment, route)
    }

    mutating func reply(_ letter: Letter, _ payment: PaymentID, _ route: Route?) {
        guard let route else { return orders.append(.tell(.answer(letter.message))) }
        orders.append(.send(letter, Destination(payment, route.address, route.way)))
    }
}
