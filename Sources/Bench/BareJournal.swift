import Journal
import Store
import Words

/// The same records as ``Journal`` writes, by bare SQLite calls: what no journal could do without.
///
/// The same tables, settings and prepared statements; every record is padded, sealed and tied to
/// the one before, and rows follow as often, each padded, sealed and marked. No sums, no head, no
/// room put by, and nothing is looked up.
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
    private var laid: Int64 = 0
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
            CREATE TABLE record(number INTEGER PRIMARY KEY, laid INTEGER NOT NULL, \
            body BLOB NOT NULL, roots BLOB NOT NULL, link BLOB NOT NULL) STRICT
            """
        )
        let tables = ["piece", "outbox", "open"]
        for table in tables {
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
            "INSERT INTO record(number, laid, body, roots, link) VALUES(?, ?, ?, ?, ?)"
        )
        let connection = connection
        rows = try tables.map {
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
            for (index, entry) in step.entries.enumerated() {
                number += 1
                // The last record of a step carries what the step does to rows.
                let rows = index == step.entries.count - 1 ? step.rows : []
                let body = sealed(step.payment + entry.bytes + rows, key, 512, &chance)
                link = hiding.mac(link + body).bytes.array
                try record.run([
                    .number(number), .number(0), .bytes(body), .bytes([]), .bytes(link),
                ])
            }
        }
        if number - laid >= 256 { try layDown(steps, &chance) }
        try commit.run()
        if connection.walFrames >= 1_000 { try connection.checkpoint() }
    }

    /// The steps come again and again, so these are all that have changed.
    private func layDown(_ steps: [BenchStep], _ chance: inout any Chance) throws {
        laid = number
        for step in steps {
            let key = Array(step.payment.prefix(16))
            for (table, content) in [step.piece, step.message, step.state].enumerated() {
                let body = sealed(step.payment + content, key, 256, &chance)
                _ = hiding.mac(body)
                try rows[table].run([.bytes(key), .number(number), .bytes(body)])
            }
        }
    }

    /// Padded to the size that the journal pads these contents to.
    private func sealed(
        _ content: [UInt8],
        _ key: [UInt8],
        _ smallest: Int,
        _ chance: inout any Chance
    ) -> [UInt8] {
        var (plain, size) = (content, smallest)
        while size <= content.count { size *= 2 }
        plain.reserveCapacity(size)
        plain.append(0x80)
        plain.append(contentsOf: repeatElement(0, count: size - plain.count))
        return hiding.hide(plain, context: key, chance: &chance)
    }
}

extension BenchStep {
    /// Its rows' keys and contents, one behind the other.
    fileprivate var rows: [UInt8] {
        payment + piece + payment + message + payment + state
    }
}
