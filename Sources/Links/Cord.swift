internal import CLinux
internal import Glibc

/// Bytes both ways, in order: a socket, or a terminal that leaves them as they are.
///
/// What is to be said waits here while the other end does not listen; one who never does is hung
/// up on.
package final class Cord {
    package let file: Int32
    private let isSocket: Bool
    private var outgoing: [UInt8] = []
    /// The other end is gone, or does not listen.
    package private(set) var isOver = false
    /// Nobody has the other end of this terminal open; somebody may again.
    package private(set) var isHungUp = false

    private static let outgoingBytes = 8 << 20

    init(_ file: Int32, isSocket: Bool = true) { (self.file, self.isSocket) = (file, isSocket) }

    deinit { close(file) }

    /// Whether something waits for the other end to listen.
    package var isBusy: Bool { !outgoing.isEmpty }

    package func end() { isOver = true }

    /// What was to be said is for nobody any more.
    package func forget() { outgoing = [] }

    package func say(_ bytes: [UInt8]) {
        guard outgoing.count + bytes.count <= Self.outgoingBytes else { return end() }
        outgoing += bytes
        flush()
    }

    /// Says as much of what waits as the other end takes now.
    package func flush() {
        while !outgoing.isEmpty, !isOver {
            // Unsafe: bytes and count are those of one array.
            let count =
                isSocket
                ? unsafe send(
                    file,
                    outgoing,
                    outgoing.count,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                ) : unsafe write(file, outgoing, outgoing.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            if count < 0, errno == EIO, !isSocket { return forget() }
            guard count > 0 else { return end() }
            outgoing.removeFirst(count)
        }
    }

    /// What has come, about so many bytes at most.
    package func hear(atMost most: Int) -> [UInt8] {
        var heard: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while !isOver, heard.count < most {
            // Unsafe: there is room for as many bytes as are asked for.
            let count =
                isSocket
                ? unsafe recv(file, &part, part.count, Int32(MSG_DONTWAIT))
                : unsafe read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            isHungUp = count < 0 && errno == EIO && !isSocket
            if count < 0, errno == EAGAIN || isHungUp { return heard }
            guard count > 0 else {
                end()
                return heard
            }
            heard += part[..<count]
        }
        return heard
    }
}

// MARK: Where one begins

extension Cord {
    /// To what stands at a path: the socket of a process, or a terminal.
    package static func open(_ path: String) throws(LineFault) -> Cord {
        var found = stat()
        // Unsafe: the system fills in the one that is lent for the call.
        guard unsafe stat(path, &found) == 0 else { throw LineFault(errno) }
        if found.st_mode & S_IFMT == S_IFSOCK {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            let folder = parts.dropLast().joined(separator: "/")
            let above = folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder
            return try Door.cord(folder: above, name: String(parts.last ?? ""))
        }
        guard found.st_mode & S_IFMT == S_IFCHR else { throw .system("is no socket or terminal") }
        let flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC
        let file = unsafe Glibc.open(path, flags)
        guard file >= 0 else { throw LineFault(errno) }
        makeRaw(file)
        return Cord(file, isSocket: false)
    }

    /// A terminal that is none: both ends are programs, and the path is that of the other one, who
    /// makes it leave bytes as they are.
    package static func pseudoTerminal() throws(LineFault) -> (cord: Cord, path: String) {
        let file = tally_posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw LineFault(errno) }
        var name = [CChar](repeating: 0, count: 64)
        // Unsafe: the system writes no more than there is room for.
        guard tally_grantpt(file) == 0, tally_unlockpt(file) == 0,
            unsafe tally_ptsname_r(file, &name, UInt(name.count)) == 0
        else {
            close(file)
            throw LineFault(errno)
        }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let path = String(decoding: bytes, as: UTF8.self)
        return (Cord(file, isSocket: false), path)
    }

    /// To a program of this host that listens on a TCP port.
    package static func loopback(port: UInt16) throws(LineFault) -> Cord {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let file = socket(AF_INET, kind, 0)
        guard file >= 0 else { throw LineFault(errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafeBytes(of: &address) { raw in
            // Unsafe: every address begins like this one.
            unsafe connect(
                file,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count)
            )
        }
        guard status == 0 else {
            let fault = errno
            close(file)
            throw LineFault(fault)
        }
        return Cord(file)
    }

    /// Has a terminal leave every byte as it is.
    private static func makeRaw(_ file: Int32) {
        var modes = termios()
        // Unsafe: the system fills in and reads the one that is lent for the call.
        guard unsafe tcgetattr(file, &modes) == 0 else { return }
        unsafe cfmakeraw(&modes)
        _ = unsafe tcsetattr(file, TCSANOW, &modes)
    }
}
