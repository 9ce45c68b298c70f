import Store
package import Words

extension Journal {
    /// Puts room by for a payment that has written nothing yet; false when the disk has none.
    ///
    /// Then its steps are never answered with ``JournalError/noRoom``, whatever else fills the
    /// disk, as long as each writes no more than was put by and leaves the rest to come. What
    /// was put by before for the same payment is replaced, or kept when there is no room.
    package func reserve(_ payment: [UInt8], _ room: Room) throws(JournalError) -> Bool {
        precondition(!payment.isEmpty, "room is put by for a payment")
        precondition(state.open[payment] == nil, "an open payment has its room")
        return try running { engine throws(JournalError) in
            if let finding { throw .inert(finding) }
            var needed = state.toCome
            needed.add(Space.Need(room))
            if let before = state.reserved[payment] { needed.subtract(Space.Need(before)) }
            guard try makeAmpleRoom(for: space.cost(needed), engine) else { return false }
            state.reserved.put(payment, room)
            return true
        }
    }

    /// The room of a payment that will not begin after all; nothing when it has begun.
    package func release(_ payment: [UInt8]) { state.reserved.remove(payment) }

    /// Sees to it that every payment that is open after these steps can write all it still has
    /// to, and every reserved one, even if the disk is full from now on.
    func makeRoom(for steps: [Step], _ engine: Engine) throws(JournalError) {
        guard let needed = needs(steps) else { return }
        guard try makeAmpleRoom(for: needed, engine) else { throw .noRoom }
    }

    /// With room for as much again as is worth a checkpoint, or each group would need one.
    private func makeAmpleRoom(for needed: Int, _ engine: Engine) throws(JournalError) -> Bool {
        try makeRoom(for: needed, andMore: settings.checkpointFrames / 4, engine)
    }

    /// False when the disk has no room for so many frames; more than these are as welcome.
    func makeRoom(
        for needed: Int,
        andMore more: Int,
        _ engine: Engine
    ) throws(JournalError) -> Bool {
        guard !space.holds(needed) else { return true }
        if space.used > 0 { try checkpoint(engine) }
        guard !space.holds(needed + more) else { return true }
        if more > 0, try extend(engine, for: needed + more) { return true }
        if space.holds(needed) { return true }
        return try extend(engine, for: needed)
    }

    /// Makes the WAL longer; false when the disk has no room for that.
    private func extend(_ engine: Engine, for needed: Int) throws(JournalError) -> Bool {
        do {
            try space.extend(engine.wal, for: needed)
            return true
        } catch {
            guard error.kind == .full else { throw JournalError(error) }
            // What there was counts, as far as it is durable.
            try asking { () throws(StoreError) in
                try engine.wal.sync()
                try space.measure(engine.wal)
            }
            return false
        }
    }

    /// The frames that these steps and all open and reserved payments after them may write; nil
    /// when the steps use no more than was put by for them.
    private func needs(_ steps: [Step]) -> Int? {
        // What the group has already made of a payment, where one comes twice.
        var rooms: [RowKey: Room] = [:]
        var needed = state.toCome
        var isMore = false
        for step in steps {
            needed.add(Space.Need(steps: 1, bytes: step.byteCount))
            let before =
                (rooms.isEmpty ? nil : rooms[RowKey(step.payment)]) ?? state.room(of: step.payment)
            guard let before = before ?? (step.opens ? Room.none : nil) else {
                isMore = true
                continue
            }
            let after = before.after(step)
            needed.add(Space.Need(after))
            needed.subtract(Space.Need(before))
            if steps.count > 1 { rooms[RowKey(step.payment)] = after }
            if !before.covers(step, leaving: after) { isMore = true }
        }
        return isMore ? space.cost(needed) : nil
    }
}

extension Step {
    fileprivate var opens: Bool {
        switch standing {
        case .open: true
        case .unchanged, .finished: false
        }
    }
}

extension Room {
    /// What its payment will still write after a step.
    func after(_ step: Step) -> Room {
        switch step.standing {
        case .unchanged:
            Room(steps: max(0, steps - 1), bytes: max(0, bytes - step.byteCount))
        case .open(_, let toCome): toCome
        case .finished: .none
        }
    }

    /// What goes on as it was announced uses what was put by for it.
    fileprivate func covers(_ step: Step, leaving after: Room) -> Bool {
        after.steps < steps && after.bytes + step.byteCount <= bytes
    }
}
