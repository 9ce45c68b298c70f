package import Wire
package import Words

/// What a million units cost, in minor units of the currency that they are sold for.
package struct Price: Hashable, Sendable, Comparable {
    package let perMillion: UInt64

    package init?(perMillion: UInt64) {
        guard (1...Limits.pricePerMillion).contains(perMillion) else { return nil }
        self.perMillion = perMillion
    }

    package static func < (a: Price, b: Price) -> Bool { a.perMillion < b.perMillion }

    /// What so many units cost, rounded up; nil when that is more than any money there can be.
    package func cost(of units: Amount) -> Amount? {
        let product = units.units.multipliedFullWidth(by: perMillion)
        guard product.high < Self.million else { return nil }
        let (quotient, rest) = Self.million.dividingFullWidth(product)
        return Amount(quotient + (rest > 0 ? 1 : 0))
    }

    /// The most units that so much money buys.
    package func units(for money: Amount) -> Amount {
        let product = money.units.multipliedFullWidth(by: Self.million)
        // More than a word of them is more than there can be.
        guard product.high < perMillion else { return .largest }
        return Amount(perMillion.dividingFullWidth(product).quotient) ?? .largest
    }

    private static let million: UInt64 = 1_000_000
}

extension Price: WireValue {
    package func write(to writer: inout Writer) { writer.number(perMillion) }

    package init(from reader: inout Reader) throws(WireError) {
        let at = reader.position
        guard let price = Price(perMillion: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        self = price
    }
}
