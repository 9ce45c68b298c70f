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
}
