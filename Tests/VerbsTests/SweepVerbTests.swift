import Command
import Foundation
import SimVerbs
import Synchronization
import Testing
import Verbs
import World

@Suite struct SweepVerbTests {
    private static let second: UInt64 = 1_000_000_000

    /// All but the last stem are said to be done; WorldTests run them.
    private static func almostDone() -> (Sweep.Plan, SweepState) {
        let plan = Sweep.plan(.single)
        var state = SweepState(plan)
        state.report.stems = plan.stems.count - 1
        (state.report.places, state.report.computed, state.report.ran) = (1_000, 4_000, 4_000)
        return (plan, state)
    }

    @Test func `a sweep goes on where it was stopped, and says what it came to`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "state").path
        let (plan, state) = Self.almostDone()
        try state.text.write(toFile: file, atomically: true, encoding: .utf8)
        let (scene, told) = Scenes.watched(terminal: true, step: Self.second / 5)
        let line = ["sim", "sweep", "--resume", file, "--jobs", "1"]
        let answer = await run(arguments: line, in: scene)
        #expect(answer.status == 0 && answer.err.isEmpty, "\(answer)")
        #expect(answer.out.hasPrefix("sweep, depth 1, seed 1: "))
        #expect(answer.out.contains("runs, none broken\n"))
        #expect(answer.out.contains("equal to what was computed\n"))
        #expect(answer.out.contains("(write "))
        #expect(told().count > 300 && told().last == "\r\u{1B}[K")
        #expect(told()[9].contains("27 of 28 stems, 10 runs, 5.0/s, "))
        #expect(told()[9].contains("sweep ███████████████████████░ 27 of 28 stems"))
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let after = try #require(SweepState(text))
        #expect(after.report.stems == plan.stems.count)
        #expect(after.report.ran == after.report.computed && after.report.ran > 4_400)
        // Nothing is left to do, and what was done is not done again.
        let again = await run(arguments: line + ["--json"], in: Scene(now: Sessions.moment))
        let json = try JSONSerialization.jsonObject(with: Data(again.out.utf8))
        let ran = (json as? [String: Any])?["ran"] as? Int
        #expect(again.status == 0 && ran == after.report.ran)
    }

    @Test func `runs that are not as many as computed are no success`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "state").path
        let (plan, almost) = Self.almostDone()
        var state = almost
        (state.report.stems, state.report.ran) = (plan.stems.count, 3_999)
        try state.text.write(toFile: file, atomically: true, encoding: .utf8)
        let answer = await run(
            arguments: ["sim", "sweep", "--resume", file],
            in: Scene(now: Sessions.moment)
        )
        #expect(answer.status == 6 && answer.out.contains("not what was computed"))
    }

    @Test func `what an earlier sweep found is told again`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "state").path
        let text = Self.almostDone().1.text + "broken message 3 lost, place 4 torn\n"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let answer = await run(
            arguments: ["sim", "sweep", "--resume", file],
            in: Scene(now: Sessions.moment)
        )
        #expect(answer.status == 6)
        #expect(answer.out.contains("broken message 3 lost, place 4 torn: no more\n"))
        let command = "    tally sim sweep --only 'message 3 lost, place 4 torn'\n"
        #expect(answer.out.contains(command))
    }

    @Test func `a file of another sweep is not gone on with`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "state").path
        let text = Self.almostDone().1.text
        for (wrong, seed, why) in [
            (text, "2", "is of another sweep"),
            (text.replacing("stems 27", with: "stems 29"), "1", "is of another sweep"),
            (text.replacing("ran 4000", with: "ran -1"), "1", "was not written by"),
            (text.replacing("tally", with: "tall"), "1", "was not written by"),
            (text + "broken place 3 burnt\n", "1", "was not written by"),
        ] {
            try wrong.write(toFile: file, atomically: true, encoding: .utf8)
            let answer = await run(
                arguments: ["sim", "sweep", "--resume", file, "--seed", seed],
                in: Scene(now: Sessions.moment)
            )
            #expect(answer.status == 3 && answer.err.contains(why), "\(answer.err)")
        }
    }

    @Test func `one case is drawn`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appending(path: "case.html").path
        let scene = Scene(now: Sessions.moment)
        let one = ["sim", "sweep", "--only", "place 60 torn"]
        let answer = await run(arguments: one, in: scene)
        #expect(answer.status == 0 && answer.out.hasPrefix("sweep, seed 1: place 60 torn\n"))
        #expect(answer.out.contains("↯") && answer.out.contains("power cut"))
        #expect(!answer.out.contains("not every power cut"))
        let drawn = await run(arguments: one + ["--chart", page, "--trace"], in: scene)
        #expect(drawn.status == 0 && drawn.out.contains("sends #1 LOOKUP"))
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("<svg"))
        let far = await run(arguments: one.dropLast() + ["place 9999 torn"], in: scene)
        #expect(far.status == 0 && far.out.contains("not every power cut of it came about"))
    }

    #if !Planted
    @Test func `what is shipped has no planted bugs, and says how to come by them`() async {
        let answer = await run(
            arguments: ["sim", "plant", "forget-commit", "lock-lost"],
            in: Scene(now: Sessions.moment)
        )
        #expect(answer.status == 3 && answer.out.isEmpty)
        #expect(answer.err.contains("no planted bugs") && answer.err.contains("make plant"))
        #expect(answer.err.contains("swift build -c release --traits Planted"))
    }
    #endif
}
