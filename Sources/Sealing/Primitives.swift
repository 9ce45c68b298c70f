internal import CSodium
internal import Wire
internal import Words

/// 16 bytes of BLAKE2b personalisation: what a keyed hash is for.
struct Purpose: Sendable {
    let bytes: [UInt8]

    init(_ name: StaticString) {
        let text = Array(name.description.utf8)
        precondition(text.count <= 16, "a purpose is at most 16 characters")
        bytes = text + Array(repeating: 0, count: 16 - text.count)
    }

    static let tag = Purpose("tally1 tag")
    static let follow = Purpose("tally1 follow")
    static let number = Purpose("tally1 number")
    static let hide = Purpose("tally1 hide")
    static let journal = Purpose("tally1 journal")
    static let payment = Purpose("tally1 payment")
    static let keyFile = Purpose("tally1 keyfile")
}

/// K of docs/PROTOCOL section 1, over a part of an array.
///
/// The key has 32 bytes.
func keyedHash(
    _ key: UnsafePointer<UInt8>,
    _ purpose: Purpose,
    _ bytes: [UInt8],
    _ range: Range<Int>
) -> Hash {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let status = unsafe bytes.withUnsafeBufferPointer { source in
        // Unsafe: 32 bytes of room and of key, and a range that the slice below checks.
        let source = unsafe UnsafeBufferPointer(rebasing: source[range])
        return unsafe withUnsafeMutableBytes(of: &words) { words in
            unsafe words.withMemoryRebound(to: UInt8.self) { out in
                unsafe crypto_generichash_blake2b_salt_personal(
                    address(out),
                    32,
                    address(source),
                    UInt64(source.count),
                    key,
                    32,
                    nil,
                    purpose.bytes
                )
            }
        }
    }
    precondition(status == 0, "BLAKE2b refused a key of 32 bytes")
    // The words of Bytes32 are little-endian, whatever this machine's are.
    return Hash(
        Bytes32(
            words: (
                UInt64(littleEndian: words.0), UInt64(littleEndian: words.1),
                UInt64(littleEndian: words.2), UInt64(littleEndian: words.3)
            )
        )
    )
}

func keyedHash(_ key: UnsafePointer<UInt8>, _ purpose: Purpose, _ bytes: [UInt8]) -> Hash {
    unsafe keyedHash(key, purpose, bytes, 0..<bytes.count)
}

/// The first eight bytes of a hash, as the number they are on the wire.
func firstWord(_ hash: Hash) -> UInt64 { hash.bytes.words.0.byteSwapped }

/// XChaCha20-Poly1305 (IETF), with a key of 32 bytes and a nonce of 24.
enum Box {
    /// Encrypts the end of `bytes`, from `start` on, where it stands, and appends the MAC.
    static func close(
        _ bytes: inout [UInt8],
        from start: Int,
        nonce: [UInt8],
        vouching data: [UInt8],
        key: UnsafePointer<UInt8>
    ) {
        precondition(nonce.count == Datagram.nonceBytes, "a nonce has 24 bytes")
        let count = bytes.count - start
        for _ in 0..<Datagram.macBytes { bytes.append(0) }
        let status = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            // Unsafe: the slice holds the plaintext and 16 bytes more; in place is allowed.
            let part = unsafe UnsafeMutableBufferPointer(rebasing: buffer[start...])
            return unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                address(part),
                nil,
                address(part),
                UInt64(count),
                data,
                UInt64(data.count),
                nil,
                nonce,
                key
            )
        }
        precondition(status == 0, "XChaCha20-Poly1305 cannot fail to encrypt")
    }

    /// What `range` of `bytes` was, or nil when anything about it was changed.
    static func open(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        nonce: Range<Int>,
        vouching data: [UInt8],
        key: UnsafePointer<UInt8>
    ) -> [UInt8]? {
        let count = range.count - Datagram.macBytes
        guard count >= 0 else { return nil }
        var isAuthentic = false
        let plain = unsafe [UInt8](unsafeUninitializedCapacity: count) { out, filled in
            // Unsafe: there is room for what comes out.
            isAuthentic = unsafe open(
                bytes,
                range,
                nonce: nonce,
                vouching: data,
                key: key,
                into: address(out)
            )
            filled = isAuthentic ? count : 0
        }
        return isAuthentic ? plain : nil
    }

    /// The same into memory of one's own, with room for the range less 16 bytes.
    static func open(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        nonce: Range<Int>,
        vouching data: [UInt8],
        key: UnsafePointer<UInt8>,
        into out: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        guard range.count >= Datagram.macBytes, nonce.count == Datagram.nonceBytes else {
            return false
        }
        return unsafe bytes.withUnsafeBufferPointer { source in
            // Unsafe: both slices are checked where they are made.
            let box = unsafe UnsafeBufferPointer(rebasing: source[range])
            let nonce = unsafe UnsafeBufferPointer(rebasing: source[nonce])
            return unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                out,
                nil,
                nil,
                address(box),
                UInt64(box.count),
                data,
                UInt64(data.count),
                address(nonce),
                key
            ) == 0
        }
    }
}
