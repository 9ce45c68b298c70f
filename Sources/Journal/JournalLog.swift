package import Words

/// The journal as a node's log: the same acts, with one fault for all that ends its use.
///
/// Whoever needs to know more of a fault than its words opens the journal again, which names it.
package final class JournalLog: Log {
    /// For what a node never asks: history, records, the audit.
    package let journal: Journal

    package init(_ journal: Journal) { self.journal = journal }

    /// Opens the journal in this folder, or makes one, and says what it holds.
    package static func open(
        _ disk: Disk,
        hiding: any Hiding,
        chance: any Chance,
        settings: Settings = Settings()
    ) throws(JournalError) -> (JournalLog, Recovered) {
        let (journal, recovered) = try Journal.open(
            disk,
            hiding: hiding,
            chance: chance,
            settings: settings
        )
        return (JournalLog(journal), recovered)
    }

    /// Writes the steps as one group.
    ///
    /// In a journal that opened with a finding the first group begins anew: it is the one in
    /// which whoever was handed the finding says so.
    package func keep(_ steps: [Step]) throws(LogFault) {
        try inWords { () throws(JournalError) in
            if journal.finding != nil {
                try journal.begin(anew: steps)
            } else {
                try journal.write(steps)
            }
        }
    }

    package func reserve(_ payment: [UInt8], _ room: Room) throws(LogFault) -> Bool {
        try inWords { () throws(JournalError) in try journal.reserve(payment, room) }
    }

    package func release(_ payment: [UInt8]) { journal.release(payment) }

    package func look(_ table: Table, _ key: [UInt8]) throws(LogFault) -> [UInt8]? {
        try inWords { () throws(JournalError) in try journal.find(table, key) }
    }

    package func settle() throws(LogFault) {
        try inWords { () throws(JournalError) in try journal.idle() }
    }

    private func inWords<Answer>(
        _ body: () throws(JournalError) -> Answer
    ) throws(LogFault) -> Answer {
        do {
            return try body()
        } catch {
            throw LogFault(error.description)
        }
    }
}
