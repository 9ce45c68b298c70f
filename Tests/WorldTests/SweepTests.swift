import Testing
import World

@Suite struct SweepTests {
    @Test func `a power cut at any place of a payment breaks nothing`() async {
        let plan = Sweep.plan(.single)
        // No fault, and each message lost, doubled or held.
        #expect(plan.messages >= 8)
        #expect(plan.stems.count == 1 + 3 * plan.messages)
        let report = await Sweep.run(plan, jobs: 2)
        #expect(report.breaches == [])
        #expect(report.stems == plan.stems.count)
        // Each place of each was come to, in each of the four ways.
        #expect(plan.places > 100)
        #expect(report.computed == 4 * report.places)
        #expect(report.ran == report.computed)
    }

    @Test func `power may go twice, and again while recovering`() async {
        for depth in [Sweep.Depth.pairs, .recoveries] {
            let plan = Sweep.plan(depth)
            // A few from the middle of the payment: the long form has them all.
            let first = plan.stems.count / 2
            let report = await Sweep.run(plan, from: first, to: first + 4, jobs: 2)
            #expect(report.breaches == [])
            #expect(report.stems == 4)
            #expect(report.computed == report.places && report.computed > 20)
            #expect(report.ran == report.computed)
        }
    }

    @Test func `a sweep that is gone on with comes to the same`() async {
        let plan = Sweep.plan(.pairs)
        let whole = await Sweep.run(plan, from: 100, to: 103, jobs: 2)
        var parts = await Sweep.run(plan, from: 100, to: 101, jobs: 1)
        parts.add(await Sweep.run(plan, from: 101, to: 103, jobs: 1))
        #expect(parts == whole)
    }
}
