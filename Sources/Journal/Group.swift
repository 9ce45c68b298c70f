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

    var name: String {
        switch self {
        case .register: "register"
        case .piece: "piece"
        case .outbox: "outbox"
        case .open: "open"
        case .finished: "finished"
        case .replay: "replay"
        }
    }

    static let live = allCases.filter(\.isLive)
    static let archive = allCases.filter { !$0.isLive }
}

/// One undo, redo or other record of a step, as it is handed in.
package struct Entry: Hashable, Sendable {
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
    package let entries: [Entry]
    package let changes: [Change]
    package let standing: Standing

    package init(
        payment: [UInt8] = [],
        entries: [Entry],
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
    var byteCount: Int {
        var sum = entries.reduce(0) { $0 + payment.count + $1.bytes.count }
        for change in changes {
            switch change {
            case .put(_, let key, let bytes): sum += key.count + bytes.count
            case .remove: sum += 0
            }
        }
        switch standing {
        case .unchanged: return sum
        case .open(let bytes, _), .finished(let bytes): return sum + payment.count + bytes.count
        }
    }
}
