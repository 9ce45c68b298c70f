package import Ledger
import Store
import Words

/// An office's books: entries that are never changed, and the balances that follow from them, on
/// one disk or on two.
///
/// A group of entries is one transaction on each disk, and is told when all have synced it. Any
/// failure of a disk stops the books for good: what they hold is then told by opening them again,
/// never by trying again.
package final class Books {
    /// The copies, the first first; none once the books have stopped.
    var shelves: [Shelf]
    let chain: Chain
    package let founding: Founding
    /// What stands on every account after the last entry.
    package internal(set) var ledger: Ledger
    /// The newest entry.
    package internal(set) var number: UInt64
    var link: [UInt8]
    /// The accounts that were posted to or opened since the last seal.
    var touched: Set<Account>
    #if Planted
    /// What only the first disk has.
    var late: [Leaf] = []
    #endif
    /// How many entries were copied from one disk to the other when these were opened.
    package let caughtUp: UInt64

    /// What a test chooses otherwise.
    package struct Settings: Hashable, Sendable {
        package enum Synchronous: Int64, Hashable, Sendable {
            /// Loses acknowledged entries at a power cut. It exists so that the crash campaign
            /// can show that it would notice.
            case normal = 1
            case full = 2
        }

        package var synchronous = Synchronous.full
        package init() {}
    }

    init(_ shelves: [Shelf], _ chain: Chain, _ state: State, caughtUp: UInt64) {
        (self.shelves, self.chain, self.caughtUp) = (shelves, chain, caughtUp)
        (founding, ledger, number) = (state.founding, state.ledger, state.number)
        (link, touched) = (state.link, state.touched)
    }

    package static let databaseFile = Shelf.name
    package static let headFile = Head.name
    /// What lies in a folder that holds a copy.
    package static let files = [Shelf.name, Shelf.name + "-wal", Shelf.lockName, Head.name]

    package var isOnTwoDisks: Bool { shelves.count == 2 }

    /// Copies the WALs back and syncs the heads; to be called when nothing else is to be done.
    package func idle() throws(BooksError) {
        try running { shelves throws(BooksError) in
            #if Planted
            if let second = shelves.dropFirst().first, !late.isEmpty { try second.add(late) }
            late = []
            #endif
            for shelf in shelves { try shelf.settle() }
        }
    }

    /// Does that, and lets go of the files.
    package func close() throws(BooksError) {
        try idle()
        shelves = []
    }

    /// Does something with the files; any failure ends their use.
    func running<Answer>(
        _ body: ([Shelf]) throws(BooksError) -> Answer
    ) throws(BooksError) -> Answer {
        guard !shelves.isEmpty else { throw .stopped }
        do {
            return try body(shelves)
        } catch {
            shelves = []
            throw error
        }
    }
}
