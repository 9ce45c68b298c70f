internal import Host
internal import World

/// A seed in which something is broken, and the smallest scenario in which it still is.
struct Broken: Sendable {
    let breach: Breach
    /// As it was typed: a name or a path.
    let scenario: String
    let smaller: Smaller?

    struct Smaller: Sendable {
        let scenario: Scenario
        let breach: Breach
        let runs: Int
        /// Where it was written, or why it was not.
        let path: String
        let fault: String?
    }

    private static func replay(_ scenario: String, _ seed: UInt64) -> String {
        "tally sim replay \(shellWord(scenario)) \(seed)"
    }

    var command: String { Self.replay(scenario, breach.seed) }

    func lines(_ paint: Paint) -> [String] {
        var lines = [
            "  " + paint.red("broken") + " seed \(breach.seed) after \(Self.time(breach)):"
                + " \(breach.sentence)",
            "    \(command)",
        ]
        guard let smaller else { return lines }
        lines += ["  made smaller in \(counted(smaller.runs, "run")): \(smaller.parts)"]
        if let fault = smaller.fault {
            lines += ["    \(quoted(smaller.path)) cannot be written: \(fault); it is"]
            lines += smaller.scenario.text(comment).split(separator: "\n").map { "    " + $0 }
        } else {
            lines += ["    " + Self.replay(smaller.path, breach.seed)]
        }
        return lines
    }

    private static func time(_ breach: Breach) -> String { "\(breach.milliseconds) ms" }

    var comment: String { "Seed \(breach.seed) of \(scenario), made smaller: \(breach.name)." }

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
                let command = Self.replay(smaller.path, breach.seed)
                about += [("file", .string(smaller.path)), ("replay", .string(command))]
            }
            pairs.append(("smaller", .object(about)))
        }
        return .object(pairs)
    }

    /// Makes it smaller and writes what is left into a folder.
    static func shrunk(
        _ scenario: Scenario,
        typed: String,
        _ breach: Breach,
        events: UInt64,
        into folder: String
    ) -> Broken {
        let bare = Broken(breach: breach, scenario: typed, smaller: nil)
        var shrinker = Shrinker(scenario, breach, most: most(events))
        shrinker.shrink()
        guard shrinker.scenario != scenario else { return bare }
        let path = (folder == "." ? "" : folder + "/") + "\(scenario.name)-\(breach.seed).sim"
        var fault: HostFault?
        do {
            try Files.write(Array(shrinker.scenario.text(bare.comment).utf8), to: path)
        } catch {
            fault = error
        }
        return Broken(
            breach: breach,
            scenario: typed,
            smaller: Smaller(
                scenario: shrinker.scenario,
                breach: shrinker.breach,
                runs: shrinker.runs,
                path: path,
                fault: fault.map { Complaint($0, writing: path).what }
            )
        )
    }

    /// Fewer tries where each takes long; by its events and not by a clock, so that the same
    /// seed always shrinks to the same.
    private static func most(_ events: UInt64) -> Int {
        Int(min(200, max(20, 20_000_000 / max(1, events))))
    }
}

extension Broken.Smaller {
    /// What it still takes.
    var parts: String {
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
