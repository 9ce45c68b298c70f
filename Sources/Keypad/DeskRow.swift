package import Wire
import Words

// A desk as it lies on the meter's disk: docs/PROTOCOL section 18.3.

extension TokenDesk {
    /// What a row says, before it is known to fit together.
    struct Row {
        let use: KeyUse
        let meter: MeterName
        let generation: Generation
        let newest: UInt64
        let window: UInt64
        let tries: UInt64
        let until: UInt64
        let credited: UInt64
        let served: UInt64
        let registers: [Register]

        var fits: Bool { windowFits && registersFit && sumsFit }

        private var windowFits: Bool {
            let mayBeSet = TokenDesk.bits(below: newest)
            return window & ~mayBeSet == 0 && (newest == 0 || window & 1 == 1)
        }

        private var registersFit: Bool {
            let areBegun = registers.dropFirst().allSatisfy { $0.served == 0 }
            return areBegun && registers.allSatisfy { $0.served < $0.amount.number && has($0.sale) }
                && Set(registers.map(\.sale)).count == registers.count
        }

        private func has(_ sale: SaleNumber) -> Bool {
            guard sale.number <= newest else { return false }
            let back = newest - sale.number
            return back >= TokenDesk.width || window &>> back & 1 == 1
        }

        private var sumsFit: Bool {
            // 64 registers of a million at most, and sums of 10^15: nothing overflows.
            served + registers.reduce(0) { $0 + $1.left } == credited
                && registers.reduce(0) { $0 + $1.served } <= served
        }
    }
}

extension TokenDesk: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(11)
        writer.number(1)
        writer.number(use.rawValue)
        writer.value(meter)
        writer.value(generation)
        for number in [newest, window, tries, until, credited, served] { writer.number(number) }
        writer.list(registers)
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(11)
        try reader.version(1)
        let row = Row(
            use: try reader.keyUse(),
            meter: try reader.value(),
            generation: try reader.value(),
            newest: try reader.number(0...Limits.saleNumber),
            window: try reader.number(),
            tries: try reader.number(0...Self.triesAtMost),
            until: try reader.number(0...Self.minutesAtMost),
            credited: try reader.number(0...Limits.amountUnits),
            served: try reader.number(0...Limits.amountUnits),
            registers: try reader.list(atMost: Limits.tokenRegisters)
        )
        guard row.fits else { throw WireError(.outOfRange, at: start) }
        self.init(row)
    }
}

extension TokenDesk.Register: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.value(sale)
        writer.value(amount)
        writer.number(served)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        self.init(
            sale: try reader.value(),
            amount: try reader.value(),
            served: try reader.number(0...Limits.tokenWattHours)
        )
    }
}
