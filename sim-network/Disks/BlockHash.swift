/// A fast hash of one block, never 0.
///
/// It tells images apart and protects nothing.
func blockHash(_ bytes: [UInt8]) -> UInt64 {
    precondition(bytes.count == Content.blockBytes, "a block has \(Content.blockBytes) bytes")
    return unsafe bytes.withUnsafeBytes { raw in
        var (a, b): (UInt64, UInt64) = (0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344)
        // Every offset is a multiple of 16 below the block's length.
        for at in stride(from: 0, to: Content.blockBytes, by: 16) {
            let low = unsafe raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let high = unsafe raw.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)
            let first = (low ^ a).multipliedFullWidth(by: 0xA409_3822_299F_31D1)
            let second = (high ^ b).multipliedFullWidth(by: 0x082E_FA98_EC4E_6C89)
            a = first.low ^ first.high &+ b
            b = second.low ^ second.high &+ a
        }
        let hash = (a ^ (b &<< 32 | b &>> 32)) &* 0x9E37_79B9_7F4A_7C15
        return hash == 0 ? 1 : hash
    }
}

/// A fast hash of any bytes from a seed, for stand-ins that need no more than to notice every
/// accident.
package func quickHash(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
    var sum = QuickHash(seed, bytes.count)
    eachWord(of: bytes) { sum.add($0) }
    return sum.hash
}

/// The same from two seeds at once: the bytes are walked once, and neither waits for the other.
package func quickHash(_ bytes: [UInt8], seeds: (UInt64, UInt64)) -> (UInt64, UInt64) {
    var (first, second) = (QuickHash(seeds.0, bytes.count), QuickHash(seeds.1, bytes.count))
    eachWord(of: bytes) { word in
        first.add(word)
        second.add(word)
    }
    return (first.hash, second.hash)
}

private struct QuickHash {
    private var sum: UInt64

    init(_ seed: UInt64, _ count: Int) { sum = seed ^ UInt64(count) &* 0x9E37_79B9_7F4A_7C15 }

    @inline(__always)
    mutating func add(_ word: UInt64) {
        let product = (word ^ sum).multipliedFullWidth(by: 0xA409_3822_299F_31D1)
        sum = product.low ^ product.high &+ 0x082E_FA98_EC4E_6C89
    }

    var hash: UInt64 { (sum ^ sum &>> 31) &* 0x9E37_79B9_7F4A_7C15 }
}

/// The bytes eight by eight, the last ones filled up with zeros.
@inline(__always)
private func eachWord(of bytes: [UInt8], _ body: (UInt64) -> Void) {
    unsafe bytes.withUnsafeBytes { raw in
        var at = 0
        while raw.count - at >= 8 {
            body(unsafe raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        guard at < raw.count else { return }
        var last: UInt64 = 0
        for index in at..<raw.count {
            last |= UInt64(unsafe raw[index]) &<< UInt64(8 * (index - at))
        }
        body(last)
    }
}
