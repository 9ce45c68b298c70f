import Store
import Words

extension Journal {
    /// Whether this group is to lay down the rows that wait: when enough records have changed
    /// them, and there is room for it beside what payments have put by.
    ///
    /// It can always wait longer: what was not laid down is read from the log again.
    func isTimeToLay(_ steps: [Step], _ engine: Engine) throws(JournalError) -> Bool {
        let records = steps.reduce(0) { $0 + UInt64($1.entries.count) }
        let due = max(state.laid, triedToLay) + settings.recordsPerLaying
        guard state.number + records >= due else { return false }
        var (needed, rows, bytes) = (state.toCome, state.waiting.count, state.waiting.byteCount)
        for step in steps {
            needed.add(Space.Need(steps: 1, bytes: step.byteCount))
            rows += step.changes.count + 2
            bytes += step.byteCount
        }
        let pages = try asking { () throws(StoreError) in
            Int(try engine.connection.number("PRAGMA page_count") ?? .max)
        }
        let laying = space.costOfLaying(rows: rows, bytes: bytes, pages: pages)
        // Where there is no room it is not asked for at every step.
        triedToLay = state.number
        return try makeRoom(for: space.cost(needed) + laying, andMore: 0, engine)
    }

    /// Writes all rows that wait into their tables, in the order in which they lie there.
    func layDown(_ engine: Engine) throws(StoreError) {
        let waiting = state.waiting
        state.waiting = Waiting()
        for table in Table.allCases {
            var rows: [(blind: [UInt8], key: [UInt8], row: Waiting.Row)] = []
            for (rowKey, row) in waiting.rows(of: table) {
                let key = rowKey.bytes
                let known = table.isLive ? state.rows[table, key]?.blind : nil
                rows.append((known ?? cover.blind(key, in: table), key, row))
            }
            rows.sort { $0.blind.lexicographicallyPrecedes($1.blind) }
            for (blind, key, row) in rows { try lay(table, blind, key, row, engine) }
        }
    }

    private func lay(
        _ table: Table,
        _ blind: [UInt8],
        _ key: [UInt8],
        _ row: Waiting.Row,
        _ engine: Engine
    ) throws(StoreError) {
        guard let bytes = row.bytes else { return try take(table, blind, key, engine) }
        let content = Row(key: key, bytes: bytes)
        guard table.isLive else {
            return try archive(content, table, blind, row.written, engine)
        }
        let raw = state.lay(content, in: table, row.written, cover, &chance)
        try engine.statements.put(raw.place, raw.body)
    }

    /// Writes a row of the archive, whose predecessor only the disk knows: most have none.
    private func archive(
        _ row: Row,
        _ table: Table,
        _ blind: [UInt8],
        _ written: UInt64,
        _ engine: Engine
    ) throws(StoreError) {
        let place = RowPlace(table: table, blind: blind, written: written)
        let (body, mark) = cover.sealRow(row.key, row.bytes, place, &chance)
        if try !engine.statements.add(place, body) {
            try forget(blind, table, engine)
            try engine.statements.put(place, body)
        }
        state.roots.add(mark, table)
    }

    private func take(
        _ table: Table,
        _ blind: [UInt8],
        _ key: [UInt8],
        _ engine: Engine
    ) throws(StoreError) {
        if table.isLive {
            state.drop(key, from: table)
        } else {
            try forget(blind, table, engine)
        }
        try engine.statements.remove(blind, table)
    }

    /// Takes the archive's row that is there now, if there is one, out of the sums.
    private func forget(
        _ blind: [UInt8],
        _ table: Table,
        _ engine: Engine
    ) throws(StoreError) {
        guard let old = try engine.statements.find(blind, table) else { return }
        state.roots.subtract(cover.mark(old.place, old.body), table)
    }
}
