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
        let nonce = chance.bytes(Self.nonceBytes)
        var dice = stream(nonce)
        var hidden: [UInt8] = []
        hidden.reserveCapacity(bytes.count + Self.nonceBytes + Self.tagBytes)
        hidden.append(contentsOf: nonce)
        hidden.append(contentsOf: bytes)
        dice.veil(&hidden, from: Self.nonceBytes)
        let (low, high) = tag(hidden, context)
        append(low, to: &hidden)
        append(high, to: &hidden)
        return hidden
    }

    package func show(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard bytes.count >= Self.nonceBytes + Self.tagBytes else { return nil }
        let hidden = Array(bytes.dropLast(Self.tagBytes))
        let (low, high) = tag(hidden, context)
        guard word(low) + word(high) == bytes.suffix(Self.tagBytes) else { return nil }
        var plain = Array(hidden[Self.nonceBytes...])
        var dice = stream(Array(hidden.prefix(Self.nonceBytes)))
        dice.veil(&plain)
        return plain
    }

    package func mac(_ bytes: [UInt8]) -> Hash {
        let (low, high) = quickHash(bytes, seeds: (keys.0, keys.1))
        return Hash(Bytes32(words: (low, high, low ^ keys.2, high ^ keys.3)))
    }

    private func tag(_ hidden: [UInt8], _ context: [UInt8]) -> (UInt64, UInt64) {
        let place = quickHash(context, seed: keys.3)
        return quickHash(hidden, seeds: (keys.0 ^ place, keys.1 ^ place))
    }

    private func stream(_ nonce: [UInt8]) -> Dice {
        Dice(seed: quickHash(nonce, seed: keys.2))
    }
}

private func word(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    append(number, to: &bytes)
    return bytes
}

private func append(_ number: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number &>> shift))
    }
}
