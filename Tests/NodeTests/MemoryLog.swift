import Testing
import Words

/// A log in memory: what a journal does, without a disk; a cut anywhere leaves whole groups.
final class MemoryLog: Log {
    private(set) var groups: [[Step]] = []
    private var tables: [Table: [[UInt8]: [UInt8]]] = [:]
    private var toCome: [[UInt8]: Room] = [:]
    private var number: UInt64 = 0
    /// The group from which on it fails, and whether there is room for anything new.
    var failsAt: Int?
    var isFull = false
    private(set) var reserved: Set<[UInt8]> = []
    private var rooms: [[UInt8]: Room] = [:]

    /// The payments that are over, in the order in which they came to their end.
    private(set) var finished: [[UInt8]] = []

    func keep(_ steps: [Step]) throws(LogFault) {
        if let failsAt, groups.count >= failsAt { throw LogFault("the plug was pulled") }
        groups.append(steps)
        for step in steps {
            draw(step)
            apply(step)
        }
    }

    /// What a payment writes was put by for it, as a journal wants it.
    ///
    /// A row may fill a page of its own, wherever its key puts it.
    private func draw(_ step: Step) {
        guard let room = rooms[step.payment] else { return }
        let (after, isOver) =
            switch step.standing {
            case .unchanged: (Room.none, false)
            case .open(_, let toCome): (toCome, false)
            case .finished: (Room.none, true)
            }
        let needed = max(step.byteCount, step.changes.count * 1_024) + after.bytes
        #expect(needed <= room.bytes, "\(needed) bytes of \(room.bytes)")
        #expect(after.steps < room.steps)
        rooms[step.payment] = isOver ? nil : after
    }

    private func apply(_ step: Step) {
        number += UInt64(step.entries.count)
        for change in step.changes {
            switch change {
            case .put(let table, let key, let bytes): tables[table, default: [:]][key] = bytes
            case .remove(let table, let key): tables[table, default: [:]][key] = nil
            }
        }
        switch step.standing {
        case .unchanged: break
        case .open(let bytes, let room):
            tables[.open, default: [:]][step.payment] = bytes
            toCome[step.payment] = room
        case .finished(let bytes):
            tables[.open, default: [:]][step.payment] = nil
            tables[.finished, default: [:]][step.payment] = bytes
            finished.append(bytes)
        }
    }

    func reserve(_ payment: [UInt8], _ room: Room) throws(LogFault) -> Bool {
        if !isFull {
            reserved.insert(payment)
            rooms[payment] = room
        }
        return !isFull
    }

    func release(_ payment: [UInt8]) {
        reserved.remove(payment)
        rooms[payment] = nil
    }

    func look(_ table: Table, _ key: [UInt8]) throws(LogFault) -> [UInt8]? {
        tables[table]?[key]
    }

    func settle() throws(LogFault) {}

    func rows(_ table: Table) -> [Row] {
        (tables[table] ?? [:]).map { Row(key: $0.key, bytes: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    var recovered: Recovered {
        Recovered(
            number: number,
            registers: rows(.register),
            pieces: rows(.piece),
            outbox: rows(.outbox),
            open: rows(.open).map {
                OpenPayment(
                    payment: $0.key,
                    bytes: $0.bytes,
                    toCome: toCome[$0.key] ?? .none
                )
            }
        )
    }

    /// The same log as it was after so many groups.
    func copy(groups count: Int) -> MemoryLog {
        let copy = MemoryLog()
        for group in groups.prefix(count) { try? copy.keep(group) }
        return copy
    }
}
