internal import CSodium

/// The bare libsodium calls behind one envelope, on memory laid out beforehand: what sealing
/// and opening are measured against.
///
/// Nothing else uses it.
@safe package final class RawYardstick {
    private let statement: Int
    private let padded: Int
    private let memory: UnsafeMutablePointer<UInt8>
    private let plain, datagram, opened, small: UnsafeMutablePointer<UInt8>
    private let key, publicKey, secretKey, sealingKey, sealingSecret: UnsafeMutablePointer<UInt8>

    /// For a message whose statement has so many bytes.
    package init(statementBytes: Int, paddedBytes: Int) {
        Sodium.start()
        (statement, padded) = (statementBytes, paddedBytes)
        // Unsafe: one block, cut below into parts that do not overlap and end within it.
        let block = UnsafeMutablePointer<UInt8>.allocate(capacity: 8_192)
        unsafe block.initialize(repeating: 7, count: 8_192)
        unsafe memory = block
        unsafe (plain, datagram, opened) = (block, block + 2_048, block + 4_096)
        unsafe (small, key, publicKey) = (block + 6_144, block + 6_656, block + 6_688)
        unsafe (secretKey, sealingKey, sealingSecret) = (
            block + 6_720, block + 6_784, block + 6_816
        )
        precondition(paddedBytes <= 1_120, "the yardstick measures one datagram")
        let made = unsafe (
            crypto_sign_keypair(publicKey, secretKey), crypto_box_keypair(sealingKey, sealingSecret)
        )
        precondition(made == (0, 0), "libsodium makes keys")
        // The nonce of a seal hashes the ephemeral key and the receiver's, side by side.
        unsafe (small + 128).update(from: sealingKey, count: 32)
    }

    deinit { unsafe memory.deallocate() }

    /// Everything that a first message and its opening need; false when it did not open.
    package func first() -> Bool {
        var status = hashAndSign()
        // The secret key, its seal, and the tag over all of the datagram.
        unsafe randombytes_buf(key, 32)
        unsafe randombytes_buf(small + 64, 32)
        status |= unsafe crypto_box_seed_keypair(small + 96, small + 400, small + 64)
        status |= unsafe crypto_generichash(small + 160, 24, small + 96, 64, nil, 0)
        status |= unsafe crypto_box_easy(
            datagram + 10,
            key,
            32,
            small + 160,
            sealingKey,
            small + 400
        )
        status |= unsafe crypto_generichash(small + 192, 32, sealingKey, 32, nil, 0)
        status |= close(vouching: 82)
        status |= tag()
        status |= tag()
        unsafe (datagram + 42).update(from: datagram + 10, count: 48)
        unsafe (datagram + 10).update(from: small + 96, count: 32)
        status |= unsafe crypto_box_seal_open(key, datagram + 10, 80, sealingKey, sealingSecret)
        status |= open(vouching: 82)
        return status | check() == 0
    }

    /// Everything that a following message and its opening need.
    package func following() -> Bool {
        var status = hashAndSign()
        status |= close(vouching: 2)
        status |= open(vouching: 2)
        return status | check() == 0
    }

    private func hashAndSign() -> Int32 {
        let hashed = unsafe crypto_generichash(small + 8, 32, plain, UInt64(statement), nil, 0)
        return unsafe hashed | crypto_sign_detached(plain + statement, nil, small, 40, secretKey)
    }

    private func check() -> Int32 {
        let hashed = unsafe crypto_generichash(small + 8, 32, opened, UInt64(statement), nil, 0)
        return unsafe hashed
            | crypto_sign_verify_detached(opened + statement, small, 40, publicKey)
    }

    private func close(vouching count: UInt64) -> Int32 {
        unsafe randombytes_buf(datagram + 90, 24)
        return unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
            datagram + 114,
            nil,
            plain,
            UInt64(padded),
            small + 256,
            count,
            nil,
            datagram + 90,
            key
        )
    }

    private func open(vouching count: UInt64) -> Int32 {
        unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
            opened,
            nil,
            nil,
            datagram + 114,
            UInt64(padded + 16),
            small + 256,
            count,
            datagram + 90,
            key
        )
    }

    private func tag() -> Int32 {
        unsafe crypto_generichash(
            small + 224,
            32,
            datagram + 9,
            UInt64(padded) + 121,
            small + 192,
            32
        )
    }
}
