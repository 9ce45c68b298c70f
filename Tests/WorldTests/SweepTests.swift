import Testing
import World

@Suite struct SweepTests {
    @Test func `a power cut at any place of a payment breaks nothing`() async {
        let plan = Sweep.plan(.single)
        #expect(plan.stems.count == 1 + 3 * plan.messages)
        let report = await Sweep.run(plan, to: 1, jobs: 2)
        #expect(report.breaches == [])
        // Each of its places was come to, in each of the four ways.
        #expect(plan.places > 100)
        #expect(report.computed == 4 * plan.places)
        #expect(report.ran == report.computed)
    }

    @Test func `any message may be lost, doubled or held besides`() async {
        let plan = Sweep.plan(.single)
        // One with each fate: `tally sim sweep` has them all.
        for stem in [13, 17, 24] {
            let report = await Sweep.run(plan, from: stem, to: stem + 1, jobs: 2)
            #expect(report.breaches == [])
            #expect(report.ran == report.computed)
            #expect(report.computed > 0)
        }
    }
}
