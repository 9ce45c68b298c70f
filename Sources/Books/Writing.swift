import Ledger
import Words

extension Books {
    /// Books what can be booked of these, in their order, as one group.
    ///
    /// When it returns, all disks have synced it. What the ledger refuses leaves no trace, and is
    /// no matter for the others; what was booked before is answered with what was booked then.
    ///
    /// What is to be whole is booked when nothing of it is refused; else it leaves no trace at all.
    package func write(
        _ drafts: [Draft],
        isWhole: Bool = false
    ) throws(BooksError) -> [Outcome] {
        try running { shelves throws(BooksError) in
            var group = Group(self)
            var outcomes: [Outcome] = []
            for draft in drafts {
                var known = group.entry(of: draft.request)
                if known == nil { known = try booked(draft.request, shelves[0]) }
                outcomes.append(known.map { $0.outcome(for: draft) } ?? group.add(draft))
            }
            guard !group.leaves.isEmpty else { return outcomes }
            guard !isWhole || !outcomes.contains(where: \.isRefused) else { return outcomes }
            try add(group.leaves, to: shelves)
            (ledger, number) = (group.ledger, group.number)
            (link, touched) = (group.link, group.touched)
            return outcomes
        }
    }

    /// The first disk, and then the second: it is told when both have it.
    private func add(_ leaves: [Leaf], to shelves: [Shelf]) throws(BooksError) {
        #if Planted
        if Plant.secondLater.isHere {
            late += leaves
            return try shelves[0].add(leaves)
        }
        #endif
        for shelf in shelves { try shelf.add(leaves) }
    }

    private func booked(_ request: Hash, _ shelf: Shelf) throws(BooksError) -> Entry? {
        guard let number = try shelf.entry(of: request) else { return nil }
        return try checked(number, shelf)
    }

    /// An entry, as it is known to have been written: its link is a MAC over it and over the link
    /// before it.
    func checked(_ number: UInt64, _ shelf: Shelf) throws(BooksError) -> Entry {
        let leaf = try shelf.leaves(number...number)[0]
        let before = number == 0 ? [] : try shelf.link(of: number - 1)
        guard let before, chain.link(leaf.entry, after: before) == leaf.link else {
            throw .damaged(shelf.copy, .entry(number))
        }
        return leaf.entry
    }
}

/// What a group will have made of the books, once it is written.
private struct Group {
    let founding: Books.Founding
    let chain: Chain
    private(set) var ledger: Ledger
    private(set) var number: UInt64
    private(set) var link: [UInt8]
    private(set) var touched: Set<Account>
    private(set) var leaves: [Leaf] = []
    private var requests: [Hash: Int] = [:]

    init(_ books: Books) {
        (founding, chain, ledger) = (books.founding, books.chain, books.ledger)
        (number, link, touched) = (books.number, books.link, books.touched)
    }

    func entry(of request: Hash) -> Books.Entry? { requests[request].map { leaves[$0].entry } }

    mutating func add(_ draft: Books.Draft) -> Books.Outcome {
        let booked: Books.Booked
        do throws(LedgerRefusal) {
            switch draft.content {
            case .opening(let kind, let name):
                booked = .account(try ledger.open(kind, name), kind, name)
            case .cash(let act):
                try ledger.post(act.postings)
                booked = .cash(act)
            case .charge(let act, let stick):
                try ledger.post(act.postings)
                booked = .charge(act, stick)
            case .movement(let act, let word):
                try ledger.post(act.postings)
                booked = .movement(act, word)
            case .matter(let matter, let word): booked = .matter(matter, word)
            }
        } catch {
            return .refused(.ledger(error))
        }
        number += 1
        let entry = Books.Entry(
            number: number,
            moment: draft.moment,
            request: draft.request,
            memo: draft.memo,
            booked: booked
        )
        link = chain.link(entry, after: link)
        touched.formUnion(entry.touched)
        var leaf = Leaf(entry: entry, link: link)
        if founding.seals(number) {
            leaf.seal = Leaf.Seal(
                mac: chain.seal(number, link, ledger),
                balances: ledger.postings(of: touched)
            )
            touched = []
        }
        requests[draft.request] = leaves.count
        leaves.append(leaf)
        return .booked(entry)
    }
}

extension Books.Outcome {
    fileprivate var isRefused: Bool {
        if case .refused = self { true } else { false }
    }
}

extension Books.Entry {
    fileprivate func outcome(for draft: Books.Draft) -> Books.Outcome {
        answers(draft) ? .again(self) : .refused(.requestUsed(number))
    }
}
