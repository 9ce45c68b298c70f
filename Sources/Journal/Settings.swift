import Store
import Words

/// What a home may choose, and what the simulator chooses smaller.
package struct Settings: Hashable, Sendable {
    /// The WAL goes back into the database when it has so many frames.
    package var checkpointFrames = 1_000
    /// The most frames that one step of a payment writes, not counting long bytes.
    ///
    /// A frame is a page: the last leaf of the log, a new one, and what splits above them.
    package var framesPerStep = 12
    /// Rows are laid down when so many records have changed them: opening reads no more records
    /// than that, unless the disk was full.
    package var recordsPerLaying: UInt64 = 256
    package var synchronous = Synchronous.full

    /// The version of the tables to make or to migrate to; a test makes an older one.
    package var schema = Schema.version

    package enum Synchronous: Int64, Hashable, Sendable {
        /// Loses acknowledged commits at a power cut. It exists so that the crash campaign can
        /// show that it would notice.
        case normal = 1
        case full = 2
    }

    package init() {}

    /// Sets SQLite up, and reads back what it made of it.
    func prepare(_ connection: Connection) throws(JournalError) {
        // First of all: exclusive from the first read on, the index of the WAL is in memory
        // and no shared-memory file is needed.
        // The automatic checkpoint is off already: the hook that counts frames took its place,
        // and naming it here would take the hook away.
        let wanted: [(String, String, String)] = [
            ("locking_mode", "EXCLUSIVE", "exclusive"),
            ("page_size", "\(Space.pageBytes)", "\(Space.pageBytes)"),
            ("journal_mode", "WAL", "wal"),
            ("synchronous", "\(synchronous.rawValue)", "\(synchronous.rawValue)"),
            ("temp_store", "2", "2"),
            ("mmap_size", "0", ""),
            // What is deleted is sealed anyway; overwriting it where that costs no write is
            // free.
            ("secure_delete", "FAST", "2"),
            ("cache_spill", "0", "0"),
            ("cell_size_check", "1", "1"),
            ("trusted_schema", "0", "0"),
        ]
        for (name, value, answer) in wanted {
            let said = try asking { () throws(StoreError) in
                try connection.run("PRAGMA \(name)=\(value)")
                return answer.isEmpty ? "" : try connection.text("PRAGMA \(name)")
            }
            guard said == answer else { throw .setting(name) }
        }
    }
}

/// Does something with the store, and says its faults in the journal's words.
func asking<Answer>(
    _ body: () throws(StoreError) -> Answer
) throws(JournalError) -> Answer {
    do {
        return try body()
    } catch {
        throw JournalError(error)
    }
}

extension JournalError {
    /// A damaged file is damage; everything else is the disk.
    init(_ fault: StoreError) {
        switch fault.kind {
        case .corrupt: self = .damaged(.file(code: fault.code))
        case .busy: self = .held
        case .full, .io, .cannotOpen, .readOnly, .other: self = .disk(fault)
        }
    }
}
