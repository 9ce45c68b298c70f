package import Words

/// What was found good before, so that a link already verified costs nothing.
///
/// It remembers the signature with the hash: the same content under another signature is
/// checked again, because whoever passes it on is judged by the signature it carries.
package struct Verified: Sendable {
    private var signatures: Set<SignedName> = []
    private var certificates: [KnownCertificate: Certificate] = [:]
    private let capacity: Int

    private struct SignedName: Hashable {
        let hash: Hash
        let key: Key
        let signature: Signature
    }

    private struct KnownCertificate: Hashable {
        let hash: Hash
        let issuer: Key
    }

    /// Remembers about `capacity` things; when full it forgets them all, which costs time only.
    package init(capacity: Int = 65_536) { self.capacity = capacity }

    package mutating func isSigned(
        _ hash: Hash, by key: Key, with signature: Signature, _ checking: some Checking
    ) -> Bool {
        let name = SignedName(hash: hash, key: key, signature: signature)
        if signatures.contains(name) { return true }
        guard checking.isSigned(hash, by: key, with: signature) else { return false }
        if signatures.count >= capacity { signatures.removeAll(keepingCapacity: true) }
        signatures.insert(name)
        return true
    }

    mutating func certificate(
        _ der: [UInt8], issuedBy issuer: Key, _ checking: some Checking
    ) throws(CertificateFault) -> Certificate {
        let name = KnownCertificate(hash: Digest.hash(Self.domain, der), issuer: issuer)
        if let known = certificates[name] { return known }
        let certificate = try checking.certificate(der, issuedBy: issuer)
        if certificates.count >= capacity { certificates.removeAll(keepingCapacity: true) }
        certificates[name] = certificate
        return certificate
    }

    private static let domain = Digest.Domain("tally1 cert")
}
