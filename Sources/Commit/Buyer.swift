package import Money
package import Wire
package import Words

/// One payment as its buyer sees it.
///
/// ```
/// OFFER ─▶ offered ─person, policy─▶ accepted ─COMMIT-REQUEST─▶ ▓ held ─COMMIT─▶ ▓ paid
///             │                         │                          └────ABORT──▶ ▓ cancelled
///             └─▶ refused, lapsed       └─DECLINE─▶ refused, time─▶ lapsed
/// ▓ = recorded and synced before anything is said         a restart begins at the newest ▓
/// ```
/// From `held` on only the seller's decision leads anywhere: the buyer asks, with its AGREED,
/// as long as it takes, and no clock ends that.
package struct Buyer: Hashable, Sendable {
    package private(set) var phase: Phase

    /// A phase is large: it lies apart, so that a machine is copied with one step.
    package indirect enum Phase: Hashable, Sendable {
        case offered(Offered)
        case accepted(Accepted)
        case held(Held)
        case over(Ending)
    }

    /// How a payment ended.
    package enum Ending: Hashable, Sendable {
        case paid
        case cancelled
        /// Nothing was agreed; the name says why.
        case refused(Text)
        /// It stood for a while, and nobody asked for the money.
        case lapsed
    }

    /// The payment begins with an offer that was checked.
    package init(offered: Offered) { phase = .offered(offered) }

    /// It goes on after a restart.
    package init(recovering held: Held) { phase = .held(held) }
}

/// An offer on the screen: nothing is promised.
package struct Offered: Hashable, Sendable {
    package let offer: Offer
    package let deal: Deal
    package let digits: Digits
    package let until: Ticks

    package init(offer: Offer, deal: Deal, digits: Digits, until: Ticks) {
        (self.offer, self.deal, self.digits, self.until) = (offer, deal, digits, until)
    }

    /// When it came, to tell which of several is the oldest.
    package var since: UInt64 { until.milliseconds &- offer.terms.seconds &* 1_000 }
}

/// The buyer said yes and showed what it would hand over; nothing is locked on disk.
package struct Accepted: Hashable, Sendable {
    package let offered: Offered
    package let accept: Accept
    var retry: Retry

    init(_ offered: Offered, _ accept: Accept, at ticks: Ticks) {
        (self.offered, self.accept, retry) = (offered, accept, Retry(at: ticks))
    }

    package var proposal: Proposal { accept.proposal }
}

/// Agreed and on disk: the units are locked until the decision comes.
package struct Held: Hashable, Sendable {
    package let payment: PaymentID
    package var deal: Deal
    package let handover: Handover
    /// What was taken out of the purse: the undo.
    package let taken: [Piece]
    package let agreed: SignedObject
    package let hash: Hash
    var retry: Retry

    /// The only way in for a new payment: being held is always the continuation of accepting.
    package init(
        agreeing accepted: Accepted,
        handover: Handover,
        privates: Privates,
        taken: [Piece],
        at ticks: Ticks
    ) {
        self.init(accepted.offered.deal, handover, privates, taken, at: ticks)
    }

    /// The only other way in: the disk.
    package init(
        _ deal: Deal,
        _ handover: Handover,
        _ privates: Privates,
        _ taken: [Piece],
        at ticks: Ticks
    ) {
        payment = privates.payment
        (self.deal, self.handover, self.taken) = (deal, handover, taken)
        agreed = Agreed.message(handover, privates)
        hash = handover.hash
        retry = Retry(at: ticks)
    }
}

/// The seller has the money; the buyer's units are gone.
package struct Bought: Hashable, Sendable {
    package let held: Held
    package let commit: Commit

    init(_ held: Held, _ commit: Commit) { (self.held, self.commit) = (held, commit) }
}

/// The seller will never take it; the units are back.
package struct Kept: Hashable, Sendable {
    package let held: Held

    init(_ held: Held) { self.held = held }
}

extension Buyer {
    /// Yes: shows the seller what would be handed over.
    package mutating func accept(_ accept: Accept, at instant: Instant) -> [Effect] {
        guard case .offered(let offered) = phase else { return [] }
        var accepted = Accepted(offered, accept, at: instant.ticks)
        let next = accepted.retry.next(instant)
        phase = .accepted(accepted)
        return [.send(accepted.letter), .wake(min(next, offered.until))]
    }

    /// No, by the person or by a rule of the wallet's.
    package mutating func refuse(
        _ reason: Text,
        by oneTime: any Signing
    ) -> [Effect] {
        guard case .offered(let offered) = phase else { return [] }
        phase = .over(.refused(reason))
        let object = Refuse.object(answering: offered.offer, reason: reason)
        return [.send(Letter(.signed(object, by: oneTime), .back))]
    }

    /// The person thought better of it, or the wallet may not pay any more; false once that is no
    /// longer for one side alone.
    package mutating func withdraw(_ reason: Text = Reason.person) -> Bool {
        switch phase {
        case .offered, .accepted:
            phase = .over(.refused(reason))
            return true
        case .held, .over:
            return false
        }
    }

    /// Whether nothing of it is on disk yet.
    package var isOpen: Bool {
        switch phase {
        case .offered, .accepted: true
        case .held, .over: false
        }
    }

    /// What was shown cannot be handed over any more; nobody is told, and the offer runs out.
    package mutating func giveUp(_ reason: Text) {
        guard case .accepted = phase else { return }
        phase = .over(.refused(reason))
    }

    /// The seller will not take what it was shown.
    package mutating func decline(_ decline: Decline) -> [Effect] {
        guard case .accepted(let accepted) = phase, decline.accept == accepted.accept.hash else {
            return []
        }
        phase = .over(.refused(decline.reason))
        return []
    }

    /// The seller asks for the commit and the wallet has locked and signed.
    package mutating func agree(
        _ handover: Handover,
        _ privates: Privates,
        taking taken: [Piece],
        at instant: Instant
    ) -> [Effect] {
        guard case .accepted(let accepted) = phase else { return [] }
        var held = Held(
            agreeing: accepted,
            handover: handover,
            privates: privates,
            taken: taken,
            at: instant.ticks
        )
        let next = held.retry.next(instant)
        phase = .held(held)
        return [
            .record(.held(held)),
            .send(Letter(held.agreed, hash: held.hash, .back)), .wake(next),
        ]
    }

    /// The seller asks again for what it has been told, or has just been heard of.
    package mutating func repeatAgreed(
        heardFrom address: Address,
        at instant: Instant
    ) -> [Effect] {
        guard case .held(var held) = phase else { return [] }
        held.deal.address = address
        held.retry.hear(at: instant.ticks)
        let next = held.retry.next(instant)
        phase = .held(held)
        return [.send(held.question), .wake(next)]
    }

    /// The decision, whoever brought it; its signature is checked.
    package mutating func decide(
        _ decision: Decision,
        by signer: any Signing
    ) -> [Effect] {
        guard case .held(let held) = phase, held.isDecided(by: decision) else { return [] }
        switch decision {
        case .commit(let commit):
            phase = .over(.paid)
            let object = Committed.object(
                by: signer.key,
                to: held.deal.peer,
                payment: held.payment,
                decision: commit.signed.object.hash
            )
            let message = SignedObject.signed(object, by: signer)
            return [
                .record(.bought(Bought(held, commit))), .send(Letter(message, .back)),
            ]
        case .abort(let abort):
            phase = .over(.cancelled)
            return [.record(.kept(Kept(held), abort))]
        }
    }

    /// The time it asked to be woken at; too early or too late does no harm.
    package mutating func wake(at instant: Instant) -> [Effect] {
        switch phase {
        case .offered(let offered):
            guard instant.ticks >= offered.until else { return [.wake(offered.until)] }
            phase = .over(.lapsed)
            return []
        case .accepted(var accepted):
            guard instant.ticks < accepted.offered.until else {
                phase = .over(.lapsed)
                return []
            }
            let next = accepted.retry.next(instant)
            phase = .accepted(accepted)
            return [.send(accepted.letter), .wake(min(next, accepted.offered.until))]
        case .held(var held):
            #if Planted
            if Plant.doubtExpires.isHere, held.isOld(instant) { return expire(held) }
            #endif
            let next = held.retry.next(instant)
            phase = .held(held)
            return [.send(held.question), .wake(next)]
        case .over:
            return []
        }
    }
}

extension Accepted {
    fileprivate var letter: Letter { Letter(accept.signed, .back) }
}

extension Held {
    /// Whether a decision is this payment's: an ABORT names the id, a COMMIT the handover too.
    package func isDecided(by decision: Decision) -> Bool {
        switch decision {
        case .commit(let commit): commit.payment == payment && commit.handover == hash
        case .abort(let abort): abort.payment == payment
        }
    }

    /// AGREED, on the way on which it was asked for.
    package var answer: Letter { Letter(agreed, hash: hash, .back) }

    fileprivate var question: Letter {
        #if Planted
        if Plant.repeatToLostKey.isHere { return Letter(agreed, hash: hash, .back) }
        #endif
        return Letter(agreed, hash: hash, .repeated(to: deal.sealingKey, retry))
    }
}

#if Planted
extension Held {
    fileprivate func isOld(_ instant: Instant) -> Bool {
        instant.time.moment.seconds > deal.begun.seconds + 30
    }
}

extension Buyer {
    /// As if nobody could have taken it any more.
    fileprivate mutating func expire(_ held: Held) -> [Effect] {
        phase = .over(.cancelled)
        let object = Abort.object(by: held.deal.peer, to: held.deal.peer, payment: held.payment)
        guard let abort = try? Abort(reading: SignedObject(object, held.agreed.signature)) else {
            return []
        }
        return [.record(.kept(Kept(held), abort))]
    }
}
#endif
