import Commit
import Money
import Wire
import Words

/// The checks that were ordered and are not done: what each was for.
///
/// There is a bound; what comes on top is dropped, as the air would have dropped it.
struct Checks: Sendable {
    enum Purpose: Sendable {
        case message(Arrival, Said)
        case window(Window)
        case revocation(Revocation)
        /// What came with one answer: all of it is taken, or none.
        case papers([SignedObject])
        case stick(Stick)
        case delivery(Delivery, [Stick])
        /// Our own signature on a place that we have not come to.
        case ownPast
        /// AGREED of a payment that the archive does not know.
        case presumption(Arrival)
        /// The decision that a payment has, and the other one of the same payee.
        case contradiction(Decision, Decision, Arrival)
        /// The payee's own COMMIT of a payment that an office's has ended.
        case settled(Commit, Arrival)

        /// The message that it is about, if it is one.
        var arrival: Arrival? {
            switch self {
            case .message(let arrival, _), .presumption(let arrival),
                .contradiction(_, _, let arrival), .settled(_, let arrival):
                arrival
            case .window, .revocation, .papers, .stick, .delivery, .ownPast: nil
            }
        }
    }

    private var waiting: [UInt64: Purpose] = [:]
    private var messages: Set<SignedObject> = []
    private var next: UInt64 = 0

    /// The number to order it under; nil when there are too many, or when this very message is
    /// being checked already.
    mutating func add(_ purpose: Purpose) -> UInt64? {
        guard waiting.count < Limits.checksAtOnce else { return nil }
        if case .message(let arrival, _) = purpose {
            guard messages.insert(arrival.message).inserted else { return nil }
        }
        next += 1
        waiting[next] = purpose
        return next
    }

    mutating func take(_ number: UInt64) -> Purpose? {
        guard let purpose = waiting.removeValue(forKey: number) else { return nil }
        if case .message(let arrival, _) = purpose { messages.remove(arrival.message) }
        return purpose
    }
}

extension Wallet {
    /// False when there is no room for one more.
    @discardableResult
    mutating func order(_ job: Job, _ purpose: Checks.Purpose) -> Bool {
        guard let number = checks.add(purpose) else { return false }
        orders.append(.check(number, job))
        return true
    }

    /// Orders the check of a message's own signature.
    mutating func orderSignature(_ arrival: Arrival, _ said: Said, hash: Hash? = nil) {
        let message = arrival.message
        order(
            .signature(
                hash ?? message.object.hash,
                by: message.object.sender,
                message.signature
            ),
            .message(arrival, said)
        )
    }

    mutating func check(
        _ number: UInt64,
        _ verdict: Verdict,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        guard let purpose = checks.take(number) else { return }
        if let arrival = purpose.arrival {
            if verdict == .forged {
                // As if it had never come; but who brought it is told.
                if arrival.route == nil { deny(.refused(verdict.name)) }
                return
            }
            believe(purpose, arrival, verdict, at: instant, &tools)
            if arrival.route == nil, orders.isEmpty { deny(.nothingNew) }
            return
        }
        switch (purpose, verdict) {
        case (.ownPast, .forged): return
        case (.ownPast, _): rolledBack(Reason.rolledBack)
        case (_, .forged), (_, .refused), (_, .caught):
            if case .stick(let stick) = purpose { putAside(stick.id, &tools) }
            orders.append(.tell(.denied(.refused(verdict.name))))
        case (.window(let window), _): open(window)
        case (.revocation(let revocation), _): hear(revocation)
        case (.papers(let papers), .papers(let certificates)):
            // A window may be for as long as the certificate that came with it.
            if !certificates.isEmpty { renew(certificates) }
            learn(papers, at: instant, &tools)
        case (.stick(let stick), .stick(_, let certified)): charged(stick, certified)
        case (.delivery(let delivery, let sticks), .stick(_, let certified)):
            take(delivery, sticks, certified, at: instant, tools)
        case (.stick, _), (.delivery, _), (.papers, _), (.message, _), (.presumption, _),
            (.contradiction, _),
            (.settled, _):
            return
        }
    }

    /// What came was signed by whoever it says it is from.
    private mutating func believe(
        _ purpose: Checks.Purpose,
        _ arrival: Arrival,
        _ verdict: Verdict,
        at instant: Instant,
        _ tools: inout Tools
    ) {
        switch purpose {
        case .message(_, let said): believe(said, arrival, verdict, at: instant, &tools)
        case .presumption: presumeAbort(arrival.message, arrival.route, &tools)
        case .contradiction(let known, let other, _): keepProof(other, beside: known)
        case .settled(let commit, _): answer(commit, to: commit.sender, arrival.route, tools)
        case .window, .revocation, .papers, .stick, .delivery, .ownPast: return
        }
    }
}

extension Verdict {
    fileprivate var name: Text {
        if case .refused(let refusal) = self { return Reason.name(refusal) }
        return Reason.unknown
    }
}
