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

/// What the counter makes of what others have signed, and what closing a day comes to.
@Suite struct JudgingTests {
    @Test func `units that were passed on twice convict, and are paid for out of the guarantee`()
        throws
    {
        var street = try Street()
        var clone = street.phone
        let (first, second) = (
            try street.phone.pay(10, to: street.one.signer.key),
            try clone.pay(
                12,
                to: street.two.signer.key
            )
        )
        #expect(try street.show(\.one, first).drafts.count == 1)
        #expect(street.rulings.isEmpty)
        #expect(try street.show(\.two, second).drafts.count == 1)
        guard case .convicted(let id, let proof)? = street.rulings.first else {
            Issue.record("nobody was convicted")
            return
        }
        #expect(id.convict == street.phone.signer.key)
        #expect(try proof.verdict(StandInChecking()) == .convicts(id.convict))
        let revocation = try #require(street.bench.mint.members[id.convict]?.revocation)
        #expect(revocation.lastGood == Place(epoch: .first, counter: 0), "it handed in nothing")
        #expect(try street.bench.ask(try street.phone.charge(1)).refusal == "revoked")
        // Shown once more it is known, and nobody is convicted twice.
        #expect(try street.show(\.two, second).drafts.isEmpty)
        // 500 less 150 of the stick; the shops have 100.
        #expect(street.stands(Bench.ada) == 350)
        let plan = try street.close()
        #expect(plan.settled == Bench.amount(150) && plan.lapsed == .zero)
        #expect(plan.honoured == Bench.amount(10))
        // Ten for each of the two, and two units that only the second was given.
        #expect(street.stands(Bench.till) == 122)
        #expect(street.stands(Bench.ada) == 478)
    }

    @Test func `what a guarantee does not reach is a claim`() throws {
        var street = try Street(guarantee: 4)
        var clone = street.phone
        let first = try street.phone.pay(10, to: street.one.signer.key)
        let second = try clone.pay(10, to: street.two.signer.key)
        try street.show(\.two, second)
        try street.show(\.one, first)
        let plan = try street.close()
        #expect(plan.repaid.map(\.paid) == [Bench.amount(4)])
        #expect(plan.repaid.map(\.claim) == [Bench.amount(6)])
        #expect(plan.repaid.first?.holder == street.one.signer.key, "it came second")
        #expect(street.stands(Bench.till) == 114)
    }

    /// Seed 1 of clone-ring: the word of a duplicate said that it had one item more than it has,
    /// so nobody but its own reader could read it.
    @Test(arguments: [0, 4] as [UInt64])
    func `each word of a closing is one array, as long as it says`(guarantee: UInt64) throws {
        var street = try Street(guarantee: guarantee)
        var clone = street.phone
        let first = try street.phone.pay(10, to: street.one.signer.key)
        let second = try clone.pay(12, to: street.two.signer.key)
        let found = try street.show(\.one, first).drafts + street.show(\.two, second).drafts
        let words = (found + (try street.close()).drafts).compactMap(\.deed.word)
        #expect(words.count > 4)
        for word in words {
            var rest = word.bytes[...]
            Self.skip(&rest)
            #expect(rest.isEmpty)
        }
    }

    /// Passes one item of canonical bytes over, whatever it is; what is cut off is left.
    private static func skip(_ bytes: inout ArraySlice<UInt8>) {
        guard let head = bytes.popFirst() else {
            Issue.record("something is missing")
            return
        }
        let extra = head & 31 < 24 ? 0 : 1 << Int(head & 31 - 24)
        var value = extra == 0 ? Int(head & 31) : 0
        for _ in 0..<extra { value = value << 8 | Int(bytes.popFirst() ?? 0) }
        switch head >> 5 {
        case 0: return
        case 4: for _ in 0..<value { skip(&bytes) }
        case _: bytes = bytes.dropFirst(value)
        }
    }

    @Test(arguments: ["nothing", "a claim", "a denial", "both"])
    func `what waits for a decision is settled by what both sides say`(said: String) throws {
        var street = try Street()
        let held = try street.phone.pay(10, to: street.one.signer.key)
        _ = try street.bench.ask(try street.phone.sync([held], next: 2))
        if ["a claim", "both"].contains(said) { try street.show(\.one, held) }
        if ["a denial", "both"].contains(said) {
            var showing = Showing()
            showing.denials = [held.hash]
            let reply = try street.bench.ask(try street.phone.request(.show(showing)))
            #expect(reply.refusal == nil && reply.drafts.count == 1)
        }
        let plan = try street.close()
        #expect(street.rulings.count == (said == "nothing" ? 3 : said == "a denial" ? 2 : 3))
        switch said {
        case "nothing":
            #expect(plan.lapsed == Bench.amount(10) && street.stands(Bench.ada) == 490)
        case "a denial":
            #expect(plan.lapsed == .zero && street.stands(Bench.ada) == 500)
        default:
            #expect(plan.lapsed == .zero && street.stands(Bench.till) == 110)
            #expect(street.stands(Bench.ada) == 490)
        }
    }

    @Test
    func `what a payer signed in a life that has ended comes back to it unless it is claimed`()
        throws
    {
        for isClaimed in [false, true] {
            var street = try Street()
            let held = try street.phone.pay(10, to: street.one.signer.key)
            _ = try street.bench.ask(try street.phone.sync([held], next: 2))
            let renewed = try street.bench.ask(try street.phone.request(.renew(.first)))
            #expect(renewed.refusal == nil && renewed.drafts.count == 1)
            if isClaimed { try street.show(\.one, held) }
            #expect(try street.close().lapsed == .zero)
            #expect(street.stands(Bench.ada) == (isClaimed ? 490 : 500))
        }
    }

    private static func commit(
        to handover: Handover,
        by payee: Phone,
        at now: Moment
    ) throws -> SignedObject {
        let object = Commit.object(
            by: payee.signer.key,
            to: handover.header.payer,
            payment: try #require(handover.privates).payment,
            handover: handover.hash,
            receipt: Receipt(
                offer: Hash(Bytes32(repeating: 1)),
                asset: Bench.euro,
                amount: Bench.amount(10),
                moment: now
            )
        )
        return .signed(object, by: payee.signer)
    }

    /// Her device is lost, so she says nothing any more.
    @Test(arguments: [false, true])
    func `a payee who is gone is paid by what her payer shows of her`(isShown: Bool) throws {
        var street = try Street()
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        _ = try street.bench.ask(try street.phone.sync([paid], next: 2))
        try street.revoke(street.one.signer.key)
        var showing = Showing()
        showing.decisions = [try Self.commit(to: paid, by: street.one, at: street.bench.now)]
        let request = try street.phone.request(.show(showing))
        if isShown {
            for count in [1, 0] {
                let reply = try street.bench.ask(request)
                #expect(reply.refusal == nil && reply.drafts.count == count)
            }
        }
        let plan = try street.close()
        #expect(plan.lapsed == (isShown ? .zero : Bench.amount(10)))
        #expect(street.stands(Bench.till) == (isShown ? 110 : 100))
        #expect(street.stands(Bench.ada) == 490)
    }

    /// The use says as much, of the stick of which it is: once that is settled it says nothing.
    @Test(arguments: [1, 2])
    func `a COMMIT is kept unless its payee has used some of each stick`(sticks: Int) throws {
        var street = try Street()
        let first = try street.stick
        var entries = [
            Entry(stick: first.id, units: Bench.made(Units(0, 10)), parent: nil, releases: [])
        ]
        if sticks == 2 {
            try street.phone.take(stick: try street.bench.ask(try street.phone.charge(20)))
            let second = try street.stick.id
            entries.append(
                Entry(stick: second, units: Bench.made(Units(0, 5)), parent: nil, releases: [])
            )
        }
        let paid = try street.phone.pay(
            sticks == 2 ? 15 : 10,
            to: street.one.signer.key,
            entries: entries
        )
        _ = try street.bench.ask(try street.phone.sync([paid], next: 2))
        let below = Entry(
            stick: first.id,
            units: Bench.made(Units(0, 10)),
            parent: EntryReference(paid.hash, 0),
            releases: []
        )
        let next = try street.one.pay(10, to: street.two.signer.key, entries: [below])
        try street.show(\.two, paid, next)
        var showing = Showing()
        showing.decisions = [try Self.commit(to: paid, by: street.one, at: street.bench.now)]
        let reply = try street.bench.ask(try street.phone.request(.show(showing)))
        #expect(reply.refusal == nil && reply.drafts.count == sticks - 1)
    }

    @Test func `a key that nobody enrolled keeps nobody from what he was given`() throws {
        var street = try Street()
        var clone = street.phone
        let stranger = Phone("stranger")
        let first = try clone.pay(10, to: stranger.signer.key)
        let second = try street.phone.pay(10, to: street.one.signer.key)
        let commit = try Self.commit(to: first, by: stranger, at: street.bench.now)
        var showing = Showing()
        (showing.links, showing.decisions) = (
            [first.link(0)], [commit]
        )
        let reply = try street.bench.ask(try street.phone.request(.show(showing)))
        #expect(reply.refusal == nil && reply.drafts.count == 1)
        try street.show(\.one, second)
        let plan = try street.close()
        #expect(plan.lapsed == .zero && plan.repaid.map(\.paid) == [.zero])
        #expect(street.stands(Bench.till) == 110 && street.stands(Bench.ada) == 490)
    }

    @Test func `what others say of a handover means nothing, and of an unknown one is not kept`()
        throws
    {
        var street = try Street()
        let held = try street.phone.pay(10, to: street.one.signer.key)
        var showing = Showing()
        (showing.claims, showing.denials) = ([held.hash], [held.hash])
        #expect(try street.bench.ask(try street.two.request(.show(showing))).drafts.isEmpty)
        _ = try street.bench.ask(try street.phone.sync([held], next: 2))
        #expect(try street.bench.ask(try street.two.request(.show(showing))).drafts.count == 1)
        #expect(try street.close().lapsed == Bench.amount(10))
    }

    @Test func `what is shown has to be signed, or nothing of it is taken`() throws {
        var street = try Street()
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        let link = paid.link(0)
        var bytes = link.wireBytes
        bytes[bytes.count - 1] ^= 1
        var showing = Showing()
        showing.links = [try Link(wireBytes: bytes)]
        #expect(try street.bench.ask(try street.one.request(.show(showing))).refusal == "paper")
        // Links of a key that nobody enrolled are of no stick of this office.
        var stranger = Phone("stranger")
        (stranger.window, stranger.stick) = (street.phone.window, street.phone.stick)
        let other = try stranger.pay(10, to: street.one.signer.key)
        #expect(try street.show(\.one, other).drafts.isEmpty)
    }

    @Test func `an ABORT and a use of the same payment convict its payee`() throws {
        var street = try Street()
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        let payment = try #require(paid.privates).payment
        let abort = Abort.object(
            by: street.one.signer.key,
            to: street.phone.signer.key,
            payment: payment
        )
        let below = Entry(
            stick: try street.stick.id,
            units: Bench.made(Units(0, 10)),
            parent: EntryReference(paid.hash, 0),
            releases: []
        )
        let next = try street.one.pay(10, to: street.two.signer.key, entries: [below])
        try street.show(\.two, paid, next)
        var showing = Showing()
        showing.decisions = [.signed(abort, by: street.one.signer)]
        #expect(try street.bench.ask(try street.phone.request(.show(showing))).refusal == nil)
        let convicts = street.rulings.compactMap { ruling -> Key? in
            if case .convicted(let id, _) = ruling { id.convict } else { nil }
        }
        #expect(convicts == [street.one.signer.key])
        #expect(street.bench.mint.members[street.phone.signer.key]?.revocation == nil)
    }

    @Test func `a convict's later payments are judged, those after a revocation by hand are not`()
        throws
    {
        for isConvict in [true, false] {
            var street = try Street()
            var clone = street.phone
            let first = try street.phone.pay(10, to: street.one.signer.key)
            if isConvict {
                let other = try clone.pay(10, to: street.two.signer.key)
                try street.show(\.one, first)
                try street.show(\.two, other)
            } else {
                try street.show(\.one, first)
                try street.revoke(street.phone.signer.key, lastGood: 1)
            }
            let late = try street.phone.pay(20, to: street.two.signer.key)
            try street.show(\.two, late)
            _ = try street.close()
            #expect(street.stands(Bench.till) == (isConvict ? 140 : 110 as Int64))
        }
    }

    @Test func `a day is closed once, in order, and when it is over`() throws {
        var street = try Street()
        let day = try street.stick.settleUntil
        func fault(_ day: Day) -> NotClosed? {
            do {
                _ = try street.bench.mint.closing(day, at: street.bench.now)
                return nil
            } catch {
                return error
            }
        }
        #expect(fault(day) == .notOver(day))
        _ = try street.close()
        #expect(street.bench.mint.closed == day)
        #expect(fault(day) == .closedBefore(day))
        #expect(street.bench.mint.ledger[.outstanding] == .zero)
    }

    @Test func `of a stick that is settled nothing is paid and nothing is taken`() throws {
        var street = try Street()
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        let back = try street.phone.pay(10, to: Bench.office.key)
        _ = try street.close()
        let reply = try street.show(\.one, paid)
        #expect(reply.refusal == nil && reply.outcome.numbers == [1] && reply.drafts.isEmpty)
        let payment = try #require(back.privates).payment
        let isTaken = street.bench.mint.mayTake(back, [], of: payment)
        #expect(!isTaken)
    }

    @Test func `a chain that does not fit is not redeemed`() throws {
        var street = try Street()
        let paid = try street.phone.pay(10, to: street.one.signer.key)
        func back(_ units: Units, _ parent: EntryReference?, by phone: inout Phone) throws
            -> Handover
        {
            let entry = Entry(
                stick: try street.stick.id,
                units: units,
                parent: parent,
                releases: []
            )
            return try phone.pay(units.hi - units.lo, to: Bench.office.key, entries: [entry])
        }
        let parent = EntryReference(paid.hash, 0)
        let whole = Bench.made(Units(0, 10))
        var (one, two) = (street.one, street.two)
        let links = [paid.link(0)]
        let cases: [(Handover, [Link], Bool)] = [
            (try back(whole, parent, by: &one), links, true),
            (try back(whole, parent, by: &one), [], false),
            (try back(whole, parent, by: &two), links, false),
            (try back(Bench.made(Units(0, 11)), parent, by: &one), links, false),
            (try back(whole, nil, by: &one), [], false),
        ]
        for (handover, links, isGood) in cases {
            var mint = street.bench.mint
            let payment = try #require(handover.privates).payment
            let isTaken = mint.mayTake(handover, links, of: payment)
            #expect(isTaken == isGood)
        }
    }

    @Test func `what was redeemed of two sticks stays so when one of them is settled first`()
        throws
    {
        var street = try Street()
        let first = try street.stick
        street.bench.pass(days: 10)
        try street.phone.take(stick: try street.bench.ask(try street.phone.charge(40)))
        let second = try street.stick
        let entries = [(first, UInt64(10)), (second, 20)].map { stick, units in
            Entry(
                stick: stick.id,
                units: Bench.made(Units(0, units)),
                parent: nil,
                releases: []
            )
        }
        let back = try street.phone.pay(0, to: Bench.office.key, entries: entries)
        let payment = try #require(back.privates).payment
        let isTaken = street.bench.mint.mayTake(back, [], of: payment)
        #expect(isTaken)
        // While it is on its way to the books no day is closed.
        var late = street.bench
        late.pass(days: 80)
        #expect(throws: NotClosed.busy) {
            try late.mint.closing(first.settleUntil, at: late.now)
        }
        try street.bench.book(try #require(try street.bench.credit(back)))
        #expect(try street.close(first).settled == Bench.amount(140))
        #expect(try street.close(second).settled == Bench.amount(20))
        #expect(street.stands(Bench.ada) == 500)
        #expect(street.bench.mint.ledger[.outstanding] == .zero)
    }

    /// Seeds 21 and 306 of straw-payees.
    ///
    /// Who was told no spends the units again, and is paid with them by whoever said no. Both are
    /// his: he has given something for each, also where the liar paid somebody else with the same.
    @Test(arguments: [false, true])
    func `whoever is paid with what he was told no about has it twice, at the liar's cost`(
        isForked: Bool
    ) throws {
        var street = try Street()
        var liar = Phone("liar")
        let lies = Account(number: 18)
        try street.bench.book(.opened(.merchant, Bench.text("Lies")))
        try street.bench.book(.moved(Act(.deposit, lies, Bench.amount(50))))
        try street.bench.invite(20, account: lies, guarantee: 50)
        try liar.take(try street.bench.ask(try liar.enrol(20)))
        let paid = try street.phone.pay(10, to: liar.signer.key)
        let payment = try #require(paid.privates).payment
        let object = Abort.object(
            by: liar.signer.key,
            to: street.phone.signer.key,
            payment: payment
        )
        let abort = try Abort(reading: .signed(object, by: liar.signer))
        func entry(_ parent: EntryReference?, _ releases: [Abort]) throws -> Entry {
            Entry(
                stick: try street.stick.id,
                units: Bench.made(Units(0, 10)),
                parent: parent,
                releases: releases
            )
        }
        let back = try street.phone.pay(
            10,
            to: Bench.office.key,
            entries: [try entry(nil, [abort])]
        )
        let isTaken = street.bench.mint.mayTake(
            back,
            [],
            of: try #require(back.privates).payment
        )
        #expect(isTaken)
        try street.bench.book(try #require(try street.bench.credit(back)))
        #expect(street.stands(Bench.ada) == 360)
        var clone = liar
        let parts = [try entry(EntryReference(paid.hash, 0), [])]
        let other = try clone.pay(10, to: street.one.signer.key, entries: parts)
        let used = try liar.pay(10, to: street.phone.signer.key, entries: parts)
        if isForked { try street.show(\.one, paid, other) }
        try street.show(\.phone, paid, used)
        #expect(Set(street.convicts) == [liar.signer.key])
        let plan = try street.close()
        let paidFor: [Key] = [street.phone.signer.key] + (isForked ? [street.one.signer.key] : [])
        #expect(plan.honoured == Bench.amount(10 * UInt64(paidFor.count)))
        #expect(Set(plan.repaid.map(\.holder)) == Set(paidFor))
        #expect(street.stands(Bench.ada) == 510)
        #expect(street.stands(Bench.till) == (isForked ? 110 : 100))
        #expect(street.stands(lies) == (isForked ? 30 : 40))
    }
}
