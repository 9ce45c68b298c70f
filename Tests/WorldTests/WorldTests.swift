import Oracle
import Testing
import World

@Suite struct WorldTests {
    /// Two homes, fair weather.
    static var street: Scenario {
        var scenario = Scenario(name: "clean-street")
        (scenario.peers, scenario.payments) = (2, 20)
        return scenario
    }

    @Test func `in fair weather every payment is made`() {
        for seed in UInt64(1)...5 {
            let report = World(Self.street, seed: seed).run()
            #expect(report.breach == nil)
            #expect(report.payments == 20)
            #expect(report.counts.bought == 20)
            #expect(report.totals.issued == 40_000)
            #expect(report.totals.available == 40_000)
        }
    }
}
