import Commit
import Ledger
import Mint
import Money
import Reckoning
import StandIns
import Testing
import Wire
import Words

/// What becomes of a meter's stick when its day is closed: docs/PROTOCOL section 16.6.
@Suite struct MeterEndTests {
    private func enrolled(isMeter: Bool = true) throws -> (Bench, Phone) {
        var (bench, phone) = (try Bench(), Phone("ada"))
        try bench.invite(17, isMeter: isMeter)
        try phone.take(try bench.ask(try phone.enrol(17)))
        try phone.take(stick: try bench.ask(try phone.charge(300)))
        return (bench, phone)
    }

    private func register(_ count: UInt64, _ phone: Phone) throws -> SignedObject {
        let stick = try #require(phone.stick).id
        return .signed(
            Register.object(
                by: phone.signer.key,
                to: Bench.office.key,
                stick,
                Bench.amount(count)
            ),
            by: phone.signer
        )
    }

    private func close(_ bench: inout Bench) throws -> ClosingPlan {
        let day = try #require(bench.mint.daysToClose.first)
        while bench.now.day <= day { bench.pass(days: 1) }
        let plan = try bench.mint.closing(day, at: bench.now)
        #expect(try bench.again().closing(day, at: bench.now).drafts == plan.drafts)
        try bench.book(plan.drafts)
        let ledger = bench.mint.ledger
        #expect(ledger.isSound && ledger[.outstanding] == .zero)
        return plan
    }

    @Test func `without a word all of it was used up, and of another member nothing`() throws {
        for isMeter in [true, false] {
            var (bench, _) = try enrolled(isMeter: isMeter)
            let plan = try close(&bench)
            #expect(plan.usedUp.units == (isMeter ? 300 : 0))
            #expect(plan.settled.units == (isMeter ? 0 : 300))
            #expect(bench.mint.ledger[.consumed].units == (isMeter ? 300 : 0))
            #expect(bench.mint.ledger.balance(Bench.ada)?.units == (isMeter ? 200 : 500))
            for draft in plan.drafts {
                guard let act = draft.deed.act, let word = draft.deed.word else { continue }
                #expect(try Deed(draft.deed.number, act, word) == draft.deed)
            }
        }
    }

    @Test func `whoever was invited as any member and shows a register is settled by it`() throws {
        for (count, isTaken) in [(80, true), (0, true), (300, true), (301, false)] {
            var (bench, phone) = try enrolled(isMeter: false)
            var word = Showing()
            word.decisions = [try register(UInt64(count), phone)]
            let reply = try bench.ask(try phone.request(.show(word)))
            #expect(reply.refusal == nil && reply.drafts.count == (isTaken ? 1 : 0))
            let used = isTaken ? count : 0
            let plan = try close(&bench)
            #expect((plan.usedUp.units, plan.settled.units) == (UInt64(used), UInt64(300 - used)))
            #expect(bench.mint.ledger.balance(Bench.ada)?.units == Int64(500 - used))
        }
    }

    @Test func `a register of more than the stick is not taken, and all of it was used up`() throws
    {
        var (bench, phone) = try enrolled()
        var word = Showing()
        word.decisions = [try register(301, phone)]
        #expect(try bench.ask(try phone.request(.show(word))).drafts.isEmpty)
        word.decisions = [try register(30, phone)]
        #expect(try bench.ask(try phone.request(.show(word))).drafts.count == 1)
        #expect(try close(&bench).usedUp.units == 30)
    }

    @Test func `its register says less, and the rest goes to its account`() throws {
        var (bench, phone) = try enrolled()
        let handover = try phone.pay(50, to: Bench.office.key)
        try bench.book(try #require(try bench.credit(handover, as: .consumed)))
        for (count, booked) in [(80, 1), (70, 0), (80, 0)] as [(UInt64, Int)] {
            var word = Showing()
            word.decisions = [try register(count, phone)]
            let reply = try bench.ask(try phone.request(.show(word)))
            #expect(reply.refusal == nil && reply.drafts.count == booked)
        }
        let plan = try close(&bench)
        // Of the 80, 50 were handed in: the lowest 30 of the others were used up too.
        #expect((plan.usedUp.units, plan.settled.units) == (30, 220))
        let used = plan.drafts.compactMap { draft -> UsedUp? in
            if case .ruled(.usedUp(_, let used)) = draft.deed { used } else { nil }
        }
        #expect(used.map(\.ranges) == [[Bench.made(Units(50, 80))]])
        #expect(bench.mint.ledger[.consumed].units == 80)
        #expect(bench.mint.ledger.balance(Bench.ada)?.units == 420)
    }

    @Test func `a register that another signed, or nobody, says nothing`() throws {
        var (bench, phone) = try enrolled()
        var other = Phone("bob")
        try bench.invite(18)
        try other.take(try bench.ask(try other.enrol(18)))
        other.stick = phone.stick
        var (foreign, forged) = (Showing(), Showing())
        foreign.decisions = [try register(1, other)]
        _ = try bench.ask(try other.request(.show(foreign)))
        let mine = try register(1, phone)
        forged.decisions = [SignedObject(mine.object, other.signer.sign(mine.object.hash))]
        let reply = try bench.ask(try phone.request(.show(forged)))
        #expect(reply.refusal == "paper")
        #expect(try close(&bench).usedUp.units == 300)
    }

    // MARK: What a convict gave it beside somebody else

    /// Two units are the meter's alone, and ten were somebody else's first.
    @Test(arguments: [(nil, 2, 0), (0, 0, 10), (1, 1, 10), (5, 2, 7), (12, 2, 0)])
    func `a guarantee pays a meter nothing for what it has used up`(
        _ count: UInt64?,
        _ used: UInt64,
        _ honoured: UInt64
    ) throws {
        var street = try Street()
        try street.bench.invite(20, account: Bench.till, guarantee: 0, isMeter: true)
        street.two = Phone("meter")
        try street.two.take(try street.bench.ask(try street.two.enrol(20)))
        street.two.stick = street.phone.stick
        var clone = street.phone
        let first = try street.phone.pay(10, to: street.one.signer.key)
        let second = try clone.pay(12, to: street.two.signer.key)
        try street.show(\.one, first)
        try street.show(\.two, second)
        if let count {
            var word = Showing()
            word.decisions = [try register(count, street.two)]
            let reply = try street.bench.ask(try street.two.request(.show(word)))
            #expect(reply.drafts.count == 1)
        }
        let plan = try street.close()
        #expect((plan.usedUp.units, plan.honoured.units) == (used, honoured))
        #expect(plan.settled.units == 150 - used)
        #expect(street.stands(Bench.till) == 110 + 2 - Int64(used) + Int64(honoured))
        #expect(street.bench.mint.ledger[.consumed].units == used)
        #expect(street.bench.mint.ledger[.outstanding] == .zero)
    }

    @Test(arguments: [nil, 0, 20])
    func `what a meter brought back, and waits, was not used up`(_ count: UInt64?) throws {
        var street = try Street()
        try street.bench.invite(20, account: Bench.till, guarantee: 30, isMeter: true)
        var meter = Phone("meter")
        try meter.take(try street.bench.ask(try meter.enrol(20)))
        meter.stick = street.phone.stick
        let paid = try street.phone.pay(100, to: meter.signer.key)
        let entry = Entry(
            stick: try street.stick.id,
            units: Bench.made(Units(0, 80)),
            parent: EntryReference(paid.hash, 0),
            releases: []
        )
        let back = try meter.pay(0, to: Bench.office.key, entries: [entry])
        #expect(try street.bench.redeem(back, [paid.link(0)]))
        if let count {
            var word = Showing()
            word.decisions = [try register(count, meter)]
            _ = try street.bench.ask(try meter.request(.show(word)))
        }
        let credited = try #require(street.stands(Bench.till)) - 100
        #expect(credited < 80, "some of it waits")
        let plan = try street.close()
        // Of the hundred 80 came back, and 20 are there, or were used up.
        #expect(plan.usedUp.units == count ?? 20)
        #expect(street.stands(Bench.till) == 200 - Int64(count ?? 20))
    }
}
