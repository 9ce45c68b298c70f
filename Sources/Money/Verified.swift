package import Words

/// What was found good before, so that a link already verified costs nothing.
///
/// It remembers the signature with the hash: the same content under another signature is
/// checked again, because whoever passes it on is judged by the signature it carries.
package struct Verified: Sendable {
    private var signatures: Set<SignedName> = []
    private var certificates: [Hash: Certificate] = [:]
    private let capacity: Int

    private struct SignedName: Hashable {
        let hash: Hash
        let key: Key
        let signature: Signature
    }

    /// Remembers about `capacity` things; when full it forgets them all, which costs time only.
    package init(capacity: Int = 65_536) { self.capacity = capacity }

    package mutating func isSigned(
        _ hash: Hash,
        by key: Key,
        with signature: Signature,
        _ checking: some Checking
    ) -> Bool {
        let name = SignedName(hash: hash, key: key, signature: signature)
        if signatures.contains(name) { return true }
        guard checking.isSigned(hash, by: key, with: signature) else { return false }
        if signatures.count >= capacity { signatures.removeAll(keepingCapacity: true) }
        signatures.insert(name)
        return true
    }

    /// The certificate when `issuer` gave it, nil when another did.
    ///
    /// `name` is the bytes' own hash (``name(of:)``), which the caller asks with more than once.
    mutating func certificate(
        _ der: [UInt8],
        named name: Hash,
        issuedBy issuer: Key,
        _ checking: some Checking
    ) throws(CertificateFault) -> Certificate? {
        // Whose word a certificate is stands in it, so one that is known is one issuer's only.
        if let known = certificates[name] { return known.issuer == issuer ? known : nil }
        do {
            let certificate = try checking.certificate(der, issuedBy: issuer)
            if certificates.count >= capacity { certificates.removeAll(keepingCapacity: true) }
            certificates[name] = certificate
            return certificate
        } catch {
            if error == .wrongIssuer { return nil }
            throw error
        }
    }

    static func name(of der: [UInt8]) -> Hash { Digest.hash(domain, der) }

    private static let domain = Digest.Domain("tally1 cert")
}
