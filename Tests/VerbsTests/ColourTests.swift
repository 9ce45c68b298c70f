import Testing
import Verbs

/// Colour stands where a person sees it and wants it, and nowhere else.
@Suite struct ColourTests {
    static let escape = "\u{1B}["

    private func answer(
        _ arguments: [String],
        _ environment: [String: String] = [:],
        onTerminal: Bool = true
    ) -> Answer {
        var scene = Scene(now: Sessions.moment)
        scene.environment = environment
        (scene.outIsTerminal, scene.errIsTerminal) = (onTerminal, onTerminal)
        return run(arguments: arguments, in: scene)
    }

    @Test(arguments: [["help", "verify"], ["verify", "--root", "/", "/"]])
    func `a terminal is painted, unless it or its owner says no`(arguments: [String]) {
        func text(_ environment: [String: String] = [:], onTerminal: Bool = true) -> String {
            let answer = answer(arguments, environment, onTerminal: onTerminal)
            return answer.out + answer.err
        }
        let plain = text(onTerminal: false)
        #expect(!plain.contains(Self.escape) && plain.count > 20)
        for painted in [text(), text(["NO_COLOR": ""]), text(["TERM": "xterm"])] {
            #expect(painted.contains(Self.escape))
            let bare = painted.replacing(/\u{1B}\[[0-9;]*m/, with: "")
            #expect(bare == plain)
        }
        for environment in [["NO_COLOR": "1"], ["NO_COLOR": "no"], ["TERM": "dumb"]] {
            #expect(text(environment) == plain)
        }
    }

    @Test func `each stream is painted for itself, and JSON never`() {
        var scene = Scene(now: Sessions.moment)
        scene.outIsTerminal = true
        let fault = run(arguments: ["verify", "--root", "/", "/"], in: scene)
        #expect(!fault.err.contains(Self.escape))
        scene.errIsTerminal = true
        for arguments in [["verify", "--json", "--root", "/", "/"], ["version", "--json"]] {
            let answer = run(arguments: arguments, in: scene)
            #expect(!(answer.out + answer.err).contains(Self.escape))
        }
    }
}
