internal import Glibc
package import Words

/// This process, as the system started it.
package enum Process {
    package enum Stream: Int32, Sendable {
        case output = 1
        case errors = 2
    }

    /// What was typed, without the program's own name.
    package static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

    package static func environment(_ name: String) -> String? {
        // Unsafe: a C string of the environment, which nothing in this program changes.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    package static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// The system's clock.
    package static var now: Moment {
        let seconds = UInt64(max(0, time(nil)))
        return Moment(seconds) ?? .latest
    }

    /// A clock that only goes on.
    package static var nanoseconds: UInt64 {
        var time = timespec()
        // Unsafe: the system fills in the one that is lent for the call.
        guard unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// How many threads run at once.
    package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Writes all of a text; false when the stream takes no more.
    package static func write(_ text: String, to stream: Stream) -> Bool {
        Files.writeAll(Array(text.utf8), to: stream.rawValue)
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
