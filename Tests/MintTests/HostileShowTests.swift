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

/// What members tried to do to an office with what they showed it, and what their clocks and its
/// own did: stories that once ended badly.
@Suite struct HostileShowTests {
    /// A handover of these units, at this place, whatever else its payer has signed.
    private func handover(
        _ street: Street,
        _ units: Range<UInt64>,
        to payee: Key,
        at counter: UInt64,
        epoch: Epoch = .first,
        releases: [Abort] = []
    ) throws -> Handover {
        var phone = street.phone
        phone.counter = counter - 1
        let entry = Entry(
            stick: try street.stick.id,
            units: Bench.made(Units(units.lowerBound, units.upperBound)),
            parent: nil,
            releases: releases
        )
        let paid = try phone.pay(UInt64(units.count), to: payee, entries: [entry])
        guard epoch != .first else { return paid }
        return Handover(
            by: phone.signer,
            to: payee,
            at: Place(epoch: epoch, counter: counter),
            entries: paid.entries,
            privates: Bench.made(paid.privates),
            salts: (0..<5).map { Salt(high: $0, low: counter) }
        )
    }

    private func showing(_ links: Link..., claims: [Hash] = []) -> Showing {
        var showing = Showing()
        (showing.links, showing.claims) = (links, claims)
        return showing
    }

    @Test func `a request that would say more when it is said again is booked once`() throws {
        var street = try Street()
        let one = try handover(street, 0..<10, to: street.two.signer.key, at: 1)
        let other = try handover(street, 10..<20, to: street.one.signer.key, at: 2)
        let request = try street.one.request(
            .show(showing(one.link(0), claims: [other.hash]))
        )
        #expect(try street.bench.ask(request).drafts.count == 1)
        let next = try street.one.request(.show(showing(other.link(0))))
        #expect(try street.bench.ask(next).drafts.count == 1)
        // What it claims is known by now; it is for another request to say.
        let again = try street.bench.ask(request)
        #expect(again.refusal == nil && again.drafts.isEmpty)
        let later = try street.one.request(.show(showing(claims: [other.hash])))
        #expect(try street.bench.ask(later).drafts.count == 1)
        _ = try street.bench.again()
    }

    @Test func `no place that a forger has shown before makes its revocation void`() throws {
        for isHandedIn in [false, true] {
            var street = try Street()
            let far = Bench.made(Epoch(1_000_000_000_000_000))
            let places = [(far, UInt64.max - 1, UInt64(100)), (Epoch.first, .max, 101)]
            for (epoch, counter, lo) in places {
                let place = try handover(
                    street,
                    lo..<lo + 1,
                    to: street.one.signer.key,
                    at: counter,
                    epoch: epoch
                )
                let shown = try street.phone.request(.show(showing(place.link(0))))
                #expect(try street.bench.ask(shown).refusal == nil)
            }
            let clone = street.phone
            let paid = try street.phone.pay(10, to: street.one.signer.key)
            if isHandedIn {
                let synced = try street.phone.sync([paid], next: 2)
                #expect(try street.bench.ask(synced).refusal == nil)
            }
            try street.show(\.one, paid)
            street.phone = clone
            try street.show(\.two, try street.phone.pay(12, to: street.two.signer.key))
            let revoked = street.bench.mint.members[clone.signer.key]?.revocation
            let counter: UInt64 = isHandedIn ? 1 : 0
            #expect(revoked?.lastGood == Place(epoch: .first, counter: counter))
        }
    }

    @Test func `whom a convict paid is paid by the office; whom a lost key paid after, is not`()
        throws
    {
        for isByHand in [false, true] {
            var street = try Street()
            let clone = street.phone
            let paid = try street.phone.pay(10, to: street.one.signer.key)
            if isByHand {
                try street.revoke(street.phone.signer.key)
            } else {
                try street.show(\.one, paid)
                street.phone = clone
                try street.show(\.two, try street.phone.pay(12, to: street.two.signer.key))
                #expect(street.convicts == [clone.signer.key])
            }
            let below = Entry(
                stick: try street.stick.id,
                units: Bench.made(Units(0, 10)),
                parent: EntryReference(paid.hash, 0),
                releases: []
            )
            let back = try street.one.pay(10, to: Bench.office.key, entries: [below])
            let payment = try #require(back.privates).payment
            var mint = street.bench.mint
            let isTaken = mint.mayTake(back, [paid.link(0)], of: payment)
            #expect(isTaken == !isByHand)
            // What was decided before it was revoked is booked all the same.
            mint = street.bench.mint
            let isBooked = mint.mayTake(back, [paid.link(0)], of: payment, isDecided: true)
            #expect(isBooked)
        }
    }

    @Test func `a release that nobody signed hides no ABORT beside it`() throws {
        var street = try Street()
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        let payment = try #require(paid.privates).payment
        let object = Abort.object(
            by: street.one.signer.key,
            to: street.phone.signer.key,
            payment: payment
        )
        let (good, forged) = (
            try Abort(reading: .signed(object, by: street.one.signer)),
            try Abort(reading: .signed(object, by: street.two.signer))
        )
        let two = street.two.signer.key
        let first = try handover(street, 20..<30, to: two, at: 2, releases: [forged])
        let second = try handover(street, 0..<10, to: two, at: 3, releases: [good])
        let both = try street.phone.request(.show(showing(first.link(0), second.link(0))))
        #expect(try street.bench.ask(both).refusal == nil)
        let below = Entry(
            stick: try street.stick.id,
            units: Bench.made(Units(0, 10)),
            parent: EntryReference(paid.hash, 0),
            releases: []
        )
        try street.show(\.two, paid, try street.one.pay(10, to: two, entries: [below]))
        #expect(street.convicts == [street.one.signer.key])
        let mint = try street.bench.again()
        #expect(mint.members[street.one.signer.key]?.revocation != nil)
    }

    @Test func `whose key is revoked shows and claims what it was paid, and nothing else`() throws {
        var street = try Street()
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        _ = try street.bench.ask(try street.phone.sync([paid], next: 2))
        try street.revoke(street.one.signer.key)
        #expect(try street.bench.ask(try street.one.sync([], next: 1)).refusal == "revoked")
        #expect(try street.bench.ask(try street.one.charge(1)).refusal == "revoked")
        #expect(try street.show(\.one, paid).refusal == nil)
        let plan = try street.close()
        #expect(plan.lapsed == .zero && street.stands(Bench.till) == 110)
    }

    @Test func `of one member so much is kept in a day, and goes on the next`() throws {
        var street = try Street()
        let stick = try street.stick.id
        var refusal: String?
        var (kept, counter) = (0, UInt64(0))
        while refusal == nil, kept <= Limits.shownADay {
            var some = Showing()
            for _ in 0..<8 {
                counter += 1
                let entries = (0..<8).map { number in
                    Entry(
                        stick: stick,
                        units: Bench.made(Units(counter * 8 + number, counter * 8 + number + 1)),
                        parent: nil,
                        releases: []
                    )
                }
                var phone = street.phone
                phone.counter = counter
                let paid = try phone.pay(8, to: street.one.signer.key, entries: entries)
                some.links += entries.indices.map { paid.link($0) }
            }
            let reply = try street.bench.ask(try street.one.request(.show(some)))
            refusal = reply.refusal
            if refusal == nil { kept += some.count }
            if kept > Limits.shownADay - 64, refusal != nil {
                #expect(reply.outcome.numbers == [UInt64(Limits.shownADay)])
                #expect(reply.drafts.isEmpty)
                // Others are not kept from showing theirs.
                let other = try street.two.request(.show(some))
                #expect(try street.bench.ask(other).refusal == nil)
            }
        }
        #expect(refusal == "too-much" && kept > Limits.shownADay - 64)
        street.bench.pass(days: 1)
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        #expect(try street.show(\.one, paid).refusal == nil)
    }

    @Test func `a member begins so many lives in a day, and goes on the next`() throws {
        var street = try Street()
        func renew() throws -> Reply {
            let epoch = Bench.made(street.bench.mint.members[street.phone.signer.key]).epoch
            return try street.bench.ask(try street.phone.request(.renew(epoch)))
        }
        for _ in 0..<Limits.livesADay {
            #expect(try renew().refusal == nil)
        }
        let reply = try renew()
        #expect(reply.refusal == "too-much" && reply.drafts.isEmpty)
        street.bench.pass(days: 1)
        #expect(try renew().refusal == nil)
    }

    @Test func `no stick is issued that ends in a day that is closed`() throws {
        var street = try Street()
        let now = street.bench.now
        street.bench.pass(days: 400)
        let day = Bench.made(Day(street.bench.now.day.number - 1))
        try street.bench.book(try street.bench.mint.closing(day, at: street.bench.now).drafts)
        // The clock is right again.
        street.bench.now = now
        let before = street.stands(Bench.ada)
        let reply = try street.bench.ask(try street.phone.charge(10))
        #expect(reply.refusal == "closed" && reply.outcome.numbers == [day.number])
        #expect(street.stands(Bench.ada) == before)
        street.bench.pass(days: 341)
        #expect(try street.bench.ask(try street.phone.charge(10)).refusal == nil)
    }

    @Test func `units that came twice to one holder are one duplicate`() throws {
        var street = try Street(guarantee: 15)
        let clone = street.phone
        for who in [\Street.two, \.one, \.one] {
            street.phone = clone
            // Each is another handover of the same units.
            street.phone.counter = UInt64(street.bench.shelf.entries.count)
            let key = street[keyPath: who].signer.key
            try street.show(who, try street.phone.pay(10, to: key))
        }
        let plan = try street.close()
        #expect(plan.repaid.map(\.paid) == [Bench.amount(10)])
        #expect(plan.repaid.map(\.claim) == [.zero])
        #expect(Set(plan.drafts.map(\.request)).count == plan.drafts.count)
    }

    @Test(arguments: [1_001, 10_000], [false, true])
    func `however many pieces are left of what was forked, its credit can be read again`(
        gaps: Int,
        isHandedIn: Bool
    ) throws {
        var street = try Street()
        let all = UInt64(gaps) * 2
        try street.bench.book(.moved(Act(.deposit, Bench.ada, Bench.amount(all))))
        try street.phone.take(stick: try street.bench.ask(try street.phone.charge(all)))
        let stick = try street.stick.id
        let paid = try street.phone.pay(all, to: street.one.signer.key)
        let synced = try street.phone.sync([paid], next: 2)
        if isHandedIn { _ = try street.bench.ask(synced) }
        try street.show(\.one, paid)
        // Every second unit once more, to somebody else.
        var (links, counter) = ([Link](), UInt64(1))
        for first in stride(from: 0, to: gaps, by: 8) {
            counter += 1
            let entries = (first..<min(first + 8, gaps)).map { gap in
                Entry(
                    stick: stick,
                    units: Bench.made(Units(UInt64(gap) * 2 + 1, UInt64(gap) * 2 + 2)),
                    parent: nil,
                    releases: []
                )
            }
            var clone = street.phone
            clone.counter = counter
            let fork = try clone.pay(8, to: street.two.signer.key, entries: entries)
            links += entries.indices.map { fork.link($0) }
        }
        let below = Entry(
            stick: stick,
            units: Bench.made(Units(0, all)),
            parent: EntryReference(paid.hash, 0),
            releases: []
        )
        let back = try street.one.pay(all, to: Bench.office.key, entries: [below])
        for part in stride(from: 0, to: links.count, by: 64) {
            var some = Showing()
            some.links = Array(links[part..<min(part + 64, links.count)])
            let reply = try street.bench.ask(try street.one.request(.show(some)))
            #expect(reply.refusal == nil)
        }
        let payment = try #require(back.privates).payment
        let isTaken = street.bench.mint.mayTake(back, [paid.link(0)], of: payment)
        #expect(isTaken)
        try street.bench.book(try #require(try street.bench.credit(back)))
        let cleared = street.rulings.compactMap { ruling -> Cleared? in
            if case .cleared(_, let cleared) = ruling { cleared } else { nil }
        }
        #expect(cleared.allSatisfy { $0.ranges.count <= 1_000 })
        if isHandedIn { #expect(cleared.flatMap(\.ranges).count == gaps) }
        _ = try street.bench.again()
        #expect(try street.close().settled > .zero)
    }

    @Test func `a guarantee buys nobody the first place among those who were paid twice`() throws {
        var street = try Street(guarantee: 0)
        var zed = Phone("zed")
        try street.bench.invite(20, account: Bench.till, guarantee: 50)
        try zed.take(try street.bench.ask(try zed.enrol(20)))
        let clone = street.phone
        let first = try street.phone.pay(10, to: street.one.signer.key)
        try street.show(\.one, first)
        street.phone = clone
        let second = try street.phone.pay(10, to: zed.signer.key)
        try street.show(\.two, second, claims: false)
        #expect(street.convicts == [clone.signer.key])
        let below = Entry(
            stick: try street.stick.id,
            units: Bench.made(Units(0, 10)),
            parent: EntryReference(second.hash, 0),
            releases: []
        )
        let back = try zed.pay(10, to: Bench.office.key, entries: [below])
        let payment = try #require(back.privates).payment
        let isTaken = street.bench.mint.mayTake(back, [second.link(0)], of: payment)
        #expect(isTaken)
        try street.bench.book(try #require(try street.bench.credit(back)))
        #expect(street.stands(Bench.till) == 100, "it waits, whatever is guaranteed")
        #expect(street.bench.mint.hasTakenBack)
        let plan = try street.close()
        #expect(plan.repaid.map(\.holder) == [zed.signer.key])
        #expect(street.stands(Bench.till) == 110, "the first who came has it")
    }

    @Test func `who forks and begins anew is voided from the fork on`() throws {
        var street = try Street()
        let clone = street.phone
        let first = try street.phone.pay(10, to: street.one.signer.key)
        try street.show(\.one, first)
        let renewed = try street.bench.ask(try street.phone.request(.renew(.first)))
        #expect(renewed.refusal == nil)
        street.phone = clone
        try street.show(\.two, try street.phone.pay(12, to: street.two.signer.key))
        let revocation = street.bench.mint.members[clone.signer.key]?.revocation
        #expect(revocation?.lastGood == Place(epoch: .first, counter: 0))
    }
}
