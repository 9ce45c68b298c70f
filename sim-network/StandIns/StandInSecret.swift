import Wire
import Words

/// The secret key of a stand-in conversation.
struct StandInSecret: Hashable, Sendable {
    fileprivate let bytes: Bytes32
    /// Named, as in the real desk, by what its following messages are tagged with.
    let way: Way

    init(drawnFrom chance: inout some Chance) {
        self.init(Bytes32(chance.bytes(32).span))
    }

    fileprivate init(_ bytes: Bytes32) {
        self.bytes = bytes
        var sum = QuickSum(bytes)
        sum.add(1, 0)
        way = Way(sum.low)
    }

    /// The datagrams of a message; with a cover for one that does not know the key yet.
    func seal(
        _ message: SignedObject,
        _ hash: Hash,
        _ cover: StandInCover?,
        _ chance: inout some Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        let padded = message.padded
        let whole: Datagram.Kind = cover == nil ? .following : .first
        guard padded.count > Datagram.roomBytes(whole) else {
            return [datagram(whole, nil, padded[...], cover, &chance)]
        }
        guard padded.count <= Limits.messageBytes else { throw .tooLong }
        let cut: Datagram.Kind = cover == nil ? .followingFragment : .firstFragment
        let parts = Fragment.parts(of: padded.count)
        let number = number(of: hash)
        return parts.enumerated().map { index, range in
            let fragment = Fragment(number: number, index: index, count: parts.count)
            return datagram(cut, fragment, padded[range], cover, &chance)
        }
    }

    /// What stands in the box, once its sum fits.
    func open(_ datagram: Datagram) throws(EnvelopeFault) -> [UInt8] {
        let end = datagram.bytes.count - Datagram.macBytes
        guard sum(over: datagram.bytes, to: end).stands(in: datagram.bytes, at: end) else {
            throw .box
        }
        return Array(datagram.bytes[datagram.box.lowerBound..<end])
    }

    private func datagram(
        _ kind: Datagram.Kind,
        _ fragment: Fragment?,
        _ plain: ArraySlice<UInt8>,
        _ cover: StandInCover?,
        _ chance: inout some Chance
    ) -> [UInt8] {
        var bytes = Datagram.head(
            kind,
            sealed: cover?.sealed ?? [],
            fragment: fragment,
            plaintextBytes: plain.count
        )
        let drawn = chance.bytes(8)
        for _ in 0..<3 { bytes.append(contentsOf: drawn) }
        bytes.append(contentsOf: plain)
        sum(over: bytes, to: bytes.count).append(to: &bytes)
        Datagram.setTag(
            cover.map { StandInCover.tag(bytes, $0.receiver) } ?? way.number,
            in: &bytes
        )
        return bytes
    }

    /// Under everything but the version and the tag: the header, the nonce, the content.
    private func sum(over datagram: [UInt8], to end: Int) -> QuickSum {
        var sum = QuickSum(bytes)
        sum.add(datagram, Datagram.tagged(end))
        return sum
    }

    private func number(of hash: Hash) -> UInt64 {
        var sum = QuickSum(bytes)
        let words = hash.bytes.words
        sum.add(words.0, words.1)
        sum.add(words.2, words.3)
        return sum.high
    }
}

/// A stand-in secret key as first messages carry it to one receiver: 32 bytes that make it look
/// like no other, the key, and a sum under the receiver's key.
struct StandInCover: Hashable, Sendable {
    let receiver: SealingKey
    let sealed: [UInt8]

    init(_ secret: StandInSecret, to receiver: SealingKey, chance: inout some Chance) {
        self.receiver = receiver
        var sealed = chance.bytes(Self.keyAt)
        secret.bytes.append(to: &sealed)
        Self.sum(sealed, 0..<sealed.count, receiver).append(to: &sealed)
        self.sealed = sealed
    }

    private static let keyAt = 32
    private static let sumAt = 64

    /// The secret key that a datagram carries; nil when it was not sealed to `receiver`.
    static func open(_ datagram: Datagram, _ receiver: SealingKey) -> StandInSecret? {
        guard let sealed = datagram.sealedKey else { return nil }
        let (start, end) = (sealed.lowerBound, sealed.lowerBound + sumAt)
        guard sum(datagram.bytes, start..<end, receiver).stands(in: datagram.bytes, at: end)
        else { return nil }
        return StandInSecret(Bytes32(datagram.bytes.span.extracting(start + keyAt..<end)))
    }

    /// What a receiver looks for first.
    static func tag(_ datagram: [UInt8], _ receiver: SealingKey) -> UInt64 {
        sum(datagram, Datagram.tagged(datagram.count), receiver).high
    }

    private static func sum(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ receiver: SealingKey
    ) -> QuickSum {
        var sum = QuickSum(receiver.bytes)
        sum.add(bytes, range)
        return sum
    }
}
