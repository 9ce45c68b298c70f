internal import Words

/// The one form that our certificates have: docs/PROTOCOL section 5.
///
/// A certificate travels in provenance, so it must not have two encodings. What was read is
/// therefore written again, and believed only when the bytes are the same.
struct Form {
    let certificate: Certificate
    /// The serial of the issuer's own certificate, which is the issuer's name.
    let issuerSerial: Bytes16

    var isRoot: Bool { certificate.key == certificate.issuer }
    var isAuthority: Bool { certificate.roles.contains(.office) }

    var toBeSigned: [UInt8] {
        DER.sequence(
            [0xA0, 0x03, 0x02, 0x01, 0x02],
            DER.item(0x02, bytes(certificate.serial)),
            ObjectID.ed25519Algorithm,
            name(issuerSerial),
            DER.sequence(DER.time(certificate.notBefore), DER.time(certificate.notAfter)),
            name(certificate.serial),
            DER.sequence(ObjectID.ed25519Algorithm, DER.bits(certificate.key.bytes.array)),
            DER.item(0xA3, DER.sequence(extensions))
        )
    }

    static func signed(_ toBeSigned: [UInt8], _ signature: Signature) -> [UInt8] {
        DER.sequence(toBeSigned, ObjectID.ed25519Algorithm, DER.bits(signature.array))
    }

    private var extensions: [[UInt8]] {
        let roles = certificate.roles.map { Int($0.rawValue) }
        return [
            critical(ObjectID.basicConstraints, constraints),
            critical(ObjectID.keyUsage, DER.flags(isAuthority ? [0, 5, 6] : [0])),
            plain(ObjectID.subjectKeyID, DER.octets(keyID(certificate.key))),
            authorityKeyID(certificate.issuer),
            plain(ObjectID.sealingKey, DER.octets(certificate.sealingKey.bytes.array)),
            plain(ObjectID.roles, DER.flags(roles)),
            plain(ObjectID.deviceClass, DER.integer(certificate.device.rawValue)),
        ]
    }

    /// A root may certify offices, an office only holders.
    private var constraints: [UInt8] {
        guard isAuthority else { return DER.sequence() }
        return DER.sequence(DER.yes, DER.integer(isRoot ? 1 : 0))
    }
}

func critical(_ id: [UInt8], _ value: [UInt8]) -> [UInt8] {
    DER.sequence(DER.object(id), DER.yes, DER.octets(value))
}

func plain(_ id: [UInt8], _ value: [UInt8]) -> [UInt8] {
    DER.sequence(DER.object(id), DER.octets(value))
}

func authorityKeyID(_ key: Key) -> [UInt8] {
    plain(ObjectID.authorityKeyID, DER.sequence(DER.item(0x80, keyID(key))))
}

/// A name in a certificate is a random serial, and nothing else.
func name(_ serial: Bytes16) -> [UInt8] {
    let text = Array(Hex.text(bytes(serial)).utf8)
    return DER.sequence(
        DER.set(DER.sequence(DER.object(ObjectID.commonName), DER.item(0x0C, text)))
    )
}

func keyID(_ key: Key) -> [UInt8] {
    Array(Digest.hash(keyIDDomain, key.bytes.array).bytes.array[..<20])
}

func bytes(_ serial: Bytes16) -> [UInt8] {
    bigEndianBytes(serial.high) + bigEndianBytes(serial.low)
}

func serial(_ bytes: [UInt8]) -> Bytes16? {
    // The first bits are 01, so that every serial is a positive number of exactly 16 bytes.
    guard bytes.count == 16, bytes[0] >> 6 == 1 else { return nil }
    func word(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    return Bytes16(high: word(0..<8), low: word(8..<16))
}

private let keyIDDomain = Digest.Domain("tally1 keyid")

/// The bodies of the object identifiers in use.
enum ObjectID {
    static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]
    static let ed25519Algorithm = DER.sequence(DER.object(ed25519))
    static let commonName: [UInt8] = [0x55, 0x04, 0x03]
    static let subjectKeyID: [UInt8] = [0x55, 0x1D, 0x0E]
    static let keyUsage: [UInt8] = [0x55, 0x1D, 0x0F]
    static let basicConstraints: [UInt8] = [0x55, 0x1D, 0x13]
    static let listNumber: [UInt8] = [0x55, 0x1D, 0x14]
    static let authorityKeyID: [UInt8] = [0x55, 0x1D, 0x23]

    /// 2.25.214305887195721850098327574690765488835: an arc of our own, made of the UUID
    /// a139d002-adb5-4010-982e-4fca450442c3, which nobody had to be asked for.
    private static let tally: [UInt8] = [
        0x69, 0x82, 0xC2, 0xB9, 0xE8, 0x80, 0xD5, 0xDB, 0xAA, 0x80, 0xA1, 0x98, 0x97, 0x93,
        0xF9, 0xA4, 0xA8, 0x91, 0x85, 0x43,
    ]
    static let sealingKey = tally + [1]
    static let roles = tally + [2]
    static let deviceClass = tally + [3]
}
