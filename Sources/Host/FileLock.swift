internal import Glibc

/// A file that one process at a time may hold; the system lets it go when its holder dies.
package struct FileLock: Sendable {
    private let file: Int32

    /// Takes it without waiting; nil where somebody else holds it.
    package static func take(_ path: String) throws(HostFault) -> FileLock? {
        // Unsafe: Swift lends the path as a C string for the call.
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw HostFault(errno) }
        guard flock(file, LOCK_EX | LOCK_NB) != 0 else { return FileLock(file: file) }
        let fault = errno
        close(file)
        guard fault == EWOULDBLOCK else { throw HostFault(fault) }
        return nil
    }

    /// Lets it go.
    ///
    /// The file stays: were it removed, two could hold what has had its name.
    package func free() { close(file) }
}
