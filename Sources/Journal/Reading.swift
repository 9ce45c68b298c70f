import Store
package import Words

extension Journal {
    /// The row of this key among the outcomes or the recorded answers; nil when there is none,
    /// which is as sure as the row itself would be.
    package func find(_ table: Table, _ key: [UInt8]) throws(JournalError) -> [UInt8]? {
        precondition(!table.isLive, "live rows are handed out when the journal opens")
        return try running { engine throws(JournalError) in
            try checkArchive(engine)
            if let waits = state.waiting[table, key] { return waits.bytes }
            let blind = cover.blind(key, in: table)
            let found = try asking { () throws(StoreError) in
                try engine.statements.find(blind, table)
            }
            guard let found else { return nil }
            guard let row = cover.openRow(found.body, found.place), row.key == key else {
                throw .damaged(.row(table))
            }
            return row.bytes
        }
    }

    /// Finished payments, the newest first: at most `limit` that were finished before record
    /// `number`.
    package func history(
        before number: UInt64 = .max,
        limit: Int
    ) throws(JournalError) -> [Outcome] {
        try running { engine throws(JournalError) in
            try checkArchive(engine)
            let waiting = state.waiting.rows(of: .finished)
            // What waits is newer than all that was laid down.
            var outcomes = waiting.compactMap { key, row in
                row.bytes.map { Outcome(payment: key.bytes, bytes: $0, number: row.written) }
            }.filter { $0.number < number }.sorted { $0.number > $1.number }
            guard outcomes.count < limit else { return Array(outcomes.prefix(limit)) }
            let raw = try asking { () throws(StoreError) in
                try Shelves(connection: engine.connection).finished(
                    before: Int64(clamping: number),
                    limit: limit + waiting.count
                )
            }
            for one in raw {
                guard let row = cover.openRow(one.body, one.place) else {
                    throw .damaged(.row(.finished))
                }
                guard waiting[RowKey(row.key)] == nil else { continue }
                outcomes.append(
                    Outcome(payment: row.key, bytes: row.bytes, number: one.place.written)
                )
            }
            return Array(outcomes.prefix(limit))
        }
    }

    /// Hands over all records, the oldest first, each checked and tied to the one before.
    package func readLog(_ body: (Record) -> Void) throws(JournalError) {
        try running { engine throws(JournalError) in try readLog(engine, body) }
    }

    /// Checks everything there is: SQLite's file, every record and its link, every row.
    package func audit() throws(JournalError) {
        try running { engine throws(JournalError) in try audit(engine) }
    }

    func audit(_ engine: Engine) throws(JournalError) {
        let verdict = try asking { () throws(StoreError) in
            try engine.connection.text("PRAGMA integrity_check")
        }
        guard verdict == "ok" else { throw .damaged(.file(code: 11)) }
        archiveIsChecked = false
        try checkArchive(engine)
        try checkLive(engine)
        try readLog(engine) { _ in }
    }

    private func readLog(
        _ engine: Engine,
        _ body: (Record) -> Void
    ) throws(JournalError) {
        var (expected, laid): (UInt64, UInt64) = (0, 0)
        var fault: JournalError?
        try asking { () throws(StoreError) in
            try Shelves(connection: engine.connection).everyRecord { raw in
                guard fault == nil else { return }
                do throws(JournalError) {
                    let said = try checked(raw, cover)
                    if raw.laid == raw.number { laid = raw.laid }
                    if raw.number != expected || raw.laid != laid {
                        fault = .damaged(.link(raw.number))
                    }
                    expected += 1
                    body(
                        Record(
                            number: raw.number,
                            kind: said.kind,
                            payment: said.payment,
                            bytes: said.bytes
                        )
                    )
                } catch {
                    fault = error
                }
            }
        }
        if let fault { throw fault }
        guard expected == state.number + 1 else { throw .damaged(.recordsMissing) }
    }

    private func checkLive(_ engine: Engine) throws(JournalError) {
        guard try walk(Table.live, engine)?.sum == state.roots.live else {
            throw .damaged(.rows(live: true))
        }
    }

    /// Compares the rows that are not all read at opening with the sum over them: once in the
    /// life of a journal, because nobody else writes to it.
    private func checkArchive(_ engine: Engine) throws(JournalError) {
        guard !archiveIsChecked else { return }
        guard let found = try walk(Table.archive, engine), found.sum == state.roots.archive,
            try historyNames(found.finished, engine)
        else { throw .damaged(.rows(live: false)) }
        archiveIsChecked = true
    }

    /// All rows of some tables: the sum of their marks, and which payments are finished.
    ///
    /// nil when they are not in order, so that one that is there might not be found.
    private func walk(
        _ tables: [Table],
        _ engine: Engine
    ) throws(JournalError) -> (sum: Sum, finished: Set<Shelves.Turn>)? {
        var (sum, inOrder) = (Sum(), true)
        var finished: Set<Shelves.Turn> = []
        try asking { () throws(StoreError) in
            for table in tables {
                var before: [UInt8]?
                try Shelves(connection: engine.connection).everyRow(table) { raw in
                    sum.add(cover.mark(raw.place, raw.body))
                    let blind = raw.place.blind
                    if let before, !before.lexicographicallyPrecedes(blind) { inOrder = false }
                    before = blind
                    guard table == .finished else { return }
                    finished.insert(
                        Shelves.Turn(
                            written: Int64(bitPattern: raw.place.written),
                            blind: blind
                        )
                    )
                }
            }
        }
        return inOrder ? (sum, finished) : nil
    }

    /// Whether the index by which history is read names exactly these, each once, in order.
    private func historyNames(
        _ finished: Set<Shelves.Turn>,
        _ engine: Engine
    ) throws(JournalError) -> Bool {
        try asking { () throws(StoreError) in
            // What was seen is taken out: one that is named twice hides another.
            var (unseen, isWhole) = (finished, true)
            var before = Int64.min
            try Shelves(connection: engine.connection).everyTurn { turn in
                if unseen.remove(turn) == nil || before > turn.written { isWhole = false }
                before = turn.written
            }
            return isWhole && unseen.isEmpty
        }
    }
}
