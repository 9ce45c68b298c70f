package import Host
package import Words

// The command's voice: lower case, no full stop. What went wrong and why stands after `error:`,
// what to do about it after `hint:`. Results go to standard output, everything else to standard
// error. Nothing is said twice, and nothing is said when there is nothing to say.

/// What running the command once came to.
package struct Answer: Hashable, Sendable {
    package let status: Int32
    package let out: String
    package let err: String
}

/// The world around one run of the command; a test makes one up.
package struct Scene: Sendable {
    package var environment: [String: String] = [:]
    /// What comes by standard input; nil where it is to be read from the system.
    package var input: [UInt8]?
    package var now: Moment
    package var outIsTerminal = false
    package var errIsTerminal = false
    /// How many threads the machine runs at once.
    package var cores = 1
    /// Nanoseconds that only go on; for rates, and for nothing that has to come out the same.
    package var stopwatch: @Sendable () -> UInt64 = { 0 }
    /// Puts a text to standard error at once, while the verb is still at work.
    package var tell: @Sendable (String) -> Void = { _ in }

    /// Asks the person at the terminal; nil where there is none.
    ///
    /// What is secret is not shown.
    package var question: @Sendable (_ text: String, _ isSecret: Bool) -> String? = { _, _ in nil }

    /// Puts such a question, and lets whoever asked go on until the answer is there.
    package var prompt: @Sendable (_ text: String, _ isSecret: Bool) -> Prompt? = { _, _ in nil }

    package init(now: Moment) { self.now = now }

    /// Whether programs read what is told.
    var isJSON = false

    /// The same scene, where programs read: all that is told is JSON, an object in each line.
    var inJSON: Scene {
        var scene = self
        let tell = self.tell
        (scene.isJSON, scene.errIsTerminal) = (true, false)
        scene.tell = { text in
            for line in text.split(separator: "\n") { tell(Self.noted(String(line), [])) }
        }
        scene.tellFacts = { text, facts in tell(Self.noted(text, facts)) }
        return scene
    }

    private var tellFacts: @Sendable (String, [(String, JSON)]) -> Void = { _, _ in }

    /// Tells a program something, in words and in figures.
    func note(_ text: String, _ facts: [(String, JSON)]) { tellFacts(text, facts) }

    fileprivate static func noted(_ text: String, _ facts: [(String, JSON)]) -> String {
        JSON.object([("note", .string(text))] + facts).text + "\n"
    }

    /// Paint for a stream: only on a terminal that shows it, and never against NO_COLOR.
    func paint(terminal: Bool) -> Paint {
        let wanted = environment["NO_COLOR", default: ""].isEmpty
        return Paint(isOn: terminal && wanted && environment["TERM"] != "dumb")
    }
}

/// Runs the command once.
package func run(arguments: [String], in scene: Scene) async -> Answer {
    let wantsJSON = isInJSON(arguments)
    let scene = wantsJSON ? scene.inJSON : scene
    do {
        switch try Parsed(arguments) {
        case .overview:
            let overview = Help.overview.text(asJSON: wantsJSON)
            return Answer(status: Exit.usage.rawValue, out: "", err: overview)
        case .help(let verb):
            let report = try helped(verb, scene)
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

private func isInJSON(_ arguments: [String]) -> Bool {
    arguments.prefix { $0 != "--" }.contains("--json")
}

private func helped(_ words: [String], _ scene: Scene) throws(Complaint) -> Report {
    let paint = scene.paint(terminal: scene.outIsTerminal)
    return try Help.report(words, paint)
}

/// Runs the command for the process it is.
package func main() async {
    var scene = Scene(now: Process.now)
    for name in Opening.environment + ["NO_COLOR", "TERM"] {
        scene.environment[name] = Process.environment(name)
    }
    scene.outIsTerminal = Process.isTerminal(.output)
    scene.errIsTerminal = Process.isTerminal(.errors)
    (scene.cores, scene.stopwatch) = (Process.cores, { Process.nanoseconds })
    let asJSON = isInJSON(Process.arguments)
    let voice = Voice(.errors) { count in
        let text = "\(count) lines were left out"
        return asJSON ? Scene.noted(text, []) : "(\(text))\n"
    }
    scene.tell = { text in voice.say(text) }
    scene.prompt = { text, isSecret in Prompt(text, isSecret: isSecret) }
    scene.question = { text, isSecret in Process.ask(text, isSecret: isSecret) }
    let answer = await run(arguments: Process.arguments, in: scene)
    voice.finish()
    let isTold = Process.write(answer.err, to: .errors) && Process.write(answer.out, to: .output)
    Process.exit(isTold ? answer.status : Exit.failed.rawValue)
}
