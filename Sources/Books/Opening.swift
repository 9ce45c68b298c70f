import Ledger
package import Words

extension Books {
    /// Makes books where there are none, on each disk.
    package static func make(
        _ disks: [Disk],
        _ founding: Founding,
        at moment: Moment,
        hiding: any Hiding,
        settings: Settings = Settings()
    ) throws(BooksError) {
        precondition((1...2).contains(disks.count), "books lie on one disk or on two")
        guard let memo = Text("") else { preconditionFailure("nothing can be shown") }
        let entry = Entry(
            number: 0,
            moment: moment,
            request: Digest.hash(foundingDomain, founding.office.bytes.array),
            memo: memo,
            booked: .founding(founding)
        )
        let chain = Chain(hiding: hiding)
        let first = Leaf(entry: entry, link: chain.link(entry, after: []))
        for (disk, copy) in zip(disks, Copy.allCases) {
            let shelf = try Shelf(disk, copy, chain, settings, making: true)
            guard try !shelf.isMade() else { throw .made(copy) }
            try shelf.make(first)
            try shelf.settle()
        }
    }

    private static let foundingDomain = Digest.Domain("tally1 founding")

    /// Opens the books on all their disks.
    ///
    /// It takes the locks, goes from the last sealed balances over what was written after them,
    /// and copies what one disk has and the other has not. What is wrong is named, and then
    /// nothing was written. With `filled`, that copy may be empty, and is made of the other.
    package static func open(
        _ disks: [Disk],
        hiding: any Hiding,
        filling filled: Copy? = nil,
        settings: Settings = Settings()
    ) throws(BooksError) -> Books {
        precondition((1...2).contains(disks.count), "books lie on one disk or on two")
        let chain = Chain(hiding: hiding)
        var (shelves, states): ([Shelf], [State]) = ([], [])
        for (disk, copy) in zip(disks, Copy.allCases) {
            shelves.append(try Shelf(disk, copy, chain, settings, making: copy == filled))
        }
        if let filled { try begin(shelves[filled.rawValue], shelves[1 - filled.rawValue], chain) }
        for shelf in shelves {
            guard try shelf.isMade() else { throw .missing(shelf.copy) }
            states.append(try State(reading: shelf, chain))
        }
        let ahead = states.count == 2 && states[1].number > states[0].number ? 1 : 0
        if states.count == 2 {
            try agree(shelves[1 - ahead], states[1 - ahead], shelves[ahead])
        }
        try check(shelves, states[ahead], shelves[ahead])
        var missing: UInt64 = 0
        if states.count == 2 {
            missing = states[ahead].number - states[1 - ahead].number
            try catchUp(shelves[1 - ahead], states[1 - ahead], shelves[ahead], chain)
        }
        for shelf in shelves { try shelf.anchor(states[ahead].number, states[ahead].link) }
        return Books(shelves, chain, states[ahead], caughtUp: missing)
    }

    /// Gives an empty copy its first entry, once it is known that the other one is whole.
    private static func begin(_ empty: Shelf, _ whole: Shelf, _ chain: Chain) throws(BooksError) {
        guard try !empty.isMade() else { return }
        guard try whole.isMade() else { throw .missing(whole.copy) }
        _ = try State(reading: whole, chain)
        try empty.make(try whole.leaves(0...0)[0])
    }

    /// Whether the newest copy has all that any head knows of.
    private static func check(
        _ shelves: [Shelf],
        _ newest: State,
        _ shelf: Shelf
    ) throws(BooksError) {
        let marks = shelves.compactMap(\.mark)
        guard !marks.isEmpty else { throw .headless }
        for mark in marks {
            guard mark.number <= newest.number else {
                throw .cut(last: newest.number, head: mark.number)
            }
            guard try shelf.link(of: mark.number) == mark.link else {
                throw .contradicting(at: mark.number)
            }
        }
    }

    /// Whether `ahead` has the same as `behind` as far as that goes.
    private static func agree(
        _ behind: Shelf,
        _ state: State,
        _ ahead: Shelf
    ) throws(BooksError) {
        guard try ahead.link(of: state.number) == state.link else {
            throw .contradicting(at: try firstDifference(behind, ahead, until: state.number))
        }
    }

    /// Gives `behind` what `ahead` has on top.
    private static func catchUp(
        _ behind: Shelf,
        _ state: State,
        _ ahead: Shelf,
        _ chain: Chain
    ) throws(BooksError) {
        guard let last = try ahead.last() else { throw .missing(ahead.copy) }
        var (next, link) = (state.number + 1, state.link)
        while next <= last {
            let leaves = try ahead.leaves(next...min(last, next + leavesAtOnce - 1))
            for leaf in leaves {
                guard chain.link(leaf.entry, after: link) == leaf.link else {
                    throw .damaged(ahead.copy, .entry(leaf.entry.number))
                }
                link = leaf.link
            }
            try behind.add(leaves)
            next += UInt64(leaves.count)
        }
    }

    /// Links depend on all before them, so once they differ they differ for good.
    private static func firstDifference(
        _ one: Shelf,
        _ other: Shelf,
        until last: UInt64
    ) throws(BooksError) -> UInt64 {
        var (low, high) = (UInt64(0), last)
        while low < high {
            let middle = low + (high - low) / 2
            if try one.link(of: middle) == other.link(of: middle) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Entries that are read, or written, at once.
    static let leavesAtOnce: UInt64 = 1_000
}

/// What is known of one copy when it has been read.
struct State {
    let founding: Books.Founding
    private(set) var ledger: Ledger
    private(set) var number: UInt64
    private(set) var link: [UInt8]
    private(set) var touched: Set<Account> = []

    /// The first entry alone, which is the office's own word under its key.
    init(first shelf: Shelf, _ chain: Chain) throws(BooksError) {
        let first = try shelf.leaves(0...0)[0]
        guard case .founding(let founding) = first.entry.booked else {
            throw .damaged(shelf.copy, .entry(0))
        }
        guard chain.link(first.entry, after: []) == first.link else {
            throw .otherKey(shelf.copy)
        }
        guard first.seal == nil else { throw .damaged(shelf.copy, .seal(0)) }
        self.founding = founding
        (ledger, number, link) = (Ledger(), 0, first.link)
    }

    /// From the last seal on; from the beginning where there is none.
    init(reading shelf: Shelf, _ chain: Chain) throws(BooksError) {
        guard let last = try shelf.last() else { throw .damaged(shelf.copy, .entry(0)) }
        try self.init(first: shelf, chain)
        if let seal = try shelf.lastSeal() { try goOn(from: seal, shelf, chain) }
        while number < last {
            let next = number + 1
            for leaf in try shelf.leaves(next...min(last, next + Books.leavesAtOnce - 1)) {
                try take(leaf, shelf.copy, chain)
            }
        }
    }

    private mutating func goOn(
        from seal: UInt64,
        _ shelf: Shelf,
        _ chain: Chain
    ) throws(BooksError) {
        let leaf = try shelf.leaves(seal...seal)[0]
        guard let ledger = try Ledger(shelf.balances(at: seal), shelf.accounts(until: seal)),
            chain.seal(seal, leaf.link, ledger) == leaf.seal?.mac
        else { throw .damaged(shelf.copy, .seal(seal)) }
        (self.ledger, number, link) = (ledger, seal, leaf.link)
    }

    /// Checks that an entry follows from the one before it, and takes it.
    mutating func take(_ leaf: Leaf, _ copy: Copy, _ chain: Chain) throws(BooksError) {
        let entry = leaf.entry
        guard chain.link(entry, after: link) == leaf.link else {
            throw .damaged(copy, .entry(entry.number))
        }
        do {
            try ledger.take(entry)
        } catch {
            throw .damaged(copy, .postings(entry.number, error))
        }
        (number, link) = (entry.number, leaf.link)
        touched.formUnion(entry.touched)
        let wanted = seal(chain)
        guard leaf.seal == wanted else { throw .damaged(copy, .seal(number)) }
        if wanted != nil { touched = [] }
    }

    /// The seal that belongs after the entry that was taken last.
    private func seal(_ chain: Chain) -> Leaf.Seal? {
        guard founding.seals(number) else { return nil }
        return Leaf.Seal(
            mac: chain.seal(number, link, ledger),
            balances: ledger.postings(of: touched)
        )
    }
}

extension Books.Founding {
    /// Whether balances are sealed after this entry.
    func seals(_ number: UInt64) -> Bool { number > 0 && number.isMultiple(of: sealEvery) }
}

extension Books.Entry {
    /// The accounts whose balance it says anything about.
    var touched: [Account] {
        if case .account(let account, _, _) = booked { return [account] }
        return booked.postings.map(\.account)
    }
}

extension Ledger {
    /// What stands on these accounts, in the order of their numbers.
    func postings(of accounts: Set<Account>) -> [Posting] {
        accounts.sorted().map { account in
            guard let balance = balance(account) else {
                preconditionFailure("account \(account.number) was posted to, and is not there")
            }
            return Posting(account: account, amount: balance)
        }
    }

    /// What rows say; nil when that can be no ledger.
    init?(_ balances: [(account: Int64, balance: Int64)], _ accounts: [RawLeaf.Opened]) {
        var stood: [UInt64: Balance] = [:]
        for row in balances {
            guard let number = UInt64(exactly: row.account), let balance = Balance(row.balance)
            else { return nil }
            stood[number] = balance
        }
        var holders: [AccountHolder] = []
        for row in accounts {
            guard let number = UInt64(exactly: row.number), let name = Text(row.name),
                let kind = UInt64(exactly: row.kind).flatMap(HolderKind.init),
                let balance = stood.removeValue(forKey: number)
            else { return nil }
            let account = Account(number: number)
            holders.append(
                AccountHolder(account: account, kind: kind, name: name, balance: balance)
            )
        }
        var own: [OwnAccount: Balance] = [:]
        for account in OwnAccount.allCases {
            own[account] = stood.removeValue(forKey: account.rawValue)
        }
        guard stood.isEmpty else { return nil }
        self.init(own: own, holders: holders)
    }
}
