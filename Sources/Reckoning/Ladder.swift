/// Some of the numbers below a bound: one comes, goes, and is found with the next after it in as
/// many steps as the bound has digits to the base of 64, however many there are.
struct Ladder: Sendable {
    /// A bit for each number, then a bit for each word of the rung below that is not empty.
    private var rungs: [[UInt64]] = []

    init(below bound: Int) {
        var words = bound
        repeat {
            words = (words + 63) / 64
            rungs.append([UInt64](repeating: 0, count: words))
        } while words > 1
    }

    mutating func insert(_ number: Int) {
        var number = number
        for rung in rungs.indices {
            rungs[rung][number / 64] |= 1 << UInt64(number % 64)
            number /= 64
        }
    }

    mutating func remove(_ number: Int) {
        var number = number
        for rung in rungs.indices {
            rungs[rung][number / 64] &= ~(1 << UInt64(number % 64))
            guard rungs[rung][number / 64] == 0 else { return }
            number /= 64
        }
    }

    /// The least that is not below this one.
    func next(from number: Int) -> Int? {
        var (rung, number) = (0, number)
        while rung < rungs.count, number / 64 < rungs[rung].count {
            let left = rungs[rung][number / 64] & (.max << UInt64(number % 64))
            if left != 0 {
                var found = number / 64 * 64 + left.trailingZeroBitCount
                while rung > 0 {
                    rung -= 1
                    found = found * 64 + rungs[rung][found].trailingZeroBitCount
                }
                return found
            }
            (rung, number) = (rung + 1, number / 64 + 1)
        }
        return nil
    }
}
