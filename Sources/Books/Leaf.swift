import Ledger
import Words

/// One entry with all that was written together with it: what a transaction is made of, what is
/// copied from disk to disk, and what an audit reads.
struct Leaf: Hashable {
    let entry: Books.Entry
    let link: [UInt8]
    var seal: Seal?

    /// The balances that were sealed after it, of the accounts that had changed.
    struct Seal: Hashable {
        let mac: [UInt8]
        let balances: [Posting]
    }
}

/// What the rows of the tables say of one entry, before it is known whether that makes sense.
struct RawLeaf {
    struct Founding {
        let asset: String
        let scale: Int64
        let name: String
        let office: [UInt8]
        let every: Int64
    }

    struct Opened {
        let number: Int64
        let kind: Int64
        let name: String
    }

    struct Stick {
        let id: [UInt8]
        let owner: [UInt8]
        let units: Int64
        let spendUntil: Int64
        let settleUntil: Int64
        let paper: [UInt8]
    }

    struct Word {
        let about: [UInt8]
        let place: Int64
        let bytes: [UInt8]
    }

    let number: Int64
    let moment: Int64
    let act: Int64
    let request: [UInt8]
    let memo: String
    let link: [UInt8]
    var postings: [(place: Int64, account: Int64, amount: Int64)] = []
    var foundings: [Founding] = []
    var accounts: [Opened] = []
    var sticks: [Stick] = []
    var words: [Word] = []
    var seals: [[UInt8]] = []
    var sealed: [(account: Int64, balance: Int64)] = []

    /// What they come to; nil when that is no entry of any books.
    var leaf: Leaf? {
        guard let number = UInt64(exactly: number),
            let moment = UInt64(exactly: moment).flatMap(Moment.init),
            let request = Bytes32(request).map(Hash.init), let memo = Text(memo),
            memo.byteCount <= Limits.memoBytes, let booked, seals.count <= 1,
            seals.count == 1 || sealed.isEmpty
        else { return nil }
        var seal: Leaf.Seal?
        if let mac = seals.first {
            guard let balances = Self.postings(sealed.map { ($0.account, $0.balance) }) else {
                return nil
            }
            seal = Leaf.Seal(mac: mac, balances: balances)
        }
        let entry = Books.Entry(
            number: number,
            moment: moment,
            request: request,
            memo: memo,
            booked: booked
        )
        return Leaf(entry: entry, link: link, seal: seal)
    }

    private var booked: Books.Booked? {
        let parts = (foundings.count, accounts.count, sticks.count, words.count)
        guard postings.indices.allSatisfy({ postings[$0].place == Int64($0) }) else { return nil }
        switch (act, parts) {
        case (0, (1, 0, 0, 0)) where postings.isEmpty:
            return foundings[0].founding.map { .founding($0) }
        case (1, (0, 1, 0, 0)) where postings.isEmpty: return accounts[0].booked
        case (_, (0, 0, 0, 0)):
            return moved.flatMap { $0.kind == .charge || $0.kind.hasWord ? nil : .cash($0) }
        case (_, (0, 0, 0, 1)): return said
        case (_, (0, 0, 1, 0)):
            guard let act = moved, act.kind == .charge, let stick = sticks[0].stick,
                stick.units == act.amount
            else { return nil }
            return .charge(act, stick)
        case _: return nil
        }
    }

    private var said: Books.Booked? {
        guard let word = words[0].word else { return nil }
        if let matter = UInt64(exactly: act).flatMap(Books.Matter.init) {
            return postings.isEmpty ? .matter(matter, word) : nil
        }
        return moved.flatMap { $0.kind.hasWord ? .movement($0, word) : nil }
    }

    private var moved: Act? {
        guard let kind = UInt64(exactly: act).flatMap(Act.Kind.init),
            let postings = Self.postings(postings.map { ($0.account, $0.amount) })
        else { return nil }
        return Act(kind, postings)
    }

    private static func postings(_ rows: [(account: Int64, amount: Int64)]) -> [Posting]? {
        var found: [Posting] = []
        for row in rows {
            guard let account = UInt64(exactly: row.account), let amount = Balance(row.amount)
            else { return nil }
            found.append(Posting(account: Account(number: account), amount: amount))
        }
        return found
    }
}

extension RawLeaf.Founding {
    fileprivate var founding: Books.Founding? {
        guard let scale = UInt8(exactly: scale), let asset = Asset(code: asset, scale: scale),
            let name = Text(name), let office = Bytes32(office).map(Key.init),
            let every = UInt64(exactly: every),
            (1...Books.Founding.sealEveryAtMost).contains(every)
        else { return nil }
        return Books.Founding(asset: asset, name: name, office: office, sealEvery: every)
    }
}

extension RawLeaf.Opened {
    fileprivate var booked: Books.Booked? {
        guard let number = UInt64(exactly: number), let name = Text(name),
            let kind = UInt64(exactly: kind).flatMap(HolderKind.init)
        else { return nil }
        return .account(Account(number: number), kind, name)
    }
}

extension RawLeaf.Word {
    fileprivate var word: Books.Word? {
        guard let about = Bytes32(about).map(Hash.init), let place = UInt64(exactly: place),
            bytes.count <= Books.Word.bytesAtMost
        else { return nil }
        return Books.Word(about: about, place: place, bytes: bytes)
    }
}

extension RawLeaf.Stick {
    fileprivate var stick: Books.Stick? {
        guard let id = Bytes32(id).map(Hash.init), let owner = Bytes32(owner).map(Key.init),
            let units = UInt64(exactly: units).flatMap(Amount.init),
            let spendUntil = UInt64(exactly: spendUntil).flatMap(Day.init),
            let settleUntil = UInt64(exactly: settleUntil).flatMap(Day.init)
        else { return nil }
        return Books.Stick(
            id: id,
            owner: owner,
            units: units,
            spendUntil: spendUntil,
            settleUntil: settleUntil,
            paper: paper
        )
    }
}
