package import Wire
package import Words

/// Seals and opens without cryptography: the frames, lengths and faults of the real desk, at a
/// fraction of its cost.
///
/// Everything stands in the clear, and a quick sum under the secret key takes the place of each
/// authenticator, so corrupted bytes, a wrong key and a wrong receiver are refused as they are
/// by the real one. Nobody is kept from reading or forging who computes the sums.
package final class StandInDesk: Desk {
    /// A sealing key of ours, and whom messages sealed to it are for.
    private struct Door {
        let key: SealingKey
        let receiver: Key
    }

    private struct Talk {
        let secret: StandInSecret
        /// What first messages carry; nil when the peer began.
        var cover: StandInCover?
        var assemblies = Assemblies()
    }

    private let identity: Key
    private var receivers: Set<Key>
    private var doors: [Door]
    private var talks: [Way: Talk] = [:]
    private var unheard = Unheard<StandInSecret>()

    /// Opens for `identity` what is sealed to any of `certified`.
    package init(identity: Key, sealing certified: [SealingKey]) {
        self.identity = identity
        receivers = [identity]
        doors = certified.map { Door(key: $0, receiver: identity) }
    }

    package func announce(chance: inout any Chance) -> SealingKey {
        let key = SealingKey(Bytes32(chance.bytes(32).span))
        doors.append(Door(key: key, receiver: Key(key.bytes)))
        return key
    }

    package func withdraw(_ key: SealingKey) {
        doors.removeAll { $0.key == key && $0.receiver == Key(key.bytes) }
    }

    package func begin(to key: SealingKey, chance: inout any Chance) -> Way? {
        // The one key that the real desk too would refuse whatever it drew.
        guard key.bytes != Bytes32(repeating: 0) else { return nil }
        let secret = StandInSecret(drawnFrom: &chance)
        let cover = StandInCover(secret, to: key, chance: &chance)
        talks[secret.way] = Talk(secret: secret, cover: cover)
        return secret.way
    }

    package func seal(
        _ message: SignedObject,
        hash: Hash,
        on way: Way,
        isFirst: Bool,
        chance: inout any Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        let talk = talks[way]
        guard let secret = talk?.secret ?? unheard[way] else { throw .tag }
        guard isFirst else { return try secret.seal(message, hash, nil, &chance) }
        guard let cover = talk?.cover else { throw .sealedKey }
        return try secret.seal(message, hash, cover, &chance)
    }

    package func admit(_ receiver: Key) { receivers.insert(receiver) }

    package func dismiss(_ receiver: Key) {
        guard receiver != identity else { return }
        receivers.remove(receiver)
    }

    package func listen(_ way: Way) {
        guard let secret = unheard.take(way) else { return }
        talks[way] = Talk(secret: secret)
    }

    package func forget(_ way: Way) {
        talks[way] = nil
        _ = unheard.take(way)
    }
}

// MARK: Opening

extension StandInDesk {
    package func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> Opened {
        let datagram = try Datagram(datagram)
        return switch datagram.kind {
        case .first: try openFirst(datagram)
        case .firstFragment: try refuse(datagram)
        case .following, .followingFragment: try openFollowing(datagram)
        }
    }

    private func openFirst(_ datagram: Datagram) throws(EnvelopeFault) -> Opened {
        let door = try door(of: datagram)
        guard let secret = StandInCover.open(datagram, door.key) else { throw .sealedKey }
        let message = try SignedObject(padded: secret.open(datagram))
        guard message.object.receiver == door.receiver else { throw .notForMe }
        if talks[secret.way] == nil { unheard.put(secret, under: secret.way) }
        return .message(message, secret.way)
    }

    /// Nobody here waits for a first message so long that it comes in parts.
    private func refuse(_ datagram: Datagram) throws(EnvelopeFault) -> Opened {
        _ = try door(of: datagram)
        throw .notAwaited
    }

    private func openFollowing(_ datagram: Datagram) throws(EnvelopeFault) -> Opened {
        let way = Way(datagram.tag)
        guard let secret = talks[way]?.secret else { throw .tag }
        var plain = try secret.open(datagram)
        if let fragment = datagram.fragment {
            guard let whole = try talks[way]?.assemblies.take(plain, of: fragment) else {
                return .part
            }
            plain = whole
        }
        let message = try SignedObject(padded: plain)
        guard receivers.contains(message.object.receiver) else { throw .notForMe }
        return .message(message, way)
    }

    private func door(of datagram: Datagram) throws(EnvelopeFault) -> Door {
        for door in doors where StandInCover.tag(datagram.bytes, door.key) == datagram.tag {
            return door
        }
        throw .tag
    }
}
