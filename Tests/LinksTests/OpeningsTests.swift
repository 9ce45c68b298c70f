import Links
import Testing
import Words

/// Whose first messages are opened when many come.
@Suite struct OpeningsTests {
    static func openings() -> Openings { Openings(AnsweringTests.Drawn(state: 1)) }

    /// How many of so many a millisecond from each of these are opened in so many milliseconds.
    static func opened(
        _ openings: inout Openings,
        _ sources: [Source],
        each count: Int,
        during time: Range<UInt64>
    ) -> [Int] {
        var opened = [Int](repeating: 0, count: sources.count)
        for now in time {
            for _ in 0..<count {
                for (index, source) in sources.enumerated()
                where openings.mayOpen(source, at: now) {
                    openings.spend(1, for: source)
                    opened[index] += 1
                }
            }
        }
        return opened
    }

    @Test func `a flood from one place is opened as far as its share goes`() {
        var openings = Self.openings()
        let flood = Self.opened(&openings, [AnsweringTests.source(1)], each: 50, during: 0..<3_000)
        // What was saved up comes first: a second's worth.
        let most = Int(Openings.perShare) * 4
        #expect((most - 10...most).contains(flood[0]))
    }

    @Test func `floods from many places are opened as far as all go together`() {
        var openings = Self.openings()
        let sources = (1...40).map { AnsweringTests.source($0) }
        let floods = Self.opened(&openings, sources, each: 2, during: 0..<3_000)
        let most = Int(Openings.perSecond) * 4
        #expect((most - 10...most).contains(floods.reduce(0, +)))
    }

    @Test func `whoever else sends is opened beside a flood`() {
        var openings = Self.openings()
        var honest = 0
        for now in 0..<5_000 as Range<UInt64> {
            let flood = AnsweringTests.source(1)
            for _ in 0..<50 where openings.mayOpen(flood, at: now) {
                openings.spend(1, for: flood)
            }
            if now % 10 == 0, openings.mayOpen(AnsweringTests.source(2), at: now) {
                openings.spend(1, for: AnsweringTests.source(2))
                honest += 1
            }
        }
        #expect(honest == 500)
    }

    @Test func `what opens nothing uses up nothing`() {
        var openings = Self.openings()
        let garbage = (0..<100_000).count { _ in
            openings.mayOpen(AnsweringTests.source(1), at: 0)
        }
        #expect(garbage == 100_000)
    }

    @Test func `a clock that stands or jumps gives nobody more than a second's worth`() {
        var openings = Self.openings()
        let source = AnsweringTests.source(1)
        for now in [0, 0, 86_400_000, 5] as [UInt64] {
            let opened = Self.opened(&openings, [source], each: 10_000, during: now..<now + 1)
            #expect(opened[0] <= Int(Openings.perShare) + 2)
        }
    }
}
