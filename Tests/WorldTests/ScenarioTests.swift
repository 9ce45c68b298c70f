import Foundation
import TestSupport
import Testing
import World

@Suite struct ScenarioTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "sim-network/scenarios")

    static func named(_ name: String) throws -> Scenario {
        let file = folder.appending(path: name + ".sim")
        let text = try String(contentsOf: file, encoding: .utf8)
        return try Scenario(named: name, reading: text)
    }

    static let names = [
        "bad-reader", "black-out", "clean-street", "clock-madness", "clone-ring", "dispute",
        "flea-market", "flood", "grapevine", "liars", "long-chain", "lost-phone", "meter-liars",
        "meter-street", "office-power-cuts", "old-backup-settled", "old-backup", "one-payment",
        "payday", "pulled-cable", "rainy-market", "settlement-day", "stolen-ekey", "straw-payees",
        "thief", "tunnel", "two-disks",
    ]

    @Test(arguments: names)
    func `every scenario of ours can be read and says what it is for`(_ name: String) throws {
        let scenario = try Self.named(name)
        #expect(scenario.name == name)
        #expect(scenario.strains.contains(":"))
        #expect(!scenario.finds.isEmpty)
    }

    @Test func `the files are all there are`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.sorted() == Self.names.map { $0 + ".sim" })
    }

    @Test func `a file says all that a scenario holds`() throws {
        let scenario = try Scenario(
            named: "mine",
            reading: """
                strains   rest: a word
                finds     apply-twice
                peers     7   # a remark
                payments  9

                amounts   5-60
                sticks    3 of 400
                span      33 s
                refusals  2.5 %
                attempts  4
                trade     chain
                loss      maybe 5-30.5 %
                delay     10 ms
                power-cut 1-4 times
                """
        )
        var expected = Scenario(name: "mine")
        (expected.strains, expected.finds) = ("rest: a word", "apply-twice")
        (expected.peers, expected.payments, expected.amounts) = (7, 9, 5...60)
        (expected.sticks, expected.units, expected.seconds) = (3, 400, 33)
        (expected.refusals, expected.attempts, expected.trade) = (25, 4, .chain)
        expected.faults = [
            Scenario.Fault(.loss, 50...305),
            Scenario.Fault(.delay, 10...10, isSure: true),
            Scenario.Fault(.powerCut, 1...4, isSure: true),
        ]
        #expect(scenario == expected)
    }

    struct Wrong: Sendable, CustomStringConvertible {
        let text: String
        let line: Int
        let reason: String
        var description: String { reason }
    }

    static let head = "strains a: b\nfinds c\n"
    static let wrong = [
        Wrong(text: "peers", line: 3, reason: "something is missing after 'peers'"),
        Wrong(text: "peers two", line: 3, reason: "'two' is no number"),
        Wrong(text: "peers 1", line: 3, reason: "1 is not from 2 to 1000"),
        Wrong(text: "peers 2 3", line: 3, reason: "'3' is too much"),
        Wrong(text: "\npeers 2\npeers 2", line: 5, reason: "'peers' is said twice"),
        Wrong(text: "rain 5 %", line: 3, reason: "nothing is called 'rain'"),
        Wrong(text: "loss 5", line: 3, reason: "something is missing after 'loss'"),
        Wrong(text: "loss 5 ms", line: 3, reason: "'ms' where '%' is meant"),
        Wrong(text: "loss 30-5 %", line: 3, reason: "'30-5' is no range"),
        Wrong(text: "loss 100.1 %", line: 3, reason: "'100.1' is no share of 100 with one decimal"),
        Wrong(text: "loss 1.25 %", line: 3, reason: "'1.25' is no share of 100 with one decimal"),
        Wrong(text: "amounts 9-2", line: 3, reason: "'9-2' ends before it begins"),
        Wrong(text: "amounts 1-2-3", line: 3, reason: "'1-2-3' is no range"),
        Wrong(text: "sticks 2 x 5", line: 3, reason: "'x' where 'of' is meant"),
        Wrong(
            text: "trade somehow",
            line: 3,
            reason: "'somehow' is no way to trade: 'anyone', 'chain' or 'ring'"
        ),
    ]

    @Test(arguments: wrong)
    func `a wrong file is refused with line and reason`(_ wrong: Wrong) {
        #expect(throws: ScenarioFault(line: wrong.line, reason: wrong.reason)) {
            try Scenario(named: "mine", reading: Self.head + wrong.text)
        }
    }

    @Test func `a file that does not say what it is for is refused`() {
        #expect(throws: ScenarioFault(line: 1, reason: "nothing says what it 'finds'")) {
            try Scenario(named: "mine", reading: "strains a: b")
        }
    }

    @Test func `half of the seeds are spared a fault that may be`() {
        var scenario = Scenario(name: "mine")
        scenario.faults = [
            Scenario.Fault(.loss, 100...200), Scenario.Fault(.delay, 5...9, isSure: true),
        ]
        let drawn = (UInt64(0)..<400).map { World(scenario, seed: $0).drawn }
        let spared = drawn.count { $0[.loss] == 0 }
        #expect((150...250).contains(spared))
        #expect(drawn.allSatisfy { $0[.loss] == 0 || (100...200).contains($0[.loss]) })
        #expect(Set(drawn.map { $0[.delay] }) == [5, 6, 7, 8, 9])
    }

    @Test func `leaving a fault out changes no other`() {
        var scenario = Scenario(name: "mine")
        let delay = Scenario.Fault(.delay, 5...5_000)
        scenario.faults = [Scenario.Fault(.loss, 100...200), delay]
        let both = (UInt64(0)..<50).map { World(scenario, seed: $0).drawn[.delay] }
        scenario.faults = [delay]
        let one = (UInt64(0)..<50).map { World(scenario, seed: $0).drawn[.delay] }
        #expect(both == one)
    }
}
