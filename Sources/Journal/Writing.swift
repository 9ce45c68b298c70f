import Store

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
    package func begin(anew steps: [Step]) throws(JournalError) {
        try running { engine throws(JournalError) in
            precondition(finding != nil, "only an inert journal begins anew")
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
            // Rows first: the last record carries the sums over all rows after the group.
            var number = state.number
            var earlier: [[UInt8]: UInt64] = [:]
            for step in steps {
                number += UInt64(step.entries.count)
                let before = earlier[step.payment] ?? 0
                try change(step, written: number, before, engine)
                earlier[step.payment] = before + UInt64(step.entries.count)
            }
            for (index, step) in steps.enumerated() {
                try record(step, closesGroup: index == steps.count - 1, engine)
            }
            try engine.statements.commit()
            space.used = engine.connection.walFrames
            try engine.head?.write(mark, cover)
        }
    }

    // MARK: Records

    private func record(
        _ step: Step,
        closesGroup: Bool,
        _ engine: Engine
    ) throws(StoreError) {
        let payment = step.payment.isEmpty ? [] : blind(step.payment, in: .open)
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

    /// Changes a step's rows; `earlier` is how many records of this payment the group has
    /// before it.
    private func change(
        _ step: Step,
        written: UInt64,
        _ earlier: UInt64,
        _ engine: Engine
    ) throws(StoreError) {
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
            guard !step.payment.isEmpty else { return }
            // Both count their records, and a step that says nothing would add to none.
            let isNew = try finished(step.payment, engine) == nil
            precondition(
                isNew && state.open[step.payment] == nil,
                "a step of an open or finished payment says how it stands"
            )
        case .open(let bytes, let toCome):
            let records = try recordsBefore(step, earlier, engine) + count
            let mine = State.Open(records: records, toCome: toCome)
            state.open[step.payment] = mine
            let content = OpenContent.write(bytes, mine)
            try put(.open, step.payment, content, written, engine)
        case .finished(let bytes):
            let records = try recordsBefore(step, earlier, engine) + count
            let content = FinishedContent.write(bytes, records: records)
            try put(.finished, step.payment, content, written, engine)
            guard state.open.removeValue(forKey: step.payment) != nil else { return }
            try remove(.open, step.payment, engine)
        }
    }

    /// How many records a payment had before this step, be it open, finished, or only noted.
    private func recordsBefore(
        _ step: Step,
        _ earlier: UInt64,
        _ engine: Engine
    ) throws(StoreError) -> UInt64 {
        if let open = state.open[step.payment] { return open.records }
        if let finished = try finished(step.payment, engine) { return finished }
        return try engine.statements.records(cover.blind(step.payment, in: .open)) + earlier
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

    private func put(
        _ table: Table,
        _ key: [UInt8],
        _ bytes: [UInt8],
        _ written: UInt64,
        _ engine: Engine
    ) throws(StoreError) {
        let blind = blind(key, in: table)
        try forget(table, key, blind, engine)
        let place = RowPlace(table: table, blind: blind, written: written)
        let body = cover.sealRow(key, bytes, place, &chance)
        let mark = cover.mark(place, body)
        state.roots.add(mark, table)
        if table.isLive {
            state.rows[table, default: [:]][key] = State.LiveRow(blind: blind, mark: mark)
        }
        try engine.statements.put(place, body)
    }

    private func remove(
        _ table: Table,
        _ key: [UInt8],
        _ engine: Engine
    ) throws(StoreError) {
        let blind = blind(key, in: table)
        try forget(table, key, blind, engine)
        state.rows[table]?[key] = nil
        try engine.statements.remove(blind, table)
    }

    /// Takes the row that is there now, if there is one, out of the sums.
    private func forget(
        _ table: Table,
        _ key: [UInt8],
        _ blind: [UInt8],
        _ engine: Engine
    ) throws(StoreError) {
        if table.isLive {
            guard let old = state.rows[table]?[key] else { return }
            state.roots.subtract(old.mark, table)
        } else if let old = try engine.statements.find(blind, table) {
            state.roots.subtract(cover.mark(old.place, old.body), table)
        }
    }

    /// The key's blind form, from memory where it is known.
    private func blind(_ key: [UInt8], in table: Table) -> [UInt8] {
        state.rows[table]?[key]?.blind ?? cover.blind(key, in: table)
    }

    // MARK: Room

    /// Sees to it that every payment that is open after these steps can write all it still has
    /// to, even if the disk is full from now on.
    private func makeRoom(for steps: [Step], _ engine: Engine) throws(JournalError) {
        var open: [[UInt8]: Room] = [:]
        var own = 0
        var isMore = false
        for step in steps {
            own += space.cost(steps: 1, bytes: step.byteCount)
            let before = open[step.payment] ?? state.open[step.payment]?.toCome
            if case .open(_, let toCome) = step.standing { open[step.payment] = toCome }
            guard let before, let after = after(step, before) else {
                isMore = true
                continue
            }
            // What goes on as it was announced uses what was put by for it.
            if after.steps >= before.steps || after.bytes + step.byteCount > before.bytes {
                isMore = true
            }
        }
        guard isMore else { return }
        let others = state.open.filter { open[$0.key] == nil }.values.map(\.toCome)
        let needed = own + space.cost(others) + space.cost(open.values)
        if !space.holds(needed), space.used > 0 { try checkpoint(engine) }
        guard !space.holds(needed) else { return }
        do {
            try space.extend(engine.wal, for: needed)
        } catch {
            throw error.kind == .full ? .noRoom : JournalError(error)
        }
    }

    /// What its payment will still write after a step; nil for a step of no open payment.
    private func after(_ step: Step, _ before: Room) -> Room? {
        switch step.standing {
        case .unchanged: nil
        case .open(_, let toCome): toCome
        case .finished: Room.none
        }
    }
}
