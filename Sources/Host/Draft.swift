internal import Glibc

/// A file that is written part by part and has its name when all of it is on the disk.
///
/// Unsafe in every call that takes a path: Swift lends its text as a C string for the call.
package final class Draft {
    private let path: String
    private let draft: String
    private let file: Int32

    /// It is for its user alone.
    package init(_ path: String) throws(HostFault) {
        (self.path, draft) = (path, path + ".\(getpid()).draft")
        // One of that name was left by a process of our number that lost power: nobody's now.
        _ = unsafe unlink(draft)
        file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o600))
        guard file >= 0 else { throw HostFault(errno) }
    }

    deinit {
        close(file)
        // Without its name it is nobody's; once it has it, there is nothing under this one.
        _ = unsafe unlink(draft)
    }

    package func add(_ bytes: [UInt8]) throws(HostFault) {
        guard Files.writeAll(bytes, to: file) else { throw HostFault(errno) }
    }

    /// Gives it its name; of one that had it before nothing is left.
    package func finish() throws(HostFault) {
        guard fsync(file) == 0 else { throw HostFault(errno) }
        try Files.rename(draft, to: path)
    }
}

/// A file that is read part by part.
package final class Source {
    private let file: Int32

    package init(_ path: String) throws(HostFault) {
        file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw HostFault(errno) }
    }

    deinit { close(file) }

    /// The next bytes, fewer than asked for only at the end.
    package func read(_ count: Int) throws(HostFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { raw in
                // Unsafe: there is room for as many bytes behind those that were read.
                unsafe Glibc.read(file, raw.baseAddress.map { unsafe $0 + done }, count - done)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw HostFault(errno) }
            guard got > 0 else { break }
            done += got
        }
        bytes.removeLast(count - done)
        return bytes
    }
}
