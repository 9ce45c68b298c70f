internal import Keypad
internal import Meter
internal import Wire
internal import Words

// What is asked of a meter on the line of its node, and what it says: both ends are of one
// version of the program.

/// What a verb wants of a meter.
enum MeterAsk {
    case standing
    /// Its key, and the last sale that a device before it may have taken.
    case key(MeterKey, after: UInt64?)
    case type(Token)
    /// Whether a carrier is confirmed by its key.
    case confirm([UInt8])
}

/// What it says.
enum MeterSaid {
    case standing(Standing?)
    case done
    case verdict(Verdict)
    /// By name, as in docs/PROTOCOL section 19.2; nil when nothing is wrong with it.
    case confirmed(String?)
    /// It will not: name, why, what to do.
    case refused(String, String, hint: String)

    /// Of its keypad.
    struct Standing: Hashable {
        var meter: MeterName
        var generation: Generation
        var isTest: Bool
        var newest: UInt64
        var credited: UInt64
        var served: UInt64
        /// In whole pulses, as they may be counted.
        var pulses: UInt64
        var pulsesLeft: UInt64
        var locked: UInt64
        /// Whether the life that it was loaded in goes on.
        var isLive: Bool
    }
}

extension MeterAsk: WireValue {
    func write(to writer: inout Writer) {
        writer.array(3)
        writer.number(1)
        switch self {
        case .standing:
            writer.number(0)
            writer.array(0)
        case .key(let key, let last):
            writer.number(1)
            writer.array(2)
            writer.value(KeyPaper.meter(key))
            writer.array(last == nil ? 0 : 1)
            if let last { writer.number(last) }
        case .type(let token):
            writer.number(2)
            writer.text(token.bare)
        case .confirm(let bytes):
            writer.number(3)
            writer.data(bytes)
        }
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        try reader.version(1)
        let at = reader.position
        switch try reader.number() {
        case 0:
            try reader.array(0)
            self = .standing
        case 1:
            try reader.array(2)
            let paper: KeyPaper = try reader.value()
            guard case .meter(let key) = paper else { throw WireError(.outOfRange, at: at) }
            let isTold = try reader.array(atMost: 1) == 1
            self = .key(
                key,
                after: isTold ? try reader.number(0...UInt64(Limits.salesPerMeter)) : nil
            )
        case 2:
            guard let token = try? Token(typed: try reader.text(atMost: Limits.tokenTextBytes))
            else { throw WireError(.badText, at: at) }
            self = .type(token)
        case 3: self = .confirm(try reader.data(atMost: Limits.carrierBytes))
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}

extension MeterSaid: WireValue {
    func write(to writer: inout Writer) {
        writer.array(2)
        switch self {
        case .standing(let standing):
            writer.number(0)
            writer.optional(standing)
        case .done:
            writer.number(1)
            writer.array(0)
        case .verdict(let verdict):
            writer.number(2)
            verdict.write(to: &writer)
        case .confirmed(let name):
            writer.number(3)
            writer.array(name == nil ? 0 : 1)
            if let name { writer.text(name) }
        case .refused(let name, let what, let hint):
            writer.number(4)
            writer.array(3)
            for text in [name, what, hint] { writer.text(text) }
        }
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let at = reader.position
        switch try reader.number() {
        case 0: self = .standing(try reader.optional())
        case 1:
            try reader.array(0)
            self = .done
        case 2: self = .verdict(try Verdict(from: &reader))
        case 3:
            self = .confirmed(try reader.array(atMost: 1) == 0 ? nil : try reader.text(atMost: 40))
        case 4:
            try reader.array(3)
            self = .refused(
                try reader.text(atMost: 40),
                try reader.text(atMost: 1_024),
                hint: try reader.text(atMost: 1_024)
            )
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}

extension MeterSaid.Standing: WireValue {
    func write(to writer: inout Writer) {
        writer.array(10)
        writer.value(meter)
        writer.value(generation)
        writer.number(isTest ? 1 : 0)
        for number in [newest, credited, served, pulses, pulsesLeft, locked] {
            writer.number(number)
        }
        writer.number(isLive ? 1 : 0)
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(10)
        (meter, generation) = (try reader.value(), try reader.value())
        isTest = try reader.number(0...1) == 1
        (newest, credited, served) = (
            try reader.number(), try reader.number(), try reader.number()
        )
        (pulses, pulsesLeft, locked) = (
            try reader.number(), try reader.number(), try reader.number()
        )
        isLive = try reader.number(0...1) == 1
    }
}

extension Verdict {
    fileprivate func write(to writer: inout Writer) {
        let numbers: [UInt64] =
            switch self {
            case .taken(let sale, let amount): [0, sale.number, amount.number]
            case .used(let sale): [1, sale.number, 0]
            case .old(let sale): [2, sale.number, 0]
            case .full(let sale): [3, sale.number, 0]
            case .wrong(let minutes): [4, minutes, 0]
            case .locked(let minutes): [5, minutes, 0]
            }
        writer.array(3)
        for number in numbers { writer.number(number) }
    }

    fileprivate init(from reader: inout Reader) throws(WireError) {
        let at = reader.position
        try reader.array(3)
        let (kind, one, other) = (try reader.number(), try reader.number(), try reader.number())
        switch (kind, SaleNumber(one), WattHours(other)) {
        case (0, let sale?, let amount?): self = .taken(sale, amount)
        case (1, let sale?, _): self = .used(sale)
        case (2, let sale?, _): self = .old(sale)
        case (3, let sale?, _): self = .full(sale)
        case (4, _, _): self = .wrong(lockedMinutes: one)
        case (5, _, _): self = .locked(minutes: one)
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}
