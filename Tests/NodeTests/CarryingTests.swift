import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// Sticks that come by hand, and what a wallet says of them (docs/PROTOCOL section 19.3).
@Suite struct CarryingTests {
    private func delivery(
        _ number: UInt64,
        _ sticks: [Stick],
        _ party: Party,
        after days: UInt64 = 0,
        to epoch: Epoch = .first,
        by signer: StandInSigner? = nil
    ) -> Delivery {
        let office = party.street.office
        let object = Delivery.object(
            office: office.signer.key,
            meter: party.key,
            number: number,
            to: epoch,
            sticks: sticks.map(\.id),
            issued: must(Moment(office.now.seconds + days * 86_400))
        )
        return must(try? Delivery(reading: .signed(object, by: signer ?? office.signer)))
    }

    private func carry(_ delivery: Delivery, _ sticks: [Stick], to party: Party) {
        party.wish(
            .carry(
                delivery,
                sticks.sorted { $0.id < $1.id },
                certificates: [party.street.office.certificate.der, party.ownCertificate]
            )
        )
    }

    private func said(_ party: Party) -> (MeterReceipt, [Register], isAgain: Bool)? {
        party.news.reversed().lazy.compactMap { one in
            if case .carried(let receipt, let registers, let isAgain) = one {
                (receipt, registers, isAgain)
            } else {
                nil
            }
        }.first
    }

    private func came(_ party: Party) -> [MeterReceipt.Came] {
        said(party)?.0.content.states.map(\.came) ?? []
    }

    private func sticks(_ requests: [UInt8], _ party: Party, days: UInt64 = 30) -> [Stick] {
        requests.map { party.street.office.stick(50, to: party.key, request: $0, days: days) }
    }

    private func consume(_ units: UInt64, _ after: UInt64, _ party: Party) {
        party.wish(
            .consume(
                Consumption(
                    must(Amount(units)),
                    of: party.street.office.asset,
                    after: after,
                    through: after + units
                )
            )
        )
    }

    @Test func `what is brought is taken once, whatever is brought again`() throws {
        let (_, alice, _) = meeting(100)
        let brought = sticks([7, 8], alice)
        let one = delivery(1, brought, alice)
        carry(one, brought, to: alice)
        #expect(alice.balance.available == must(Amount(200)))
        #expect(came(alice) == [.taken, .taken] && said(alice)?.isAgain == false)
        let receipt = must(said(alice)).0
        #expect(receipt.answers(one) && receipt.isSigned(StandInChecking()))
        #expect(receipt.content.highest == 1)
        for _ in 0..<2 {
            carry(one, brought, to: alice)
            #expect(said(alice)?.0 == receipt && said(alice)?.isAgain == true)
            // The same sticks under another number: they were here before.
            carry(delivery(2, brought, alice), brought, to: alice)
            #expect(came(alice) == [.before, .before])
            #expect(alice.balance.available == must(Amount(200)))
            try alice.restart()
        }
        #expect(alice.node.wallet.carried.count == 2)
    }

    @Test func `three before two is fine, and the highest is known`() throws {
        let (_, alice, _) = meeting(100)
        let (two, three) = (sticks([7], alice), sticks([8], alice))
        carry(delivery(3, three, alice), three, to: alice)
        try alice.restart()
        carry(delivery(2, two, alice), two, to: alice)
        #expect(came(alice) == [.taken])
        #expect(said(alice)?.0.content.number == 2 && said(alice)?.0.content.highest == 3)
        #expect(alice.balance.available == must(Amount(200)))
    }

    @Test func `what is another's, or not signed, is not taken`() {
        let (street, alice, bob) = meeting(100)
        let brought = sticks([7], alice)
        let bobs = street.office.stick(50, to: bob.key, request: 9)
        carry(delivery(1, brought, alice), [bobs], to: alice)
        #expect(alice.news.last == .denied(.refused(Reason.unknown)))
        let forged = delivery(1, brought, alice, by: StandInSigner("forger"))
        carry(forged, brought, to: alice)
        #expect(alice.news.last == .denied(.refused(Reason.unknown)))
        let mine = delivery(1, brought, bob)
        carry(mine, brought, to: alice)
        #expect(alice.balance.available == must(Amount(100)))
        #expect(alice.node.wallet.carried.isEmpty)
    }

    @Test func `what comes too late is held and not used up, and its register comes with the next`()
        throws
    {
        let (street, alice, _) = meeting(100)
        consume(100, 0, alice)
        let late = sticks([7], alice)
        let first = delivery(1, late, alice)
        street.time.moment = must(Moment((20_000 + 62) * 86_400))
        carry(first, late, to: alice)
        #expect(came(alice) == [.late] && said(alice)?.1.isEmpty == true)
        consume(1, 100, alice)
        #expect(alice.news.last == .denied(.short(.short(most: .zero))))
        // The same again, with its office's clock: now it says for good what it has used up.
        carry(delivery(1, late, alice, after: 62), late, to: alice)
        let registers = must(said(alice)).1
        #expect(Set(registers.map(\.count)) == [.zero, must(Amount(100))])
        #expect(registers.first { $0.stick == late[0].id }?.count == .zero)
        // A clock that is set back brings none of it back.
        street.time.moment = must(Moment((20_000 + 1) * 86_400))
        try alice.restart()
        consume(1, 100, alice)
        #expect(alice.news.last == .denied(.short(.short(most: .zero))))
        carry(first, late, to: alice)
        #expect(said(alice)?.isAgain == true && said(alice)?.1.count == 2)
    }

    @Test func `what an earlier life may have had is stranded`() throws {
        let (street, alice, _) = meeting(100)
        let brought = sticks([7], alice)
        let first = delivery(1, brought, alice)
        let old = alice.log.groups.count
        carry(first, brought, to: alice)
        consume(150, 0, alice)
        // An older copy of the home is put back, and its office opens another life.
        try alice.restart(from: alice.log.copy(groups: old))
        var copy = alice.node.wallet
        try alice.log.keep([copy.begunAnew(must(Text("it was restored")))])
        try alice.restart()
        carry(first, brought, to: alice)
        #expect(alice.news.last == .denied(.inert(must(Text("it was restored")))))
        let window = street.office.window(
            for: alice.key,
            issuedAfter: 60,
            epoch: must(Epoch(2))
        )
        alice.openWindow(window)
        try alice.restart()
        carry(first, brought, to: alice)
        #expect(came(alice) == [.ended])
        #expect(alice.balance.available == .zero)
        consume(1, 0, alice)
        #expect(alice.news.last == .denied(.short(.short(most: .zero))))
        try alice.restart()
        #expect(alice.node.wallet.carried.count == 1)
        // What is sold to this life is taken, be it in the second in which that began.
        let more = sticks([8], alice)
        carry(delivery(2, more, alice, to: must(Epoch(2))), more, to: alice)
        #expect(came(alice) == [.taken])
    }

    @Test func `what was sold to a later life of its key no earlier one takes`() throws {
        let (_, alice, _) = meeting(100)
        let brought = sticks([7], alice)
        let next = delivery(1, brought, alice, to: must(Epoch(2)))
        carry(next, brought, to: alice)
        #expect(alice.news.last == .denied(.refused(Reason.laterLife)))
        #expect(said(alice) == nil && alice.balance.available == must(Amount(100)))
        #expect(alice.node.wallet.carried.isEmpty)
    }

    @Test func `power that is cut while it is taken loses all of it or nothing`() throws {
        let (_, alice, _) = meeting(100)
        let brought = sticks([7, 8], alice)
        let one = delivery(1, brought, alice)
        alice.log.failsAt = alice.log.groups.count
        carry(one, brought, to: alice)
        #expect(said(alice) == nil, "nothing is said before it is on the disk")
        try alice.restart()
        #expect(alice.balance.available == must(Amount(100)))
        carry(one, brought, to: alice)
        #expect(came(alice) == [.taken, .taken])
        let receipt = must(said(alice)).0
        // The power went before it was written into the carrier.
        try alice.restart()
        alice.news = []
        carry(one, brought, to: alice)
        #expect(said(alice)?.0 == receipt && alice.balance.available == must(Amount(200)))
    }

    @Test func `a receipt says what was used up so far`() {
        let (_, alice, _) = meeting(100)
        consume(30, 0, alice)
        let brought = sticks([7], alice, days: 40)
        carry(delivery(1, brought, alice), brought, to: alice)
        let content = must(said(alice)).0.content
        #expect(content.pulses == 30)
        let counts = content.registers.map(\.units.units).sorted()
        #expect(counts == [0, 30] && content.registers.count == 2)
    }

    @Test func `what a device has it keep is there after every restart, and not for who is inert`()
        throws
    {
        let (_, alice, _) = meeting(100)
        alice.wish(.keep([1, 2, 3]))
        try alice.restart()
        #expect(alice.node.wallet.beside == [1, 2, 3])
        alice.wish(.keep([UInt8](repeating: 0, count: Limits.besideBytes + 1)))
        #expect(alice.news.last == .denied(.tooMany))
        var copy = alice.node.wallet
        try alice.log.keep([copy.begunAnew(must(Text("it was restored")))])
        try alice.restart()
        alice.wish(.keep([4]))
        #expect(alice.news.last == .denied(.inert(must(Text("it was restored")))))
        #expect(alice.node.wallet.beside == [1, 2, 3])
    }
}
