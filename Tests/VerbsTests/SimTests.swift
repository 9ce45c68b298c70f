import Command
import Foundation
import SimVerbs
import Synchronization
import Testing
import Verbs
import World

/// What a session cannot show: time, threads, a terminal, and a run that was stopped.
@Suite struct SimTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a terminal sees a bar that overwrites itself, and no bar at the end`() async {
        let (scene, told) = Scenes.watched(terminal: true, step: Self.second / 5)
        let answer = await run(
            arguments: ["sim", "run", "one-payment", "--seeds", "1-10", "--jobs", "1"],
            in: scene
        )
        #expect(answer.status == 0 && answer.err.isEmpty)
        #expect(answer.out.contains("seeds a second"))
        #expect(told().count == 11)
        #expect(told().allSatisfy { $0.hasPrefix("\r\u{1B}[K") && !$0.contains("\n") })
        #expect(told()[4].contains("5 of 10 seeds, 5.0/s, 1 s left"))
        #expect(told()[4].contains("████████████░░░░░░░░░░░░"))
        #expect(told().last == "\r\u{1B}[K")
    }

    @Test func `elsewhere there is a line now and then`() async {
        let (scene, told) = Scenes.watched(terminal: false, step: 4 * Self.second)
        _ = await run(
            arguments: ["sim", "run", "one-payment", "--seeds", "1-10", "--jobs", "1"],
            in: scene
        )
        #expect(told().count == 3)
        #expect(told().first == "one-payment: 3 of 10 seeds, 0.3/s, 28 s left\n")
        #expect(!told().joined().contains("\u{1B}"))
    }

    /// The file as it was after some seeds, as if the power had gone then.
    @Test func `a run that was stopped goes on, and comes to the same`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "state").path
        let (scene, told) = Scenes.watched(terminal: false, step: 3 * Self.second)
        let seeds = ["sim", "run", "one-payment", "--seeds", "1-12", "--jobs", "1"]
        let whole = await run(arguments: seeds, in: Scene(now: Sessions.moment))
        // Its clock makes it keep the file after each seed; the copy is one of those.
        var halfway = scene
        halfway.tell = { _ in
            guard !FileManager.default.fileExists(atPath: file + ".half") else { return }
            try? FileManager.default.copyItem(atPath: file, toPath: file + ".half")
        }
        _ = await run(arguments: seeds + ["--resume", file], in: halfway)
        let half = try String(contentsOfFile: file + ".half", encoding: .utf8)
        #expect(half.contains("\nseeds 3\n") && half.contains("\ndone 1-3\n"))
        let rest = await run(
            arguments: seeds + ["--resume", file + ".half"],
            in: Scene(now: Sessions.moment)
        )
        #expect(rest == whole)
        #expect(
            try String(contentsOfFile: file, encoding: .utf8)
                == String(contentsOfFile: file + ".half", encoding: .utf8)
        )
        _ = told
    }

    @Test func `a file of another program, another scenario or other seeds is not gone on with`()
        async throws
    {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "state").path
        let scene = Scene(now: Sessions.moment)
        func ask(_ scenario: String, _ seeds: String) async -> Answer {
            await run(
                arguments: ["sim", "run", scenario, "--seeds", seeds, "--resume", file],
                in: scene
            )
        }
        #expect(await ask("one-payment", "1-4").status == 0)
        #expect(await ask("one-payment", "1-5").err.contains("is of another run"))
        #expect(await ask("clean-street", "1-4").err.contains("is of another run"))
        let text = try String(contentsOfFile: file, encoding: .utf8)
        for (from, to, why) in [
            (/sample 1 [0-9a-f]*/, "sample 1 1", "by another version"),
            (/done 1-4/, "done 1-3", "was not written by"), (/^tally/, "tall", "was not written"),
            (/done 1-4/, "done 4,1", "was not written by"),
        ] {
            try text.replacing(from, with: to)
                .write(toFile: file, atomically: true, encoding: .utf8)
            let answer = await ask("one-payment", "1-4")
            #expect(answer.status == 3 && answer.err.contains(why), "\(answer.err)")
        }
    }

    /// The same seeds come to the same on any number of threads.
    @Test func `jobs change nothing but the time`() async {
        let scene = Scene(now: Sessions.moment)
        func out(_ jobs: String) async -> String {
            await run(
                arguments: ["sim", "run", "tunnel", "--seeds", "1-6", "--jobs", jobs],
                in: scene
            ).out
        }
        let one = await out("1")
        #expect(one.contains("6 run, none broken"))
        #expect(await out("4") == one)
    }

    private static func breach(seed: UInt64) -> Breach {
        Breach(
            name: "atomicity",
            homes: [1],
            sentence: "home 1 was paid <twice>",
            seed: seed,
            milliseconds: 4_321
        )
    }

    @Test func `a broken seed is made smaller, written, and told with what shows it`() throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        var scenario = Scenario(name: "market")
        (scenario.peers, scenario.strains, scenario.finds) = (9, "a", "b")
        scenario.faults = [.init(.loss, 100...300), .init(.kill, 1...4, isSure: true)]
        let broken = Broken.shrunk(
            scenario,
            typed: "my market.sim",
            Self.breach(seed: 17),
            with: .real,
            events: 1,
            into: folder.path
        ) { smaller, seed in
            // It takes three payments and a lossy air.
            let hasLoss = smaller.faults.contains { $0.kind == .loss }
            return smaller.payments >= 3 && hasLoss ? Self.breach(seed: seed) : nil
        }
        let text = broken.text.replacing(folder.path, with: "@")
        #expect(text.hasPrefix("  broken seed 17 after 4321 ms: home 1 was paid <twice>\n"))
        #expect(text.contains("    tally sim replay 'my market.sim' 17 --real\n"))
        #expect(text.contains(" runs: 2 homes, 3 payments, loss maybe "))
        #expect(text.hasSuffix("    tally sim replay @/market-17.sim 17 --real\n"))
        let file = folder.appending(path: "market-17.sim")
        let written = try Scenario(
            named: "market",
            reading: String(contentsOf: file, encoding: .utf8)
        )
        #expect(written.payments == 3 && written.peers == 2 && written.faults.count == 1)
        let json = try JSONSerialization.jsonObject(with: Data(broken.jsonText.utf8))
        let smaller = (json as? [String: Any])?["smaller"] as? [String: Any]
        #expect((smaller?["scenario"] as? String)?.contains("payments      3") == true)
    }

    @Test func `the making smaller says how far it is`() throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        var scenario = Scenario(name: "market")
        (scenario.peers, scenario.strains, scenario.finds) = (9, "a", "b")
        for terminal in [true, false] {
            let (scene, told) = Scenes.watched(terminal: terminal, step: 5 * Self.second)
            _ = Broken.shrunk(
                scenario,
                typed: "market",
                Self.breach(seed: 17),
                with: .standIn,
                events: 1,
                into: folder.path,
                telling: scene
            ) { smaller, seed in
                smaller.payments >= 3 ? Self.breach(seed: seed) : nil
            }
            let first = terminal ? "run 1 of at most 200, 9 homes" : "run 2 of at most 200, 9"
            #expect(told().first?.contains(first) == true, "\(told())")
            #expect(told().contains { $0.contains("2 homes, 3 payments, no faults") })
            #expect((told().last == "\r\u{1B}[K") == terminal)
            #expect(told().allSatisfy { $0.hasSuffix("\n") != terminal })
        }
    }

    @Test func `what is smaller is shown where it cannot be written`() {
        var scenario = Scenario(name: "market")
        (scenario.strains, scenario.finds) = ("a", "b")
        let broken = Broken.shrunk(
            scenario,
            typed: "market",
            Self.breach(seed: 2),
            with: .standIn,
            events: 1,
            into: "/nowhere/at/all"
        ) { _, seed in Self.breach(seed: seed) }
        #expect(broken.text.contains("cannot be written: the folder above it is missing; it is"))
        #expect(broken.text.contains("    payments      1\n"))
    }

    @Test func `a page and a picture are written, and JSON has the trace`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let scene = Scene(now: Sessions.moment)
        for (name, first) in [("a.svg", "<?xml"), ("a.html", "<!doctype html>")] {
            let path = folder.appending(path: name).path
            let answer = await run(
                arguments: ["sim", "replay", "rainy-market", "1", "--chart", path, "--rows", "50"],
                in: scene
            )
            #expect(answer.status == 0 && answer.out.contains("the chart is in \(path)"))
            #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix(first))
        }
        let answer = await run(
            arguments: ["sim", "replay", "one-payment", "1", "--json"],
            in: scene
        )
        let json = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
        let trace = try #require((json as? [String: Any])?["trace"] as? [[String: Any]])
        #expect(trace.count > 20)
    }
}
