#if Planted
import Oracle
package import Words

/// Looks for a planted bug in the weather of a scenario, with no more than what is always looked
/// for.
package enum Hunt {
    /// How a bug was found in a scenario, or was not.
    package struct Trail: Hashable, Sendable {
        package let plant: Plant
        package let scenario: String
        /// How many seeds were run, from the first on.
        package let ran: Int
        /// Those that found it, in order.
        package let finds: [Breach]

        /// How many seeds it took.
        package let needed: UInt64?

        init(_ plant: Plant, _ scenario: Scenario, _ reports: [Report], from first: UInt64) {
            (self.plant, self.scenario, ran) = (plant, scenario.name, reports.count)
            finds = reports.compactMap(\.breach)
            needed = finds.first.map { $0.seed - first + 1 }
        }
    }

    /// Runs seeds of a scenario with the bug in every home, until it is found or to their end.
    package static func run(
        _ plant: Plant,
        _ scenario: Scenario,
        seeds: ClosedRange<UInt64>,
        jobs: Int,
        stopsAtFind: Bool = true
    ) async -> Trail {
        let reports = await Plant.$chosen.withValue(plant) {
            await Runner.run(scenario, seeds: seeds, jobs: jobs, stopsAtBreach: stopsAtFind)
        }
        return Trail(plant, scenario, reports, from: seeds.lowerBound)
    }

    /// Looks for every bug in one scenario after the other; those that none finds are told too.
    package static func survey(
        in scenarios: [Scenario],
        seeds: ClosedRange<UInt64>,
        jobs: Int
    ) async -> (found: Survey, missed: [Plant]) {
        var survey = Survey()
        var missed: [Plant] = []
        for plant in Plant.allCases {
            var trails: [Trail] = []
            for scenario in scenarios {
                trails.append(await run(plant, scenario, seeds: seeds, jobs: jobs))
            }
            if !survey.add(trails) { missed.append(plant) }
        }
        return (survey, missed)
    }
}
#endif
