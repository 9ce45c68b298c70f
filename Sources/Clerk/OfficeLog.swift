internal import Books
internal import Commit
internal import Ledger
internal import Mint
internal import Money
internal import Wallet
internal import Wire
package import Words

import struct Mint.Draft

/// An office's log: what is the wallet's goes to the journal, what is the counter's to the books.
///
/// The journal comes first. A payment that it shows as paid is booked after it and before anybody
/// is told, or, where a power cut came between, when the office opens again.
package final class OfficeLog: Log {
    private let journal: any Log
    private let till: Till
    #if Planted
    /// Credits that the books have not heard of, and everybody else has.
    private var late: [Draft] = []
    #endif

    package init(_ journal: any Log, _ till: Till) { (self.journal, self.till) = (journal, till) }

    /// The kind of a step's records that are drafts for the books.
    static let draftKind: UInt64 = 64

    package func keep(_ steps: [Step]) throws(LogFault) {
        let own = steps.filter { !$0.isForTheBooks }
        if !own.isEmpty { try journal.keep(own) }
        var (drafts, credits): ([Draft], [Draft]) = ([], [])
        for step in steps {
            if step.isForTheBooks {
                for entry in step.entries { drafts.append(try Self.draft(entry.bytes)) }
            } else {
                for entry in step.entries {
                    guard let paid = try Self.paid(entry) else { continue }
                    let use = try Self.use(step)
                    credits += try till.credit(paid.handover, paid.commit, as: use)
                }
            }
        }
        #if Planted
        if Plant.creditBeforeBooks.isHere { swap(&credits, &late) }
        #endif
        try till.book(drafts, credits: credits)
    }

    private static func draft(_ bytes: [UInt8]) throws(LogFault) -> Draft {
        do { return try Draft(wireBytes: bytes) } catch {
            throw LogFault("the counter wrote what is no draft: \(error)")
        }
    }

    private static func use(_ step: Step) throws(LogFault) -> Use {
        do { return try step.use() } catch {
            throw LogFault("a payment came in that cannot be read: \(error)")
        }
    }

    private static func paid(
        _ entry: LogEntry
    ) throws(LogFault) -> (handover: Handover, commit: Commit)? {
        do { return try entry.paid() } catch {
            throw LogFault("a payment came in that cannot be read: \(error)")
        }
    }

    package func reserve(_ payment: [UInt8], _ room: Room) throws(LogFault) -> Bool {
        try journal.reserve(payment, room)
    }

    package func release(_ payment: [UInt8]) { journal.release(payment) }

    package func look(_ table: Table, _ key: [UInt8]) throws(LogFault) -> [UInt8]? {
        try journal.look(table, key)
    }

    package func settle() throws(LogFault) {
        try journal.settle()
        #if Planted
        try till.book([], credits: late)
        late = []
        #endif
        do {
            try till.books.idle()
        } catch {
            throw LogFault("the books: \(error.words)")
        }
    }
}

extension Step {
    fileprivate var isForTheBooks: Bool {
        entries.contains { $0.kind >= OfficeLog.draftKind }
    }
}
