package import Wire
package import Words

// What a seller keeps of one meter: docs/PROTOCOL section 18.5.

/// Keys and sales of one meter.
///
/// The sale is to be on the disk before its digits are told.
package struct TokenPress: Hashable, Sendable {
    package let use: KeyUse
    package let meter: MeterName
    /// Below which issuing key each generation's key stands; the last is the present one.
    package private(set) var keys: [IssuePath]
    /// In the order of their numbers, from 1 on.
    package private(set) var sales: [Sale]

    package struct Sale: Hashable, Sendable {
        package let amount: WattHours
        /// Of the meter's key when it was made.
        package let generation: Generation
        package let moment: Moment
    }

    package init(_ meter: MeterName, below path: IssuePath, for use: KeyUse = .real) {
        (self.use, self.meter, keys, sales) = (use, meter, [path], [])
    }

    package var generation: Generation {
        guard let generation = Generation(UInt64(keys.count)) else {
            preconditionFailure("a press has a key, and no more than there are generations")
        }
        return generation
    }

    /// The last sale there was: a device that takes over takes none up to it.
    package var last: SaleNumber? { SaleNumber(UInt64(sales.count)) }

    package subscript(_ sale: SaleNumber) -> Sale? {
        sale.number <= UInt64(sales.count) ? sales[Int(sale.number) - 1] : nil
    }

    /// The next sale; nil when there is no room for more.
    package mutating func sell(_ amount: WattHours, at moment: Moment) -> SaleNumber? {
        guard sales.count < Limits.salesPerMeter else { return nil }
        sales.append(Sale(amount: amount, generation: generation, moment: moment))
        return last
    }

    /// Ends the key, and begins the next below this issuing key; nil when there were too many.
    package mutating func change(below path: IssuePath) -> Generation? {
        guard generation.next != nil else { return nil }
        keys.append(path)
        return generation
    }

    /// The meter's key of a generation, made of one that stands above it; nil where that one
    /// does not lead there.
    package func key(of generation: Generation, by issuing: IssuingKeys) -> MeterKey? {
        guard generation <= self.generation else { return nil }
        return issuing.key(at: keys[Int(generation.number) - 1])?
            .meterKey(meter, generation, for: use)
    }

    /// The digits of a sale, under the key of its time or under the present one.
    package func token(of number: SaleNumber, anew: Bool, by issuing: IssuingKeys) -> Token? {
        guard let sale = self[number] else { return nil }
        return key(of: anew ? generation : sale.generation, by: issuing)?
            .token(number, sale.amount)
    }
}

extension TokenPress: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(1)
        writer.number(use.rawValue)
        writer.value(meter)
        writer.list(keys)
        writer.list(sales)
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(5)
        try reader.version(1)
        use = try reader.keyUse()
        meter = try reader.value()
        let keysAt = reader.position
        keys = try reader.list(atMost: Int(Limits.keyGenerations))
        guard !keys.isEmpty else { throw WireError(.wrongCount, at: keysAt) }
        sales = try reader.list(atMost: Limits.salesPerMeter)
        let generations = sales.map(\.generation)
        guard let last = Generation(UInt64(keys.count)),
            zip(generations, generations.dropFirst()).allSatisfy({ $0 <= $1 }),
            generations.last.map({ $0 <= last }) ?? true
        else { throw WireError(.outOfRange, at: start) }
    }
}

extension TokenPress.Sale: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.value(amount)
        writer.value(generation)
        writer.value(moment)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        self.init(
            amount: try reader.value(),
            generation: try reader.value(),
            moment: try reader.value()
        )
    }
}
