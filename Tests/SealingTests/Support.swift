import Sealing
import Wire
import Words

/// Chance from a seed, so that a failing test fails again.
struct SeededChance: Chance {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return UInt8(truncatingIfNeeded: word ^ word >> 31)
        }
    }
}

/// One device: who it is, and what it opens envelopes with.
struct Device {
    let identity: Identity
    let sealing: SealingSecret
    var receiver: Envelope.Receiver

    init(_ seed: UInt64) {
        var chance = SeededChance(seed)
        identity = Identity(chance: &chance)
        sealing = SealingSecret(chance: &chance)
        receiver = Envelope.Receiver(identity.key, openingWith: [sealing])
    }

    /// Why this device refuses a datagram, or nil when it does not.
    mutating func refusal(_ datagram: [UInt8]) -> EnvelopeFault? {
        do {
            _ = try receiver.open(datagram)
            return nil
        } catch {
            return error
        }
    }

    func says(_ kind: Kind, to other: Device, bytes count: Int = 40) -> SignedObject {
        let object = Object(
            kind,
            from: identity.key,
            to: other.identity.key,
            payment: PaymentID([UInt8](repeating: 0, count: 7) + [1] + (0..<32)),
            content: (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        )
        return .signed(object, by: identity)
    }

    func sender(to other: Device, _ chance: inout SeededChance) -> Envelope.Sender {
        guard let sender = Envelope.Sender(to: other.sealing.key, chance: &chance) else {
            preconditionFailure("a device's sealing key is sound")
        }
        return sender
    }
}

/// Signatures as they are, and no certificates: those have tests of their own.
struct Ed25519Checking: Checking {
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

/// What a test needs of an arrival.
extension Envelope.Arrival {
    var message: SignedObject? {
        switch self {
        case .message(let message, _): message
        case .part: nil
        }
    }

    var key: MessageKey? {
        switch self {
        case .message(_, let key): key
        case .part: nil
        }
    }
}

/// The fault that `body` throws, or nil when it throws none.
func fault(_ body: () throws(EnvelopeFault) -> Void) -> EnvelopeFault? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

/// The tag anyone who knows the receiver's key can make again after changing a datagram.
func retagged(_ datagram: [UInt8], for key: SealingKey) -> [UInt8] {
    var datagram = datagram
    Envelope.setTag(of: &datagram, for: key)
    return datagram
}

func flipped(_ bytes: [UInt8], bit: Int) -> [UInt8] {
    var bytes = bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return bytes
}
