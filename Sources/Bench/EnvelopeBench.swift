internal import Command
internal import Homes
internal import Sealing
internal import Wire
internal import Words

/// Sealing and opening an envelope, against the bare libsodium calls it needs.
package enum EnvelopeBench {
    package static func run(rounds: Int = 61, messages: Int = 20) -> [Comparison] {
        var pair = Pair()
        let raw = RawYardstick(
            statementBytes: pair.message.object.wireBytes.count,
            paddedBytes: pair.message.padded.count
        )
        return [
            Comparison(
                "envelope, first message",
                target: 1.15,
                rounds: rounds,
                count: messages,
                ours: { pair.first() },
                raw: { raw.first() }
            ),
            Comparison(
                "envelope, following message",
                target: 1.15,
                rounds: rounds,
                count: messages,
                ours: { pair.following() },
                raw: { raw.following() }
            ),
        ]
    }
}

/// Two devices and one message between them.
private struct Pair {
    private let identity: Identity
    private let sealing: SealingSecret
    private let sender: Envelope.Sender
    private var receiver: Envelope.Receiver
    private var chance = SystemChance()
    let message: SignedObject

    init() {
        identity = Identity(chance: &chance)
        sealing = SealingSecret(chance: &chance)
        let other = Identity(chance: &chance)
        receiver = Envelope.Receiver(other.key, openingWith: [sealing])
        message = .signed(
            Object(.commit, from: identity.key, to: other.key, content: chance.bytes(300)),
            by: identity
        )
        guard let sender = Envelope.Sender(to: sealing.key, chance: &chance) else {
            preconditionFailure("a fresh sealing key is sound")
        }
        self.sender = sender
        guard let key = Self.opened(&receiver, first(by: sender))?.key else {
            preconditionFailure("the first message opens")
        }
        receiver.remember(key)
    }

    mutating func first() -> Bool {
        guard let sender = Envelope.Sender(to: sealing.key, chance: &chance) else { return false }
        return isGood(Self.opened(&receiver, first(by: sender)))
    }

    mutating func following() -> Bool {
        let (object, hash) = (message.object, message.object.hash)
        let signed = SignedObject(object, identity.sign(hash))
        let sent = try? sender.following(signed, hash: hash, chance: &chance)
        return isGood(Self.opened(&receiver, sent ?? []))
    }

    private mutating func first(by sender: Envelope.Sender) -> [[UInt8]] {
        let object = message.object
        let hash = object.hash
        let signed = SignedObject(object, identity.sign(hash))
        return (try? sender.first(signed, hash: hash, chance: &chance)) ?? []
    }

    private func isGood(_ found: (message: SignedObject, key: MessageKey)?) -> Bool {
        guard let message = found?.message else { return false }
        return Ed25519().isSigned(
            message.object.hash,
            by: message.object.sender,
            with: message.signature
        )
    }

    private static func opened(
        _ receiver: inout Envelope.Receiver,
        _ datagrams: [[UInt8]]
    ) -> (message: SignedObject, key: MessageKey)? {
        guard let datagram = datagrams.first, let arrival = try? receiver.open(datagram) else {
            return nil
        }
        return switch arrival {
        case .message(let message, let key): (message, key)
        case .part: nil
        }
    }
}
