/// The verbs there are, in the order in which help lists them.
package struct VerbTable: Sendable {
    package let verbs: [Verb]

    package init(_ verbs: [Verb]) { self.verbs = verbs }

    /// The first words of all verbs, each once.
    var firstWords: [String] {
        var words: [String] = []
        for verb in verbs where words.last != verb.words[0] { words.append(verb.words[0]) }
        return words
    }

    // MARK: What all verbs share

    package static let common: [Verb.Option] = [
        Verb.Option(
            name: "--home",
            value: "DIR",
            kind: .directory,
            about: "the home to use; else TALLY_HOME, else tally in XDG_DATA_HOME or ~/.local/share"
        ),
        Verb.Option(
            name: "--json",
            about: "answer in JSON, errors too; what is told meanwhile is an object in each line"
        ),
        Verb.Option(name: "--help", short: "-h", about: "say what this verb does"),
    ]

    /// What it looks at besides what was typed.
    static let environment: [(String, String)] = [
        ("TALLY_HOME", "the home to use, where --home names none"),
        ("XDG_DATA_HOME", "the home is tally in it, where neither names one; else ~/.local/share"),
        ("TALLY_PASSPHRASE_FILE", "what --passphrase-file names"),
        ("TALLY_KEY_FILE", "what --key-file names"),
        ("CREDENTIALS_DIRECTORY", "where services find what opens their homes, as systemd has it"),
        ("NOTIFY_SOCKET", "where services say how they stand, as systemd has it"),
        ("WATCHDOG_USEC", "how often they have to, in millionths of a second"),
        ("TALLY_AVAHI", "'off' is what --no-avahi says"),
        ("NO_COLOR", "no colour, when it is set to anything"),
        ("TERM", "'dumb' is a terminal without colour, on which nothing is overwritten"),
    ]

    // MARK: Running

    /// Runs the command once.
    package func run(arguments: [String], in scene: Scene) async -> Answer {
        let wantsJSON = Self.isInJSON(arguments)
        let scene = wantsJSON ? scene.inJSON : scene
        do {
            switch try Parsed(arguments, by: self) {
            case .overview:
                let overview = Help(self).overview.text(asJSON: wantsJSON)
                return Answer(status: Exit.usage.rawValue, out: "", err: overview)
            case .help(let words):
                let paint = scene.paint(terminal: scene.outIsTerminal)
                let report = try Help(self).report(words, paint)
                return Answer(status: 0, out: report.text(asJSON: wantsJSON), err: "")
            case .verb(let request):
                let report = try await request.verb.act(request, scene)
                return Answer(
                    status: report.exit.rawValue,
                    out: report.text(asJSON: wantsJSON),
                    err: ""
                )
            }
        } catch {
            let paint = scene.paint(terminal: scene.errIsTerminal)
            let text = wantsJSON ? error.json.text + "\n" : error.text(paint)
            return Answer(status: error.exit.rawValue, out: "", err: text)
        }
    }

    /// Whether programs read what comes of these words.
    package static func isInJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }
}
