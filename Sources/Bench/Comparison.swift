/// What something of ours takes, beside the least that it could.
package struct Comparison: Sendable {
    package let name: String
    /// Medians over the rounds, for one piece of work.
    package let nanoseconds: Double
    package let rawNanoseconds: Double
    /// The median of the rounds' own ratios: both halves of a round share its weather.
    package let ratio: Double
    /// The ratio that must not be exceeded.
    package let target: Double

    package var isWithin: Bool { ratio <= target }

    /// Of rounds that were measured somewhere else.
    package init(_ name: String, target: Double, ours: [Double], raw: [Double]) {
        precondition(ours.count >= 7, "a median of fewer than 7 rounds says little")
        (self.name, self.target) = (name, target)
        (nanoseconds, rawNanoseconds) = (median(ours), median(raw))
        ratio = median(zip(ours, raw).map { $0 / $1 })
    }

    /// Runs both in turn, `count` times a round, and says what one run takes.
    ///
    /// Many short rounds rather than few long ones: whatever else the machine does then falls
    /// into some of them, and the median is of those it left alone.
    ///
    /// Each returns false when what it did went wrong.
    package init(
        _ name: String,
        target: Double,
        rounds: Int = 15,
        count: Int,
        ours: () -> Bool,
        raw: () -> Bool
    ) {
        _ = (time(count, ours), time(count, raw))
        var (own, bare): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            own.append(time(count, ours))
            bare.append(time(count, raw))
        }
        self.init(name, target: target, ours: own, raw: bare)
    }
}

private func time(_ count: Int, _ work: () -> Bool) -> Double {
    let start = ContinuousClock.now
    for _ in 0..<count {
        guard work() else { preconditionFailure("the bench measures only what works") }
    }
    return (ContinuousClock.now - start) / .nanoseconds(1) / Double(count)
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
        ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
