internal import Glibc

/// A line between two processes of one user on one host: whole messages, in order.
///
/// Each message goes with its length before it, as 4 bytes. What is to be said waits here while
/// the other end does not listen; one who never does is hung up on.
package final class Line {
    private let cord: Cord
    private var incoming: [UInt8] = []
    /// Whether a whole message was heard that has not been handed out.
    package private(set) var isWaiting = false

    package static let messageBytes = 1 << 20

    init(_ cord: Cord) { self.cord = cord }

    package var file: Int32 { cord.file }

    /// The other end is gone, or does not keep to the form.
    package var isOver: Bool { cord.isOver }

    /// Whether something waits for the other end to listen.
    package var isBusy: Bool { cord.isBusy }

    package func say(_ message: [UInt8]) {
        let count = UInt32(message.count)
        guard message.count <= Self.messageBytes else { return cord.end() }
        cord.say([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + message)
    }

    /// Says as much of what waits as the other end takes now.
    package func flush() { cord.flush() }

    /// The messages that have come whole, at most so many; the rest waits.
    ///
    /// Nothing more is read while a message waits: who asks without end is kept waiting himself.
    package func hear(atMost most: Int = .max) -> [[UInt8]] {
        let room = Self.messageBytes + 5 - incoming.count
        if !isWaiting, room > 0 { incoming += cord.hear(atMost: room) }
        var (messages, at) = ([[UInt8]](), 0)
        while messages.count < most, let count = length(at), incoming.count - at - 4 >= count {
            messages.append(Array(incoming[at + 4..<at + 4 + count]))
            at += 4 + count
        }
        incoming.removeFirst(at)
        isWaiting = length(0).map { incoming.count - 4 >= $0 } ?? false
        // Who has hung up is answered no more, and is no more waited for.
        if isOver { isWaiting = false }
        return messages
    }

    /// How long the message is that begins there, once that much has come.
    private func length(_ at: Int) -> Int? {
        guard incoming.count - at >= 4 else { return nil }
        let count = incoming[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        guard count <= Self.messageBytes else {
            cord.end()
            return nil
        }
        return count
    }

    /// Both ends of one, in this process.
    package static func pair() throws(LinkFault) -> (Line, Line) {
        var files: [Int32] = [-1, -1]
        // Unsafe: there is room for the two that the system makes.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &files) == 0 else { throw LinkFault(errno) }
        return (Line(Cord(files[0])), Line(Cord(files[1])))
    }
}

/// Why nobody answers, or why nobody can be heard.
package enum LineFault: Error, Hashable, Sendable {
    /// Nobody answers there.
    case nobody
    case forbidden
    /// Somebody has it and does not answer.
    case silent
    /// Somebody answers there already.
    case taken
    /// There is something of that name, and it is no socket.
    case occupied
    /// Its name is longer than that of a socket may be.
    case tooLong
    case system(String)

    init(_ number: Int32) {
        switch number {
        case EAGAIN: self = .silent
        case ENOENT, ECONNREFUSED, ENOTDIR: self = .nobody
        case EACCES, EPERM: self = .forbidden
        default: self = .system(systemWords(number))
        }
    }
}
