/// Completions for the shells, written from the table of verbs.
enum Shell: String, CaseIterable {
    case bash
    case zsh
    case fish

    /// The script for the shell that was named.
    static func report(_ request: Request, _ table: VerbTable) -> Report {
        // The parser let only a shell of ours through.
        let shell = request.arguments.first.flatMap(Shell.init) ?? .bash
        let lines = shell.lines(table)
        return Report(
            lines: lines,
            json: .object([
                ("shell", .string(shell.rawValue)),
                ("script", .string(lines.joined(separator: "\n") + "\n")),
            ])
        )
    }

    private func lines(_ table: VerbTable) -> [String] {
        let groups = Group.all(of: table)
        return switch self {
        case .bash: Self.bashScript(table.firstWords, groups)
        case .zsh: Self.zshScript(groups)
        case .fish: Self.fishScript(groups)
        }
    }

    /// What one first word offers after it.
    private struct Group {
        let word: String
        let verbs: [Verb]
        /// All first words, which may follow one that is about verbs.
        let firstWords: [String]

        static func all(of table: VerbTable) -> [Group] {
            let words = table.firstWords
            return words.map { word in
                let verbs = table.verbs.filter { $0.words[0] == word }
                return Group(word: word, verbs: verbs, firstWords: words)
            }
        }

        var summary: String { verbs.map(\.summary).joined(separator: "; ") }

        var options: [Verb.Option] {
            var options: [Verb.Option] = []
            for option in verbs.flatMap(\.allOptions)
            where !options.contains(where: { $0.name == option.name }) {
                options.append(option)
            }
            return options
        }

        /// Words that may stand after the first one.
        var words: [String] {
            verbs.flatMap { verb in
                verb.words.dropFirst()
                    + verb.arguments.flatMap { argument -> [String] in
                        switch argument.kind {
                        case .choice(let words), .nameOrFile(let words): words
                        case .verb: firstWords
                        case .file, .directory, .number, .word: []
                        }
                    }
            }
        }

        var takesFiles: Bool {
            verbs.contains { $0.arguments.contains { $0.kind.takesFiles } }
        }
    }

    // MARK: bash

    private static func bashScript(_ firstWords: [String], _ groups: [Group]) -> [String] {
        ["# bash completion for tally", "_tally() {"]
            + [
                "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}",
                "    COMPREPLY=()", "    if [ \"$COMP_CWORD\" -eq 1 ]; then",
                "        COMPREPLY=($(compgen -W \"\(firstWords.joined(separator: " "))\""
                    + " -- \"$current\"))",
                "        return", "    fi", "    case \"${COMP_WORDS[1]} $before\" in",
            ] + groups.flatMap(bashValues)
            + ["    esac", "    case \"${COMP_WORDS[1]}\" in"]
            + groups.map(bashWords) + ["    esac", "}", "complete -o filenames -F _tally tally"]
    }

    private static func bashValues(_ group: Group) -> [String] {
        group.options.compactMap { option in
            guard option.value != nil else { return nil }
            let answer =
                switch option.kind {
                case .file: "COMPREPLY=($(compgen -f -- \"$current\")); return"
                case .directory: "COMPREPLY=($(compgen -d -- \"$current\")); return"
                case .choice(let words):
                    "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\""
                        + " -- \"$current\")); return"
                case .number, .verb, .nameOrFile, .word: "return"
                }
            return "    '\(group.word) \(option.name)') \(answer) ;;"
        }
    }

    private static func bashWords(_ group: Group) -> String {
        let words = (group.words + group.options.map(\.name)).joined(separator: " ")
        let files = group.takesFiles ? " -f" : ""
        return "    \(group.word)) COMPREPLY=($(compgen\(files) -W \"\(words)\""
            + " -- \"$current\")) ;;"
    }

    // MARK: zsh

    private static func zshScript(_ groups: [Group]) -> [String] {
        ["#compdef tally", "_tally() {", "    local -a verbs=("]
            + groups.map { "        '\($0.word):\($0.summary)'" }
            + [
                "    )", "    if (( CURRENT == 2 )); then", "        _describe verb verbs",
                "        return", "    fi", "    case $words[2] in",
            ]
            + groups.flatMap { group in
                ["    \(group.word)) _arguments \\"]
                    + group.options.map { "        \(zshOption($0)) \\" }
                    + ["        '*:\(zshRest(group))' ;;"]
            }
            // Found by its name it is the function itself; read by hand it is put in its place.
            + [
                "    esac", "}",
                "if [ \"$funcstack[1]\" = _tally ]; then", "    _tally \"$@\"",
                "else", "    compdef _tally tally", "fi",
            ]
    }

    /// What may stand after the verb's first word: words, files, or both.
    private static func zshRest(_ group: Group) -> String {
        let words = "word:(\(group.words.joined(separator: " ")))"
        guard group.takesFiles else { return words }
        guard !group.words.isEmpty else { return "file:_files" }
        return "word:{_alternative \"words:\(words)\" \"files:file:_files\"}"
    }

    private static func zshOption(_ option: Verb.Option) -> String {
        // Quotes end the word and colons its parts.
        let about = option.about.filter { $0 != "'" && $0 != ":" }
        guard let value = option.value else { return "'\(option.name)[\(about)]'" }
        let action =
            switch option.kind {
            case .file: "_files"
            case .directory: "_files -/"
            case .choice(let words): "(\(words.joined(separator: " ")))"
            case .number, .verb, .nameOrFile, .word: " "
            }
        return "'\(option.name)[\(about)]:\(value):\(action)'"
    }

    // MARK: fish

    private static func fishScript(_ groups: [Group]) -> [String] {
        ["# fish completion for tally", "complete -c tally -f"] + groups.flatMap(fishGroup)
    }

    /// In steps of their own: as one sum the compiler reads them for half a minute.
    private static func fishGroup(_ group: Group) -> [String] {
        let seen = "__fish_seen_subcommand_from \(group.word)"
        var lines = [
            "complete -c tally -n __fish_use_subcommand -a \(group.word) -d '\(group.summary)'"
        ]
        lines += group.words.map { "complete -c tally -n '\(seen)' -a '\($0)'" }
        if group.takesFiles { lines.append("complete -c tally -n '\(seen)' -F") }
        return lines + group.options.map { fishOption($0, seen) }
    }

    private static func fishOption(_ option: Verb.Option, _ seen: String) -> String {
        let about = option.about.filter { $0 != "'" }
        let short = option.short.map { " -s \($0.dropFirst())" } ?? ""
        let value =
            switch (option.value, option.kind) {
            case (nil, _): ""
            case (_, .file): " -r -F"
            case (_, .directory): " -x -a '(__fish_complete_directories)'"
            case (_, .choice(let words)): " -x -a '\(words.joined(separator: " "))'"
            case (_, .number), (_, .verb), (_, .nameOrFile), (_, .word): " -x"
            }
        return "complete -c tally -n '\(seen)'\(short) -l \(option.name.dropFirst(2))\(value)"
            + " -d '\(about)'"
    }
}
