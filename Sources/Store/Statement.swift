import CSQLite

/// A value given to a statement.
package enum Value {
    case number(Int64)
    case bytes([UInt8])
    case text(String)
    case nothing
}

/// A prepared statement.
///
/// It is finalized in `deinit`, and keeps its connection until then.
///
/// Values are bound, used and unbound within one call, so that bytes are lent to SQLite and
/// not copied: no pointer of theirs outlives the call.
@safe package final class Statement {
    private let connection: Connection
    private let handle: OpaquePointer
    /// Whether a column of this run held another type than it was read as.
    fileprivate var metOtherType = false

    package init(_ connection: Connection, _ sql: String) throws(StoreError) {
        self.connection = connection
        unsafe handle = try connection.prepare(sql)
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs it to its end; rows it may answer are passed over.
    package func run(_ values: [Value] = []) throws(StoreError) {
        try bind(values, from: 0) { _ in }
    }

    /// Runs it with every row it answers handed to `body`, in order.
    package func rows(
        _ values: [Value] = [],
        body: (borrowing Columns) -> Void
    ) throws(StoreError) {
        try bind(values, from: 0, body)
    }

    private func bind(
        _ values: [Value],
        from index: Int,
        _ body: (borrowing Columns) -> Void
    ) throws(StoreError) {
        guard index < values.count else { return try finish(body) }
        let place = Int32(index + 1)
        switch values[index] {
        case .number(let number):
            try check(unsafe sqlite3_bind_int64(handle, place, number))
            try bind(values, from: index + 1, body)
        case .nothing:
            try check(unsafe sqlite3_bind_null(handle, place))
            try bind(values, from: index + 1, body)
        case .text(let text):
            try lend(Array(text.utf8), place, values, body, asText: true)
        case .bytes(let bytes):
            try lend(bytes, place, values, body, asText: false)
        }
    }

    /// Binds bytes by their address for as long as the rest of the call takes.
    private func lend(
        _ bytes: [UInt8],
        _ place: Int32,
        _ values: [Value],
        _ body: (borrowing Columns) -> Void,
        asText: Bool
    ) throws(StoreError) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(StoreError) in
            let (start, count) = (buffer.baseAddress, Int32(buffer.count))
            if asText {
                let text = unsafe UnsafeRawPointer(start)?.assumingMemoryBound(to: CChar.self)
                try check(unsafe sqlite3_bind_text(handle, place, text, count, nil))
            } else if count > 0 {
                try check(unsafe sqlite3_bind_blob(handle, place, start, count, nil))
            } else {
                // An empty array may have no address, and no address would bind NULL.
                try check(unsafe sqlite3_bind_zeroblob(handle, place, 0))
            }
            try bind(values, from: Int(place), body)
        }
    }

    private func finish(_ body: (borrowing Columns) -> Void) throws(StoreError) {
        metOtherType = false
        var code = unsafe sqlite3_step(handle)
        while code == SQLITE_ROW, !metOtherType {
            let row = unsafe Columns(handle, of: self)
            body(row)
            code = unsafe sqlite3_step(handle)
        }
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
        guard !metOtherType else { throw StoreError(code: SQLITE_CORRUPT, .step) }
        guard code == SQLITE_DONE else { throw StoreError(code: code, .step) }
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw StoreError(code: code, .bind) }
    }
}

/// The row that a statement stands on.
///
/// It cannot be kept: only a call's body sees it.
@safe package struct Columns: ~Copyable {
    private let handle: OpaquePointer
    private let statement: Statement

    fileprivate init(_ handle: OpaquePointer, of statement: Statement) {
        unsafe self.handle = handle
        self.statement = statement
    }

    package func number(_ column: Int32) -> Int64 {
        expect(SQLITE_INTEGER, column)
        return unsafe sqlite3_column_int64(handle, column)
    }

    package func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    /// The bytes of a blob; none where nothing is.
    package func bytes(_ column: Int32) -> [UInt8] {
        guard !isNull(column) else { return [] }
        expect(SQLITE_BLOB, column)
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A strict table takes no other type, but a changed file may show one: a blob's bytes as a
    /// text, which no search for the blob finds.
    private func expect(_ type: Int32, _ column: Int32) {
        guard unsafe sqlite3_column_type(handle, column) != type else { return }
        statement.metOtherType = true
    }

    /// Whatever it is, as SQLite would show it.
    package func text(_ column: Int32) -> String {
        guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
