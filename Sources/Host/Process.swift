internal import Glibc
package import Words

/// This process, as the system started it.
package enum Process {
    package enum Stream: Int32, Sendable, CaseIterable {
        case input = 0
        case output = 1
        case errors = 2
    }

    /// What was typed, without the program's own name.
    package static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

    /// The program that this is, as a path to start another of it by.
    package static let program = "/proc/self/exe"

    package static func environment(_ name: String) -> String? {
        // Unsafe: a C string of the environment, which nothing in this program changes.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// The folder that this process is in; relative names begin there.
    package static var folder: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        // Unsafe: the system writes at most as much as there is room for.
        guard unsafe getcwd(&path, path.count) != nil else { return "." }
        return String(
            decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
    }

    package static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// The system's clock.
    package static var now: Moment {
        let seconds = UInt64(max(0, time(nil)))
        return Moment(seconds) ?? .latest
    }

    /// A clock that only goes on.
    package static var nanoseconds: UInt64 { read(CLOCK_MONOTONIC) }

    /// Does nothing for so long.
    package static func pause(milliseconds: UInt32) { usleep(milliseconds &* 1_000) }

    /// What this thread has had of the processor so far.
    package static var threadNanoseconds: UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// What all its threads have had of the processor so far.
    package static var cpuNanoseconds: UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    /// What has come by standard input, without waiting once something has; nil at its end.
    package static func heard() -> [UInt8]? {
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            // Unsafe: there is room for as many bytes as are asked for.
            let count = unsafe Glibc.read(STDIN_FILENO, &part, part.count)
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Array(part[..<count]) : nil
        }
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        // Unsafe: the system fills in the one that is lent for the call.
        guard unsafe clock_gettime(clock, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// How many bytes of the machine's memory this process takes.
    package static var memory: UInt64 {
        guard let text = try? Files.read("/proc/self/statm", cap: 4_096) else { return 0 }
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        let pages = words.dropFirst().first.flatMap { UInt64($0) } ?? 0
        return pages &* UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }

    /// How many threads run at once.
    package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Writes all of a text; false when the stream takes no more.
    package static func write(_ text: String, to stream: Stream) -> Bool {
        Files.writeAll(Array(text.utf8), to: stream.rawValue)
    }

    /// Asks a person at the terminal and reads one line; nil when nobody sits there.
    ///
    /// What is secret is not shown while it is typed.
    package static func ask(_ question: String, isSecret: Bool) -> String? {
        Prompt(question, isSecret: isSecret)?.wait()
    }

    package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}

extension Moment {
    /// The last second that there is a date for.
    fileprivate static var latest: Moment {
        guard let moment = Moment(Limits.momentSeconds) else {
            preconditionFailure("the last second is one")
        }
        return moment
    }
}
