package import Store
package import Words

/// Why a journal does not open, or did not do what it was asked.
///
/// After every case but ``noRoom``, ``inert(_:)`` and ``held`` the journal is closed: it answers
/// ``stopped`` from then on, and only opening it again tells what it holds.
package enum JournalError: Error, Hashable, Sendable {
    /// Another process, or another journal of this one, has it.
    case held
    /// The disk failed or is full, just now.
    case disk(StoreError)
    /// It failed before, and was told so.
    case stopped
    /// The room that a new payment would need for its later records is not there. Nothing was
    /// written, and the payments that are open have theirs.
    case noRoom
    /// A version of this program that was never released wrote it.
    case older(schema: Int)
    /// A later version of this program wrote it.
    case newer(schema: Int)
    /// SQLite is not set as the journal needs it.
    case setting(String)
    /// Nothing in it is sealed under this key.
    case otherKey
    /// It does not say what was written.
    case damaged(Damage)
    /// It opened, but not as the newest state; see ``Staleness``.
    case inert(Staleness)
}

/// What is damaged.
package enum Damage: Hashable, Sendable {
    /// SQLite cannot read the file.
    case file(code: Int32)
    /// The tables are not the journal's.
    case schema
    /// There is a head, but no database beside it.
    case databaseMissing
    /// A record is not what was written.
    case record(UInt64)
    /// A record does not follow from the one before it.
    case link(UInt64)
    /// The newest records are not all there.
    case recordsMissing
    /// A row was edited, or moved from another place.
    case row(Table)
    /// A row was removed, added, or put back as it was before.
    case rows(live: Bool)
}

extension JournalError: CustomStringConvertible {
    /// What happened, why, and what to do.
    package var description: String {
        switch self {
        case .held:
            "the journal is in use: another process has this home open; close it first"
        case .disk(let fault):
            "the journal stopped: \(fault); see to the disk, then start again"
        case .stopped:
            "the journal stopped at an earlier failure and takes nothing more; start again"
        case .noRoom:
            "no new payment: the disk has no room for the records it would still have to write; "
                + "free some space"
        case .older(let schema):
            "the journal has schema \(schema), from before the first release, and is not read any "
                + "more; make a new home"
        case .newer(let schema):
            "the journal has schema \(schema), which is newer than this program; update it"
        case .setting(let name):
            "the journal is not safe here: SQLite did not accept \(name); use another SQLite"
        case .otherKey:
            "the journal does not open with this key: it belongs to another home, or all of it "
                + "is damaged; put the right key file beside it"
        case .damaged(let damage):
            "the journal is damaged: \(damage); do not use this copy, restore a backup or "
                + "have the office open a new epoch"
        case .inert(let finding):
            "the journal is not the newest one: \(finding); sync with the office, which opens "
                + "a new epoch"
        }
    }
}

extension Damage: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let code): "SQLite cannot read the database (code \(code))"
        case .schema: "the database's tables are not the journal's"
        case .databaseMissing: "there is a head file but no database beside it"
        case .record(let number): "record \(number) was changed"
        case .link(let number): "record \(number) does not follow from the one before it"
        case .recordsMissing: "records are missing from the log"
        case .row(let table): "a row of the table '\(table.name)' was changed or moved"
        case .rows(live: true): "a current row was removed, added or put back"
        case .rows(live: false): "a kept outcome or answer was removed, added or put back"
        }
    }
}

extension Staleness: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cut(let last, let head):
            "its log ends at record \(last), but record \(head) had been written; the end of "
                + "the log was cut off or damaged"
        case .older(let last, let head):
            "it ends at record \(last), but record \(head) had been written; it is an older copy"
        case .forked(let number):
            "its record \(number) is not the one that the head file knows; an older copy was "
                + "used after it had been left behind"
        case .headMissing: "the head file is gone, so nothing shows that this is the newest state"
        case .headDamaged:
            "the head file is damaged, so nothing shows that this is the newest state"
        }
    }
}
