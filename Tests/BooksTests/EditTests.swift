import Books
import Disks
import Ledger
import Store
import Testing
import Words

/// Whatever one row is made to say, an audit finds it and says where.
@Suite struct EditTests {
    /// A column of a table, and whether it says to which entry the row belongs.
    struct Column: Sendable, CustomTestStringConvertible {
        let table: String
        let name: String
        let changed: String
        var testDescription: String { "\(table).\(name)" }
        var place: String {
            switch table {
            case "entry": "number"
            case "sealed": "seal"
            default: "entry"
            }
        }
    }

    private static func columns(_ table: String, _ names: [String], _ changed: String) -> [Column] {
        names.map { Column(table: table, name: $0, changed: changed.replacing("?", with: $0)) }
    }

    private static let blob =
        "CASE WHEN length(?)=0 THEN x'00' ELSE "
        + "CAST(substr(?, 1, length(?)-1) || x'5a' AS BLOB) END"

    static let all =
        columns("entry", ["number", "moment", "act"], "?+1")
        + columns("entry", ["request", "link"], blob) + columns("entry", ["memo"], "?||'x'")
        + columns("posting", ["entry", "place", "account", "amount"], "?+1")
        + columns("posting", ["amount"], "-?") + columns("posting", ["account"], "?+1000")
        + columns("founding", ["entry", "scale", "every"], "?+1")
        + columns("founding", ["asset", "name"], "?||'x'") + columns("founding", ["office"], blob)
        + columns("account", ["number", "entry"], "?+1000") + columns("account", ["kind"], "3-?")
        + columns("account", ["name"], "?||'x'")
        + columns("stick", ["entry", "units", "spend_until", "settle_until"], "?+1")
        + columns("stick", ["id", "owner", "paper"], blob)
        + columns("word", ["entry", "place"], "?+1") + columns("word", ["about", "bytes"], blob)
        + columns("seal", ["entry"], "?+1") + columns("seal", ["mac"], blob)
        + columns("sealed", ["account", "seal", "balance"], "?+1")

    /// Does it as somebody does who has SQLite: without the triggers, which are there afterwards.
    private func plant(_ image: Image, _ statement: String) throws -> FaultyDisk? {
        let disk = FaultyDisk(image, seed: 1)
        let connection = try Desk.foreign(disk)
        var triggers: [(String, String)] = []
        let query = "SELECT name, sql FROM sqlite_schema WHERE type='trigger'"
        try Statement(connection, query).rows { triggers.append(($0.text(0), $0.text(1))) }
        for (name, _) in triggers { try connection.run("DROP TRIGGER \(name)") }
        // Where another row has that key, no single edit can do this.
        guard try isTaken(statement, connection) else { return nil }
        for (_, text) in triggers { try connection.run(text) }
        return disk
    }

    private func isTaken(_ statement: String, _ connection: Connection) throws -> Bool {
        do {
            try connection.run(statement)
            return true
        } catch {
            guard error.code & 0xFF == 19 else { throw error }
            return false
        }
    }

    /// What opening or, where that sees nothing, the audit says.
    private func finding(_ disks: [FaultyDisk]) -> BooksError? {
        do {
            let books = try Desk.open(disks)
            _ = try books.audit()
            return nil
        } catch {
            return error
        }
    }

    private func places(_ image: Image, _ column: Column) throws -> [(row: Int64, place: UInt64)] {
        let disk = FaultyDisk(image, seed: 1)
        let connection = try Desk.foreign(disk)
        var found: [(Int64, UInt64)] = []
        let query = "SELECT rowid, \(column.place) FROM \(column.table)"
        try Statement(connection, query).rows { found.append(($0.number(0), UInt64($0.number(1)))) }
        return found
    }

    private func check(_ found: BooksError?, at place: UInt64, of table: String, exactly: Bool) {
        switch found {
        case .damaged(.first, .entry(let number)), .damaged(.first, .postings(let number, _)),
            .damaged(.first, .seal(let number)):
            // Opening looks at the newest balances first, so it may meet their seal.
            #expect(exactly ? number >= place : true, "\(table): row of \(place): \(number)")
        case .damaged(.first, .stray(let named, let entry)):
            // Without its entry the rest of it belongs to nothing.
            #expect(named == table || table == "entry" && entry == Int64(place))
        case .cut(let last, _): #expect(table == "entry" && last + 1 == place)
        case .otherKey(.first): #expect(place == 0)
        case let other: Issue.record("\(table): row of \(place): \(String(describing: other))")
        }
    }

    @Test(arguments: all)
    func `an edit of any column of any row is found`(_ column: Column) throws {
        let disk = FaultyDisk(seed: 1)
        _ = try BooksTests.lived([disk], groups: 24)
        let image = disk.image()
        var edits = 0
        for (row, place) in try places(image, column) {
            let edit =
                "UPDATE \(column.table) SET \(column.name)=\(column.changed) WHERE rowid=\(row)"
            guard let edited = try plant(image, edit) else { continue }
            edits += 1
            let found = finding([edited])
            check(found, at: place, of: column.table, exactly: column.name != column.place)
        }
        #expect(edits > 0)
    }

    @Test(arguments: ["entry", "posting", "founding", "account", "stick", "word", "seal", "sealed"])
    func `a row that is taken out is missed, and one that is put in is seen`(_ table: String) throws
    {
        let disk = FaultyDisk(seed: 1)
        _ = try BooksTests.lived([disk], groups: 24)
        let image = disk.image()
        let column = try #require(Self.all.first { $0.table == table })
        for (row, place) in try places(image, column) {
            let edited = try plant(image, "DELETE FROM \(table) WHERE rowid=\(row)")
            let found = finding([try #require(edited)])
            check(found, at: place, of: table, exactly: false)
        }
        let more = [
            "entry": "99, 1, 2, x'01', '', x'02'", "posting": "99, 0, 16, 5",
            "founding": "5, 'EUR', 2, 'Town', x'01', 4", "account": "4000, 99, 1, 'Eve'",
            "stick": "x'01', 99, x'02', 1, 2, 3, x'04'", "seal": "3, x'01'",
            "word": "99, zeroblob(32), 1, x'01'",
            "sealed": "16, 1, 100000",
        ]
        let values = try #require(more[table])
        let edited = try #require(try plant(image, "INSERT INTO \(table) VALUES(\(values))"))
        #expect(finding([edited]) != nil)
    }

    @Test func `an audit of a row long sealed names its entry, and the copy that is right stays`()
        throws
    {
        let disks = [FaultyDisk(seed: 1), FaultyDisk(seed: 2)]
        _ = try BooksTests.lived(disks, groups: 20)
        let first = "(SELECT min(entry) FROM posting)"
        let connection = try Desk.foreign(FaultyDisk(disks[1].image(), seed: 3))
        let entry = try #require(try connection.number("SELECT " + first))
        let edit = "UPDATE posting SET amount=amount*10 WHERE entry=" + first
        let edited = try #require(try plant(disks[1].image(), edit))
        // Opening goes from the last seal, and sees nothing of it.
        let books = try Desk.open([disks[0], edited])
        #expect(throws: BooksError.damaged(.second, .entry(UInt64(entry)))) { try books.audit() }
    }

    @Test func `what keeps rows from being changed cannot be left out`() throws {
        let disk = FaultyDisk(seed: 1)
        _ = try BooksTests.lived([disk])
        let connection = try Desk.foreign(disk)
        try connection.run("DROP TRIGGER seal_stays")
        let after = FaultyDisk(disk.image(), seed: 2)
        #expect(throws: BooksError.damaged(.first, .schema)) { try Desk.open([after]) }
    }
}
