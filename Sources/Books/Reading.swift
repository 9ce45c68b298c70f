package import Ledger
package import Words

extension Books {
    /// What an audit found: everything is as it was written, and these are the figures.
    package struct Audit: Hashable, Sendable {
        package let entries: UInt64
        package let seals: UInt64
        package let sticks: UInt64
        package let ledger: Ledger
    }

    /// Walks all entries of all copies from the first, and looks at every row.
    ///
    /// The first row that is not what was written is named by what it throws.
    package func audit() throws(BooksError) -> Audit {
        try running { shelves throws(BooksError) in
            var found: Audit?
            for shelf in shelves {
                let one = try audit(shelf)
                guard one.ledger == ledger, one.entries == number + 1 else {
                    throw .damaged(shelf.copy, .entry(min(one.entries, number)))
                }
                found = found ?? one
            }
            guard let found else { throw .stopped }
            return found
        }
    }

    private func audit(_ shelf: Shelf) throws(BooksError) -> Audit {
        guard try shelf.isMade() else { throw .missing(shelf.copy) }
        guard let last = try shelf.last() else { throw .damaged(shelf.copy, .entry(0)) }
        var state = try State(first: shelf, chain)
        var (seals, sticks) = (UInt64(0), UInt64(0))
        while state.number < last {
            let next = state.number + 1
            for leaf in try shelf.leaves(next...min(last, next + Self.leavesAtOnce - 1)) {
                try state.take(leaf, shelf.copy, chain)
                if leaf.seal != nil { seals += 1 }
                if case .charge = leaf.entry.booked { sticks += 1 }
            }
        }
        guard state.ledger.isSound else { throw .damaged(shelf.copy, .entry(last)) }
        try shelf.checkRest()
        return Audit(entries: last + 1, seals: seals, sticks: sticks, ledger: state.ledger)
    }

    /// One line of a statement: what an entry did to an account, and what stood there after it.
    package struct Line: Hashable, Sendable {
        package let entry: Entry
        package let amount: Balance
        package let after: Balance
    }

    /// All that was posted to an account until now, the newest first; `body` is given each line
    /// and says whether to go on.
    ///
    /// Every entry is checked as it is read, and together they have to come to the balance.
    package func lines(
        of account: Account,
        _ body: (Line) -> Bool
    ) throws(BooksError) {
        try running { shelves throws(BooksError) in
            guard var after = ledger.balance(account) else { return }
            var before = number + 1
            while true {
                let page = try shelves[0].entries(of: account, before: before, atMost: 256)
                for number in page {
                    let entry = try checked(number, shelves[0])
                    let posting = entry.booked.postings.first { $0.account == account }
                    guard let posting, let rest = after.adding(posting.amount.negated) else {
                        throw .damaged(shelves[0].copy, .entry(number))
                    }
                    let line = Line(entry: entry, amount: posting.amount, after: after)
                    guard body(line) else { return }
                    (after, before) = (rest, number)
                }
                guard page.isEmpty else { continue }
                guard after == .zero else { throw .damaged(shelves[0].copy, .entry(before)) }
                return
            }
        }
    }

    /// All entries of one matter, the oldest first; `body` is given each.
    ///
    /// They come by an index, and each is checked as it is read.
    package func entries(
        of matter: Matter,
        from first: UInt64 = 0,
        _ body: (Entry) -> Void
    ) throws(BooksError) {
        try entries(ofAct: matter.rawValue, from: first, body)
    }

    /// All entries that moved money in one way, the oldest first.
    package func entries(
        of kind: Act.Kind,
        from first: UInt64 = 0,
        _ body: (Entry) -> Void
    ) throws(BooksError) {
        try entries(ofAct: kind.rawValue, from: first, body)
    }

    /// The first entry that issued a stick which is not settled once this day is closed; nil
    /// where there is none.
    package func firstStick(after day: Day?) throws(BooksError) -> UInt64? {
        try running { shelves throws(BooksError) in
            try shelves[0].firstStick(after: day.map { Int64($0.number) } ?? -1)
        }
    }

    /// An entry, by its number.
    package func entry(at number: UInt64) throws(BooksError) -> Entry? {
        guard number <= self.number else { return nil }
        return try running { shelves throws(BooksError) in try checked(number, shelves[0]) }
    }

    private func entries(
        ofAct act: UInt64,
        from first: UInt64,
        _ body: (Entry) -> Void
    ) throws(BooksError) {
        try running { shelves throws(BooksError) in
            var last = Int64(clamping: first) - 1
            while true {
                let page = try shelves[0].entries(of: act, after: last, atMost: 256)
                for number in page {
                    let entry = try checked(number, shelves[0])
                    guard entry.booked.number == act else {
                        throw .damaged(shelves[0].copy, .entry(number))
                    }
                    body(entry)
                    last = Int64(number)
                }
                if page.isEmpty { return }
            }
        }
    }

    /// The entry whose word is about something: of several the one with the greatest place, or,
    /// where a place is given, the one at it or the next after it.
    package func entry(
        about: Hash,
        from place: UInt64? = nil
    ) throws(BooksError) -> Entry? {
        precondition(place ?? 0 <= Word.placeAtMost, "a place fits a column")
        return try running { shelves throws(BooksError) in
            guard let number = try shelves[0].entry(about: about, from: place) else { return nil }
            let entry = try checked(number, shelves[0])
            guard entry.booked.word?.about == about else {
                throw .damaged(shelves[0].copy, .entry(number))
            }
            return entry
        }
    }

    /// The entry that a request made; nil when there is none.
    package func entry(of request: Hash) throws(BooksError) -> Entry? {
        try running { shelves throws(BooksError) in
            guard let number = try shelves[0].entry(of: request) else { return nil }
            return try checked(number, shelves[0])
        }
    }

    /// The newest entry.
    package func last() throws(BooksError) -> Entry? { try entry(at: number) }

    /// Whether this stick was issued, be it settled or not.
    package func hasIssued(_ stick: Hash) throws(BooksError) -> Bool {
        try running { shelves throws(BooksError) in try shelves[0].holds(stick) }
    }
}
