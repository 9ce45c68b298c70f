import Store
package import Words

/// The durable log of one wallet or other peer, with its tables.
///
/// One transaction holds a group of steps: their records, and in these all that they do to rows.
/// When ``write(_:)`` returns, the group survives a power cut; before that nothing may leave
/// the process. Any failure of the disk stops the journal for good: what it holds is then told
/// by opening it again, never by trying again.
///
/// The log comes first, the tables later: what records say of rows waits in memory, and now and
/// then a group lays it all down (``Waiting``). A row that comes and goes in between is never
/// written at all, and a step costs the end of one table, not a leaf of each.
///
/// What is checked when:
/// - opening checks every live row as it was laid down, one by one and as a whole, the chain of
///   the records since then, and the head;
/// - the first look at a finished payment or a recorded answer checks that none of those was
///   removed, added or put back; each look checks the row it reads;
/// - ``audit()`` walks the whole log and lets SQLite check its file; ``begin(anew:)`` does so
///   before it writes, because what lost its newest records may have lost more.
package final class Journal {
    static let name = "journal.db"
    static let logName = name + "-wal"
    static let lockName = "journal.lock"

    /// All that touches the disk; nil once the journal has stopped.
    var engine: Engine?
    var state: State
    let cover: Cover
    var chance: any Chance
    let settings: Settings
    var space: Space
    /// The newest record when it was last tried to lay rows down.
    var triedToLay: UInt64 = 0
    /// Why it may not write before ``begin(anew:)``.
    package internal(set) var finding: Staleness?
    /// How often the WAL went back into the database in this life.
    package private(set) var checkpoints = 0
    /// Whether the sum over the archive's rows has been compared in this life.
    var archiveIsChecked = false

    init(
        _ engine: Engine,
        _ state: State,
        _ cover: Cover,
        _ chance: any Chance,
        _ settings: Settings,
        _ finding: Staleness?
    ) {
        (self.engine, self.state, self.cover) = (engine, state, cover)
        (self.chance, self.settings, self.finding) = (chance, settings, finding)
        space = Space(settings)
    }

    /// Whether the head is written and not synced: call ``idle()`` within a second.
    package var isDirty: Bool { engine?.head?.isDirty ?? false }

    /// The newest record.
    package var number: UInt64 { state.number }

    /// Syncs the head, and keeps the WAL short.
    ///
    /// To be called when nothing else is to be done, within a second of the last group.
    package func idle() throws(JournalError) {
        try running { engine throws(JournalError) in
            try asking { () throws(StoreError) in try engine.head?.sync() }
            if space.used * 2 >= settings.checkpointFrames { try checkpoint(engine) }
        }
    }

    /// Syncs the head and lets go of the files.
    ///
    /// The journal takes nothing more.
    package func close() throws(JournalError) {
        try idle()
        engine = nil
    }

    /// Does something with the files; any failure but a refusal ends their use.
    func running<Answer>(
        _ body: (Engine) throws(JournalError) -> Answer
    ) throws(JournalError) -> Answer {
        guard let engine else { throw .stopped }
        do {
            return try body(engine)
        } catch {
            switch error {
            case .noRoom, .inert: break
            case .held, .disk, .stopped, .older, .newer, .setting, .otherKey, .damaged:
                self.engine = nil
            }
            throw error
        }
    }

    /// Copies the WAL back into the database, so that it starts anew.
    func checkpoint(_ engine: Engine) throws(JournalError) {
        do {
            try engine.connection.checkpoint()
            checkpoints += 1
            space.used = 0
            state.floor = state.number
        } catch {
            // The database cannot grow just now. Everything is in the WAL and stays there,
            // which has the room that open payments need.
            guard error.kind == .full else { throw JournalError(error) }
        }
    }
}

/// The files of an open journal, and the statements that are used again and again.
final class Engine {
    let connection: Connection
    let statements: Statements
    var head: Head?
    /// The WAL, as a file.
    ///
    /// It belongs to the connection.
    let wal: File
    let disk: Disk

    init(_ connection: Connection, _ disk: Disk) throws(StoreError) {
        (self.connection, self.disk) = (connection, disk)
        statements = Statements(connection)
        wal = try connection.wal()
    }
}
