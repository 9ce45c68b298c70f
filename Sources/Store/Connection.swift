import CSQLite
package import Words

/// One connection to one database, on any disk that a VFS answers for.
///
/// It closes in `deinit` and never writes while closing. Not `Sendable`, and opened without
/// SQLite's own mutexes: whoever holds it is the only one who uses it.
@safe package final class Connection {
    private let handle: OpaquePointer
    /// The number of frames in the WAL after the last commit, kept by SQLite's commit hook.
    private let frames: UnsafeMutablePointer<Int32>
    /// Let go of after the database is closed, however the connection ends.
    private let lock: File?

    /// Opens or creates the database `name` on `disk`; keeps `lock` until it is closed again.
    package init(_ disk: Disk, _ name: String, under lock: File? = nil) throws(StoreError) {
        self.lock = lock
        _ = countsNoMemory
        var opened: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
            | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE
        let code = unsafe sqlite3_open_v2(disk.path(name), &opened, flags, disk.system)
        guard code == SQLITE_OK, let open = unsafe opened else {
            // SQLite hands out a connection even when opening it failed.
            unsafe sqlite3_close(opened)
            throw StoreError(code: code, .open)
        }
        unsafe handle = open
        unsafe frames = .allocate(capacity: 1)
        unsafe frames.initialize(to: 0)
        _ = unsafe tally_sqlite_close_without_checkpoint(open)
        // A hook of our own also takes the place of SQLite's automatic checkpoint.
        _ = unsafe sqlite3_wal_hook(open, countFrames, frames)
    }

    deinit {
        // Statements keep their connection alive, so none is left when it closes.
        unsafe sqlite3_close(handle)
        unsafe frames.deallocate()
    }

    package var walFrames: Int { Int(unsafe frames.pointee) }

    /// How many rows the last statement that ran wrote.
    package var rowsWritten: Int { Int(unsafe sqlite3_changes(handle)) }

    /// Runs a statement that answers nothing and takes nothing.
    package func run(_ sql: String) throws(StoreError) {
        try Statement(self, sql).run()
    }

    /// The one number that a query answers, nil when it answers no row.
    package func number(_ sql: String) throws(StoreError) -> Int64? {
        let statement = try Statement(self, sql)
        var answer: Int64?
        try statement.rows { row in answer = row.number(0) }
        return answer
    }

    /// The one text that a query answers.
    package func text(_ sql: String) throws(StoreError) -> String? {
        let statement = try Statement(self, sql)
        var answer: String?
        try statement.rows { row in answer = row.text(0) }
        return answer
    }

    /// Copies the WAL into the database and syncs both.
    package func checkpoint() throws(StoreError) {
        let code = unsafe sqlite3_wal_checkpoint_v2(
            handle,
            nil,
            SQLITE_CHECKPOINT_PASSIVE,
            nil,
            nil
        )
        guard code == SQLITE_OK else { throw StoreError(code: code, .checkpoint) }
    }

    /// The WAL's own file, through the same VFS.
    ///
    /// It lives as long as this connection.
    package func wal() throws(StoreError) -> File {
        try file(SQLITE_FCNTL_JOURNAL_POINTER)
    }

    /// The database's own file, to be read.
    ///
    /// Another handle on it would let go of the lock that this one has, when it is closed.
    package func database() throws(StoreError) -> File { try file(SQLITE_FCNTL_FILE_POINTER) }

    private func file(_ which: Int32) throws(StoreError) -> File {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = unsafe withUnsafeMutablePointer(to: &file) {
            unsafe sqlite3_file_control(handle, "main", which, $0)
        }
        guard code == SQLITE_OK, let file = unsafe file else {
            throw StoreError(code: code == SQLITE_OK ? SQLITE_NOTFOUND : code, .open)
        }
        return unsafe File(lent: file, by: self)
    }

    func prepare(_ sql: String) throws(StoreError) -> OpaquePointer {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            handle,
            sql,
            -1,
            UInt32(SQLITE_PREPARE_PERSISTENT),
            &prepared,
            nil
        )
        guard code == SQLITE_OK, let statement = unsafe prepared else {
            throw StoreError(code: code == SQLITE_OK ? SQLITE_MISUSE : code, .prepare)
        }
        return unsafe statement
    }
}

/// Said once in a process, before SQLite is used.
let countsNoMemory = tally_sqlite_count_no_memory()

/// SQLite calls this after every commit with the number of frames that the WAL holds.
private func countFrames(
    _ context: UnsafeMutableRawPointer?,
    _: OpaquePointer?,
    _: UnsafePointer<CChar>?,
    _ count: Int32
) -> Int32 {
    unsafe context?.assumingMemoryBound(to: Int32.self).pointee = count
    return SQLITE_OK
}
