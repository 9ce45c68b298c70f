import Wire
package import Words

/// What lets somebody enrol, short enough to be read out.
///
/// It is a secret, and enough of the root's key to know its office by: docs/PROTOCOL section
/// 13.3.
package struct Code: Hashable, Sendable {
    package let secret: UInt64
    /// 60 bits of the hash of the root's key.
    package let root: UInt64

    /// The greatest secret: 50 bits.
    package static let secrets: UInt64 = 1 << 50 - 1
    private static let roots: UInt64 = 1 << 60 - 1

    package init(secret: UInt64, root: Key) {
        precondition(secret <= Self.secrets, "a secret has 50 bits")
        (self.secret, self.root) = (secret, Self.root(of: root))
    }

    package static func root(of key: Key) -> UInt64 {
        bigEndianWord(Digest.hash(rootDomain, key.bytes.array).bytes.array, 0) >> 4
    }

    /// What an office keeps of it.
    package static func hash(secret: UInt64) -> Hash {
        Digest.hash(inviteDomain, Array(bigEndianBytes(secret).suffix(7)))
    }

    // MARK: As it is read out

    private var check: UInt64 {
        let bytes = Array(bigEndianBytes(secret).suffix(7)) + bigEndianBytes(root)
        return bigEndianWord(Digest.hash(Self.checkDomain, bytes).bytes.array, 0) >> 49
    }

    package var text: String {
        let all = Self.letters(secret, 10) + Self.letters(check, 3) + Self.letters(root, 12)
        return stride(from: 0, to: all.count, by: 5)
            .map { String(decoding: all[$0..<$0 + 5], as: UTF8.self) }.joined(separator: "-")
    }

    package init(typed: String) throws(CodeFault) {
        var values: [UInt64] = []
        for letter in typed.utf8 where letter != 0x2D && letter != 0x20 {
            guard let value = Self.value(letter) else {
                throw .letter(String(decoding: [letter], as: UTF8.self))
            }
            values.append(value)
        }
        guard values.count == 25 else { throw .length(values.count) }
        func number(_ range: Range<Int>) -> UInt64 {
            values[range].reduce(0) { $0 << 5 | $1 }
        }
        (secret, root) = (number(0..<10), number(13..<25))
        guard check == number(10..<13) else { throw .check }
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func letters(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { alphabet[Int(number >> (5 * UInt64($0)) & 31)] }
    }

    private static func value(_ letter: UInt8) -> UInt64? {
        let upper = (0x61...0x7A).contains(letter) ? letter - 0x20 : letter
        let read: UInt8
        switch upper {
        case UInt8(ascii: "O"): read = UInt8(ascii: "0")
        case UInt8(ascii: "I"), UInt8(ascii: "L"): read = UInt8(ascii: "1")
        case _: read = upper
        }
        return alphabet.firstIndex(of: read).map { UInt64($0) }
    }

    private static let rootDomain = Digest.Domain("tally1 coderoot")
    private static let checkDomain = Digest.Domain("tally1 codecheck")
    private static let inviteDomain = Digest.Domain("tally1 invite")
}

/// Why what was typed is no code.
package enum CodeFault: Error, Hashable, Sendable {
    /// A character that no code has.
    case letter(String)
    /// So many characters, and not 25.
    case length(Int)
    /// A character was mistaken for another.
    case check
}
