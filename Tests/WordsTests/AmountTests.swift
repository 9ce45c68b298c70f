import Testing
import Words

@Suite struct AmountTests {
    static let euro = Asset(code: "EUR", scale: 2)
    static let whole = Asset(code: "Wh", scale: 0)
    static let fine = Asset(code: "GOLD", scale: 6)

    @Test(
        arguments: [
            ("0", 0), ("12", 1200), ("12.5", 1250), ("12.50", 1250), ("0.01", 1), ("0.00", 0),
            ("10000000000000.00", 1_000_000_000_000_000), ("9999999999999.99", 999_999_999_999_999),
        ] as [(String, UInt64)]
    )
    func `a typed amount is its minor units`(_ text: String, _ units: UInt64) throws {
        #expect(try #require(Self.euro).amount(text).units == units)
    }

    @Test(
        arguments: [
            ("", .empty), (",", .comma), ("12,50", .comma), ("1,200.00", .comma),
            (" 12", .notANumber), ("12 ", .notANumber), ("+1", .notANumber), ("-1", .notANumber),
            ("1e3", .notANumber), ("12.5.0", .notANumber), ("١٢", .notANumber),
            ("0x10", .notANumber),
            ("12 EUR", .notANumber), ("1_000", .notANumber), ("12\u{0}", .notANumber),
            (".", .missingDigits), (".5", .missingDigits), ("12.", .missingDigits),
            ("00", .leadingZero), ("012", .leadingZero), ("00.50", .leadingZero),
            ("12.505", .decimals(most: 2)), ("12.500", .decimals(most: 2)),
            ("10000000000000.01", .tooLarge), ("99999999999999999999", .tooLarge),
            ("9999999999999999", .tooLarge), ("12345678901234567.00", .tooLarge),
        ] as [(String, AmountFault)]
    )
    func `an ambiguous or impossible amount is refused by name`(
        _ text: String,
        _ fault: AmountFault
    ) throws {
        let euro = try #require(Self.euro)
        #expect(throws: fault) { try euro.amount(text) }
    }

    @Test func `an asset without decimals takes none`() throws {
        let whole = try #require(Self.whole)
        #expect(try whole.amount("12").units == 12)
        #expect(throws: AmountFault.decimals(most: 0)) { try whole.amount("12.0") }
        #expect(throws: AmountFault.missingDigits) { try whole.amount("12.") }
        #expect(whole.text(.largest) == "1000000000000000")
        #expect(throws: AmountFault.tooLarge) { try whole.amount("1000000000000001") }
    }

    @Test func `what is shown is what was typed`() throws {
        var dice = Dice(seed: 1)
        let edges: [UInt64] = [0, 1, 9, 10, 99, 100, 101, 999_999, 1_000_000, Limits.amountUnits]
        let units = edges + (0..<2_000).map { _ in dice.next() % (Limits.amountUnits + 1) }
        for asset in [Self.euro, Self.whole, Self.fine] {
            let asset = try #require(asset)
            for value in units {
                let amount = try #require(Amount(value))
                #expect(try asset.amount(asset.text(amount)) == amount)
            }
        }
        let euro = try #require(Self.euro)
        #expect(euro.full(try #require(Amount(1250))) == "12.50 EUR")
        #expect(euro.text(try #require(Amount(5))) == "0.05")
        #expect(try #require(Self.fine).text(try #require(Amount(1))) == "0.000001")
    }

    @Test func `sums and differences end where money does`() throws {
        let one = try #require(Amount(1))
        let almost = try #require(Amount(Limits.amountUnits - 1))
        #expect(Amount(Limits.amountUnits + 1) == nil)
        #expect(Amount(.max) == nil)
        #expect(almost.adding(one) == .largest)
        #expect(Amount.largest.adding(one) == nil)
        #expect(Amount.largest.adding(.largest) == nil)
        #expect(one.subtracting(one) == .zero)
        #expect(Amount.zero.subtracting(one) == nil)
        #expect(Amount.largest.subtracting(almost) == one)
        #expect(Amount.sum([]) == .zero)
        #expect(Amount.sum([almost, one]) == .largest)
        #expect(Amount.sum([almost, one, one]) == nil)
        #expect(Amount.zero < one && !(one < one))
    }

    @Test(arguments: [
        ("E", true), ("EUR", true), ("kWh2", true), ("ABCDEFGH", true), ("", false),
        ("ABCDEFGHI", false), ("2EUR", false), ("EU R", false), ("EU-R", false), ("€", false),
        ("\u{212A}", false), ("eé", false), ("EUR\u{0}", false),
    ])
    func `an asset's code is a few plain letters and digits`(_ code: String, _ good: Bool) {
        #expect((Asset(code: code, scale: 2) != nil) == good)
        #expect(Asset.isCode(code) == good)
    }

    @Test func `an asset has at most six decimals`() {
        #expect(Asset(code: "EUR", scale: 6) != nil)
        #expect(Asset(code: "EUR", scale: 7) == nil)
        #expect(Asset(code: "EUR", scale: 2) != Asset(code: "eur", scale: 2))
    }
}

/// SplitMix64: the same numbers from the same seed, in every run.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
