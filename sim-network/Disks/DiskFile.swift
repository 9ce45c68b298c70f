import CSQLite

/// The extended codes, which are not imported because C computes them.
enum DiskCode {
    static let read = SQLITE_IOERR | 1 << 8
    static let shortRead = SQLITE_IOERR | 2 << 8
    static let write = SQLITE_IOERR | 3 << 8
    static let sync = SQLITE_IOERR | 4 << 8
    static let truncate = SQLITE_IOERR | 6 << 8
    static let size = SQLITE_IOERR | 7 << 8
    static let remove = SQLITE_IOERR | 10 << 8
    static let access = SQLITE_IOERR | 13 << 8
    static let removeMissing = SQLITE_IOERR | 23 << 8
}

/// The functions of an open file.
///
/// No shared memory: whoever stands on this disk holds its database exclusively, and then SQLite
/// keeps the index of the WAL in its own memory.
func fileMethods() -> sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 1
    unsafe methods.xClose = closeFile
    unsafe methods.xRead = readFile
    unsafe methods.xWrite = writeFile
    unsafe methods.xTruncate = truncateFile
    unsafe methods.xSync = syncFile
    unsafe methods.xFileSize = sizeOfFile
    unsafe methods.xLock = lockFile
    unsafe methods.xUnlock = unlockFile
    unsafe methods.xCheckReservedLock = checkReserved
    unsafe methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    unsafe methods.xSectorSize = { _ in 4_096 }
    // As the system's own VFS says it: bytes beside a write are not harmed by it.
    unsafe methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    return methods
}

private func opened(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Handle? {
    guard let file = unsafe file else { return nil }
    return unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
        .pointee.handle.takeUnretainedValue()
}

private func closeFile(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    guard let file = unsafe file, let handle = unsafe opened(file) else { return SQLITE_MISUSE }
    handle.disk.setLock(handle, SQLITE_LOCK_NONE)
    unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
        .pointee.handle.release()
    unsafe file.pointee.pMethods = nil
    return SQLITE_OK
}

private func readFile(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ out: UnsafeMutableRawPointer?,
    _ count: Int32,
    _ offset: sqlite3_int64
) -> Int32 {
    guard let handle = unsafe opened(file), let out = unsafe out else { return SQLITE_MISUSE }
    do {
        let range = Int(offset)..<Int(offset) + Int(count)
        let content = try handle.disk.reading(handle.inode, range)
        let target = unsafe UnsafeMutableRawBufferPointer(start: out, count: Int(count))
        let done = unsafe content.copy(from: Int(offset), into: target)
        guard done < Int(count) else { return SQLITE_OK }
        // SQLite asks for zeros where a file ends early.
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[done...])
            .initializeMemory(as: UInt8.self, repeating: 0)
        return DiskCode.shortRead
    } catch {
        return DiskCode.read
    }
}

private func writeFile(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ from: UnsafeRawPointer?,
    _ count: Int32,
    _ offset: sqlite3_int64
) -> Int32 {
    guard let handle = unsafe opened(file), let from = unsafe from else { return SQLITE_MISUSE }
    let bytes = unsafe UnsafeRawBufferPointer(start: from, count: Int(count))
    do {
        try unsafe handle.disk.write(handle.inode, bytes, at: Int(offset))
        return SQLITE_OK
    } catch .full {
        return SQLITE_FULL
    } catch {
        return DiskCode.write
    }
}

private func truncateFile(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ size: sqlite3_int64
) -> Int32 {
    guard let handle = unsafe opened(file) else { return SQLITE_MISUSE }
    do {
        try handle.disk.truncate(handle.inode, to: Int(size))
        return SQLITE_OK
    } catch {
        return DiskCode.truncate
    }
}

private func syncFile(_ file: UnsafeMutablePointer<sqlite3_file>?, _: Int32) -> Int32 {
    guard let handle = unsafe opened(file) else { return SQLITE_MISUSE }
    do {
        try handle.disk.sync(handle.inode, folderToo: handle.namesFile)
        handle.namesFile = false
        return SQLITE_OK
    } catch {
        return DiskCode.sync
    }
}

private func sizeOfFile(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ out: UnsafeMutablePointer<sqlite3_int64>?
) -> Int32 {
    guard let handle = unsafe opened(file) else { return SQLITE_MISUSE }
    do {
        unsafe out?.pointee = sqlite3_int64(try handle.disk.size(handle.inode))
        return SQLITE_OK
    } catch {
        return DiskCode.size
    }
}

private func lockFile(_ file: UnsafeMutablePointer<sqlite3_file>?, _ level: Int32) -> Int32 {
    guard let handle = unsafe opened(file) else { return SQLITE_MISUSE }
    guard handle.disk.mayLock(handle, level) else { return SQLITE_BUSY }
    handle.disk.setLock(handle, max(level, handle.disk.lock(handle)))
    return SQLITE_OK
}

private func unlockFile(_ file: UnsafeMutablePointer<sqlite3_file>?, _ level: Int32) -> Int32 {
    guard let handle = unsafe opened(file) else { return SQLITE_MISUSE }
    handle.disk.setLock(handle, min(level, handle.disk.lock(handle)))
    return SQLITE_OK
}

private func checkReserved(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ out: UnsafeMutablePointer<Int32>?
) -> Int32 {
    guard let handle = unsafe opened(file) else { return SQLITE_MISUSE }
    unsafe out?.pointee = handle.disk.mayLock(handle, SQLITE_LOCK_RESERVED) ? 0 : 1
    return SQLITE_OK
}

extension FaultyDisk {
    fileprivate func lock(_ handle: Handle) -> Int32 {
        inodes[handle.inode].locks[handle.number] ?? SQLITE_LOCK_NONE
    }

    fileprivate func setLock(_ handle: Handle, _ level: Int32) {
        inodes[handle.inode].locks[handle.number] = level == SQLITE_LOCK_NONE ? nil : level
    }

    /// Readers share; one may be about to write; a writer is alone.
    fileprivate func mayLock(_ handle: Handle, _ level: Int32) -> Bool {
        inodes[handle.inode].locks.allSatisfy { number, other in
            number == handle.number
                || level == SQLITE_LOCK_SHARED && other < SQLITE_LOCK_PENDING
                || level == SQLITE_LOCK_RESERVED && other < SQLITE_LOCK_RESERVED
        }
    }
}

extension Content {
    /// Copies what there is from `offset` on and says how many bytes that were.
    fileprivate func copy(from offset: Int, into out: UnsafeMutableRawBufferPointer) -> Int {
        let end = min(count, offset + out.count)
        guard offset < end else { return 0 }
        var at = offset
        while at < end {
            let (index, inside) = at.quotientAndRemainder(dividingBy: Self.blockBytes)
            let length = min(Self.blockBytes - inside, end - at)
            unsafe blocks[index].bytes.withUnsafeBytes { block in
                let part = unsafe UnsafeRawBufferPointer(rebasing: block[inside..<inside + length])
                unsafe UnsafeMutableRawBufferPointer(rebasing: out[(at - offset)...])
                    .copyMemory(from: part)
            }
            at += length
        }
        return end - offset
    }
}
