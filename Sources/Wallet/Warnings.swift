import Commit
import Money
import Words

/// Of whom this wallet warns those whom it pays and is paid by, and what it has said to whom.
///
/// Nothing of it lasts: what it knows stands in the rows of its proofs and revocations.
struct Warnings: Sendable {
    /// What a warning is about.
    enum Subject: Hashable, Sendable {
        case proof(Key)
        case revocation(Key)
    }

    private struct Revoked {
        let key: Key
        let issued: Moment
    }

    private var known: Set<Subject> = []
    private var proofs: [Key] = []
    /// The newest first, once they are sorted.
    private var revoked: [Revoked] = []
    private var isSorted = true

    private var saidTo: [Key: [Subject: Int]] = [:]
    /// Whom it warned, or was warned by; whom it met last stands last.
    private var peers: [Key] = []
    private var taken: [PaymentID: Taken] = [:]

    private struct Taken {
        var count = 0
        var bytes = 0
    }

    /// A datagram may be lost, and nobody says that it came.
    private static let timesEach = 2

    /// Also one that takes the place of another, and is told anew.
    mutating func learn(proofAgainst key: Key) {
        if known.insert(.proof(key)).inserted {
            proofs.append(key)
        } else {
            forgetSaying(.proof(key))
        }
    }

    /// It is new, or says more than what was known of that key.
    mutating func learn(_ revocation: Revocation) {
        let (key, subject) = (revocation.key, Subject.revocation(revocation.key))
        if !known.insert(subject).inserted {
            revoked.removeAll { $0.key == key }
            forgetSaying(subject)
        }
        revoked.append(Revoked(key: key, issued: revocation.issued))
        isSorted = false
    }

    private mutating func forgetSaying(_ subject: Subject) {
        for peer in peers { saidTo[peer]?[subject] = nil }
    }

    /// What that key is to be told next: proofs before revocations, the newest of these, and
    /// first what it was not told yet.
    ///
    /// Whoever remembers nobody, as a process of one payment, begins with another proof each time.
    mutating func next(for peer: Key, in payment: PaymentID) -> [Subject] {
        guard !known.isEmpty else { return [] }
        if !isSorted {
            revoked.sort { ($1.issued, $1.key) < ($0.issued, $0.key) }
            isSorted = true
        }
        let turn = payment.array.suffix(2).reduce(0) { $0 << 8 | Int($1) }
        let some = proofs.indices.prefix(Limits.warningsLookedAt).map {
            Subject.proof(proofs[(turn + $0) % proofs.count])
        }
        let others = (some + revoked.prefix(Limits.warningsLookedAt).map { .revocation($0.key) })
            .filter { $0 != .proof(peer) && $0 != .revocation(peer) }
        let said = saidTo[peer] ?? [:]
        return (0..<Self.timesEach).flatMap { times in
            others.filter { said[$0, default: 0] == times }
        }
    }

    /// It was said to that key, or said by it: then it is not said to it any more.
    mutating func said(_ subject: Subject, to peer: Key, isItsOwn: Bool = false) {
        if saidTo[peer] == nil {
            if peers.count == Limits.peersWarned { saidTo[peers.removeFirst()] = nil }
            peers.append(peer)
        }
        saidTo[peer, default: [:]][subject, default: 0] += isItsOwn ? Self.timesEach : 1
    }

    // MARK: What is taken

    func mayTake(_ bytes: Int, in payment: PaymentID) -> Bool {
        let before = taken[payment, default: Taken()]
        return before.count < Limits.warningsPerPayment
            && before.bytes + bytes <= Limits.warningBytes
    }

    mutating func took(_ bytes: Int, in payment: PaymentID) {
        taken[payment, default: Taken()].count += 1
        taken[payment, default: Taken()].bytes += bytes
    }

    mutating func rest(_ payment: PaymentID) { taken[payment] = nil }
}
