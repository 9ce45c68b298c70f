internal import CSodium
package import Words

/// The bare signature checks behind some provenance: what checking it is measured against.
///
/// Nothing else uses it.
package struct RawVerify: Sendable {
    private var checks: [(signature: [UInt8], message: [UInt8], key: [UInt8])] = []

    package init() { Sodium.start() }

    package mutating func add(_ hash: Hash, by key: Key, with signature: Signature) {
        checks.append((signature.array, signedBytes(hash), key.bytes.array))
    }

    package var count: Int { checks.count }

    /// Whether all of them hold.
    package func run() -> Bool {
        checks.allSatisfy { check in
            // Unsafe: 64 bytes of signature, the message's own, 32 of key.
            unsafe crypto_sign_verify_detached(
                check.signature,
                check.message,
                UInt64(check.message.count),
                check.key
            ) == 0
        }
    }
}
