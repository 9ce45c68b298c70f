/// How much power is drawn at which hour of a day: docs/PROTOCOL section 16.4.
///
/// Every day is alike. Before its first line a day goes on as the one before it ended.
package struct LoadProfile: Hashable, Sendable {
    /// In the order of the day.
    package let steps: [Step]

    /// From that minute of a day on, so many watts.
    package struct Step: Hashable, Sendable {
        package let minute: UInt64
        package let watts: UInt64

        package init(minute: UInt64, watts: UInt64) { (self.minute, self.watts) = (minute, watts) }
    }

    package static let wattsAtMost: UInt64 = 100_000
    package static let stepsAtMost = 1_440
    package static let bytesAtMost = 65_536

    /// The same all day; nil when no meter can carry it.
    package init?(watts: UInt64) {
        guard watts <= Self.wattsAtMost else { return nil }
        steps = [Step(minute: 0, watts: watts)]
    }

    package init(_ text: String) throws(LoadProfileFault) { try self.init(Array(text.utf8)) }

    /// Bytes of a text are looked at, and not what a person would see as one sign of it.
    package init(_ bytes: [UInt8]) throws(LoadProfileFault) {
        var (steps, number) = ([Step](), 0)
        let lines = bytes.split(separator: Self.newLine, omittingEmptySubsequences: false)
        for var line in lines {
            number += 1
            func fault(_ why: LoadProfileFault.Why) -> LoadProfileFault {
                LoadProfileFault(why, line: number)
            }
            if number < lines.count, line.last == Self.return { line.removeLast() }
            guard String(validating: line, as: UTF8.self) != nil else { throw fault(.text) }
            let words = line.prefix { $0 != Self.comment }
                .split { $0 == Self.space || $0 == Self.tab }
            guard !words.isEmpty else { continue }
            guard words.count == 2 else { throw fault(.words(words.count)) }
            guard let minute = Self.minute(words[0]) else { throw fault(.time(text(words[0]))) }
            guard let watts = Self.number(words[1], digits: 1...6), watts <= Self.wattsAtMost else {
                throw fault(.watts(text(words[1])))
            }
            if let last = steps.last, minute <= last.minute { throw fault(.order) }
            steps.append(Step(minute: minute, watts: watts))
        }
        guard !steps.isEmpty else { throw LoadProfileFault(.empty, line: number) }
        self.steps = steps
    }

    private static let (newLine, `return`): (UInt8, UInt8) = (0x0A, 0x0D)
    private static let (space, tab, comment): (UInt8, UInt8, UInt8) = (0x20, 0x09, 0x23)
    private static let (colon, zero): (UInt8, UInt8) = (0x3A, 0x30)

    private static func minute(_ word: ArraySlice<UInt8>) -> UInt64? {
        let parts = word.split(separator: colon, omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = number(parts[0], digits: 2...2), hour < 24,
            let minute = number(parts[1], digits: 2...2), minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func number(_ word: ArraySlice<UInt8>, digits: ClosedRange<Int>) -> UInt64? {
        guard digits.contains(word.count), word.allSatisfy({ zero <= $0 && $0 <= zero + 9 })
        else { return nil }
        return word.reduce(0) { $0 * 10 + UInt64($1 - zero) }
    }
}

private func text(_ word: ArraySlice<UInt8>) -> String { String(decoding: word, as: UTF8.self) }

/// The first line that is none of a profile's.
package struct LoadProfileFault: Error, Hashable, Sendable {
    package let why: Why
    /// From 1 on.
    package let line: Int

    package enum Why: Hashable, Sendable {
        /// It is not UTF-8.
        case text
        /// Not a time and a power.
        case words(Int)
        case time(String)
        case watts(String)
        /// It is not later than the line before.
        case order
        /// There is no line at all.
        case empty
    }

    init(_ why: Why, line: Int) { (self.why, self.line) = (why, line) }
}

// MARK: Energy

extension LoadProfile {
    /// What is drawn between two moments, in watts times milliseconds: nothing is rounded, so
    /// however often it is asked, the parts come to the whole.
    ///
    /// Both are milliseconds since 1 January 1970; of more than a year the first year counts.
    package func energy(from start: UInt64, to end: UInt64) -> UInt64 {
        guard start < end else { return 0 }
        let length = min(end - start, Self.yearMilliseconds)
        let days = length / Self.dayMilliseconds
        let whole = days == 0 ? 0 : days * energy(ofDay: 0, Self.dayMilliseconds)
        let from = start % Self.dayMilliseconds
        let to = from + length % Self.dayMilliseconds
        guard to > Self.dayMilliseconds else { return whole + energy(ofDay: from, to) }
        return whole + energy(ofDay: from, Self.dayMilliseconds)
            + energy(ofDay: 0, to - Self.dayMilliseconds)
    }

    /// The same within one day.
    private func energy(ofDay from: UInt64, _ to: UInt64) -> UInt64 {
        guard let last = steps.last else { return 0 }
        var (sum, begun, watts) = (UInt64(0), UInt64(0), last.watts)
        func add(until end: UInt64) {
            let (lo, hi) = (max(begun, from), min(end, to))
            if lo < hi { sum += (hi - lo) * watts }
        }
        for step in steps {
            add(until: step.minute * Self.minuteMilliseconds)
            (begun, watts) = (step.minute * Self.minuteMilliseconds, step.watts)
        }
        add(until: Self.dayMilliseconds)
        return sum
    }

    private static let minuteMilliseconds: UInt64 = 60_000
    package static let dayMilliseconds: UInt64 = 86_400_000
    private static let yearMilliseconds: UInt64 = 366 * dayMilliseconds
    /// A watt-hour, in watts times milliseconds.
    package static let wattHour: UInt64 = 3_600_000
}
