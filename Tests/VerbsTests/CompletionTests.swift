import Foundation
import Testing
import Verbs

/// The completions are programs in three languages: bash runs its own here; zsh and fish read
/// theirs where they are installed; and what bash offers, all three know.
@Suite struct CompletionTests {
    private func script(_ shell: String) async -> String {
        await run(arguments: ["completion", shell], in: Scene(now: Sessions.moment)).out
    }

    private func shell(_ path: String, _ arguments: [String]) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let out = Pipe()
        process.standardOutput = out
        process.standardError = out
        try process.run()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    /// What bash offers after these words, of which the last may be begun.
    private func offered(_ words: [String]) async throws -> Set<String> {
        let typed = words.map { "'\($0)'" }.joined(separator: " ")
        let (status, text) = try shell(
            "/bin/bash",
            [
                "-c",
                await script("bash") + "COMP_WORDS=(\(typed)); COMP_CWORD=\(words.count - 1); _tally; "
                    + "printf '%s\\n' \"${COMPREPLY[@]}\"",
            ]
        )
        #expect(status == 0, "\(text)")
        return Set(text.split(separator: "\n").map(String.init))
    }

    @Test func `bash offers verbs, then what belongs to the verb`() async throws {
        #expect(try await offered(["tally", "ve"]) == ["verify", "version"])
        #expect(try await offered(["tally", "completion", ""]).isSuperset(of: ["bash", "zsh", "fish"]))
        #expect(try await offered(["tally", "verify", "--r"]) == ["--root"])
        #expect(try await offered(["tally", "verify", "--root", "/et"]).contains("/etc"))
        #expect(try await offered(["tally", "demo", "--seed", ""]).isEmpty)
    }

    /// Every verb and every option that bash offers is in the other two, in their own form.
    @Test func `the three shells know the same words`() async throws {
        let (zsh, fish) = (await script("zsh"), await script("fish"))
        let verbs = try await offered(["tally", ""])
        #expect(verbs.isSuperset(of: ["verify", "demo", "help"]))
        for verb in verbs {
            #expect(zsh.contains("        '\(verb):") && zsh.contains("    \(verb)) _arguments"))
            #expect(fish.contains("__fish_use_subcommand -a \(verb) -d '"))
            let seen = "complete -c tally -n '__fish_seen_subcommand_from \(verb)'"
            let zshPart = try #require(zsh.components(separatedBy: "    \(verb)) ").last)
                .components(separatedBy: ";;")[0]
            for word in try await offered(["tally", verb, ""]) where word.hasPrefix("--") {
                #expect(zshPart.contains("'\(word)["), "\(verb) \(word)")
                let lines = fish.split(separator: "\n").filter { $0.hasPrefix(seen) }
                #expect(
                    lines.contains { $0.contains(" -l \(word.dropFirst(2)) ") },
                    "\(verb) \(word)"
                )
            }
        }
    }

    /// A stray quote in a summary would swallow the lines behind it.
    @Test(arguments: ["zsh", "fish"]) func `quotes end on their line`(shell: String) async {
        for line in await script(shell).split(separator: "\n") {
            #expect(line.count { $0 == "'" }.isMultiple(of: 2), "\(line)")
        }
    }

    @Test(arguments: [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
    func `a shell that is here reads its script`(name: String, flag: String) async throws {
        let paths = ["/bin/", "/usr/bin/"].map { $0 + name }
        guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            #expect(name != "bash")
            return
        }
        let file = FileManager.default.temporaryDirectory
            .appending(path: "tally-\(UUID().uuidString).\(name)")
        try Data(await script(name).utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (status, text) = try shell(path, [flag, file.path])
        #expect(status == 0 && text.isEmpty, "\(text)")
    }
}
