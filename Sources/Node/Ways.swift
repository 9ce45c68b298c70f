import Wire
import Words

/// Which secret keys each payment uses, so that they are forgotten with it, and never more
/// than a few at once.
struct Ways {
    private var ways: [PaymentID: [Way]] = [:]
    /// Those of answers to calls, which belong to no payment yet; the newest last.
    private var met: [Way] = []

    static let perPayment = 4

    /// Says which are to be forgotten for it.
    mutating func add(_ way: Way, _ payment: PaymentID) -> [Way] {
        met.removeAll { $0 == way }
        var mine = ways[payment, default: []]
        guard !mine.contains(way) else { return [] }
        mine.append(way)
        var old: [Way] = []
        while mine.count > Self.perPayment { old.append(mine.removeFirst()) }
        ways[payment] = mine
        return old
    }

    mutating func meet(_ way: Way) -> [Way] {
        guard !met.contains(way) else { return [] }
        met.append(way)
        var old: [Way] = []
        while met.count > Limits.answersAtOnce { old.append(met.removeFirst()) }
        return old
    }

    mutating func remove(_ payment: PaymentID) -> [Way] {
        ways.removeValue(forKey: payment) ?? []
    }
}
