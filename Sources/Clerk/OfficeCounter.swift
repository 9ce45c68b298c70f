internal import Commit
internal import Ledger
internal import Mint
package import Money
internal import Reckoning
package import Wallet
internal import Wire
package import Words

import struct Mint.Draft

/// Where wallets are answered: HELLO, and requests whose signature was checked.
package final class OfficeCounter: Counter {
    private let till: Till
    /// Requests whose signature is being checked.
    private var checking: [UInt64: (request: Request, route: Route)] = [:]
    private var inCheck: Set<Hash> = []
    private var nextCheck = firstCheck
    /// Signed once: what comes again gets the same.
    private var welcomes: [Hash: SignedObject] = [:]
    private var greetings = Greetings()
    /// What was refused lately; nothing older can be said again, for no key of a way is older.
    private var refused: [Hash: SignedObject] = [:]
    private var refusedOrder: [Hash] = []
    private static let refusalsRemembered = 4_096
    private var calls = Calls()
    /// What happened, for whoever keeps a log.
    private var happened: [Happened] = []

    /// The office's own: HELLO is answered while others write, and touches nothing that they do.
    private let certificate: [UInt8]

    package init(_ till: Till) {
        (self.till, certificate) = (till, till.mint.setting.officeDER)
    }

    /// The wallet beside it counts its own from 1.
    private static let firstCheck: UInt64 = 1 << 62
    private static let welcomesRemembered = 4_096

    /// What happened at the counter.
    package enum Happened: Hashable, Sendable {
        case answered(Key, Tally.Kind, Amount?, refusal: Text?)
        case calling(Key, Amount)
        /// A key has cheated: what was shown here proves it.
        case caught(Key)
        /// It stands in the books, and the key is revoked.
        case convicted(Key)
        /// Somebody came with a stick that this office has signed and its books do not have: they
        /// are older than what was told.
        case behind(stick: Hash, Key)
        /// The books cannot be read: the node is about to end.
        case stopped
    }

    /// What may prove somebody guilty, and is not in the books yet.
    private var evidence: [Showing] = []
    private static let evidenceAtOnce = 256
    /// Why what is booked could not be said.
    private var fault: LogFault?
    /// Sticks that were signed by this office, and whether its books have them is not known yet.
    private var strange: [Hash: Key] = [:]

    /// What happened since this was asked last; and what proves somebody guilty goes to the books.
    ///
    /// Not while anything is being written.
    package func takeHappened(at now: Moment) throws(LogFault) -> [Happened] {
        if let fault { throw fault }
        let showings = evidence
        evidence = []
        for showing in showings { try till.present(showing, at: now) }
        for (stick, payer) in strange.sorted(by: { $0.key < $1.key })
        where try !till.hasIssued(stick) {
            happened.append(.behind(stick: stick, payer))
            till.tally.lacking += 1
        }
        strange = [:]
        defer { happened = [] }
        return happened + till.takeConvicted().map { .convicted($0.convict) }
    }

    // MARK: What arrives

    package func handle(_ event: Event, at time: Time, _ tools: inout Tools) -> [Order]? {
        switch event {
        case .hello(let hello, let address): return welcome(hello, address, time)
        case .arrived(let arrival) where arrival.message.object.kind == .request:
            return arrive(arrival)
        case .checked(let number, let verdict):
            guard let (request, route) = checking.removeValue(forKey: number) else { return nil }
            inCheck.remove(request.hash)
            return verdict == .good ? answer(request, route, time) : []
        case .lookup, .arrived, .found, .woken, .wish: return nil
        }
    }

    private func welcome(_ hello: Hello, _ address: Address, _ time: Time) -> [Order] {
        if let known = welcomes[hello.name] {
            return [.here(known, to: hello.sealingKey, at: address)]
        }
        guard greetings.mayGreet(at: time.ticks) else { return [] }
        let object = Welcome.object(
            by: till.hand.signer.key,
            answering: hello,
            root: till.root,
            certificate: certificate,
            moment: time.moment
        )
        let signed = SignedObject(object, till.hand.signer.sign(object.hash))
        if welcomes.count >= Self.welcomesRemembered { welcomes = [:] }
        welcomes[hello.name] = signed
        till.tally.welcomes += 1
        return [.here(signed, to: hello.sealingKey, at: address)]
    }

    /// What nobody has signed yet costs a check and nothing else; the books are not touched, for
    /// they may be written at this very moment.
    private func arrive(_ arrival: Arrival) -> [Order] {
        guard let route = arrival.route, checking.count < Limits.checksAtOnce,
            let request = try? Request(reading: arrival.message),
            inCheck.insert(request.hash).inserted
        else { return [] }
        nextCheck += 1
        checking[nextCheck] = (request, route)
        let job = Job.signature(request.hash, by: request.sender, request.signed.signature)
        return [.check(nextCheck, job)]
    }

    private func answer(_ request: Request, _ route: Route, _ time: Time) -> [Order] {
        if let known = refused[request.hash] {
            let destination = Destination(request.payment, route.address, route.way)
            return [.send(Letter(known, .back), destination)]
        }
        let reply: Reply
        do {
            reply = try till.answer(request, at: time.moment)
        } catch {
            // Their next use says why, and ends the node.
            happened.append(.stopped)
            return [.write(Step(entries: [LogEntry(kind: OfficeLog.draftKind, bytes: [])]))]
        }
        let object = Answer.object(
            by: till.hand.signer.key,
            to: request,
            moment: reply.moment,
            reply.outcome
        )
        let signed = SignedObject(object, till.hand.signer.sign(object.hash))
        if reply.outcome.refusal != nil { remember(request.hash, signed) }
        var orders: [Order] = []
        if !reply.drafts.isEmpty {
            let entries = reply.drafts.map {
                LogEntry(kind: OfficeLog.draftKind, bytes: $0.wireBytes)
            }
            orders.append(.write(Step(entries: entries)))
        }
        orders.append(
            .send(
                Letter(signed, .back),
                Destination(request.payment, route.address, route.way)
            )
        )
        note(request, reply)
        if let call = reply.call, calls.begin(request.hash, call, at: time.ticks) {
            happened.append(.calling(call.payer, call.amount))
            orders.append(.wish(.callAt(route.address)))
        }
        return orders
    }

    /// Who was refused has given it up: whoever says it again is told the same, and what has come
    /// into the account meanwhile is not touched.
    private func remember(_ request: Hash, _ answer: SignedObject) {
        if refusedOrder.count == Self.refusalsRemembered {
            refused[refusedOrder.removeFirst()] = nil
        }
        refused[request] = answer
        refusedOrder.append(request)
    }

    private func note(_ request: Request, _ reply: Reply) {
        // What was told before is told again, and is nothing new.
        var amount: Amount?
        switch request.want {
        case .charge(_, let wanted, _), .redeem(_, let wanted, _, _), .payBill(_, _, let wanted):
            amount = wanted
        case .enrol, .sync, .renew, .show, .enquire: break
        }
        happened.append(
            .answered(
                request.sender,
                Tally.Kind(request.want),
                amount,
                refusal: reply.outcome.refusal
            )
        )
    }

    package func mayTake(_ handover: Handover, _ links: [Link], of payment: PaymentID) -> Bool {
        if till.mayTake(handover, links, of: payment) { return true }
        // Who signs what was paid for before has passed it on twice.
        let own = handover.entries.indices.map { handover.link($0) }
        keep(Showing.parts(of: own + links))
        // The sticks' signatures were checked before it came to this.
        for entry in handover.entries where strange.count < Self.evidenceAtOnce {
            strange[entry.stick] = handover.header.payer
        }
        return false
    }

    package func committed(_ payment: PaymentID) throws(LogFault) -> Commit? {
        do { return try till.committed(payment) } catch {
            fault = error
            throw error
        }
    }

    private func keep(_ showings: [Showing]) {
        evidence += showings.prefix(Self.evidenceAtOnce - min(evidence.count, Self.evidenceAtOnce))
    }

    // MARK: What the wallet beside it says

    package func heard(_ news: News) -> [Wish] {
        switch news {
        case .calling(let lookup): calls.went(out: lookup)
        case .here(let lookup, let name, let id):
            if let call = calls.met(lookup, id) {
                return [.offer(Calls.terms(call), to: name, only: call.payer)]
            }
        case .denied(.inert): calls.denied()
        case .denied(.tooMany), .denied(.noRoom), .denied(.noSuchAnswer): calls.notOffered()
        case .standing(let standing) where standing.side == .seller: calls.stands(standing)
        case .convicted(let proof):
            happened.append(.caught(proof.accused))
            keep([Showing(proof)])
        case .denied, .listening, .standing, .charged, .served, .opened, .asking, .answered,
            .inert, .answer:
            break
        }
        return []
    }
}

/// How many strangers are greeted in a second: each costs a signature and a sealed key.
private struct Greetings {
    private static let perSecond = 500
    private var second: UInt64 = 0
    private var count = 0

    mutating func mayGreet(at ticks: Ticks) -> Bool {
        let now = ticks.milliseconds / 1_000
        if now != second { (second, count) = (now, 0) }
        count += 1
        return count <= Self.perSecond
    }
}

/// Members whom the office calls, to be paid by them.
private struct Calls {
    private struct Calling {
        let call: Reply.Call
        var calledAt: Ticks
        /// Nobody is offered the same thing twice.
        var isOffered = false
    }

    private var all: [Hash: Calling] = [:]
    /// In the order in which they were begun: so their calls go out.
    private var beginning: [Hash] = []
    private var lookups: [Hash: Hash] = [:]
    private var order: [Hash] = []
    /// To whom the newest offer was made.
    private var offered: Hash?
    /// What was offered, while it is not known to be over.
    private var payments: [PaymentID: Hash] = [:]
    /// When each payer's calls of the last minute began, and those that he paid at.
    private var begun: [Key: [Ticks]] = [:]
    private var paid: [Key: [Ticks]] = [:]
    private static let callsOfOne = 8
    private static let paidOfOne = 240

    private static let callsRemembered = 1_024
    /// A call is a datagram that may be lost.
    private static let callsAgainAfter: UInt64 = 1_000
    private static let offerSeconds: UInt64 = 60
    private static let offerMilliseconds = offerSeconds * 1_000

    /// Whether a call is to go out for this request, be it new or again.
    mutating func begin(_ request: Hash, _ call: Reply.Call, at ticks: Ticks) -> Bool {
        if let known = all[request] {
            let wait = known.isOffered ? Self.offerMilliseconds : Self.callsAgainAfter
            guard ticks >= known.calledAt.advanced(by: wait) else { return false }
        } else {
            // One at a time of each payer, and few in a minute: nobody takes all the places.
            let since = ticks.milliseconds - min(ticks.milliseconds, Self.offerMilliseconds)
            func recent(_ all: [Ticks]?) -> [Ticks] {
                (all ?? []).filter { $0.milliseconds > since }
            }
            let (open, over) = (recent(begun[call.payer]), recent(paid[call.payer]))
            guard open.count < Self.callsOfOne, over.count < Self.paidOfOne else { return false }
            (begun[call.payer], paid[call.payer]) = (open + [ticks], over.isEmpty ? nil : over)
            for (other, one) in all where one.call.payer == call.payer {
                all[other] = nil
                order.removeAll { $0 == other }
            }
            if order.count == Self.callsRemembered { all[order.removeFirst()] = nil }
            order.append(request)
        }
        all[request] = Calling(call: call, calledAt: ticks)
        beginning.append(request)
        return true
    }

    mutating func went(out lookup: Hash) {
        guard !beginning.isEmpty else { return }
        if lookups.count >= Self.callsRemembered { lookups = [:] }
        lookups[lookup] = beginning.removeFirst()
    }

    /// The offer that was made last could not be: whoever asks again is called again.
    mutating func notOffered() {
        if let offered { all[offered]?.isOffered = false }
        offered = nil
    }

    mutating func denied() { if !beginning.isEmpty { beginning.removeFirst() } }

    /// Whoever paid is called again at once: a shop brings back its day in many payments, and what
    /// few places are for is calls that come to nothing.
    mutating func stands(_ standing: PaymentStanding) {
        switch standing.word {
        case .offered:
            guard let offered else { return }
            self.offered = nil
            guard payments.count < Self.callsRemembered else { return }
            payments[standing.payment] = offered
        case .held: return
        case .paid:
            guard let request = payments.removeValue(forKey: standing.payment),
                let payer = all[request]?.call.payer
            else { return }
            guard let last = begun[payer]?.popLast() else { return }
            paid[payer, default: []].append(last)
        case .cancelled, .refused: payments[standing.payment] = nil
        }
    }

    /// The call that somebody with this number on the screen answers.
    mutating func met(_ lookup: Hash, _ id: UInt64) -> Reply.Call? {
        guard let request = lookups[lookup], let known = all[request], !known.isOffered,
            known.call.id == id
        else { return nil }
        all[request]?.isOffered = true
        offered = request
        return known.call
    }

    static func terms(_ call: Reply.Call) -> Terms {
        var terms = Terms(asset: call.asset, amount: call.amount, memo: call.memo)
        terms.caps = .office
        terms.seconds = offerSeconds
        return terms
    }
}
