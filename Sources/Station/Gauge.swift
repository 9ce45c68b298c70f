import Host
import Synchronization
import Wallet
import Wire
package import Words

/// Stands at a node's seams and notes what passes them, for whoever measures it.
///
/// The node does not know: it asks its log, its desk and its keys as ever, and they are these,
/// around the real ones. Nobody else has one.
package final class Gauge {
    /// What is noted of a payment, in the order in which it happens.
    package enum Point: Int, Hashable, Sendable, CaseIterable {
        /// OFFER is about to be signed and sealed.
        case offered
        /// COMMIT-REQUEST is.
        case requested
        /// The first group with a step of the payment is synced: a buyer's units are held, or a
        /// seller has been paid.
        case recorded
        /// Its last one is.
        case finished
    }

    package struct Mark: Hashable, Sendable {
        package let payment: PaymentID
        package let point: Point
        /// On the clock that only goes on, which all processes of a host share.
        package let nanoseconds: UInt64
    }

    /// What the processor does for a payment, as far as it is told apart.
    package enum Part: Int, Hashable, Sendable, CaseIterable {
        /// Signing, checking signatures and certificates, sealing a key to somebody.
        case publicKey
        /// Sealing and opening what goes on the air, and what goes to the disk.
        case symmetric
        /// The journal and SQLite, without what they seal.
        case journal
    }

    package private(set) var marks: [Mark] = []
    package private(set) var finished = 0
    fileprivate let signing = SigningTimes()
    let tally: PartTally?

    /// `parts` costs: each time something is told apart, the processor's clock is read twice.
    package init(parts: Bool) { tally = parts ? PartTally() : nil }

    /// Forgets what was noted.
    package func clear() {
        (marks, finished) = ([], 0)
        tally?.clear()
    }

    /// Nanoseconds of the processor since it was cleared.
    package func nanoseconds(_ part: Part) -> UInt64 { tally?.nanoseconds(part) ?? 0 }

    fileprivate func willSeal(_ message: SignedObject, _ hash: Hash) {
        guard let began = signing.take(hash), let payment = message.object.payment else { return }
        switch message.object.kind {
        case .offer: marks.append(Mark(payment: payment, point: .offered, nanoseconds: began))
        case .commitRequest:
            marks.append(Mark(payment: payment, point: .requested, nanoseconds: began))
        default: return
        }
    }

    fileprivate func didKeep(_ steps: [Step]) {
        let now = Process.nanoseconds
        for step in steps {
            guard let payment = PaymentID(step.payment) else { continue }
            switch step.standing {
            case .unchanged: continue
            case .open:
                marks.append(Mark(payment: payment, point: .recorded, nanoseconds: now))
            case .finished:
                marks.append(Mark(payment: payment, point: .finished, nanoseconds: now))
                finished += 1
            }
        }
    }
}

/// What the processor did for each part, on all threads.
final class PartTally: Sendable {
    private let sums = Mutex([UInt64](repeating: 0, count: Gauge.Part.allCases.count))

    func clear() { sums.withLock { sums in sums = sums.map { _ in 0 } } }

    func nanoseconds(_ part: Gauge.Part) -> UInt64 { sums.withLock { $0[part.rawValue] } }

    /// Does something that belongs to a part; what lies `within` another is taken out of that.
    func count<Answer, Fault: Error>(
        _ part: Gauge.Part,
        within other: Gauge.Part? = nil,
        _ body: () throws(Fault) -> Answer
    ) throws(Fault) -> Answer {
        let began = Process.threadNanoseconds
        defer {
            let took = Process.threadNanoseconds &- began
            sums.withLock { sums in
                sums[part.rawValue] &+= took
                if let other { sums[other.rawValue] &-= took }
            }
        }
        return try body()
    }
}

extension Optional<PartTally> {
    /// The same, or nothing but the body where nobody counts.
    fileprivate func count<Answer, Fault: Error>(
        _ part: Gauge.Part,
        within other: Gauge.Part? = nil,
        _ body: () throws(Fault) -> Answer
    ) throws(Fault) -> Answer {
        guard let self else { return try body() }
        return try self.count(part, within: other, body)
    }
}

// MARK: The seams

/// A log that is timed.
final class GaugedLog: Log {
    private let log: any Log
    private let gauge: Gauge

    init(_ log: any Log, _ gauge: Gauge) { (self.log, self.gauge) = (log, gauge) }

    func keep(_ steps: [Step]) throws(LogFault) {
        try gauge.tally.count(.journal) { () throws(LogFault) in try log.keep(steps) }
        gauge.didKeep(steps)
    }

    func reserve(_ payment: [UInt8], _ room: Room) throws(LogFault) -> Bool {
        try gauge.tally.count(.journal) { () throws(LogFault) in
            try log.reserve(payment, room)
        }
    }

    func release(_ payment: [UInt8]) { log.release(payment) }

    func look(_ table: Table, _ key: [UInt8]) throws(LogFault) -> [UInt8]? {
        try gauge.tally.count(.journal) { () throws(LogFault) in try log.look(table, key) }
    }

    func settle() throws(LogFault) {
        try gauge.tally.count(.journal) { () throws(LogFault) in try log.settle() }
    }
}

/// What a journal hides with, timed; it is asked within the journal's own time.
struct GaugedHiding: Hiding {
    let hiding: any Hiding
    let tally: PartTally

    func hide(_ bytes: [UInt8], context: [UInt8], chance: inout some Chance) -> [UInt8] {
        tally.count(.symmetric, within: .journal) {
            hiding.hide(bytes, context: context, chance: &chance)
        }
    }

    func show(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]? {
        tally.count(.symmetric, within: .journal) { hiding.show(bytes, context: context) }
    }

    func mac(_ bytes: [UInt8]) -> Hash {
        tally.count(.symmetric, within: .journal) { hiding.mac(bytes) }
    }
}

/// A desk that is timed.
final class GaugedDesk: Desk {
    private let desk: any Desk
    private let gauge: Gauge

    init(_ desk: any Desk, _ gauge: Gauge) { (self.desk, self.gauge) = (desk, gauge) }

    func announce(chance: inout any Chance) -> SealingKey {
        gauge.tally.count(.publicKey) { desk.announce(chance: &chance) }
    }

    func withdraw(_ key: SealingKey) { desk.withdraw(key) }

    func begin(to key: SealingKey, chance: inout any Chance) -> Way? {
        gauge.tally.count(.publicKey) { desk.begin(to: key, chance: &chance) }
    }

    func seal(
        _ message: SignedObject,
        hash: Hash,
        on way: Way,
        isFirst: Bool,
        chance: inout any Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        gauge.willSeal(message, hash)
        return try gauge.tally.count(.symmetric) { () throws(EnvelopeFault) in
            try desk.seal(message, hash: hash, on: way, isFirst: isFirst, chance: &chance)
        }
    }

    func admit(_ receiver: Key) { desk.admit(receiver) }

    func dismiss(_ receiver: Key) { desk.dismiss(receiver) }

    func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> Opened {
        // One that carries a sealed key costs what that key's opening costs.
        let isFirst = (try? Datagram(datagram))?.sealedKey != nil
        return try gauge.tally.count(isFirst ? .publicKey : .symmetric) {
            () throws(EnvelopeFault) in try desk.open(datagram)
        }
    }

    func listen(_ way: Way) { desk.listen(way) }

    func forget(_ way: Way) { desk.forget(way) }
}

/// Keys whose signing is timed.
final class GaugedKeys: Keys {
    private let keys: any Keys
    private let gauge: Gauge
    let identity: any Signing

    init(_ keys: any Keys, _ gauge: Gauge) {
        (self.keys, self.gauge) = (keys, gauge)
        identity = GaugedSigner(
            signer: keys.identity,
            times: gauge.signing,
            tally: gauge.tally
        )
    }

    func payment(in epoch: Epoch, chance: inout any Chance) -> PaymentID {
        keys.payment(in: epoch, chance: &chance)
    }

    func isOwn(_ payment: PaymentID) -> Bool { keys.isOwn(payment) }

    func oneTime(chance: inout any Chance) -> any Signing {
        gauge.tally.count(.publicKey) { keys.oneTime(chance: &chance) }
    }
}

/// A key whose signing is timed.
private struct GaugedSigner: Signing {
    let signer: any Signing
    let times: SigningTimes
    let tally: PartTally?

    var key: Key { signer.key }

    func sign(_ hash: Hash) -> Signature {
        times.begin(hash)
        return tally.count(.publicKey) { signer.sign(hash) }
    }
}

/// When what has a name was about to be signed.
private final class SigningTimes: Sendable {
    private let times = Mutex<[Hash: UInt64]>([:])

    func begin(_ hash: Hash) { times.withLock { $0[hash] = Process.nanoseconds } }

    func take(_ hash: Hash) -> UInt64? { times.withLock { $0.removeValue(forKey: hash) } }
}

/// Checks that are timed, on whatever thread.
struct GaugedChecks: Checking, Sendable {
    let checks: any Checking & Sendable
    let tally: PartTally

    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        tally.count(.publicKey) { checks.isSigned(hash, by: key, with: signature) }
    }

    func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        try tally.count(.publicKey) { () throws(CertificateFault) in
            try checks.certificate(der, issuedBy: issuer)
        }
    }
}
