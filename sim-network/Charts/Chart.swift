package import World

/// What a run looked like, as rows from top to bottom: made once, drawn as text, SVG or HTML.
///
/// A row is an event or a message that nothing on its receiver's side came in between; rows are
/// not to scale, for the interesting milliseconds lie between hours of waiting.
package struct Chart: Hashable, Sendable {
    /// The peers that are shown, by their numbers, from left to right.
    package let lanes: [Int]
    let names: [String]
    /// Lanes of those who keep to no rule.
    let crooks: Set<Int>
    var flights: [Flight] = []
    var rows: [Row] = []
    /// How many rows there would have been on top of the most that was asked for.
    package internal(set) var left = 0

    init(lanes: [Int], names: [String], crooks: Set<Int> = []) {
        (self.lanes, self.names, self.crooks) = (lanes, names, crooks)
    }

    /// A datagram on its way; rows are where it left and where it came to its end.
    struct Flight: Hashable, Sendable {
        let number: UInt64
        let label: String
        let from: Int
        let to: Int
        /// nil for one that comes again, or that nobody of the shown sent.
        let leaves: Int?
        var ends: Int?
        var end = End.flying

        enum End: Hashable, Sendable {
            case flying
            case arrived
            /// It did not open, or was for somebody else.
            case unopened
            case lost(TraceEvent.Loss)
        }
    }

    struct Row: Hashable, Sendable {
        let milliseconds: UInt64
        let mark: Mark
        var remark = ""
    }

    /// What stands in a row; lanes are places in ``lanes``.
    enum Mark: Hashable, Sendable {
        /// A flight that leaves here, and ends here too when its ``Flight/ends`` says so.
        case leaves(Int)
        case ends(Int)
        case synced(Int)
        case crashed(Int)
        case restarted(Int)
        case stands(Int)
        case told(Int)
        /// What a wallet would never do.
        case tried(Int)
        case weather(Int?)
        case healed
        case gap
    }

    /// What of a run is to be seen.
    package struct View: Hashable, Sendable {
        /// nil for all.
        package var peers: [Int]?
        package var from: UInt64 = 0
        package var until = UInt64.max
        package var rows = 2_000
        /// What peers are called; those without a name by their number.
        package var names: [String] = []

        package init() {}

        /// Whether a line of a trace is to be seen.
        package func shows(_ event: TraceEvent) -> Bool {
            event.milliseconds >= from && event.milliseconds <= until
                && (event.peer < 0 || peers.map { $0.contains(event.peer) } ?? true)
        }
    }
}

extension Chart {
    package static let stranger = "stranger"

    func name(_ lane: Int) -> String { names[lane] }

    /// The lane that a row belongs to, when it is one alone.
    func lane(of row: Row) -> Int? {
        switch row.mark {
        case .leaves(let flight): flights[flight].from
        case .ends(let flight): flights[flight].to
        case .synced(let lane), .crashed(let lane), .restarted(let lane), .stands(let lane),
            .told(let lane), .tried(let lane):
            lane
        case .weather(let lane): lane
        case .healed, .gap: nil
        }
    }

    /// For each row, the lanes that are down while it is drawn.
    var down: [Set<Int>] {
        var now: Set<Int> = []
        return rows.map { row in
            if case .restarted(let lane) = row.mark { now.remove(lane) }
            defer { if case .crashed(let lane) = row.mark { now.insert(lane) } }
            return now
        }
    }
}
