import CSodium
import Words

/// Chance that gives out what it was given, in order.
struct ScriptedChance: Chance {
    private var script: [[UInt8]]

    init(_ script: [[UInt8]]) { self.script = script }

    mutating func bytes(_ count: Int) -> [UInt8] {
        guard let next = script.first, next.count == count else {
            preconditionFailure("the script does not hold \(count) bytes here")
        }
        script.removeFirst()
        return next
    }
}

/// libsodium as the vectors use it, beside the code that they test.
enum Bare {
    static func hash(
        _ bytes: [UInt8],
        person: String = "",
        key: [UInt8] = [],
        count: Int = 32
    ) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        let person = Array(person.utf8) + Array(repeating: 0, count: 16 - person.utf8.count)
        let status = unsafe crypto_generichash_blake2b_salt_personal(
            &out,
            count,
            bytes,
            UInt64(bytes.count),
            key,
            key.count,
            nil,
            person
        )
        precondition(status == 0, "BLAKE2b takes these sizes")
        return out
    }

    static func boxKeys(seed: [UInt8]) -> (publicKey: [UInt8], secretKey: [UInt8]) {
        var keys = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 32))
        let status = unsafe crypto_box_seed_keypair(&keys.0, &keys.1, seed)
        precondition(status == 0, "X25519 takes every seed")
        return keys
    }

    static func aead(
        _ plain: [UInt8],
        nonce: [UInt8],
        data: [UInt8],
        key: [UInt8]
    ) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: plain.count + 16)
        let status = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
            &out,
            nil,
            plain,
            UInt64(plain.count),
            data,
            UInt64(data.count),
            nil,
            nonce,
            key
        )
        precondition(status == 0, "the AEAD cannot fail to encrypt")
        return out
    }
}
