import Bench
import Command
import Foundation
import Testing
import Verbs

/// The bench of payments, as far as it does not depend on how fast a machine is.
@Suite struct PayBenchTests {
    @Test func `a ratio is the median of the pairs' own`() {
        let row = PayRow("x", .atMost(1), ours: [1, 20, 3], theirs: [2, 10, 3])
        #expect(row.ratio == 1)
        #expect((row.ours, row.theirs) == (3, 3))
        #expect(row.isMet == true)
    }

    @Test func `a target has a direction, and what is missed says so`() {
        let less = PayRow("x", .atMost(1.25), ours: [126], theirs: [100])
        #expect(less.isMet == false)
        #expect(less.line.hasSuffix("  <= 1.25  missed"))
        let more = PayRow("x", .atLeast(0.8), ours: [80], theirs: [100])
        #expect(more.isMet == true)
        #expect(more.line.hasSuffix("  >= 0.80  met"))
    }

    @Test func `a figure without another side is held against its target itself`() {
        #expect(PayRow("x", .atMost(2), ours: [1, 3, 1.5]).isMet == true)
        #expect(PayRow("x", .atMost(2), ours: [1, 3, 2.5]).isMet == false)
        #expect(PayRow("x", ours: [1]).isMet == nil)
    }

    // MARK: What a side tells

    private static func telling(_ lines: [String]) -> PayRun.Telling {
        var telling = PayRun.Telling()
        for line in lines { _ = telling.take(line) }
        return telling
    }

    /// A seller's and a buyer's words of `count` payments, 1 ms apart, each paid 300 µs after it
    /// was requested; the buyer's last record comes `late` µs after the seller's.
    private static func both(_ count: Int, late: Int) -> (PayRun.Telling, PayRun.Telling) {
        var (sold, bought) = ([String](), [String]())
        for number in 0..<count {
            let began = 1_000_000 * (number + 1)
            for (point, after) in [(0, 0), (1, 100_000), (2, 400_000), (3, 700_000)] {
                sold.append("id\(number) \(point) \(began + after)")
            }
            bought.append("id\(number) 2 \(began + 200_000)")
            bought.append("id\(number) 3 \(began + 700_000 + 1_000 * late)")
        }
        return (
            telling(sold + ["told \(count * 500_000) 7 1 2 3"]),
            telling(bought + ["told \(count * 250_000) 9 0 0 0"])
        )
    }

    @Test func `a payment is counted from its request to the last sync of either side`() throws {
        let (seller, buyer) = Self.both(PayRun.warmUp + 3, late: 50)
        let run = try PayRun(seller: seller, buyer: buyer)
        #expect(run.paid == [300, 300, 300])
        #expect(run.complete == [650, 650, 650])
        #expect(run.whole == [750, 750, 750])
        #expect(abs(run.perSecond - 3e9 / 2_750_000) < 0.01)
        #expect((run.seller.cpu, run.buyer.cpu) == (500, 250))
        #expect((run.seller.memory, run.buyer.memory) == (7, 9))
        #expect(abs((run.seller.byPart.last ?? 0) - (500 - 0.006 / 23)) < 0.001)
        let early = Self.both(PayRun.warmUp + 1, late: -50)
        #expect(try PayRun(seller: early.0, buyer: early.1).complete == [600])
    }

    @Test func `a payment that one side does not tell of is no figure`() {
        let (seller, buyer) = Self.both(PayRun.warmUp + 3, late: 0)
        let (other, _) = Self.both(PayRun.warmUp + 2, late: 0)
        #expect(throws: Complaint.self) { try PayRun(seller: other, buyer: buyer) }
        #expect(throws: Complaint.self) {
            try PayRun(seller: seller, buyer: Self.telling(["told 1 1 0 0 0"]))
        }
    }

    @Test(arguments: ["", "id", "id 9 1", "id 1 x", "told 1", "told 1 2 3 4 5 6"])
    func `a line that says nothing known is not taken`(_ line: String) {
        var telling = PayRun.Telling()
        #expect(telling.take(line) == nil)
    }

    // MARK: Yardsticks

    private static func program(_ text: String, _ name: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "tally-yardsticks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appending(path: name)
        let draft = url.appendingPathExtension("text")
        try text.write(to: draft, atomically: true, encoding: .utf8)
        // By a process of its own: what this one has open to write, a child that another test
        // starts just then has open too, and such a file cannot be run yet.
        let copy = Foundation.Process()
        copy.executableURL = URL(fileURLWithPath: "/bin/cp")
        copy.arguments = [draft.path, url.path]
        try copy.run()
        copy.waitUntilExit()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: url.path)
        return url
    }

    @Test func `numbers are read before and behind their words`() throws {
        let text = "pg n=4000 1210.5 payments/s; decided median 957.4 p90 3246.7 us"
        let url = try Self.program("#!/bin/sh\necho first\necho '\(text)'\n", "some")
        defer { try? FileManager.default.removeItem(at: url.deletingLastPathComponent()) }
        let line = try Yardstick(path: url.path, source: "x").run([])
        #expect(try line.number(before: " payments/s") == 1_210.5)
        #expect(try line.number(after: "decided median ") == 957.4)
        #expect(throws: Complaint.self) { try line.number(after: "complete median ") }
        #expect(throws: Complaint.self) { try line.number(before: " of them") }
    }

    @Test func `what is not installed is left out, and what fails is not`() throws {
        let none = try Self.program("#!/bin/sh\nexit 69\n", "none")
        defer { try? FileManager.default.removeItem(at: none.deletingLastPathComponent()) }
        #expect(try Yardstick(path: none.path, source: "x").runIfThere([]) == nil)
        #expect(try Yardstick(path: "/no/such", source: "x").runIfThere([]) == nil)
        let bad = try Self.program("#!/bin/sh\nexit 1\n", "bad")
        defer { try? FileManager.default.removeItem(at: bad.deletingLastPathComponent()) }
        #expect(throws: Complaint.self) {
            try Yardstick(path: bad.path, source: "x").runIfThere([])
        }
    }

    private func bench(_ words: String...) async -> Answer {
        let scene = Scene(now: Sessions.moment)
        let home = FileManager.default.temporaryDirectory.path
        return await run(arguments: ["bench", "pay", "--home", home] + words, in: scene)
    }

    @Test func `without its yardstick the bench says so before it begins`() async throws {
        let none = await bench("--yardsticks", "/no/such")
        #expect(none.status == 1)
        #expect(none.err.contains("error: the yardstick '/no/such/ref2pc' is not there\n"))
        #expect(none.err.contains("hint: make bench compiles bench/ref2pc.c\n"))
        let url = try Self.program("#!/bin/sh\necho hello\n", "ref2pc")
        defer { try? FileManager.default.removeItem(at: url.deletingLastPathComponent()) }
        let other = await bench("--yardsticks", url.deletingLastPathComponent().path)
        #expect(other.status == 1)
        #expect(other.err.contains("does not say what bench/ref2pc.c says"))
    }

    @Test func `what is typed wrong is told`() async {
        for words in [["--rounds", "0"], ["--past", "many"], ["--only", "tea"], ["--only", ""]] {
            let answer = await run(
                arguments: ["bench", "pay"] + words,
                in: Scene(now: Sessions.moment)
            )
            #expect(answer.status == 2)
            #expect(answer.err.contains("hint: "))
        }
    }
}
