import Disks
package import Words

/// A cheap stand-in for the data key: it hides nothing from anyone who reads this file, and is
/// otherwise what ``Hiding`` promises, from one seed.
package struct Veil: Hiding, Sendable {
    private static let tagDomain = Digest.Domain("veil tag")
    private static let macDomain = Digest.Domain("veil mac")
    private static let (nonceBytes, tagBytes) = (8, 16)
    private let key: [UInt8]

    package init(seed: UInt64) {
        var dice = Dice(seed: seed)
        key = dice.bytes(32)
    }

    package func hide(
        _ bytes: [UInt8], context: [UInt8], chance: inout some Chance
    ) -> [UInt8] {
        let nonce = chance.bytes(Self.nonceBytes)
        let hidden = nonce + mixed(bytes[...], nonce)
        return hidden + tag(hidden, context)
    }

    package func show(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard bytes.count >= Self.nonceBytes + Self.tagBytes else { return nil }
        let hidden = Array(bytes.dropLast(Self.tagBytes))
        guard tag(hidden, context)[...] == bytes.suffix(Self.tagBytes) else { return nil }
        return mixed(hidden[Self.nonceBytes...], Array(hidden.prefix(Self.nonceBytes)))
    }

    package func mac(_ bytes: [UInt8]) -> Hash {
        Digest.hash(Self.macDomain, key + bytes)
    }

    private func tag(_ hidden: [UInt8], _ context: [UInt8]) -> [UInt8] {
        var bytes = key
        bytes.reserveCapacity(hidden.count + context.count + 33)
        bytes.append(UInt8(context.count))
        bytes += context
        bytes += hidden
        return Array(Digest.hash(Self.tagDomain, bytes).bytes.array.prefix(Self.tagBytes))
    }

    private func mixed(_ bytes: ArraySlice<UInt8>, _ nonce: [UInt8]) -> [UInt8] {
        let start = zip(nonce, key).reduce(UInt64(0)) { $0 &<< 8 | UInt64($1.0 ^ $1.1) }
        var dice = Dice(seed: start)
        let stream = dice.bytes(bytes.count)
        return zip(bytes, stream).map { $0 ^ $1 }
    }
}
