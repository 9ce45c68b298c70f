internal import Glibc

/// Why a file could not be read or written, in the few ways that a person can do something about.
package enum HostFault: Error, Hashable, Sendable {
    case missing
    case directory
    case forbidden
    case tooLarge(cap: Int)
    /// Something stands where a directory was wanted.
    case notADirectory
    /// Everything else, in the system's words.
    case system(String)

    init(_ number: Int32) {
        switch number {
        case ENOENT: self = .missing
        case EISDIR: self = .directory
        case EACCES, EPERM: self = .forbidden
        case ENOTDIR: self = .notADirectory
        default:
            // Unsafe: strerror gives a C string that stands until its next call.
            self = .system(unsafe String(cString: strerror(number)))
        }
    }
}

/// Files as the verbs need them: read whole up to a cap, written whole or not at all.
///
/// Unsafe in every call that takes a path: Swift lends its text as a C string for the call.
package enum Files {
    /// The bytes of a file of at most `cap` bytes.
    package static func read(_ path: String, cap: Int) throws(HostFault) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw HostFault(errno) }
        defer { close(file) }
        return try read(from: file, cap: cap)
    }

    /// The same of what keeps its bytes: a pipe or a device would have whoever asks wait.
    package static func readPlain(_ path: String, cap: Int) throws(HostFault) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw HostFault(errno) }
        defer { close(file) }
        var about = stat()
        guard unsafe fstat(file, &about) == 0 else { throw HostFault(errno) }
        let kind = about.st_mode & S_IFMT
        guard kind != S_IFDIR else { throw .directory }
        guard kind == S_IFREG else { throw .system("it is a pipe or a device, and no file") }
        return try read(from: file, cap: cap)
    }

    /// What comes by standard input, at most `cap` bytes.
    package static func readInput(cap: Int) throws(HostFault) -> [UInt8] {
        try read(from: STDIN_FILENO, cap: cap)
    }

    private static func read(from file: Int32, cap: Int) throws(HostFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= cap {
            // Unsafe: there is room for as many bytes as are asked for.
            let count = unsafe Glibc.read(file, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw HostFault(errno) }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
        throw .tooLarge(cap: cap)
    }

    /// Puts the bytes under that name at once: whoever looks sees the old file or the new one.
    ///
    /// A secret is for its user alone.
    package static func write(
        _ bytes: [UInt8],
        to path: String,
        isSecret: Bool = false
    ) throws(HostFault) {
        let draft = path + ".\(getpid()).draft"
        let mode: mode_t = isSecret ? 0o600 : 0o644
        // One of that name was left by a process of our number that lost power: nobody's now.
        _ = unsafe unlink(draft)
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw HostFault(errno) }
        let isWritten = writeAll(bytes, to: file) && fsync(file) == 0
        let fault = errno
        let isClosed = close(file) == 0
        guard isWritten, isClosed else {
            _ = unsafe unlink(draft)
            throw HostFault(isWritten ? errno : fault)
        }
        guard unsafe Glibc.rename(draft, path) == 0 else {
            let fault = errno
            _ = unsafe unlink(draft)
            throw HostFault(fault)
        }
        try syncFolder(of: path)
    }

    /// A name is durable when the directory that has it is.
    private static func syncFolder(of path: String) throws(HostFault) {
        let above = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let folder = above.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : above
        let file = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw HostFault(errno) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw HostFault(errno) }
    }

    /// Makes a file that only its user reads, unless something has that name.
    package static func make(_ secret: [UInt8], at path: String) throws(HostFault) {
        let draft = path + ".\(getpid()).draft"
        guard !exists(path) else { return }
        try write(secret, to: draft, isSecret: true)
        defer { _ = unsafe unlink(draft) }
        guard unsafe link(draft, path) == 0 || errno == EEXIST else { throw HostFault(errno) }
        try syncFolder(of: path)
    }

    /// Makes a directory unless it is there.
    package static func makeDirectory(_ path: String) throws(HostFault) {
        guard unsafe mkdir(path, 0o777) != 0 else { return }
        guard errno == EEXIST else { throw HostFault(errno) }
        let file = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw HostFault(errno) }
        close(file)
    }

    /// Makes a directory that only its user sees into.
    package static func makePrivateDirectory(_ path: String) throws(HostFault) {
        guard unsafe mkdir(path, 0o700) == 0 else { throw HostFault(errno) }
        try syncFolder(of: path)
    }

    /// Makes a directory that nobody had, for its user alone, where such things are kept.
    package static func makeTemporaryDirectory(
        _ above: String?,
        _ name: String
    ) throws(HostFault) -> String {
        let above = above.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var path = Array("\(above)/\(name).XXXXXX".utf8CString)
        // Unsafe: the system writes the end of the name over the six letters, and no more.
        guard unsafe mkdtemp(&path) != nil else { throw HostFault(errno) }
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Gives a directory its name, all at once; only an empty one may have it before.
    package static func rename(_ path: String, to new: String) throws(HostFault) {
        guard unsafe Glibc.rename(path, new) == 0 else { throw HostFault(errno) }
        try syncFolder(of: new)
    }

    /// Removes a file, if it is there.
    package static func remove(_ path: String) throws(HostFault) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw HostFault(errno) }
        try syncFolder(of: path)
    }

    /// Puts zeros where a file's bytes are, as far as the disk lets that be done in place.
    package static func overwrite(_ path: String) throws(HostFault) {
        let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw HostFault(errno) }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        guard size >= 0, lseek(file, 0, SEEK_SET) == 0,
            writeAll([UInt8](repeating: 0, count: Int(size)), to: file), fsync(file) == 0
        else { throw HostFault(errno) }
    }

    /// Removes a directory, if nothing is in it.
    package static func removeEmpty(_ path: String) { _ = unsafe rmdir(path) }

    /// A path that means the same wherever it is read.
    package static func whole(_ path: String) -> String {
        path.hasPrefix("/") ? path : Process.folder + "/" + path
    }

    /// The one path of something that is there, whichever way it was named.
    package static func real(_ path: String) -> String {
        // Unsafe: the system makes a text of its own, which is copied and given back.
        guard let found = unsafe realpath(path, nil) else { return whole(path) }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    /// Whether it is a file, and no folder, device or line to a process.
    package static func isFile(_ path: String) -> Bool {
        var found = stat()
        // Unsafe: the system fills in the one that is lent for the call.
        return unsafe stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFREG
    }

    /// Whether that name is another name of something.
    package static func isLink(_ path: String) -> Bool {
        var found = stat()
        // Unsafe: the system fills in the one that is lent for the call.
        return unsafe lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether a file system of its own begins there.
    package static func isMountPoint(_ path: String) -> Bool {
        let real = real(path)
        return exists(real) && !areOnOneDisk(real, real + "/..")
    }

    /// Whether something has that name.
    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Whether both lie on the same file system; false where one of them cannot be looked at.
    package static func areOnOneDisk(_ path: String, _ other: String) -> Bool {
        guard let one = device(path), let two = device(other) else { return false }
        return one == two
    }

    /// Whether both names lead to one file or folder.
    package static func areSame(_ path: String, _ other: String) -> Bool {
        guard let one = place(path), let two = place(other) else { return path == other }
        return one == two
    }

    private static func device(_ path: String) -> dev_t? { place(path)?.device }

    private static func place(_ path: String) -> (device: dev_t, inode: ino_t)? {
        var found = stat()
        // Unsafe: the system fills in the one that is lent for the call.
        return unsafe stat(path, &found) == 0 ? (found.st_dev, found.st_ino) : nil
    }

    /// Removes what is in a directory, and it; not what is in directories in it.
    package static func removeDirectory(_ path: String) {
        for name in names(in: path) { _ = unlinks(path + "/" + name) }
        _ = unsafe rmdir(path)
    }

    /// Removes a directory with everything in it, and follows no link out of it.
    package static func removeTree(_ path: String) {
        for name in names(in: path) where !unlinks(path + "/" + name) {
            removeTree(path + "/" + name)
        }
        _ = unsafe rmdir(path)
    }

    private static func unlinks(_ path: String) -> Bool { unsafe unlink(path) == 0 }

    /// What is in a directory.
    package static func names(in path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // Unsafe: a name ends with a zero, within the entry that the system lent.
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { source in
                // Unsafe: the address and the count are those of one slice.
                unsafe Glibc.write(file, source.baseAddress, source.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
