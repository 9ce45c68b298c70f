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

/// The office's COMMIT in place of a payee that has lost the life in which it was paid.
@Suite struct DecidingTests {
    /// Ada's phone, which pays a shop; the shop may lose its life.
    private struct Street {
        var bench: Bench
        var phone = Phone("phone")
        var shop = Phone("shop")

        init() throws {
            bench = try Bench()
            try bench.invite(17, largest: 150)
            try phone.take(try bench.ask(try phone.enrol(17)))
            try phone.take(stick: try bench.ask(try phone.charge(150)))
            try bench.invite(18, account: Bench.till, guarantee: 0)
            try shop.take(try bench.ask(try shop.enrol(18)))
        }

        mutating func loseShop() throws {
            #expect(try bench.ask(try shop.request(.renew(.first))).refusal == nil)
        }

        mutating func pay(_ units: UInt64) throws -> Handover {
            try phone.pay(units, to: shop.signer.key)
        }

        /// The payer syncs; the office's decisions among what it is told.
        mutating func sync(_ handovers: [Handover] = []) throws -> [Commit] {
            let reply = try bench.ask(try phone.sync(handovers, next: phone.counter + 1))
            #expect(reply.refusal == nil && reply.outcome.papers.count <= Answer.papersAtMost)
            return reply.outcome.papers.compactMap { try? Commit(reading: $0) }
        }

        mutating func claim(
            _ who: WritableKeyPath<Street, Phone> = \.shop,
            _ handovers: Handover...
        ) throws {
            var showing = Showing()
            showing.claims = handovers.map(\.hash)
            let request = try self[keyPath: who].request(.show(showing))
            #expect(try bench.ask(request).refusal == nil)
        }
    }

    @Test func `who claims what his lost life was paid frees its payer, and has it at settlement`()
        throws
    {
        var street = try Street()
        let paid = try street.pay(40)
        try street.loseShop()
        #expect(try street.sync([paid]).isEmpty)
        try street.claim(\.shop, paid)
        for _ in 0..<2 {
            let told = try street.sync()
            let commit = try #require(told.first)
            #expect(told.count == 1 && commit.sender == Bench.office.key)
            #expect(commit.receiver == street.phone.signer.key && commit.handover == paid.hash)
            #expect(commit.receipt.amount.units == 40 && commit.isSigned(StandInChecking()))
            #expect(try commit.payment == #require(paid.privates).payment)
            // Said again it is decided once.
            try street.claim(\.shop, paid)
        }
        #expect(street.bench.mint.ledger.balance(Bench.till)?.units == 100)
        #expect(street.bench.mint.everybody.allSatisfy { $0.revocation == nil })
        street.bench.mint = try street.bench.again()
        #expect(try street.sync().count == 1)
        let day = try #require(street.phone.stick).settleUntil
        while street.bench.now.day <= day { street.bench.pass(days: 1) }
        let plan = try street.bench.mint.closing(day, at: street.bench.now)
        try street.bench.book(plan.drafts)
        #expect(plan.lapsed == .zero)
        #expect(street.bench.mint.ledger.balance(Bench.till)?.units == 140)
        #expect(try street.sync().isEmpty, "it is settled")
    }

    @Test func `a claim that comes before the hand-in is decided when that comes`() throws {
        var street = try Street()
        let paid = try street.pay(40)
        try street.loseShop()
        var showing = Showing()
        (showing.links, showing.claims) = ([paid.link(0)], [paid.hash])
        _ = try street.bench.ask(try street.shop.request(.show(showing)))
        #expect(try street.sync([paid]).isEmpty)
        #expect(try street.sync().count == 1)
        _ = try street.bench.again()
    }

    @Test func `who still lives decides for himself, and nobody claims for another`() throws {
        var street = try Street()
        let paid = try street.pay(40)
        _ = try street.sync([paid])
        try street.claim(\.shop, paid)
        #expect(try street.sync().isEmpty, "its epoch is not over")
        let other = try street.pay(10)
        _ = try street.sync([other])
        try street.claim(\.phone, other)
        #expect(try street.sync().isEmpty)
        // What was claimed is decided when that life ends.
        try street.loseShop()
        #expect(try street.sync().map(\.handover) == [paid.hash])
        _ = try street.bench.again()
    }

    @Test func `where an ABORT is shown the office says nothing`() throws {
        var street = try Street()
        let paid = try street.pay(40)
        let payment = try #require(paid.privates).payment
        let abort = Abort.object(
            by: street.shop.signer.key,
            to: street.phone.signer.key,
            payment: payment
        )
        try street.loseShop()
        _ = try street.sync([paid])
        var showing = Showing()
        showing.decisions = [.signed(abort, by: street.shop.signer)]
        _ = try street.bench.ask(try street.phone.request(.show(showing)))
        try street.claim(\.shop, paid)
        #expect(try street.sync().isEmpty)
        _ = try street.bench.again()
    }

    @Test func `of many decisions a few are told at each sync, and all of them in the end`() throws
    {
        var street = try Street()
        let paid = try (0..<9).map { _ in try street.pay(5) }
        try street.loseShop()
        _ = try street.sync(paid)
        for one in paid { try street.claim(\.shop, one) }
        var seen: Set<Hash> = []
        for _ in 0..<40 {
            let told = try street.sync()
            #expect(told.count == 4)
            seen.formUnion(told.map(\.handover))
        }
        #expect(seen == Set(paid.map(\.hash)))
    }
}
