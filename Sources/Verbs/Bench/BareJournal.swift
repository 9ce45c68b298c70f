import Journal
import Store
import Words

/// The same rows as ``Journal`` writes, by bare SQLite calls: what no journal could do without.
///
/// The same tables, settings and prepared statements; every body is padded, sealed and marked,
/// every record tied to the one before. No sums, no head, no room put by.
func timeBare(
    _ place: Disk,
    _ hiding: any Hiding,
    _ chance: any Chance,
    groupSize: Int,
    steps: Int
) throws -> Double {
    var chance = chance
    let bare = try Bare(place, hiding)
    let samples = (0..<groupSize).map { BenchStep($0, &chance) }
    try bare.write(samples, &chance)
    let start = ContinuousClock.now
    for _ in 0..<steps / groupSize { try bare.write(samples, &chance) }
    let took = ContinuousClock.now - start
    return took / .nanoseconds(1) / Double(steps / groupSize * groupSize)
}

private final class Bare {
    private let hiding: any Hiding
    private let connection: Connection
    private let begin: Statement
    private let commit: Statement
    private let record: Statement
    private let rows: [Statement]
    private var number: Int64 = 0
    private var link = [UInt8](repeating: 0, count: 32)

    init(_ place: Disk, _ hiding: any Hiding) throws {
        self.hiding = hiding
        connection = try Connection(place, "journal.db")
        for setting in [
            "locking_mode=EXCLUSIVE", "page_size=4096", "journal_mode=WAL", "synchronous=2",
            "temp_store=2", "mmap_size=0", "secure_delete=FAST", "cache_spill=0",
            "cell_size_check=1", "trusted_schema=0",
        ] { try connection.run("PRAGMA " + setting) }
        try connection.run(
            """
            CREATE TABLE record(number INTEGER PRIMARY KEY, payment BLOB, body BLOB NOT NULL, \
            roots BLOB NOT NULL, link BLOB NOT NULL) STRICT
            """
        )
        try connection.run(
            "CREATE INDEX record_payment ON record(payment) WHERE payment IS NOT NULL"
        )
        for table in ["piece", "outbox", "open"] {
            try connection.run(
                """
                CREATE TABLE \(table)(key BLOB PRIMARY KEY, written INTEGER NOT NULL, \
                body BLOB NOT NULL) STRICT, WITHOUT ROWID
                """
            )
        }
        begin = try Statement(connection, "BEGIN IMMEDIATE")
        commit = try Statement(connection, "COMMIT")
        record = try Statement(
            connection,
            "INSERT INTO record(number, payment, body, roots, link) VALUES(?, ?, ?, ?, ?)"
        )
        let connection = connection
        rows = try ["piece", "outbox", "open"].map {
            try Statement(
                connection,
                "INSERT OR REPLACE INTO \($0)(key, written, body) VALUES(?, ?, ?)"
            )
        }
    }

    func write(_ steps: [BenchStep], _ chance: inout any Chance) throws {
        try begin.run()
        for step in steps {
            let key = Array(step.payment.prefix(16))
            for (table, content) in [step.piece, step.message, step.state].enumerated() {
                let body = sealed(content, key, &chance)
                _ = hiding.mac(body)
                try rows[table].run([.bytes(key), .number(number), .bytes(body)])
            }
            for (index, entry) in step.entries.enumerated() {
                number += 1
                let body = sealed(entry.bytes, key, &chance)
                link = hiding.mac(link + body).bytes.array
                let roots = [UInt8](repeating: 1, count: index == 2 ? 64 : 0)
                try record.run([
                    .number(number), .bytes(key), .bytes(body), .bytes(roots), .bytes(link),
                ])
            }
        }
        try commit.run()
        if connection.walFrames >= 1_000 { try connection.checkpoint() }
    }

    /// Padded to the size that the journal pads these contents to.
    private func sealed(
        _ content: [UInt8],
        _ key: [UInt8],
        _ chance: inout any Chance
    ) -> [UInt8] {
        var plain = content
        plain.append(0x80)
        plain.append(contentsOf: repeatElement(0, count: 256 - plain.count))
        return hiding.hide(plain, context: key, chance: &chance)
    }
}
