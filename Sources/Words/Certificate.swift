/// What the holder of a key may be, as its certificate says.
package enum Role: UInt64, Hashable, Sendable, CaseIterable {
    case wallet = 0
    /// Issues sticks, windows, revocations and other certificates.
    case office = 1
    case bank = 2
    case meter = 3
}

/// Where a key lives.
///
/// `hardware` is only for keys made inside a device that the office personalised.
package enum DeviceClass: UInt64, Hashable, Sendable, CaseIterable {
    case software = 0
    case emulated = 1
    case hardware = 2
}

/// What an X.509 certificate says of one key, already checked to be its issuer's word.
package struct Certificate: Hashable, Sendable {
    package let key: Key
    package let sealingKey: SealingKey
    package let issuer: Key
    package let serial: Bytes16
    package let roles: Set<Role>
    package let device: DeviceClass
    package let notBefore: Moment
    package let notAfter: Moment

    package init(
        key: Key,
        sealingKey: SealingKey,
        issuer: Key,
        serial: Bytes16,
        roles: Set<Role>,
        device: DeviceClass,
        notBefore: Moment,
        notAfter: Moment
    ) {
        (self.key, self.sealingKey, self.issuer) = (key, sealingKey, issuer)
        (self.serial, self.roles, self.device) = (serial, roles, device)
        (self.notBefore, self.notAfter) = (notBefore, notAfter)
    }
}

/// 16 bytes: a certificate's random serial.
package typealias Bytes16 = Salt

/// Why a certificate is not believed.
package enum CertificateFault: Error, Hashable, Sendable {
    case tooLarge(bytes: Int)
    case malformed(String)
    case notEd25519
    case wrongIssuer
    case badSignature
    case missing(String)
    case unusable(String)
}
