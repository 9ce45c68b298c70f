package import Wire
package import Words

/// The desk of a real node: one secret key per conversation, sealed once by whoever began it.
package final class EnvelopeDesk: Desk {
    private var receiver: Envelope.Receiver
    private var begun: [Way: Envelope.Sender] = [:]
    private var unheard = Unheard<MessageKey>()

    /// Opens for `identity` what is sealed to any of its certified keys.
    package init(identity key: Key, sealing secrets: [SealingSecret]) {
        receiver = Envelope.Receiver(key, openingWith: secrets)
    }

    package func announce(chance: inout any Chance) -> SealingKey {
        let secret = SealingSecret(chance: &chance)
        receiver.announce(secret)
        return secret.key
    }

    package func withdraw(_ key: SealingKey) { receiver.withdraw(key) }

    package func begin(to key: SealingKey, chance: inout any Chance) -> Way? {
        guard let sender = Envelope.Sender(to: key, chance: &chance) else { return nil }
        let way = Way(sender.key.followingTag)
        begun[way] = sender
        receiver.remember(sender.key)
        return way
    }

    package func seal(
        _ message: SignedObject,
        hash: Hash,
        on way: Way,
        isFirst: Bool,
        chance: inout any Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        guard let key = receiver.key(of: way) ?? unheard[way] else { throw .tag }
        guard isFirst else { return try key.seal(message.padded, hash, nil, &chance) }
        guard let sender = begun[way] else { throw .sealedKey }
        return try sender.first(message, hash: hash, chance: &chance)
    }

    package func admit(_ key: Key) { receiver.admit(key) }

    package func dismiss(_ key: Key) { receiver.dismiss(key) }

    package func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> Opened {
        switch try receiver.open(datagram) {
        case .part: return .part
        case .message(let message, let key):
            let way = Way(key.followingTag)
            if receiver.key(of: way) == nil { unheard.put(key, under: way) }
            return .message(message, way)
        }
    }

    /// Whether following messages on that way are opened: what can be asked of one before it
    /// costs anything.
    package func knows(_ way: Way) -> Bool { receiver.key(of: way) != nil }

    /// How many sealed keys were opened so far, or tried to: each is public-key work that anybody
    /// can ask for.
    package var opened: UInt64 { receiver.opened }

    package func listen(_ way: Way) {
        guard let key = unheard.take(way) else { return }
        receiver.remember(key)
    }

    package func forget(_ way: Way) {
        begun[way] = nil
        receiver.forget(way)
        _ = unheard.take(way)
    }
}
