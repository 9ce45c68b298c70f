import Store
package import Words

extension Journal {
    /// Opens the journal in this folder, or makes one where there is none, and says what it
    /// holds.
    ///
    /// It takes the lock, checks what it reads (see ``Journal``), brings older tables up to
    /// date and syncs the head. What it finds wrong it throws, or, where the state can be read
    /// but may not be the newest, puts into ``Recovered/finding``; then nothing is written.
    package static func open(
        _ disk: Disk,
        hiding: any Hiding,
        chance: any Chance,
        settings: Settings = Settings()
    ) throws(JournalError) -> (Journal, Recovered) {
        let cover = Cover(hiding: hiding)
        var chance = chance
        let found = try reach(disk, cover, &chance, settings)
        let (recovered, state) = try recovered(from: found.snapshot, cover)
        let engine = try asking { () throws(StoreError) in
            if found.version < settings.schema {
                try migrate(found.connection, from: found.version, to: settings.schema)
            }
            return try Engine(found.connection, disk)
        }
        let journal = Journal(engine, state, cover, chance, settings, recovered.finding)
        try journal.start(engine, found.head, found.snapshot)
        return (journal, recovered)
    }

    /// What opening would read, without what it makes of it.
    package static func snapshot(
        _ disk: Disk,
        hiding: any Hiding,
        chance: any Chance,
        settings: Settings = Settings()
    ) throws(JournalError) -> Snapshot {
        var chance = chance
        return try reach(disk, Cover(hiding: hiding), &chance, settings).snapshot
    }

    private struct Reached {
        let connection: Connection
        let version: Int
        let head: File?
        let snapshot: Snapshot
    }

    /// Takes the lock and reads; makes the tables where there are none, changes nothing else.
    private static func reach(
        _ disk: Disk,
        _ cover: Cover,
        _ chance: inout any Chance,
        _ settings: Settings
    ) throws(JournalError) -> Reached {
        let (hasHead, connection) = try asking { () throws(StoreError) in
            let lock = try File(disk, lockName, for: .lock)
            try lock.lock()
            try disk.renewLog(of: name)
            let hasHead = try disk.holds(Head.name)
            return (hasHead, try Connection(disk, name, under: lock))
        }
        try settings.prepare(connection)
        let version = try makeTables(connection, hasHead, settings, cover, &chance)
        return try asking { () throws(StoreError) in
            let head = hasHead ? try File(disk, Head.name, for: .data) : nil
            let slots = try head.map { head throws(StoreError) in try Head.slots(head) }
            let snapshot = try Shelves(connection: connection).snapshot(slots, cover)
            return Reached(
                connection: connection,
                version: version,
                head: head,
                snapshot: snapshot
            )
        }
    }

    /// Makes the tables of a new journal, or checks those of an old one; says their version.
    private static func makeTables(
        _ connection: Connection,
        _ hasHead: Bool,
        _ settings: Settings,
        _ cover: Cover,
        _ chance: inout any Chance
    ) throws(JournalError) -> Int {
        let version = try asking { () throws(StoreError) in
            try Schema.version(of: connection)
        }
        guard version == 0 || version >= Schema.oldest else { throw .older(schema: version) }
        guard version <= settings.schema else { throw .newer(schema: version) }
        guard try asking({ () throws(StoreError) in try Schema.fits(version, connection) })
        else { throw .damaged(.schema) }
        guard version == 0 else { return version }
        guard !hasHead else { throw .damaged(.databaseMissing) }
        let first = firstRecord(cover, &chance)
        try asking { () throws(StoreError) in
            let statements = Statements(connection)
            try statements.begin()
            try Schema.change(connection, from: 0, to: settings.schema)
            try statements.insert(first)
            try statements.commit()
        }
        return settings.schema
    }

    /// The record every journal begins with: a random name, so that no two chains are alike.
    private static func firstRecord(
        _ cover: Cover,
        _ chance: inout any Chance
    ) -> Snapshot.RawRecord {
        let said = Said(LogEntry(kind: 0, bytes: chance.bytes(16)), of: [])
        let body = cover.sealRecord(0, said, &chance)
        let roots = Roots().bytes
        return Snapshot.RawRecord(
            number: 0,
            laid: 0,
            roots: roots,
            body: body,
            link: cover.link([], 0, laid: 0, roots, body),
            previous: []
        )
    }

    private static func migrate(
        _ connection: Connection,
        from old: Int,
        to new: Int
    ) throws(StoreError) {
        try connection.run("BEGIN IMMEDIATE")
        try Schema.change(connection, from: old, to: new)
        try connection.run("COMMIT")
    }

    /// Empties the WAL and writes the head anew; does neither in an inert journal.
    ///
    /// The checkpoint comes first: it writes every page of the database that an earlier one may
    /// have left unsynced.
    private func start(
        _ engine: Engine,
        _ file: File?,
        _ snapshot: Snapshot
    ) throws(JournalError) {
        try asking { () throws(StoreError) in try space.measure(engine.wal) }
        guard finding == nil else { return }
        if space.frames > 0 {
            // Until a checkpoint says otherwise, every frame may be in use.
            space.used = space.frames
            try checkpoint(engine)
        }
        try asking { () throws(StoreError) in
            let slots = snapshot.slots ?? []
            let marks = slots.map { Mark($0, cover) }
            let newest = marks.compactMap { $0 }.max { $0.number < $1.number }
            guard let newest, let trusted = marks.firstIndex(of: newest), let file else {
                return try anchor(engine)
            }
            // The other slot is about to be written, so this one has to be durable: it is
            // written again too, for the reason that the log was (`Disk.renewLog`).
            try file.write(slots[trusted], at: trusted * Head.slotBytes)
            try file.sync()
            engine.head = Head(file, trusted: trusted)
            try engine.head?.write(mark, cover)
            try engine.head?.sync()
        }
    }

    /// Makes the head file say this history, and no other, in both its slots.
    func anchor(_ engine: Engine) throws(StoreError) {
        var head = Head(try File(engine.disk, Head.name, for: .data), trusted: 0)
        try head.anchor(mark, cover)
        engine.head = consume head
    }

    var mark: Mark { Mark(number: state.number, floor: state.floor, link: state.link) }
}
