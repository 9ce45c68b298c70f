import Command
import Foundation
import Host
import Testing
import Verbs

/// The bench against another program, as far as it does not depend on how fast a machine is.
@Suite struct BenchTests {
    private static func program(_ text: String) throws -> URL {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "tally-yardstick-\(UUID().uuidString)")
        try text.write(to: url, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: url.path)
        return url
    }

    @Test func `another program is run, heard and charged for`() throws {
        let url = try Self.program("#!/bin/sh\necho \"$1|$2\"\n: | cat\n")
        defer { try? FileManager.default.removeItem(at: url) }
        let child = try Child(running: url.path, ["a b", "$HOME"])
        #expect(child.output == "a b|$HOME\n")
        #expect(child.cpuNanoseconds > 0)
    }

    @Test func `a program that fails or is not there is told apart`() throws {
        let url = try Self.program("#!/bin/sh\nexit 3\n")
        defer { try? FileManager.default.removeItem(at: url) }
        #expect(throws: Child.Fault.ended(status: 3 << 8)) {
            try Child(running: url.path, [])
        }
        #expect(throws: Child.Fault.notRun(.missing)) {
            try Child(running: url.path + ".not", [])
        }
    }

    @Test func `without its yardstick the bench says how to get it`() async throws {
        let scene = Scene(now: Sessions.moment)
        let none = await run(arguments: ["bench", "sim", "--yardstick", "/no/such"], in: scene)
        #expect(none.status == 1)
        #expect(none.err.contains("error: the yardstick '/no/such' is not there\n"))
        #expect(none.err.contains("hint: make bench compiles bench/simpay.c\n"))
        let url = try Self.program("#!/bin/sh\necho hello\n")
        defer { try? FileManager.default.removeItem(at: url) }
        let other = await run(arguments: ["bench", "sim", "--yardstick", url.path], in: scene)
        #expect(other.status == 1)
        #expect(other.err.contains("does not say what bench/simpay.c says"))
    }
}
