import Testing
import World

/// What befalls homes and what people do besides paying: each of it happens, and breaks nothing.
@Suite struct BreadthTests {
    static func run(_ lines: String, seeds: ClosedRange<UInt64>) throws -> Counts {
        let scenario = try Scenario(
            named: "breadth",
            reading: "strains rest: all of it\nfinds nothing\nspan 60 s\n" + lines
        )
        var sum = Counts()
        for seed in seeds {
            let report = World(scenario, seed: seed).run()
            #expect(report.breach == nil)
            sum.add(report.counts)
        }
        return sum
    }

    @Test func `a bit that changes at rest is named, or changes nothing`() throws {
        let counts = try Self.run(
            "peers 3\npayments 20\nsticks 2 of 2000\nbit-rot 2-4 times\nloss maybe 1-10 %",
            seeds: 1...40
        )
        #expect(counts.rotten > 80, "\(counts)")
        #expect(counts.rotNamed > 10 && counts.rotNamed < counts.rotten, "\(counts)")
        // Whoever goes on from a copy pays and decides nothing any more.
        #expect(counts.inert > 10 && counts.inert <= counts.rotNamed, "\(counts)")
        #expect(counts.bought > 300, "\(counts)")
    }

    @Test func `with power cuts on top of it too`() throws {
        let counts = try Self.run(
            """
            peers 3
            payments 20
            sticks 2 of 2000
            bit-rot 1-3 times
            power-cut 1-9 times
            kill maybe 1-3 times
            io-error maybe 1-2 times
            """,
            seeds: 1...25
        )
        #expect(counts.rotNamed > 5 && counts.ends[1] > 50, "\(counts)")
    }

    /// Those that were found, 100, 116, 241 and 255, and some beside them: the bit lay among kept
    /// outcomes and showed late, when nobody knew any more that the copy was made after it changed.
    @Test(arguments: [100...116, 241...255] as [ClosedRange<UInt64>])
    func `an older copy made while a bit had changed brings it back`(
        seeds: ClosedRange<UInt64>
    ) throws {
        let counts = try Self.run(
            """
            peers 4
            payments 30
            sticks 3 of 1000
            bit-rot 3-8 times
            restore 1-4 times
            loss 10 %
            """,
            seeds: seeds
        )
        #expect(counts.rotNamed > 10 && counts.older > 10, "\(counts)")
    }

    @Test func `decisions come by hand as well, early, late and more than once`() throws {
        let counts = try Self.run(
            "peers 3\npayments 20\nattempts 9\ncarried 90 %\nloss 60 %\npower-cut maybe 1-4 times",
            seeds: 1...10
        )
        #expect(counts.brought > 200, "\(counts)")
        #expect(counts.broughtInDoubt > 5 && counts.broughtInDoubt < counts.brought, "\(counts)")
    }

    @Test func `a device pays by itself what its person lets it, and no more`() throws {
        let counts = try Self.run(
            """
            peers 4
            payments 40
            amounts 1-500
            sticks 3 of 2000
            picked 60 %
            limit 700
            pin 350
            wants 50 %
            power-cut maybe 1-6 times
            loss maybe 1-20 %
            """,
            seeds: 1...12
        )
        #expect(counts.automatic > 20 && counts.automatic < counts.bought, "\(counts)")
        #expect(counts.pinned > 10, "\(counts)")
        #expect(counts.details > 20, "\(counts)")
    }

    @Test func `word of a revoked key arrives in the middle`() throws {
        let counts = try Self.run(
            """
            peers 5
            payments 50
            amounts 1-300
            thieves 1
            liars 1
            revocation 1-3 times
            power-cut maybe 1-4 times
            """,
            seeds: 1...12
        )
        #expect(counts.learned > 30, "\(counts)")
        #expect(counts.revoked > 5, "\(counts)")
    }

    @Test func `a file says all of that`() throws {
        let lines = """
            picked 12.5 %
            limit 700
            pin 350
            wants 50 %
            carried maybe 5-60 %
            bit-rot 1-3 times
            revocation 2 times
            """
        let head = "strains a: b\nfinds c\n"
        let scenario = try Scenario(named: "mine", reading: head + lines)
        #expect((scenario.picked, scenario.limit) == (125, 700))
        #expect((scenario.pin, scenario.wants) == (350, 500))
        #expect(
            scenario.faults == [
                .init(.carried, 50...600), .init(.bitRot, 1...3, isSure: true),
                .init(.revocation, 2...2, isSure: true),
            ]
        )
        let again = try Scenario(named: "mine", reading: scenario.text("the same"))
        #expect(again == scenario)
    }

    @Test(arguments: [
        ("limit 700", "a 'limit' is for sellers that are 'picked'"),
        ("picked 101 %", "'101' is no share of 100 with one decimal"),
        ("picked 10", "something is missing after 'picked'"),
        ("pin 0", "0 is not from 1 to 1000000000"),
        ("wants half", "'half' is no share of 100 with one decimal"),
        ("bit-rot 1-3 %", "'%' where 'times' is meant"),
        ("carried 5 times", "'times' where '%' is meant"),
        ("revocation maybe", "something is missing after 'revocation'"),
    ])
    func `a wrong line of it is refused with line and reason`(_ line: String, _ why: String) {
        #expect(throws: ScenarioFault(line: 3, reason: why)) {
            try Scenario(named: "mine", reading: "strains a: b\nfinds c\n" + line)
        }
    }
}
