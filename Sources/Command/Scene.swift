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

    package init(status: Int32, out: String, err: String) {
        (self.status, self.out, self.err) = (status, out, err)
    }
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
    package private(set) var isJSON = false

    /// The same scene, where programs read: all that is told is JSON, an object in each line.
    package var inJSON: Scene {
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
    package func note(_ text: String, _ facts: [(String, JSON)]) { tellFacts(text, facts) }

    package static func noted(_ text: String, _ facts: [(String, JSON)]) -> String {
        JSON.object([("note", .string(text))] + facts).text + "\n"
    }

    /// Paint for a stream: only on a terminal that shows it, and never against NO_COLOR.
    package func paint(terminal: Bool) -> Paint {
        let wanted = environment["NO_COLOR", default: ""].isEmpty
        return Paint(isOn: terminal && wanted && environment["TERM"] != "dumb")
    }
}
