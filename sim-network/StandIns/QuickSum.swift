internal import Words

/// A fast keyed checksum of 128 bits: it notices every accident and withstands nobody.
struct QuickSum: Hashable, Sendable {
    private(set) var low: UInt64
    private(set) var high: UInt64

    init(_ key: Bytes32) {
        (low, high) = (key.words.0 ^ 0x243F_6A88_85A3_08D3, key.words.1 ^ 0x1319_8A2E_0370_7344)
        add(key.words.2, key.words.3)
    }

    @inline(__always)
    mutating func add(_ first: UInt64, _ second: UInt64) {
        let one = (first ^ low).multipliedFullWidth(by: 0xA409_3822_299F_31D1)
        let two = (second ^ high).multipliedFullWidth(by: 0x082E_FA98_EC4E_6C89)
        low = one.low ^ one.high &+ two.low
        high = two.low ^ two.high &+ one.high &+ 0x4528_21E6_38D0_1377
    }

    /// Bytes and their number, so that none at the end go unseen for being zero.
    mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
        let span = bytes.span.extracting(range)
        var at = 0
        while span.count - at >= 16 {
            let part = span.extracting(at..<at + 16)
            add(word(part, 0), word(part, 8))
            at += 16
        }
        var rest = (UInt64(0), UInt64(0))
        for index in at..<span.count {
            let bits = UInt64(span[index]) &<< UInt64(8 * (index - at) % 64)
            if index - at < 8 { rest.0 |= bits } else { rest.1 |= bits }
        }
        add(rest.0, rest.1)
        add(UInt64(span.count), 0)
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 16) { (room: inout OutputSpan<UInt8>) in
            for word in [low, high] {
                for index in 0..<8 {
                    room.append(UInt8(truncatingIfNeeded: word &>> UInt64(56 - 8 * index)))
                }
            }
        }
    }

    /// Whether it stands there in `bytes`.
    func stands(in bytes: [UInt8], at offset: Int) -> Bool {
        word(bytes.span, offset).byteSwapped == low
            && word(bytes.span, offset + 8).byteSwapped == high
    }
}

@inline(__always)
private func word(_ span: Span<UInt8>, _ at: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(span[at + index]) &<< UInt64(8 * index) }
    return value
}
