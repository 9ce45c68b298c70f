/// Manual pages, written from the table of verbs: one of the command, and one of each verb.
package struct Manual {
    private let table: VerbTable

    package init(_ table: VerbTable) { self.table = table }

    /// The day on which the text was changed last, as such a page has to say.
    private static let day = "2026-11-28"

    /// Every page, by the name of its file.
    package var pages: [(file: String, text: String)] {
        [("tally.1", overview)] + table.verbs.map { ("\(name($0)).1", page($0)) }
    }

    func report(_ words: [String]) throws(Complaint) -> Report {
        guard !words.isEmpty else { return report("tally.1", overview) }
        // What is no verb is told in the words of help.
        _ = try Help(table).report(words, Paint(isOn: false))
        guard let verb = table.verbs.first(where: { $0.words == words }) else {
            throw Complaint(
                .usage,
                "no-page",
                "'\(words.joined(separator: " "))' is several verbs, and each has its own page",
                hint: "name one of them; 'tally help \(words[0])' lists them"
            )
        }
        return report("\(name(verb)).1", page(verb))
    }

    private func report(_ file: String, _ text: String) -> Report {
        Report(
            lines: text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .map(String.init),
            json: .object([("file", .string(file)), ("page", .string(text))])
        )
    }

    private func name(_ verb: Verb) -> String {
        "tally-" + verb.words.joined(separator: "-")
    }

    // MARK: Pages

    private var overview: String {
        var lines = head("tally", "offline payments that nobody can make up")
        lines += [".SH SYNOPSIS", ".B tally", ".I VERB", "[options]"]
        lines += [".SH DESCRIPTION"] + text(Self.about)
        lines += [".SH VERBS"]
        for verb in table.verbs {
            lines += [".TP", ".BR \(escaped(name(verb))) (1)"] + text([verb.summary])
        }
        lines += [".SH OPTIONS", "Every verb takes these."]
        lines += VerbTable.common.flatMap(option)
        lines += [".SH ENVIRONMENT"] + terms(VerbTable.environment)
        lines += [".SH FILES"] + terms(Self.files)
        lines += [".SH \"EXIT STATUS\""]
        lines += terms(Exit.allCases.map { ("\($0.rawValue)", $0.meaning) })
        return lines.joined(separator: "\n") + "\n"
    }

    private static let about = [
        "Tally moves money between two devices, exactly once, through lost packets, crashes and",
        "power cuts, and leaves both with proof. Results go to standard output, everything else to",
        "standard error; with --json both are JSON, an object in each line. What went wrong and",
        "why stands after 'error:', what to do about it after 'hint:'.",
    ]

    private static let files = [
        ("keys", "in a home: its keys, sealed by the passphrase or the key file"),
        ("root.crt", "the certificate of the one office root that the home trusts"),
        ("pin", "what knows the PIN, sealed, where one was set"),
        ("shared", "what buyers let this seller know of themselves, sealed"),
        ("journal.db, journal.db-wal, journal.head", "all that the wallet is and was"),
        ("node.sock", "where a node that runs is asked, by its own user alone"),
    ]

    private func page(_ verb: Verb) -> String {
        var lines = head(name(verb), verb.summary)
        lines += [".SH SYNOPSIS", ".B tally \(escaped(verb.name))", "[options]"]
        for argument in verb.arguments {
            let name = argument.name + (argument.repeats ? " ..." : "")
            lines.append(argument.isRequired ? ".I \(name)" : ".RI [ \"\(name)\" ]")
        }
        lines += [".SH DESCRIPTION"] + text(verb.details)
        if !verb.arguments.isEmpty {
            lines += [".SH ARGUMENTS"]
            for argument in verb.arguments {
                lines += [".TP", ".I \(argument.name)"] + text([argument.about])
            }
        }
        lines += [".SH OPTIONS"] + verb.allOptions.flatMap(option)
        lines += [".SH EXAMPLES"]
        for example in verb.examples {
            lines += [".TP", ".B \(escaped(example.line))"] + text([example.about])
        }
        lines += [".SH \"EXIT STATUS\""]
        lines += terms(verb.exits.map { ("\($0.rawValue)", $0.meaning) })
        lines += [".SH \"SEE ALSO\"", ".BR tally (1)"]
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: In the language of man

    private func head(_ name: String, _ summary: String) -> [String] {
        [
            ".\\\" Written from the table of verbs by 'make docs'.",
            ".TH \(escaped(name.uppercased())) 1 \(Self.day) \"tally \(Version.program)\" Tally",
            ".SH NAME", "\(escaped(name)) \\- \(escaped(summary))",
        ]
    }

    private func option(_ option: Verb.Option) -> [String] {
        let names = [option.short, option.name].compactMap(\.self).map { "\\fB\(escaped($0))\\fR" }
        let value = option.value.map { " \\fI\(escaped($0))\\fR" } ?? ""
        return [".TP", names.joined(separator: ", ") + value] + text([option.about])
    }

    private func terms(_ rows: [(String, String)]) -> [String] {
        rows.flatMap { [".TP", ".B \(escaped($0.0))"] + text([$0.1]) }
    }

    /// Lines that run together, none of which is taken for an order.
    private func text(_ lines: [String]) -> [String] {
        lines.map { line in
            let line = escaped(line)
            return line.first == "." || line.first == "'" ? "\\&" + line : line
        }
    }

    private func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "~": out += "\\(ti"
            case "^": out += "\\(ha"
            case "`": out += "\\(ga"
            case "\"": out += "\\(dq"
            case _: out.append(character)
            }
        }
        return out
    }
}
