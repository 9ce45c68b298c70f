import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// A meter's wallet: what it uses up, and how that goes back (docs/PROTOCOL section 16).
@Suite struct ConsumingTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }

    private func group(_ units: UInt64, _ after: UInt64, _ party: Party) -> Wish {
        .consume(
            Consumption(
                amount(units),
                of: party.street.office.asset,
                after: after,
                through: after + max(units, 1)
            )
        )
    }

    private func served(_ party: Party) -> UInt64? {
        party.news.reversed().lazy.compactMap { one -> UInt64? in
            if case .served(let through) = one { through } else { nil }
        }.first
    }

    private func handIn(_ units: UInt64, _ alice: Party, _ office: Party) {
        let asset = alice.street.office.asset
        alice.wish(.ask(.redeem(asset, amount(units), as: .consumed), at: office.address))
        alice.street.settle()
    }

    // MARK: What is refused

    @Test func `more than is there is refused by name, and nothing changes`() {
        let (_, alice, _) = meeting(100)
        let (before, groups) = (alice.balance, alice.log.groups.count)
        alice.wish(group(101, 0, alice))
        #expect(alice.news.last == .denied(.short(.short(most: amount(100)))))
        #expect(alice.balance == before && alice.log.groups.count == groups)
        #expect(alice.node.wallet.pulses == 0 && alice.node.wallet.consumedOf.isEmpty)
    }

    @Test(arguments: [(0, 0), (7, 3)] as [(UInt64, UInt64)])
    func `a group that does not follow the one before, or is none, is refused`(
        _ units: UInt64,
        _ after: UInt64
    ) {
        let (_, alice, _) = meeting(100)
        alice.wish(group(units, after, alice))
        #expect(alice.news.last == .denied(.refused(Reason.pulses)))
        #expect(alice.balance.available == amount(100))
    }

    @Test func `units whose last day to be spent is past are not used up`() {
        let (street, alice, _) = meeting(100)
        street.time.moment = must(Moment((20_000 + 31) * 86_400))
        alice.wish(group(1, 0, alice))
        #expect(alice.news.last == .denied(.short(.short(most: .zero))))
    }

    @Test func `who is inert uses nothing up, and in the next epoch nothing of the one before`()
        throws
    {
        let (street, alice, _) = meeting(100)
        alice.wish(group(30, 0, alice))
        var copy = alice.node.wallet
        try alice.log.keep([copy.begunAnew(must(Text("it was restored")))])
        try alice.restart()
        alice.wish(group(1, 30, alice))
        #expect(alice.news.last == .denied(.inert(must(Text("it was restored")))))
        alice.openWindow(
            street.office.window(for: alice.key, issuedAfter: 60, epoch: must(Epoch(2)))
        )
        for _ in 0..<2 {
            #expect(alice.balance.stranded == amount(100))
            #expect(alice.balance.consumed == .zero && alice.node.wallet.pulses == 30)
            alice.wish(group(1, 30, alice))
            #expect(alice.news.last == .denied(.short(.short(most: .zero))))
            try alice.restart()
        }
    }

    // MARK: What is used up

    @Test func `what was used up is not there any more, and pays nobody`() {
        let (street, alice, bob) = meeting(100)
        alice.wish(group(30, 0, alice))
        #expect(served(alice) == 30)
        #expect((alice.balance.available, alice.balance.consumed) == (amount(70), amount(30)))
        #expect(alice.balance.largest == amount(70) && alice.balance.redeemable == amount(70))
        let payment = street.pay(71, from: alice, to: bob)
        #expect(alice.standing(payment)?.reason == Reason.short)
        street.pay(70, from: alice, to: bob)
        #expect(bob.balance.available == amount(70))
        #expect((alice.balance.available, alice.balance.consumed) == (.zero, amount(30)))
    }

    @Test func `the stick that is to be spent first is used up first, from its lowest unit on`() {
        let (street, alice, _) = meeting(100)
        let certificates = [street.office.certificate.der, alice.ownCertificate]
        let young = street.office.stick(50, to: alice.key, request: 2, days: 40)
        let old = street.office.stick(50, to: alice.key, request: 3, days: 20)
        for stick in [young, old] {
            alice.wish(.charge(stick, certificates: certificates))
        }
        alice.wish(group(170, 0, alice))
        let pieces = alice.node.wallet.consumed.pieces
        let found = pieces.sorted { $0.spendUntil < $1.spendUntil }.map(\.units)
        #expect(found == [(0, 50), (0, 100), (0, 20)].map { must(Units($0.0, $0.1)) })
        #expect(alice.node.wallet.consumedOf[old.id] == amount(50))
        #expect(alice.node.wallet.consumedOf[young.id] == amount(20))
    }

    @Test func `what an accepted offer would take is not used up`() {
        let (street, alice, bob) = meeting(100)
        street.lost = [.commitRequest]
        let payment = street.pay(60, from: alice, to: bob)
        alice.wish(group(41, 0, alice))
        #expect(alice.news.last == .denied(.short(.short(most: amount(40)))))
        alice.wish(group(40, 0, alice))
        #expect(served(alice) == 40)
        street.lost = []
        street.pass(5_000)
        #expect(alice.word(payment) == .paid)
        #expect((alice.balance.available, alice.balance.consumed) == (.zero, amount(40)))
    }

    @Test func `power that is cut around a group's sync neither loses nor repeats it`() throws {
        let (_, alice, _) = meeting(100)
        alice.wish(group(10, 0, alice))
        alice.log.failsAt = alice.log.groups.count
        alice.wish(group(5, 10, alice))
        #expect(served(alice) == 10, "it is not served before it is on the disk")
        try alice.restart()
        #expect((alice.node.wallet.pulses, alice.balance.available) == (10, amount(90)))
        // The counter has gone on: the group comes again, with more in it.
        alice.wish(group(8, 10, alice))
        #expect(served(alice) == 18)
        try alice.restart()
        // Its answer was lost: it is served already.
        alice.wish(group(8, 10, alice))
        #expect((served(alice), alice.balance.available) == (18, amount(82)))
        #expect(alice.balance.consumed == amount(18))
    }

    @Test func `rows of which more is consumed than their register says are refused`() throws {
        let (_, alice, _) = meeting(100)
        alice.wish(group(10, 0, alice))
        var recovered = alice.log.recovered
        recovered = Recovered(
            number: recovered.number,
            registers: recovered.registers,
            pieces: recovered.pieces.map { row in
                guard row.key.first == 6 else { return row }
                return Row(key: row.key, bytes: [0x83, 0x01, 0x09, 0x80])
            },
            outbox: [],
            open: []
        )
        #expect(throws: RowFault.self) {
            try Wallet(recovering: recovered, at: alice.street.time)
        }
    }

    // MARK: What is said of it at the end

    private func pass(days: UInt64, _ street: Street) {
        street.time.moment = must(Moment((20_000 + days) * 86_400))
    }

    /// Its office says that so many days are past.
    private func tell(days: UInt64, _ party: Party) {
        let office = party.street.office
        let window = office.window(for: party.key, issuedAfter: days * 86_400)
        party.openWindow(window)
    }

    private func said(_ party: Party) -> [Register] {
        party.node.wallet.showings(at: party.street.time.moment).flatMap(\.showing.decisions)
            .compactMap { try? Register(reading: $0) }
    }

    @Test func `a meter signs what it used up once its last day is past, and then uses up no more`()
        throws
    {
        let (street, alice, _) = meeting(100)
        alice.wish(group(30, 0, alice))
        alice.wish(.register)
        #expect(said(alice).isEmpty, "while there is time it says nothing for good")
        pass(days: 31, street)
        alice.wish(.register)
        #expect(said(alice).isEmpty, "its own clock may have jumped")
        tell(days: 30, alice)
        alice.wish(.register)
        #expect(said(alice).isEmpty, "it is the last day")
        tell(days: 31, alice)
        alice.wish(.register)
        for _ in 0..<2 {
            let said = said(alice)
            #expect(said.map(\.count) == [amount(30)])
            let isSigned = said.first?.isSigned(StandInChecking())
            #expect(isSigned == true)
            #expect(said.first?.receiver == street.office.signer.key)
            // Its own clock goes back: it keeps its word.
            pass(days: 0, street)
            alice.wish(group(1, 30, alice))
            #expect(alice.news.last == .denied(.short(.short(most: .zero))))
            pass(days: 31, street)
            let groups = alice.log.groups.count
            alice.wish(.register)
            #expect(alice.log.groups.count == groups, "it is said once")
            try alice.restart()
        }
    }

    @Test func `a meter that used nothing up says so, and a wallet that is none says nothing`()
        throws
    {
        let (street, alice, bob) = meeting(100)
        bob.charge(50, request: 8)
        alice.wish(.meter)
        pass(days: 31, street)
        for party in [alice, bob] {
            tell(days: 31, party)
            party.wish(.register)
        }
        try alice.restart()
        #expect(said(alice).map(\.count) == [.zero])
        #expect(said(bob).isEmpty && bob.node.wallet.consumedOf.isEmpty)
        #expect(alice.node.wallet.isMeter && !bob.node.wallet.isMeter)
    }

    @Test func `a wallet of watt-hours says so, whether a meter ever ran beside it or not`() throws
    {
        let watts = must(Asset(code: "Wh", scale: 0))
        let (street, alice, office, counter) = counter()
        let object = Stick.object(
            office: street.office.signer.key,
            owner: alice.key,
            request: Hash(Bytes32(repeating: 1)),
            asset: watts,
            units: amount(100),
            spendUntil: must(street.office.now.day.advanced(by: 30)),
            settleUntil: must(street.office.now.day.advanced(by: 60)),
            issued: street.office.now
        )
        let stick = must(try? Stick(reading: .signed(object, by: street.office.signer)))
        let certificates = [street.office.certificate.der, alice.ownCertificate]
        alice.wish(.charge(stick, certificates: certificates))
        pass(days: 31, street)
        alice.wish(.register)
        #expect(said(alice).isEmpty && !alice.node.wallet.isMeter)
        // An answer to a sync has the office's moment, be there nothing else in it.
        counter.papers = []
        alice.wish(.ask(.sync(handovers: []), at: office.address))
        street.settle()
        for _ in 0..<2 {
            alice.wish(.register)
            #expect(said(alice).map(\.count) == [.zero] && said(alice).map(\.stick) == [stick.id])
            try alice.restart()
        }
    }

    @Test func `what is held is said of as well`() throws {
        let (street, alice, bob) = meeting(100)
        alice.wish(group(30, 0, alice))
        street.lost = [.commit, .abort]
        street.pay(70, from: alice, to: bob)
        #expect(alice.balance.held == amount(70))
        pass(days: 31, street)
        tell(days: 31, alice)
        alice.wish(.register)
        #expect(said(alice).map(\.count) == [amount(30)])
    }

    // MARK: What is handed in

    @Test func `what was used up goes back to the office, and nothing else does with it`() throws {
        let (street, alice, office, _) = counter()
        alice.charge(100)
        alice.wish(group(30, 0, alice))
        #expect(alice.balance.consumedAtOnce == amount(30))
        handIn(31, alice, office)
        #expect(alice.balance.consumed == amount(30))
        handIn(20, alice, office)
        street.pass(1_000)
        #expect((alice.balance.available, alice.balance.consumed) == (amount(70), amount(10)))
        #expect(office.balance.available == amount(20))
        let stick = must(alice.node.wallet.consumedOf.keys.first)
        #expect(alice.node.wallet.consumedOf[stick] == amount(30), "a register never goes down")
        try alice.restart()
        #expect((alice.balance.available, alice.balance.consumed) == (amount(70), amount(10)))
        alice.wish(group(70, 30, alice))
        handIn(80, alice, office)
        street.pass(1_000)
        #expect((alice.balance.available, alice.balance.consumed) == (.zero, .zero))
        #expect(office.balance.available == amount(100))
    }

    @Test func `what was used up tells its last day, and counts as settled after it`() {
        let (street, alice, _, _) = counter()
        alice.charge(100)
        alice.wish(group(30, 0, alice))
        func due(_ state: Due.State, _ units: UInt64) -> Due {
            Due(
                state,
                amount(units),
                spendUntil: must(Day(20_030)),
                settleUntil: must(Day(20_060))
            )
        }
        for (day, isNear) in [(53, false), (54, true), (60, true)] as [(UInt64, Bool)] {
            pass(days: day, street)
            let overdue = due(.overdue, 70)
            #expect(alice.balance.dues == (isNear ? [overdue, due(.used, 30)] : [overdue]))
            #expect(alice.balance.consumed == amount(30))
            #expect(alice.balance.consumedAtOnce == amount(30))
            #expect(alice.balance.settled == .zero)
        }
        pass(days: 61, street)
        #expect(alice.balance.dues == [due(.settled, 100)])
        #expect((alice.balance.consumed, alice.balance.consumedAtOnce) == (.zero, .zero))
        #expect(alice.balance.settled == amount(100))
    }

    @Test func `a redemption takes nothing that was used up`() {
        let (street, alice, office, _) = counter()
        alice.charge(100)
        alice.wish(group(30, 0, alice))
        let asset = street.office.asset
        alice.wish(.ask(.redeem(asset, amount(71)), at: office.address))
        street.settle()
        #expect(office.balance.available == .zero)
        street.pass(100_000)
        alice.wish(.ask(.redeem(asset, amount(70)), at: office.address))
        street.settle()
        #expect(office.balance.available == amount(70))
        #expect((alice.balance.available, alice.balance.consumed) == (.zero, amount(30)))
    }

    @Test func `an office that calls for used up units unasked is refused`() {
        let (street, alice, office, _) = counter()
        alice.charge(100)
        alice.wish(group(30, 0, alice))
        let payment = street.offer(30, from: office, to: alice) { $0.memo = Use.memo }
        alice.wish(.answer(payment, .accept(share: [], knowsPIN: false)))
        street.settle()
        #expect(alice.standing(payment)?.reason == Reason.offer)
        #expect((alice.balance.available, alice.balance.consumed) == (amount(70), amount(30)))
    }

    @Test
    func `an aborted hand-in is used up as before, across a restart, and goes with its release`()
        throws
    {
        let (street, alice, office, counter) = counter()
        alice.charge(100)
        alice.wish(group(30, 0, alice))
        counter.takesNothing = true
        street.lost = [.abort]
        handIn(30, alice, office)
        #expect(alice.balance.held == amount(30) && alice.balance.consumed == .zero)
        try alice.restart()
        #expect(alice.balance.held == amount(30) && alice.balance.consumed == .zero)
        alice.wish(group(10, 30, alice))
        street.lost = []
        street.pass(60_000)
        #expect((alice.balance.held, alice.balance.consumed) == (.zero, amount(40)))
        #expect(alice.balance.available == amount(60))
        counter.takesNothing = false
        handIn(40, alice, office)
        street.pass(1_000)
        #expect(alice.balance.consumed == .zero && office.balance.available == amount(40))
    }

    @Test func `every cut of the log leaves used up, held and free what was charged`() throws {
        let (street, alice, office, _) = counter()
        alice.charge(100)
        for after: UInt64 in [0, 7, 14] { alice.wish(group(7, after, alice)) }
        handIn(14, alice, office)
        street.pass(1_000)
        alice.wish(group(9, 21, alice))
        let all = alice.log
        var wasCharged = false
        for count in 0...all.groups.count {
            let rows = all.copy(groups: count).recovered
            guard let wallet = try Wallet(recovering: rows, at: street.time) else { continue }
            let balance = wallet.balance(street.office.asset, at: street.time.moment)
            let used = wallet.consumedOf.values.first ?? .zero
            #expect(used.units == wallet.pulses, "what is served is what the counter showed")
            guard balance.available > .zero else {
                #expect(!wasCharged)
                continue
            }
            wasCharged = true
            #expect(balance.available.units + used.units == 100)
            let back = used.units - balance.consumed.units - balance.held.units
            #expect(back == 0 || back == 14)
        }
        #expect(wasCharged)
    }
}
