package import Words

/// Signs the bytes of a certificate or list.
package typealias BytesSigning = (_ bytes: [UInt8]) -> Signature

/// Whom a certificate is about, and what it says.
package struct Holder: Hashable, Sendable {
    package let key: Key
    package let sealingKey: SealingKey
    package let roles: Set<Role>
    package let device: DeviceClass
    package let notBefore: Moment
    package let notAfter: Moment

    package init(
        key: Key,
        sealingKey: SealingKey,
        roles: Set<Role>,
        device: DeviceClass = .software,
        notBefore: Moment,
        notAfter: Moment
    ) {
        (self.key, self.sealingKey, self.roles) = (key, sealingKey, roles)
        (self.device, self.notBefore, self.notAfter) = (device, notBefore, notAfter)
    }
}

/// Who issues certificates: a root, or an office that a root certified.
package struct Authority: Hashable, Sendable {
    package let certificate: Certificate
    package let der: [UInt8]

    /// A root: an office whose certificate is its own word.
    package static func root(
        _ holder: Holder,
        chance: inout some Chance,
        sign: BytesSigning
    ) throws(CertificateFault) -> Authority {
        guard holder.roles.contains(.office) else { throw .unusable("a root is an office") }
        let serial = freshSerial(&chance)
        let form = try Form(holder, serial: serial, issuer: holder.key, issuerSerial: serial)
        return Authority(certificate: form.certificate, der: try form.issued(sign))
    }

    /// An office that somebody certified, for what it issues itself.
    package init(
        der: [UInt8],
        issuedBy issuer: Key,
        checking isSigned: BytesChecking
    ) throws(CertificateFault) {
        certificate = try Certificate(der: der, issuedBy: issuer, checking: isSigned)
        guard certificate.roles.contains(.office) else {
            throw .unusable("its holder is no office")
        }
        self.der = der
    }

    private init(certificate: Certificate, der: [UInt8]) {
        (self.certificate, self.der) = (certificate, der)
    }

    package var isRoot: Bool { certificate.key == certificate.issuer }

    /// The certificate of a holder, with a random serial for a name.
    package func certify(
        _ holder: Holder,
        chance: inout some Chance,
        sign: BytesSigning
    ) throws(CertificateFault) -> [UInt8] {
        guard isRoot || !holder.roles.contains(.office) else {
            throw .unusable("an office certifies no office")
        }
        guard holder.key != certificate.key else {
            throw .unusable("a root certifies itself once")
        }
        let form = try Form(
            holder,
            serial: freshSerial(&chance),
            issuer: certificate.key,
            issuerSerial: certificate.serial
        )
        return try form.issued(sign)
    }
}

extension Form {
    fileprivate init(
        _ holder: Holder,
        serial: Bytes16,
        issuer: Key,
        issuerSerial: Bytes16
    ) throws(CertificateFault) {
        guard !holder.roles.isEmpty else { throw .missing("roles") }
        guard holder.notBefore <= holder.notAfter else {
            throw .unusable("it ends before it begins")
        }
        self.init(
            certificate: Certificate(
                key: holder.key,
                sealingKey: holder.sealingKey,
                issuer: issuer,
                serial: serial,
                roles: holder.roles,
                device: holder.device,
                notBefore: holder.notBefore,
                notAfter: holder.notAfter
            ),
            issuerSerial: issuerSerial
        )
    }

    /// The signed bytes, once libcrypto has read them as what they were meant to say.
    fileprivate func issued(_ sign: BytesSigning) throws(CertificateFault) -> [UInt8] {
        let signed = toBeSigned
        let der = Form.signed(signed, sign(signed))
        let read = try Certificate(der: der, issuedBy: certificate.issuer) { _, _, _ in true }
        precondition(read == certificate, "a certificate reads back as \(read)")
        return der
    }
}

private func freshSerial(_ chance: inout some Chance) -> Bytes16 {
    var drawn = chance.bytes(16)
    precondition(drawn.count == 16, "asked chance for 16 bytes, got \(drawn.count)")
    drawn[0] = drawn[0] & 0x3F | 0x40
    guard let serial = serial(drawn) else { preconditionFailure("its first bits were just set") }
    return serial
}
