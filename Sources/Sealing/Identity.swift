internal import CSodium
package import Words

/// Who we are: an Ed25519 key pair whose secret half never leaves its memory.
package struct Identity: Signing, Sendable {
    package let key: Key
    private let secret: SecretMemory

    /// A new one, made on this device.
    package init(chance: inout some Chance) {
        self.init(seed: SecretMemory(Self.seedBytes, chance: &chance), at: 0)
    }

    /// The one that these 32 bytes are the seed of, which are wiped.
    package init?(seed bytes: inout [UInt8]) {
        guard bytes.count == Self.seedBytes else { return nil }
        self.init(seed: SecretMemory(taking: &bytes), at: 0)
    }

    /// The one that 32 bytes of a longer secret are the seed of.
    init(seed: SecretMemory, at offset: Int) {
        precondition(offset + Self.seedBytes <= seed.count, "a seed has 32 bytes")
        var publicKey = [UInt8](repeating: 0, count: 32)
        unsafe secret = SecretMemory(64) { target in
            // Unsafe: 32 bytes of public key, 64 of secret key, 32 of seed.
            let status = unsafe seed.lend { seed in
                unsafe crypto_sign_seed_keypair(&publicKey, target, seed + offset)
            }
            precondition(status == 0, "Ed25519 takes every seed")
        }
        key = Key(Bytes32(publicKey.span))
    }

    static let seedBytes = 32

    package func sign(_ hash: Hash) -> Signature { signature(of: signedBytes(hash)) }

    /// Signs bytes of another protocol (X.509), which are never those of a statement.
    package func sign(bytes: [UInt8]) -> Signature {
        precondition(!bytes.starts(with: Self.ownPrefix), "a statement is signed by its hash")
        return signature(of: bytes)
    }

    private static let ownPrefix = Array(signedBytes(Hash(Bytes32(repeating: 0))).prefix(8))

    private func signature(of bytes: [UInt8]) -> Signature {
        let signature = unsafe Array<UInt8>(unsafeUninitializedCapacity: 64) { out, filled in
            // Unsafe: 64 bytes of room, and the secret key has its 64.
            let status = unsafe secret.lend { secret in
                unsafe crypto_sign_detached(
                    address(out),
                    nil,
                    bytes,
                    UInt64(bytes.count),
                    secret
                )
            }
            precondition(status == 0, "Ed25519 signs everything")
            filled = 64
        }
        let span = signature.span
        return Signature(
            r: Bytes32(span.extracting(0..<32)),
            s: Bytes32(span.extracting(32..<64))
        )
    }
}

/// Checks Ed25519 signatures, as strictly as libsodium does: no second form of a signature, no
/// key of small order.
package struct Ed25519: Sendable {
    package init() { Sodium.start() }

    package func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        isSigned(bytes: signedBytes(hash), by: key, with: signature)
    }

    package func isSigned(bytes: [UInt8], by key: Key, with signature: Signature) -> Bool {
        // Unsafe: a signature's array has 64 bytes, a key's 32.
        unsafe crypto_sign_verify_detached(
            signature.array,
            bytes,
            UInt64(bytes.count),
            key.bytes.array
        ) == 0
    }
}

/// What our envelopes are opened with: an X25519 key pair.
package struct SealingSecret: Sendable {
    package let key: SealingKey
    private let secret: SecretMemory

    package init(chance: inout some Chance) {
        self.init(seed: SecretMemory(Self.seedBytes, chance: &chance), at: 0)
    }

    init(seed: SecretMemory, at offset: Int) {
        precondition(offset + Self.seedBytes <= seed.count, "a seed has 32 bytes")
        var publicKey = [UInt8](repeating: 0, count: 32)
        unsafe secret = SecretMemory(32) { target in
            // Unsafe: 32 bytes each of public key, secret key and seed.
            let status = unsafe seed.lend { seed in
                unsafe crypto_box_seed_keypair(&publicKey, target, seed + offset)
            }
            precondition(status == 0, "X25519 takes every seed")
        }
        key = SealingKey(Bytes32(publicKey.span))
    }

    static let seedBytes = 32

    /// The 32 bytes that `sealed` hides for us, or nil.
    func open(_ sealed: [UInt8]) -> MessageKey? {
        var bytes = [UInt8](repeating: 0, count: MessageKey.byteCount)
        guard sealed.count == bytes.count + Int(crypto_box_sealbytes()) else { return nil }
        // Unsafe: the room is that of the sealed bytes less the seal's own, both checked above.
        let status = unsafe secret.lend { secret in
            unsafe crypto_box_seal_open(
                &bytes,
                sealed,
                UInt64(sealed.count),
                key.bytes.array,
                secret
            )
        }
        return status == 0 ? MessageKey(taking: &bytes) : nil
    }
}
