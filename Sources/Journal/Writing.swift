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
        let lays = try isTimeToLay(steps, engine)
        let isFirst = state.number == 0
        try asking { () throws(StoreError) in
            try engine.statements.begin()
            var toCome = steps.reduce(0) { $0 + UInt64($1.entries.count) }
            for step in steps { try record(step, &toCome, lays: lays, engine) }
            try engine.statements.commit()
            space.used = engine.connection.walFrames
            try engine.head?.write(mark, cover)
        }
        // What makes a home does not stand in the log alone, where one changed bit hides it.
        if isFirst { try checkpoint(engine) }
    }

    /// Writes a step's records: the last of them says all that the step does to rows.
    ///
    /// The last one of a group that lays rows down carries the sums over them.
    private func record(
        _ step: Step,
        _ toCome: inout UInt64,
        lays: Bool,
        _ engine: Engine
    ) throws(StoreError) {
        for (index, entry) in step.entries.enumerated() {
            toCome -= 1
            var said = Said(entry, of: step.payment)
            said.toCome = toCome
            if index == step.entries.count - 1 {
                said.changes = step.rowChanges
                state.heed(said.changes, written: state.number + 1)
                takeRoom(of: step)
            }
            if lays, toCome == 0 {
                try layDown(engine)
                state.laid = state.number + 1
            }
            try record(said, engine)
        }
    }

    private func record(_ said: Said, _ engine: Engine) throws(StoreError) {
        let (number, laid) = (state.number + 1, state.laid)
        let roots = laid == number ? state.roots.bytes : []
        let body = cover.sealRecord(number, said, &chance)
        let link = cover.link(state.link, number, laid: laid, roots, body)
        try engine.statements.insert(
            Snapshot.RawRecord(
                number: number,
                laid: laid,
                roots: roots,
                body: body,
                link: link,
                previous: []
            )
        )
        (state.number, state.link) = (number, link)
    }

    /// Keeps the book of what payments will still write.
    private func takeRoom(of step: Step) {
        switch step.standing {
        case .unchanged:
            if let before = state.reserved[step.payment] {
                state.reserved.put(step.payment, before.after(step))
            }
        case .open(_, let toCome):
            state.open.put(step.payment, toCome)
            state.reserved.remove(step.payment)
        case .finished:
            state.open.remove(step.payment)
            state.reserved.remove(step.payment)
        }
    }
}
