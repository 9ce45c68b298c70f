import Wire
import Words

/// What a record says.
struct Said {
    var kind: UInt64
    var payment: [UInt8]
    var bytes: [UInt8]
    /// What the step does to rows: its last record says it, and the others nothing.
    var changes: [RowChange] = []
    /// How many records of the same group come after it: a log that ends before them has lost
    /// them, because a group is written whole.
    var toCome: UInt64 = 0

    func wireBytes() -> [UInt8] {
        let size = changes.reduce(payment.count + bytes.count + 32) {
            $0 + $1.key.count + ($1.bytes?.count ?? 0) + 12
        }
        var writer = Writer(reserving: Cover.paddedSize(size, from: Cover.smallestRecord))
        writer.array(5)
        writer.number(kind)
        writer.data(payment)
        writer.data(bytes)
        writer.array(changes.count)
        for change in changes { change.write(to: &writer) }
        writer.number(toCome)
        return writer.take()
    }

    init(_ entry: LogEntry, of payment: [UInt8]) {
        (kind, self.payment, bytes) = (entry.kind, payment, entry.bytes)
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        kind = try reader.number()
        payment = try reader.data(atMost: .max)
        bytes = try reader.data(atMost: .max)
        for _ in 0..<(try reader.array(atMost: .max)) {
            changes.append(try RowChange(from: &reader))
        }
        toCome = try reader.number()
    }
}

/// What a step does to one row, as the log carries it.
struct RowChange: Hashable, Sendable {
    let table: Table
    let key: [UInt8]
    /// What the row says from now on; nil when there is none any more.
    let bytes: [UInt8]?
}

extension Step {
    /// All that it does to rows, its standing included, in order.
    var rowChanges: [RowChange] {
        var all: [RowChange] = []
        all.reserveCapacity(changes.count + 2)
        for change in changes {
            switch change {
            case .put(let table, let key, let bytes):
                precondition(table != .open && table != .finished, "a standing says that")
                all.append(RowChange(table: table, key: key, bytes: bytes))
            case .remove(let table, let key):
                precondition(table != .open && table != .finished, "a standing says that")
                all.append(RowChange(table: table, key: key, bytes: nil))
            }
        }
        switch standing {
        case .unchanged: break
        case .open(let bytes, let toCome):
            let content = OpenContent.write(bytes, toCome)
            all.append(RowChange(table: .open, key: payment, bytes: content))
        case .finished(let bytes):
            all.append(RowChange(table: .finished, key: payment, bytes: bytes))
            all.append(RowChange(table: .open, key: payment, bytes: nil))
        }
        return all
    }
}

extension RowChange {
    func write(to writer: inout Writer) {
        writer.array(bytes == nil ? 2 : 3)
        writer.number(UInt64(table.rawValue))
        writer.data(key)
        if let bytes { writer.data(bytes) }
    }

    init(from reader: inout Reader) throws(WireError) {
        let parts = try reader.array(2...3)
        let number = try reader.number(1...UInt64(Table.allCases.count))
        // The range is that of the tables, which are numbered without a gap.
        table = Table(rawValue: UInt8(number)) ?? .register
        key = try reader.data(atMost: .max)
        bytes = parts == 3 ? try reader.data(atMost: .max) : nil
    }
}

/// What the row of an open payment holds: the caller's state, and what the journal has to know.
enum OpenContent {
    static func write(_ bytes: [UInt8], _ toCome: Room) -> [UInt8] {
        var writer = Writer(reserving: bytes.count + 24)
        writer.array(3)
        writer.data(bytes)
        writer.number(UInt64(toCome.steps))
        writer.number(UInt64(toCome.bytes))
        return writer.take()
    }

    static func read(_ bytes: [UInt8]) -> (bytes: [UInt8], toCome: Room)? {
        var reader = Reader(bytes)
        do {
            try reader.array(3)
            let content = try reader.data(atMost: .max)
            let room = Room(
                steps: Int(try reader.number(0...UInt64(Int32.max))),
                bytes: Int(try reader.number(0...UInt64(Int32.max)))
            )
            try reader.finish()
            return (content, room)
        } catch {
            return nil
        }
    }
}
