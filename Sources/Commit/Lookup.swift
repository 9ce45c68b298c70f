import Wire
package import Words

/// The seller's call into the air, to whoever wants to pay.
///
/// It is the one datagram that is not sealed, so it says nothing that lasts; it commits the
/// seller to a nonce and its keys, which OFFER opens.
package struct Lookup: Hashable, Sendable {
    package let sealingKey: SealingKey
    package let promise: Hash
    package let datagram: [UInt8]
    package let name: Hash

    package init(sealingKey: SealingKey, promise: Hash) {
        (self.sealingKey, self.promise) = (sealingKey, promise)
        let body = Self.body(sealingKey, promise)
        name = Digest.hash(Self.domain, body)
        datagram = [Self.version] + name.bytes.array[..<Self.tagBytes] + [Self.kind] + body
    }

    /// The look-up this datagram is, if it is one as it has to be.
    package init?(_ datagram: [UInt8]) {
        guard Self.looksLike(datagram) else { return nil }
        let body = Array(datagram[Self.headBytes...])
        var reader = Reader(body)
        guard let (key, promise) = try? Self.read(&reader) else { return nil }
        self.init(sealingKey: key, promise: promise)
        // One encoding only: what it would have been had we made it.
        guard self.datagram == datagram else { return nil }
    }

    package static func looksLike(_ datagram: [UInt8]) -> Bool {
        datagram.count == Limits.lookupBytes && datagram[headBytes - 1] == kind
    }

    /// What commits a seller to its nonce before it has heard the buyer's.
    package static func promise(nonce: Salt, seller: Key, sealingKey: SealingKey) -> Hash {
        let bytes = nonce.array + seller.bytes.array + sealingKey.bytes.array
        return Digest.hash(promiseDomain, bytes)
    }

    private static func body(_ key: SealingKey, _ promise: Hash) -> [UInt8] {
        var writer = Writer(reserving: Limits.lookupBytes)
        writer.array(3)
        writer.value(key)
        writer.value(promise)
        writer.data(padding)
        return writer.bytes
    }

    private static func read(_ reader: inout Reader) throws(WireError) -> (SealingKey, Hash) {
        try reader.array(3)
        let (key, promise): (SealingKey, Hash) = (try reader.value(), try reader.value())
        _ = try reader.data(exactly: padding.count)
        try reader.finish()
        return (key, promise)
    }

    private static let version: UInt8 = 1
    private static let kind: UInt8 = 5
    private static let tagBytes = 8
    private static let headBytes = 10
    /// An array's head, two keys with theirs, and the padding's own three bytes of head.
    private static let padding = [UInt8](repeating: 0, count: Limits.lookupBytes - headBytes - 72)
    private static let domain = Digest.Domain("tally1 lookup")
    private static let promiseDomain = Digest.Domain("tally1 promise")
}

/// The number both screens show: equal, when nobody stands in between.
package struct Digits: Hashable, Sendable {
    package let text: String

    /// As they were shown before; nil when these are no six digits.
    package init?(text: String) {
        guard text.utf8.count == 6, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        self.text = text
    }

    package init(sellerNonce: Salt, buyerNonce: Salt, seller: Key, oneTime: Key) {
        let bytes =
            sellerNonce.array + buyerNonce.array + seller.bytes.array + oneTime.bytes.array
        let hash = Digest.hash(Self.domain, bytes)
        let digits = String(bigEndianWord(hash.bytes.array, 0) % 1_000_000)
        text = String(repeating: "0", count: 6 - digits.count) + digits
    }

    private static let domain = Digest.Domain("tally1 digits")
}
