internal import Glibc

/// Where lines to this process begin: a socket in a folder, for processes of the same user.
package final class Door {
    package let file: Int32
    private let path: String
    /// What was made: another that has the name by now is not this one's to remove.
    private let made: Place?

    /// Makes the socket; one that a dead process left behind is replaced, and nothing else is.
    ///
    /// Where somebody answers, or where something lies that is no socket, all stays as it is.
    package init(folder: String, name: String) throws(LineFault) {
        path = folder + "/" + name
        try Self.clear(folder, name)
        file = try unsafe Self.reaching(folder, name) { file, address, length throws(LineFault) in
            let old = umask(0o177)
            let status = unsafe bind(file, address, length)
            let fault = errno
            umask(old)
            guard status == 0 else {
                close(file)
                throw fault == EADDRINUSE ? .taken : LineFault(fault)
            }
            guard listen(file, 16) == 0 else {
                let fault = errno
                close(file)
                throw LineFault(fault)
            }
            return file
        }
        made = Self.place(path)
    }

    deinit {
        if let made, Self.place(path) == made { _ = unsafe unlink(path) }
        close(file)
    }

    /// Removes the socket of a process that is dead.
    private static func clear(_ folder: String, _ name: String) throws(LineFault) {
        let path = folder + "/" + name
        guard let found = place(path) else { return }
        guard found.isSocket else { throw .occupied }
        do throws(LineFault) {
            _ = try call(folder: folder, name: name)
        } catch {
            guard error == .nobody, place(path) == found else {
                throw error == .forbidden ? error : .taken
            }
            _ = unsafe unlink(path)
            return
        }
        throw .taken
    }

    /// What a name stands for, itself and not what it points to.
    private struct Place: Equatable {
        let device: dev_t
        let inode: ino_t
        let isSocket: Bool
    }

    private static func place(_ path: String) -> Place? {
        var found = stat()
        // Unsafe: the system fills the one that is lent for the call.
        guard unsafe lstat(path, &found) == 0 else { return nil }
        return Place(
            device: found.st_dev,
            inode: found.st_ino,
            isSocket: found.st_mode & S_IFMT == S_IFSOCK
        )
    }

    /// Whoever came next, if he is the same user.
    package func enter() -> Line? { enterByCord().map(Line.init) }

    /// The same, who says bytes and not messages.
    package func enterByCord() -> Cord? {
        let one = accept(file, nil, nil)
        guard one >= 0 else { return nil }
        _ = fcntl(one, F_SETFD, FD_CLOEXEC)
        // Who is there, as the system tells: process, user, group.
        var who: (Int32, UInt32, UInt32) = (0, .max, .max)
        var length = socklen_t(MemoryLayout.size(ofValue: who))
        // Unsafe: there is room for the three numbers.
        let status = unsafe getsockopt(one, SOL_SOCKET, SO_PEERCRED, &who, &length)
        guard status == 0, who.1 == geteuid() else {
            close(one)
            return nil
        }
        return Cord(one)
    }

    /// Calls whoever answers there; does not wait long for one who does not.
    package static func call(folder: String, name: String) throws(LineFault) -> Line {
        Line(try cord(folder: folder, name: name))
    }

    static func cord(folder: String, name: String) throws(LineFault) -> Cord {
        try unsafe reaching(folder, name) { file, address, length throws(LineFault) in
            // One that is stopped answers nobody, and its queue may be full.
            var limit = timeval(tv_sec: 3, tv_usec: 0)
            // Unsafe: the system reads the one that is lent for the call, in its whole length.
            let size = socklen_t(MemoryLayout<timeval>.size)
            _ = unsafe setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            guard unsafe connect(file, address, length) == 0 else {
                let fault = errno
                close(file)
                throw LineFault(fault)
            }
            return Cord(file)
        }
    }

    /// The longest name of a socket: an address has room for so much behind its folder's number.
    package static let nameBytes = 64

    /// Makes a socket, and lends the address of this name.
    ///
    /// An address has room for a short path only, so the folder is opened and named by its number.
    private static func reaching<Answer>(
        _ folder: String,
        _ name: String,
        _ body: (Int32, UnsafePointer<sockaddr>?, socklen_t) throws(LineFault) -> Answer
    ) throws(LineFault) -> Answer {
        guard name.utf8.count <= nameBytes else { throw .tooLong }
        let place = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { throw LineFault(errno) }
        defer { close(place) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let file = socket(AF_UNIX, kind, 0)
        guard file >= 0 else { throw LineFault(errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(place)/\(name)".utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        return try unsafe withUnsafeBytes(of: &address) { raw throws(LineFault) in
            // Unsafe: every address begins like this one.
            try unsafe body(
                file,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count)
            )
        }
    }
}
