import Oracle
import Testing
import World

/// The office takes part in the world, with its real counter and books on a disk like any other.
@Suite struct OfficeWorldTests {
    static func run(_ name: String, seeds: ClosedRange<UInt64>) throws -> Counts {
        let scenario = try ScenarioTests.named(name)
        var sum = Counts()
        for seed in seeds {
            let report = World(scenario, seed: seed).run()
            #expect(report.breach == nil)
            sum.add(report.counts)
        }
        return sum
    }

    @Test func `on payday everybody has what he asked for, once`() throws {
        let counts = try Self.run("payday", seeds: 1...2)
        #expect(counts.charged > 400, "\(counts)")
        #expect(counts.redeemed > 80 && counts.synced > 100, "\(counts)")
        // Whoever asks for more than he has is told so.
        #expect(counts.turnedDown > 100, "\(counts)")
    }

    @Test func `however often the office loses power, it owes what it has taken`() throws {
        let counts = try Self.run("office-power-cuts", seeds: 1...20)
        #expect(counts.officeEnds > 200, "\(counts)")
        #expect(counts.charged > 200 && counts.redeemed > 200, "\(counts)")
        #expect(counts.synced > 200 && counts.bought > 500, "\(counts)")
    }

    @Test func `on settlement day each unit goes to whoever has it`() throws {
        let counts = try Self.run("settlement-day", seeds: 1...10)
        #expect(counts.officeEnds > 10 && counts.bought > 100, "\(counts)")
    }

    @Test func `clones are convicted, and their victims have what they guaranteed`() throws {
        let counts = try Self.run("clone-ring", seeds: 1...6)
        #expect(counts.cases > 18 && counts.repaid > 1_000, "\(counts)")
        // What three thieves guarantee does not reach for all that they take.
        #expect(counts.claims > 1_000, "\(counts)")
    }

    @Test func `a thief's cousins draw what he guaranteed, and not a cent more`() throws {
        let counts = try Self.run("straw-payees", seeds: 1...15)
        #expect(counts.cases > 60 && counts.repaid > 3_000, "\(counts)")
    }

    @Test func `who was put back has another life, and settlement brings what he had`() throws {
        let counts = try Self.run("old-backup-settled", seeds: 1...25)
        #expect(counts.older > 30 && counts.renewed > 20, "\(counts)")
        #expect(counts.inert == 0, "\(counts)")
    }

    @Test func `whose phone is lost enrols another, and has by settlement what the old one had`()
        throws
    {
        let counts = try Self.run("lost-phone", seeds: 1...20)
        #expect(counts.lostDevices > 20 && counts.bought > 200, "\(counts)")
    }

    @Test func `what is never decided is settled by claim and denial`() throws {
        let counts = try Self.run("dispute", seeds: 1...30)
        #expect(counts.lostDevices > 20 && counts.renewed > 5, "\(counts)")
    }

    @Test(arguments: ["payday", "office-power-cuts", "settlement-day", "clone-ring"])
    func `one seed is one run with an office too`(_ name: String) throws {
        var scenario = try ScenarioTests.named(name)
        scenario.peers = min(scenario.peers, 12)
        let hashes = (0..<2).map { _ in World(scenario, seed: 5).run().hash }
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != World(scenario, seed: 6).run().hash)
    }

    @Test func `with the cryptography that ships the same holds at the counter`() throws {
        var scenario = try ScenarioTests.named("office-power-cuts")
        scenario.payments = 8
        let report = World(scenario, seed: 3, with: .real).run()
        #expect(report.breach == nil)
        #expect(report.counts.charged > 0 && report.counts.redeemed > 0)
        #expect(report.hash == World(scenario, seed: 3, with: .real).run().hash)
    }

    @Test func `a file says all of that`() throws {
        let head = "strains a: b\nfinds c\n"
        let lines = "office yes\nredemptions 7\nsyncs 9\noffice-power-cut maybe 1-3 times"
        let scenario = try Scenario(named: "mine", reading: head + lines)
        #expect(scenario.hasOffice)
        #expect((scenario.redemptions, scenario.syncs) == (7, 9))
        #expect(scenario.faults == [.init(.officePowerCut, 1...3)])
        let again = try Scenario(named: "mine", reading: scenario.text("the same"))
        #expect(again == scenario)
    }

    @Test func `thieves come to an office too, on several devices`() throws {
        let head = "strains a: b\nfinds c\n"
        let lines = "office yes\npeers 5\nthieves 2\nclones 3\ntrade ring\nsettles yes"
        let scenario = try Scenario(named: "mine", reading: head + lines)
        #expect((scenario.thieves, scenario.clones, scenario.trade) == (2, 3, .ring))
        let again = try Scenario(named: "mine", reading: scenario.text("the same"))
        #expect(again == scenario)
    }

    @Test(arguments: [
        ("office no", "'no' where 'yes' is meant"),
        ("redemptions 3", "'redemptions' needs an 'office'"),
        ("syncs 3", "'syncs' needs an 'office'"),
        ("settles yes", "'settles' needs an 'office'"),
        ("settles no", "'no' where 'yes' is meant"),
        ("office-kill 3 times", "'office-kill' needs an 'office'"),
        ("lost 1 times", "'lost' needs an 'office'"),
        ("trade ring", "a ring and its 'clones' need 'thieves'"),
        ("clones 2", "a ring and its 'clones' need 'thieves'"),
    ])
    func `a wrong line of it is refused with line and reason`(_ line: String, _ why: String) {
        #expect(throws: ScenarioFault(line: 3, reason: why)) {
            try Scenario(named: "mine", reading: "strains a: b\nfinds c\n" + line)
        }
    }

    @Test(arguments: ["liars 1", "rollback 1 times", "trade chain"])
    func `what an office's world has not is refused`(_ line: String) {
        #expect(throws: ScenarioFault.self) {
            try Scenario(named: "mine", reading: "strains a: b\nfinds c\noffice yes\n" + line)
        }
    }
}
