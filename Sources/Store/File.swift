import CSQLite
package import Words

/// A plain file, reached through the VFS of its disk like everything else, so that a faulty
/// disk is faulty for it too.
@safe package final class File {
    private let file: UnsafeMutablePointer<sqlite3_file>
    /// The name, which a VFS may keep a pointer to; nil when the file is only lent.
    private let name: UnsafeMutablePointer<CChar>?
    private let lender: Connection?

    /// How a file is opened.
    package enum Purpose {
        /// Written and synced; its first sync also syncs the folder that names it.
        case data
        /// Locked, never written.
        case lock
    }

    package init(_ disk: Disk, _ path: String, for purpose: Purpose) throws(StoreError) {
        let type =
            switch purpose {
            case .data: SQLITE_OPEN_SUPER_JOURNAL
            case .lock: SQLITE_OPEN_MAIN_DB
            }
        _ = countsNoMemory
        guard let system = unsafe sqlite3_vfs_find(disk.system) else {
            throw StoreError(code: SQLITE_NOTFOUND, .open)
        }
        let room = Int(unsafe system.pointee.mxPathname) + 2
        let full = UnsafeMutablePointer<CChar>.allocate(capacity: room)
        unsafe full.initialize(repeating: 0, count: room)
        let size = Int(unsafe system.pointee.szOsFile)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let opened = unsafe raw.assumingMemoryBound(to: sqlite3_file.self)
        var code = unsafe system.pointee.xFullPathname(
            system,
            disk.path(path),
            Int32(room) - 1,
            full
        )
        if code & 0xFF == SQLITE_OK {
            let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | type
            code = unsafe system.pointee.xOpen(system, full, opened, flags, nil)
        }
        guard code == SQLITE_OK else {
            unsafe raw.deallocate()
            unsafe full.deallocate()
            throw StoreError(code: code, .open)
        }
        unsafe (file, name, lender) = (opened, full, nil)
    }

    init(lent file: UnsafeMutablePointer<sqlite3_file>, by lender: Connection) {
        unsafe (self.file, name, self.lender) = (file, nil, lender)
    }

    deinit {
        guard let name = unsafe name else { return }
        if let methods = unsafe file.pointee.pMethods {
            _ = unsafe methods.pointee.xUnlock(file, SQLITE_LOCK_NONE)
            _ = unsafe methods.pointee.xClose(file)
        }
        unsafe UnsafeMutableRawPointer(file).deallocate()
        unsafe name.deallocate()
    }

    package func size() throws(StoreError) -> Int {
        var size: sqlite3_int64 = 0
        let code = unsafe file.pointee.pMethods.pointee.xFileSize(file, &size)
        try Self.check(code, .size)
        return Int(size)
    }

    /// The bytes from `offset`, fewer than `count` where the file ends before.
    package func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8] {
        let there = max(0, min(count, try size() - offset))
        guard there > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: there)
        let code = unsafe bytes.withUnsafeMutableBytes { raw in
            unsafe file.pointee.pMethods.pointee.xRead(
                file,
                raw.baseAddress,
                Int32(there),
                sqlite3_int64(offset)
            )
        }
        try Self.check(code, .read)
        return bytes
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
        let code = unsafe bytes.withUnsafeBytes { raw in
            unsafe file.pointee.pMethods.pointee.xWrite(
                file,
                raw.baseAddress,
                Int32(raw.count),
                sqlite3_int64(offset)
            )
        }
        try Self.check(code, .write)
    }

    package func sync() throws(StoreError) {
        try Self.check(
            unsafe file.pointee.pMethods.pointee.xSync(file, SQLITE_SYNC_NORMAL),
            .sync
        )
    }

    /// Takes the file for this process alone, or throws `busy`.
    package func lock() throws(StoreError) {
        for level in [SQLITE_LOCK_SHARED, SQLITE_LOCK_RESERVED, SQLITE_LOCK_EXCLUSIVE] {
            try Self.check(unsafe file.pointee.pMethods.pointee.xLock(file, level), .lock)
        }
    }

    private static func check(
        _ code: Int32,
        _ activity: StoreError.Activity
    ) throws(StoreError) {
        guard code == SQLITE_OK else { throw StoreError(code: code, activity) }
    }
}

extension Disk {
    /// Whether there is a file of this name on it.
    package func holds(_ name: String) throws(StoreError) -> Bool {
        _ = countsNoMemory
        guard let found = unsafe sqlite3_vfs_find(system) else {
            throw StoreError(code: SQLITE_NOTFOUND, .open)
        }
        var there: Int32 = 0
        let code = unsafe found.pointee.xAccess(
            found,
            path(name),
            SQLITE_ACCESS_EXISTS,
            &there
        )
        guard code == SQLITE_OK else { throw StoreError(code: code, .open) }
        return there != 0
    }
}
