internal import Words

/// One home: what its disk says, as it was acknowledged, and what that comes to.
struct Home: Sendable {
    let number: Int
    let key: Key
    /// The rows of the tables that are read when a journal opens.
    private(set) var registers: [RowKey: [UInt8]] = [:]
    private(set) var pieces: [RowKey: [UInt8]] = [:]
    private(set) var outbox: [RowKey: [UInt8]] = [:]
    private(set) var open: [RowKey: OpenRow] = [:]
    /// The newest record.
    private(set) var newest: UInt64 = 0

    /// What the free rows come to.
    var available: UInt64 = 0
    /// What is locked in payments that wait for their decision.
    var held: UInt64 = 0
    /// What it has used up, and not handed in.
    var consumed: UInt64 = 0
    var metered = Metered()
    /// What it owned when its epoch ended.
    var stranded: UInt64 = 0
    var hasEnded = false
    /// Its office has opened another epoch, in the step that is being read.
    var begins = false
    /// It was put back to an older state once: it may have forgotten what it knew.
    var wasRestored = false
    /// Its journal was lost, or was put back, while the books beside it were not.
    var lostJournal = false
    /// It is gone for good, and its key with it.
    var isLost = false
    var isInert = false
    /// 0 until its first row says so.
    var epoch: UInt64 = 0
    var course = Course()
    /// Nothing is believed of it any more.
    var isDishonest = false

    /// Whether it may begin or decide nothing.
    var isSilent: Bool { isInert || hasEnded }

    struct OpenRow: Hashable, Sendable {
        let bytes: [UInt8]
        let toCome: Room
    }

    init(_ number: Int, _ key: Key) { (self.number, self.key) = (number, key) }

    /// Writes a step's rows; what it takes away or overwrites is handed out before it goes.
    mutating func write(_ step: Step, _ body: (Table, [UInt8], [UInt8]?, [UInt8]?) -> Void) {
        newest += UInt64(step.entries.count)
        for change in step.changes {
            switch change {
            case .put(let table, let key, let bytes):
                body(table, key, put(table, key, bytes), bytes)
            case .remove(let table, let key):
                body(table, key, put(table, key, nil), nil)
            }
        }
        guard !step.payment.isEmpty else { return }
        switch step.standing {
        case .unchanged: break
        case .open(let bytes, let toCome):
            open[RowKey(step.payment)] = OpenRow(bytes: bytes, toCome: toCome)
        case .finished:
            open[RowKey(step.payment)] = nil
        }
    }

    private mutating func put(_ table: Table, _ key: [UInt8], _ bytes: [UInt8]?) -> [UInt8]? {
        func set(_ rows: inout [RowKey: [UInt8]]) -> [UInt8]? {
            guard let bytes else { return rows.removeValue(forKey: RowKey(key)) }
            return rows.updateValue(bytes, forKey: RowKey(key))
        }
        switch table {
        case .register: return set(&registers)
        case .piece: return set(&pieces)
        case .outbox: return set(&outbox)
        case .open, .finished, .replay: return nil
        }
    }

    /// The same home, these steps later.
    func after(_ steps: [Step]) -> Home {
        var home = self
        for step in steps { home.write(step) { _, _, _, _ in } }
        return home
    }

    /// What a disk that was read says otherwise; nil when it says the same.
    func differs(from recovered: Recovered) -> String? {
        if recovered.number < newest {
            return "record \(newest) was acknowledged, \(recovered.number) is the newest there"
        }
        let tables = [
            (Table.register, registers, recovered.registers), (.piece, pieces, recovered.pieces),
            (.outbox, outbox, recovered.outbox),
        ]
        for (table, mine, there) in tables {
            for row in there where mine[RowKey(row.key)] != row.bytes {
                return "a row of \(table.name) is another than was acknowledged"
            }
            if mine.count != there.count { return "a row of \(table.name) is gone" }
        }
        for payment in recovered.open {
            let there = OpenRow(bytes: payment.bytes, toCome: payment.toCome)
            if open[RowKey(payment.payment)] != there {
                return "an open payment is another than was acknowledged"
            }
        }
        return open.count == recovered.open.count ? nil : "an open payment is gone"
    }

    /// Takes over what a disk says, whatever was there before.
    mutating func replace(with recovered: Recovered) {
        newest = recovered.number
        (registers, pieces, outbox, open) = ([:], [:], [:], [:])
        for row in recovered.registers { registers[RowKey(row.key)] = row.bytes }
        for row in recovered.pieces { pieces[RowKey(row.key)] = row.bytes }
        for row in recovered.outbox { outbox[RowKey(row.key)] = row.bytes }
        for payment in recovered.open {
            open[RowKey(payment.payment)] = OpenRow(bytes: payment.bytes, toCome: payment.toCome)
        }
    }

    /// More records may be there than were told: the journal's own.
    mutating func resume(at number: UInt64) { newest = number }

    /// Every free piece, added up anew from the rows.
    var countedAnew: UInt64 {
        var sum: UInt64 = 0
        for (key, bytes) in pieces where key.bytes.first == 0 {
            if let piece = try? FreePiece(row: bytes) { sum &+= piece.hi &- piece.lo }
        }
        return sum
    }
}
