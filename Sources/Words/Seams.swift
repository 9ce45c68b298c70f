/// Where bits come from that nobody can guess.
///
/// The shell fills it from the system, the simulator from its seed.
package protocol Chance {
    mutating func bytes(_ count: Int) -> [UInt8]
}

/// Checks that a signature is a key's over a thing's name.
///
/// Real wallets fill this with Ed25519 over ``signedBytes(_:)``; the simulator may fill it with
/// a cheap stand-in.
package protocol Checking {
    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool
    /// What an X.509 certificate says, once its issuer's signature has been checked.
    func certificate(_ der: [UInt8], issuedBy issuer: Key) throws(CertificateFault) -> Certificate
}

/// Signs a thing's name with one's own key.
///
/// An argument, like time.
package protocol Signing: Sendable {
    var key: Key { get }
    func sign(_ hash: Hash) -> Signature
}

/// What a node has of its own that nobody else knows.
package protocol Keys: AnyObject {
    var identity: any Signing { get }
    /// A new payment's name, which ``isOwn(_:)`` knows again.
    func payment(in epoch: Epoch, chance: inout any Chance) -> PaymentID
    func isOwn(_ payment: PaymentID) -> Bool
    /// A key for one answer to one look-up.
    func oneTime(chance: inout any Chance) -> any Signing
}

/// What carries datagrams: nothing is promised of any of them.
package protocol Air: AnyObject {
    /// False when this one could not even be handed over; that is a loss like any other.
    @discardableResult
    func send(_ datagram: [UInt8], to address: Address) -> Bool
    /// To every node that hears us.
    func broadcast(_ datagram: [UInt8])
}

/// Where a peer was heard: the link's own words, which nobody else reads.
package struct Address: Hashable, Sendable {
    package let bytes: [UInt8]

    package init?(_ bytes: [UInt8]) {
        guard bytes.count <= Limits.addressBytes else { return nil }
        self.bytes = bytes
    }
}

/// Two clocks, handed in: one that only ever goes on, and one that people set.
package struct Time: Hashable, Sendable {
    /// Since the node started; drives repeats.
    package var ticks: Ticks
    /// Says whether something may be started; decides no money.
    package var moment: Moment

    package init(ticks: Ticks, moment: Moment) {
        (self.ticks, self.moment) = (ticks, moment)
    }
}

/// Milliseconds on a clock that nobody sets.
package struct Ticks: Hashable, Sendable, Comparable {
    package let milliseconds: UInt64

    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    package static func < (a: Ticks, b: Ticks) -> Bool { a.milliseconds < b.milliseconds }

    package func advanced(by milliseconds: UInt64) -> Ticks {
        Ticks(milliseconds: self.milliseconds &+ milliseconds)
    }
}

/// Where a home's files lie: a folder on the disk that a VFS of this name answers for.
///
/// SQLite asks a VFS for everything it does to a file, and so does all else that belongs to a
/// journal: so the name of one is the whole seam. The machine's own disk has no name.
package struct Disk: Hashable, Sendable {
    package let system: String?
    package let folder: String

    package init(system: String? = nil, folder: String) {
        (self.system, self.folder) = (system, folder)
    }

    package func path(_ name: String) -> String { folder + "/" + name }
}

/// Hides and authenticates what a journal writes into its columns.
package protocol Hiding {
    /// Seals `bytes` so that they open only in the same place (`context`).
    func hide(_ bytes: [UInt8], context: [UInt8], chance: inout some Chance) -> [UInt8]
    /// nil when the bytes were changed, moved, or sealed under another key.
    func show(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]?
    /// A keyed hash: links of the journal's chain, and blind look-up keys.
    func mac(_ bytes: [UInt8]) -> Hash
}

/// The bytes that Ed25519 signs for a thing named by `hash`: a prefix of our own, so that no
/// signature made for another protocol, nor for a certificate, is ever one of ours.
package func signedBytes(_ hash: Hash) -> [UInt8] {
    var bytes = Array("tally/1:".utf8)
    bytes.reserveCapacity(40)
    hash.bytes.append(to: &bytes)
    return bytes
}
