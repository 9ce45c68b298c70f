// The verbs that are about the command itself.

extension Verb {
    package static let version = Verb(
        words: ["version"],
        summary: "say which version this is",
        details: ["the program's version, and the version of the format it reads and writes"],
        examples: [Verb.Example(line: "tally version", about: "what to put into a report")],
        exits: [.done, .usage],
        act: { _, _ in Version.report }
    )

    private static let helpDetails = [
        "without a verb: all of them, what they look at, and the exit codes; with --man the",
        "same as a manual page, as 'man -l' reads it",
    ]

    /// What each verb does, of a table that may hold this one too.
    package static func help(_ table: @escaping @Sendable () -> VerbTable) -> Verb {
        Verb(
            words: ["help"],
            summary: "say what a verb does",
            details: helpDetails,
            arguments: [
                Verb.Argument(
                    name: "VERB",
                    kind: .verb,
                    about: "one verb, or two words of one",
                    isRequired: false
                )
            ],
            options: [Verb.Option(name: "--man", about: "write the manual page")],
            examples: [
                Verb.Example(line: "tally help verify", about: "arguments and options"),
                Verb.Example(
                    line: "tally help --man pay | man -l -",
                    about: "the manual page of pay"
                ),
            ],
            exits: [.done, .usage],
            act: { request, scene throws(Complaint) in
                if request["--man"] != nil { return try Manual(table()).report(request.arguments) }
                return try Help(table()).report(
                    request.arguments,
                    scene.paint(terminal: scene.outIsTerminal)
                )
            }
        )
    }

    /// Completions of a table that may hold this one too.
    package static func completion(_ table: @escaping @Sendable () -> VerbTable) -> Verb {
        Verb(
            words: ["completion"],
            summary: "write completions for a shell",
            details: ["put them where your shell looks, or load them once"],
            arguments: [
                Verb.Argument(
                    name: "SHELL",
                    kind: .choice(Shell.allCases.map(\.rawValue)),
                    about: "bash, zsh or fish"
                )
            ],
            examples: [
                Verb.Example(line: "source <(tally completion bash)", about: "in this shell"),
                Verb.Example(
                    line: "tally completion fish > ~/.config/fish/completions/tally.fish",
                    about: "for good"
                ),
            ],
            exits: [.done, .usage],
            act: { request, _ in Shell.report(request, table()) }
        )
    }
}

/// Which version this is.
package enum Version {
    package static let program = "0.1.0"
    static let format: UInt64 = 1

    static let report = Report(
        lines: ["tally \(program), format \(format)"],
        json: .object([("version", .string(program)), ("format", .number(format))])
    )
}
