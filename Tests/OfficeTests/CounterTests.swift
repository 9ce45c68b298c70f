import Books
import Certificates
import Clerk
import Commit
import Ledger
import Mint
import Money
import Office
import Sealing
import Testing
import Wallet
import Wire
import Words

import enum Wallet.Verdict

@Suite struct CounterTests {
    private func enrolled() throws -> (Town, Phone) {
        let town = try Town()
        var phone = Phone()
        try town.invite(17)
        let answer = try town.ask(try phone.enrol(17, of: town))
        #expect(answer.outcome.refusal == nil)
        return (town, phone)
    }

    @Test func `a wallet is certified under the root that it was told of`() throws {
        let town = try Town()
        var phone = Phone()
        try town.invite(17)
        let answer = try town.ask(try phone.enrol(17, of: town))
        let ders = answer.outcome.certificates
        let root = try Certificate(rootDER: ders[0], checking: OfficeHome.isSigned)
        #expect(root.key == town.till.root)
        let holder = try Chain.holder(
            Array(ders[1...]),
            root: root.key,
            checking: OfficeHome.isSigned
        )
        #expect(holder.key == phone.ring.identity.key && holder.roles == [.wallet])
        for paper in answer.outcome.papers {
            #expect(paper.isSigned(Checks(OfficeHome.isSigned)))
        }
    }

    @Test func `an answer is the same after a restart, and nothing is booked twice`() throws {
        var (town, phone) = try enrolled()
        let (enrol, charge) = (try phone.enrol(17, of: town), try phone.charge(300, of: town))
        let before = try [enrol, charge].map { try town.ask($0) }
        let entries = town.till.books.number
        try town.restart()
        town.now = Town.made(town.now.advanced(by: 1_000))
        let after = try [enrol, charge].map { try town.ask($0) }
        #expect(after == before && town.till.books.number == entries)
        #expect(town.till.books.ledger == town.till.mint.ledger)
        #expect(town.till.books.ledger.balance(Town.ada)?.units == 200)
        _ = try town.till.books.audit()
    }

    @Test func `what was ordered and not written never was`() throws {
        var (town, phone) = try enrolled()
        let charge = try phone.charge(300, of: town)
        // Its orders are lost with the process.
        _ = town.hear(charge)
        try town.restart()
        #expect(town.till.books.ledger.balance(Town.ada)?.units == 500)
        let stick = try Stick(reading: try town.ask(charge).outcome.papers[0])
        #expect(stick.units.units == 300 && stick.owner == phone.ring.identity.key)
    }

    @Test func `many in one group share one sync, and none overdraws`() throws {
        var (town, phone) = try enrolled()
        var orders: [Order] = []
        for _ in 0..<5 { orders += town.hear(try phone.charge(150, of: town)) }
        let refusals = try town.perform(orders).map { $0.outcome.refusal?.string }
        #expect(refusals == [nil, nil, "short", "short", "short"])
        #expect(town.till.books.ledger == town.till.mint.ledger)
        #expect(town.till.tally.done[.charge] == 2)
        #expect(town.till.tally.refused[.charge] == ["short": 3])
    }

    @Test func `what nobody signed costs a check and is not answered`() throws {
        var (town, phone) = try enrolled()
        let request = try phone.charge(10, of: town)
        #expect(town.hear(request, verdict: .forged).isEmpty)
        // While it is being checked the same is not checked again.
        let route = Route(
            address: Town.made(Address([4])),
            way: Way(2)
        )
        #expect(town.handle(.arrived(Arrival(request.signed, route))).count == 1)
        #expect(town.handle(.arrived(Arrival(request.signed, route))).isEmpty)
        // By hand there is nobody to be answered.
        let other = try phone.charge(10, of: town)
        #expect(town.handle(.arrived(Arrival(other.signed, nil))).isEmpty)
    }

    @Test func `a HELLO is answered alike each time, and no more than so many a second`() throws {
        let town = try Town()
        let address = Town.made(Address([4, 1, 2, 3, 4, 5, 6]))
        func welcome(_ byte: UInt8, _ other: UInt8) -> SignedObject? {
            let key = SealingKey(Bytes32(words: (UInt64(byte), UInt64(other), 1, 1)))
            let orders = town.handle(.hello(Hello(sealingKey: key), from: address))
            guard case .here(let signed, _, _)? = orders.first else { return nil }
            return signed
        }
        let first = try #require(welcome(0, 0))
        let read = try Welcome(reading: first)
        #expect(read.root == town.till.root && read.moment == town.now)
        town.now = Town.made(town.now.advanced(by: 3))
        #expect(welcome(0, 0) == first)
        let rest = (1...200).flatMap { a in (1...5).map { welcome(UInt8(a), UInt8($0)) } }
        #expect(rest.compactMap { $0 }.count == 499)
        #expect(welcome(0, 0) == first)
    }

    @Test func `books that fail end the counter`() throws {
        var (town, phone) = try enrolled()
        try town.till.books.close()
        let orders = town.hear(try phone.charge(10, of: town))
        #expect(throws: LogFault.self) { try town.perform(orders) }
        #expect(try town.counter.takeHappened(at: town.now).contains(.stopped))
    }

    @Test func `books that cannot be read say nothing of a payment, and end the counter`() throws {
        let (town, _) = try enrolled()
        let salt = Salt(high: 7, low: 7)
        let payment = PaymentID(epoch: .first, random: salt, mac: salt)
        #expect(try town.counter.committed(payment) == nil)
        try town.till.books.close()
        // It may stand there: that nothing of it is known is no reason to say that it was not paid.
        #expect(throws: LogFault.self) { try town.counter.committed(payment) }
        #expect(throws: LogFault.self) { try town.counter.takeHappened(at: town.now) }
    }

    // MARK: Payments that come in

    /// A payment to the office, as its wallet records it.
    private func paid(_ town: Town, _ phone: Phone, _ units: UInt64) throws -> Step {
        let payment = PaymentID(
            epoch: .first,
            random: Salt(high: 77, low: units),
            mac: Salt(high: 1, low: 1)
        )
        let office = town.till.mint.setting.office
        let handover = Handover(
            by: phone.ring.identity,
            to: office,
            at: Place(epoch: .first, counter: 1),
            entries: [
                Entry(
                    stick: Hash(Bytes32(words: (5, 5, 5, 5))),
                    units: Town.made(Units(0, units)),
                    parent: nil
                )
            ],
            privates: Privates(
                payment: payment,
                offer: Hash(Bytes32(words: (1, 1, 1, 1))),
                window: Hash(Bytes32(words: (2, 2, 2, 2))),
                total: .zero,
                previous: nil
            ),
            salts: (0..<5).map { Salt(high: $0, low: 1) }
        )
        let receipt = Receipt(
            offer: Hash(Bytes32(words: (1, 1, 1, 1))),
            asset: Town.euro,
            amount: Town.amount(units),
            moment: town.now
        )
        let object = Commit.object(
            by: office,
            to: phone.ring.identity.key,
            payment: payment,
            handover: handover.hash,
            receipt: receipt
        )
        var writer = Writer()
        writer.array(3)
        writer.number(1)
        writer.value(handover)
        // Nobody looks at this signature here.
        writer.value(SignedObject(object, phone.ring.identity.sign(object.hash)))
        return Step(
            payment: payment.array,
            entries: [LogEntry(kind: 4, bytes: writer.bytes)]
        )
    }

    @Test func `the credit of a payment is booked with its record, and once`() throws {
        var (town, phone) = try enrolled()
        _ = try town.ask(try phone.charge(300, of: town))
        let step = try paid(town, phone, 120)
        for _ in 0..<2 { try town.log.keep([step]) }
        #expect(town.journal.steps.count == 2)
        #expect(town.till.books.ledger.balance(Town.ada)?.units == 320)
        #expect(town.till.books.ledger[.redeemed].units == 120)
        #expect(town.till.books.ledger == town.till.mint.ledger)
        try town.restart()
        try town.log.keep([step])
        #expect(town.till.books.ledger[.redeemed].units == 120)
        _ = try town.till.books.audit()
    }

    @Test func `a payment that the journal did not take is not booked`() throws {
        var (town, phone) = try enrolled()
        _ = try town.ask(try phone.charge(300, of: town))
        town.journal.fails = true
        #expect(throws: LogFault.self) { try town.log.keep([try paid(town, phone, 120)]) }
        #expect(town.till.books.ledger[.redeemed] == .zero)
    }

    @Test func `a payment of a stranger stops it`() throws {
        var (town, phone) = try enrolled()
        _ = try town.ask(try phone.charge(300, of: town))
        #expect(throws: LogFault.self) { try town.log.keep([try paid(town, Phone(), 1)]) }
    }

    @Test func `a redemption is called for once, and offered to whom it is for`() throws {
        var (town, phone) = try enrolled()
        _ = try town.ask(try phone.charge(300, of: town))
        let redeem = try phone.request(.redeem(Town.euro, Town.amount(120), id: 7), of: town)
        func calls(_ orders: [Order]) -> Int {
            orders.filter { if case .wish(.callAt) = $0 { true } else { false } }.count
        }
        #expect(calls(town.hear(redeem)) == 1)
        #expect(calls(town.hear(redeem)) == 0)
        let (lookup, name) = (
            Hash(Bytes32(words: (1, 1, 1, 1))), Hash(Bytes32(words: (2, 2, 2, 2)))
        )
        #expect(town.counter.heard(.calling(lookup)).isEmpty)
        // Somebody else answers, or with another number.
        #expect(town.counter.heard(.here(lookup: name, name: name, id: 7)).isEmpty)
        #expect(town.counter.heard(.here(lookup: lookup, name: name, id: 8)).isEmpty)
        let wishes = town.counter.heard(.here(lookup: lookup, name: name, id: 7))
        guard case .offer(let terms, let to, let only)? = wishes.first else {
            Issue.record("\(wishes)")
            return
        }
        #expect(to == name && only == phone.ring.identity.key && terms.amount.units == 120)
        #expect(terms.caps == .office && terms.memo.string == "back to the account of Ada")
        #expect(town.counter.heard(.here(lookup: lookup, name: name, id: 7)).isEmpty)
    }
}
