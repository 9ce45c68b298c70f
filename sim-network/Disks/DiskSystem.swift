import CSQLite

/// The VFS of one disk: SQLite's table of functions, each a short way into ``FaultyDisk``.
///
/// The table lives exactly as long as its disk, and a disk as long as a file on it is open.
@safe final class DiskSystem {
    let name: String
    private let table: UnsafeMutablePointer<SystemTable>
    private let cName: UnsafeMutablePointer<CChar>
    private let methods: UnsafeMutablePointer<sqlite3_io_methods>

    init(_ disk: FaultyDisk) {
        unsafe table = .allocate(capacity: 1)
        unsafe methods = .allocate(capacity: 1)
        unsafe methods.initialize(to: fileMethods())
        // The address is this disk's alone while the disk lives, and nothing follows from it.
        name = unsafe "tally-disk-\(UInt(bitPattern: table))"
        let bytes = Array(name.utf8CString)
        unsafe cName = .allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { unsafe cName[index] = byte }
        unsafe table.initialize(
            to: SystemTable(base: systemTable(cName, disk), methods: methods)
        )
        // Whoever makes a disk may be the first to use SQLite.
        _ = countsNoMemory
        unsafe sqlite3_vfs_register(registered, 0)
    }

    deinit {
        unsafe sqlite3_vfs_unregister(registered)
        unsafe table.deallocate()
        unsafe methods.deallocate()
        unsafe cName.deallocate()
    }

    private var registered: UnsafeMutablePointer<sqlite3_vfs> {
        unsafe UnsafeMutableRawPointer(table).assumingMemoryBound(to: sqlite3_vfs.self)
    }
}

/// Said once in a process, as the store says it.
private let countsNoMemory = tally_sqlite_count_no_memory()

/// SQLite's table, then what our functions need beside it.
@unsafe private struct SystemTable {
    var base: sqlite3_vfs
    var methods: UnsafeMutablePointer<sqlite3_io_methods>
}

extension FaultyDisk {
    /// Seeds the generator from which SQLite draws the salts of its WALs, for all of the
    /// process: only a run on one thread repeats to the byte.
    package static func seedSalts(_ seed: Int32) {
        _ = tally_sqlite_seed_salts(seed)
    }
}

/// What every open file is: SQLite's part, then ours.
@unsafe struct OpenFile {
    var base: sqlite3_file
    var handle: Unmanaged<Handle>
}

/// One open file of one disk; it keeps the disk alive.
final class Handle {
    let disk: FaultyDisk
    let inode: Int
    let number: Int
    /// Whether the next sync also has to sync the folder, as the system's own VFS does it for
    /// journals that it created.
    var namesFile: Bool

    init(_ disk: FaultyDisk, _ inode: Int, _ number: Int, namesFile: Bool) {
        (self.disk, self.inode, self.number) = (disk, inode, number)
        self.namesFile = namesFile
    }
}

private func systemTable(
    _ name: UnsafePointer<CChar>,
    _ disk: FaultyDisk
) -> sqlite3_vfs {
    var table = unsafe sqlite3_vfs()
    unsafe table.iVersion = 2
    unsafe table.szOsFile = Int32(MemoryLayout<OpenFile>.size)
    unsafe table.mxPathname = 512
    unsafe table.zName = name
    // Unretained: the disk owns the table, not the other way round.
    unsafe table.pAppData = Unmanaged.passUnretained(disk).toOpaque()
    unsafe table.xOpen = openFile
    unsafe table.xDelete = removeFile
    unsafe table.xAccess = accessFile
    unsafe table.xFullPathname = fullPath
    unsafe table.xRandomness = randomness
    unsafe table.xSleep = { _, microseconds in microseconds }
    unsafe table.xCurrentTime = { _, time in
        unsafe time?.pointee = 2_451_545
        return SQLITE_OK
    }
    unsafe table.xGetLastError = { _, _, _ in 0 }
    unsafe table.xCurrentTimeInt64 = { _, time in
        // Noon of 1 January 2000: a disk has no clock, and nothing here may read one.
        unsafe time?.pointee = 2_451_545 * 86_400_000
        return SQLITE_OK
    }
    return unsafe table
}

/// The functions of this system's files: they stand behind its table of its own.
private func methodsOf(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?
) -> UnsafeMutablePointer<sqlite3_io_methods>? {
    unsafe UnsafeMutableRawPointer(system)?.assumingMemoryBound(to: SystemTable.self)
        .pointee.methods
}

private func disk(_ system: UnsafeMutablePointer<sqlite3_vfs>?) -> FaultyDisk? {
    guard let data = unsafe system?.pointee.pAppData else { return nil }
    return unsafe Unmanaged<FaultyDisk>.fromOpaque(data).takeUnretainedValue()
}

private func openFile(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?,
    _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ flags: Int32,
    _ out: UnsafeMutablePointer<Int32>?
) -> Int32 {
    // No methods: SQLite then knows that there is nothing to close.
    unsafe file?.pointee.pMethods = nil
    guard let disk = unsafe disk(system), let file = unsafe file, let name = unsafe name else {
        return SQLITE_CANTOPEN
    }
    let create = flags & SQLITE_OPEN_CREATE != 0
    let journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL
    do {
        let found = try disk.open(unsafe String(cString: name), create: create)
        let handle = Handle(
            disk,
            found.inode,
            found.handle,
            namesFile: create && flags & journals != 0
        )
        unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
            .pointee.handle = Unmanaged.passRetained(handle)
        unsafe file.pointee.pMethods = UnsafePointer(methodsOf(system))
        unsafe out?.pointee = flags
        return SQLITE_OK
    } catch {
        return SQLITE_CANTOPEN
    }
}

private func removeFile(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?,
    _ name: UnsafePointer<CChar>?,
    _ sync: Int32
) -> Int32 {
    guard let disk = unsafe disk(system), let name = unsafe name else { return SQLITE_MISUSE }
    do {
        try disk.remove(unsafe String(cString: name), folderToo: sync != 0)
        return SQLITE_OK
    } catch .missing {
        return DiskCode.removeMissing
    } catch {
        return DiskCode.remove
    }
}

private func accessFile(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?,
    _ name: UnsafePointer<CChar>?,
    _: Int32,
    _ out: UnsafeMutablePointer<Int32>?
) -> Int32 {
    guard let disk = unsafe disk(system), let name = unsafe name else { return SQLITE_MISUSE }
    do {
        unsafe out?.pointee = try disk.exists(unsafe String(cString: name)) ? 1 : 0
        return SQLITE_OK
    } catch {
        return DiskCode.access
    }
}

private func fullPath(
    _: UnsafeMutablePointer<sqlite3_vfs>?,
    _ name: UnsafePointer<CChar>?,
    _ room: Int32,
    _ out: UnsafeMutablePointer<CChar>?
) -> Int32 {
    guard let name = unsafe name, let out = unsafe out else { return SQLITE_MISUSE }
    var index = 0
    while unsafe name[index] != 0 {
        guard index + 1 < Int(room) else { return SQLITE_CANTOPEN }
        unsafe out[index] = name[index]
        index += 1
    }
    unsafe out[index] = 0
    return SQLITE_OK
}

private func randomness(
    _ system: UnsafeMutablePointer<sqlite3_vfs>?,
    _ count: Int32,
    _ out: UnsafeMutablePointer<CChar>?
) -> Int32 {
    guard let disk = unsafe disk(system), let out = unsafe out else { return 0 }
    for (index, byte) in disk.dice.bytes(Int(count)).enumerated() {
        unsafe out[index] = CChar(bitPattern: byte)
    }
    return count
}
