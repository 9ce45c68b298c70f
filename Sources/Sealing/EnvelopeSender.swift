package import Wire
package import Words

/// Signed objects, encrypted for one receiver: docs/PROTOCOL section 4.
package enum Envelope {
    /// Gives a datagram that carries its key the tag its receiver looks for.
    ///
    /// It needs no secret: whoever knows the receiver can make it, so a tag proves nothing.
    package static func setTag(
        of datagram: inout [UInt8],
        for receiver: SealingKey,
        cookie: [UInt8] = []
    ) {
        let tag = TagKey(of: receiver, cookie: cookie).tag(of: datagram)
        Datagram.setTag(tag, in: &datagram)
    }
}

extension Envelope {
    /// Seals the messages of one conversation for the side that began it.
    ///
    /// The public-key work is done once, when it is made. A repeat to a key that the receiver
    /// announced since is the same object from a new sender.
    package struct Sender: Sendable {
        /// What answers come back under.
        package let key: MessageKey
        private let cover: Cover

        /// nil when the receiver's key is one that hides nothing.
        package init?(
            to receiver: SealingKey,
            cookie: [UInt8] = [],
            chance: inout some Chance
        ) {
            key = MessageKey(chance: &chance)
            guard let sealed = key.sealed(to: receiver, chance: &chance) else { return nil }
            cover = Cover(sealed: sealed, tagKey: TagKey(of: receiver, cookie: cookie))
        }

        /// The datagrams of a message to a receiver that does not know our secret key yet.
        ///
        /// `hash` is the object's name: `object.hash`, or for a handover Money's.
        package func first(
            _ message: SignedObject,
            hash: Hash,
            chance: inout some Chance
        ) throws(EnvelopeFault) -> [[UInt8]] {
            try key.seal(message.padded, hash, cover, &chance)
        }

        /// The datagrams of a message to a receiver that has opened our first one.
        package func following(
            _ message: SignedObject,
            hash: Hash,
            chance: inout some Chance
        ) throws(EnvelopeFault) -> [[UInt8]] {
            try following(padded: message.padded, hash: hash, chance: &chance)
        }

        /// The same around any plaintext.
        ///
        /// What stands behind the box must hold against a sender that fills it with anything,
        /// so tests and fuzzers fill it here.
        package func following(
            padded: [UInt8],
            hash: Hash,
            chance: inout some Chance
        ) throws(EnvelopeFault) -> [[UInt8]] {
            try key.seal(padded, hash, nil, &chance)
        }
    }

    /// How a secret key travels to a receiver that does not know it yet.
    struct Cover: Sendable {
        let sealed: [UInt8]
        let tagKey: TagKey
    }
}

extension MessageKey {
    /// The datagrams of a padded message: with a cover the first ones, without one following.
    func seal(
        _ padded: [UInt8],
        _ hash: Hash,
        _ cover: Envelope.Cover?,
        _ chance: inout some Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        let whole: Datagram.Kind = cover == nil ? .following : .first
        guard padded.count > Datagram.roomBytes(whole) else {
            return [datagram(whole, nil, padded[...], cover, &chance)]
        }
        guard padded.count <= Limits.messageBytes else { throw .tooLong }
        let cut: Datagram.Kind = cover == nil ? .followingFragment : .firstFragment
        let parts = Fragment.parts(of: padded.count)
        let number = number(of: hash)
        return parts.enumerated().map { index, range in
            let fragment = Fragment(number: number, index: index, count: parts.count)
            return datagram(cut, fragment, padded[range], cover, &chance)
        }
    }

    private func datagram(
        _ kind: Datagram.Kind,
        _ fragment: Fragment?,
        _ plain: ArraySlice<UInt8>,
        _ cover: Envelope.Cover?,
        _ chance: inout some Chance
    ) -> [UInt8] {
        var bytes = Datagram.head(
            kind,
            sealed: cover?.sealed ?? [],
            fragment: fragment,
            plaintextBytes: plain.count
        )
        let vouched = Datagram.associatedData(bytes, boxAt: bytes.count)
        let nonce = chance.bytes(Datagram.nonceBytes)
        bytes.append(contentsOf: nonce)
        let start = bytes.count
        bytes.append(contentsOf: plain)
        unsafe lend { key in
            unsafe Box.close(&bytes, from: start, nonce: nonce, vouching: vouched, key: key)
        }
        Datagram.setTag(cover?.tagKey.tag(of: bytes) ?? followingTag, in: &bytes)
        return bytes
    }
}

/// What tags of first messages are made with: the receiver's key, and a cookie when it asked
/// for one under load.
///
/// Not a secret; whoever knows the receiver knows it.
struct TagKey: Sendable {
    private let bytes: [UInt8]

    init(of receiver: SealingKey, cookie: [UInt8]) {
        precondition(cookie.isEmpty || cookie.count == 16, "a cookie has 16 bytes")
        bytes = Digest.hash(Self.domain, receiver.bytes.array + cookie).bytes.array
    }

    private static let domain = Digest.Domain("tally1 tagkey")

    func tag(of datagram: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBufferPointer { key in
            // Unsafe: a hash has the 32 bytes that a key has to have.
            unsafe firstWord(
                keyedHash(address(key), .tag, datagram, Datagram.tagged(datagram.count))
            )
        }
    }
}
