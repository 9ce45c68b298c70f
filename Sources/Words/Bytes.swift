/// 32 bytes held as four words: no allocation, cheap to compare, hash and copy.
package struct Bytes32: Hashable, Sendable, Comparable {
    /// Little-endian words, in the order of the bytes.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    package init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    package init(_ span: Span<UInt8>) {
        precondition(span.count == 32, "Bytes32 is made of 32 bytes, not \(span.count)")
        words = (
            littleEndian(span, 0), littleEndian(span, 8),
            littleEndian(span, 16), littleEndian(span, 24)
        )
    }

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(bytes.span)
    }

    package init(repeating byte: UInt8) {
        let word = UInt64(byte) &* 0x0101_0101_0101_0101
        words = (word, word, word, word)
    }

    package var array: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(32)
        append(to: &out)
        return out
    }

    /// Appends in one go, because hashes and keys are most of what is ever written.
    package func append(to out: inout [UInt8]) {
        out.append(addingCapacity: 32) { (room: inout OutputSpan<UInt8>) in
            room.append(repeating: 0, count: 32)
            var bytes = room.mutableSpan
            lay(in: &bytes, at: 0)
        }
    }

    /// Appends two bytes and these 32, in one go too.
    package func append(to out: inout [UInt8], after first: UInt8, _ second: UInt8) {
        out.append(addingCapacity: 34) { (room: inout OutputSpan<UInt8>) in
            room.append(repeating: 0, count: 34)
            var bytes = room.mutableSpan
            (bytes[0], bytes[1]) = (first, second)
            lay(in: &bytes, at: 2)
        }
    }

    @inline(__always)
    private func lay(in out: inout MutableSpan<UInt8>, at start: Int) {
        layLittleEndian(words.0, in: &out, at: start)
        layLittleEndian(words.1, in: &out, at: start + 8)
        layLittleEndian(words.2, in: &out, at: start + 16)
        layLittleEndian(words.3, in: &out, at: start + 24)
    }

    package static func == (a: Bytes32, b: Bytes32) -> Bool { a.words == b.words }

    /// The order of the bytes, so that a sorted list is the same everywhere.
    package static func < (a: Bytes32, b: Bytes32) -> Bool {
        (a.words.0.byteSwapped, a.words.1.byteSwapped, a.words.2.byteSwapped, a.words.3.byteSwapped)
            < (
                b.words.0.byteSwapped, b.words.1.byteSwapped, b.words.2.byteSwapped,
                b.words.3.byteSwapped
            )
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// The eight bytes from `at` on, as a word.
@inline(__always)
func littleEndian(_ span: Span<UInt8>, _ at: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(span[at + index]) &<< UInt64(8 * index) }
    return value
}

/// Asks for room once a word, which leaves one store of what would be eight.
@inline(__always)
func layLittleEndian(_ word: UInt64, in out: inout MutableSpan<UInt8>, at start: Int) {
    precondition(out.count >= start + 8, "no room for a word")
    for index in 0..<8 {
        out[start + index] = UInt8(truncatingIfNeeded: word &>> UInt64(8 * index))
    }
}

package enum Hex {
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The bytes that lower- or upper-case hexadecimal names, or nil when it is not that.
    package static func bytes(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        for at in stride(from: 0, to: characters.count, by: 2) {
            guard let high = value(characters[at]), let low = value(characters[at + 1]) else {
                return nil
            }
            out.append(high << 4 | low)
        }
        return out
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
