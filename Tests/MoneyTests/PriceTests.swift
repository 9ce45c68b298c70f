import Disks
import Money
import Testing
import Words

/// What units cost is exact, rounded up, and never nothing.
@Suite struct PriceTests {
    private func price(_ perMillion: UInt64) throws -> Price {
        try #require(Price(perMillion: perMillion))
    }

    private func amount(_ units: UInt64) throws -> Amount { try #require(Amount(units)) }

    @Test func `known prices`() throws {
        // 0.3215 EUR for a kilowatt-hour is 32,150 cents for a million Wh.
        let price = try price(32_150)
        #expect(price.cost(of: try amount(1_000))?.units == 33)
        #expect(price.cost(of: try amount(1_000_000))?.units == 32_150)
        #expect(price.cost(of: try amount(1))?.units == 1)
        #expect(price.units(for: try amount(1_000)).units == 31_104)
        #expect(price.cost(of: try amount(31_104))?.units == 1_000)
        #expect(price.cost(of: try amount(31_105))?.units == 1_001)
        #expect(price.units(for: .zero) == .zero)
    }

    @Test func `bounds`() throws {
        #expect(Price(perMillion: 0) == nil)
        #expect(Price(perMillion: Limits.pricePerMillion + 1) == nil)
        let dearest = try price(Limits.pricePerMillion)
        #expect(dearest.cost(of: .largest) == nil)
        #expect(dearest.cost(of: try amount(1))?.units == 1_000_000)
        let cheapest = try price(1)
        #expect(cheapest.cost(of: .largest)?.units == 1_000_000_000)
        #expect(cheapest.units(for: .largest) == .largest)
    }

    @Test(arguments: 0..<4)
    func `what money buys costs no more than it, and a unit more does`(seed: UInt64) throws {
        var dice = Dice(seed: seed)
        for _ in 0..<2_000 {
            let price = try price(1 + dice.next() % Limits.pricePerMillion)
            let money = try amount(dice.next() % (Limits.amountUnits + 1))
            let units = price.units(for: money)
            #expect(try #require(price.cost(of: units)) <= money)
            if let more = units.adding(try amount(1)), let cost = price.cost(of: more) {
                #expect(cost > money)
            }
        }
    }
}
