import Commit
import Ledger
import Mint
import Money
import StandIns
import Testing
import Wire
import Words

@Suite struct ChargeTests {
    private func enrolled(guarantee: UInt64 = 100) throws -> (Bench, Phone) {
        var (bench, phone) = (try Bench(), Phone("phone"))
        try bench.invite(17, guarantee: guarantee)
        try phone.take(try bench.ask(try phone.enrol(17)))
        return (bench, phone)
    }

    @Test func `a charge is a stick and a debit, once however often it is asked for`() throws {
        var (bench, phone) = try enrolled()
        let request = try phone.charge(300)
        let reply = try bench.ask(request)
        let stick = try Stick(reading: reply.outcome.papers[0])
        #expect(stick.isSigned(StandInChecking()) && stick.owner == phone.signer.key)
        #expect(stick.units.units == 300 && stick.signed.object.answers == request.hash)
        #expect(stick.spendUntil.number == bench.now.day.number + 30)
        #expect(stick.settleUntil.number == bench.now.day.number + 60)
        #expect(bench.mint.ledger.balance(Bench.ada)?.units == 200)
        #expect(bench.mint.ledger[.outstanding].units == 300)
        bench.pass(days: 3)
        let again = try bench.ask(request)
        #expect(again.outcome == reply.outcome && again.moment == reply.moment)
        #expect(again.drafts.isEmpty && bench.mint.ledger.balance(Bench.ada)?.units == 200)
        // Another request for the same is another stick.
        #expect(try bench.ask(try phone.charge(50)).drafts.count == 1)
    }

    @Test func `two charges that wait for one sync cannot overdraw, and a repeat is known`() throws
    {
        var (bench, phone) = try enrolled()
        func answer(_ request: Request) throws -> Reply {
            try bench.mint.answer(request, at: bench.now, Bench.hand, bench.shelf)
        }
        let first = try phone.charge(300)
        let reply = try answer(first)
        let repeated = try answer(first)
        #expect(repeated.outcome == reply.outcome && repeated.drafts.isEmpty)
        let second = try answer(try phone.charge(101))
        #expect(second.refusal == "short" && second.outcome.numbers == [100])
        #expect(try answer(try phone.charge(100)).refusal == nil)
    }

    @Test func `a charge leaves what is guaranteed, and says how much could be had`() throws {
        var (bench, phone) = try enrolled(guarantee: 120)
        let reply = try bench.ask(try phone.charge(381))
        #expect(reply.refusal == "short" && reply.outcome.numbers == [380])
        // An invite on the same account takes from it as well.
        try bench.invite(18, guarantee: 80)
        #expect(try bench.ask(try phone.charge(380)).outcome.numbers == [300])
        #expect(try bench.ask(try phone.charge(300)).refusal == nil)
        #expect(try bench.ask(try phone.charge(1)).outcome.numbers == [0])
        #expect(throws: Forbidden.guaranteed(free: .zero)) {
            try bench.mint.check(Act(.withdrawal, Bench.ada, Bench.amount(1)), at: bench.now)
        }
        #expect(throws: Never.self) {
            try bench.mint.check(Act(.withdrawal, Bench.till, Bench.amount(100)), at: bench.now)
        }
    }

    @Test func `another asset, nothing at all, and what was something else`() throws {
        var (bench, phone) = try enrolled()
        #expect(try bench.ask(try phone.charge(1, Bench.dollar)).refusal == "asset")
        #expect(try bench.ask(try phone.charge(0)).refusal == "amount")
        // Somebody booked something else under this very request.
        let request = try phone.charge(10)
        let other = Draft(
            request: request.hash,
            moment: bench.now,
            memo: Bench.text(""),
            deed: .moved(Act(.deposit, Bench.ada, Bench.amount(10)))
        )
        try bench.flush([other])
        #expect(try bench.ask(request).refusal == "request")
    }

    @Test func `books that cannot be read answer nothing`() throws {
        var (bench, phone) = try enrolled()
        bench.shelf.isBroken = true
        #expect(throws: RecallFault.self) { try bench.ask(try phone.charge(10)) }
        #expect(bench.mint.ledger.balance(Bench.ada)?.units == 500)
    }

    // MARK: Redeeming

    @Test func `what is redeemed is called for, and credited once the payment came`() throws {
        var (bench, phone) = try enrolled()
        try phone.take(stick: try bench.ask(try phone.charge(300)))
        func redeem(_ units: UInt64, _ asset: Asset = Bench.euro) throws -> Reply {
            try bench.ask(try phone.request(.redeem(asset, Bench.amount(units), id: 4_711)))
        }
        #expect(try redeem(0).refusal == "amount" && redeem(301).refusal == "amount")
        #expect(try redeem(1, Bench.dollar).refusal == "asset")
        let reply = try redeem(120)
        #expect(reply.refusal == nil && reply.drafts.isEmpty && reply.call?.id == 4_711)
        #expect(reply.call?.memo.string == "back to the account of Ada")
        #expect(reply.call?.payer == phone.signer.key && reply.call?.amount.units == 120)
        let handover = try phone.pay(120, to: Bench.office.key)
        let drafts = try #require(try bench.credit(handover))
        try bench.book(drafts)
        #expect(bench.mint.ledger.balance(Bench.ada)?.units == 320)
        #expect(bench.mint.ledger[.redeemed].units == 120 && bench.mint.ledger.isSound)
        // Whoever books it again asks for the same.
        #expect(try bench.credit(handover)?.map(\.request) == drafts.map(\.request))
        var stranger = Phone("stranger")
        stranger.window = phone.window
        #expect(try bench.credit(try stranger.pay(1, to: Bench.office.key)) == nil)
    }

    // MARK: What a meter has used up

    @Test func `what was used up is called for by its memo, and credited to nobody`() throws {
        var (bench, phone) = try enrolled()
        try phone.take(stick: try bench.ask(try phone.charge(300)))
        func handIn(_ units: UInt64, _ asset: Asset = Bench.euro) throws -> Reply {
            let want = Request.Want.redeem(asset, Bench.amount(units), id: 4_711, as: .consumed)
            return try bench.ask(try phone.request(want))
        }
        #expect(try handIn(0).refusal == "amount" && handIn(301).refusal == "amount")
        #expect(try handIn(1, Bench.dollar).refusal == "asset")
        #expect(try handIn(120).call?.memo == Use.memo)
        let handover = try phone.pay(120, to: Bench.office.key)
        let drafts = try #require(try bench.credit(handover, as: .consumed))
        #expect(drafts.map(\.deed.number) == [11])
        for draft in drafts {
            #expect(try Draft(wireBytes: draft.wireBytes) == draft)
        }
        try bench.book(drafts)
        let ledger = bench.mint.ledger
        #expect(ledger.balance(Bench.ada)?.units == 200 && ledger.isSound)
        #expect((ledger[.consumed].units, ledger[.redeemed].units) == (120, 0))
        #expect((ledger[.outstanding].units, ledger[.earned].units) == (180, 120))
        #expect(!bench.mint.hasTakenBack && bench.mint.waiting.isEmpty)
        // Nothing takes these units again, be it as credit or as used up.
        let again = try phone.pay(
            0,
            to: Bench.office.key,
            entries: [try #require(handover.entries.first)]
        )
        let payment = try #require(again.privates).payment
        let isTaken = bench.mint.mayTake(again, [], of: payment)
        #expect(!isTaken)
        // Opened again, the office knows it.
        var reopened = try bench.again()
        let isTakenLater = reopened.mayTake(again, [], of: payment)
        #expect(!isTakenLater)
        let day = try #require(bench.mint.daysToClose.first)
        while bench.now.day <= day { bench.pass(days: 1) }
        let plan = try bench.mint.closing(day, at: bench.now)
        #expect((plan.settled.units, plan.lapsed.units) == (180, 0))
        try bench.book(plan.drafts)
        #expect(bench.mint.ledger[.consumed].units == 120)
        #expect(bench.mint.ledger[.outstanding] == .zero)
    }
}

extension Bench {
    /// The credit of a payment to the office.
    func credit(_ handover: Handover, as use: Use = .redeemed) throws -> [Draft]? {
        let payment = try #require(handover.privates?.payment)
        let receipt = Receipt(
            offer: Hash(Bytes32(words: (1, 2, 3, 4))),
            asset: Self.euro,
            amount: try #require(handover.sum),
            moment: now
        )
        let object = Commit.object(
            by: Self.office.key,
            to: handover.header.payer,
            payment: payment,
            handover: handover.hash,
            receipt: receipt
        )
        let commit = try Commit(reading: .signed(object, by: Self.office))
        return mint.credit(handover, commit, as: use)
    }
}
