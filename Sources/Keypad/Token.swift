package import Wire
import Words

/// Twenty decimal digits, as somebody reads them out and types them.
package struct Token: Hashable, Sendable {
    /// The first ten digits, and the last.
    let left: UInt64
    let right: UInt64

    static let half: UInt64 = 10_000_000_000
    package static let digits = 20

    init(left: UInt64, right: UInt64) {
        precondition(left < Self.half && right < Self.half, "a token has twice ten digits")
        (self.left, self.right) = (left, right)
    }

    /// What was typed: 20 digits, with spaces and hyphens wherever somebody likes them.
    package init(typed: String) throws(TokenFault) {
        guard typed.utf8.count <= Limits.tokenTextBytes else { throw .tooLong }
        var digits: [UInt64] = []
        for character in typed.unicodeScalars {
            switch character {
            case "0"..."9": digits.append(UInt64(character.value - 48))
            case " ", "-": continue
            case _: throw .character
            }
        }
        guard digits.count == Self.digits else { throw .digits(digits.count) }
        func number(_ digits: ArraySlice<UInt64>) -> UInt64 { digits.reduce(0) { $0 * 10 + $1 } }
        self.init(left: number(digits[..<10]), right: number(digits[10...]))
    }

    /// As it is shown: five groups of four.
    package var text: String {
        let digits = Array(bare)
        return stride(from: 0, to: Self.digits, by: 4)
            .map { String(digits[$0..<$0 + 4]) }.joined(separator: " ")
    }

    /// The digits alone.
    package var bare: String { Self.padded(left) + Self.padded(right) }

    private static func padded(_ half: UInt64) -> String {
        let text = String(half)
        return String(repeating: "0", count: 10 - text.count) + text
    }
}

/// Why what was typed is no token at all; nothing is counted for it.
package enum TokenFault: Error, Hashable, Sendable {
    case character
    case digits(Int)
    case tooLong
}

/// How much one token is worth: 1 … 1,000,000 Wh.
package struct WattHours: Hashable, Sendable {
    package let number: UInt64

    package init?(_ number: UInt64) {
        guard (1...Limits.tokenWattHours).contains(number) else { return nil }
        self.number = number
    }
}

/// The how manieth sale of its meter it is, from 1 on.
package struct SaleNumber: Hashable, Sendable {
    package let number: UInt64

    package init?(_ number: UInt64) {
        guard (1...Limits.saleNumber).contains(number) else { return nil }
        self.number = number
    }
}

extension WattHours: WireValue {
    package func write(to writer: inout Writer) { writer.number(number) }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        guard let value = WattHours(try reader.number()) else {
            throw WireError(.outOfRange, at: start)
        }
        self = value
    }
}

extension SaleNumber: WireValue {
    package func write(to writer: inout Writer) { writer.number(number) }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        guard let value = SaleNumber(try reader.number()) else {
            throw WireError(.outOfRange, at: start)
        }
        self = value
    }
}

// What the digits say, to who has the key: docs/PROTOCOL section 18.2.

/// What was in a token, before anything of it is believed.
struct TokenContent: Hashable, Sendable {
    let tag: UInt64
    /// The sale's number, but for its thousands.
    let low: UInt64
    let amount: WattHours

    static let lows: UInt64 = 1_000
    private static let amounts = Limits.tokenWattHours
    /// Half of the digits hold the amount, the low part, and one digit of the tag.
    private static let rest: UInt64 = 10

    init(tag: UInt64, _ sale: SaleNumber, _ amount: WattHours) {
        (self.tag, self.low, self.amount) = (tag, sale.number % Self.lows, amount)
    }

    init(_ plain: Token) {
        tag = plain.left * Self.rest + plain.right / (Self.amounts * Self.lows)
        low = plain.right / Self.amounts % Self.lows
        guard let amount = WattHours(plain.right % Self.amounts + 1) else {
            preconditionFailure("six digits and one are an amount")
        }
        self.amount = amount
    }

    var plain: Token {
        let high = tag % Self.rest * Self.lows + low
        return Token(
            left: tag / Self.rest,
            right: high * Self.amounts + amount.number - 1
        )
    }
}

extension MeterKey {
    /// The one form of a sale.
    package func token(_ sale: SaleNumber, _ amount: WattHours) -> Token {
        mixed(TokenContent(tag: tag(of: sale, amount), sale, amount).plain)
    }

    func content(_ token: Token) -> TokenContent { TokenContent(unmixed(token)) }

    /// What vouches for a sale, and is known to who has the key.
    package func tag(of sale: SaleNumber, _ amount: WattHours) -> UInt64 {
        var writer = Writer()
        writer.array(5)
        writer.number(1)
        writer.value(meter)
        writer.value(generation)
        writer.value(sale)
        writer.value(amount)
        let domain =
            switch use {
            case .real: Self.realTag
            case .test: Self.testTag
            }
        return number(domain, writer.bytes) % 100_000_000_000
    }

    // A permutation of all there are: eight rounds, each adding to one half what the key makes
    // of the other.

    private func mixed(_ token: Token) -> Token {
        var (left, right) = (token.left, token.right)
        for round in Self.rounds {
            (left, right) = (right, (left + share(round, right)) % Token.half)
        }
        return Token(left: left, right: right)
    }

    private func unmixed(_ token: Token) -> Token {
        var (left, right) = (token.left, token.right)
        for round in Self.rounds.reversed() {
            (left, right) = ((right + Token.half - share(round, left)) % Token.half, left)
        }
        return Token(left: left, right: right)
    }

    private func share(_ round: UInt64, _ half: UInt64) -> UInt64 {
        var writer = Writer()
        writer.array(3)
        writer.number(1)
        writer.number(round)
        writer.number(half)
        return number(Self.mix, writer.bytes) % Token.half
    }

    /// The first eight bytes, as the number they are on the wire.
    private func number(_ domain: Digest.Domain, _ bytes: [UInt8]) -> UInt64 {
        derived(domain, bytes).bytes.words.0.byteSwapped
    }

    private static let rounds: Range<UInt64> = 0..<8
    private static let realTag = Digest.Domain("tally1 token tag")
    private static let testTag = Digest.Domain("tally1 test tag")
    private static let mix = Digest.Domain("tally1 token mix")
}
