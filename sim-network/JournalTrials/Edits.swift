import Disks
import Journal
import Store
import Words

/// What somebody with the files and a foreign SQLite may do to a journal, read from a fuzzer's
/// bytes: rows and records deleted, copied, swapped, edited, put back as they were, tables and
/// indexes bent.
struct Edit {
    private let action: UInt8
    private let table: Table?
    private let other: Table?
    private let row: UInt8
    private let mate: UInt8
    private let value: UInt8

    /// Six numbers, whatever they are.
    init(_ numbers: [UInt8]) {
        action = numbers[0] % 13
        table = Self.table(numbers[1])
        other = Self.table(numbers[2])
        (row, mate, value) = (numbers[3], numbers[4], numbers[5])
    }

    /// nil stands for the records.
    private static func table(_ number: UInt8) -> Table? {
        let tables = Table.allCases
        return number % 8 < tables.count ? tables[Int(number % 8)] : nil
    }

    /// The image after the edit; what SQLite refuses changes nothing.
    func apply(to image: inout Image, earlier: Image) {
        let disk = FaultyDisk(image, seed: 1)
        do throws(StoreError) {
            let connection = try Self.connection(to: disk)
            for statement in try statements(earlier) { try connection.run(statement) }
        } catch {
            guard error.kind != .io else { preconditionFailure("a sound disk failed: \(error)") }
        }
        image = disk.image()
    }

    private static func connection(to disk: FaultyDisk) throws(StoreError) -> Connection {
        let connection = try Connection(
            Disk(system: disk.system, folder: Home.folder),
            Home.databaseName
        )
        // No shared memory on this disk, and no temporary files.
        try connection.run("PRAGMA locking_mode=EXCLUSIVE")
        try connection.run("PRAGMA temp_store=2")
        return connection
    }

    private var name: String { Self.name(table) }
    private static func name(_ table: Table?) -> String { table.map { "\($0)" } ?? "record" }
    private static func key(_ table: Table?) -> String { table == nil ? "number" : "key" }

    /// The key of a row that there is, as an expression.
    private static func pick(_ row: UInt8, _ table: Table?) -> String {
        let (name, key) = (name(table), key(table))
        return "(SELECT \(key) FROM \(name) ORDER BY \(key) LIMIT 1 "
            + "OFFSET \(row) % max(1, (SELECT count(*) FROM \(name))))"
    }

    private func statements(_ earlier: Image) throws(StoreError) -> [String] {
        let key = Self.key(table)
        let (this, that) = (Self.pick(row, table), Self.pick(mate, table))
        let column = columns[Int(value) % columns.count]
        switch action {
        case 0: return ["DELETE FROM \(name) WHERE \(key) = \(this)"]
        case 1: return ["DELETE FROM \(name) WHERE \(key) \(value % 2 == 0 ? ">" : "<") \(this)"]
        case 2: return [copy]
        case 3: return ["INSERT OR REPLACE INTO \(name) \(moved)"]
        case 4:
            return [
                "UPDATE \(name) SET \(column) = CASE \(key) WHEN \(this) "
                    + "THEN (SELECT \(column) FROM \(name) WHERE \(key) = \(that)) "
                    + "ELSE (SELECT \(column) FROM \(name) WHERE \(key) = \(this)) END "
                    + "WHERE \(key) IN (\(this), \(that))"
            ]
        case 5: return ["UPDATE \(name) SET \(column) = \(content) WHERE \(key) = \(this)"]
        case 6: return ["UPDATE \(name) SET \(number) = \(number) + \(Int(value) - 128)"]
        case 7:
            return [
                "UPDATE \(name) SET \(number) = \(number) + \(Int(value) - 128) "
                    + "WHERE \(key) = \(this)"
            ]
        case 8: return try putBack(earlier)
        case 9: return ["DELETE FROM record WHERE number > \(this)"]
        case 10: return bendSchema
        case 11: return try rollBack(earlier)
        default: return ["REINDEX", "PRAGMA wal_checkpoint(TRUNCATE)"]
        }
    }

    private var columns: [String] {
        table == nil ? ["laid", "body", "roots", "link"] : ["key", "body"]
    }

    private var number: String { table == nil ? "number" : "written" }

    /// The same row once more, under another key.
    private var copy: String {
        let this = Self.pick(row, table)
        return table == nil
            ? "INSERT INTO record SELECT (SELECT max(number) FROM record) + \(value % 3), "
                + "laid, body, roots, link FROM record WHERE number = \(this)"
            : "INSERT INTO \(name) SELECT CAST(key || x'00' AS BLOB), written, body "
                + "FROM \(name) WHERE key = \(this)"
    }

    /// A row of another table.
    private var moved: String {
        let (from, pick) = (Self.name(other), Self.pick(mate, other))
        let row = Self.pick(row, table)
        switch (table, other) {
        case (nil, nil):
            return "SELECT \(row), laid, body, roots, link FROM record WHERE number = \(pick)"
        case (nil, _):
            return "SELECT \(row), written, body, zeroblob(64), zeroblob(32) FROM \(from) "
                + "WHERE key = \(pick)"
        case (_, nil):
            return "SELECT \(row), number, body FROM record WHERE number = \(pick)"
        case (_, _):
            return "SELECT key, written, body FROM \(from) WHERE key = \(pick)"
        }
    }

    /// What a column is set to: bytes of any size, another row's, or the same with one changed.
    private var content: String {
        let column = columns[Int(value) % columns.count]
        switch mate % 4 {
        case 0: return "zeroblob(\(Int(value) * Int(row)))"
        case 1: return "NULL"
        case 2:
            let at = Int(row) + 1
            return "CAST(substr(\(column), 1, \(at)) || x'\(value % 10)\(mate % 10)' || "
                + "substr(\(column), \(at + 2)) AS BLOB)"
        default:
            return "(SELECT \(column) FROM \(name) WHERE \(Self.key(table)) = "
                + Self.pick(mate, table) + ")"
        }
    }

    /// All rows of a table, or one, as they were some groups earlier.
    private func putBack(_ earlier: Image) throws(StoreError) -> [String] {
        let which = mate % 2 == 0 ? "" : " WHERE \(Self.key(table)) = \(Self.pick(row, table))"
        let gone = value % 2 == 0 ? ["DELETE FROM \(name)"] : []
        return gone + (try Self.rows(of: table, which, earlier))
    }

    /// Everything as it was some groups earlier, but for the head.
    private func rollBack(_ earlier: Image) throws(StoreError) -> [String] {
        var statements: [String] = []
        for table in [nil] + Table.allCases {
            statements.append("DELETE FROM \(Self.name(table))")
            statements += try Self.rows(of: table, "", earlier)
        }
        return statements
    }

    private static func rows(
        of table: Table?,
        _ which: String,
        _ image: Image
    ) throws(StoreError) -> [String] {
        let disk = FaultyDisk(image, seed: 1)
        let connection = try connection(to: disk)
        let columns =
            table == nil
            ? ["number", "laid", "body", "roots", "link"] : ["key", "written", "body"]
        let quoted = columns.map { "quote(\($0))" }.joined(separator: "||','||")
        var rows: [String] = []
        try Statement(connection, "SELECT \(quoted) FROM \(name(table))\(which)").rows {
            rows.append($0.text(0))
        }
        let into = "INSERT OR REPLACE INTO \(name(table))(\(columns.joined(separator: ","))) "
        return rows.map { into + "VALUES(\($0))" }
    }

    /// Two trees change places, or the schema says something else.
    private var bendSchema: [String] {
        let index = "finished_written"
        let (one, two) = (row % 2 == 0 ? index : name, Self.name(other))
        switch value % 4 {
        case 0: return ["PRAGMA user_version=\(mate % 6)"]
        case 1: return ["DROP INDEX \(index)"]
        case 2: return ["CREATE INDEX more ON \(name)(body)"]
        default:
            return [
                "PRAGMA writable_schema=ON",
                "UPDATE sqlite_schema SET rootpage = CASE name "
                    + "WHEN '\(one)' THEN (SELECT rootpage FROM sqlite_schema "
                    + "WHERE name = '\(two)') "
                    + "ELSE (SELECT rootpage FROM sqlite_schema WHERE name = '\(one)') END "
                    + "WHERE name IN ('\(one)', '\(two)')",
            ]
        }
    }
}
