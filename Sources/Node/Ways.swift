import Wallet
import Wire
import Words

/// Which secret keys are listened to and what for: each is forgotten when nothing needs it any
/// more, and of each kind there are never more than a few.
struct Ways {
    /// The newest last.
    private var ways: [Listening: [Way]] = [:]
    /// For how many things each is needed: two offers to one answer share its key.
    private var uses: [Way: Int] = [:]

    /// Says which are to be forgotten for it.
    mutating func add(_ way: Way, _ use: Listening) -> [Way] {
        var mine = ways[use, default: []]
        guard !mine.contains(way) else { return [] }
        mine.append(way)
        uses[way, default: 0] += 1
        let old = Array(mine.dropLast(use.waysAtOnce))
        ways[use] = Array(mine.suffix(use.waysAtOnce))
        return letGo(old)
    }

    mutating func remove(_ payment: PaymentID) -> [Way] {
        letGo(ways.removeValue(forKey: .payment(payment)) ?? [])
    }

    /// Those of them that nothing else needs.
    private mutating func letGo(_ old: [Way]) -> [Way] {
        old.filter { way in
            let left = uses[way, default: 1] - 1
            uses[way] = left == 0 ? nil : left
            return left == 0
        }
    }
}

extension Listening {
    fileprivate var waysAtOnce: Int {
        switch self {
        case .payment: 16
        case .met: Limits.callsAtOnce * Limits.answersPerCall
        case .answered, .asked: Limits.answersAtOnce
        }
    }
}
