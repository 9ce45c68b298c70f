package import Words

/// Hides what a journal writes: docs/PROTOCOL section 9.
///
/// One stored key gives two, so that no bytes are both encrypted and hashed under the same.
package struct DataKey: Hiding, Sendable {
    private let keys: SecretMemory

    package init(chance: inout some Chance) {
        self.init(root: SecretMemory(Self.rootBytes, chance: &chance), at: 0)
    }

    init(root: SecretMemory, at offset: Int) {
        precondition(offset + Self.rootBytes <= root.count, "a data key has 32 bytes")
        unsafe keys = SecretMemory(64) { target in
            unsafe root.lend { root in
                var hiding = unsafe keyedHash(root + offset, .hide, []).bytes.array
                var chaining = unsafe keyedHash(root + offset, .journal, []).bytes.array
                for index in 0..<32 {
                    unsafe target[index] = hiding[index]
                    unsafe target[32 + index] = chaining[index]
                }
                wipe(&hiding)
                wipe(&chaining)
            }
        }
    }

    static let rootBytes = 32

    package func hide(_ bytes: [UInt8], context: [UInt8], chance: inout some Chance) -> [UInt8] {
        let nonce = chance.bytes(24)
        var sealed: [UInt8] = []
        sealed.reserveCapacity(nonce.count + bytes.count + 16)
        sealed.append(contentsOf: nonce)
        sealed.append(contentsOf: bytes)
        unsafe keys.lend { key in
            unsafe Box.close(&sealed, from: 24, nonce: nonce, vouching: context, key: key)
        }
        return sealed
    }

    package func show(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 24 + 16 else { return nil }
        return unsafe keys.lend { key in
            unsafe Box.open(
                bytes,
                24..<bytes.count,
                nonce: 0..<24,
                vouching: context,
                key: key
            )
        }
    }

    package func mac(_ bytes: [UInt8]) -> Hash {
        unsafe keys.lend { key in unsafe keyedHash(key + 32, .journal, bytes) }
    }
}

/// Makes payment ids, and knows its own again without having written them down.
package struct PaymentSecret: Sendable {
    private let root: SecretMemory
    private let offset: Int

    package init(chance: inout some Chance) {
        self.init(root: SecretMemory(Self.rootBytes, chance: &chance), at: 0)
    }

    init(root: SecretMemory, at offset: Int) {
        precondition(offset + Self.rootBytes <= root.count, "a payment key has 32 bytes")
        (self.root, self.offset) = (root, offset)
    }

    static let rootBytes = 32

    package func payment(in epoch: Epoch, chance: inout some Chance) -> PaymentID {
        let drawn = chance.bytes(16)
        precondition(drawn.count == 16, "asked chance for 16 bytes, got \(drawn.count)")
        return named(epoch, salt(drawn))
    }

    package func isOwn(_ id: PaymentID) -> Bool { named(id.epoch, id.random) == id }

    private func named(_ epoch: Epoch, _ random: Salt) -> PaymentID {
        let bytes = [epoch.number, random.high, random.low].flatMap(bigEndianBytes)
        let hash = unsafe root.lend { root in unsafe keyedHash(root + offset, .payment, bytes) }
        return PaymentID(epoch: epoch, random: random, mac: salt(hash.bytes.array))
    }

    private func salt(_ bytes: [UInt8]) -> Salt {
        func word(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return Salt(high: word(0..<8), low: word(8..<16))
    }
}
