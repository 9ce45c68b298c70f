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

    /// What the disks and the air count by themselves, held against the places.
    @Test func `every change of a disk and every message is a place`() throws {
        let plan = Sweep.plan(.single)
        let world = Sweep.world(try #require(Sweep.Case("no fault")), seed: plan.seed)
        let report = world.run()
        #expect(world.road == plan.road)
        for act in CrashPoint.Act.allCases {
            #expect(plan.road.count(act) == world.count(act), "\(act)")
        }
        #expect(plan.road.count(.write) > 50 && plan.road.count(.sync) > 10)
        #expect(plan.messages == Int(report.counts.sent))
        let acts = CrashPoint.Act.allCases.reduce(0) { $0 + plan.road.count($1) }
        #expect(acts == plan.places)
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

    @Test func `a case is read as it is written, and goes as it did`() throws {
        let texts = [
            "no fault", "place 17 torn", "message 3 lost, place 40 torn and reordered",
            "message 9 held until after a restart, place 1 kept",
            "place 30 lost, then place 12 lost",
            "place 30 torn, then place 12 torn, recovery's place 4 torn",
        ]
        for text in texts {
            let one = try #require(Sweep.Case(text))
            #expect(one.description == text)
            let (first, second) = (Sweep.world(one, seed: 1), Sweep.world(one, seed: 1))
            #expect(first.run().hash == second.run().hash)
            let cuts = text.split(separator: ",").count { $0.contains("place") }
            #expect(first.road == second.road && first.road.cuts.count == cuts)
        }
        for wrong in [
            "", "place", "place 0 kept", "place 3 burnt", "message 1 eaten", "then place 3 kept",
            "place 3 kept,then place 4 kept", "place 03 kept", "message 1 lost, message 2 lost",
            "place 1 kept, place 2 kept", "place 1 kept, message 2 lost",
        ] {
            #expect(Sweep.Case(wrong) == nil, "\(wrong)")
        }
    }

    @Test func `a script that is not followed is noticed`() throws {
        let cut = try #require(Sweep.Case("place 17 torn"))
        let other = try #require(Sweep.Case("place 18 torn"))
        let base = Sweep.world(try #require(Sweep.Case("no fault")), seed: 1)
        let ran = Sweep.world(cut, seed: 1)
        _ = (base.run(), ran.run())
        #expect(cut.went(along: ran.road, after: base.road))
        #expect(!other.went(along: ran.road, after: base.road))
        #expect(!cut.went(along: base.road, after: base.road))
        #expect(!cut.went(along: ran.road, after: Road()))
    }
}
