package import Wire
package import Words

extension Envelope {
    /// What became of a datagram.
    package enum Arrival: Sendable {
        /// A whole message, canonical and meant for us. Its signature is not checked yet; the
        /// key is what following messages come under, once the owner has it remembered.
        case message(SignedObject, MessageKey)
        /// One more part of a long message, or one that was here already.
        case part
    }

    /// Opens what arrives for one identity.
    ///
    /// It remembers only what its owner tells it to, so a stranger's first message, which
    /// anybody can make, costs one opening and leaves nothing behind.
    package struct Receiver: Sendable {
        private struct Door: Sendable {
            let secret: SealingSecret
            let tagKey: TagKey
            /// Whom first messages sealed to it are for.
            let receiver: Key
        }

        private struct Conversation: Sendable {
            let key: MessageKey
            var assemblies = Assemblies()
        }

        /// A long first message that is still arriving, known by its sealed key.
        private struct Stranger: Sendable {
            let sealed: [UInt8]
            var conversation: Conversation
        }

        private let key: Key
        private var doors: [Door]
        /// Whom following messages may be for.
        private var receivers: Set<Key>
        private var known: [UInt64: Conversation] = [:]
        private var strangers: [Stranger] = []
        /// How many sealed keys were opened so far, or tried to.
        private(set) var opened: UInt64 = 0

        /// Whether an answer is awaited that may come in parts.
        ///
        /// Setting it to false forgets the parts that came.
        package var awaitsLongFirst = false {
            didSet { if !awaitsLongFirst { strangers = [] } }
        }

        /// Opens for `key` what is sealed to any of `secrets`; under load only what carries
        /// the cookie that was handed out.
        package init(_ key: Key, openingWith secrets: [SealingSecret], cookie: [UInt8] = []) {
            (self.key, receivers) = (key, [key])
            doors = secrets.map { secret in
                let tagKey = TagKey(of: secret.key, cookie: cookie)
                return Door(secret: secret, tagKey: tagKey, receiver: key)
            }
        }

        /// Opens also what is sealed to a key that was announced, and is for that key itself.
        package mutating func announce(_ secret: SealingSecret) {
            let tagKey = TagKey(of: secret.key, cookie: [])
            let receiver = Key(secret.key.bytes)
            doors.append(Door(secret: secret, tagKey: tagKey, receiver: receiver))
        }

        package mutating func withdraw(_ key: SealingKey) {
            doors.removeAll { $0.secret.key == key && $0.receiver == Key(key.bytes) }
        }

        /// Takes following messages for a one-time key of ours too.
        package mutating func admit(_ receiver: Key) { receivers.insert(receiver) }

        package mutating func dismiss(_ receiver: Key) {
            guard receiver != key else { return }
            receivers.remove(receiver)
        }

        /// Takes following messages under this key from now on.
        ///
        /// False when its tag is taken: the conversation is known already (its first message
        /// was repeated).
        @discardableResult
        package mutating func remember(_ key: MessageKey) -> Bool {
            guard known[key.followingTag] == nil else { return false }
            known[key.followingTag] = Conversation(key: key)
            return true
        }

        package mutating func forget(_ key: MessageKey) { forget(Way(key.followingTag)) }

        package mutating func forget(_ way: Way) { known[way.number] = nil }

        /// The key of a way that is known.
        package func key(of way: Way) -> MessageKey? { known[way.number]?.key }

        /// Opens one datagram, cheapest check first.
        package mutating func open(_ bytes: [UInt8]) throws(EnvelopeFault) -> Arrival {
            let datagram = try Datagram(bytes)
            return switch datagram.kind {
            case .first: try openFirst(datagram)
            case .firstFragment: try openFirstFragment(datagram)
            case .following, .followingFragment: try openFollowing(datagram)
            }
        }

        private mutating func openFirst(_ datagram: Datagram) throws(EnvelopeFault) -> Arrival {
            let door = try door(of: datagram)
            let key = try secretKey(of: datagram, through: door)
            return try message(plaintext(of: datagram, key), key) { $0 == door.receiver }
        }

        private mutating func openFollowing(
            _ datagram: Datagram
        ) throws(EnvelopeFault) -> Arrival {
            guard let key = known[datagram.tag]?.key else { throw .tag }
            var plain = try plaintext(of: datagram, key)
            if let fragment = datagram.fragment {
                let whole = try known[datagram.tag]?.assemblies.take(plain, of: fragment)
                guard let whole else { return .part }
                plain = whole
            }
            return try message(plain, key, isFor: receivers.contains)
        }

        private mutating func openFirstFragment(
            _ datagram: Datagram
        ) throws(EnvelopeFault) -> Arrival {
            let door = try door(of: datagram)
            guard awaitsLongFirst else { throw .notAwaited }
            guard let fragment = datagram.fragment else {
                preconditionFailure("a fragment's frame has its number")
            }
            let sealed = sealedKey(of: datagram)
            if let at = strangers.firstIndex(where: { $0.sealed == sealed }) {
                let key = strangers[at].conversation.key
                let plain = try plaintext(of: datagram, key)
                let whole = try strangers[at].conversation.assemblies.take(plain, of: fragment)
                guard let whole else { return .part }
                if strangers[at].conversation.assemblies.isEmpty { strangers.remove(at: at) }
                return try message(whole, key) { $0 == door.receiver }
            }
            let key = try secretKey(of: datagram, through: door)
            var conversation = Conversation(key: key)
            _ = try conversation.assemblies.take(plaintext(of: datagram, key), of: fragment)
            if strangers.count == Limits.assembliesOfStrangers { strangers.removeFirst() }
            strangers.append(Stranger(sealed: sealed, conversation: conversation))
            return .part
        }

        private func door(of datagram: Datagram) throws(EnvelopeFault) -> Door {
            for door in doors where door.tagKey.tag(of: datagram.bytes) == datagram.tag {
                return door
            }
            throw .tag
        }

        private func sealedKey(of datagram: Datagram) -> [UInt8] {
            Array(datagram.bytes[datagram.sealedKey ?? 0..<0])
        }

        private mutating func secretKey(
            of datagram: Datagram,
            through door: Door
        ) throws(EnvelopeFault) -> MessageKey {
            opened += 1
            guard let key = door.secret.open(sealedKey(of: datagram)) else { throw .sealedKey }
            return key
        }

        private func plaintext(
            of datagram: Datagram,
            _ key: MessageKey
        ) throws(EnvelopeFault) -> [UInt8] {
            let plain = unsafe key.lend { key in
                unsafe Box.open(
                    datagram.bytes,
                    datagram.box,
                    nonce: datagram.nonce,
                    vouching: datagram.associatedData,
                    key: key
                )
            }
            guard let plain else { throw .box }
            return plain
        }

        private func message(
            _ padded: [UInt8],
            _ key: MessageKey,
            isFor me: (Key) -> Bool
        ) throws(EnvelopeFault) -> Arrival {
            let message = try SignedObject(padded: padded)
            guard me(message.object.receiver) else { throw .notForMe }
            return .message(message, key)
        }
    }
}

extension SignedObject {
    /// Throws unless the sender signed it.
    ///
    /// `hash` is the object's name: `object.hash`, or for a handover Money's.
    package func check(_ checking: some Checking, hash: Hash) throws(EnvelopeFault) {
        guard checking.isSigned(hash, by: object.sender, with: signature) else {
            throw .signature
        }
    }
}
