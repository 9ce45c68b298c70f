import Wire
package import Words

/// A wallet's first word to an office, whose certificate it may not have yet: docs/PROTOCOL
/// section 13.1.
///
/// It is not sealed and says nothing that lasts. It is as long as a datagram may be, so that what
/// answers it is no longer.
package struct Hello: Hashable, Sendable {
    package let sealingKey: SealingKey
    package let datagram: [UInt8]
    package let name: Hash

    package init(sealingKey: SealingKey) {
        self.sealingKey = sealingKey
        var body = Writer(reserving: Limits.datagramBytes)
        body.array(2)
        body.value(sealingKey)
        body.data(Self.padding)
        name = Digest.hash(Self.domain, body.bytes)
        datagram = [Self.version] + name.bytes.array[..<Self.tagBytes] + [Self.kind] + body.bytes
    }

    /// The HELLO that this datagram is, if it is one as it has to be.
    package init?(_ datagram: [UInt8]) {
        guard Self.looksLike(datagram) else { return nil }
        var reader = Reader(Array(datagram[Self.headBytes...]))
        guard let key = try? Self.read(&reader) else { return nil }
        self.init(sealingKey: key)
        // One encoding only: what it would have been had we made it.
        guard self.datagram == datagram else { return nil }
    }

    package static func looksLike(_ datagram: [UInt8]) -> Bool {
        datagram.count == Limits.datagramBytes && datagram[headBytes - 1] == kind
    }

    private static func read(_ reader: inout Reader) throws(WireError) -> SealingKey {
        try reader.array(2)
        let key: SealingKey = try reader.value()
        _ = try reader.data(exactly: padding.count)
        try reader.finish()
        return key
    }

    private static let version: UInt8 = 1
    private static let kind: UInt8 = 6
    private static let tagBytes = 8
    private static let headBytes = 10
    /// An array's head, the key with its own, and the padding's three bytes of head.
    private static let padding = [UInt8](
        repeating: 0,
        count: Limits.datagramBytes - headBytes - 38
    )
    private static let domain = Digest.Domain("tally1 hello")
}
