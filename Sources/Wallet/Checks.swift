import Commit
import Money
import Wire
import Words

/// The checks that were ordered and are not done: what each was for.
///
/// There is a bound; what comes on top is dropped, as the air would have dropped it.
struct Checks: Sendable {
    enum Purpose: Sendable {
        case message(Arrival)
        case window(Window)
        case revocation(Revocation)
        case stick(Stick)
        /// AGREED of a payment that the archive does not know.
        case presumption(Arrival)
        /// A decision that came by hand.
        case brought(SignedObject)
        /// The other decision of a payment that has one already.
        case contradiction(Decision)
    }

    private var waiting: [UInt64: Purpose] = [:]
    private var messages: Set<SignedObject> = []
    private var next: UInt64 = 0

    /// The number to order it under; nil when there are too many, or when this very message is
    /// being checked already.
    mutating func add(_ purpose: Purpose) -> UInt64? {
        guard waiting.count < Limits.checksAtOnce else { return nil }
        if case .message(let arrival) = purpose {
            guard messages.insert(arrival.message).inserted else { return nil }
        }
        next += 1
        waiting[next] = purpose
        return next
    }

    mutating func take(_ number: UInt64) -> Purpose? {
        guard let purpose = waiting.removeValue(forKey: number) else { return nil }
        if case .message(let arrival) = purpose { messages.remove(arrival.message) }
        return purpose
    }
}

extension Wallet {
    mutating func order(_ job: Job, _ purpose: Checks.Purpose) {
        guard let number = checks.add(purpose) else { return }
        orders.append(.check(number, job))
    }

    /// Orders the check of a message's own signature.
    mutating func orderSignature(_ arrival: Arrival, hash: Hash? = nil) {
        let message = arrival.message
        order(
            .signature(
                hash ?? message.object.hash,
                by: message.object.sender,
                message.signature
            ),
            .message(arrival)
        )
    }

    mutating func check(
        _ number: UInt64,
        _ verdict: Verdict,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard let purpose = checks.take(number) else { return }
        if case .message(let arrival) = purpose {
            // As if it had never come.
            guard verdict != .forged else { return }
            return believe(arrival, verdict, at: instant, &tools)
        }
        switch (purpose, verdict) {
        case (.contradiction, .forged), (.presumption, .forged): return
        case (.presumption(let arrival), _):
            presumeAbort(arrival.message, arrival.route, &tools)
        case (_, .forged), (_, .refused):
            orders.append(.tell(.denied(.refused(verdict.name))))
        case (.window(let window), _): open(window)
        case (.revocation(let revocation), _): learn(revocation)
        case (.stick(let stick), .stick(_, let certified)): charged(stick, certified)
        case (.brought(let signed), _): decide(signed, from: nil, at: instant, &tools)
        case (.contradiction(let other), _): keepProof(other)
        case (.stick, _), (.message, _): return
        }
    }
}

extension Verdict {
    fileprivate var name: Text {
        if case .refused(let refusal) = self { return Reason.name(refusal) }
        return Reason.unknown
    }
}
