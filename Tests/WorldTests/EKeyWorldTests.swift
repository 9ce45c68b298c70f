import Oracle
import Testing
import World

/// Worlds with eKeys: what must befall them in a few seeds, and that nothing is broken by it.
@Suite struct EKeyWorldTests {
    struct Short: Sendable, CustomStringConvertible {
        let name: String
        let seeds: ClosedRange<UInt64>
        /// What must have been done at the eKeys, or the test would say nothing.
        let acts: [ReaderAct]
        var description: String { name }
    }

    static let shorts = [
        Short(
            name: "pulled-cable",
            seeds: 1...6,
            acts: [.plugged, .unplugged, .restarted, .typed, .mistyped]
        ),
        Short(
            name: "bad-reader",
            seeds: 1...6,
            acts: [
                .shown, .pressed, .declined, .saidAgain, .askedWithoutPIN, .acceptedOther,
                .loosened, .unpaired, .spoiled,
            ]
        ),
        Short(
            name: "stolen-ekey",
            seeds: 1...6,
            acts: [.stolen, .guessed, .guessedInTheDark, .shut, .unblocked, .returned]
        ),
    ]

    @Test(arguments: shorts)
    func `nobody loses by a cable, a reader or a thief`(_ short: Short) throws {
        let scenario = try ScenarioTests.named(short.name)
        var sum = Counts()
        for seed in short.seeds {
            let report = World(scenario, seed: seed).run()
            #expect(report.breach == nil)
            sum.add(report.counts)
        }
        for act in short.acts { #expect(sum.readers[Int(act.rawValue)] > 0, "\(act)") }
        #expect(sum.bought > 0)
    }

    @Test func `in fair weather an eKey pays and is paid like any wallet`() throws {
        var street = try ScenarioTests.named("clean-street")
        (street.eKeys, street.button) = (2, 250)
        let report = World(street, seed: 3).run()
        #expect(report.breach == nil)
        #expect(report.payments == 20)
        #expect(report.totals.available == 40_000)
        #expect(report.counts.readers[Int(ReaderAct.pressed.rawValue)] > 0)
    }

    @Test func `one seed with eKeys is one run, and with the cryptography that ships too`() throws {
        var scenario = try ScenarioTests.named("pulled-cable")
        let hash = World(scenario, seed: 9).run().hash
        #expect(World(scenario, seed: 9).run().hash == hash)
        scenario.payments = 6
        let real = World(scenario, seed: 9, with: .real).run()
        #expect(real.breach == nil)
        #expect(World(scenario, seed: 9, with: .real).run().hash == real.hash)
    }

    struct Wrong: Sendable, CustomStringConvertible {
        let text: String
        let reason: String
        var description: String { reason }
    }

    static let wrong = [
        Wrong(text: "button 5", reason: "'button' needs 'ekeys'"),
        Wrong(text: "stolen 1 times", reason: "'stolen' needs 'ekeys'"),
        Wrong(text: "ekeys 1\nrollback 1 times", reason: "'rollback' goes with no 'ekeys'"),
        Wrong(
            text: "ekeys 1\nbad-readers 2",
            reason: "so many 'ekeys', or 'bad-readers' before them, there cannot be"
        ),
        Wrong(
            text: "ekeys 2\nthieves 1",
            reason: "so many 'ekeys', or 'bad-readers' before them, there cannot be"
        ),
    ]

    @Test(arguments: wrong)
    func `a file that wants what cannot be is refused`(_ wrong: Wrong) {
        let error = #expect(throws: ScenarioFault.self) {
            try Scenario(named: "mine", reading: ScenarioTests.head + wrong.text)
        }
        #expect(error?.reason == wrong.reason)
    }
}
