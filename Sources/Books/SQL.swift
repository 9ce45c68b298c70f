/// All SQL of the office stands here.
///
/// It keeps to what PostgreSQL has too, but for `STRICT` and the body of a trigger.
enum SQL {
    static let version = 2

    static let tables = [
        (
            "entry",
            "number INTEGER PRIMARY KEY, moment INTEGER NOT NULL, act INTEGER NOT NULL, "
                + "request BLOB NOT NULL UNIQUE, memo TEXT NOT NULL, link BLOB NOT NULL"
        ),
        (
            "posting",
            "entry INTEGER NOT NULL, place INTEGER NOT NULL, account INTEGER NOT NULL, "
                + "amount INTEGER NOT NULL, PRIMARY KEY(entry, place)"
        ),
        (
            "founding",
            "entry INTEGER PRIMARY KEY, asset TEXT NOT NULL, scale INTEGER NOT NULL, "
                + "name TEXT NOT NULL, office BLOB NOT NULL, every INTEGER NOT NULL"
        ),
        (
            "account",
            "number INTEGER PRIMARY KEY, entry INTEGER NOT NULL UNIQUE, "
                + "kind INTEGER NOT NULL, name TEXT NOT NULL UNIQUE"
        ),
        (
            "stick",
            "id BLOB PRIMARY KEY, entry INTEGER NOT NULL UNIQUE, owner BLOB NOT NULL, "
                + "units INTEGER NOT NULL, spend_until INTEGER NOT NULL, "
                + "settle_until INTEGER NOT NULL, paper BLOB NOT NULL"
        ),
        (
            "word",
            "entry INTEGER PRIMARY KEY, about BLOB NOT NULL, place INTEGER NOT NULL, "
                + "bytes BLOB NOT NULL"
        ),
        ("seal", "entry INTEGER PRIMARY KEY, mac BLOB NOT NULL"),
        (
            "sealed",
            "account INTEGER NOT NULL, seal INTEGER NOT NULL, balance INTEGER NOT NULL, "
                + "PRIMARY KEY(account, seal)"
        ),
    ]

    static let schema: [String] =
        tables.flatMap { name, columns in
            [
                "CREATE TABLE \(name)(\(columns)) STRICT",
                trigger(name, "stays", "UPDATE"), trigger(name, "is_kept", "DELETE"),
            ]
        } + [
            "CREATE INDEX entry_act ON entry(act)",
            "CREATE INDEX word_about ON word(about, place)",
            "CREATE INDEX posting_account ON posting(account, entry)",
            "CREATE INDEX sealed_seal ON sealed(seal)",
        ]

    private static func trigger(_ table: String, _ suffix: String, _ what: String) -> String {
        "CREATE TRIGGER \(table)_\(suffix) BEFORE \(what) ON \(table) "
            + "BEGIN SELECT RAISE(ABORT, 'the books are never changed'); END"
    }

    /// What SQLite keeps of the schema is the text that made it.
    static let readSchema = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"

    static let insert = [
        "INSERT INTO entry(number, moment, act, request, memo, link) VALUES(?, ?, ?, ?, ?, ?)",
        "INSERT INTO posting(entry, place, account, amount) VALUES(?, ?, ?, ?)",
        "INSERT INTO founding(entry, asset, scale, name, office, every) VALUES(?, ?, ?, ?, ?, ?)",
        "INSERT INTO account(number, entry, kind, name) VALUES(?, ?, ?, ?)",
        "INSERT INTO stick(id, entry, owner, units, spend_until, settle_until, paper) "
            + "VALUES(?, ?, ?, ?, ?, ?, ?)",
        "INSERT INTO seal(entry, mac) VALUES(?, ?)",
        "INSERT INTO sealed(account, seal, balance) VALUES(?, ?, ?)",
        "INSERT INTO word(entry, about, place, bytes) VALUES(?, ?, ?, ?)",
    ]

    static let entries =
        "SELECT number, moment, act, request, memo, link FROM entry "
        + "WHERE number BETWEEN ? AND ? ORDER BY number"
    static let postings =
        "SELECT entry, place, account, amount FROM posting "
        + "WHERE entry BETWEEN ? AND ? ORDER BY entry, place"
    static let foundings =
        "SELECT entry, asset, scale, name, office, every FROM founding "
        + "WHERE entry BETWEEN ? AND ? ORDER BY entry"
    static let accounts =
        "SELECT entry, number, kind, name FROM account WHERE entry BETWEEN ? AND ? ORDER BY entry"
    static let sticks =
        "SELECT entry, id, owner, units, spend_until, settle_until, paper FROM stick "
        + "WHERE entry BETWEEN ? AND ? ORDER BY entry"
    static let words =
        "SELECT entry, about, place, bytes FROM word WHERE entry BETWEEN ? AND ? ORDER BY entry"
    static let seals = "SELECT entry, mac FROM seal WHERE entry BETWEEN ? AND ? ORDER BY entry"
    static let sealed =
        "SELECT seal, account, balance FROM sealed WHERE seal BETWEEN ? AND ? "
        + "ORDER BY seal, account"

    static let last = "SELECT max(number) FROM entry"
    /// An entry before the first: the walk begins at 0, and would not come by it.
    static let early = "SELECT min(number) FROM entry WHERE number < 0"
    static let lastSeal = "SELECT max(entry) FROM seal"
    static let linkOf = "SELECT link FROM entry WHERE number = ?"
    static let ofRequest = "SELECT number FROM entry WHERE request = ?"
    static let ofStick = "SELECT entry FROM stick WHERE id = ?"
    static let ofAct =
        "SELECT number FROM entry WHERE act = ? AND number > ? ORDER BY number LIMIT ?"
    static let firstStick = "SELECT min(entry) FROM stick WHERE settle_until > ?"
    /// The entry whose word is about something, at this place or the next after it.
    static let about =
        "SELECT entry FROM word WHERE about = ? AND place >= ? ORDER BY place LIMIT 1"
    static let farthest =
        "SELECT entry FROM word WHERE about = ? ORDER BY place DESC LIMIT 1"
    /// Of each account the newest balance that was sealed.
    static let balances =
        "SELECT account, balance FROM sealed s WHERE seal = "
        + "(SELECT max(seal) FROM sealed WHERE account = s.account AND seal <= ?) "
        + "AND seal <= ? ORDER BY account"
    /// Where an account was posted to, the newest first.
    static let of =
        "SELECT entry FROM posting WHERE account = ? AND entry < ? ORDER BY entry DESC LIMIT ?"

    /// Rows that belong to no entry; the key of a row is what says where it belongs.
    static let strays: [(table: String, query: String)] =
        tables.map(\.0).filter { $0 != "entry" }.map { table in
            let column = table == "sealed" ? "seal" : "entry"
            return (
                table,
                "SELECT \(column) FROM \(table) WHERE \(column) NOT IN (SELECT number FROM entry) "
                    + "ORDER BY \(column) LIMIT 1"
            )
        }
    static let check = "PRAGMA integrity_check(1)"
}
