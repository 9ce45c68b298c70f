/// The key of a row as a dictionary wants it.
///
/// An array of bytes hashes itself byte by byte; here eight of them are taken at a time.
package struct RowKey: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func hash(into hasher: inout Hasher) {
        let span = bytes.span
        var at = 0
        while at + 8 <= span.count {
            var word: UInt64 = 0
            for byte in at..<at + 8 { word = word &<< 8 | UInt64(span[byte]) }
            hasher.combine(word)
            at += 8
        }
        var rest = UInt64(span.count)
        while at < span.count {
            rest = rest &<< 8 | UInt64(span[at])
            at += 1
        }
        hasher.combine(rest)
    }
}
