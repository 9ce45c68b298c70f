package import Words

/// What a node seals and opens envelopes with.
///
/// Secrets stay behind it; outside there are only the names of them. Sealing fills it with
/// libsodium, the simulator with a cheap stand-in of the same shape.
package protocol Desk: AnyObject {
    /// Makes a fresh key that messages to itself, as a receiver, may be sealed to, until it is
    /// withdrawn: what LOOKUP announces.
    func announce(chance: inout any Chance) -> SealingKey
    func withdraw(_ key: SealingKey)
    /// Draws a secret key and seals it to `key`; nil when that one would hide nothing.
    ///
    /// What answers comes back on the same way, so it is listened to from now on.
    func begin(to key: SealingKey, chance: inout any Chance) -> Way?
    /// The datagrams of a message to somebody who does not know the way yet, or who does.
    ///
    /// `hash` is the object's name: `object.hash`, or for a handover Money's. Refused are: a way
    /// that is not known (any more), with `tag`; a first message on a way that the peer began,
    /// with `sealedKey`; a message that is too long, with `tooLong`.
    func seal(
        _ message: SignedObject,
        hash: Hash,
        on way: Way,
        isFirst: Bool,
        chance: inout any Chance
    ) throws(EnvelopeFault) -> [[UInt8]]
    /// Whether messages under a known way may name that receiver, besides our own key: a
    /// one-time key of ours.
    func admit(_ receiver: Key)
    func dismiss(_ receiver: Key)
    /// Opens what arrived; the signature of what comes out is not checked yet.
    func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> Opened
    /// Takes following messages on a way that a first message brought.
    func listen(_ way: Way)
    /// Forgets a way, whoever began it.
    func forget(_ way: Way)
}

/// The name of one conversation's secret key: the tag of its following messages, which says
/// nothing of the key.
package struct Way: Hashable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
}

/// What became of a datagram.
package enum Opened: Sendable {
    case message(SignedObject, Way)
    /// One more part of a long message.
    case part
}
