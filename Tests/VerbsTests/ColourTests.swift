import Command
import Testing
import Verbs

/// Colour stands where a person sees it and wants it, and nowhere else.
@Suite struct ColourTests {
    static let escape = "\u{1B}["

    private func answer(
        _ arguments: [String],
        _ environment: [String: String] = [:],
        onTerminal: Bool = true
    ) async -> Answer {
        var scene = Scene(now: Sessions.moment)
        scene.environment = environment
        (scene.outIsTerminal, scene.errIsTerminal) = (onTerminal, onTerminal)
        return await run(arguments: arguments, in: scene)
    }

    @Test(arguments: [["help", "verify"], ["verify", "--root", "/", "/"]])
    func `a terminal is painted, unless it or its owner says no`(arguments: [String]) async {
        func text(_ environment: [String: String] = [:], onTerminal: Bool = true) async -> String {
            let answer = await answer(arguments, environment, onTerminal: onTerminal)
            return answer.out + answer.err
        }
        let plain = await text(onTerminal: false)
        #expect(!plain.contains(Self.escape) && plain.count > 20)
        for painted in [await text(), await text(["NO_COLOR": ""]), await text(["TERM": "xterm"])] {
            #expect(painted.contains(Self.escape))
            let bare = painted.replacing(/\u{1B}\[[0-9;]*m/, with: "")
            #expect(bare == plain)
        }
        for environment in [["NO_COLOR": "1"], ["NO_COLOR": "no"], ["TERM": "dumb"]] {
            #expect(await text(environment) == plain)
        }
    }

    @Test func `each stream is painted for itself, and JSON never`() async {
        var scene = Scene(now: Sessions.moment)
        scene.outIsTerminal = true
        let fault = await run(arguments: ["verify", "--root", "/", "/"], in: scene)
        #expect(!fault.err.contains(Self.escape))
        scene.errIsTerminal = true
        for arguments in [["verify", "--json", "--root", "/", "/"], ["version", "--json"]] {
            let answer = await run(arguments: arguments, in: scene)
            #expect(!(answer.out + answer.err).contains(Self.escape))
        }
    }
}
