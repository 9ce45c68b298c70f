import Words

/// What the journal keeps in memory of what is on disk: enough to know, before writing, what a
/// change does to the sums.
struct State: Hashable, Sendable {
    struct LiveRow: Hashable, Sendable {
        let blind: [UInt8]
        let mark: Hash
    }

    struct Open: Hashable, Sendable {
        var records: UInt64
        var toCome: Room
    }

    var number: UInt64
    var link: [UInt8]
    var roots: Roots
    var rows = LiveRows()
    var open = OpenPayments()
    /// The room of payments that have not begun.
    ///
    /// It is in memory alone: after a restart nobody waits for it.
    var reserved = Reservations()
    /// The newest record that the database itself holds, WAL apart.
    var floor: UInt64 = 0

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
    func room(of payment: [UInt8]) -> Room? { open[payment]?.toCome ?? reserved[payment] }

    /// All that was put by.
    var toCome: Space.Need {
        var sum = open.toCome
        sum.add(reserved.toCome)
        return sum
    }

    /// Takes a row of a live table out, and says its key's blind form; nil when there was none.
    mutating func drop(_ key: [UInt8], from table: Table) -> [UInt8]? {
        guard let old = rows.take(table, key) else { return nil }
        roots.subtract(old.mark, table)
        return old.blind
    }
}

/// The rows of the live tables by their keys.
///
/// Looked up, never iterated.
struct LiveRows: Hashable, Sendable {
    private var tables = Array(repeating: [[UInt8]: State.LiveRow](), count: Table.live.count)

    subscript(_ table: Table, _ key: [UInt8]) -> State.LiveRow? {
        get { tables[Self.index(table)][key] }
        // The row is changed where it lies, so that its key is hashed once.
        _modify { yield &tables[Self.index(table)][key] }
    }

    mutating func take(_ table: Table, _ key: [UInt8]) -> State.LiveRow? {
        tables[Self.index(table)].removeValue(forKey: key)
    }

    private static func index(_ table: Table) -> Int {
        precondition(table.isLive, "the archive's rows are not kept in memory")
        return Int(table.rawValue - Table.register.rawValue)
    }
}

/// The payments that are open, and the room that all of them together still need.
struct OpenPayments: Hashable, Sendable {
    private var payments: [[UInt8]: State.Open] = [:]
    private(set) var toCome = Space.Need()

    subscript(_ payment: [UInt8]) -> State.Open? { payments[payment] }

    mutating func put(_ payment: [UInt8], _ open: State.Open) {
        toCome.add(Space.Need(open.toCome))
        if let old = payments.updateValue(open, forKey: payment) {
            toCome.subtract(Space.Need(old.toCome))
        }
    }

    /// Whether it was there.
    mutating func remove(_ payment: [UInt8]) -> Bool {
        guard let old = payments.removeValue(forKey: payment) else { return false }
        toCome.subtract(Space.Need(old.toCome))
        return true
    }
}

/// Room put by for payments that have written nothing yet, and of all of it together.
struct Reservations: Hashable, Sendable {
    private var rooms: [[UInt8]: Room] = [:]
    private(set) var toCome = Space.Need()

    subscript(_ payment: [UInt8]) -> Room? { rooms[payment] }

    mutating func put(_ payment: [UInt8], _ room: Room) {
        toCome.add(Space.Need(room))
        if let old = rooms.updateValue(room, forKey: payment) {
            toCome.subtract(Space.Need(old))
        }
    }

    mutating func remove(_ payment: [UInt8]) {
        guard let old = rooms.removeValue(forKey: payment) else { return }
        toCome.subtract(Space.Need(old))
    }
}
