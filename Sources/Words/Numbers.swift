/// One life of a wallet's journal; the first is 1.
package struct Epoch: Hashable, Sendable, Comparable {
    package let number: UInt64

    package init?(_ number: UInt64) {
        guard (1...Limits.amountUnits).contains(number) else { return nil }
        self.number = number
    }

    package static let first = Epoch(unchecked: 1)
    private init(unchecked number: UInt64) { self.number = number }

    package var next: Epoch? { Epoch(number + 1) }
    package static func < (a: Epoch, b: Epoch) -> Bool { a.number < b.number }
}

/// Where in the life of a key a handover stands: epochs first, counters within.
package struct Place: Hashable, Sendable, Comparable {
    package let epoch: Epoch
    package let counter: UInt64

    package init(epoch: Epoch, counter: UInt64) {
        (self.epoch, self.counter) = (epoch, counter)
    }

    package static func < (a: Place, b: Place) -> Bool {
        (a.epoch.number, a.counter) < (b.epoch.number, b.counter)
    }
}

/// A day of the calendar in UTC, counted from 1 January 1970.
package struct Day: Hashable, Sendable, Comparable {
    package let number: UInt64

    package init?(_ number: UInt64) {
        guard number <= Limits.momentSeconds / Limits.secondsPerDay else { return nil }
        self.number = number
    }

    package static func < (a: Day, b: Day) -> Bool { a.number < b.number }

    package func advanced(by days: UInt64) -> Day? {
        let (sum, overflow) = number.addingReportingOverflow(days)
        return overflow ? nil : Day(sum)
    }
}

/// A second in UTC, counted from 1 January 1970.
package struct Moment: Hashable, Sendable, Comparable {
    package let seconds: UInt64

    package init?(_ seconds: UInt64) {
        guard seconds <= Limits.momentSeconds else { return nil }
        self.seconds = seconds
    }

    package var day: Day {
        guard let day = Day(seconds / Limits.secondsPerDay) else {
            preconditionFailure("every moment lies in a day")
        }
        return day
    }

    package static func < (a: Moment, b: Moment) -> Bool { a.seconds < b.seconds }

    package func advanced(by delta: UInt64) -> Moment? {
        let (sum, overflow) = seconds.addingReportingOverflow(delta)
        return overflow ? nil : Moment(sum)
    }
}
