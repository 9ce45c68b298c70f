package import Certificates
internal import Sealing
package import Words

extension Checks {
    /// Ed25519 by libsodium under X.509 by libcrypto: the two rooms meet only here.
    package static let real = Checks(signed)

    private static let signed: BytesChecking = { bytes, key, signature in
        Ed25519().isSigned(bytes: bytes, by: key, with: signature)
    }

    /// Whose the last of these certificates is, when they lead to the root.
    package static func holder(_ ders: [[UInt8]], root: Key) throws(CertificateFault) -> Certificate
    {
        try Chain.holder(ders, root: root, checking: signed)
    }

    /// What a root says of itself.
    package static func root(_ der: [UInt8]) throws(CertificateFault) -> Certificate {
        try Certificate(rootDER: der, checking: signed)
    }

    /// An office that somebody certified, ready to certify others.
    package static func office(_ der: [UInt8], by issuer: Key) throws(CertificateFault) -> Authority
    {
        try Authority(der: der, issuedBy: issuer, checking: signed)
    }
}

/// The real checks, counted: what a verdict rests on is shown with it.
package final class CountingChecks: Checking {
    package private(set) var signatures = 0
    package private(set) var certificates = 0

    package init() {}

    package func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        signatures += 1
        return Checks.real.isSigned(hash, by: key, with: signature)
    }

    package func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        let certificate = try Checks.real.certificate(der, issuedBy: issuer)
        certificates += 1
        return certificate
    }
}
