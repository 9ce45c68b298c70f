package import Words

/// Whether a key signed these bytes.
///
/// Sealing has it from libsodium, which takes half the time of libcrypto; the rooms do not know
/// each other, so it is an argument.
package typealias BytesChecking = @Sendable (_ bytes: [UInt8], Key, Signature) -> Bool

extension Certificate {
    /// The certificate that `der` is, once it is known to be the word of `issuer`.
    package init(
        der: [UInt8],
        issuedBy issuer: Key,
        checking isSigned: BytesChecking
    ) throws(CertificateFault) {
        let form = try Form(der: der, issuedBy: issuer, checking: isSigned)
        self = form.certificate
    }

    /// The certificate of a root, which is its own issuer.
    ///
    /// That it is well made says nothing of whether to trust it: whoever calls this was told.
    package init(rootDER der: [UInt8], checking isSigned: BytesChecking) throws(CertificateFault) {
        guard der.count <= Limits.certificateBytes else { throw .tooLarge(bytes: der.count) }
        let parsed = try ParsedCertificate(der)
        guard parsed.usesEd25519, let key = Bytes32(parsed.key) else { throw .notEd25519 }
        try self.init(der: der, issuedBy: Key(key), checking: isSigned)
        guard roles.contains(.office) else { throw .unusable("a root is an office") }
    }
}

extension Form {
    init(
        der: [UInt8],
        issuedBy issuer: Key,
        checking isSigned: BytesChecking
    ) throws(CertificateFault) {
        guard der.count <= Limits.certificateBytes else { throw .tooLarge(bytes: der.count) }
        let parsed = try ParsedCertificate(der)
        guard parsed.usesEd25519 else { throw .notEd25519 }
        guard parsed.authorityKeyID == keyID(issuer) else { throw .wrongIssuer }
        try self.init(parsed, issuer: issuer)
        guard let signature = Signature(parsed.signature) else {
            throw .malformed("an Ed25519 signature has 64 bytes")
        }
        let signed = toBeSigned
        guard Form.signed(signed, signature) == der else {
            throw .malformed("not in the one form a certificate of Tally has")
        }
        guard isSigned(signed, issuer, signature) else { throw .badSignature }
    }

    private init(
        _ parsed: borrowing ParsedCertificate,
        issuer: Key
    ) throws(CertificateFault) {
        guard let key = Bytes32(parsed.key) else { throw .notEd25519 }
        guard let own = serial(parsed.serial) else { throw .malformed("its serial") }
        guard let name = parsed.issuerName, let issuerSerial = serial(name) else {
            throw .malformed("its issuer's name")
        }
        guard let from = Civil.moment(parsed.notBefore), let to = Civil.moment(parsed.notAfter),
            from <= to
        else { throw .malformed("its dates") }
        self.init(
            certificate: Certificate(
                key: Key(key),
                sealingKey: try Self.sealingKey(parsed),
                issuer: issuer,
                serial: own,
                roles: try Self.roles(parsed),
                device: try Self.device(parsed),
                notBefore: from,
                notAfter: to
            ),
            issuerSerial: issuerSerial
        )
    }

    private static func sealingKey(
        _ parsed: borrowing ParsedCertificate
    ) throws(CertificateFault) -> SealingKey {
        guard let value = parsed.value(of: ObjectID.sealingKey) else {
            throw .missing("sealing key")
        }
        guard value.count == 34, let key = Bytes32(Array(value[2...])) else {
            throw .malformed("its sealing key")
        }
        return SealingKey(key)
    }

    private static func roles(
        _ parsed: borrowing ParsedCertificate
    ) throws(CertificateFault) -> Set<Role> {
        guard let value = parsed.value(of: ObjectID.roles) else { throw .missing("roles") }
        guard value.count == 4 else { throw .malformed("its roles") }
        return Set(Role.allCases.filter { value[3] & 0x80 >> UInt8($0.rawValue) != 0 })
    }

    private static func device(
        _ parsed: borrowing ParsedCertificate
    ) throws(CertificateFault) -> DeviceClass {
        guard let value = parsed.value(of: ObjectID.deviceClass) else {
            throw .missing("device class")
        }
        guard value.count == 3, let device = DeviceClass(rawValue: UInt64(value[2])) else {
            throw .malformed("its device class")
        }
        return device
    }
}

/// The seam filled with Ed25519 and X.509: what every real wallet and office uses.
package struct Checks: Checking, Sendable {
    private let isSigned: BytesChecking

    package init(_ isSigned: @escaping BytesChecking) { self.isSigned = isSigned }

    package func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        isSigned(signedBytes(hash), key, signature)
    }

    package func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        try Certificate(der: der, issuedBy: issuer, checking: isSigned)
    }
}

/// A certificate that leads to a root: root, holder; or root, office, holder.
package enum Chain {
    /// Who the last of `ders` belongs to, when each is the word of the one before it.
    ///
    /// The first is the root's word. Dates are the caller's to judge.
    package static func holder(
        _ ders: [[UInt8]],
        root: Key,
        checking isSigned: BytesChecking
    ) throws(CertificateFault) -> Certificate {
        guard let first = ders.first else { throw .missing("a certificate") }
        let top = try Form(der: first, issuedBy: root, checking: isSigned)
        guard ders.count > 1 else { return top.certificate }
        guard ders.count == 2 else { throw .unusable("a chain is root, office, holder") }
        guard top.isAuthority, !top.isRoot else {
            throw .unusable("its issuer is no office that the root certified")
        }
        let office = top.certificate
        let last = try Form(der: ders[1], issuedBy: office.key, checking: isSigned)
        guard last.issuerSerial == office.serial else { throw .wrongIssuer }
        guard !last.isAuthority else { throw .unusable("an office certifies no office") }
        return last.certificate
    }
}
