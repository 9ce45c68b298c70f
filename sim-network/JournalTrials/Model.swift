import Disks
package import Words

/// What a journal must hold after the groups it was given: the same thing, kept in memory by
/// the plainest means.
package struct Model: Hashable, Sendable {
    private var number: UInt64 = 0
    private var rows: [Table: [[UInt8]: [UInt8]]] = [:]
    private var rooms: [[UInt8]: Room] = [:]
    /// All records, the oldest first.
    package private(set) var log: [Record] = []
    private var finishedAt: [[UInt8]: UInt64] = [:]

    package init() {}

    package mutating func apply(_ steps: [Step]) {
        for step in steps {
            for entry in step.entries {
                number += 1
                log.append(
                    Record(
                        number: number,
                        kind: entry.kind,
                        payment: step.payment,
                        bytes: entry.bytes
                    )
                )
            }
            for change in step.changes {
                switch change {
                case .put(let table, let key, let bytes): rows[table, default: [:]][key] = bytes
                case .remove(let table, let key): rows[table]?[key] = nil
                }
            }
            switch step.standing {
            case .unchanged: break
            case .open(let bytes, let toCome):
                rows[.open, default: [:]][step.payment] = bytes
                rooms[step.payment] = toCome
            case .finished(let bytes):
                rows[.open]?[step.payment] = nil
                rows[.finished, default: [:]][step.payment] = bytes
                finishedAt[step.payment] = number
            }
        }
    }

    package var recovered: Recovered {
        Recovered(
            number: number,
            registers: sorted(.register),
            pieces: sorted(.piece),
            outbox: sorted(.outbox),
            open: sorted(.open).map {
                OpenPayment(
                    payment: $0.key,
                    bytes: $0.bytes,
                    toCome: rooms[$0.key] ?? .none
                )
            }
        )
    }

    package var open: [Row] { sorted(.open) }
    package var pieces: [Row] { sorted(.piece) }
    package var answers: [Row] { sorted(.replay) }

    /// The newest first.
    package var outcomes: [Outcome] {
        sorted(.finished).map {
            Outcome(payment: $0.key, bytes: $0.bytes, number: finishedAt[$0.key] ?? 0)
        }.sorted { $0.number > $1.number }
    }

    package func room(of payment: [UInt8]) -> Room { rooms[payment] ?? .none }

    private func sorted(_ table: Table) -> [Row] {
        (rows[table] ?? [:]).map { Row(key: $0.key, bytes: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
}
