import Words

/// What a disk says when it is read back.
struct DiskModel {
    private var tables: [Table: [[UInt8]: [UInt8]]] = [:]
    private var open: [[UInt8]: (bytes: [UInt8], toCome: Room)] = [:]
    private var newest: UInt64 = 0

    mutating func write(_ step: Step) {
        newest += UInt64(step.entries.count)
        for change in step.changes {
            switch change {
            case .put(let table, let key, let bytes): tables[table, default: [:]][key] = bytes
            case .remove(let table, let key): tables[table, default: [:]][key] = nil
            }
        }
        switch step.standing {
        case .unchanged: return
        case .open(let bytes, let toCome):
            open[step.payment] = (bytes, toCome)
        case .finished: open[step.payment] = nil
        }
    }

    private func rows(_ table: Table) -> [Row] {
        (tables[table] ?? [:]).map { Row(key: $0.key, bytes: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    var recovered: Recovered {
        Recovered(
            number: newest,
            registers: rows(.register),
            pieces: rows(.piece),
            outbox: rows(.outbox),
            open: open.map {
                OpenPayment(
                    payment: $0.key,
                    bytes: $0.value.bytes,
                    toCome: $0.value.toCome
                )
            }.sorted { $0.payment.lexicographicallyPrecedes($1.payment) }
        )
    }
}
