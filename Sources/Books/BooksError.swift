package import Ledger
package import Store
import Words

/// One of the two copies of the books, each on a disk of its own.
package enum Copy: Int, Hashable, Sendable, CaseIterable {
    case first = 0
    case second = 1
}

/// Why books do not open, or did not do what they were asked.
///
/// After every case the books are closed: they answer ``stopped`` from then on, and only opening
/// them again tells what they hold.
package enum BooksError: Error, Hashable, Sendable {
    /// Another process has them.
    case held(Copy)
    /// The disk failed or is full, just now.
    case disk(Copy, StoreError)
    /// They failed before, and said so.
    case stopped
    /// A later version of this program wrote them.
    case newer(Copy, schema: Int)
    /// A version from before the first release wrote them.
    case older(Copy, schema: Int)
    /// SQLite is not set as the books need it.
    case setting(Copy, String)
    /// There are none on this disk.
    case missing(Copy)
    /// There are some already.
    case made(Copy)
    /// Nothing in them is under this key.
    case otherKey(Copy)
    /// They do not say what was written.
    case damaged(Copy, BooksDamage)
    /// Both are whole, and from this entry on they tell different things.
    case contradicting(at: UInt64)
    /// They end before an entry that was written, by the word of a head.
    case cut(last: UInt64, head: UInt64)
    /// No head can be read, so nothing shows that this is the newest state.
    case headless
}

package enum BooksDamage: Hashable, Sendable {
    /// SQLite cannot read the file.
    case file(code: Int32)
    /// The tables, or what keeps them from being changed, are not the books'.
    case schema
    /// This entry, or a row that belongs to it, is not what was written.
    case entry(UInt64)
    /// Its postings can follow from no entries before it.
    case postings(UInt64, LedgerRefusal)
    /// The balances that were sealed after this entry are not those that were written.
    case seal(UInt64)
    /// A row of this table belongs to no entry.
    case stray(String, entry: Int64)
}

extension BooksDamage: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let code): "SQLite cannot read the database (code \(code))"
        case .schema: "the tables, or the triggers that keep them, are not the books'"
        case .entry(let number):
            "entry \(number), or a row that belongs to it, is not what was written"
        case .postings(let number, _):
            "the postings of entry \(number) do not follow from those before it"
        case .seal(let number): "the balances sealed after entry \(number) were changed"
        case .stray(let table, let entry):
            "a row of the table '\(table)' belongs to entry \(entry), which never had it"
        }
    }
}
