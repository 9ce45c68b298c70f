/// Help, written from the table of verbs.
struct Help {
    private let all: VerbTable

    init(_ all: VerbTable) { self.all = all }

    func report(_ words: [String], _ paint: Paint) throws(Complaint) -> Report {
        guard let first = words.first else { return overviewReport(paint) }
        let group = all.verbs.filter { $0.words[0] == first }
        guard !group.isEmpty else { throw Parsed.unknownVerb(first, among: all.firstWords) }
        if let verb = group.first(where: { $0.words == words }) { return report(verb, paint) }
        guard words.count == 1 else {
            throw Parsed.unknownVerb(
                words[1],
                after: first,
                among: group.filter { $0.words.count > 1 }.map(\.words[1])
            )
        }
        return Report(
            lines: ["tally \(first) …", ""] + table(group.map { ($0.name, $0.summary) }),
            json: .object([("verbs", .array(group.map(json)))])
        )
    }

    /// What a person sees who typed nothing.
    var overview: Report { overviewReport(Paint(isOn: false)) }

    private func overviewReport(_ paint: Paint) -> Report {
        let verbs = all.verbs.map { ($0.name, $0.summary) }
        let lines =
            ["tally VERB [options]", "", "offline payments that nobody can make up", ""]
            + [paint.bold("verbs")] + table(verbs) + [""]
            + [paint.bold("options of every verb")] + options(VerbTable.common) + [""]
            + [paint.bold("environment")] + table(VerbTable.environment) + [""]
            + [paint.bold("exit codes")] + exits(Exit.allCases) + [""]
            + ["'tally help VERB' says more"]
        return Report(
            lines: lines,
            json: .object([
                ("verbs", .array(all.verbs.map(json))),
                (
                    "environment",
                    .array(
                        VerbTable.environment.map {
                            .object([("name", .string($0.0)), ("about", .string($0.1))])
                        }
                    )
                ),
                ("exits", .array(Exit.allCases.map(json))),
            ])
        )
    }

    private func report(_ verb: Verb, _ paint: Paint) -> Report {
        var lines = [verb.usage, "", verb.summary, ""] + verb.details + [""]
        if !verb.arguments.isEmpty {
            lines += [paint.bold("arguments")]
            lines += table(verb.arguments.map { ($0.name, $0.about) }) + [""]
        }
        lines += [paint.bold("options")] + options(verb.allOptions) + [""]
        lines += [paint.bold("examples")]
        lines += verb.examples.flatMap { ["  \($0.line)", "      \($0.about)"] } + [""]
        lines += [paint.bold("exit codes")] + exits(verb.exits)
        return Report(lines: lines, json: json(verb))
    }

    private func options(_ options: [Verb.Option]) -> [String] {
        table(options.map { (name(of: $0), $0.about) })
    }

    private func name(of option: Verb.Option) -> String {
        (option.short.map { $0 + ", " } ?? "") + option.name + (option.value.map { " " + $0 } ?? "")
    }

    private func exits(_ exits: [Exit]) -> [String] {
        table(exits.map { (String($0.rawValue), $0.meaning) })
    }

    private func table(_ rows: [(String, String)]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  " + $0.0.padded(width + 2) + $0.1 }
    }

    private func json(_ exit: Exit) -> JSON {
        .object([
            ("code", .number(UInt64(exit.rawValue))), ("meaning", .string(exit.meaning)),
        ])
    }

    private func json(_ verb: Verb) -> JSON {
        .object([
            ("verb", .string(verb.name)), ("summary", .string(verb.summary)),
            ("usage", .string(verb.usage)),
            ("options", .array(verb.allOptions.map { .string(name(of: $0)) })),
            ("exits", .array(verb.exits.map(json))),
        ])
    }
}
