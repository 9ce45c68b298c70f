import Commit
import Ledger
import Mint
import Money
import Reckoning
import StandIns
import Testing
import Wire
import Words

import struct Mint.Mint

/// What is credited at once of what came from others, what waits, and what it waits for.
@Suite struct ClearingTests {
    /// Ada's phone with a stick of 150; a shop, and one that buys from it, with a guarantee each.
    private struct Street {
        var bench: Bench
        var phone = Phone("phone")
        var shop = Phone("shop")
        var baker = Phone("baker")
        static let baking = Account(number: 18)

        init(guarantee: UInt64 = 30) throws {
            bench = try Bench()
            try bench.book(.opened(.merchant, Bench.text("Baker")))
            try bench.book(.moved(Act(.deposit, Self.baking, Bench.amount(100))))
            try bench.invite(17, largest: 150)
            try phone.take(try bench.ask(try phone.enrol(17)))
            try phone.take(stick: try bench.ask(try phone.charge(150)))
            try bench.invite(18, account: Bench.till, guarantee: guarantee)
            try shop.take(try bench.ask(try shop.enrol(18)))
            try bench.invite(19, account: Self.baking, guarantee: 0)
            try baker.take(try bench.ask(try baker.enrol(19)))
        }

        var stick: Stick { get throws { try #require(phone.stick) } }
        func stands(_ account: Account) -> Int64? { bench.mint.ledger.balance(account)?.units }

        /// What was handed over below another handover's only entry.
        func below(_ handover: Handover?, _ lo: UInt64, _ hi: UInt64) throws -> Entry {
            Entry(
                stick: try stick.id,
                units: Bench.made(Units(lo, hi)),
                parent: handover.map { EntryReference($0.hash, 0) },
                releases: []
            )
        }

        /// Somebody redeems what he was handed; false when the office does not take it.
        @discardableResult
        mutating func redeem(
            _ who: WritableKeyPath<Street, Phone>,
            _ entries: [Entry],
            shown: Handover...
        ) throws -> Bool {
            let back = try self[keyPath: who].pay(0, to: Bench.office.key, entries: entries)
            return try bench.redeem(back, shown.map { $0.link(0) })
        }

        mutating func handIn(_ who: WritableKeyPath<Street, Phone>, _ handovers: [Handover]) throws
            -> Reply
        {
            let next = (handovers.last?.header.place.counter ?? 0) + 1
            return try bench.ask(try self[keyPath: who].sync(handovers, next: next))
        }

        mutating func close() throws -> ClosingPlan {
            let day = try stick.settleUntil
            while bench.now.day <= day { bench.pass(days: 1) }
            let plan = try bench.mint.closing(day, at: bench.now)
            #expect(try bench.again().closing(day, at: bench.now).drafts == plan.drafts)
            try bench.book(plan.drafts)
            #expect(bench.mint.ledger.isSound && bench.mint.waiting.isEmpty)
            #expect(bench.mint.ledger[.outstanding] == .zero)
            #expect(try bench.again().waiting.isEmpty)
            return plan
        }
    }

    private func numbers(_ bench: Bench) -> [UInt64] {
        bench.shelf.entries.map(\.draft.deed.number)
    }

    @Test func `what the office issued to its redeemer is credited at once, all of it`() throws {
        var street = try Street()
        let entry = try street.below(nil, 0, 150)
        #expect(try street.redeem(\.phone, [entry]))
        #expect(street.stands(Bench.ada) == 500 && street.bench.mint.waiting.isEmpty)
        #expect(numbers(street.bench).suffix(1) == [5])
    }

    @Test func `above the guarantee it waits for its payer's hand-in`() throws {
        var street = try Street()
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        #expect(street.stands(Bench.till) == 130)
        #expect(numbers(street.bench).suffix(3) == [21, 26, 10])
        for mint in [street.bench.mint, try street.bench.again()] {
            let waiting = try #require(mint.waiting.first)
            #expect(waiting.amount == Bench.amount(70) && mint.waiting.count == 1)
            #expect(waiting.awaited == [street.phone.signer.key])
            #expect(try waiting.settleUntil == street.stick.settleUntil)
            #expect(mint.ledger[.outstanding] == .some(Balance(Bench.amount(120))))
        }
        let told = try street.handIn(\.shop, []).outcome.numbers
        #expect(told == [0, 0, 70])
        #expect(try street.handIn(\.phone, [paid]).refusal == nil)
        #expect(street.stands(Bench.till) == 200)
        #expect(street.bench.mint.waiting.isEmpty && numbers(street.bench).last == 10)
        #expect(try street.handIn(\.shop, []).outcome.numbers == [0, 0, 0])
        _ = try street.bench.again()
        #expect(try street.close().settled == Bench.amount(50))
    }

    @Test func `what every payer has handed in before is credited at once`() throws {
        var street = try Street()
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        #expect(try street.handIn(\.phone, [paid]).refusal == nil)
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        #expect(street.stands(Bench.till) == 200 && numbers(street.bench).last == 5)
    }

    @Test(arguments: [true, false])
    func `a chain clears when the last of its payers has handed it in`(isFirstFirst: Bool) throws {
        var street = try Street()
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        let passed = try street.shop.pay(
            80,
            to: street.baker.signer.key,
            entries: [try street.below(paid, 10, 90)]
        )
        let back = try street.below(passed, 20, 60)
        #expect(try street.redeem(\.baker, [back], shown: paid, passed))
        #expect(street.stands(Street.baking) == 100)
        let both = [street.phone.signer.key, street.shop.signer.key]
        #expect(street.bench.mint.waiting.map(\.awaited) == [both])
        let steps: [() throws -> Void] = [
            { _ = try street.handIn(\.phone, [paid]) }, { _ = try street.handIn(\.shop, [passed]) },
        ]
        for step in isFirstFirst ? steps : steps.reversed() {
            #expect(street.stands(Street.baking) == 100)
            try step()
        }
        #expect(street.stands(Street.baking) == 140 && street.bench.mint.waiting.isEmpty)
        _ = try street.bench.again()
    }

    @Test func `a guarantee answers once, until what it answered for is agreed`() throws {
        var street = try Street()
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        for (lo, stands) in [(0, 120), (20, 130), (40, 130)] as [(UInt64, Int64)] {
            #expect(
                try street.redeem(\.shop, [try street.below(paid, lo, lo + 20)], shown: paid)
            )
            #expect(street.stands(Bench.till) == stands)
        }
        #expect(street.bench.mint.waiting.map(\.amount.units) == [10, 20])
        _ = try street.handIn(\.phone, [paid])
        #expect(street.stands(Bench.till) == 160)
        let other = try street.phone.pay(50, to: street.shop.signer.key)
        let back = Entry(
            stick: try street.stick.id,
            units: Bench.made(Units(100, 150)),
            parent: EntryReference(other.hash, 0),
            releases: []
        )
        #expect(try street.redeem(\.shop, [back], shown: other))
        #expect(street.stands(Bench.till) == 190, "all of the guarantee is there again")
    }

    @Test func `of several entries what is agreed is credited, and the guarantee goes in order`()
        throws
    {
        var street = try Street()
        let known = try street.phone.pay(10, to: street.shop.signer.key)
        _ = try street.handIn(\.phone, [known])
        let new = try street.phone.pay(60, to: street.shop.signer.key)
        let entries = [
            try street.below(new, 10, 50), try street.below(known, 0, 10),
            try street.below(new, 50, 70),
        ]
        #expect(try street.redeem(\.shop, entries, shown: known, new))
        #expect(street.stands(Bench.till) == 140)
        let cleared = street.bench.shelf.entries.compactMap { entry -> Cleared? in
            if case .ruled(.cleared(_, let one)) = entry.draft.deed { one } else { nil }
        }
        #expect(cleared.map(\.how) == [.agreed, .guaranteed])
        #expect(cleared.map(\.ranges) == [[units(0, 10)], [units(10, 40)]])
        _ = try street.handIn(\.phone, [new])
        #expect(street.stands(Bench.till) == 170)
        let last = street.bench.shelf.entries.last?.draft.deed
        guard case .ruled(.cleared(_, let rest)) = last else {
            Issue.record("\(String(describing: last))")
            return
        }
        #expect(rest.ranges == [units(40, 50), units(50, 70)])
    }

    private func units(_ lo: UInt64, _ hi: UInt64) -> Units { Bench.made(Units(lo, hi)) }

    @Test func `what was passed on twice does not clear, and the rest of it does`() throws {
        var street = try Street(guarantee: 0)
        var clone = street.phone
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        let other = try clone.pay(30, to: street.baker.signer.key)
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        // The same units do not come back twice, and what was tried convicts.
        #expect(try !street.redeem(\.baker, [try street.below(other, 0, 30)], shown: other))
        var showing = Showing()
        (showing.links, showing.claims) = ([other.link(0)], [other.hash])
        _ = try street.bench.ask(try street.baker.request(.show(showing)))
        #expect(street.bench.mint.members[street.phone.signer.key]?.revocation != nil)
        var synced = street
        #expect(try synced.handIn(\.phone, [paid]).refusal == "revoked")
        // A convict does not sync; had he done so before, what nobody else has would be there.
        let plan = try street.close()
        #expect(street.stands(Bench.till) == 200, "it came first")
        #expect(plan.honoured == Bench.amount(30) && street.stands(Street.baking) == 130)
        #expect(street.stands(Bench.ada) == 370)
    }

    @Test func `what somebody else showed first goes to him, and who brought it is paid for it`()
        throws
    {
        var street = try Street(guarantee: 10)
        var clone = street.phone
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        let other = try clone.pay(30, to: street.baker.signer.key)
        var showing = Showing()
        (showing.links, showing.claims) = ([other.link(0)], [other.hash])
        _ = try street.bench.ask(try street.baker.request(.show(showing)))
        // Of 30..<100, which nobody else has, ten are paid for at once.
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        #expect(street.stands(Bench.till) == 110)
        #expect(street.bench.mint.members[street.phone.signer.key]?.revocation != nil)
        let plan = try street.close()
        // The baker came first to 0..<30, whatever is guaranteed of the shop.
        #expect(plan.honoured == Bench.amount(30))
        #expect(plan.repaid.map(\.units) == [units(0, 30)])
        #expect(plan.repaid.map(\.holder) == [street.shop.signer.key])
        #expect(street.stands(Bench.till) == 200 && street.stands(Street.baking) == 130)
    }

    @Test func `a fork that is known before the hand-in keeps its units from clearing`() throws {
        var street = try Street(guarantee: 0)
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        let passed = try street.shop.pay(
            100,
            to: street.baker.signer.key,
            entries: [try street.below(paid, 0, 100)]
        )
        var clone = street.shop
        clone.counter -= 1
        // The shop's copy pays the phone's other units of the same handover again.
        let other = try clone.pay(
            10,
            to: Phone("cousin").signer.key,
            entries: [try street.below(paid, 20, 30)]
        )
        #expect(try street.redeem(\.baker, [try street.below(passed, 0, 100)], shown: paid, passed))
        // The shop hands in first, then somebody shows what its copy signed.
        _ = try street.handIn(\.shop, [passed])
        var showing = Showing()
        showing.links = [paid.link(0), other.link(0)]
        _ = try street.bench.ask(try street.phone.request(.show(showing)))
        #expect(street.bench.mint.members[street.shop.signer.key]?.revocation != nil)
        _ = try street.handIn(\.phone, [paid])
        #expect(street.stands(Street.baking) == 190)
        #expect(street.bench.mint.waiting.map(\.amount.units) == [10])
        #expect(street.bench.mint.waiting.map(\.awaited) == [[]], "it is contradicted")
        _ = try street.close()
        #expect(street.stands(Street.baking) == 200)
    }

    @Test func `who redeems what he has passed on does not get beyond what is held of him`() throws
    {
        var street = try Street(guarantee: 20)
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        var clone = street.shop
        let passed = try clone.pay(
            100,
            to: street.baker.signer.key,
            entries: [try street.below(paid, 0, 100)]
        )
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        #expect(street.stands(Bench.till) == 120)
        var showing = Showing()
        (showing.links, showing.claims) = ([paid.link(0), passed.link(0)], [passed.hash])
        _ = try street.bench.ask(try street.baker.request(.show(showing)))
        #expect(street.bench.mint.members[street.shop.signer.key]?.revocation != nil)
        _ = try street.handIn(\.phone, [paid])
        #expect(street.stands(Bench.till) == 120, "it is the shop that is contradicted")
        let plan = try street.close()
        // The baker gets what waited, and of the rest what is held of the shop.
        #expect(plan.honoured == Bench.amount(20))
        #expect(street.stands(Street.baking) == 200 && street.stands(Bench.till) == 100)
    }

    @Test func `what a stolen phone paid is void as far as it waited`() throws {
        var street = try Street()
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        let revoked = try street.bench.mint.revoke(
            street.phone.signer.key,
            reason: Bench.text("stolen"),
            lastGood: 0,
            at: street.bench.now,
            Bench.hand,
            street.bench.shelf
        )
        try street.bench.book(try revoked.get())
        _ = try street.bench.again()
        let plan = try street.close()
        #expect(plan.settled == Bench.amount(120) && plan.lapsed == .zero)
        #expect(street.stands(Bench.till) == 130 && street.stands(Bench.ada) == 470)
    }

    @Test func `without a hand-in it is settled to whoever brought it`() throws {
        var street = try Street(guarantee: 0)
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        #expect(street.stands(Bench.till) == 100)
        let plan = try street.close()
        #expect(plan.settled == Bench.amount(150) && street.stands(Bench.till) == 200)
    }

    @Test func `what was cut off before it cleared is cleared when the office opens`() throws {
        var street = try Street()
        let paid = try street.phone.pay(100, to: street.shop.signer.key)
        #expect(try street.redeem(\.shop, [try street.below(paid, 0, 100)], shown: paid))
        _ = try street.handIn(\.phone, [paid])
        let last = street.bench.shelf.entries.popLast()
        let judged = try street.bench.judgedAnew()
        #expect(judged == [last?.draft])
    }
}

extension Bench {
    /// Takes a payment to the office, and books it; false when it may not be taken.
    mutating func redeem(_ back: Handover, _ links: [Link]) throws -> Bool {
        let payment = try #require(back.privates).payment
        guard mint.mayTake(back, links, of: payment) else { return false }
        let drafts = try credit(back)
        try book(try #require(drafts))
        return true
    }
}
