package import Money
package import Wire
package import Words

/// One payment as its seller sees it.
///
/// ```
/// offering ─ACCEPT, in order─▶ requested ─AGREED, in order─▶ ▓ paid ─COMMITTED─▶ ▓ complete
///     ├─ACCEPT, DECLINE─▶ refused   ├─AGREED, not in order─▶ ▓ cancelled
///     ├─REFUSE, person──▶ refused   ├─time, person─────────▶ ▓ cancelled
///     ├─turns inert─────▶ refused   └─turns inert──────────▶ abandoned, and is silent
///     └─time─▶ lapsed
/// ▓ = recorded and synced before anything is said.
/// A restart begins at the newest ▓; with none, the answer to AGREED is ABORT.
/// ```
package struct Seller: Hashable, Sendable {
    package private(set) var phase: Phase

    /// A phase is large: it lies apart, so that a machine is copied with one step.
    package indirect enum Phase: Hashable, Sendable {
        case offering(Offering)
        case requested(Requested)
        case paid(Paid)
        case over(Ending)
    }

    package enum Ending: Hashable, Sendable {
        case complete
        /// ABORT is recorded, for good; the name says why.
        case cancelled(Text)
        case refused(Text)
        case lapsed
        /// It was asked for, and the wallet decides nothing any more: the office does.
        case abandoned
    }

    /// The payment begins with an offer to one buyer.
    package init(offering: Offering) { phase = .offering(offering) }

    /// It goes on after a restart.
    package init(recovering paid: Paid) { phase = .paid(paid) }
}

/// An offer is out.
package struct Offering: Hashable, Sendable {
    package let offer: Offer
    package let digits: Digits
    package let until: Ticks
    package let begun: Moment
    var retry: Retry

    package init(
        _ offer: Offer,
        digits: Digits,
        until: Ticks,
        at time: Time
    ) {
        (self.offer, self.digits, self.until) = (offer, digits, until)
        begun = time.moment
        retry = Retry(at: time.ticks)
    }

    fileprivate var letter: Letter { Letter(offer.signed, .back) }
}

/// The commit is asked for: the buyer may have locked its units.
package struct Requested: Hashable, Sendable {
    package let offering: Offering
    package let accept: Accept
    package var deal: Deal
    package let shown: Shown
    package let floor: Payee.Floor
    package let request: SignedObject
    var retry: Retry
    #if Planted
    var isUndying = false
    #endif

    init(
        _ offering: Offering,
        _ accept: Accept,
        _ shown: Shown,
        _ deal: Deal,
        _ floor: Payee.Floor,
        _ request: SignedObject,
        at ticks: Ticks
    ) {
        (self.offering, self.accept, self.shown) = (offering, accept, shown)
        (self.deal, self.floor) = (deal, floor)
        (self.request, retry) = (request, Retry(at: ticks))
    }

    package var payment: PaymentID { accept.payment }
    package var proposal: Proposal { accept.proposal }
    package var until: Ticks { offering.until }
}

/// Paid, and on disk: the buyer is told until it says that it knows.
package struct Paid: Hashable, Sendable {
    package let payment: PaymentID
    package var deal: Deal
    package let handover: Handover
    package let commit: Commit
    var retry: Retry

    /// The only way in for a new payment: the handover that was asked for has come.
    package init(
        settling requested: Requested,
        handover: Handover,
        commit: Commit,
        at ticks: Ticks
    ) {
        self.init(requested.deal, handover, commit, at: ticks)
    }

    /// The only other way in: the disk.
    package init(_ deal: Deal, _ handover: Handover, _ commit: Commit, at ticks: Ticks) {
        payment = commit.payment
        (self.deal, self.handover, self.commit) = (deal, handover, commit)
        retry = Retry(at: ticks)
    }
}

extension Seller {
    /// Sends the offer for the first time.
    package mutating func begin(at instant: Instant) -> [Effect] {
        guard case .offering(var offering) = phase else { return [] }
        let next = offering.retry.next(instant)
        phase = .offering(offering)
        return [.send(offering.letter), .wake(min(next, offering.until))]
    }

    /// The buyer will not.
    package mutating func refuse(_ refuse: Refuse) -> [Effect] {
        guard case .offering(let offering) = phase, refuse.offer == offering.offer.hash else {
            return []
        }
        phase = .over(.refused(refuse.reason))
        return []
    }

    /// Whether this accepts the offer that is out.
    package func awaits(_ accept: Accept) -> Bool {
        guard case .offering(let offering) = phase else { return false }
        return accept.offer == offering.offer.hash
    }

    /// What the buyer showed is in order: asks for the commit.
    package mutating func request(
        _ accept: Accept,
        _ shown: Shown,
        _ deal: Deal,
        above floor: Payee.Floor,
        _ evidence: SignedPlace?,
        by signer: any Signing,
        at instant: Instant
    ) -> [Effect] {
        guard case .offering(let offering) = phase, awaits(accept) else { return [] }
        let object = CommitRequest.object(
            by: signer.key,
            answering: accept,
            total: floor.total,
            floor: evidence
        )
        let message = SignedObject.signed(object, by: signer)
        var requested = Requested(
            offering,
            accept,
            shown,
            deal,
            floor,
            message,
            at: instant.ticks
        )
        let next = requested.retry.next(instant)
        phase = .requested(requested)
        return [.send(Letter(message, .back)), .wake(min(next, requested.until))]
    }

    /// It is not: says so by name.
    package mutating func decline(
        _ accept: Accept,
        _ reason: Text,
        _ evidence: SignedPlace?,
        by signer: any Signing
    ) -> [Effect] {
        guard awaits(accept) else { return [] }
        phase = .over(.refused(reason))
        let object = Decline.object(
            by: signer.key,
            answering: accept,
            reason: reason,
            floor: evidence
        )
        return [.send(Letter(.signed(object, by: signer), .back))]
    }

    /// The handover came and is what was asked for: from the record on, the seller is paid.
    package mutating func settle(
        _ handover: Handover,
        heardFrom address: Address,
        by signer: any Signing,
        at instant: Instant
    ) -> [Effect] {
        guard case .requested(var requested) = phase else { return [] }
        requested.deal.address = address
        let deal = requested.deal
        let object = Commit.object(
            by: signer.key,
            to: deal.peer,
            payment: requested.payment,
            handover: handover.hash,
            receipt: Receipt(
                offer: deal.offer,
                asset: deal.asset,
                amount: deal.amount,
                moment: instant.time.moment
            )
        )
        guard let commit = try? Commit(reading: .signed(object, by: signer)) else {
            preconditionFailure("a COMMIT of our own making can be read")
        }
        var paid = Paid(
            settling: requested,
            handover: handover,
            commit: commit,
            at: instant.ticks
        )
        let next = paid.retry.next(instant)
        phase = .paid(paid)
        return [
            .record(.paid(paid, requested.shown)), .send(Letter(commit.signed, .back)), .wake(next),
        ]
    }

    /// It will never be taken: the handover was another one, or nobody handed anything over.
    package mutating func cancel(
        _ reason: Text,
        by signer: any Signing
    ) -> [Effect] {
        guard case .requested(let requested) = phase else { return [] }
        phase = .over(.cancelled(reason))
        #if Planted
        // Says that it will never take it, and goes on waiting for it.
        if Plant.abortNotFinal.isHere {
            var waiting = requested
            let object = Abort.object(
                by: signer.key,
                to: requested.deal.peer,
                payment: requested.payment
            )
            waiting.isUndying = true
            phase = .requested(waiting)
            return [.send(Letter(.signed(object, by: signer), .again(waiting.deal.sealingKey)))]
        }
        #endif
        return Self.abort(
            requested.payment,
            to: requested.deal.peer,
            requested.deal,
            .back,
            by: signer
        )
    }

    /// The person takes an offer back that nobody has accepted.
    package mutating func withdraw() {
        guard case .offering = phase else { return }
        phase = .over(.refused(Reason.person))
    }

    /// Whether nothing of it is on disk yet.
    package var isOpen: Bool {
        switch phase {
        case .offering, .requested: true
        case .paid, .over: false
        }
    }

    /// The wallet may not decide any more, so it says nothing from now on.
    ///
    /// A buyer who has agreed is freed by the office.
    package mutating func abandon() {
        switch phase {
        case .offering: phase = .over(.refused(Reason.inert))
        case .requested: phase = .over(.abandoned)
        case .paid, .over: return
        }
    }

    /// The ABORT of a payment, which nobody may know: recorded, then said.
    package static func abort(
        _ payment: PaymentID,
        to buyer: Key,
        _ deal: Deal?,
        _ cover: Letter.Cover?,
        by signer: any Signing
    ) -> [Effect] {
        let object = Abort.object(by: signer.key, to: buyer, payment: payment)
        guard let abort = try? Abort(reading: .signed(object, by: signer)) else {
            preconditionFailure("an ABORT of our own making can be read")
        }
        let record = Effect.record(.cancelled(payment, deal, abort))
        guard let cover else { return [record] }
        return [record, .send(Letter(abort.signed, cover))]
    }

    /// AGREED came again, or the buyer asks: COMMIT again.
    package mutating func repeatCommit(
        heardFrom address: Address,
        at instant: Instant
    ) -> [Effect] {
        guard case .paid(var paid) = phase else { return [] }
        paid.deal.address = address
        paid.retry.hear(at: instant.ticks)
        let next = paid.retry.next(instant)
        phase = .paid(paid)
        return [.send(paid.letter), .wake(next)]
    }

    /// The buyer has applied it: nothing is left to be said.
    package mutating func complete(_ committed: Committed) -> [Effect] {
        guard case .paid(let paid) = phase,
            committed.decision == paid.commit.signed.object.hash
        else { return [] }
        phase = .over(.complete)
        return [.record(.complete(paid, committed))]
    }

    /// The time it asked to be woken at; too early or too late does no harm.
    package mutating func wake(
        at instant: Instant,
        by signer: any Signing
    ) -> [Effect] {
        switch phase {
        case .offering(var offering):
            guard instant.ticks < offering.until else {
                phase = .over(.lapsed)
                return []
            }
            let next = offering.retry.next(instant)
            phase = .offering(offering)
            return [.send(offering.letter), .wake(min(next, offering.until))]
        case .requested(var requested):
            #if Planted
            if requested.isUndying { return [] }
            #endif
            guard instant.ticks < requested.until else {
                return cancel(Reason.lapsed, by: signer)
            }
            let next = requested.retry.next(instant)
            phase = .requested(requested)
            return [.send(requested.letter), .wake(min(next, requested.until))]
        case .paid(var paid):
            let next = paid.retry.next(instant)
            phase = .paid(paid)
            return [.send(paid.letter), .wake(next)]
        case .over:
            return []
        }
    }
}

extension Requested {
    /// COMMIT-REQUEST, on the way on which ACCEPT came again.
    package var answer: Letter { Letter(request, .back) }

    fileprivate var letter: Letter { Letter(request, .again(deal.sealingKey)) }
}

extension Paid {
    /// COMMIT, on the way on which AGREED came again.
    package var answer: Letter { Letter(commit.signed, .back) }

    fileprivate var letter: Letter {
        #if Planted
        if Plant.repeatToLostKey.isHere { return Letter(commit.signed, .back) }
        #endif
        return Letter(commit.signed, .repeated(to: deal.sealingKey, retry))
    }
}

/// Why a payment did not come about, in names: docs/PROTOCOL section 8.2.
package enum Reason {
    package static let person = name("person")
    package static let short = name("short")
    package static let window = name("window")
    package static let foreignOffice = name("foreign-office")
    package static let disk = name("disk")
    package static let inert = name("inert")
    package static let offer = name("offer")
    package static let many = name("many")
    package static let lapsed = name("lapsed")
    package static let unknown = name("unknown")
    package static let rolledBack = name("rolled-back")
    package static let convict = name("convict")
    package static let books = name("books")
    package static let pulses = name("pulses")
    /// The office knows a later life of this key.
    package static let laterLife = name("later-life")

    package static func name(_ refusal: Refusal) -> Text { name(refusal.name) }

    private static func name(_ string: String) -> Text {
        guard let text = Text(string) else { preconditionFailure("names are plain letters") }
        return text
    }
}
