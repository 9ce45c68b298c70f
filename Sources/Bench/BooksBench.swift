import Books
import FoundationEssentials
import Ledger
import Store
import Words

/// Measures what booking a charge costs: an entry, its four postings, its stick and its link.
///
/// Beside it stand bare calls of SQLite that put the same rows into tables with the same indexes,
/// each with a MAC over its content and the one before: no account is looked at, no request is
/// looked for, nothing is sealed. Then what a second disk costs: the same books, once more.
enum BooksBench {
    static let charges = 960
    static let runs = 7

    static func run(in folder: String, hiding: any Hiding) throws -> [Comparison] {
        var rows: [Comparison] = []
        for size in [1, 64] {
            rows.append(
                try compare(name(size, disks: 1), target: 1.5, in: folder) { place, isOurs in
                    try isOurs
                        ? books([place], hiding, groups: size)
                        : bare(place, hiding, groups: size)
                }
            )
        }
        for size in [1, 64] {
            rows.append(
                try compare(name(size, disks: 2), target: 2.2, in: folder) { place, isOurs in
                    let second = Disk(folder: place.folder + "/second")
                    try FileManager.default.createDirectory(
                        atPath: second.folder,
                        withIntermediateDirectories: false
                    )
                    return try books(isOurs ? [place, second] : [place], hiding, groups: size)
                }
            )
        }
        return rows
    }

    private static func name(_ size: Int, disks: Int) -> String {
        (disks == 1 ? "books" : "the same on two disks, beside one")
            + (size == 1 ? ", one charge a commit" : ", \(size) a commit")
    }

    private static func compare(
        _ name: String,
        target: Double,
        in folder: String,
        _ work: (Disk, Bool) throws -> Double
    ) throws -> Comparison {
        var (ours, raw): ([Double], [Double]) = ([], [])
        for run in 0..<runs {
            // Whoever comes second finds a warmer disk: so they take turns.
            for isOurs in [run % 2 == 0, run % 2 != 0] {
                let home = folder + "/tally-bench-\(UUID().uuidString)"
                try FileManager.default.createDirectory(
                    atPath: home,
                    withIntermediateDirectories: false
                )
                defer { try? FileManager.default.removeItem(atPath: home) }
                let took = try work(Disk(folder: home), isOurs)
                if isOurs { ours.append(took) } else { raw.append(took) }
            }
        }
        return Comparison(name, target: target, ours: ours, raw: raw)
    }

    /// Nanoseconds for one charge.
    private static func time(_ size: Int, _ commit: (Range<Int>) throws -> Void) rethrows -> Double
    {
        let groups = charges / size
        let start = ContinuousClock.now
        for group in 0..<groups { try commit(group * size..<(group + 1) * size) }
        return (ContinuousClock.now - start) / .nanoseconds(1) / Double(groups * size)
    }

    // MARK: Ours

    private static func books(
        _ places: [Disk],
        _ hiding: any Hiding,
        groups size: Int
    ) throws -> Double {
        guard let asset = Asset(code: "EUR", scale: 2), let name = Text("Bench"),
            let empty = Text(""), let moment = Moment(1_800_000_000), let cash = Amount(1_000_000),
            let cent = Amount(1), let spend = Day(20_900), let settle = Day(20_930)
        else { preconditionFailure("what every office has") }
        let founding = Books.Founding(asset: asset, name: name, office: Key(mark(0)))
        try Books.make(places, founding, at: moment, hiding: hiding)
        let books = try Books.open(places, hiding: hiding)
        func draft(_ number: Int, _ content: Books.Content) -> Books.Draft {
            Books.Draft(
                request: Hash(mark(number)),
                moment: moment,
                memo: empty,
                content: content
            )
        }
        let ada = Account.firstHolder
        _ = try books.write([
            draft(1, .opening(.person, name)), draft(2, .cash(Act(.deposit, ada, cash))),
        ])
        let paper = [UInt8](repeating: 7, count: paperBytes)
        let took = try time(size) { numbers in
            let drafts = numbers.map { number in
                let stick = Books.Stick(
                    id: Hash(mark(number + 1_000_000)),
                    owner: Key(mark(1)),
                    units: cent,
                    spendUntil: spend,
                    settleUntil: settle,
                    paper: paper
                )
                return draft(number + 10, .charge(Act(.charge, ada, cent), stick))
            }
            let outcomes = try books.write(drafts)
            for outcome in outcomes {
                guard case .booked = outcome else { preconditionFailure("a charge is booked") }
            }
        }
        try books.close()
        return took
    }

    private static let paperBytes = 220

    private static func mark(_ number: Int) -> Bytes32 {
        Bytes32(words: (UInt64(number) &* 0x9E37_79B9_7F4A_7C15, UInt64(number), 2, 3))
    }

    // MARK: Bare

    private static func bare(
        _ place: Disk,
        _ hiding: any Hiding,
        groups size: Int
    ) throws -> Double {
        let connection = try Connection(place, "books.db")
        for setting in [
            "locking_mode=EXCLUSIVE", "page_size=4096", "journal_mode=WAL", "synchronous=2",
            "temp_store=2", "mmap_size=0", "cache_spill=0", "cell_size_check=1",
            "trusted_schema=0",
        ] { try connection.run("PRAGMA " + setting) }
        for table in [
            """
            entry(number INTEGER PRIMARY KEY, moment INTEGER NOT NULL, act INTEGER NOT NULL, \
            request BLOB NOT NULL UNIQUE, memo TEXT NOT NULL, link BLOB NOT NULL)
            """,
            """
            posting(entry INTEGER NOT NULL, place INTEGER NOT NULL, account INTEGER NOT NULL, \
            amount INTEGER NOT NULL, PRIMARY KEY(entry, place))
            """,
            """
            stick(id BLOB PRIMARY KEY, entry INTEGER NOT NULL UNIQUE, owner BLOB NOT NULL, \
            units INTEGER NOT NULL, spend_until INTEGER NOT NULL, settle_until INTEGER NOT NULL, \
            paper BLOB NOT NULL)
            """,
        ] { try connection.run("CREATE TABLE \(table) STRICT") }
        try connection.run("CREATE INDEX entry_act ON entry(act)")
        try connection.run("CREATE INDEX posting_account ON posting(account, entry)")
        let (begin, commit) = (
            try Statement(connection, "BEGIN IMMEDIATE"), try Statement(connection, "COMMIT")
        )
        let entry = try Statement(connection, "INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?)")
        let posting = try Statement(connection, "INSERT INTO posting VALUES(?, ?, ?, ?)")
        let stick = try Statement(connection, "INSERT INTO stick VALUES(?, ?, ?, ?, ?, ?, ?)")
        let paper = [UInt8](repeating: 7, count: paperBytes)
        var link = [UInt8](repeating: 0, count: 32)
        return try time(size) { numbers in
            if connection.walFrames >= 1_000 { try connection.checkpoint() }
            try begin.run()
            for number in numbers {
                let (row, request) = (Value.number(Int64(number)), mark(number).array)
                let id = mark(number + 1_000_000).array
                link = hiding.mac(link + request + id + paper).bytes.array
                try entry.run([
                    row, .number(1_800_000_000), .number(4), .bytes(request), .text(""),
                    .bytes(link),
                ])
                for (place, account) in [2, 8, 9, 16].enumerated() {
                    try posting.run([
                        row, .number(Int64(place)), .number(Int64(account)), .number(1),
                    ])
                }
                try stick.run([
                    .bytes(id), row, .bytes(request), .number(1), .number(20_900),
                    .number(20_930), .bytes(paper),
                ])
            }
            try commit.run()
        }
    }
}
