package import Command
internal import Host
internal import Links
internal import Words

/// What a verb shows while it is at work: what happens, a line each, and below it what is waited
/// for.
///
/// On a terminal that line stands where it is and counts the seconds; elsewhere each wait is told
/// once.
package final class Screen {
    private let scene: Scene
    private let overwrites: Bool
    private var waiting: (text: String, since: UInt64)?
    /// How many columns stand there now, to be wiped.
    private var columns = 0

    /// So that no narrow terminal breaks the line, which could not be wiped then.
    private static let columnsAtMost = 76

    package init(_ scene: Scene) {
        self.scene = scene
        overwrites = scene.errIsTerminal && scene.environment["TERM"] != "dumb"
    }

    deinit { wipe() }

    /// What stands there and waits for the person; what is told meanwhile stands above it.
    var question: String?

    /// A line, or several; for programs with what they say in words.
    package func say(_ text: String, _ facts: [(String, JSON)] = []) {
        guard !scene.isJSON else { return scene.note(text, facts) }
        wipe()
        if let question {
            scene.tell("\n" + text + "\n" + question)
        } else {
            scene.tell(text + "\n")
        }
        draw()
    }

    /// From now on this is waited for.
    func wait(for text: String) {
        guard waiting?.text != text else { return tick() }
        waiting = (text, scene.stopwatch())
        if overwrites { draw() } else { scene.tell("waiting for \(text)\n") }
    }

    /// Time went on.
    func tick() { draw() }

    /// Nothing is waited for any more.
    func rest() {
        waiting = nil
        wipe()
    }

    private func draw() {
        guard overwrites, let waiting else { return }
        let seconds = (scene.stopwatch() - waiting.since) / 1_000_000_000
        let text = "waiting for \(waiting.text), \(seconds) s"
        let shown = String(text.prefix(Self.columnsAtMost))
        let rest = String(repeating: " ", count: max(0, columns - shown.count))
        scene.tell("\r" + scene.paint(terminal: true).dim(shown) + rest)
        columns = max(columns, shown.count)
    }

    private func wipe() {
        guard columns > 0 else { return }
        // With what ctrl-C leaves behind it.
        scene.tell("\r" + String(repeating: " ", count: columns + 2) + "\r")
        columns = 0
    }
}

/// Whether somebody wants the verb to end, by ctrl-C or a signal: it is asked, and ends in order.
///
/// Who asks twice ends the process.
final class Stop {
    private let signals: Signals
    private var wasAsked = false

    init() throws(Complaint) {
        do {
            signals = try Signals()
        } catch {
            throw Complaint(
                .failed,
                "system",
                "the system refuses what is needed to wait: \(error)",
                hint: "close some programs, and try again"
            )
        }
    }

    /// Looks whether it was asked by now.
    var isAsked: Bool {
        wasAsked = signals.hasCome() || wasAsked
        return wasAsked
    }
}
