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
    /// Not in the flea market: a seed of it is as long as a hundred of another.
    static let scenarios = ScenarioTests.names.filter { $0 != "flea-market" }

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

    @Test(.enabled(if: budget != nil)) func `the page is written anew`() async throws {
        let budget = try #require(Self.budget)
        var survey = Survey()
        for plant in Plant.allCases {
            var trails: [Hunt.Trail] = []
            for name in Self.scenarios {
                let scenario = try ScenarioTests.named(name)
                trails.append(await Hunt.run(plant, scenario, seeds: 1...budget, jobs: 2))
            }
            #expect(survey.add(trails), "\(plant.rawValue) is not found")
        }
        let page = try String(contentsOf: Self.page, encoding: .utf8)
        let begin = try #require(page.range(of: Self.marks.0))
        let end = try #require(page.range(of: Self.marks.1))
        let written = page[..<begin.upperBound] + survey.markdown + page[end.lowerBound...]
        try String(written).write(to: Self.page, atomically: true, encoding: .utf8)
    }
}
#endif
