import Store
package import Words

extension Journal {
    /// The row of this key among the outcomes or the recorded answers; nil when there is none,
    /// which is as sure as the row itself would be.
    package func find(_ table: Table, _ key: [UInt8]) throws(JournalError) -> [UInt8]? {
        precondition(!table.isLive, "live rows are handed out when the journal opens")
        return try running { engine throws(JournalError) in
            try checkArchive(engine)
            let blind = cover.blind(key, in: table)
            let found = try asking { () throws(StoreError) in
                try engine.statements.find(blind, table)
            }
            guard let found else { return nil }
            guard let row = cover.openRow(found.body, found.place), row.key == key else {
                throw .damaged(.row(table))
            }
            guard table == .finished else { return row.bytes }
            guard let content = FinishedContent.read(row.bytes) else {
                throw .damaged(.row(table))
            }
            return content.bytes
        }
    }

    /// All records of one payment, in order.
    package func records(of payment: [UInt8]) throws(JournalError) -> [Record] {
        try running { engine throws(JournalError) in
            let blind = cover.blind(payment, in: .open)
            let raw = try asking { () throws(StoreError) in
                try Shelves(connection: engine.connection).records(
                    "WHERE r.payment = ? ORDER BY r.number",
                    [.bytes(blind)]
                )
            }
            var records: [Record] = []
            for one in raw { records.append(try checked(one, cover)) }
            let expected = try expectedRecords(payment, engine)
            guard expected == nil || expected == UInt64(records.count), isAscending(records)
            else { throw .damaged(.recordsMissing) }
            return records
        }
    }

    /// How many records an open or finished payment has; nobody counts those of others.
    private func expectedRecords(
        _ payment: [UInt8],
        _ engine: Engine
    ) throws(JournalError) -> UInt64? {
        if let open = state.open[payment] { return open.records }
        try checkArchive(engine)
        let found = try asking { () throws(StoreError) in
            try engine.statements.find(cover.blind(payment, in: .finished), .finished)
        }
        guard let found else { return nil }
        guard let row = cover.openRow(found.body, found.place),
            let content = FinishedContent.read(row.bytes)
        else { throw .damaged(.row(.finished)) }
        return content.records
    }

    /// Finished payments, the newest first: at most `limit` that were finished before record
    /// `number`.
    package func history(
        before number: UInt64 = .max,
        limit: Int
    ) throws(JournalError) -> [Outcome] {
        try running { engine throws(JournalError) in
            try checkArchive(engine)
            let raw = try asking { () throws(StoreError) in
                try Shelves(connection: engine.connection).finished(
                    before: Int64(clamping: number),
                    limit: limit
                )
            }
            var outcomes: [Outcome] = []
            for one in raw {
                guard let row = cover.openRow(one.body, one.place),
                    let content = FinishedContent.read(row.bytes)
                else { throw .damaged(.row(.finished)) }
                outcomes.append(
                    Outcome(
                        payment: row.key,
                        bytes: content.bytes,
                        number: one.place.written
                    )
                )
            }
            return outcomes
        }
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
        try checkLog(engine)
    }

    private func checkLog(_ engine: Engine) throws(JournalError) {
        var expected: UInt64 = 0
        var fault: JournalError?
        try asking { () throws(StoreError) in
            try Shelves(connection: engine.connection).everyRecord { raw in
                guard fault == nil else { return }
                do throws(JournalError) {
                    _ = try checked(raw, cover)
                    if raw.number != expected { fault = .damaged(.link(raw.number)) }
                    expected += 1
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
