import Commit
import Ledger
import Mint
import Money
import StandIns
import Testing
import Wire
import Words

import struct Mint.Draft

/// Bills that are paid out of an account, and units that a customer's money buys.
@Suite struct TradeTests {
    static let water = Account(number: 18)
    static let cleo = Account(number: 19)
    static let flat = Account(number: 20)
    static let other = Account(number: 21)

    /// A bench with a biller, a customer, and an account of units with a contract.
    private func opened() throws -> (Bench, Phone) {
        var (bench, phone) = (try Bench(), Phone("phone"))
        try bench.book(.opened(.merchant, Bench.text("Water works")))
        try bench.book(.opened(.customer, Bench.text("Cleo")))
        try bench.book(.opened(.person, Bench.text("Flat 3")))
        try bench.invite(17)
        try phone.take(try bench.ask(try phone.enrol(17)))
        return (bench, phone)
    }

    private func bill(_ units: UInt64, of account: Account = Bench.ada) -> Trade {
        .billed(
            Owed(
                biller: Self.water,
                account: account,
                amount: Bench.amount(units),
                due: Bench.noon.day,
                purpose: Bench.text("water, November")
            )
        )
    }

    private func book(_ trade: Trade, _ bench: inout Bench) throws -> UInt64 {
        try bench.mint.check(trade)
        try bench.book(.traded(trade))
        return UInt64(bench.shelf.entries.count)
    }

    private func pay(
        _ number: UInt64,
        _ units: UInt64,
        _ phone: inout Phone,
        _ bench: inout Bench,
        _ asset: Asset = Bench.euro
    ) throws -> Reply {
        try bench.ask(try phone.request(.payBill(number, asset, Bench.amount(units))))
    }

    // MARK: Bills

    @Test func `a bill is told to whose account it is, and paid once`() throws {
        var (bench, phone) = try opened()
        let number = try book(bill(120), &bench)
        _ = try book(bill(30, of: Bench.till), &bench)
        let told = try bench.ask(try phone.request(.enquire(after: 0)))
        #expect(told.outcome.numbers == [400, 1, 0] && told.drafts.isEmpty)
        let shown = try Bill(reading: try #require(told.outcome.papers.first))
        #expect(told.outcome.papers.count == 1 && shown.isSigned(StandInChecking()))
        #expect(shown.terms.number == number && shown.terms.amount.units == 120)
        #expect(shown.terms.biller.string == "Water works" && shown.receiver == phone.signer.key)
        let reply = try pay(number, 120, &phone, &bench)
        let invoice = try Invoice(reading: try #require(reply.outcome.papers.first))
        #expect(invoice.terms == shown.terms && invoice.holder.string == "Ada")
        #expect(invoice.isSigned(StandInChecking()))
        let ledger = bench.mint.ledger
        #expect(ledger.balance(Bench.ada)?.units == 380 && ledger.balance(Self.water)?.units == 120)
        #expect(ledger.isSound)
        // Another request of the same key has the same invoice, and nothing is paid.
        bench.pass(days: 2)
        let again = try pay(number, 120, &phone, &bench)
        #expect(again.outcome == reply.outcome && again.drafts.isEmpty)
        #expect(try bench.again().ledger.balance(Bench.ada)?.units == 380)
        #expect(try bench.again().trading.bills(of: Bench.ada).isEmpty)
    }

    @Test func `two who pay one bill before its sync pay it once`() throws {
        var (bench, phone) = try opened()
        let number = try book(bill(120), &bench)
        func answer(_ request: Request) throws -> Reply {
            try bench.mint.answer(request, at: bench.now, Bench.hand, bench.shelf)
        }
        let want = Request.Want.payBill(number, Bench.euro, Bench.amount(120))
        let first = try answer(try phone.request(want))
        let second = try answer(try phone.request(want))
        #expect(first.drafts.count == 1 && second.drafts.isEmpty)
        #expect(second.outcome == first.outcome)
        #expect(bench.mint.ledger.balance(Bench.ada)?.units == 380)
    }

    @Test func `what is no bill of this account, or is another amount, is refused`() throws {
        var (bench, phone) = try opened()
        let number = try book(bill(120), &bench)
        let others = try book(bill(30, of: Bench.till), &bench)
        let before = bench.mint.ledger
        #expect(try pay(others, 30, &phone, &bench).refusal == "bill")
        #expect(try pay(number, 119, &phone, &bench).refusal == "bill")
        #expect(try pay(number, 120, &phone, &bench, Bench.dollar).refusal == "bill")
        for other in [0, 1, 99, UInt64.max] {
            #expect(try pay(other, 120, &phone, &bench).refusal == "bill")
        }
        #expect(bench.mint.ledger == before)
        _ = try book(.withdrawn(number, reason: Bench.text("wrong house")), &bench)
        #expect(try pay(number, 120, &phone, &bench).refusal == "bill")
        #expect(throws: Forbidden.noBill(number)) {
            try bench.mint.check(.withdrawn(number, reason: Bench.text("again")))
        }
        #expect(bench.mint.ledger == before)
    }

    @Test func `what is guaranteed pays no bill, and a revoked key none either`() throws {
        var (bench, phone) = try opened()
        let number = try book(bill(401), &bench)
        let reply = try pay(number, 401, &phone, &bench)
        #expect(reply.refusal == "short" && reply.outcome.numbers == [400])
        let small = try book(bill(400), &bench)
        let revoked = try bench.mint.revoke(
            phone.signer.key,
            reason: Bench.text("lost"),
            lastGood: nil,
            at: bench.now,
            Bench.hand,
            bench.shelf
        )
        try bench.book(try revoked.get())
        #expect(try pay(small, 400, &phone, &bench).refusal == "revoked")
    }

    @Test func `a second device of the account is told that a bill is paid`() throws {
        var (bench, phone) = try opened()
        try bench.invite(18, guarantee: 0)
        var tablet = Phone("tablet")
        try tablet.take(try bench.ask(try tablet.enrol(18)))
        let number = try book(bill(120), &bench)
        #expect(try pay(number, 120, &phone, &bench).refusal == nil)
        #expect(try pay(number, 120, &tablet, &bench).refusal == "bill-paid")
        #expect(bench.mint.ledger.balance(Bench.ada)?.units == 380)
    }

    @Test func `many bills are told page by page`() throws {
        var (bench, phone) = try opened()
        let numbers = try (1...20).map { try book(bill($0), &bench) }
        var (found, after): ([UInt64], UInt64) = ([], 0)
        while true {
            let told = try bench.ask(try phone.request(.enquire(after: after)))
            #expect(told.outcome.numbers[1] == 20)
            let bills = try told.outcome.papers.map { try Bill(reading: $0) }
            guard let last = bills.last else { break }
            found += bills.map(\.terms.number)
            after = last.terms.number
        }
        #expect(found == numbers)
    }

    @Test func `who may bill whom`() throws {
        let (bench, _) = try opened()
        func owed(_ biller: Account, _ account: Account) -> Trade {
            .billed(
                Owed(
                    biller: biller,
                    account: account,
                    amount: Bench.amount(1),
                    due: Bench.noon.day,
                    purpose: Bench.text("water")
                )
            )
        }
        #expect(throws: Forbidden.kind(Bench.ada, .merchant)) {
            try bench.mint.check(owed(Bench.ada, Bench.till))
        }
        #expect(throws: Forbidden.kind(Self.cleo, .person)) {
            try bench.mint.check(owed(Self.water, Self.cleo))
        }
        #expect(throws: Forbidden.noAccount(Self.other)) {
            try bench.mint.check(owed(Self.water, Self.other))
        }
    }

    // MARK: Units

    private func sold() throws -> (Bench, Phone) {
        var (bench, phone) = try opened()
        let night = Tariff(
            name: Bench.text("night"),
            currency: Bench.dollar,
            price: try #require(Price(perMillion: 32_150))
        )
        _ = try book(.priced(night), &bench)
        let contract = Contract(
            account: Bench.ada,
            customer: Self.cleo,
            tariff: night.name,
            label: Bench.text("meter 7")
        )
        _ = try book(.contracted(contract), &bench)
        try bench.book(.moved(Act(.takings, Self.cleo, Bench.amount(1_000))))
        return (bench, phone)
    }

    private func buy(
        _ units: UInt64,
        for price: UInt64,
        _ phone: inout Phone,
        _ asset: Asset = Bench.euro
    ) throws -> Request {
        try phone.request(.charge(asset, Bench.amount(units), paying: Bench.amount(price)))
    }

    @Test func `what a customer has buys units, at the price that was shown, once`() throws {
        var (bench, phone) = try sold()
        let told = try bench.ask(try phone.request(.enquire(after: 0)))
        let quote = try Quote(reading: try #require(told.outcome.papers.first))
        #expect(quote.money.units == 1_000 && quote.price.perMillion == 32_150)
        #expect(quote.currency == Bench.dollar && quote.tariff.string == "night")
        let cost = try #require(quote.price.cost(of: Bench.amount(5_000)))
        let request = try buy(5_000, for: cost.units, &phone)
        let reply = try bench.ask(request)
        let stick = try Stick(reading: try #require(reply.outcome.papers.first))
        #expect(stick.units.units == 5_000 && stick.owner == phone.signer.key)
        #expect(reply.drafts.map(\.deed.number) == [15, 4])
        let ledger = bench.mint.ledger
        #expect(ledger.balance(Self.cleo)?.units == 839 && ledger[.sales].units == 161)
        #expect(ledger.balance(Bench.ada)?.units == 500 && ledger[.outstanding].units == 5_000)
        #expect(ledger.isSound)
        bench.pass(days: 1)
        let again = try bench.ask(request)
        #expect(again.outcome == reply.outcome && again.drafts.isEmpty)
        #expect(bench.mint.ledger == ledger)
        #expect(try bench.again().ledger == ledger)
    }

    @Test func `another price, too little money, nothing at all: nothing is sold`() throws {
        var (bench, phone) = try sold()
        let before = bench.mint.ledger
        let other = try bench.ask(try buy(5_000, for: 160, &phone))
        #expect(other.refusal == "price" && other.outcome.numbers == [161])
        let dear = try bench.ask(try buy(31_105, for: 1_001, &phone))
        #expect(dear.refusal == "money" && dear.outcome.numbers == [1_000])
        #expect(try bench.ask(try buy(0, for: 0, &phone)).refusal == "amount")
        #expect(try bench.ask(try buy(1, for: 1, &phone, Bench.dollar)).refusal == "asset")
        let most = Limits.amountUnits
        #expect(try bench.ask(try buy(most, for: 1, &phone)).refusal == "price")
        #expect(bench.mint.ledger == before)
        // All of it to the last unit.
        #expect(try bench.ask(try buy(31_104, for: 1_000, &phone)).refusal == nil)
        #expect(bench.mint.ledger.balance(Self.cleo) == .zero && bench.mint.ledger.isSound)
    }

    @Test func `without a contract nothing is sold, and a later one counts`() throws {
        var (bench, phone) = try opened()
        #expect(try bench.ask(try buy(1, for: 1, &phone)).refusal == "contract")
        let told = try bench.ask(try phone.request(.enquire(after: 0)))
        #expect(told.outcome.papers.isEmpty)
        (bench, phone) = try sold()
        let day = Tariff(
            name: Bench.text("day"),
            currency: Bench.dollar,
            price: try #require(Price(perMillion: 1_000_000))
        )
        _ = try book(.priced(day), &bench)
        let contract = Contract(
            account: Bench.ada,
            customer: Self.cleo,
            tariff: day.name,
            label: Bench.text("meter 7")
        )
        _ = try book(.contracted(contract), &bench)
        let reply = try bench.ask(try buy(5_000, for: 161, &phone))
        #expect(reply.refusal == "price" && reply.outcome.numbers == [5_000])
    }

    @Test func `what an operator may set`() throws {
        let (bench, _) = try sold()
        let price = try #require(Price(perMillion: 1))
        func tariff(_ currency: Asset) -> Trade {
            .priced(Tariff(name: Bench.text("new"), currency: currency, price: price))
        }
        #expect(throws: Forbidden.currency(Bench.dollar)) {
            try bench.mint.check(tariff(Bench.euro))
        }
        let crowns = try #require(Asset(code: "SEK", scale: 2))
        #expect(throws: Forbidden.currency(Bench.dollar)) { try bench.mint.check(tariff(crowns)) }
        #expect(throws: Never.self) { try bench.mint.check(tariff(Bench.dollar)) }
        func contract(_ account: Account, _ customer: Account, _ tariff: String) -> Trade {
            .contracted(
                Contract(
                    account: account,
                    customer: customer,
                    tariff: Bench.text(tariff),
                    label: Bench.text("")
                )
            )
        }
        #expect(throws: Forbidden.noTariff(Bench.text("none"))) {
            try bench.mint.check(contract(Self.flat, Self.cleo, "none"))
        }
        #expect(throws: Forbidden.kind(Bench.ada, .customer)) {
            try bench.mint.check(contract(Self.flat, Bench.ada, "night"))
        }
        #expect(throws: Forbidden.kind(Self.cleo, .person)) {
            try bench.mint.check(contract(Self.cleo, Self.cleo, "night"))
        }
        // A customer's account is nobody's to enrol on, and nobody deposits what it is not for.
        #expect(throws: Forbidden.kind(Self.cleo, .person)) {
            try bench.mint.check(Act(.deposit, Self.cleo, Bench.amount(1)), at: bench.now)
        }
        #expect(throws: Forbidden.kind(Self.cleo, .person)) {
            try bench.mint.invite(
                Code.hash(secret: 5),
                Self.cleo,
                name: Bench.text("Cleo"),
                Invite.Limit(largest: Bench.amount(1), ceiling: Bench.amount(1), guarantee: .zero),
                days: 7,
                at: bench.now
            )
        }
    }

    // MARK: Invites that are taken back

    @Test func `nobody enrols by an invite that was ended, and its guarantee is free again`() throws
    {
        var (bench, used) = try opened()
        try bench.invite(18)
        let (code, before) = (Code.hash(secret: 18), bench.mint.ledger)
        #expect(bench.mint.mayEnrol(by: code))
        let number = try book(.uninvited(code), &bench)
        #expect(number > 0 && !bench.mint.mayEnrol(by: code) && bench.mint.invited(code) == nil)
        #expect(bench.mint.open(at: bench.now).isEmpty && bench.mint.ledger == before)
        #expect(bench.mint.guarantees(on: Bench.ada, at: bench.now) == Bench.amount(100))
        var phone = Phone("late")
        #expect(try bench.ask(try phone.enrol(18)).refusal == "code")
        // Not twice, and not what somebody enrolled by: that is a revocation's.
        for (code, key) in [(code, nil), (Code.hash(secret: 17), used.signer.key)] {
            #expect(throws: Forbidden.noInvite(key)) {
                try bench.mint.check(.uninvited(code))
            }
        }
        #expect(throws: MintFault.self) { try bench.book(.traded(.uninvited(code))) }
        #expect(try bench.ask(try used.charge(1)).refusal == nil)
    }

    // MARK: Carriers

    @Test func `what is sold at the desk for a carrier is one sale and one stick`() throws {
        var (bench, phone) = try sold()
        let key = phone.signer.key
        func deliver(_ units: UInt64, _ price: UInt64, _ number: UInt64) throws -> [Draft] {
            let made = bench.mint.delivering(
                Bench.amount(units),
                to: key,
                for: Bench.amount(price),
                number: number,
                at: bench.now,
                Bench.hand
            )
            let pair = try made.get()
            return [pair.sale, pair.stick]
        }
        let drafts = try deliver(5_000, 161, 1)
        // Nothing was applied before it is booked.
        #expect(bench.mint.ledger.balance(Self.cleo)?.units == 1_000)
        try bench.book(drafts)
        guard case .charged(_, let stick) = drafts[1].deed else {
            Issue.record("no stick")
            return
        }
        #expect(stick.owner == key && stick.signed.object.answers == drafts[1].request)
        #expect(bench.mint.ledger.balance(Self.cleo)?.units == 839 && bench.mint.ledger.isSound)
        // The next has another number, and so another stick.
        let next = try deliver(5_000, 161, 2)
        #expect(next.map(\.request) != drafts.map(\.request))
        #expect(throws: Refused.price) { try deliver(5_000, 160, 3) }
        #expect(throws: Refused.money) { try deliver(31_104, 1_000, 3) }
        #expect(throws: Refused.amount) { try deliver(0, 0, 3) }
        let receipt = try receipt(of: stick, by: phone)
        try bench.mint.check(.delivered(receipt))
        let draft = Draft(
            request: Trade.receiving(receipt.delivery),
            moment: bench.now,
            memo: Bench.text(""),
            deed: .traded(.delivered(receipt))
        )
        try bench.book([draft])
        #expect(draft.deed.word?.place == 1)
        #expect(draft.deed.word?.about == Trade.deliveries(of: key))
        let stranger = try self.receipt(of: stick, by: Phone("stranger"))
        #expect(throws: Forbidden.notMember(Phone("stranger").signer.key)) {
            try bench.mint.check(.delivered(stranger))
        }
        #expect(try bench.again().ledger == bench.mint.ledger)
    }

    private func receipt(of stick: Stick, by phone: Phone) throws -> MeterReceipt {
        let delivery = Delivery.object(
            office: Bench.office.key,
            meter: phone.signer.key,
            number: 1,
            to: .first,
            sticks: [stick.id],
            issued: Bench.noon
        )
        let said = MeterReceipt.object(
            answering: try Delivery(reading: .signed(delivery, by: Bench.office)),
            MeterReceipt.Content(
                number: 1,
                highest: 1,
                pulses: 0,
                states: [MeterReceipt.State(stick: stick.id, .taken)],
                registers: [],
                moment: Bench.noon
            )
        )
        return try MeterReceipt(reading: .signed(said, by: phone.signer))
    }
}
