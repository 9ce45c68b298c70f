import Commit
import Testing
import Words

@Suite struct RetryTests {
    private func instant(_ milliseconds: UInt64, jitter: UInt64 = 0) -> Instant {
        guard let moment = Moment(1_000_000) else { preconditionFailure("a moment") }
        return Instant(
            Time(ticks: Ticks(milliseconds: milliseconds), moment: moment),
            jitter: jitter
        )
    }

    /// When each of so many repeats is said, if nobody ever answers.
    private func schedule(_ count: Int, jitter: UInt64) -> [UInt64] {
        var retry = Retry(at: Ticks(milliseconds: 0))
        var (at, times): (UInt64, [UInt64]) = (0, [])
        for _ in 0..<count {
            at = retry.next(instant(at, jitter: jitter)).milliseconds
            times.append(at)
        }
        return times
    }

    @Test(arguments: [0, 7, 39, 1_000_003, UInt64.max])
    func `the first repeat comes within 120 milliseconds`(jitter: UInt64) {
        let first = schedule(1, jitter: jitter)[0]
        #expect((80...120).contains(first))
    }

    @Test(arguments: [0, 7, 39, 1_000_003, UInt64.max])
    func `while the peer is believed to be there it is asked at least every 2.4 seconds`(
        jitter: UInt64
    ) {
        let times = schedule(60, jitter: jitter).filter { $0 <= Retry.believed }
        #expect(times.count >= 25)
        for (a, b) in zip(times, times.dropFirst()) { #expect(b - a <= 2_400) }
    }

    @Test(arguments: [0, 7, 39, 1_000_003, UInt64.max])
    func `a silent peer is asked less and less, at most once in 48 minutes in the end`(
        jitter: UInt64
    ) {
        let times = schedule(80, jitter: jitter)
        let late = times.filter { $0 > 24 * 3_600_000 }
        for (a, b) in zip(late, late.dropFirst()) { #expect(b - a >= 48 * 60_000) }
        let day = times.filter { $0 > Retry.believed && $0 <= 24 * 3_600_000 }
        #expect(day.count <= 45)
        #expect(day.count >= 20)
    }

    @Test func `everybody is asked after ten seconds of silence, and every ten seconds at most`() {
        var retry = Retry(at: Ticks(milliseconds: 0))
        var calls: [UInt64] = []
        for second: UInt64 in 0...60 {
            _ = retry.next(instant(second * 1_000))
            if retry.isLost { calls.append(second) }
        }
        #expect(calls == [10, 20, 30, 40, 50, 60])
        retry.hear(at: Ticks(milliseconds: 65_000))
        _ = retry.next(instant(74_999))
        #expect(!retry.isLost)
        _ = retry.next(instant(75_000))
        #expect(retry.isLost)
    }

    @Test func `a peer that is heard again is asked at once`() {
        var retry = Retry(at: Ticks(milliseconds: 0))
        for _ in 0..<40 { _ = retry.next(instant(86_400_000)) }
        retry.hear(at: Ticks(milliseconds: 86_400_000))
        let next = retry.next(instant(86_400_000)).milliseconds
        #expect(next - 86_400_000 <= 120)
    }
}
