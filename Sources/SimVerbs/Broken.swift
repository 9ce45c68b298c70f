package import Command
internal import Host
package import World

/// A seed in which something is broken, and the smallest scenario in which it still is.
package struct Broken: Sendable {
    let breach: Breach
    /// As it was typed: a name or a path.
    let scenario: String
    let cryptography: Cryptography
    var smaller: Smaller?

    init(_ breach: Breach, of scenario: String, _ cryptography: Cryptography) {
        (self.breach, self.scenario, self.cryptography) = (breach, scenario, cryptography)
    }

    struct Smaller: Sendable {
        let scenario: Scenario
        let breach: Breach
        let runs: Int
        /// Where it was written, or why it was not.
        let path: String
        let fault: String?
    }

    private func replay(_ scenario: String) -> String {
        "tally sim replay \(shellWord(scenario)) \(breach.seed)"
            + (cryptography == .real ? " --real" : "")
    }

    var command: String { replay(scenario) }

    func lines(_ paint: Paint) -> [String] {
        var lines = [
            "  " + paint.red("broken") + " seed \(breach.seed) after \(Self.time(breach)):"
                + " \(breach.sentence)",
            "    \(command)",
        ]
        guard let smaller else { return lines }
        lines += ["  made smaller in \(counted(smaller.runs, "run")): \(smaller.parts)"]
        if let fault = smaller.fault {
            lines += ["    \(fault); it is"]
            lines += smaller.scenario.text(comment).split(separator: "\n").map { "    " + $0 }
        } else {
            lines += ["    " + replay(smaller.path)]
        }
        return lines
    }

    private static func time(_ breach: Breach) -> String { "\(breach.milliseconds) ms" }

    var comment: String { "Seed \(breach.seed) of \(scenario), made smaller: \(breach.name)." }

    package var text: String { lines(Paint(isOn: false)).map { $0 + "\n" }.joined() }
    package var jsonText: String { json.text }

    var json: JSON {
        var pairs: [(String, JSON)] = [
            ("seed", .number(breach.seed)), ("broken", .string(breach.name)),
            ("milliseconds", .number(breach.milliseconds)),
            ("homes", .array(breach.homes.map { .number(UInt64(max(0, $0))) })),
            ("what", .string(breach.sentence)), ("replay", .string(command)),
        ]
        if let smaller {
            let text = smaller.scenario.text(comment)
            var about: [(String, JSON)] = [
                ("runs", .number(UInt64(smaller.runs))), ("scenario", .string(text)),
            ]
            if smaller.fault == nil {
                let command = replay(smaller.path)
                about += [("file", .string(smaller.path)), ("replay", .string(command))]
            }
            pairs.append(("smaller", .object(about)))
        }
        return .object(pairs)
    }

    /// Makes it smaller and writes what is left into a folder.
    ///
    /// A test says itself what a run comes to.
    package static func shrunk(
        _ scenario: Scenario,
        typed: String,
        _ breach: Breach,
        with cryptography: Cryptography,
        events: UInt64,
        into folder: String,
        telling scene: Scene? = nil,
        run: (@Sendable (Scenario, UInt64) -> Breach?)? = nil
    ) -> Broken {
        var broken = Broken(breach, of: typed, cryptography)
        var shrinker = Shrinker(scenario, breach, most: most(events)) { smaller, seed in
            run.map { $0(smaller, seed) }
                ?? World(smaller, seed: seed, with: cryptography).run().breach
        }
        let teller = scene.map { ShrinkTeller($0) }
        shrinker.shrink { teller?.tell($0) }
        teller?.finish()
        guard shrinker.scenario != scenario else { return broken }
        let path = (folder == "." ? "" : folder + "/") + "\(scenario.name)-\(breach.seed).sim"
        var fault: HostFault?
        do {
            try Files.write(Array(shrinker.scenario.text(broken.comment).utf8), to: path)
        } catch {
            fault = error
        }
        broken.smaller = Smaller(
            scenario: shrinker.scenario,
            breach: shrinker.breach,
            runs: shrinker.runs,
            path: path,
            fault: fault.map { Complaint($0, writing: path).what }
        )
        return broken
    }

    /// Fewer tries where each takes long; by its events and not by a clock, so that the same
    /// seed always shrinks to the same.
    private static func most(_ events: UInt64) -> Int {
        Int(min(200, max(20, 20_000_000 / max(1, events))))
    }
}

/// Says how the making smaller is getting on, as a long run does.
private final class ShrinkTeller {
    private let scene: Scene
    private var toldAt: UInt64
    private static let second: UInt64 = 1_000_000_000

    init(_ scene: Scene) { (self.scene, toldAt) = (scene, scene.stopwatch()) }

    func tell(_ progress: Shrinker.Progress) {
        let now = scene.stopwatch()
        let wait = scene.errIsTerminal ? Self.second / 10 : 10 * Self.second
        guard now - toldAt >= wait else { return }
        toldAt = now
        let words =
            "run \(progress.runs + 1) of at most \(progress.most), "
            + Broken.Smaller.parts(progress.scenario)
        let share = Double(progress.runs) / Double(max(1, progress.most))
        scene.tell(
            scene.errIsTerminal
                ? Pace.bar("making it smaller", share, words)
                : "making it smaller: \(words)\n"
        )
    }

    func finish() {
        if scene.errIsTerminal { scene.tell(Pace.wipe) }
    }
}

extension Broken.Smaller {
    /// What it still takes.
    var parts: String { Self.parts(scenario) }

    static func parts(_ scenario: Scenario) -> String {
        let faults = scenario.faults.map { "\($0.kind.name) \($0.text)" }
        return
            ([counted(scenario.peers, "home"), counted(scenario.payments, "payment")]
            + (faults.isEmpty ? ["no faults"] : faults)).joined(separator: ", ")
    }
}

/// A word that a shell takes as one.
func shellWord(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "-", "_", "@", "+", ",": true
        case _: false
        }
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
