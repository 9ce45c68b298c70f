package import Wire
package import Words

/// What a meter's hardware keeps by itself, through every power cut: its counter, its log, and in
/// which state it was.
///
/// What is owned and what is served is no concern of it: that stands in the wallet.
package struct Device: Hashable, Sendable {
    /// Units of a pulse, of the asset that is counted: they stay the same for its life.
    package let perPulse: UInt64
    /// Pulses that were ever counted; it never goes down.
    package internal(set) var counter: UInt64 = 0
    /// What was drawn since the last pulse, in watts times milliseconds.
    package internal(set) var remainder: UInt64 = 0
    /// What its clock showed last.
    package internal(set) var moment: Moment
    /// Whether its power went without a word since.
    package internal(set) var isOn = false
    package internal(set) var isClosed = false
    /// Whether it has warned of little credit, and got none since.
    package internal(set) var isLow = false
    /// The day on which the counter was at that number first.
    package internal(set) var day: Day
    package internal(set) var dayCounter: UInt64 = 0
    /// The newest of its log, the oldest first.
    package private(set) var events: [Happening] = []
    /// How many there were ever.
    package private(set) var happened: UInt64 = 0

    package static let eventsAtMost = 256
    package static let bytesAtMost = 16_384
    /// So that no counter times its pulse is more than any amount.
    package static let counterAtMost = Limits.amountUnits
    package static let perPulses: ClosedRange<UInt64> = 1...10_000

    /// A new one; nil when no pulse can be worth that.
    package init?(perPulse: UInt64, at moment: Moment) {
        guard Self.perPulses.contains(perPulse) else { return nil }
        (self.perPulse, self.moment, day) = (perPulse, moment, moment.day)
    }

    mutating func note(_ what: Happening.What) {
        if events.count == Self.eventsAtMost { events.removeFirst() }
        events.append(Happening(what, at: moment, counter: counter))
        happened += 1
    }

    /// Pulses of today.
    package var today: UInt64 { counter - min(counter, dayCounter) }
}

/// One line of a meter's log.
package struct Happening: Hashable, Sendable {
    package let what: What
    package let moment: Moment
    /// What the counter showed.
    package let counter: UInt64

    package enum What: Hashable, Sendable {
        case powerUp
        case powerDown
        /// The power had gone without a word.
        case powerCut
        case contactOpened
        case contactClosed
        case lowCredit(left: Amount)
        case credit(Amount)
        /// Credit went elsewhere, or its last day to be spent passed.
        case creditGone(Amount)
        /// Its clock was set back by so many seconds.
        case clockBack(UInt64)
        /// So many pulses fewer were counted than are served: its counter is not the one it was.
        case counterBehind(UInt64)
        /// A group was not taken: its pulses stay counted.
        case notServed
    }

    package init(_ what: What, at moment: Moment, counter: UInt64) {
        (self.what, self.moment, self.counter) = (what, moment, counter)
    }
}

// MARK: As it is kept

extension Device: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(12)
        writer.number(1)
        for number in [perPulse, counter, remainder] { writer.number(number) }
        writer.value(moment)
        for flag in [isOn, isClosed, isLow] { writer.number(flag ? 1 : 0) }
        writer.value(day)
        writer.number(dayCounter)
        writer.number(happened)
        writer.list(events)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(12)
        try reader.version(1)
        perPulse = try reader.number(Self.perPulses)
        counter = try reader.number(0...Self.counterAtMost)
        remainder = try reader.number(0...Self.remainderAtMost)
        moment = try reader.value()
        isOn = try reader.number(0...1) == 1
        isClosed = try reader.number(0...1) == 1
        isLow = try reader.number(0...1) == 1
        day = try reader.value()
        dayCounter = try reader.number(0...counter)
        let at = reader.position
        happened = try reader.number()
        events = try reader.list(atMost: Self.eventsAtMost)
        guard happened >= UInt64(events.count) else { throw WireError(.outOfRange, at: at) }
    }

    private static let remainderAtMost = LoadProfile.wattHour * perPulses.upperBound
}

extension Happening: WireValue {
    package func write(to writer: inout Writer) {
        let (kind, number) = what.numbers
        writer.array(4)
        writer.value(moment)
        writer.number(counter)
        writer.number(kind)
        writer.number(number)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        moment = try reader.value()
        counter = try reader.number(0...Device.counterAtMost)
        let at = reader.position
        let (kind, number) = (try reader.number(), try reader.number())
        guard let what = What(kind, number) else { throw WireError(.outOfRange, at: at) }
        self.what = what
    }
}

extension Happening.What {
    fileprivate var numbers: (UInt64, UInt64) {
        switch self {
        case .powerUp: (1, 0)
        case .powerDown: (2, 0)
        case .powerCut: (3, 0)
        case .contactOpened: (4, 0)
        case .contactClosed: (5, 0)
        case .lowCredit(let left): (6, left.units)
        case .credit(let amount): (7, amount.units)
        case .creditGone(let amount): (8, amount.units)
        case .clockBack(let seconds): (9, seconds)
        case .counterBehind(let pulses): (10, pulses)
        case .notServed: (11, 0)
        }
    }

    fileprivate init?(_ kind: UInt64, _ number: UInt64) {
        switch (kind, number, Amount(number)) {
        case (1, 0, _): self = .powerUp
        case (2, 0, _): self = .powerDown
        case (3, 0, _): self = .powerCut
        case (4, 0, _): self = .contactOpened
        case (5, 0, _): self = .contactClosed
        case (6, _, let left?): self = .lowCredit(left: left)
        case (7, _, let amount?): self = .credit(amount)
        case (8, _, let amount?): self = .creditGone(amount)
        case (9, let seconds, _): self = .clockBack(seconds)
        case (10, let pulses, _): self = .counterBehind(pulses)
        case (11, 0, _): self = .notServed
        case _: return nil
        }
    }
}
