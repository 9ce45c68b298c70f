import Disks
import Ledger
import Testing
import Words

/// Any sequence of entries conserves, and one that is refused has changed nothing.
@Suite struct LedgerTests {
    static func name(_ text: String) -> Text { Text(text) ?? Self.nobody }
    private static var nobody: Text {
        guard let text = Text("nobody") else { preconditionFailure("a name") }
        return text
    }

    static func amount(_ units: UInt64) -> Amount { Amount(units) ?? .zero }
    static func balance(_ units: Int64) -> Balance { Balance(units) ?? .zero }

    private func twoHolders() throws -> (Ledger, Account, Account) {
        var ledger = Ledger()
        let ada = try ledger.open(.person, Self.name("Ada"))
        let till = try ledger.open(.merchant, Self.name("Till"))
        return (ledger, ada, till)
    }

    @Test func `accounts are numbered in their order and have names of their own`() throws {
        var (ledger, ada, till) = try twoHolders()
        #expect([ada.number, till.number] == [16, 17])
        #expect(throws: LedgerRefusal.nameTaken(Self.name("Ada"))) {
            try ledger.open(.merchant, Self.name("Ada"))
        }
        #expect(ledger.holder(named: Self.name("Till"))?.kind == .merchant)
        #expect(ledger.holder(Account(number: 18)) == nil && ledger.holders.count == 2)
    }

    @Test func `what is paid in can be charged and paid out, and no more`() throws {
        var (ledger, ada, _) = try twoHolders()
        let start = ledger
        for act in [Act(.deposit, ada, Self.amount(500)), Act(.charge, ada, Self.amount(200))] {
            try ledger.post(act.postings)
        }
        #expect(ledger[.cash] == Self.balance(-500) && ledger[.outstanding] == Self.balance(200))
        #expect(ledger[.backing] == Self.balance(200) && ledger[.issued] == Self.balance(-200))
        let before = ledger
        for kind in [Act.Kind.charge, .withdrawal] {
            let act = Act(kind, ada, Self.amount(301))
            #expect(throws: LedgerRefusal.short(ada, has: Self.balance(300))) {
                try ledger.post(act.postings)
            }
        }
        #expect(ledger == before)
        try ledger.post(Act(.withdrawal, ada, Self.amount(300)).postings)
        #expect(ledger.balance(ada) == .zero && ledger.isSound && ledger != start)
    }

    @Test func `a forger alone may stand below zero`() throws {
        var (ledger, ada, till) = try twoHolders()
        let honoured = [
            Posting(account: ada, amount: Self.balance(-70)),
            Posting(account: till, amount: Self.balance(70)),
        ]
        #expect(throws: LedgerRefusal.short(ada, has: .zero)) { try ledger.post(honoured) }
        try ledger.convict(ada)
        try ledger.post(honoured)
        #expect(ledger.balance(ada) == Self.balance(-70) && ledger.isSound)
        #expect(ledger.owed == Self.amount(70))
        #expect(throws: LedgerRefusal.noSuchAccount(Account(number: 40))) {
            try ledger.convict(Account(number: 40))
        }
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let what: String
        let postings: [(UInt64, Int64)]
        let refusal: LedgerRefusal
        var testDescription: String { what }
    }

    static let wrong: [Wrong] = [
        Wrong(what: "none", postings: [], refusal: .size),
        Wrong(what: "of nothing", postings: [(16, 0)], refusal: .nothing(Account(number: 16))),
        Wrong(
            what: "twice to one account",
            postings: [(16, 5), (16, 5), (1, -10)],
            refusal: .twice(Account(number: 16))
        ),
        Wrong(
            what: "to nobody",
            postings: [(1, -5), (18, 5)],
            refusal: .noSuchAccount(Account(number: 18))
        ),
        Wrong(
            what: "to a number between",
            postings: [(1, -5), (7, 5)],
            refusal: .noSuchAccount(Account(number: 7))
        ),
        Wrong(what: "one-sided", postings: [(16, 5)], refusal: .unequal(.money)),
        Wrong(
            what: "money against units",
            postings: [(8, -5), (16, 5)],
            refusal: .unequal(.money)
        ),
        Wrong(
            what: "money against the price",
            postings: [(1, -5), (6, 5)],
            refusal: .unequal(.money)
        ),
        Wrong(
            what: "units that nobody backs",
            postings: [(8, -5), (9, 5)],
            refusal: .notBacked
        ),
        Wrong(
            what: "cash above zero",
            postings: [(1, 5), (4, -5)],
            refusal: .short(Account(.cash), has: .zero)
        ),
    ]

    @Test(arguments: wrong)
    func `what is no entry is refused by name and changes nothing`(_ one: Wrong) throws {
        var (ledger, _, _) = try twoHolders()
        let before = ledger
        let postings = one.postings.map {
            Posting(account: Account(number: $0.0), amount: Self.balance($0.1))
        }
        #expect(throws: one.refusal) { try ledger.post(postings) }
        #expect(ledger == before)
    }

    @Test func `nothing grows beyond any money there can be`() throws {
        var (ledger, ada, till) = try twoHolders()
        try ledger.post(Act(.deposit, ada, .largest).postings)
        let before = ledger
        for holder in [ada, till] {
            let act = Act(.deposit, holder, Self.amount(1))
            let full = holder == ada ? ada : Account(.cash)
            #expect(throws: LedgerRefusal.tooMuch(full)) { try ledger.post(act.postings) }
        }
        #expect(ledger == before)
        let most = Int64(Limits.amountUnits)
        #expect(Balance(most + 1) == nil && Balance(-most - 1) == nil && Balance(.min) == nil)
        #expect(Self.balance(most).adding(Self.balance(1)) == nil)
    }

    @Test func `too many lines are no entry`() throws {
        var ledger = Ledger()
        let postings = try (0...Ledger.postingsPerEntry).map {
            Posting(account: try ledger.open(.person, Self.name("\($0)")), amount: Self.balance(1))
        }
        #expect(throws: LedgerRefusal.size) { try ledger.post(postings) }
    }

    /// One of any lines at all: most are refused, and some are not.
    private func anything(_ dice: inout Dice) -> [Posting] {
        let accounts = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 16, 17, 18, 19].map {
            Account(number: $0)
        }
        func draw() -> Account { accounts[dice.below(accounts.count)] }
        let large = dice.chance(1, in: 8)
        let size = Int64(large ? Limits.amountUnits : UInt64(1 + dice.below(900)))
        func post(_ account: Account, _ units: Int64) -> Posting {
            Posting(account: account, amount: Self.balance(units))
        }
        switch dice.below(4) {
        case 0: return [post(draw(), size), post(draw(), -size)]
        case 1: return [post(draw(), size), post(draw(), -size / 2), post(draw(), size / 2 - size)]
        case 2:
            // Units come back, to somebody or to nobody.
            let to = [OwnAccount.redeemed, .consumed, .lapsed][dice.below(3)]
            return [
                post(Account(.outstanding), -size), post(Account(to), size),
                post(Account(.backing), -size), post(draw(), size),
            ]
        default:
            return Self.act(
                Act.Kind.allCases[dice.below(Act.Kind.allCases.count)],
                draw(),
                draw(),
                size
            ).postings
        }
    }

    @Test(arguments: 0..<40)
    func `any sequence of entries conserves, and refused ones change nothing`(seed: Int) throws {
        var dice = Dice(seed: UInt64(seed))
        var ledger = Ledger()
        for name in ["Ada", "Bob", "Till"] { try ledger.open(.person, Self.name(name)) }
        try ledger.open(.customer, Self.name("Cleo"))
        try ledger.convict(Account(number: 18))
        var (taken, kept): ([[Posting]], [Ledger]) = ([], [])
        for _ in 0..<2_000 {
            let before = ledger
            let postings = anything(&dice)
            do {
                try ledger.post(postings)
                taken.append(postings)
                #expect(ledger != before)
            } catch {
                #expect(ledger == before)
            }
            guard ledger.isSound else {
                Issue.record("after \(postings): \(ledger)")
                return
            }
            if dice.chance(1, in: 100) { kept.append(ledger) }
        }
        #expect(taken.count > 100 && taken.count < 1_900)
        // From any moment's balances the rest leads to the same end.
        for start in kept {
            var own: [OwnAccount: Balance] = [:]
            for account in OwnAccount.allCases { own[account] = start[account] }
            #expect(Ledger(own: own, holders: start.holders) == start)
            own[.earned] = start[.earned].adding(Self.balance(1))
            #expect(Ledger(own: own, holders: start.holders) == nil)
        }
    }

    private static func act(
        _ kind: Act.Kind,
        _ holder: Account,
        _ other: Account,
        _ units: Int64
    ) -> Act {
        let amount = amount(UInt64(units))
        return switch kind {
        case .lapse: Act(lapsing: amount)
        case .consumption: Act(consuming: amount)
        case .usedUp: Act(consuming: amount, isSettled: true)
        case .honour: Act(honouring: holder, amount, from: other)
        case .transfer: Act(transferring: amount, from: other, to: holder)
        case .sale: Act(selling: amount, to: holder, for: Self.amount(3), of: other)
        case .takings, .payback, .deposit, .withdrawal, .charge, .redemption, .settlement,
            .writeOff, .clearing:
            Act(kind, holder, amount)
        }
    }

    @Test func `postings are read back as the act they are, and as no other`() {
        let (ada, bob) = (Account.firstHolder, Account(number: 17))
        // Units that come back do so by a payment, later, or at the end: the books are told which.
        let alike: [Set<Act.Kind>] = [
            [.redemption, .settlement, .clearing], [.consumption, .usedUp], [.honour, .transfer],
        ]
        for (holder, other) in [(ada, bob), (bob, ada)] {
            for kind in Act.Kind.allCases {
                let act = Self.act(kind, holder, other, 7)
                for wanted in Act.Kind.allCases {
                    let isAlike =
                        wanted == kind || alike.contains { $0.isSuperset(of: [wanted, kind]) }
                    let same = isAlike ? Self.act(wanted, holder, other, 7) : nil
                    #expect(Act(wanted, act.postings) == same)
                }
                #expect(Act(kind, act.postings.reversed()) == nil)
                #expect(Act(kind, Array(act.postings.dropFirst())) == nil)
                #expect(act.postings == act.postings.sorted { $0.account < $1.account })
            }
        }
        for kind in Act.Kind.allCases { #expect(Act(kind, []) == nil) }
    }

    @Test func `units of a settled stick go to holders or to nobody, and forgers pay the rest`()
        throws
    {
        var (ledger, ada, till) = try twoHolders()
        try ledger.post(Act(.deposit, ada, Self.amount(500)).postings)
        try ledger.post(Act(.charge, ada, Self.amount(450)).postings)
        try ledger.post(Act(.settlement, till, Self.amount(300)).postings)
        try ledger.post(Act(lapsing: Self.amount(150)).postings)
        #expect(ledger[.outstanding] == .zero && ledger[.backing] == .zero)
        #expect(ledger[.redeemed] == Self.balance(300) && ledger[.lapsed] == Self.balance(150))
        #expect(ledger[.earned] == Self.balance(150) && ledger.balance(till) == Self.balance(300))
        for act in [Act(.settlement, till, Self.amount(1)), Act(lapsing: Self.amount(1))] {
            #expect(throws: LedgerRefusal.short(Account(.outstanding), has: .zero)) {
                try ledger.post(act.postings)
            }
        }
        let honour = Act(honouring: till, Self.amount(80), from: ada)
        #expect(throws: LedgerRefusal.short(ada, has: Self.balance(50))) {
            try ledger.post(honour.postings)
        }
        try ledger.convict(ada)
        try ledger.post(honour.postings)
        #expect(ledger.balance(ada) == Self.balance(-30) && ledger.owed == Self.amount(380))
        try ledger.post(Act(.writeOff, ada, Self.amount(30)).postings)
        #expect(ledger.balance(ada) == .zero && ledger[.fraud] == Self.balance(-30))
        #expect(ledger.isSound)
    }

    @Test func `a customer's money buys units, and is on a side of its own`() throws {
        var ledger = Ledger()
        let flat = try ledger.open(.person, Self.name("Flat 3"))
        let cleo = try ledger.open(.customer, Self.name("Cleo"))
        try ledger.post(Act(.takings, cleo, Self.amount(1_000)).postings)
        let sale = Act(selling: Self.amount(5_000), to: flat, for: Self.amount(161), of: cleo)
        try ledger.post(sale.postings)
        #expect(ledger.balance(cleo) == Self.balance(839) && ledger[.sales] == Self.balance(161))
        #expect(ledger.balance(flat) == Self.balance(5_000))
        #expect(ledger[.takings] == Self.balance(-1_000) && ledger[.cash] == Self.balance(-5_000))
        #expect(ledger.isSound && ledger.owed == Self.amount(5_000))
        let before = ledger
        // What is not there buys nothing, and neither side's money is the other's.
        let dear = Act(selling: Self.amount(1), to: flat, for: Self.amount(840), of: cleo)
        #expect(throws: LedgerRefusal.short(cleo, has: Self.balance(839))) {
            try ledger.post(dear.postings)
        }
        let acts = [
            Act(.deposit, cleo, Self.amount(1)), Act(.charge, cleo, Self.amount(1)),
            Act(.takings, flat, Self.amount(1)),
            Act(transferring: Self.amount(1), from: cleo, to: flat),
            Act(transferring: Self.amount(1), from: flat, to: cleo),
            Act(selling: Self.amount(1), to: cleo, for: Self.amount(1), of: flat),
        ]
        for act in acts {
            #expect(throws: LedgerRefusal.self) { try ledger.post(act.postings) }
        }
        #expect(ledger == before)
        try ledger.post(Act(.payback, cleo, Self.amount(839)).postings)
        #expect(ledger.balance(cleo) == .zero && ledger.isSound)
    }
}
