import Store
package import Words

extension Journal {
    /// Writes the steps as one group: all of them, or none.
    ///
    /// When it returns they are durable.
    ///
    /// Steps of several payments that are ready together are handed in together, and share one
    /// sync. Says the number of the last record.
    @discardableResult
    package func write(_ steps: [Step]) throws(JournalError) -> UInt64 {
        try running { engine throws(JournalError) in
            if let finding { throw .inert(finding) }
            try makeRoom(for: steps, engine)
            try commit(steps, engine)
            return state.number
        }
    }

    /// Goes on from what an inert journal holds, leaving behind what its head knew.
    ///
    /// The steps say so in the caller's own words, in the same group. Until this has returned,
    /// every opening finds the journal inert again.
    ///
    /// It audits first, and writes nothing to a damaged journal: a log that lost frames which
    /// had been copied back leaves pages of now among pages of then, and opening, which reads
    /// few of them, sees an older state.
    package func begin(anew steps: [Step]) throws(JournalError) {
        try running { engine throws(JournalError) in
            precondition(finding != nil, "only an inert journal begins anew")
            try audit(engine)
            try makeRoom(for: steps, engine)
            try commit(steps, engine)
            try asking { () throws(StoreError) in try anchor(engine) }
            finding = nil
        }
    }

    private func commit(_ steps: [Step], _ engine: Engine) throws(JournalError) {
        precondition(!steps.isEmpty, "a group has at least one step")
        if space.used >= settings.checkpointFrames { try checkpoint(engine) }
        try asking { () throws(StoreError) in
            try engine.statements.begin()
            for (index, step) in steps.enumerated() {
                // Rows first: the last record carries the sums over all rows after the group.
                let written = state.number + UInt64(step.entries.count)
                let blind = try change(step, written: written, engine)
                try record(step, blind, closesGroup: index == steps.count - 1, engine)
            }
            try engine.statements.commit()
            space.used = engine.connection.walFrames
            try engine.head?.write(mark, cover)
        }
    }

    // MARK: Records

    /// Writes a step's records; `payment` is the blind form of its payment.
    private func record(
        _ step: Step,
        _ payment: [UInt8],
        closesGroup: Bool,
        _ engine: Engine
    ) throws(StoreError) {
        for (index, entry) in step.entries.enumerated() {
            let number = state.number + 1
            let roots =
                closesGroup && index == step.entries.count - 1 ? state.roots.bytes : []
            let body = cover.sealRecord(number, step.payment, entry, &chance)
            let link = cover.link(state.link, number, payment, roots, body)
            try engine.statements.insert(
                Snapshot.RawRecord(
                    number: number,
                    payment: payment,
                    roots: roots,
                    body: body,
                    link: link,
                    previous: []
                )
            )
            (state.number, state.link) = (number, link)
        }
    }

    // MARK: Rows

    /// Changes a step's rows, and says the blind form of its payment.
    private func change(
        _ step: Step,
        written: UInt64,
        _ engine: Engine
    ) throws(StoreError) -> [UInt8] {
        for change in step.changes {
            switch change {
            case .put(let table, let key, let bytes):
                precondition(table != .open && table != .finished, "a standing says that")
                try put(table, key, bytes, written, engine)
            case .remove(let table, let key):
                precondition(table != .open && table != .finished, "a standing says that")
                try remove(table, key, engine)
            }
        }
        let count = UInt64(step.entries.count)
        switch step.standing {
        case .unchanged:
            guard !step.payment.isEmpty else { return [] }
            // Both count their records, and a step that says nothing would add to none.
            let isNew = try finished(step.payment, engine) == nil
            precondition(
                isNew && state.open[step.payment] == nil,
                "a step of an open or finished payment says how it stands"
            )
            if let before = state.reserved[step.payment] {
                state.reserved.put(step.payment, before.after(step))
            }
            return cover.blind(step.payment, in: .open)
        case .open(let bytes, let toCome):
            let records = try recordsBefore(step, engine) + count
            let mine = State.Open(records: records, toCome: toCome)
            state.open.put(step.payment, mine)
            state.reserved.remove(step.payment)
            let content = OpenContent.write(bytes, mine)
            return try put(.open, step.payment, content, written, engine)
        case .finished(let bytes):
            let records = try recordsBefore(step, engine) + count
            let content = FinishedContent.write(bytes, records: records)
            try put(.finished, step.payment, content, written, engine)
            state.reserved.remove(step.payment)
            guard state.open.remove(step.payment) else {
                return cover.blind(step.payment, in: .open)
            }
            return try remove(.open, step.payment, engine)
        }
    }

    /// How many records a payment had before this step, be it open, finished, or only noted.
    private func recordsBefore(_ step: Step, _ engine: Engine) throws(StoreError) -> UInt64 {
        if let open = state.open[step.payment] { return open.records }
        // Most are new, and have none; one that is finished has at least that which says so.
        let there = try engine.statements.records(cover.blind(step.payment, in: .open))
        guard there > 0 else { return 0 }
        return try finished(step.payment, engine) ?? there
    }

    /// How many records a finished payment has; nil when it is not finished.
    ///
    /// A row that does not open is named when it is asked for.
    private func finished(
        _ payment: [UInt8],
        _ engine: Engine
    ) throws(StoreError) -> UInt64? {
        let blind = cover.blind(payment, in: .finished)
        guard let found = try engine.statements.find(blind, .finished),
            let row = cover.openRow(found.body, found.place)
        else { return nil }
        return FinishedContent.read(row.bytes)?.records
    }

    /// Writes a row, and says the blind form of its key.
    @discardableResult
    private func put(
        _ table: Table,
        _ key: [UInt8],
        _ bytes: [UInt8],
        _ written: UInt64,
        _ engine: Engine
    ) throws(StoreError) -> [UInt8] {
        let content = Row(key: key, bytes: bytes)
        guard table.isLive else { return try archive(content, table, written, engine) }
        let row = state.lay(content, in: table, written, cover, &chance)
        try engine.statements.put(row.place, row.body)
        return row.place.blind
    }

    /// Writes a row of the archive, whose predecessor only the disk knows: most have none.
    private func archive(
        _ row: Row,
        _ table: Table,
        _ written: UInt64,
        _ engine: Engine
    ) throws(StoreError) -> [UInt8] {
        let blind = cover.blind(row.key, in: table)
        let place = RowPlace(table: table, blind: blind, written: written)
        let (body, mark) = cover.sealRow(row.key, row.bytes, place, &chance)
        if try !engine.statements.add(place, body) {
            try forget(blind, table, engine)
            try engine.statements.put(place, body)
        }
        state.roots.add(mark, table)
        return blind
    }

    /// Removes a row, and says the blind form of its key.
    @discardableResult
    private func remove(
        _ table: Table,
        _ key: [UInt8],
        _ engine: Engine
    ) throws(StoreError) -> [UInt8] {
        let blind: [UInt8]
        if table.isLive {
            blind = state.drop(key, from: table) ?? cover.blind(key, in: table)
        } else {
            blind = cover.blind(key, in: table)
            try forget(blind, table, engine)
        }
        try engine.statements.remove(blind, table)
        return blind
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
