import Store
import Words

/// Everything that opening reads, as it stands in the columns.
///
/// What follows from it is a pure function (``recovered(from:_:)``).
package struct Snapshot: Hashable, Sendable {
    package struct RawRow: Hashable, Sendable {
        package var place: RowPlace
        package var body: [UInt8]
    }

    package struct RawRecord: Hashable, Sendable {
        package var number: UInt64
        /// The newest record with which rows were laid down; it may be this one.
        package var laid: UInt64
        package var roots: [UInt8]
        package var body: [UInt8]
        package var link: [UInt8]
        /// The link of the record before; empty for the first.
        package var previous: [UInt8]
    }

    /// All rows of the live tables, as they were laid down.
    package var rows: [RawRow] = []
    /// The record with which that was, and all since, in order.
    package var records: [RawRecord] = []
    /// The slots of the head file, nil when there is none.
    package var slots: [[UInt8]]?
    /// The links of the records that the slots name, where there are such records.
    package var links: [UInt64: [UInt8]] = [:]
}

/// Reads what a journal holds: all the SQL that answers something.
struct Shelves {
    let connection: Connection
    private static let record =
        "r.number, r.laid, r.roots, r.body, r.link, p.link FROM record r "
        + "LEFT JOIN record p ON p.number = r.number - 1 "

    func snapshot(_ slots: [[UInt8]]?, _ cover: Cover) throws(StoreError) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.slots = slots
        for table in Table.live { snapshot.rows += try rows(table) }
        snapshot.records = try records(
            "WHERE r.number >= (SELECT laid FROM record ORDER BY number DESC LIMIT 1) "
                + "ORDER BY r.number"
        )
        for mark in (slots ?? []).compactMap({ Mark($0, cover) }) {
            snapshot.links[mark.number] = try link(of: mark.number)
        }
        return snapshot
    }

    func rows(_ table: Table) throws(StoreError) -> [Snapshot.RawRow] {
        var rows: [Snapshot.RawRow] = []
        try everyRow(table) { rows.append($0) }
        return rows
    }

    func everyRow(
        _ table: Table,
        _ body: (Snapshot.RawRow) -> Void
    ) throws(StoreError) {
        let all = try Statement(
            connection,
            "SELECT key, written, body FROM \(table.name) ORDER BY key"
        )
        try all.rows { body(Self.row($0, table)) }
    }

    /// When a payment was finished, and which.
    struct Turn: Hashable {
        let written: Int64
        let blind: [UInt8]
    }

    /// Hands over when each payment was finished, as the index of history has it.
    func everyTurn(
        _ body: (Turn) -> Void
    ) throws(StoreError) {
        let all = try Statement(
            connection,
            "SELECT written, key FROM finished INDEXED BY finished_written ORDER BY written"
        )
        try all.rows { body(Turn(written: $0.number(0), blind: $0.bytes(1))) }
    }

    func finished(before number: Int64, limit: Int) throws(StoreError) -> [Snapshot.RawRow] {
        let newest = try Statement(
            connection,
            "SELECT key, written, body FROM finished INDEXED BY finished_written "
                + "WHERE written < ? ORDER BY written DESC, key LIMIT ?"
        )
        var rows: [Snapshot.RawRow] = []
        try newest.rows([.number(number), .number(Int64(limit))]) {
            rows.append(Self.row($0, .finished))
        }
        return rows
    }

    static func row(_ row: borrowing Store.Columns, _ table: Table) -> Snapshot.RawRow {
        Snapshot.RawRow(
            place: RowPlace(
                table: table,
                blind: row.bytes(0),
                written: UInt64(bitPattern: row.number(1))
            ),
            body: row.bytes(2)
        )
    }

    private func records(_ which: String) throws(StoreError) -> [Snapshot.RawRecord] {
        let found = try Statement(connection, "SELECT " + Self.record + which)
        var records: [Snapshot.RawRecord] = []
        try found.rows { records.append(Self.record($0)) }
        return records
    }

    /// Hands every record to `body`, the oldest first.
    func everyRecord(
        _ body: (Snapshot.RawRecord) -> Void
    ) throws(StoreError) {
        let all = try Statement(connection, "SELECT " + Self.record + "ORDER BY r.number")
        try all.rows { body(Self.record($0)) }
    }

    private static func record(_ row: borrowing Store.Columns) -> Snapshot.RawRecord {
        Snapshot.RawRecord(
            number: UInt64(bitPattern: row.number(0)),
            laid: UInt64(bitPattern: row.number(1)),
            roots: row.bytes(2),
            body: row.bytes(3),
            link: row.bytes(4),
            previous: row.bytes(5)
        )
    }

    private func link(of number: UInt64) throws(StoreError) -> [UInt8]? {
        let one = try Statement(connection, "SELECT link FROM record WHERE number = ?")
        var link: [UInt8]?
        try one.rows([.number(Int64(bitPattern: number))]) { link = $0.bytes(0) }
        return link
    }
}
