import Disks
package import Words

/// A cheap stand-in for the data key: it withstands nobody, notices every accident, and is
/// otherwise what ``Hiding`` promises, from one seed.
package struct Veil: Hiding, Sendable {
    private static let domain = Digest.Domain("veil")
    private static let nonceBytes = 8
    private static let tagBytes = 16
    private let keys: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        keys = Digest.hash(Self.domain, word(seed)).bytes.words
    }

    package func hide(
        _ bytes: [UInt8],
        context: [UInt8],
        chance: inout some Chance
    ) -> [UInt8] {
        var hidden = chance.bytes(Self.nonceBytes)
        hidden.reserveCapacity(bytes.count + Self.nonceBytes + Self.tagBytes)
        let stream = stream(hidden, bytes.count)
        for index in bytes.indices { hidden.append(bytes[index] ^ stream[index]) }
        return hidden + tag(hidden, context)
    }

    package func show(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard bytes.count >= Self.nonceBytes + Self.tagBytes else { return nil }
        let hidden = Array(bytes.dropLast(Self.tagBytes))
        guard tag(hidden, context)[...] == bytes.suffix(Self.tagBytes) else { return nil }
        var plain = Array(hidden[Self.nonceBytes...])
        let stream = stream(Array(hidden.prefix(Self.nonceBytes)), plain.count)
        for index in plain.indices { plain[index] ^= stream[index] }
        return plain
    }

    package func mac(_ bytes: [UInt8]) -> Hash {
        let (low, high) = (quickHash(bytes, seed: keys.0), quickHash(bytes, seed: keys.1))
        return Hash(Bytes32(words: (low, high, low ^ keys.2, high ^ keys.3)))
    }

    private func tag(_ hidden: [UInt8], _ context: [UInt8]) -> [UInt8] {
        let place = quickHash(context, seed: keys.3)
        return word(quickHash(hidden, seed: keys.0 ^ place))
            + word(quickHash(hidden, seed: keys.1 ^ place))
    }

    private func stream(_ nonce: [UInt8], _ count: Int) -> [UInt8] {
        var dice = Dice(seed: quickHash(nonce, seed: keys.2))
        return dice.bytes(count)
    }
}

private func word(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number &>> UInt64(8 * $0)) }
}
