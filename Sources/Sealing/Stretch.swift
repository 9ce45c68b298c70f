internal import CSodium
internal import Words

/// Makes a key of a passphrase, slowly on purpose.
///
/// Tests, simulator and fuzzers put a step of their own in its place: the real one costs 0.4 s
/// and 256 MiB.
package struct Stretch: Sendable {
    package struct Cost: Hashable, Sendable {
        package let operations: UInt64
        package let memoryBytes: Int

        package init(operations: UInt64, memoryBytes: Int) {
            (self.operations, self.memoryBytes) = (operations, memoryBytes)
        }

        /// Argon2id's "moderate".
        package static let moderate = Cost(
            operations: Limits.passphraseOperations,
            memoryBytes: Limits.passphraseMemoryBytes
        )
        /// What a file may ask for.
        package static let most = Cost(
            operations: Limits.passphraseOperationsCap,
            memoryBytes: Limits.passphraseMemoryCapBytes
        )
    }

    /// 32 bytes, or nil when the memory is not to be had.
    package typealias Run =
        @Sendable (
            _ passphrase: [UInt8], _ salt: [UInt8], _ cost: Cost
        ) -> [UInt8]?

    /// The floor: a file that asks for less was not made by us.
    package let least: Cost
    package let run: Run

    package init(least: Cost, run: @escaping Run) {
        (self.least, self.run) = (least, run)
    }

    package static let saltBytes = 16

    package static let argon2id = Stretch(least: .moderate) { passphrase, salt, cost in
        Sodium.start()
        precondition(salt.count == saltBytes, "a salt has 16 bytes")
        var key = [UInt8](repeating: 0, count: 32)
        let status = unsafe passphrase.withUnsafeBytes { passphrase in
            // Unsafe: the passphrase may be empty, and has an address even then; bytes and
            // characters are the same to libsodium.
            let text = unsafe passphrase.bindMemory(to: CChar.self)
            guard let start = text.baseAddress else { return Int32(-1) }
            return unsafe crypto_pwhash(
                &key,
                UInt64(key.count),
                start,
                UInt64(text.count),
                salt,
                cost.operations,
                cost.memoryBytes,
                crypto_pwhash_ALG_ARGON2ID13
            )
        }
        guard status == 0 else {
            wipe(&key)
            return nil
        }
        return key
    }
}
