import Command
import Foundation
import Testing
import Verbs

/// Files that cannot be had, where a session cannot make them.
@Suite struct FileTests {
    /// In a process of its own, because whoever may read everything has to become somebody else.
    @Test func `a file that one may not read is told as such`() async {
        await #expect(processExitsWith: .success) {
            let path = FileManager.default.temporaryDirectory
                .appending(path: "tally-\(UUID().uuidString)").path
            try Data([1]).write(to: URL(fileURLWithPath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
            try #require(geteuid() != 0 || seteuid(65_534) == 0)
            let scene = Scene(now: Sessions.moment)
            let answer = await run(arguments: ["verify", "--root", "x", path], in: scene)
            if getuid() == 0 { try #require(seteuid(0) == 0) }
            try #require(answer.status == 1 && answer.out.isEmpty)
            try #require(answer.err.contains("you may not read '\(path)'"))
        }
    }

    @Test func `a file that fails while it is read is told in the system's words`() async {
        // Its first page can never be read: nothing is there.
        let scene = Scene(now: Sessions.moment)
        let answer = await run(arguments: ["verify", "--root", "x", "/proc/self/mem"], in: scene)
        #expect(answer.status == 1)
        #expect(answer.err.contains("cannot be read: input/output error"))
    }
}
