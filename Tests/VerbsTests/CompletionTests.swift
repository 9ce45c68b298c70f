import Command
import Foundation
import Testing
import Verbs

/// The completions are programs in three languages, and each shell runs its own here.
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
                await script("bash")
                    + "COMP_WORDS=(\(typed)); COMP_CWORD=\(words.count - 1); _tally; "
                    + "printf '%s\\n' \"${COMPREPLY[@]}\"",
            ]
        )
        #expect(status == 0, "\(text)")
        return Set(text.split(separator: "\n").map(String.init))
    }

    @Test func `bash offers verbs, then what belongs to the verb`() async throws {
        #expect(try await offered(["tally", "ve"]) == ["verify", "version"])
        #expect(
            try await offered(["tally", "completion", ""]).isSuperset(of: ["bash", "zsh", "fish"])
        )
        #expect(try await offered(["tally", "verify", "--r"]) == ["--root"])
        #expect(try await offered(["tally", "verify", "--root", "/et"]).contains("/etc"))
        #expect(try await offered(["tally", "demo", "--seed", ""]).isEmpty)
        let afterSim = try await offered(["tally", "sim", ""])
        #expect(afterSim.isSuperset(of: ["list", "run", "replay", "tunnel", "--seeds"]))
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
    func `each shell reads its script`(name: String, flag: String) async throws {
        let file = try await kept(name)
        defer { try? FileManager.default.removeItem(at: file) }
        let (status, text) = try shell(try path(name), [flag, file.path])
        #expect(status == 0 && text.isEmpty, "\(text)")
    }

    /// What fish offers to whoever types so, each with what it is.
    private func fish(_ typed: String) async throws -> [String: String] {
        let file = try await kept("fish")
        defer { try? FileManager.default.removeItem(at: file) }
        let asks = "set -e fish_complete_path; source \(file.path); complete -C '\(typed)'"
        let (status, text) = try shell(try path("fish"), ["--no-config", "-c", asks])
        #expect(status == 0, "\(text)")
        let pairs = text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        return Dictionary(pairs, uniquingKeysWith: { one, _ in one })
    }

    @Test func `fish offers verbs, options and what they take`() async throws {
        let verbs = try await fish("tally ")
        #expect(Set(verbs.keys).isSuperset(of: ["pay", "refund", "policy", "completion"]))
        #expect(verbs["verify"] == "check a paper or a certificate, offline")
        #expect(try await fish("tally ve").keys.sorted() == ["verify", "version"])
        #expect(try await fish("tally pay --sh").keys.contains("--share"))
        let shells = try await fish("tally completion ")
        #expect(Set(shells.keys).isSuperset(of: ["bash", "zsh", "fish"]))
        let details = try await fish("tally profile --forget ")
        #expect(Set(details.keys) == ["shipping", "billing", "shipping,billing"])
    }

    /// zsh as somebody uses it: its completion is asked with a key that shows what it would offer.
    @Test func `zsh finds the script by its name and offers the same`() async throws {
        let folder = try Scenes.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(await script("zsh").utf8).write(to: folder.appending(path: "_tally"))
        func offered(_ typed: String) throws -> String {
            let talk = """
                zmodload zsh/zpty; zpty z zsh -f -i
                zpty -w z "PS1=; fpath=(\(folder.path) \\$fpath)"
                zpty -w z "autoload -U compinit; compinit -D -u"
                zpty -w z "zstyle ':completion:*' list-prompt ''; LISTMAX=1000; print R''EADY"
                while zpty -r z line; do [[ $line = *READY* ]] && break; done
                # What is typed before its line editor reads is none of a completion's business.
                zpty -r z line '*2004h*'; sleep 0.2
                zpty -w -n z $'\(typed)\\C-d'; sleep 3; zpty -w -n z $'\\C-u'
                zpty -w z "print D''ONE"
                while zpty -r z line; do print -rn -- "$line"; [[ $line = *DONE* ]] && break; done
                zpty -d z
                """
            return try shell(try path("zsh"), ["-f", "-c", talk]).1
        }
        let verbs = try offered("tally ve")
        #expect(verbs.contains("verify") && verbs.contains("check a paper"), "\(verbs)")
        let options = try offered("tally pay --s")
        #expect(options.contains("--share"), "\(options)")
        let shells = try offered("tally completion ")
        #expect(["bash", "zsh", "fish"].allSatisfy(shells.contains), "\(shells)")
    }

    private func kept(_ name: String) async throws -> URL {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "tally-\(UUID().uuidString).\(name)")
        try Data(await script(name).utf8).write(to: file)
        return file
    }

    /// All three are installed by scripts/setup.
    private func path(_ name: String) throws -> String {
        try #require(
            ["/bin/", "/usr/bin/"].map { $0 + name }
                .first(where: FileManager.default.isExecutableFile(atPath:)),
            "there is no \(name); scripts/setup installs it"
        )
    }
}
