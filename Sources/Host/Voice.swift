internal import Glibc
internal import Synchronization

/// What is told to a person on the way: it never keeps whoever tells it waiting.
///
/// Where nobody reads (a pipe that is full, a terminal that was stopped) it waits here, up to a
/// bound, and what is more is counted instead of told.
package final class Voice: Sendable {
    private struct Waiting {
        var bytes: [UInt8] = []
        var left = 0
    }

    private let waiting = Mutex(Waiting())
    private let stream: Process.Stream
    private let leftOut: @Sendable (Int) -> String

    /// A pipe that takes anything takes so much.
    private static let atOnce = 4_096
    private static let waitingBytes = 1 << 16

    /// `leftOut` says in a line that so many were not told.
    package init(_ stream: Process.Stream, leftOut: @escaping @Sendable (Int) -> String) {
        (self.stream, self.leftOut) = (stream, leftOut)
    }

    package func say(_ text: String) {
        waiting.withLock { waiting in
            flush(&waiting)
            if waiting.bytes.count + text.utf8.count > Self.waitingBytes {
                waiting.left += 1
            } else {
                waiting.bytes += Array(text.utf8)
            }
            flush(&waiting)
        }
    }

    /// Says what waits, for as long as somebody takes it.
    package func finish() {
        waiting.withLock { waiting in
            while flush(&waiting), !waiting.bytes.isEmpty, isTaken(within: 1_000) {}
        }
    }

    /// Says as much as is taken now; false when the stream is no more.
    @discardableResult
    private func flush(_ waiting: inout Waiting) -> Bool {
        while !waiting.bytes.isEmpty || waiting.left > 0 {
            guard isTaken(within: 0) else { return true }
            if waiting.bytes.isEmpty {
                waiting.bytes = Array(leftOut(waiting.left).utf8)
                waiting.left = 0
            }
            let part = Array(waiting.bytes.prefix(Self.atOnce))
            waiting.bytes.removeFirst(part.count)
            guard Files.writeAll(part, to: stream.rawValue) else {
                waiting = Waiting()
                return false
            }
        }
        return true
    }

    private func isTaken(within milliseconds: Int32) -> Bool {
        var one = pollfd(fd: stream.rawValue, events: Int16(POLLOUT), revents: 0)
        // Unsafe: the system fills in the one that is lent for the call.
        return unsafe poll(&one, 1, milliseconds) > 0
    }
}
