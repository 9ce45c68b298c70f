package import Words

/// The certificates of one provenance, each checked under the one root this home trusts.
package struct Trust: Sendable {
    package let root: Key
    private var certificates: [Key: Certificate] = [:]
    /// As they are kept for passing on: first those of the root itself.
    package private(set) var certified: [Certified] = []
    /// The keys whose certificates something needed, directly or as an issuer.
    private var needed: Set<Key> = []

    /// Checks every certificate: under the root, or under an office that the root vouches for.
    package init(
        root: Key,
        _ ders: [[UInt8]],
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) {
        self.root = root
        var rest: [(der: [UInt8], name: Hash)] = []
        for der in ders {
            let name = Verified.name(of: der)
            if let certificate = try verified.under(root, der, name, checking) {
                try add(certificate, der)
            } else {
                rest.append((der, name))
            }
        }
        let offices = certificates.values.filter { $0.roles.contains(.office) }.map(\.key).sorted()
        for (der, name) in rest {
            var found: Certificate?
            for office in offices where found == nil {
                found = try verified.under(office, der, name, checking)
            }
            guard let found else { throw .certificate(.wrongIssuer) }
            guard !found.roles.contains(.office) else {
                throw .certificate(.unusable("an office certifies no office"))
            }
            try add(found, der)
        }
    }

    /// One key, one certificate: of two nobody could say which is meant.
    private mutating func add(_ certificate: Certificate, _ der: [UInt8]) throws(Refusal) {
        guard certificate.key != root,
            certificates.updateValue(certificate, forKey: certificate.key) == nil
        else {
            throw .notNeeded
        }
        certified.append(Certified(key: certificate.key, issuer: certificate.issuer, der: der))
    }

    /// The certificate of a signer, noted as needed.
    package mutating func certificate(of key: Key) throws(Refusal) -> Certificate {
        guard let certificate = certificates[key] else { throw .certificateMissing(key) }
        need(certificate)
        return certificate
    }

    /// The certificate that is to stand for the same keys from now on, and its issuer's, of those
    /// that this office gave; none where no later one came.
    package func next(
        after own: Certified,
        by office: Key,
        _ verified: inout Verified,
        _ checking: some Checking
    ) -> [Certified] {
        guard let new = certificates[own.key], new.issuer == office,
            let old = try? verified.certificate(
                own.der,
                named: Verified.name(of: own.der),
                issuedBy: own.issuer,
                checking
            ), new.sealingKey == old.sealingKey, new.roles == old.roles, new.device == old.device,
            new.notAfter > old.notAfter
        else { return [] }
        let pair = [new.key, new.issuer].compactMap { key in certified.first { $0.key == key } }
        return pair.count == 2 ? pair : []
    }

    /// Throws unless the root vouches for that key as an office.
    package mutating func office(_ key: Key) throws(Refusal) {
        if key == root { return }
        guard let certificate = certificates[key], certificate.roles.contains(.office),
            certificate.issuer == root
        else { throw .foreignOffice(key) }
        need(certificate)
    }

    /// Throws when a certificate is here that nothing asked for.
    package func allNeeded() throws(Refusal) {
        guard needed.count == certificates.count else { throw .notNeeded }
    }

    private mutating func need(_ certificate: Certificate) {
        needed.insert(certificate.key)
        if certificate.issuer != root { needed.insert(certificate.issuer) }
    }
}

/// A certificate as it is kept: whose it is, and who gave it.
package struct Certified: Hashable, Sendable {
    package let key: Key
    package let issuer: Key
    package let der: [UInt8]

    package init(key: Key, issuer: Key, der: [UInt8]) {
        (self.key, self.issuer, self.der) = (key, issuer, der)
    }
}

extension Verified {
    fileprivate mutating func under(
        _ issuer: Key,
        _ der: [UInt8],
        _ name: Hash,
        _ checking: some Checking
    ) throws(Refusal) -> Certificate? {
        do {
            return try certificate(der, named: name, issuedBy: issuer, checking)
        } catch {
            throw .certificate(error)
        }
    }
}
