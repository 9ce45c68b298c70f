/// The tables of a journal.
///
/// The numbers are under its MACs, so they never change.
package enum Table: UInt8, Hashable, Sendable, CaseIterable {
    /// Counters, the epoch, the window: few rows, each with a name.
    case register = 1
    /// The pieces held.
    case piece = 2
    /// What is still to be sent.
    case outbox = 3
    /// Payments that are not finished. Written by a step's standing alone.
    case open = 4
    /// Payments that are, kept for ever. Written by a step's standing alone.
    case finished = 5
    /// Replay identity → recorded answer.
    case replay = 6

    /// Whether all of it is read, checked and handed out when a journal opens.
    ///
    /// The others grow for ever; they are looked into one row at a time.
    package var isLive: Bool {
        switch self {
        case .register, .piece, .outbox, .open: true
        case .finished, .replay: false
        }
    }

    package var name: String {
        switch self {
        case .register: "register"
        case .piece: "piece"
        case .outbox: "outbox"
        case .open: "open"
        case .finished: "finished"
        case .replay: "replay"
        }
    }

    package static let live = allCases.filter(\.isLive)
    package static let archive = allCases.filter { !$0.isLive }
}

/// One undo, redo or other record of a step, as it is handed in.
package struct LogEntry: Hashable, Sendable {
    package let kind: UInt64
    package let bytes: [UInt8]

    package init(kind: UInt64, bytes: [UInt8]) {
        (self.kind, self.bytes) = (kind, bytes)
    }
}

/// One record as it is read back: what it says, and where it stands in the log.
package struct Record: Hashable, Sendable {
    package let number: UInt64
    package let kind: UInt64
    /// Empty when the record belongs to no payment.
    package let payment: [UInt8]
    package let bytes: [UInt8]

    package init(number: UInt64, kind: UInt64, payment: [UInt8], bytes: [UInt8]) {
        (self.number, self.kind) = (number, kind)
        (self.payment, self.bytes) = (payment, bytes)
    }
}

/// One row as it is read back.
package struct Row: Hashable, Sendable {
    package let key: [UInt8]
    package let bytes: [UInt8]

    package init(key: [UInt8], bytes: [UInt8]) {
        (self.key, self.bytes) = (key, bytes)
    }
}

/// A change of one row.
package enum Change: Hashable, Sendable {
    /// The row of this key now says this, whether there was one or not.
    case put(Table, key: [UInt8], bytes: [UInt8])
    /// There is no row of this key any more.
    case remove(Table, key: [UInt8])
}

/// What a payment will still write after this step: its disk space is there before it starts.
package struct Room: Hashable, Sendable {
    package let steps: Int
    /// All bytes of all records and rows of those steps.
    package let bytes: Int

    package init(steps: Int, bytes: Int) {
        let readable = 0...Int(Int32.max)
        precondition(
            readable.contains(steps) && readable.contains(bytes),
            "a room of \(steps) steps and \(bytes) bytes could not be read back"
        )
        (self.steps, self.bytes) = (steps, bytes)
    }

    package static let none = Room(steps: 0, bytes: 0)
}

/// What a step makes of its payment.
package enum Standing: Hashable, Sendable {
    /// Nothing; also for steps that belong to no payment.
    case unchanged
    /// It is open, with this state, and will still write so much.
    case open([UInt8], toCome: Room)
    /// It is finished, with this outcome, for ever.
    case finished([UInt8])
}

/// What one payment, or something else, does to the journal at once.
package struct Step: Hashable, Sendable {
    /// Empty when the step belongs to no payment.
    package let payment: [UInt8]
    package let entries: [LogEntry]
    package let changes: [Change]
    package let standing: Standing

    package init(
        payment: [UInt8] = [],
        entries: [LogEntry],
        changes: [Change] = [],
        standing: Standing = .unchanged
    ) {
        precondition(!entries.isEmpty, "a step without a record would leave no trace in the log")
        precondition(
            !payment.isEmpty || standing == .unchanged,
            "a standing is a payment's"
        )
        (self.payment, self.entries) = (payment, entries)
        (self.changes, self.standing) = (changes, standing)
    }

    /// What it writes, before padding and sealing.
    package var byteCount: Int {
        var sum = entries.reduce(0) { $0 + payment.count + $1.bytes.count }
        for change in changes {
            switch change {
            case .put(_, let key, let bytes): sum += key.count + bytes.count
            case .remove(_, let key): sum += key.count
            }
        }
        switch standing {
        case .unchanged: return sum
        case .open(let bytes, _): return sum + payment.count + bytes.count
        case .finished(let bytes): return sum + 2 * payment.count + bytes.count
        }
    }
}

/// What a journal says when it opens: the state after the last durable group.
package struct Recovered: Hashable, Sendable {
    /// The newest record.
    package let number: UInt64
    /// In the order of their keys, as are all rows here.
    package let registers: [Row]
    package let pieces: [Row]
    package let outbox: [Row]
    package let open: [OpenPayment]
    /// Why this may not be the newest state, when it may not.
    package let finding: Staleness?

    package init(
        number: UInt64,
        registers: [Row],
        pieces: [Row],
        outbox: [Row],
        open: [OpenPayment],
        finding: Staleness? = nil
    ) {
        (self.number, self.registers, self.pieces) = (number, registers, pieces)
        (self.outbox, self.open, self.finding) = (outbox, open, finding)
    }
}

/// A payment that is not finished, and its state.
package struct OpenPayment: Hashable, Sendable {
    package let payment: [UInt8]
    package let bytes: [UInt8]
    package let toCome: Room

    package init(payment: [UInt8], bytes: [UInt8], toCome: Room) {
        (self.payment, self.bytes, self.toCome) = (payment, bytes, toCome)
    }
}

/// What makes an opened journal inert: the wallet can read, and must not pay or decide.
package enum Staleness: Hashable, Sendable {
    /// The database is the right one, but the end of its log is gone.
    case cut(last: UInt64, head: UInt64)
    /// The whole database is older than the head beside it.
    case older(last: UInt64, head: UInt64)
    /// The database holds another history than the one the head belongs to.
    case forked(at: UInt64)
    case headMissing
    case headDamaged
}

/// A finished payment.
package struct Outcome: Hashable, Sendable {
    package let payment: [UInt8]
    package let bytes: [UInt8]
    /// The record that finished it.
    package let number: UInt64

    package init(payment: [UInt8], bytes: [UInt8], number: UInt64) {
        (self.payment, self.bytes, self.number) = (payment, bytes, number)
    }
}

/// A peer's durable log as whoever writes it sees it.
///
/// The journal fills it; the simulator stands in between, to see what is on the disk.
package protocol Log: AnyObject {
    /// Writes the steps as one group: when it returns, all of them are durable.
    func keep(_ steps: [Step]) throws(LogFault)
    /// Puts room by for a payment that has written nothing yet; false when there is none.
    func reserve(_ payment: [UInt8], _ room: Room) throws(LogFault) -> Bool
    /// The room is not needed after all.
    func release(_ payment: [UInt8])
    /// A row of the archive; nil when there is none, which is sure.
    func look(_ table: Table, _ key: [UInt8]) throws(LogFault) -> [UInt8]?
    /// To be called within a second of the last group.
    func settle() throws(LogFault)
}

/// The log stopped, for good: what it holds is told by opening it again.
package struct LogFault: Error, Hashable, Sendable {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
}
