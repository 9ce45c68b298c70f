/// What a command line asks for.
enum Parsed {
    case overview
    case help([String])
    case verb(Request)

    init(_ typed: [String], by table: VerbTable) throws(Complaint) {
        guard let first = typed.first else {
            self = .overview
            return
        }
        if first == "-h" || first == "--help" {
            self = .help([])
            return
        }
        if first == "--version" {
            self = .verb(Request(verb: .version, arguments: [], options: [:]))
            return
        }
        let verb = try Self.verb(typed, of: table)
        guard let verb else {
            self = .help([first])
            return
        }
        self = try Self.read(verb, Array(typed.dropFirst(verb.words.count)))
    }

    /// The verb that the first words name; nil when they name a group and help is asked for.
    private static func verb(
        _ typed: [String],
        of table: VerbTable
    ) throws(Complaint) -> Verb? {
        let first = typed[0]
        if first.hasPrefix("-") {
            throw Complaint(
                .usage,
                "no-verb",
                "the verb comes first, and \(quoted(first)) is an option",
                hint: "write it after the verb; 'tally help' lists the verbs"
            )
        }
        let group = table.verbs.filter { $0.words[0] == first }
        guard !group.isEmpty else { throw unknownVerb(first, among: table.firstWords) }
        if let verb = group.first, verb.words.count == 1 { return verb }
        let second = typed.dropFirst().first
        if second == "-h" || second == "--help" { return nil }
        if let second, let verb = group.first(where: { $0.words[1] == second }) { return verb }
        let names = group.map(\.words[1])
        if let second, !second.hasPrefix("-") {
            throw unknownVerb(second, after: first, among: names)
        }
        throw Complaint(
            .usage,
            "no-verb",
            "'\(first)' needs a second word that says what",
            hint: "one of: " + names.map { "tally \(first) \($0)" }.joined(separator: ", ")
        )
    }

    static func unknownVerb(
        _ word: String,
        after group: String? = nil,
        among known: [String]
    ) -> Complaint {
        let prefix = group.map { $0 + " " } ?? ""
        let near = nearest(word, known)
        return Complaint(
            .usage,
            "unknown-verb",
            "there is no verb \(quoted(prefix + word))",
            hint: near.map { "did you mean 'tally \(prefix)\($0)'?" }
                ?? "'tally help' lists the verbs"
        )
    }

    private static func read(_ verb: Verb, _ typed: [String]) throws(Complaint) -> Parsed {
        var (arguments, options, rest) = ([String](), [String: String](), typed[...])
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                arguments.append(word)
                continue
            }
            let (option, value) = try Self.option(word, of: verb, &rest)
            if option.name == "--help" { return .help(verb.words) }
            guard options.updateValue(value, forKey: option.name) == nil else {
                throw Complaint(
                    .usage,
                    "option-twice",
                    "\(option.name) stands here twice, and only one can be meant",
                    hint: "give it once"
                )
            }
        }
        try check(arguments, of: verb)
        return .verb(Request(verb: verb, arguments: arguments, options: options))
    }

    private static func option(
        _ word: String,
        of verb: Verb,
        _ rest: inout ArraySlice<String>
    ) throws(Complaint) -> (Verb.Option, String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = verb.allOptions.first(where: { $0.name == name || $0.short == name })
        else {
            let near = nearest(name, verb.allOptions.map(\.name))
            throw Complaint(
                .usage,
                "unknown-option",
                "'tally \(verb.name)' has no option \(quoted(name))",
                hint: near.map { "did you mean \($0)?" }
                    ?? "'tally help \(verb.name)' lists its options"
            )
        }
        guard let value = option.value else {
            guard parts.count == 1 else {
                throw Complaint(
                    .usage,
                    "unwanted-value",
                    "\(name) is a switch and takes no value",
                    hint: "write \(name) alone"
                )
            }
            return (option, "")
        }
        let given = parts.count == 2 ? String(parts[1]) : rest.popFirst() ?? ""
        guard !given.isEmpty else {
            throw Complaint(
                .usage,
                "missing-value",
                "\(name) needs a value, \(value)",
                hint: "write \(name) \(value); \(option.about)"
            )
        }
        return (option, given)
    }

    private static func check(_ given: [String], of verb: Verb) throws(Complaint) {
        let wanted = verb.arguments
        if let missing = wanted.dropFirst(given.count).first(where: \.isRequired) {
            throw Complaint(
                .usage,
                "missing-argument",
                "'tally \(verb.name)' needs \(missing.name): \(missing.about)",
                hint: verb.usage
            )
        }
        // A verb's name has up to two words.
        let most = wanted.reduce(0) { $0 + ($1.kind == .verb ? 2 : 1) }
        let repeats = wanted.last?.repeats ?? false
        if given.count > most, !repeats {
            throw Complaint(
                .usage,
                "too-many-arguments",
                "'tally \(verb.name)' does not know what \(quoted(given[most])) is for",
                hint: verb.usage
            )
        }
        for (argument, value) in zip(wanted, given) {
            guard case .choice(let known) = argument.kind, !known.contains(value) else { continue }
            throw Complaint(
                .usage,
                "unknown-choice",
                "\(argument.name) cannot be \(quoted(value))",
                hint: nearest(value, known).map { "did you mean \($0)?" }
                    ?? "one of: " + known.joined(separator: ", ")
            )
        }
    }
}

/// The known word that somebody most likely meant, when one is near.
package func nearest(_ word: String, _ known: [String]) -> String? {
    let ranked = known.map { (distance(Array(word), Array($0)), $0) }
    guard let best = ranked.min(by: { $0.0 < $1.0 }) else { return nil }
    let isNear = best.0 <= max(1, word.count / 3)
    return isNear || (word.count > 2 && best.1.hasPrefix(word))
        ? best.1
        : known.first { word.count > 2 && $0.hasPrefix(word) }
}

/// How many letters to insert, drop or change; two that are swapped count once.
private func distance(_ a: [Character], _ b: [Character]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            let change = last[j] + (a[i] == b[j] ? 0 : 1)
            var best = min(change, last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                best = min(best, before[j - 1] + 1)
            }
            row.append(best)
        }
        (before, last) = (last, row)
    }
    return last[b.count]
}
