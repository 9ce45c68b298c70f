import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// A wallet before its office's counter: docs/PROTOCOL section 13.
@Suite struct CounterTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }

    private func charge(_ units: UInt64, _ alice: Party, _ office: Party) {
        let asset = alice.street.office.asset
        alice.wish(.ask(.charge(asset, amount(units)), at: office.address))
        alice.street.settle()
    }

    private func answered(_ party: Party) -> [Answer] {
        party.news.compactMap { one in
            if case .answered(let answer) = one { answer } else { nil }
        }
    }

    @Test func `a charge brings a stick, and the errand is over`() {
        let (_, alice, office, counter) = counter()
        charge(500, alice, office)
        #expect(alice.balance.available == amount(500))
        #expect(counter.issued.count == 1)
        #expect(
            alice.log.recovered.registers.allSatisfy { !$0.key.starts(with: Array("errand".utf8)) }
        )
        #expect(alice.node.nextWake == nil)
    }

    @Test(arguments: [Kind.welcome, .request, .answer])
    func `whatever is lost, it is asked for again until it is answered, once`(_ kind: Kind) {
        let (street, alice, office, counter) = counter()
        street.lost = [kind]
        charge(500, alice, office)
        street.pass(5_000)
        #expect(alice.balance.available == .zero)
        street.lost = []
        street.pass(5_000)
        #expect(alice.balance.available == amount(500))
        #expect(counter.issued.count == 1)
    }

    @Test func `an ANSWER that comes again changes nothing`() {
        let (street, alice, office, counter) = counter()
        charge(500, alice, office)
        for kind in [Kind.welcome, .answer] { street.replay(kind, to: alice) }
        for kind in [Kind.request] { street.replay(kind, to: office) }
        street.pass(10_000)
        #expect(alice.balance.available == amount(500))
        #expect(counter.issued.count == 1)
    }

    @Test(arguments: 0..<6)
    func `wherever the plug is pulled, one stick comes of one charge`(_ group: Int) throws {
        let (street, alice, office, counter) = counter()
        alice.log.failsAt = alice.log.groups.count + group
        charge(500, alice, office)
        // A node whose log has failed takes nothing more, so no time passes for it.
        try alice.restart()
        street.pass(10_000)
        // What was never on disk was never asked for.
        let isAsked = !counter.answers.isEmpty
        #expect(counter.issued.count == (isAsked ? 1 : 0))
        #expect(alice.balance.available == (isAsked ? amount(500) : .zero))
        if group > 1 { #expect(isAsked) }
    }

    @Test func `the same request is said after a restart`() throws {
        let (street, alice, office, counter) = counter()
        street.lost = [.answer]
        charge(500, alice, office)
        street.pass(1_000)
        try alice.restart()
        street.lost = []
        street.pass(10_000)
        #expect(Set(street.said.filter { $0.message.object.kind == .request }).count == 1)
        #expect(counter.issued.count == 1)
        #expect(alice.balance.available == amount(500))
    }

    @Test func `what is refused is told with its numbers, and is not asked for again`() throws {
        let (street, alice, office, counter) = counter()
        counter.refuses = "short"
        charge(500, alice, office)
        let answer = try #require(answered(alice).first)
        #expect(answer.outcome.refusal?.string == "short")
        #expect(answer.outcome.numbers == [700])
        try alice.restart()
        street.pass(10_000)
        #expect(counter.answers.count == 1)
        #expect(alice.balance.available == .zero)
    }

    @Test func `a stick of another amount, or to another, is not taken`() {
        for other: UInt64 in [499, 501] {
            let (street, alice, office, counter) = counter()
            counter.bends = { outcome in
                let stick = street.office.stick(other, to: alice.key, request: 9)
                outcome.papers = [stick.signed]
            }
            charge(500, alice, office)
            street.pass(10_000)
            #expect(alice.balance.available == .zero)
        }
    }

    @Test func `whoever is certified by another root is no office of ours`() {
        let (street, alice, office, counter) = counter()
        counter.root = StandInSigner("another").key
        charge(500, alice, office)
        street.pass(10_000)
        #expect(counter.answers.isEmpty)
        #expect(alice.balance.available == .zero)
        let isTold = alice.news.contains { one in
            if case .denied(.refused) = one { true } else { false }
        }
        #expect(isTold)
    }

    @Test func `who is no office answers no HELLO`() {
        let (street, alice, _, _) = counter()
        let bob = street.join("bob")
        alice.wish(.ask(.charge(street.office.asset, amount(5)), at: bob.address))
        street.settle()
        #expect(street.count(.welcome, by: bob) == 0)
        #expect(bob.node.dropped == 1)
    }

    @Test func `an office that is not there costs a bounded number of datagrams`() {
        let (street, alice, _, _) = counter()
        alice.wish(.ask(.charge(street.office.asset, amount(5)), at: must(Address([99]))))
        let before = street.air.count
        street.pass(24 * 3_600_000)
        let sent = street.air.count - before
        #expect(sent > 20 && sent < 120, "\(sent)")
    }

    @Test func `errands are bounded, and what was not said yet can be dropped`() {
        let (street, alice, _, _) = counter()
        let nowhere = must(Address([99]))
        for _ in 0..<Limits.errandsAtOnce {
            alice.wish(.ask(.charge(street.office.asset, amount(5)), at: nowhere))
        }
        alice.wish(.ask(.charge(street.office.asset, amount(5)), at: nowhere))
        #expect(alice.news.contains(.denied(.tooMany)))
        for case .asking(let id) in alice.news { alice.wish(.cancel(id)) }
        #expect(alice.node.nextWake == nil)
    }

    @Test func `a charge that was said is not dropped`() {
        let (street, alice, office, _) = counter()
        street.lost = [.answer]
        charge(500, alice, office)
        for case .asking(let id) in alice.news { alice.wish(.cancel(id)) }
        #expect(alice.news.contains(.denied(.held)))
        street.lost = []
        street.pass(5_000)
        #expect(alice.balance.available == amount(500))
    }

    @Test func `handovers are handed in, and a window that comes is taken`() {
        let (street, alice, office, counter) = counter()
        let bob = street.join("bob")
        alice.charge(1_000, request: 7)
        street.pay(100, from: alice, to: bob)
        let window = street.office.window(for: alice.key, issuedAfter: 60)
        counter.papers = [window.signed]
        let handover = street.said.first { $0.message.object.kind == .handover }
        #expect(handover != nil)
        alice.wish(.ask(.sync(handovers: []), at: office.address))
        street.settle()
        #expect(alice.node.wallet.window?.id == window.id)
    }
}

/// Units go back to the office: the payment of section 8, in which it is the payee.
@Suite struct RedeemingTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }

    private func redeem(_ units: UInt64, _ alice: Party, _ office: Party) {
        let asset = alice.street.office.asset
        alice.wish(.ask(.redeem(asset, amount(units)), at: office.address))
        alice.street.settle()
    }

    @Test func `units go back, and nobody was asked twice`() {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        redeem(400, alice, office)
        #expect(alice.balance.available == amount(600))
        #expect(office.balance.available == amount(400))
        #expect(alice.node.wallet.screenID == nil)
        #expect(alice.node.wallet.buying.isEmpty && office.node.wallet.selling.isEmpty)
        _ = street
    }

    @Test func `no permission is needed, and none is used up`() {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        alice.openWindow(
            street.office.window(
                for: alice.key,
                largest: 10,
                ceiling: 10,
                issuedAfter: 5,
                days: 19_000...19_001
            )
        )
        redeem(400, alice, office)
        #expect(office.balance.available == amount(400))
        #expect(alice.node.wallet.spent == .zero)
    }

    @Test func `the office takes until the last day to settle, others until that to spend`() {
        let (street, alice, office, _) = counter()
        let bob = street.join("bob")
        bob.openWindow()
        alice.charge(1_000)
        street.time.moment = must(Moment((20_000 + 31) * 86_400))
        street.pay(100, from: alice, to: bob)
        #expect(bob.balance.available == .zero)
        #expect(alice.balance.available == .zero)
        #expect(alice.balance.redeemable == amount(1_000))
        redeem(400, alice, office)
        #expect(office.balance.overdue == amount(400))
        street.time.moment = must(Moment((20_000 + 61) * 86_400))
        redeem(100, alice, office)
        #expect(office.balance.settled == amount(400))
        #expect(alice.balance.settled == amount(600))
        #expect(alice.balance.redeemable == .zero)
    }

    @Test func `what is past its last day to be settled is not among what is paid back`() {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        let late = street.office.stick(500, to: alice.key, request: 2, days: 100)
        alice.wish(
            .charge(late, certificates: [street.office.certificate.der, alice.ownCertificate])
        )
        street.time.moment = must(Moment((20_000 + 61) * 86_400))
        #expect(alice.balance.available == amount(500))
        redeem(500, alice, office)
        #expect(office.balance.available == amount(500))
        #expect((alice.balance.available, alice.balance.settled) == (.zero, amount(1_000)))
    }

    @Test func `what the counter does not let it take is aborted, and comes back`() {
        let (street, alice, office, counter) = counter()
        alice.charge(1_000)
        counter.takesNothing = true
        redeem(400, alice, office)
        street.pass(3_000)
        #expect(office.balance.available == .zero)
        #expect(alice.balance.available == amount(1_000))
        #expect(alice.balance.held == .zero)
        counter.takesNothing = false
        redeem(300, alice, office)
        street.pass(3_000)
        #expect(office.balance.available == amount(300))
    }

    @Test func `an office takes no sticks of another under its root`() {
        let (street, alice, office, _) = counter()
        let west = StandInSigner("west")
        let certificate = street.office.certify(
            west,
            by: street.office.root,
            roles: [.office],
            name: "west"
        )
        let object = Stick.object(
            office: west.key,
            owner: alice.key,
            request: Hash(Bytes32(repeating: 5)),
            asset: street.office.asset,
            units: amount(900),
            spendUntil: must(street.office.now.day.advanced(by: 30)),
            settleUntil: must(street.office.now.day.advanced(by: 60)),
            issued: street.office.now
        )
        let stick = must(try? Stick(reading: .signed(object, by: west)))
        let ders = [certificate.der, street.office.certificate.der, alice.ownCertificate]
        alice.wish(.charge(stick, certificates: ders))
        #expect(alice.balance.available == amount(900))
        redeem(400, alice, office)
        street.pass(200_000)
        #expect(office.balance.available == .zero)
        #expect(alice.balance.available == amount(900))
    }

    @Test func `only who asked is taken`() {
        let (street, alice, office, counter) = counter()
        alice.charge(1_000)
        counter.payer = StandInSigner("bob").key
        redeem(400, alice, office)
        #expect(office.balance.available == .zero)
        street.pass(200_000)
        #expect(alice.balance.available == amount(1_000))
    }

    @Test func `more than there is comes to nothing`() {
        let (street, alice, office, _) = counter()
        alice.charge(100)
        redeem(400, alice, office)
        street.pass(200_000)
        #expect(alice.balance.available == amount(100))
        #expect(office.balance.available == .zero)
        #expect(alice.node.wallet.screenID == nil)
    }

    @Test func `another's offer of the same amount is not taken for the office's`() {
        let (street, alice, office, _) = counter()
        let bob = street.join("bob")
        bob.openWindow()
        alice.charge(1_000)
        street.lost = [.answer, .offer]
        redeem(400, alice, office)
        street.lost = []
        bob.wish(.callAt(alice.address))
        street.settle()
        street.offer(400, from: bob, to: alice)
        #expect(bob.balance.incoming == .zero)
        street.pass(3_000)
        #expect(bob.balance.available == .zero)
    }

    @Test func `a call that is lost is made again, and an errand that is given up leaves nothing`()
    {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        // A call has no kind of its own, and HELLO has none either.
        street.loses = { $0 == nil && !street.said.isEmpty }
        redeem(400, alice, office)
        street.pass(1_000)
        #expect(office.balance.available == .zero)
        street.loses = nil
        street.pass(5_000)
        #expect(office.balance.available == amount(400))
        street.loses = { $0 == .offer }
        redeem(100, alice, office)
        for case .asking(let id) in alice.news { alice.wish(.cancel(id)) }
        #expect(alice.node.wallet.screenID == nil)
        street.loses = nil
        street.pass(200_000)
        redeem(200, alice, office)
        street.pass(5_000)
        #expect(office.balance.available == amount(600))
        #expect(alice.balance.available == amount(400))
    }

    @Test(arguments: [
        Kind.welcome, .answer, .here, .offer, .accept, .commitRequest, .handover, .commit,
    ])
    func `whatever is lost, it goes on`(_ kind: Kind) {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        street.lost = [kind]
        redeem(400, alice, office)
        street.pass(1_500)
        street.lost = []
        street.pass(10_000)
        #expect(alice.balance.available == amount(600))
        #expect(office.balance.available == amount(400))
    }
}
