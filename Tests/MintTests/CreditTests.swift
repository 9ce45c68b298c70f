import Commit
import Ledger
import Mint
import Money
import StandIns
import Testing
import Wire
import Words

/// What the office pays for: by what the books say, whatever its journal remembers.
@Suite struct CreditTests {
    private func charged() throws -> (Bench, Phone) {
        var (bench, phone) = (try Bench(), Phone("phone"))
        try bench.invite(17)
        try phone.take(try bench.ask(try phone.enrol(17)))
        try phone.take(stick: try bench.ask(try phone.charge(40)))
        return (bench, phone)
    }

    private func payment(_ handover: Handover) throws -> PaymentID {
        try #require(handover.privates).payment
    }

    private func takes(_ mint: inout Mint, _ handover: Handover) throws -> Bool {
        mint.mayTake(handover, [], of: try payment(handover))
    }

    private func book(_ handover: Handover, _ bench: inout Bench) throws {
        try bench.book(try #require(try bench.credit(handover)))
    }

    @Test func `units are paid for once, by whichever wallet they come`() throws {
        var (bench, phone) = try charged()
        var clone = phone
        let first = try phone.pay(10, to: Bench.office.key)
        let other = try clone.pay(12, to: Bench.office.key)
        // Asked again it is the same.
        for _ in 0..<2 {
            let isTaken = try takes(&bench.mint, first)
            #expect(isTaken)
        }
        let isOtherTaken = try takes(&bench.mint, other)
        #expect(!isOtherTaken)
        try book(first, &bench)
        for var mint in [bench.mint, try bench.again()] {
            let isPaidTwice = try takes(&mint, other)
            let isNextTaken = try takes(&mint, try phone.pay(5, to: Bench.office.key))
            #expect(!isPaidTwice && isNextTaken)
        }
    }

    @Test func `no more comes back than is out, and nothing of what is not`() throws {
        var (bench, phone) = try charged()
        let (one, two) = (try phone.pay(30, to: Bench.office.key), try phone.pay(11))
        phone.spent = 30
        let three = try phone.pay(10, to: Bench.office.key)
        phone.stick = nil
        let unknown = try phone.pay(1, to: Bench.office.key)
        var taken: [Bool] = []
        for handover in [one, two, three, unknown] {
            taken.append(try takes(&bench.mint, handover))
        }
        #expect(taken == [true, false, true, false])
    }

    @Test func `what a stranger hands over is not taken`() throws {
        let phone: Phone
        var bench: Bench
        (bench, phone) = try charged()
        var stranger = Phone("stranger")
        stranger.window = phone.window
        let one = try stranger.pay(1, to: Bench.office.key)
        let isTaken = try takes(&bench.mint, one)
        #expect(!isTaken)
    }

    @Test func `a sync that is said again brings the window that it brought, whenever`() throws {
        var (bench, phone) = try charged()
        bench.pass(days: 26)
        let request = try phone.sync([], next: 1)
        let first = try bench.ask(request)
        #expect(first.drafts.count == 1)
        for days in [0, 24, 30, 400] as [UInt64] {
            bench.pass(days: days)
            let again = try bench.ask(request)
            #expect(again.outcome.papers == first.outcome.papers)
            #expect(again.drafts.allSatisfy { $0.deed.number == 27 }, "time brings a certificate")
        }
    }

    @Test func `a window that would end no later is not given`() throws {
        var (bench, phone) = try charged()
        let idle = Hand(signer: Bench.office, checking: StandInChecking()) { _, _, _, _, _ in nil }
        for (days, count) in [(360, 1), (2, 0)] as [(UInt64, Int)] {
            bench.pass(days: days)
            let request = try phone.sync([], next: 1)
            let reply = try bench.mint.answer(request, at: bench.now, idle, bench.shelf)
            #expect(reply.drafts.count == count)
            try bench.flush(reply.drafts)
        }
    }

    @Test func `what was charged is fetched after the key was revoked too`() throws {
        var (bench, phone) = try charged()
        let request = try phone.charge(5)
        let stick = try bench.ask(request).outcome.papers
        let revocation = try bench.mint.revoke(
            phone.signer.key,
            reason: Bench.text("lost"),
            lastGood: nil,
            at: bench.now,
            Bench.hand,
            bench.shelf
        )
        try bench.book(try revocation.get())
        #expect(try bench.ask(request).outcome.papers == stick)
        #expect(try bench.ask(try phone.charge(5)).refusal == "revoked")
    }
}
