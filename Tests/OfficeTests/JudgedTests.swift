import Books
import Certificates
import Clerk
import Commit
import Ledger
import Mint
import Money
import Office
import Reckoning
import Sealing
import Testing
import Wire
import Words

/// What is judged and settled stands in real books, and an office that opens again knows it.
@Suite struct JudgedTests {
    private let town: Town
    private var phones: [Phone]

    /// A payer with a stick of 150, and two shops.
    init() throws {
        town = try Town()
        phones = [Phone(), Phone(), Phone()]
        for index in phones.indices {
            let secret = UInt64(17 + index)
            try town.invite(secret, guarantee: index == 0 ? 100 : 0)
            let answer = try town.ask(try phones[index].enrol(secret, of: town))
            #expect(answer.outcome.refusal == nil)
        }
    }

    private var payer: Key { phones[0].ring.identity.key }

    private mutating func charge() throws -> Stick {
        let answer = try town.ask(try phones[0].charge(150, of: town))
        return try Stick(reading: try #require(answer.outcome.papers.first))
    }

    /// The payer's handover of the stick's first units, at a counter.
    private func pay(_ units: UInt64, of stick: Stick, to payee: Int, at counter: UInt64) throws
        -> Handover
    {
        let window = try #require(town.till.mint.members[payer]?.window)
        let privates = Privates(
            payment: PaymentID(
                epoch: .first,
                random: Salt(high: UInt64(payee), low: counter),
                mac: Salt(high: 1, low: 1)
            ),
            offer: stick.id,
            window: window.id,
            total: Town.amount(units),
            previous: nil
        )
        let entry = Entry(
            stick: stick.id,
            units: Town.made(Units(0, units)),
            parent: nil,
            releases: []
        )
        return Handover(
            by: phones[0].ring.identity,
            to: phones[payee].ring.identity.key,
            at: Place(epoch: .first, counter: counter),
            entries: [entry],
            privates: privates,
            salts: (0..<5).map { Salt(high: $0, low: counter) }
        )
    }

    private mutating func show(_ handover: Handover, by payee: Int) throws -> Answer {
        var showing = Showing()
        (showing.links, showing.claims) = ([handover.link(0)], [handover.hash])
        return try town.ask(try phones[payee].request(.show(showing), of: town))
    }

    @Test mutating func `a convict is revoked in the group after, and stays one after a restart`()
        throws
    {
        let stick = try charge()
        let first = try pay(10, of: stick, to: 1, at: 1)
        let second = try pay(12, of: stick, to: 2, at: 1)
        #expect(try show(first, by: 1).outcome.refusal == nil)
        try town.restart()
        #expect(try town.till.cases().cases.isEmpty)
        #expect(try show(second, by: 2).outcome.refusal == nil)
        for _ in 0..<2 {
            let (cases, notices) = try town.till.cases()
            let one = try #require(cases.first)
            #expect(cases.count == 1 && notices.isEmpty && one.id.convict == payer)
            #expect(one.known?.duplicated == Town.amount(10) && one.known?.parties.count == 2)
            let paper = town.till.paper(one.proof)
            #expect(paper.certificates.count == 2)
            #expect(try one.proof.verdict(Checks(OfficeHome.isSigned)) == .convicts(payer))
            #expect(town.till.mint.members[payer]?.revocation != nil)
            #expect(town.till.mint.revocations.count == 1)
            try town.restart()
        }
        let events = try town.counter.takeHappened(at: town.now)
        #expect(!events.contains(.convicted(payer)), "it is told once, when it is booked")
        _ = try town.till.books.audit()
        #expect(try town.till.auditUnits().map(\.out) == [Town.amount(150)])
    }

    @Test mutating func `what a closing books is booked once, and the audit finds every unit`()
        throws
    {
        let stick = try charge()
        _ = try show(try pay(10, of: stick, to: 1, at: 1), by: 1)
        _ = try show(try pay(12, of: stick, to: 2, at: 1), by: 2)
        town.now = Town.made(town.now.advanced(by: 61 * Limits.secondsPerDay))
        let plan = try town.till.mint.closing(stick.settleUntil, at: town.now)
        let outcomes = try town.till.book(plan.drafts)
        #expect(outcomes.allSatisfy { if case .booked = $0 { true } else { false } })
        let ledger = town.till.books.ledger
        #expect(ledger[.outstanding] == .zero && ledger == town.till.mint.ledger)
        // All three have one account: a convict who would pay himself pays nothing.
        #expect(plan.honoured == .zero && plan.repaid.map(\.claim) == [Town.amount(10)])
        for _ in 0..<2 {
            #expect(town.till.mint.closed == stick.settleUntil)
            #expect(try town.till.auditUnits().isEmpty)
            #expect(try town.till.cases().cases.first?.repaid.map(\.claim) == [Town.amount(10)])
            #expect(throws: NotClosed.closedBefore(stick.settleUntil)) {
                try town.till.mint.closing(stick.settleUntil, at: town.now)
            }
            try town.restart()
        }
        _ = try town.till.books.audit()
    }

    @Test mutating func `who signs units to the office that it has paid for is convicted by that`()
        throws
    {
        let stick = try charge()
        let first = try pay(10, of: stick, to: 1, at: 1)
        _ = try show(first, by: 1)
        // The same units, from another copy of the same wallet, to the office itself.
        let window = try #require(town.till.mint.members[payer]?.window)
        let payment = PaymentID(
            epoch: .first,
            random: Salt(high: 9, low: 9),
            mac: Salt(high: 1, low: 1)
        )
        let back = Handover(
            by: phones[0].ring.identity,
            to: town.till.mint.setting.office,
            at: Place(epoch: .first, counter: 1),
            entries: [
                Entry(stick: stick.id, units: Town.made(Units(0, 10)), parent: nil, releases: [])
            ],
            privates: Privates(
                payment: payment,
                offer: stick.id,
                window: window.id,
                total: .zero,
                previous: nil
            ),
            salts: (0..<5).map { Salt(high: $0, low: 77) }
        )
        // Nothing was paid for yet, so the office takes it; the one after it is told no.
        #expect(town.counter.mayTake(back, [], of: payment))
        let other = PaymentID(epoch: .first, random: Salt(high: 8, low: 8), mac: payment.mac)
        #expect(!town.counter.mayTake(back, [], of: other))
        let events = try town.counter.takeHappened(at: town.now)
        #expect(events.contains(.convicted(payer)))
        #expect(town.till.mint.members[payer]?.revocation != nil)
    }
}
