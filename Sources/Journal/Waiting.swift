import Words

/// The rows that records have changed since rows were last laid down: what they say now, and
/// the record that said so last.
///
/// All of it stands in the log, so a power cut takes nothing of it: opening reads it again.
struct Waiting: Hashable, Sendable {
    struct Row: Hashable, Sendable {
        /// nil when there is none any more.
        let bytes: [UInt8]?
        let written: UInt64

        var byteCount: Int { bytes?.count ?? 0 }
    }

    private var tables = Array(repeating: [RowKey: Row](), count: Table.allCases.count)
    /// The most bytes that laying all of them down takes, before padding.
    private(set) var byteCount = 0

    var count: Int { tables.reduce(0) { $0 + $1.count } }

    subscript(_ table: Table, _ key: [UInt8]) -> Row? {
        tables[Self.index(table)][RowKey(key)]
    }

    func rows(of table: Table) -> [RowKey: Row] { tables[Self.index(table)] }

    mutating func put(_ change: RowChange, written: UInt64) {
        let row = Row(bytes: change.bytes, written: written)
        let index = Self.index(change.table)
        byteCount += change.key.count + row.byteCount
        if let old = tables[index].updateValue(row, forKey: RowKey(change.key)) {
            byteCount -= change.key.count + old.byteCount
        }
    }

    /// Forgets a change: there never was a row to take away.
    mutating func drop(_ table: Table, _ key: [UInt8]) {
        guard let old = tables[Self.index(table)].removeValue(forKey: RowKey(key)) else { return }
        byteCount -= key.count + old.byteCount
    }

    private static func index(_ table: Table) -> Int { Int(table.rawValue) - 1 }
}
