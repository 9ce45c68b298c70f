import Sealing
import StandIns
import Testing
import Wire
import Words

/// Which desk and keys a test runs with: they differ in cost, and in nothing a node could see.
enum Make: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case standIn, real

    var testDescription: String { rawValue }

    func party(_ name: String, seed: UInt64) -> Party {
        switch self {
        case .standIn:
            let keys = StandInKeys(name)
            let desk = StandInDesk(identity: keys.identity.key, sealing: [keys.sealing])
            return Party(keys, keys.sealing, desk, StandInChecking(), seed)
        case .real:
            // The same name is the same secrets, as after a restart.
            var born = SeededChance(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
            let ring = KeyRing(chance: &born)
            let desk = EnvelopeDesk(identity: ring.identity.key, sealing: [ring.sealing])
            return Party(ring.keys, ring.sealing.key, desk, SignaturesOnly(), seed)
        }
    }
}

/// Signatures as they are, and no certificates: those have tests of their own.
struct SignaturesOnly: Checking {
    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        Ed25519().isSigned(hash, by: key, with: signature)
    }

    func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        throw .unusable("this test has no certificates")
    }
}

/// Somebody with a desk.
final class Party {
    let keys: any Keys
    let sealing: SealingKey
    let desk: any Desk
    let checking: any Checking
    var chance: any Chance

    init(
        _ keys: any Keys,
        _ sealing: SealingKey,
        _ desk: any Desk,
        _ checking: any Checking,
        _ seed: UInt64
    ) {
        (self.keys, self.sealing, self.desk) = (keys, sealing, desk)
        (self.checking, chance) = (checking, SeededChance(seed: seed))
    }

    var key: Key { keys.identity.key }

    /// A statement of ours to somebody, told apart from others by its mark.
    func says(
        to receiver: Key,
        mark: UInt8 = 0,
        bytes count: Int = 40
    ) -> SignedObject {
        let object = Object(
            .commit,
            from: key,
            to: receiver,
            payment: PaymentID([UInt8](repeating: 0, count: 7) + [1] + (0..<32)),
            content: [mark] + (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        )
        return SignedObject(object, keys.identity.sign(object.hash))
    }

    func seal(
        _ message: SignedObject,
        on way: Way,
        isFirst: Bool = false
    ) throws(EnvelopeFault) -> [[UInt8]] {
        try desk.seal(
            message,
            hash: message.object.hash,
            on: way,
            isFirst: isFirst,
            chance: &chance
        )
    }

    func begin(to key: SealingKey) -> Way? { desk.begin(to: key, chance: &chance) }

    /// The message that a datagram is, or completes.
    func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> (message: SignedObject, way: Way)? {
        switch try desk.open(datagram) {
        case .message(let message, let way): (message, way)
        case .part: nil
        }
    }

    /// Why a datagram is refused; nil when it is not.
    func refusal(_ datagram: [UInt8]) -> EnvelopeFault? {
        fault { () throws(EnvelopeFault) in _ = try desk.open(datagram) }
    }

    /// Why nothing is sealed; nil when it is.
    func refusesToSeal(on way: Way, isFirst: Bool = false) -> EnvelopeFault? {
        fault { () throws(EnvelopeFault) in
            _ = try seal(says(to: key), on: way, isFirst: isFirst)
        }
    }
}

private func fault(_ body: () throws(EnvelopeFault) -> Void) -> EnvelopeFault? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}
