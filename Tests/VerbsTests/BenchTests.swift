import Command
import Host
import Testing
import Verbs

/// The bench against another program, as far as it does not depend on how fast a machine is.
@Suite struct BenchTests {
    // A program that was written a moment ago is busy while some other test forks.

    @Test func `another program is run, heard and charged for`() throws {
        let script = "echo \"$1|$2\"; : | cat"
        let child = try Child(running: "/bin/sh", ["-c", script, "sh", "a b", "$HOME"])
        #expect(child.output == "a b|$HOME\n")
        #expect(child.cpuNanoseconds > 0)
    }

    @Test func `a program that fails or is not there is told apart`() throws {
        #expect(throws: Child.Fault.ended(status: 3 << 8)) {
            try Child(running: "/bin/sh", ["-c", "exit 3"])
        }
        #expect(throws: Child.Fault.notRun(.missing)) {
            try Child(running: "/bin/sh.not", [])
        }
    }

    @Test func `without its yardstick the bench says how to get it`() async throws {
        let scene = Scene(now: Sessions.moment)
        let none = await run(arguments: ["bench", "sim", "--yardstick", "/no/such"], in: scene)
        #expect(none.status == 1)
        #expect(none.err.contains("error: the yardstick '/no/such' is not there\n"))
        #expect(none.err.contains("hint: make bench compiles bench/simpay.c\n"))
        let other = await run(arguments: ["bench", "sim", "--yardstick", "/bin/echo"], in: scene)
        #expect(other.status == 1)
        #expect(other.err.contains("does not say what bench/simpay.c says"))
    }
}
