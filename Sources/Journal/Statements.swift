import Store
import Words

/// The statements of an open journal, each prepared when it is first used and kept.
final class Statements {
    private enum Use: UInt8 {
        case begin, commit, record, put, add, remove, find
    }

    private let connection: Connection
    private var prepared: [Statement?]

    init(_ connection: Connection) {
        self.connection = connection
        prepared = Array(repeating: nil, count: 7 * 8)
    }

    func begin() throws(StoreError) {
        try statement(.begin) { "BEGIN IMMEDIATE" }.run()
    }

    func commit() throws(StoreError) {
        try statement(.commit) { "COMMIT" }.run()
    }

    func insert(_ raw: Snapshot.RawRecord) throws(StoreError) {
        try statement(.record) {
            "INSERT INTO record(number, laid, body, roots, link) VALUES(?, ?, ?, ?, ?)"
        }.run([
            .number(Int64(bitPattern: raw.number)), .number(Int64(bitPattern: raw.laid)),
            .bytes(raw.body), .bytes(raw.roots), .bytes(raw.link),
        ])
    }

    func put(_ place: RowPlace, _ body: [UInt8]) throws(StoreError) {
        try statement(.put, place.table) {
            "INSERT OR REPLACE INTO \($0)(key, written, body) VALUES(?, ?, ?)"
        }.run([
            .bytes(place.blind), .number(Int64(bitPattern: place.written)), .bytes(body),
        ])
    }

    /// Writes a row where there is none of its key; false where there is one, which stays.
    func add(_ place: RowPlace, _ body: [UInt8]) throws(StoreError) -> Bool {
        try statement(.add, place.table) {
            "INSERT INTO \($0)(key, written, body) VALUES(?, ?, ?) ON CONFLICT DO NOTHING"
        }.run([
            .bytes(place.blind), .number(Int64(bitPattern: place.written)), .bytes(body),
        ])
        return connection.rowsWritten > 0
    }

    func remove(_ blind: [UInt8], _ table: Table) throws(StoreError) {
        try statement(.remove, table) { "DELETE FROM \($0) WHERE key = ?" }.run([.bytes(blind)])
    }

    func find(_ blind: [UInt8], _ table: Table) throws(StoreError) -> Snapshot.RawRow? {
        var found: Snapshot.RawRow?
        try statement(.find, table) { "SELECT key, written, body FROM \($0) WHERE key = ?" }
            .rows([.bytes(blind)]) { found = Shelves.row($0, table) }
        return found
    }

    private func statement(_ use: Use, _ sql: () -> String) throws(StoreError) -> Statement {
        try kept(Int(use.rawValue) * 8, sql)
    }

    private func statement(
        _ use: Use,
        _ table: Table,
        _ sql: (String) -> String
    ) throws(StoreError) -> Statement {
        try kept(Int(use.rawValue) * 8 + Int(table.rawValue)) { sql(table.name) }
    }

    private func kept(_ index: Int, _ sql: () -> String) throws(StoreError) -> Statement {
        if let statement = prepared[index] { return statement }
        let statement = try Statement(connection, sql())
        prepared[index] = statement
        return statement
    }
}
