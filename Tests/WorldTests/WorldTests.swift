import Foundation
import Oracle
import Testing
import World

@Suite struct WorldTests {
    @Test func `in fair weather every payment is made`() throws {
        let street = try ScenarioTests.named("clean-street")
        for seed in UInt64(1)...5 {
            let report = World(street, seed: seed).run()
            #expect(report.breach == nil)
            #expect(report.payments == 20)
            #expect(report.counts.bought == 20)
            #expect(report.totals.issued == 40_000)
            #expect(report.totals.available == 40_000)
        }
    }

    /// How many seeds of each, and what must have happened in some of them, or the test would
    /// say nothing.
    struct Short: Sendable, CustomStringConvertible {
        let name: String
        let seeds: ClosedRange<UInt64>
        var payments: Int?
        let happened: @Sendable (Counts) -> Bool
        var description: String { name }
    }

    /// Whether all of these were tried.
    static func happened(_ counts: Counts, _ tricks: Crook.Trick...) -> Bool {
        tricks.allSatisfy { counts.tricks[$0.rawValue] > 0 }
    }

    static let shorts = [
        Short(name: "rainy-market", seeds: 1...6) {
            $0.lost > 0 && $0.corrupted > 0 && $0.spoofed > 0 && $0.replayed > 0
        },
        Short(name: "tunnel", seeds: 1...10) { $0.cuts > 10 && $0.bought > 0 },
        Short(name: "black-out", seeds: 1...8) {
            $0.ends[1] > 10 && $0.ends[2] > 0 && $0.ends[3] > 0
        },
        Short(name: "flood", seeds: 1...3) { $0.strange > 300 && $0.dropped > 100 },
        Short(name: "clock-madness", seeds: 1...6) { $0.bought > 0 && $0.refused > 0 },
        Short(name: "old-backup", seeds: 1...8) { $0.older > 0 && $0.inert > 0 },
        // 766: a payee whose whole home was put back decides anew, for a payer whose log lost its
        // end. The oracle called that the payer's breach.
        Short(name: "old-backup", seeds: 766...766) { $0.older > 0 && $0.inert > 0 },
        Short(name: "long-chain", seeds: 1...2) { $0.bought == 60 },
        // 73 and 103: two entries of one handover that are the same units of two sticks were one
        // to the oracle, and a fork of the second convicted nobody. 75 of the liars too.
        Short(name: "thief", seeds: 73...74) { happened($0, .again, .anothers) },
        Short(name: "thief", seeds: 103...110) { happened($0, .beyond, .renamed, .orphan) },
        Short(name: "liars", seeds: 70...85) { happened($0, .badLeaves, .forgedFloor, .both) },
        Short(name: "grapevine", seeds: 1...6) {
            $0.learned > 0 && $0.brought > 0 && $0.automatic > 0 && $0.details > 0
        },
        // 1184: a thief pays a payer with what that one still waits for, and then signs ABORT;
        // 1189: he passes on a part of it. The oracle counted all of it twice.
        Short(name: "grapevine", seeds: 1184...1184) { happened($0, .again, .abort) },
        Short(name: "grapevine", seeds: 1189...1189) { happened($0, .again, .abort) },
        Short(name: "flea-market", seeds: 1...1, payments: 100) { $0.bought > 80 },
    ]

    @Test(arguments: shorts)
    func `whatever befalls a world, nothing is lost and nobody waits for ever`(
        _ short: Short
    ) throws {
        var scenario = try ScenarioTests.named(short.name)
        scenario.payments = short.payments ?? scenario.payments
        var sum = Counts()
        for seed in short.seeds {
            let report = World(scenario, seed: seed).run()
            #expect(report.breach == nil)
            sum.add(report.counts)
        }
        #expect(short.happened(sum), "\(sum)")
    }

    /// A line with the hash of one run of each of some scenarios.
    static func hashes() -> String {
        ["black-out", "rainy-market", "old-backup", "flood"]
            .map { name in
                guard let scenario = try? ScenarioTests.named(name) else { return name }
                return "hash \(name) \(World(scenario, seed: 7).run().hash)\n"
            }
            .joined()
    }

    @Test func `one seed is one run in any process`() async {
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent]
        ) {
            print(WorldTests.hashes())
        }
        expectHashes(in: result?.standardOutputContent ?? [])
    }

    private func expectHashes(in output: [UInt8]) {
        let hashes = Self.hashes()
        #expect(hashes.split(separator: "\n").count == 4)
        #expect(String(decoding: output, as: UTF8.self).contains(hashes))
    }

    @Test func `one seed is one run on any number of threads`() async throws {
        let scenario = try ScenarioTests.named("black-out")
        let alone = await Runner.run(scenario, seeds: 20...25, jobs: 1)
        let together = await Runner.run(scenario, seeds: 20...25, jobs: 3)
        #expect(alone.map(\.seed) == Array(20...25))
        #expect(alone.map(\.hash) == together.map(\.hash))
        #expect(Set(alone.map(\.hash)).count == 6)
    }

    @Test func `with the cryptography that ships the same holds`() throws {
        for name in ["clean-street", "black-out", "rainy-market", "old-backup", "flood"] {
            var scenario = try ScenarioTests.named(name)
            scenario.payments = 10
            let report = World(scenario, seed: 5, with: .real).run()
            #expect(report.breach == nil)
            #expect(report.payments > 0)
            #expect(report.hash == World(scenario, seed: 5, with: .real).run().hash)
            #expect(report.hash != World(scenario, seed: 5).run().hash)
        }
    }

    @Test func `keeping the trace changes nothing`() throws {
        let scenario = try ScenarioTests.named("black-out")
        let kept = World(scenario, seed: 3, keepsTrace: true)
        let report = kept.run()
        #expect(report.hash == World(scenario, seed: 3).run().hash)
        #expect(kept.tracer.events.count > 1_000)
        let times = kept.tracer.events.map(\.milliseconds)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `whoever listens to the parts of payments changes nothing, and hears all`() throws {
        let street = try ScenarioTests.named("clean-street")
        let world = World(street, seed: 4)
        var heard: [Part] = []
        world.onPart = { heard.append($0) }
        let report = world.run()
        #expect(report.hash == World(street, seed: 4).run().hash)
        #expect(report.payments == 20)
        // From meeting to paying at least once for each, never twice the same, and home again.
        #expect(heard.count { $0 == .paying } >= 20)
        #expect(zip(heard, heard.dropFirst()).allSatisfy { $0 != $1 })
        #expect(heard.first == .meeting && heard.last == .homes)
    }

    @Test func `what is measured as paying is what the four last messages bring about`() throws {
        // One payment in fair weather: its groups are written while it is being paid, and
        // everything before is the founding of the homes.
        var street = try ScenarioTests.named("clean-street")
        street.payments = 1
        let world = World(street, seed: 2)
        var groups: [Part: UInt64] = [:]
        var (part, before) = (Part.homes, UInt64(0))
        world.onPart = { [unowned world] next in
            groups[part, default: 0] += world.counts.groups - before
            (part, before) = (next, world.counts.groups)
        }
        let report = world.run()
        #expect(report.payments == 1)
        #expect(groups[.paying] == 4)
        #expect(groups[.meeting] == report.counts.groups - groups[.homes, default: 0] - 4)
    }

    @Test func `a run that fails is made smaller while it fails`() throws {
        var scenario = try ScenarioTests.named("rainy-market")
        scenario.payments = 40
        // Fails whenever there are five payments or more and datagrams come twice.
        let rule: @Sendable (Scenario, UInt64) -> Breach? = { scenario, seed in
            let isThere = scenario.faults.contains { $0.kind == .duplication }
            guard scenario.payments >= 5, isThere else { return nil }
            return Breach(
                name: "rule",
                homes: [],
                sentence: "\(scenario.payments)",
                seed: seed,
                milliseconds: 0
            )
        }
        var shrinker = Shrinker(scenario, try #require(rule(scenario, 9)), run: rule)
        shrinker.shrink()
        #expect(shrinker.scenario.payments == 5)
        #expect(shrinker.scenario.peers == 2)
        #expect(shrinker.scenario.faults.map(\.kind) == [.duplication])
        #expect(shrinker.breach.sentence == "5")
        #expect(shrinker.breach.seed == 9)
    }
}
