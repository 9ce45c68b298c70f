import Words

/// What the journal keeps in memory of what is on disk: enough to know, before writing, what a
/// change does to the sums.
struct State: Hashable, Sendable {
    struct LiveRow: Hashable, Sendable {
        let blind: [UInt8]
        let mark: Hash
    }

    /// The newest record, and its link.
    var number: UInt64
    var link: [UInt8]
    /// The newest record with which rows were laid down, and the sums over them.
    var laid: UInt64
    var roots: Roots
    /// The live rows as they were laid down.
    var rows = LiveRows()
    /// What records said of rows since then.
    var waiting = Waiting()
    var open = Rooms()
    /// The room of payments that have not begun.
    ///
    /// It is in memory alone: after a restart nobody waits for it.
    var reserved = Rooms()
    /// The newest record that the database itself holds, WAL apart.
    var floor: UInt64 = 0

    /// Takes in what a record says of rows.
    mutating func heed(_ changes: [RowChange], written: UInt64) {
        for change in changes {
            let (table, key) = (change.table, change.key)
            if change.bytes == nil, table.isLive, rows[table, key] == nil {
                waiting.drop(table, key)
            } else {
                waiting.put(change, written: written)
            }
        }
    }

    /// Seals a row of a live table in place of the one there is, if there is one.
    mutating func lay(
        _ row: Row,
        in table: Table,
        _ written: UInt64,
        _ cover: Cover,
        _ chance: inout some Chance
    ) -> Snapshot.RawRow {
        Self.lay(row, in: table, written, &rows[table, row.key], &roots, cover, &chance)
    }

    private static func lay(
        _ row: Row,
        in table: Table,
        _ written: UInt64,
        _ known: inout LiveRow?,
        _ roots: inout Roots,
        _ cover: Cover,
        _ chance: inout some Chance
    ) -> Snapshot.RawRow {
        if let known { roots.subtract(known.mark, table) }
        let blind = known?.blind ?? cover.blind(row.key, in: table)
        let place = RowPlace(table: table, blind: blind, written: written)
        let (body, mark) = cover.sealRow(row.key, row.bytes, place, &chance)
        roots.add(mark, table)
        known = LiveRow(blind: blind, mark: mark)
        return Snapshot.RawRow(place: place, body: body)
    }

    /// What was put by for a payment, whether it is open or has only asked.
    func room(of payment: [UInt8]) -> Room? { open[payment] ?? reserved[payment] }

    /// All that was put by.
    var toCome: Space.Need {
        var sum = open.toCome
        sum.add(reserved.toCome)
        return sum
    }

    /// Takes a row of a live table out.
    mutating func drop(_ key: [UInt8], from table: Table) {
        guard let old = rows.take(table, key) else { return }
        roots.subtract(old.mark, table)
    }
}

/// The rows of the live tables by their keys.
///
/// Looked up, never iterated.
struct LiveRows: Hashable, Sendable {
    private var tables = Array(repeating: [RowKey: State.LiveRow](), count: Table.live.count)

    subscript(_ table: Table, _ key: [UInt8]) -> State.LiveRow? {
        get { tables[Self.index(table)][RowKey(key)] }
        // The row is changed where it lies, so that its key is hashed once.
        _modify { yield &tables[Self.index(table)][RowKey(key)] }
    }

    mutating func take(_ table: Table, _ key: [UInt8]) -> State.LiveRow? {
        tables[Self.index(table)].removeValue(forKey: RowKey(key))
    }

    private static func index(_ table: Table) -> Int {
        precondition(table.isLive, "the archive's rows are not kept in memory")
        return Int(table.rawValue - Table.register.rawValue)
    }
}

/// The room that payments still need, and all of them together: those that are open, or those
/// that have written nothing yet.
struct Rooms: Hashable, Sendable {
    private var rooms: [RowKey: Room] = [:]
    private(set) var toCome = Space.Need()

    subscript(_ payment: [UInt8]) -> Room? { rooms[RowKey(payment)] }

    mutating func put(_ payment: [UInt8], _ room: Room) {
        toCome.add(Space.Need(room))
        if let old = rooms.updateValue(room, forKey: RowKey(payment)) {
            toCome.subtract(Space.Need(old))
        }
    }

    mutating func remove(_ payment: [UInt8]) {
        guard let old = rooms.removeValue(forKey: RowKey(payment)) else { return }
        toCome.subtract(Space.Need(old))
    }
}
