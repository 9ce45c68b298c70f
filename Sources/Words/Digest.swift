/// BLAKE2b-256 with a personalisation, as RFC 7693 and `hashlib.blake2b(person=…)` have it.
///
/// It is written here, in Swift without `unsafe`, so that the pure rooms can name things by
/// their hash without reaching for a C library. Signatures are checked behind a seam;
/// a hash is arithmetic.
package enum Digest {
    /// What a hash is *of*.
    ///
    /// Two kinds of thing never share a hash, because the domain is
    /// mixed in before the first byte.
    package struct Domain: Hashable, Sendable {
        fileprivate let low: UInt64
        fileprivate let high: UInt64

        /// The domain named by up to 16 ASCII characters, padded with zeros.
        package init(_ name: StaticString) {
            precondition(name.utf8CodeUnitCount <= 16, "a domain is at most 16 characters")
            let text = Array(name.description.utf8)
            var words: (UInt64, UInt64) = (0, 0)
            for (index, byte) in text.enumerated() {
                let bits = UInt64(byte) &<< UInt64(8 * (index % 8))
                if index < 8 { words.0 |= bits } else { words.1 |= bits }
            }
            (low, high) = words
        }
    }

    package static func hash(_ domain: Domain, _ bytes: [UInt8]) -> Hash {
        hash(domain, bytes, 0..<bytes.count)
    }

    /// The hash of a part of an array, so that nothing is copied to be hashed.
    package static func hash(_ domain: Domain, _ bytes: [UInt8], _ range: Range<Int>) -> Hash {
        var state = State(domain)
        var at = range.lowerBound
        while range.upperBound - at > 128 {
            state.compress(block(bytes, at, 128), UInt64(at - range.lowerBound + 128), false)
            at += 128
        }
        let length = UInt64(range.count)
        state.compress(block(bytes, at, range.upperBound - at), length, true)
        return state.hash
    }

    /// The hash of two hashes side by side: the nodes of every tree.
    package static func hash(_ domain: Domain, _ first: Hash, _ second: Hash) -> Hash {
        var state = State(domain)
        var message = Block(repeating: 0)
        lay(first, at: 0, in: &message)
        lay(second, at: 4, in: &message)
        state.compress(message, 64, true)
        return state.hash
    }

    /// The hash of three hashes side by side.
    package static func hash(
        _ domain: Domain,
        _ first: Hash,
        _ second: Hash,
        _ third: Hash
    ) -> Hash {
        var state = State(domain)
        var message = Block(repeating: 0)
        lay(first, at: 0, in: &message)
        lay(second, at: 4, in: &message)
        lay(third, at: 8, in: &message)
        state.compress(message, 96, true)
        return state.hash
    }

    /// The same with a key of 32 bytes: K of docs/PROTOCOL section 1.
    package static func keyed(_ key: Bytes32, _ domain: Domain, _ bytes: [UInt8]) -> Hash {
        var state = State(domain, keyBytes: 32)
        var first = Block(repeating: 0)
        lay(Hash(key), at: 0, in: &first)
        state.compress(first, 128, bytes.isEmpty)
        var at = 0
        while at < bytes.count {
            let count = min(128, bytes.count - at)
            state.compress(
                block(bytes, at, count),
                UInt64(128 + at + count),
                at + count == bytes.count
            )
            at += count
        }
        return state.hash
    }

    @inline(__always)
    private static func lay(_ hash: Hash, at index: Int, in message: inout Block) {
        let words = hash.bytes.words
        message[index] = words.0
        message[index + 1] = words.1
        message[index + 2] = words.2
        message[index + 3] = words.3
    }

    private typealias Block = InlineArray<16, UInt64>

    private static func block(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Block {
        var message = Block(repeating: 0)
        let source = bytes.span.extracting(start..<start + count)
        let whole = count / 8
        for word in 0..<whole {
            message[word] = littleEndian(source.extracting(word * 8..<word * 8 + 8), 0)
        }
        for at in whole * 8..<count {
            message[at / 8] |= UInt64(source[at]) &<< UInt64(8 * (at % 8))
        }
        return message
    }

    private struct State {
        var h: InlineArray<8, UInt64>

        init(_ domain: Domain, keyBytes: UInt64 = 0) {
            h = [
                iv[0] ^ 0x0101_0020 ^ keyBytes &<< 8, iv[1], iv[2], iv[3], iv[4], iv[5],
                iv[6] ^ domain.low, iv[7] ^ domain.high,
            ]
        }

        var hash: Hash {
            Hash(Bytes32(words: (h[0], h[1], h[2], h[3])))
        }

        mutating func compress(_ m: Block, _ count: UInt64, _ last: Bool) {
            var v = Square(
                a: (h[0], h[1], h[2], h[3]),
                b: (h[4], h[5], h[6], h[7]),
                c: (iv[0], iv[1], iv[2], iv[3]),
                d: (iv[4] ^ count, iv[5], last ? ~iv[6] : iv[6], iv[7])
            )
            // The rounds stand here one by one, so that the compiler knows which word each step
            // takes: to look that up in a table cost more than twice the steps themselves.
            v.mix(m, (0, 1, 2, 3, 4, 5, 6, 7), (8, 9, 10, 11, 12, 13, 14, 15))
            v.mix(m, (14, 10, 4, 8, 9, 15, 13, 6), (1, 12, 0, 2, 11, 7, 5, 3))
            v.mix(m, (11, 8, 12, 0, 5, 2, 15, 13), (10, 14, 3, 6, 7, 1, 9, 4))
            v.mix(m, (7, 9, 3, 1, 13, 12, 11, 14), (2, 6, 5, 10, 4, 0, 15, 8))
            v.mix(m, (9, 0, 5, 7, 2, 4, 10, 15), (14, 1, 11, 12, 6, 8, 3, 13))
            v.mix(m, (2, 12, 6, 10, 0, 11, 8, 3), (4, 13, 7, 5, 15, 14, 1, 9))
            v.mix(m, (12, 5, 1, 15, 14, 13, 4, 10), (0, 7, 6, 3, 9, 2, 8, 11))
            v.mix(m, (13, 11, 7, 14, 12, 1, 3, 9), (5, 0, 15, 4, 8, 6, 2, 10))
            v.mix(m, (6, 15, 14, 9, 11, 3, 0, 8), (12, 2, 13, 7, 1, 4, 10, 5))
            v.mix(m, (10, 2, 8, 4, 7, 6, 1, 5), (15, 11, 9, 14, 3, 12, 13, 0))
            v.mix(m, (0, 1, 2, 3, 4, 5, 6, 7), (8, 9, 10, 11, 12, 13, 14, 15))
            v.mix(m, (14, 10, 4, 8, 9, 15, 13, 6), (1, 12, 0, 2, 11, 7, 5, 3))
            h[0] ^= v.a.0 ^ v.c.0
            h[1] ^= v.a.1 ^ v.c.1
            h[2] ^= v.a.2 ^ v.c.2
            h[3] ^= v.a.3 ^ v.c.3
            h[4] ^= v.b.0 ^ v.d.0
            h[5] ^= v.b.1 ^ v.d.1
            h[6] ^= v.b.2 ^ v.d.2
            h[7] ^= v.b.3 ^ v.d.3
        }
    }

    /// The sixteen words that a compression stirs, in rows of four.
    private struct Square {
        typealias Row = (UInt64, UInt64, UInt64, UInt64)
        typealias Order = (Int, Int, Int, Int, Int, Int, Int, Int)
        var a: Row
        var b: Row
        var c: Row
        var d: Row

        /// One round: two words of the message into each column, then into each diagonal.
        @inline(__always)
        mutating func mix(_ m: borrowing Block, _ columns: Order, _ diagonals: Order) {
            step(&a.0, &b.0, &c.0, &d.0, m[columns.0], m[columns.1])
            step(&a.1, &b.1, &c.1, &d.1, m[columns.2], m[columns.3])
            step(&a.2, &b.2, &c.2, &d.2, m[columns.4], m[columns.5])
            step(&a.3, &b.3, &c.3, &d.3, m[columns.6], m[columns.7])
            step(&a.0, &b.1, &c.2, &d.3, m[diagonals.0], m[diagonals.1])
            step(&a.1, &b.2, &c.3, &d.0, m[diagonals.2], m[diagonals.3])
            step(&a.2, &b.3, &c.0, &d.1, m[diagonals.4], m[diagonals.5])
            step(&a.3, &b.0, &c.1, &d.2, m[diagonals.6], m[diagonals.7])
        }
    }
}

@inline(__always)
private func step(
    _ a: inout UInt64,
    _ b: inout UInt64,
    _ c: inout UInt64,
    _ d: inout UInt64,
    _ x: UInt64,
    _ y: UInt64
) {
    a = a &+ b &+ x
    d ^= a
    d = d &>> 32 | d &<< 32
    c = c &+ d
    b ^= c
    b = b &>> 24 | b &<< 40
    a = a &+ b &+ y
    d ^= a
    d = d &>> 16 | d &<< 48
    c = c &+ d
    b ^= c
    b = b &>> 63 | b &<< 1
}

private let iv: InlineArray<8, UInt64> = [
    0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
]
