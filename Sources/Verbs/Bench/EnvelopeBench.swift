internal import Sealing
internal import Wire
internal import Words

/// Sealing and opening an envelope, against the bare libsodium calls it needs.
package enum EnvelopeBench {
    package struct Result: Sendable {
        package let name: String
        /// Medians, per message sealed and opened.
        package let nanoseconds: Double
        package let rawNanoseconds: Double
        /// The median of the rounds' own ratios: both halves of a round share its weather.
        package let ratio: Double
        package let target: Double
    }

    /// Measures `rounds` times, ours and the yardstick in turn.
    package static func run(rounds: Int = 15, messages: Int = 200) -> [Result] {
        var pair = Pair()
        let raw = RawYardstick(
            statementBytes: pair.message.object.wireBytes.count,
            paddedBytes: pair.message.padded.count
        )
        return [
            compare("first", rounds, messages, { pair.first() }, { raw.first() }),
            compare("following", rounds, messages, { pair.following() }, { raw.following() }),
        ]
    }

    private static func compare(
        _ name: String,
        _ rounds: Int,
        _ messages: Int,
        _ ours: () -> Bool,
        _ raw: () -> Bool
    ) -> Result {
        precondition(rounds >= 7, "a median of fewer than 7 rounds says little")
        var (own, bare): ([Double], [Double]) = ([], [])
        _ = (time(messages, ours), time(messages, raw))
        for _ in 0..<rounds {
            own.append(time(messages, ours))
            bare.append(time(messages, raw))
        }
        return Result(
            name: "envelope, \(name) message",
            nanoseconds: median(own),
            rawNanoseconds: median(bare),
            ratio: median(zip(own, bare).map { $0 / $1 }),
            target: 1.15
        )
    }

    private static func time(_ messages: Int, _ work: () -> Bool) -> Double {
        let start = ContinuousClock.now
        for _ in 0..<messages {
            guard work() else { preconditionFailure("an envelope of the bench did not open") }
        }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return (Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(messages)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
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
