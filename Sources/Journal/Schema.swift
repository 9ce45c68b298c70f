import Store
import Words

/// The tables, and how a database of an earlier version becomes one of this version.
///
/// All SQL that makes tables stands here.
enum Schema {
    /// The oldest version that is read.
    ///
    /// Those before it were never released.
    static let oldest = 3
    /// The oldest version's statements; each later one is the one before it and these.
    static let steps: [[String]] = [
        [
            """
            CREATE TABLE record(number INTEGER PRIMARY KEY, laid INTEGER NOT NULL, \
            body BLOB NOT NULL, roots BLOB NOT NULL, link BLOB NOT NULL) STRICT
            """,
            rows(.register), rows(.piece), rows(.outbox), rows(.open), rows(.finished),
        ],
        [
            rows(.replay),
            "CREATE INDEX finished_written ON finished(written)",
        ],
    ]

    static let version = oldest + steps.count - 1

    private static func rows(_ table: Table) -> String {
        """
        CREATE TABLE \(table.name)(key BLOB PRIMARY KEY, written INTEGER NOT NULL, \
        body BLOB NOT NULL) STRICT, WITHOUT ROWID
        """
    }

    /// The statements that lead from one version to another; 0 is an empty database.
    private static func statements(from old: Int, to new: Int) -> [String] {
        let (first, end) = (old == 0 ? 0 : old - oldest + 1, new - oldest + 1)
        return Array(steps[first..<end].joined())
    }

    /// What the database says it is; 0 for an empty one.
    static func version(of connection: Connection) throws(StoreError) -> Int {
        Int(try connection.number("PRAGMA user_version") ?? 0)
    }

    /// Whether the tables are exactly those of `version`: what SQLite keeps of a schema is the
    /// text that made it.
    static func fits(_ version: Int, _ connection: Connection) throws(StoreError) -> Bool {
        let text = try Statement(connection, "SELECT sql FROM sqlite_schema ORDER BY rowid")
        var found: [String] = []
        try text.rows { found.append($0.text(0)) }
        return found == (version == 0 ? [] : statements(from: 0, to: version))
    }

    /// Brings the tables from one version to another, within a transaction of the caller's.
    static func change(
        _ connection: Connection,
        from old: Int,
        to new: Int
    ) throws(StoreError) {
        for statement in statements(from: old, to: new) { try connection.run(statement) }
        try connection.run("PRAGMA user_version=\(new)")
    }
}
