package import Wire
package import Words

// Cheap stand-ins for cryptography: same seams, same shapes, no secrets. A signature here is a
// hash that anybody could compute, so they are for worlds in which the test itself decides who
// signs what: the simulator, and the tests of the pure rooms.

/// Signs by hashing its own key with the thing's name.
package struct StandInSigner: Signing, Hashable, Sendable {
    package let key: Key

    /// The signer with that name; the same name is the same key.
    package init(_ name: String) {
        key = Key(Digest.hash(Digest.Domain("standin key"), Array(name.utf8)).bytes)
    }

    /// A signer that has no name.
    package init(drawnFrom chance: inout some Chance) {
        key = Key(Bytes32(chance.bytes(32).span))
    }

    package func sign(_ hash: Hash) -> Signature { Self.signature(of: hash, by: key) }

    package static func signature(of hash: Hash, by key: Key) -> Signature {
        let half = Digest.hash(Digest.Domain("standin sign"), Hash(key.bytes), hash)
        return Signature(r: half.bytes, s: key.bytes)
    }
}

/// Believes exactly what ``StandInSigner`` signs.
package struct StandInChecking: Checking, Sendable {
    package init() {}

    package func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        signature == StandInSigner.signature(of: hash, by: key)
    }

    package func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        guard let read = try? StandInCertificate(wireBytes: der) else {
            throw .malformed("not a stand-in certificate")
        }
        guard read.certificate.issuer == issuer else { throw .wrongIssuer }
        guard isSigned(read.hash, by: issuer, with: read.signature) else { throw .badSignature }
        return read.certificate
    }
}

/// A certificate in the stand-in's own form.
package struct StandInCertificate: Hashable, Sendable {
    package let certificate: Certificate
    package let signature: Signature

    package init(_ certificate: Certificate, by issuer: StandInSigner) {
        self.certificate = certificate
        signature = issuer.sign(Self.hash(certificate))
    }

    fileprivate var hash: Hash { Self.hash(certificate) }

    private static func hash(_ certificate: Certificate) -> Hash {
        var writer = Writer()
        write(certificate, to: &writer)
        return Digest.hash(Digest.Domain("standin cert"), writer.bytes)
    }

    private static func write(_ certificate: Certificate, to writer: inout Writer) {
        writer.array(8)
        writer.value(certificate.key)
        writer.value(certificate.sealingKey)
        writer.value(certificate.issuer)
        writer.value(certificate.serial)
        writer.number(certificate.roles.reduce(0) { $0 | 1 << $1.rawValue })
        writer.number(certificate.device.rawValue)
        writer.value(certificate.notBefore)
        writer.value(certificate.notAfter)
    }
}

extension StandInCertificate: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        Self.write(certificate, to: &writer)
        writer.value(signature)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try reader.array(8)
        let (key, sealingKey): (Key, SealingKey) = (try reader.value(), try reader.value())
        let (issuer, serial): (Key, Salt) = (try reader.value(), try reader.value())
        let bits = try reader.number(0...15)
        let roles = Role.allCases.filter { bits >> $0.rawValue & 1 == 1 }
        let deviceAt = reader.position
        guard let device = DeviceClass(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: deviceAt)
        }
        certificate = Certificate(
            key: key,
            sealingKey: sealingKey,
            issuer: issuer,
            serial: serial,
            roles: Set(roles),
            device: device,
            notBefore: try reader.value(),
            notAfter: try reader.value()
        )
        signature = try reader.value()
    }
}

/// Randomness from a seed (SplitMix64): the same seed, the same bytes, in every process.
package struct SeededChance: Chance, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number below `bound`; the bias of a small bound is below anything a test could see.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        while out.count < count { out += bigEndianBytes(next()) }
        return Array(out.prefix(count))
    }

    package mutating func salt() -> Salt { Salt(high: next(), low: next()) }
}
