import Books
import Disks
import JournalTrials
import Ledger
import Store
import Testing
import Words

/// Books on disks that misbehave, and what is booked in them.
enum Desk {
    static let folder = "/office"
    static let database = folder + "/books.db"
    static let key = Veil(seed: 1)

    static var founding: Books.Founding { founding(sealEvery: 4) }

    static func founding(sealEvery: UInt64) -> Books.Founding {
        guard let euro = Asset(code: "EUR", scale: 2) else { preconditionFailure("an asset") }
        return Books.Founding(
            asset: euro,
            name: text("Town"),
            office: Key(Bytes32(repeating: 7)),
            sealEvery: sealEvery
        )
    }

    static func text(_ text: String) -> Text {
        guard let made = Text(text) else { preconditionFailure("a text to be shown") }
        return made
    }

    static let morning: Moment = {
        guard let moment = Moment(1_800_000_000) else { preconditionFailure("a moment") }
        return moment
    }()

    static func disks(_ faulty: [FaultyDisk]) -> [Disk] {
        faulty.map { Disk(system: $0.system, folder: folder) }
    }

    static func make(_ faulty: [FaultyDisk], sealEvery: UInt64 = 4) throws(BooksError) {
        try Books.make(
            disks(faulty),
            founding(sealEvery: sealEvery),
            at: morning,
            hiding: key
        )
    }

    static func open(
        _ faulty: [FaultyDisk],
        _ settings: Books.Settings = Books.Settings(),
        filling copy: Copy? = nil
    ) throws(BooksError) -> Books {
        try Books.open(disks(faulty), hiding: key, filling: copy, settings: settings)
    }

    /// The database as another program opens it.
    static func foreign(_ disk: FaultyDisk) throws(StoreError) -> Connection {
        let connection = try Connection(disks([disk])[0], "books.db")
        // Without shared memory, which this disk has not.
        try connection.run("PRAGMA locking_mode=EXCLUSIVE")
        return connection
    }

    static func request(_ number: UInt64) -> Hash { Hash(Bytes32(words: (number, 1, 2, 3))) }

    static func draft(_ number: UInt64, _ content: Books.Content, memo: String = "") -> Books.Draft
    {
        Books.Draft(request: request(number), moment: morning, memo: text(memo), content: content)
    }

    static func cash(_ kind: Act.Kind, _ account: UInt64, _ units: UInt64) -> Books.Content {
        .cash(Act(kind, Account(number: account), Amount(units) ?? .zero))
    }

    /// About one of a few things, at any of a few places.
    static func word(_ dice: inout Dice) -> Books.Word {
        Books.Word(
            about: request(UInt64(1_000 + dice.below(6))),
            place: UInt64(dice.below(40)),
            bytes: dice.bytes(dice.below(300))
        )
    }

    static func charge(_ account: UInt64, _ units: UInt64, _ dice: inout Dice) -> Books.Content {
        let amount = Amount(units) ?? .zero
        guard let spend = Day(20_900), let settle = Day(20_930) else {
            preconditionFailure("two days")
        }
        return .charge(
            Act(.charge, Account(number: account), amount),
            Books.Stick(
                id: Hash(Bytes32(dice.bytes(32).span)),
                owner: Key(Bytes32(dice.bytes(32).span)),
                units: amount,
                spendUntil: spend,
                settleUntil: settle,
                paper: dice.bytes(200)
            )
        )
    }
}

/// What comes to an office's desk, from a seed.
struct Customers {
    private var dice: Dice
    private var requests: UInt64 = 0
    private var accounts: UInt64 = 0
    private var said: [Books.Draft] = []

    init(seed: UInt64) { dice = Dice(seed: seed) }

    /// A group of them; some want what cannot be, and some say what they said before.
    mutating func group(of count: Int) -> [Books.Draft] { (0..<count).map { _ in next() } }

    private mutating func next() -> Books.Draft {
        if dice.chance(1, in: 8), !said.isEmpty { return said[dice.below(said.count)] }
        requests += 1
        let draft = Desk.draft(requests, content(), memo: dice.chance(1, in: 3) ? "for you" : "")
        said.append(draft)
        return draft
    }

    private mutating func content() -> Books.Content {
        if accounts < 2 || dice.chance(1, in: 6) {
            accounts += 1
            let kind: HolderKind = dice.chance(1, in: 2) ? .person : .merchant
            return .opening(kind, Desk.text("holder \(accounts)"))
        }
        let account = Account.firstHolder.number + UInt64(dice.below(Int(accounts)))
        let units = UInt64(1 + dice.below(500))
        switch dice.below(8) {
        case 0, 1: return Desk.cash(.deposit, account, units)
        case 2: return Desk.cash(.withdrawal, account, units)
        case 3:
            return .movement(movement(account, Amount(units) ?? .zero), Desk.word(&dice))
        case 4, 5:
            let all = Books.Matter.allCases
            return .matter(all[dice.below(all.count)], Desk.word(&dice))
        default: return Desk.charge(account, units, &dice)
        }
    }

    /// One of those whose word says what they were for.
    private mutating func movement(_ account: UInt64, _ amount: Amount) -> Act {
        let holder = Account(number: account)
        switch dice.below(4) {
        case 0: return Act(.settlement, holder, amount)
        case 1: return Act(lapsing: amount)
        case 2:
            let others = Int(accounts) - 1
            let other = (account - 16 + 1 + UInt64(dice.below(others))) % accounts + 16
            return Act(honouring: holder, amount, from: Account(number: other))
        default: return Act(.redemption, holder, amount)
        }
    }
}

extension Books {
    /// What was booked now, of what a group came to.
    static func booked(_ outcomes: [Outcome]) -> [Entry] {
        outcomes.compactMap {
            if case .booked(let entry) = $0 { entry } else { nil }
        }
    }
}
