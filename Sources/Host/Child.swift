internal import Glibc

/// Another program, run to its end, and what it cost.
package struct Child: Hashable, Sendable {
    /// What it wrote to its standard output.
    package let output: String
    /// What it had of the processor, in itself and in the system.
    package let cpuNanoseconds: UInt64

    /// Why there is nothing to show of it.
    package enum Fault: Error, Hashable, Sendable {
        case notRun(HostFault)
        case ended(status: Int32)
    }

    /// Runs the program at that path with these arguments; its errors go where ours do.
    package init(running path: String, _ arguments: [String]) throws(Fault) {
        var ends: [Int32] = [-1, -1]
        // Unsafe: the system writes both ends, and there is room for two.
        guard unsafe pipe(&ends) == 0 else { throw .notRun(HostFault(errno)) }
        let (reading, writing) = (ends[0], ends[1])
        let started = Self.start(path, arguments, writingTo: writing, not: reading)
        close(writing)
        defer { close(reading) }
        guard case .success(let child) = started else {
            if case .failure(let fault) = started { throw .notRun(fault) }
            throw .notRun(.missing)
        }
        let bytes = Self.drain(reading)
        var (status, usage): (Int32, rusage) = (0, rusage())
        // Unsafe: the system fills in the two that are lent for the call.
        while unsafe wait4(child, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw .notRun(HostFault(errno)) }
        }
        guard status == 0 else { throw .ended(status: status) }
        output = String(decoding: bytes, as: UTF8.self)
        cpuNanoseconds = Self.nanoseconds(usage.ru_utime) &+ Self.nanoseconds(usage.ru_stime)
    }

    private static func start(
        _ path: String,
        _ arguments: [String],
        writingTo output: Int32,
        not other: Int32
    ) -> Result<pid_t, HostFault> {
        var actions = unsafe posix_spawn_file_actions_t()
        // Unsafe, all of it: C strings that stand until the call returns, and a list that the
        // system makes and takes apart again.
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_addclose(&actions, output)
        unsafe posix_spawn_file_actions_addclose(&actions, other)
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let code = unsafe posix_spawn(&child, path, &actions, nil, &words, environ)
        return code == 0 ? .success(child) : .failure(HostFault(code))
    }

    private static func drain(_ file: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            // Unsafe: there is room for as many bytes as are asked for.
            let count = unsafe read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
    }

    private static func nanoseconds(_ time: timeval) -> UInt64 {
        UInt64(max(0, time.tv_sec)) &* 1_000_000_000 &+ UInt64(max(0, time.tv_usec)) &* 1_000
    }
}
