package import Commit
package import Money
import Wire
package import Words

/// A wallet: what it holds, what it is paying and being paid, and the rules by which it does so.
///
/// It is a value that handles one input at a time and orders what is to be done about it. It
/// has no clock, no chance and no disk of its own: those are arguments, and what it is after a
/// restart follows from its rows alone (``init(recovering:at:)``).
package struct Wallet: Sendable {
    package internal(set) var owner: Owner
    package internal(set) var life: Life
    package internal(set) var window: Window?
    var course: Course
    /// What is free on disk: what an accepted offer would take is still in it.
    ///
    /// It says itself which rows are to be written.
    var purse = Purse()
    /// What was its own in a life that has ended, and is not spent by it any more.
    package internal(set) var stranded = Purse()
    /// What it has used up itself, and not handed in.
    package internal(set) var consumed = Purse()
    /// How many units of each stick it has ever consumed: they only grow.
    package internal(set) var consumedOf: [Hash: Amount] = [:]
    /// What it has told its office of that, for good, of sticks that it uses up no more.
    package internal(set) var registers: [Hash: Register] = [:]
    /// Whether a meter has run beside it.
    package internal(set) var isMeter = false
    /// What a meter's counter showed with what was consumed last.
    package internal(set) var pulses: UInt64 = 0
    /// What it has said of deliveries, by their hashes.
    package internal(set) var carried: [Hash: MeterReceipt] = [:]
    /// What a device beside it has it keep; nothing at first.
    package internal(set) var beside: [UInt8] = []
    /// When its office opened its present epoch, which is not its first.
    var since: Moment?
    /// Payments that hand in what was consumed.
    var handingIn: Set<PaymentID> = []
    var writtenClock = Moment.dawn
    var archive = Archive()
    var seen = Seen()
    /// What it signed lately, to know it again.
    var signed = SignedLately()
    /// The highest place of each key, with its own signature on it.
    var evidence: [Key: SignedPlace] = [:]
    var verifier: Verifier
    /// Those that the verifier knows, as their office signed them.
    package internal(set) var revocations: [Key: Revocation] = [:]
    /// Those of them that no office has said at a sync.
    var heardRevocations: Set<Key> = []
    /// The newest moment that an office signed: no clock is believed below it.
    var clock: Moment
    package internal(set) var policy = Policy()
    package internal(set) var profile = Profile()

    package internal(set) var buying: [PaymentID: Buyer] = [:]
    package internal(set) var selling: [PaymentID: Seller] = [:]
    /// Where the other one of a payment was heard last, since the node started.
    var routes: [PaymentID: Route] = [:]
    /// On which ways it was heard: what comes again on one of them may be anybody's replay.
    var heardOn: [PaymentID: Set<Way>] = [:]

    /// Accepted by the policy, and not agreed yet.
    var automatic: Set<PaymentID> = []

    var street = Street()
    /// What is under way with its office.
    var asking: [PaymentID: Asking] = [:]
    /// Whoever has cheated, and what proves it.
    package internal(set) var convicts: [Key: Proof] = [:]
    /// The same of those of whom only others found it out.
    package internal(set) var heardProofs: [Key: Proof] = [:]
    /// Through which payment of its history its office has been shown what payees have said.
    package internal(set) var toldThrough: UInt64 = 0
    /// Those of them of whom an office has seen what proves it.
    var shown: Set<Key> = []
    /// What was paid to a life that is over, as those ask who paid it.
    var ended: [PaymentID: EndedPayment] = [:]
    /// What its office has of it, and has not credited.
    package internal(set) var atOffice: AtOffice?
    /// Whether it is an office's own: then it takes back what it issued.
    package var redeems = false
    /// Whom an offer is made to, where it is to nobody else.
    var onlyFrom: [PaymentID: Key] = [:]
    var checks = Checks()
    var warnings = Warnings()
    /// Answered later, when the machine that waits for it is done.
    var orders: [Order] = []

    /// Who it is.
    package struct Owner: Hashable, Sendable {
        package let key: Key
        package let root: Key
        package internal(set) var epoch: Epoch
        /// Its own certificate, and that of the office that gave it.
        package internal(set) var certificates: [Certified]
        package let name: NameStatement?

        package init(
            key: Key,
            root: Key,
            epoch: Epoch,
            certificates: [Certified],
            name: NameStatement?
        ) {
            (self.key, self.root, self.epoch) = (key, root, epoch)
            (self.certificates, self.name) = (certificates, name)
        }
    }

    package enum Life: Hashable, Sendable {
        case live
        /// Its epoch has ended: it receives and answers what it knows; it pays nothing and
        /// decides nothing. The text says why.
        case inert(Text)
    }

    /// How far it has come within its epoch and its window.
    package struct Course: Hashable, Sendable {
        package var counter: UInt64 = 0
        package var total = Amount.zero
        package var previous: Hash?
    }

    init(owner: Owner, life: Life = .live) {
        (self.owner, self.life) = (owner, life)
        (course, clock) = (Course(), Moment.dawn)
        verifier = Verifier(root: owner.root)
        verifier.hopCap = Limits.hopsPerPayment
        for certificate in owner.certificates { archive.add(certificate) }
    }
}

extension Moment {
    /// Before anything was signed.
    static let dawn: Moment = {
        guard let dawn = Moment(0) else { preconditionFailure("0 is a moment") }
        return dawn
    }()
}

// MARK: One input

extension Wallet {
    /// Handles what happened, and says what is to be done about it.
    package mutating func handle(
        _ input: Event,
        at time: Time,
        _ tools: inout Tools
    ) -> [Order] {
        precondition(orders.isEmpty, "the orders of the input before were taken")
        let instant = Instant(time, jitter: bigEndianWord(tools.chance.bytes(8), 0))
        switch input {
        case .lookup(let lookup, let address): answer(lookup, from: address, &tools)
        // Whoever is no office is not greeted as one.
        case .hello: break
        case .arrived(let arrival): arrive(arrival, at: instant, &tools)
        case .checked(let number, let verdict): check(number, verdict, at: instant, &tools)
        case .found(let arrival, let row): found(arrival, row, at: instant, &tools)
        case .woken(let payment): wake(payment, at: instant, &tools)
        case .wish(let wish): follow(wish, at: instant, &tools)
        }
        let done = orders
        orders = []
        return done
    }

    private mutating func follow(_ wish: Wish, at instant: Instant, _ tools: inout Tools) {
        switch wish {
        case .listen(let on): turn(on, &tools)
        case .call: call(nil, &tools, at: instant)
        case .callAt(let address): call(address, &tools, at: instant)
        case .ask(let errand, let address): ask(errand, at: address, at: instant, &tools)
        case .offer(let terms, let name, let only):
            offer(terms, to: name, only: only, at: instant, &tools)
        case .answer(let payment, let answer): self.answer(payment, answer, at: instant, &tools)
        case .cancel(let payment):
            if !drop(payment, &tools) { cancel(payment, at: instant, &tools) }
        case .bring(let signed): bring(signed, at: instant, &tools)
        case .claim(let payment): claim(payment)
        case .charge(let stick, let certificates): charge(stick, certificates)
        case .carry(let delivery, let sticks, let certificates):
            carry(delivery, sticks, certificates, tools)
        case .keep(let bytes): keep(beside: bytes)
        case .open(let window, let certificates):
            order(
                .office(window.signed, certificates: certificates, root: owner.root),
                .window(window)
            )
        case .learn(let revocation, let certificates):
            order(
                .office(revocation.signed, certificates: certificates, root: owner.root),
                .revocation(revocation)
            )
        case .told(let number): tell(through: number)
        case .meter: beMeter()
        case .consume(let group): consume(group, at: instant)
        case .register: register(tools)
        case .policy(let policy):
            guard policy.fits else { return deny(.tooMany) }
            let before = self.policy.demands
            self.policy = policy
            settings(demanding: before)
        case .profile(let profile):
            guard profile.fits else { return deny(.tooMany) }
            self.profile = profile
            settings(demanding: policy.demands)
        }
    }

    private mutating func wake(
        _ payment: PaymentID,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        if asking[payment] != nil { return hello(payment, at: instant, &tools) }
        if var buyer = buying[payment] {
            let effects = buyer.wake(at: instant)
            carryOut(effects, of: payment, buyer: buyer)
        }
        if var seller = selling[payment] {
            if case .paid(let paid) = seller.phase, isSettled(paid.handover) {
                return orders.append(
                    .wake(payment, instant.ticks.advanced(by: Retry.seldom))
                )
            }
            let effects = seller.wake(at: instant, by: tools.keys.identity)
            carryOut(effects, of: payment, seller: seller)
        }
    }

    /// Whether an office has said that the day is over on which its units were to be settled.
    ///
    /// This device's own clock does not say it: it may have jumped, and a seller that falls
    /// silent for that leaves a buyer waiting.
    private func isSettled(_ handover: Handover) -> Bool {
        handover.entries.allSatisfy { entry in
            archive.stick(entry.stick).map { $0.settleUntil < clock.day } ?? false
        }
    }

    /// The window, while it is in date.
    func window(at moment: Moment) -> Window? {
        guard let window, moment >= window.terms.notBefore, moment <= window.terms.notAfter else {
            return nil
        }
        return window
    }

    /// No clock of this device is believed below what an office has signed.
    func moment(_ instant: Instant) -> Moment {
        Payee.clock(instant.time.moment, newestSigned: clock)
    }
}

// MARK: What a machine orders

extension Wallet {
    /// Puts a buyer's machine back and its effects among the orders.
    mutating func carryOut(_ effects: [Effect], of payment: PaymentID, buyer: Buyer) {
        let before = buying[payment]
        let about = before.flatMap(\.about) ?? buyer.about
        if case .over = buyer.phase {
            buying[payment] = nil
            if before?.isOpen == true { street.end(payment, effects) }
        } else {
            buying[payment] = buyer
        }
        carryOut(effects, of: payment)
        if before?.phase.word != buyer.phase.word, let about {
            orders.append(.tell(.standing(buyer.standing(payment, about))))
        }
        rest(payment)
    }

    /// The same for a seller's.
    mutating func carryOut(_ effects: [Effect], of payment: PaymentID, seller: Seller) {
        let before = selling[payment]
        let about = before.flatMap(\.about) ?? seller.about
        if case .over = seller.phase {
            selling[payment] = nil
        } else {
            selling[payment] = seller
        }
        carryOut(effects, of: payment)
        if before?.phase.word != seller.phase.word, let about {
            orders.append(.tell(.standing(seller.standing(payment, about))))
        }
        rest(payment)
    }

    /// What is over needs no timer, no way and no room any more.
    mutating func rest(_ payment: PaymentID) {
        guard buying[payment] == nil, selling[payment] == nil else { return }
        onlyFrom[payment] = nil
        (routes[payment], heardOn[payment]) = (nil, nil)
        street.offered[payment] = nil
        handingIn.remove(payment)
        warnings.rest(payment)
        automatic.remove(payment)
        orders.append(.rest(payment))
    }

    mutating func carryOut(_ effects: [Effect], of payment: PaymentID) {
        for effect in effects {
            switch effect {
            case .record(let mark): record(mark)
            case .wake(let ticks): orders.append(.wake(payment, ticks))
            case .send(let letter): send(letter, of: payment)
            }
        }
    }

    private mutating func send(_ letter: Letter, of payment: PaymentID) {
        let known = buying[payment]?.deal?.address ?? selling[payment]?.deal?.address
        guard let address = routes[payment]?.address ?? known else { return }
        orders.append(
            .send(letter, Destination(payment, address, routes[payment]?.way))
        )
    }

    /// The other one said something new, rightly signed: it is there, where that came from.
    ///
    /// What was brought by hand says nothing of where it is.
    mutating func heard(_ payment: PaymentID, _ route: Route?) {
        guard let route else { return }
        if routes[payment]?.way != route.way {
            orders.append(.listen(route.way, .payment(payment)))
        }
        routes[payment] = route
        heardOn[payment, default: []].insert(route.way)
    }

    /// What was acted on came again: whether the other one says it again.
    ///
    /// It seals a repeat under a fresh key. What comes under a key that was heard before may be
    /// anybody's replay: that moves nothing and brings forth nothing but its answer.
    mutating func isHeardAgain(_ payment: PaymentID, _ route: Route?) -> Bool {
        let known = heardOn[payment] ?? []
        guard let route, known.count < Limits.waysRemembered, !known.contains(route.way) else {
            return false
        }
        heard(payment, route)
        return true
    }
}

extension Buyer {
    package var deal: Deal? {
        switch phase {
        case .offered(let offered): offered.deal
        case .accepted(let accepted): accepted.offered.deal
        case .held(let held): held.deal
        case .over: nil
        }
    }

    var about: PaymentStanding.About? { deal.map { PaymentStanding.About($0) } }
}

extension Seller {
    package var deal: Deal? {
        switch phase {
        case .offering, .over: nil
        case .requested(let requested): requested.deal
        case .paid(let paid): paid.deal
        }
    }

    var about: PaymentStanding.About? {
        if case .offering(let offering) = phase {
            return PaymentStanding.About(offering.offer.terms)
        }
        return deal.map { PaymentStanding.About($0) }
    }
}

extension Buyer.Phase {
    /// When a person is told again.
    fileprivate var word: Int {
        switch self {
        case .offered: 0
        case .accepted: 1
        case .held: 2
        case .over: 3
        }
    }
}

extension Seller.Phase {
    fileprivate var word: Int {
        switch self {
        case .offering: 0
        case .requested: 1
        case .paid: 2
        case .over: 3
        }
    }
}
