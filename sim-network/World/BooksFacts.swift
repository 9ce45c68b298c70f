import Books
import Clerk
import Disks
import Ledger
import Oracle
import Words

// What the office's disk says of its books, for the oracle: looked at aside, so that no fault
// befalls a judge.

extension World {
    /// Tells the oracle what the books have more than when they were looked at last.
    func lookAtBooks(_ peer: Peer) {
        guard let books = peer.bureau?.till?.books else { return }
        guard books.number >= oracle.bookedEntries else { return }
        let entries = read(books, from: oracle.bookedEntries, peer)
        oracle.booked(entries, balances: Self.balances(books.ledger))
    }

    /// The office has opened its books again: the last ones that were told have to be there, and
    /// at the end all of them.
    func reopenBooks(_ peer: Peer, whole: Bool = false) {
        guard let books = peer.bureau?.till?.books else { return }
        let told = oracle.bookedEntries
        let first = whole || told < Self.lookedAtAgain ? 0 : told - Self.lookedAtAgain
        let entries = first > books.number ? [] : read(books, from: first, peer)
        oracle.reopened(entries, from: first, balances: Self.balances(books.ledger))
    }

    /// Each entry is tied to the one before it by a MAC, so a few stand for all.
    private static let lookedAtAgain: UInt64 = 8

    private func read(_ books: Books, from first: UInt64, _ peer: Peer) -> [BookedEntry] {
        guard first <= books.number else { return [] }
        do {
            return try peer.aside { () throws(BooksError) in
                var found: [BookedEntry] = []
                for number in first...books.number {
                    if let entry = try books.entry(at: number) { found.append(BookedEntry(entry)) }
                }
                return found
            }
        } catch {
            refuse(.books, peer, "what was just written cannot be read: \(error)")
            return []
        }
    }

    private static func balances(_ ledger: Ledger) -> [UInt64: Int64] {
        var all: [UInt64: Int64] = [:]
        for own in OwnAccount.allCases { all[own.rawValue] = ledger[own].units }
        for holder in ledger.holders { all[holder.account.number] = holder.balance.units }
        return all
    }
}

extension BookedEntry {
    fileprivate init(_ entry: Books.Entry) {
        self.init(number: entry.number, act: entry.booked.number, request: entry.request)
        postings = entry.booked.postings.map {
            Posting(account: $0.account.number, units: $0.amount.units)
        }
        if case .charge(_, let stick) = entry.booked { paper = stick.paper }
        if let word = entry.booked.word {
            self.word = Word(about: word.about, place: word.place, bytes: word.bytes)
        }
    }
}
