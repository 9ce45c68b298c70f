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
package protocol Signing {
    var key: Key { get }
    func sign(_ hash: Hash) -> Signature
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
