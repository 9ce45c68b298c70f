internal import Glibc

/// Another program that runs beside this one: lines go to its standard input, and what it says
/// on its standard output comes back as lines.
///
/// It ends with its owner: its input is closed, and one that does not end at that is killed.
package final class Partner {
    /// Its number, for whoever looks it up in the system.
    package let process: Int32
    private let reading: Int32
    private var writing: Int32
    private var heard: [UInt8] = []
    private var isOver = false

    /// Why nothing more comes of it.
    package enum Fault: Error, Hashable, Sendable {
        case notRun(HostFault)
        /// It ended, or closed its output, in the middle of what was waited for.
        case ended
        /// It has said nothing for too long.
        case silent
    }

    /// Runs the program at that path with these arguments; its errors go into a file, or where
    /// ours do.
    package init(
        running path: String,
        _ arguments: [String],
        errorsInto file: String? = nil
    ) throws(Fault) {
        var (input, output): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        // Unsafe: the system writes both ends of each, and there is room for two.
        guard unsafe pipe(&input) == 0 else { throw .notRun(HostFault(errno)) }
        guard unsafe pipe(&output) == 0 else {
            input.forEach { _ = close($0) }
            throw .notRun(HostFault(errno))
        }
        // Our own ends are nobody else's, or neither side would see the other one go.
        for end in [input[1], output[0]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (writing, reading) = (input[1], output[0])
        do throws(HostFault) {
            defer {
                close(input[0])
                close(output[1])
            }
            var streams: [Process.Stream: Spawn.End] = [
                .input: .file(input[0]), .output: .file(output[1]),
            ]
            if let file { streams[.errors] = .path(file) }
            process = try Spawn.start(path, arguments, streams)
        } catch {
            close(input[1])
            close(output[0])
            throw .notRun(error)
        }
        // One that ended before it was told something is found out by asking it.
        signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        end(within: 5_000)
        close(reading)
    }

    /// Says a line to it.
    package func say(_ line: String) throws(Fault) {
        guard Files.writeAll(Array(line.utf8) + [0x0A], to: writing) else { throw .ended }
    }

    /// The next line that it says, waiting for it at most so long.
    package func line(within milliseconds: Int) throws(Fault) -> String {
        while true {
            if let end = heard.firstIndex(of: 0x0A) {
                defer { heard.removeFirst(end + 1) }
                return String(decoding: heard[..<end], as: UTF8.self)
            }
            var wanted = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            // Unsafe: one file to wait for, lent for the call.
            let ready = unsafe poll(&wanted, 1, Int32(clamping: milliseconds))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw .silent }
            var part = [UInt8](repeating: 0, count: 1 << 16)
            // Unsafe: there is room for as many bytes as are asked for.
            let count = unsafe read(reading, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .ended }
            heard += part[..<count]
        }
    }

    /// Ends it at once, as a power cut would: it is asked nothing.
    package func kill() { end(by: SIGKILL) }

    /// Tells it to end, and waits until it has.
    package func stop() { end(by: SIGTERM) }

    private func end(by signal: Int32) {
        guard !isOver else { return }
        Glibc.kill(process, signal)
        end(within: 5_000)
    }

    /// Whether it is still there.
    package var isRunning: Bool {
        guard !isOver else { return false }
        var status: Int32 = 0
        // Unsafe: the system fills in the one that is lent for the call.
        guard unsafe waitpid(process, &status, WNOHANG) != 0 else { return true }
        close(writing)
        isOver = true
        return false
    }

    /// Closes its input and waits until it has ended; one that takes too long is killed.
    package func end(within milliseconds: Int) {
        guard !isOver else { return }
        close(writing)
        var (left, status) = (milliseconds, Int32(0))
        // Unsafe: the system fills in the one that is lent for the call.
        while unsafe waitpid(process, &status, WNOHANG) == 0 {
            if left <= 0 { Glibc.kill(process, SIGKILL) }
            usleep(2_000)
            left -= 2
        }
        isOver = true
    }
}
