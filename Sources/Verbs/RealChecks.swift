package import Certificates
internal import Sealing

extension Checks {
    /// Ed25519 by libsodium under X.509 by libcrypto: the two rooms meet only here.
    package static let real = Checks { bytes, key, signature in
        Ed25519().isSigned(bytes: bytes, by: key, with: signature)
    }
}
