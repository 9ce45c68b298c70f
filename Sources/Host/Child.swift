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

    /// Runs the program at that path with these arguments; its errors go into a file, or where
    /// ours do.
    package init(
        running path: String,
        _ arguments: [String],
        errorsInto file: String? = nil
    ) throws(Fault) {
        var ends: [Int32] = [-1, -1]
        // Unsafe: the system writes both ends, and there is room for two.
        guard unsafe pipe(&ends) == 0 else { throw .notRun(HostFault(errno)) }
        let (reading, writing) = (ends[0], ends[1])
        let child: pid_t
        do throws(HostFault) {
            defer { close(writing) }
            var streams: [Process.Stream: Spawn.End] = [.output: .file(writing)]
            if let file { streams[.errors] = .path(file) }
            child = try Spawn.start(path, arguments, streams, not: reading)
        } catch {
            close(reading)
            throw .notRun(error)
        }
        defer { close(reading) }
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
