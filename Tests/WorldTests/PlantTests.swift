#if Planted
import Foundation
import TestSupport
import Testing
import Words
import World

/// The planted bugs, found as docs/PLANTED.md says: `scripts/plant` builds this with the trait.
@Suite struct PlantTests {
    static let page = ScenarioTests.folder.deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/PLANTED.md")
    static let marks = ("<!-- table -->\n", "<!-- end of the table -->\n")

    static func survey() throws -> Survey {
        Survey(reading: try String(contentsOf: page, encoding: .utf8))
    }

    /// Where bugs are looked for.
    ///
    /// Not in the flea market nor on payday: a seed of it is as long as a hundred of another.
    static let scenarios = ScenarioTests.names.filter { !["flea-market", "payday"].contains($0) }

    /// With TALLY_PLANTED=N the page is written anew from hunts of at most N seeds each.
    static let budget = ProcessInfo.processInfo.environment["TALLY_PLANTED"].flatMap(UInt64.init)

    @Test(.enabled(if: budget == nil), arguments: Plant.allCases)
    func `a planted bug is found as quickly as the page says`(_ plant: Plant) async throws {
        let row = try #require(try Self.survey().rows.first { $0.plant == plant })
        let scenario = try ScenarioTests.named(row.scenario)
        let seeds = 1...row.seeds * 4
        let trail = await Hunt.run(plant, scenario, seeds: seeds, jobs: 2)
        let found = try #require(trail.finds.first)
        #expect(found.name == row.invariant)
        // And it is the bug that is found: without it the same seeds are clean.
        let clean = await Runner.run(scenario, seeds: seeds, jobs: 2)
        #expect(clean.compactMap(\.breach) == [])
    }

    /// A sweep finds what breaks at one place, says which, and finds it there again.
    @Test(.enabled(if: budget == nil)) func `a sweep stops at a planted bug`() async throws {
        let (plan, report) = await Plant.$chosen.withValue(.nothingResumed) {
            let plan = Sweep.plan(.single)
            return (plan, await Sweep.run(plan, jobs: 2, stopsAtBreach: true))
        }
        let found = try #require(report.breaches.first)
        #expect(report.stems == 0 && report.ran == 0 && report.breaches.count <= 2)
        // It takes a restart, so the run without a power cut is clean.
        let text = found.what.description
        #expect(text.contains("place"))
        let again = Plant.$chosen.withValue(.nothingResumed) {
            Sweep.Case(text).map { Sweep.world($0, seed: plan.seed).run().breach }
        }
        #expect(again == found.breach)
        let whole = try #require(Sweep.Case(text))
        #expect(Sweep.world(whole, seed: plan.seed).run().breach == nil)
    }

    @Test(.enabled(if: budget != nil)) func `the page is written anew`() async {
        // No throw crosses an await here: this compiler fails on it.
        let scenarios = Self.scenarios.compactMap { try? ScenarioTests.named($0) }
        #expect(scenarios.map(\.name) == Self.scenarios)
        let budget = max(1, Self.budget ?? 1)
        let (survey, missed) = await Hunt.survey(in: scenarios, seeds: 1...budget, jobs: 2)
        #expect(missed == [])
        #expect(throws: Never.self) { try Self.write(survey) }
    }

    /// Puts the table between its marks.
    static func write(_ survey: Survey) throws {
        let old = try String(contentsOf: page, encoding: .utf8)
        let begin = try #require(old.range(of: marks.0))
        let end = try #require(old.range(of: marks.1))
        let new = old[..<begin.upperBound] + survey.markdown + old[end.lowerBound...]
        try String(new).write(to: page, atomically: true, encoding: .utf8)
    }
}
#endif
