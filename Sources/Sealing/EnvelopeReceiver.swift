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
        }

        private struct Conversation: Sendable {
            let key: MessageKey
            var assemblies: [Assembly] = []

            /// Puts a part with the others of its message; the whole once it is there.
            mutating func take(
                _ part: [UInt8],
                _ fragment: Fragment
            ) throws(EnvelopeFault) -> [UInt8]? {
                if !assemblies.contains(where: { $0.number == fragment.number }) {
                    if assemblies.count == Limits.assembliesPerConversation {
                        assemblies.removeFirst()
                    }
                    assemblies.append(Assembly(for: fragment))
                }
                let at = assemblies.firstIndex { $0.number == fragment.number }
                guard let at else { preconditionFailure("the assembly was just made") }
                guard let whole = try assemblies[at].take(part, of: fragment) else { return nil }
                assemblies.remove(at: at)
                return whole
            }
        }

        /// A long first message that is still arriving, known by its sealed key.
        private struct Stranger: Sendable {
            let sealed: [UInt8]
            var conversation: Conversation
        }

        private let key: Key
        private let doors: [Door]
        private var known: [UInt64: Conversation] = [:]
        private var strangers: [Stranger] = []

        /// Whether an answer is awaited that may come in parts.
        ///
        /// Setting it to false forgets the parts that came.
        package var awaitsLongFirst = false {
            didSet { if !awaitsLongFirst { strangers = [] } }
        }

        /// Opens for `key` what is sealed to any of `secrets`; under load only what carries
        /// the cookie that was handed out.
        package init(_ key: Key, openingWith secrets: [SealingSecret], cookie: [UInt8] = []) {
            self.key = key
            doors = secrets.map { secret in
                Door(secret: secret, tagKey: TagKey(of: secret.key, cookie: cookie))
            }
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

        package mutating func forget(_ key: MessageKey) {
            known[key.followingTag] = nil
        }

        /// Opens one datagram, cheapest check first.
        package mutating func open(_ bytes: [UInt8]) throws(EnvelopeFault) -> Arrival {
            let datagram = try Datagram(bytes)
            return switch datagram.kind {
            case .first: try openFirst(datagram)
            case .firstFragment: try openFirstFragment(datagram)
            case .following, .followingFragment: try openFollowing(datagram)
            }
        }

        private func openFirst(_ datagram: Datagram) throws(EnvelopeFault) -> Arrival {
            let key = try secretKey(of: datagram, through: door(of: datagram))
            return try message(plaintext(of: datagram, key), key)
        }

        private mutating func openFollowing(
            _ datagram: Datagram
        ) throws(EnvelopeFault) -> Arrival {
            guard let key = known[datagram.tag]?.key else { throw .tag }
            let plain = try plaintext(of: datagram, key)
            guard let fragment = datagram.fragment else { return try message(plain, key) }
            guard let whole = try known[datagram.tag]?.take(plain, fragment) else { return .part }
            return try message(whole, key)
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
                guard let whole = try strangers[at].conversation.take(plain, fragment) else {
                    return .part
                }
                if strangers[at].conversation.assemblies.isEmpty { strangers.remove(at: at) }
                return try message(whole, key)
            }
            let key = try secretKey(of: datagram, through: door)
            var conversation = Conversation(key: key)
            _ = try conversation.take(plaintext(of: datagram, key), fragment)
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

        private func secretKey(
            of datagram: Datagram,
            through door: Door
        ) throws(EnvelopeFault) -> MessageKey {
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
            _ key: MessageKey
        ) throws(EnvelopeFault) -> Arrival {
            let message = try SignedObject(padded: padded)
            guard message.object.receiver == self.key else { throw .notForMe }
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
