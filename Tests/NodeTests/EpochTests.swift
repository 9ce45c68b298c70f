import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// The lives of a wallet: docs/PROTOCOL section 8.9.
@Suite struct EpochTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }
    private let second = must(Epoch(2))

    private func end(_ party: Party) throws {
        var copy = party.node.wallet
        let step = copy.begunAnew(must(Text("it was restored")))
        try party.log.keep([step])
        try party.restart()
        party.street.settle()
    }

    private func window(_ party: Party, epoch: Epoch, after seconds: UInt64 = 60) -> Window {
        party.street.office.window(for: party.key, issuedAfter: seconds, epoch: epoch)
    }

    @Test func `who is inert lives again with a window of a later epoch, and only what comes then`()
        throws
    {
        let (street, alice, bob) = meeting(1_000)
        try end(alice)
        alice.openWindow(window(alice, epoch: second))
        for _ in 0..<2 {
            #expect(alice.node.wallet.life == .live)
            #expect(alice.node.wallet.owner.epoch == second)
            #expect(alice.balance.available == .zero)
            #expect(alice.balance.stranded == amount(1_000))
            #expect(alice.balance.largest == .zero)
            try alice.restart()
        }
        street.pay(5, from: alice, to: bob)
        #expect(bob.balance.available == .zero)
        alice.charge(300, request: 9)
        street.pay(5, from: alice, to: bob)
        #expect(bob.balance.available == amount(5))
        #expect(alice.balance.available == amount(295))
        #expect(alice.balance.stranded == amount(1_000))
        #expect(alice.node.wallet.spent == amount(5))
    }

    @Test func `what is asked of a life that has ended is claimed by its person, for the office`()
        throws
    {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        try end(bob)
        bob.openWindow(window(bob, epoch: second))
        #expect(bob.node.wallet.life == .live && bob.node.wallet.endedPayments.isEmpty)
        street.lost = []
        street.pass(100_000)
        #expect(alice.word(payment) == .held, "nobody decides it")
        let asked = try #require(bob.node.wallet.endedPayments.first)
        #expect(asked.payment == payment && asked.payer == alice.key && !asked.isClaimed)
        let moment = street.time.moment
        #expect(bob.node.wallet.showings(at: moment).flatMap(\.showing.claims).isEmpty)
        bob.wish(.claim(payment))
        try bob.restart()
        #expect(bob.node.wallet.showings(at: moment).flatMap(\.showing.claims) == [asked.handover])
        #expect(bob.node.wallet.endedPayments.map(\.isClaimed) == [true])
        bob.news = []
        bob.wish(.claim(payment))
        #expect(bob.news.contains(.denied(.nothingNew)))
    }

    @Test func `an office's COMMIT that comes with a sync frees the payer`() throws {
        let (street, alice, office, counter) = counter()
        let bob = street.join("bob")
        alice.charge(2_000)
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        guard case .held(let held)? = alice.node.wallet.buying[payment]?.phase else {
            Issue.record("it is not held")
            return
        }
        func commit(of handover: Hash) -> SignedObject {
            let receipt = Receipt(
                offer: held.deal.offer,
                asset: held.deal.asset,
                amount: held.deal.amount,
                moment: street.time.moment
            )
            let object = Commit.object(
                by: street.office.signer.key,
                to: alice.key,
                payment: payment,
                handover: handover,
                receipt: receipt
            )
            return .signed(object, by: street.office.signer)
        }
        // Another handover's is not this one's.
        counter.papers = [commit(of: Hash(Bytes32(repeating: 7)))]
        alice.wish(.ask(.sync(handovers: []), at: office.address))
        street.settle()
        #expect(alice.word(payment) == .held)
        counter.papers = [commit(of: held.hash)]
        for _ in 0..<2 {
            alice.news = []
            alice.wish(.ask(.sync(handovers: []), at: office.address))
            street.settle()
            #expect(alice.word(payment) != .held && alice.balance.held == .zero)
            #expect(!alice.news.contains { if case .denied = $0 { true } else { false } })
        }
        #expect(alice.balance.available == amount(1_000))
        try alice.restart()
        #expect(alice.balance.available == amount(1_000))
    }

    @Test func `who lives takes no window of another epoch`() {
        let (_, alice, _) = meeting(1_000)
        alice.openWindow(window(alice, epoch: second))
        #expect(alice.node.wallet.owner.epoch == .first)
        #expect(alice.balance.available == amount(1_000))
        let isTold = alice.news.contains { if case .denied(.refused) = $0 { true } else { false } }
        #expect(isTold)
    }

    @Test func `an ended epoch is not begun again, and a window that was left behind is not taken`()
        throws
    {
        let (_, alice, _) = meeting(1_000)
        let later = window(alice, epoch: second, after: 60)
        try end(alice)
        alice.openWindow()
        #expect(alice.node.wallet.life != .live)
        alice.openWindow(later)
        try end(alice)
        alice.openWindow(later)
        #expect(alice.node.wallet.life != .live)
        #expect(alice.node.wallet.owner.epoch == second)
    }

    @Test(arguments: [true, false])
    func `what was held goes on, and what comes back of it is not spent`(isPaid: Bool) throws {
        let (street, alice, bob) = meeting(1_000)
        street.lost = isPaid ? [.commit] : [.handover]
        let payment = street.pay(400, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        if !isPaid { bob.wish(.cancel(payment)) }
        try end(alice)
        alice.openWindow(window(alice, epoch: second))
        #expect(alice.balance.held == amount(400))
        #expect(alice.balance.stranded == amount(600))
        street.lost = []
        street.pass(60_000)
        #expect(alice.balance.held == .zero)
        #expect(alice.balance.available == .zero)
        #expect(alice.balance.stranded == amount(isPaid ? 600 : 1_000))
        try alice.restart()
        #expect(alice.balance.stranded == amount(isPaid ? 600 : 1_000))
        #expect(bob.balance.available == (isPaid ? amount(400) : .zero))
    }

    @Test func `units that come back from others were spent, and are good again`() throws {
        let (street, alice, bob) = meeting(1_000)
        let old = alice.log.copy(groups: alice.log.groups.count)
        street.pay(400, from: alice, to: bob)
        // An older home is put back, and says so.
        alice.log = old
        try end(alice)
        alice.openWindow(window(alice, epoch: second))
        #expect(alice.balance.stranded == amount(1_000))
        street.pay(150, from: bob, to: alice)
        #expect(alice.balance.available == amount(150))
        #expect(alice.balance.stranded == amount(850))
        try alice.restart()
        #expect(alice.balance.stranded == amount(850))
        let before = bob.balance.available
        street.pay(150, from: alice, to: bob)
        #expect(bob.balance.available == before.adding(amount(150)))
        #expect(alice.balance.available == .zero)
    }

    /// Seed 65 of old-backup-settled: whoever was paid by a life that is over repeats COMMIT until
    /// it is acknowledged, and took the next life with it.
    @Test func `what a life that is over had paid ends no later one`() throws {
        let (street, alice, bob) = meeting(1_000)
        let old = alice.log.copy(groups: alice.log.groups.count)
        street.lost = [.commit]
        let payment = street.pay(400, from: alice, to: bob)
        alice.log = old
        try end(alice)
        alice.openWindow(window(alice, epoch: second))
        #expect(alice.balance.stranded == amount(1_000))
        street.lost = []
        street.pass(60_000)
        for _ in 0..<2 {
            #expect(alice.node.wallet.life == .live)
            #expect(alice.node.wallet.owner.epoch == second)
            #expect(alice.balance.stranded == amount(600))
            try alice.restart()
        }
        #expect(bob.word(payment) == .paid && bob.balance.available == amount(400))
        // Bob waits for nothing any more.
        let said = street.said.count
        street.pass(600_000)
        #expect(street.said.count == said)
    }

    /// Seed 274 of dispute: the answer to a charge that the old life had asked for brought its
    /// stick once more, and the next life would have spent what that one had.
    @Test func `a stick that was asked for in a life that is over is not spent by the next`()
        throws
    {
        let (street, alice, office, _) = counter()
        street.lost = [.answer]
        alice.wish(.ask(.charge(street.office.asset, amount(500)), at: office.address))
        street.settle()
        try end(alice)
        alice.openWindow(window(alice, epoch: second))
        #expect(alice.node.wallet.life == .live)
        street.lost = []
        street.pass(600_000)
        for _ in 0..<2 {
            #expect(alice.balance.available == .zero)
            #expect(alice.balance.stranded == amount(500))
            try alice.restart()
        }
    }

    @Test func `the office opens another life for who asks`() throws {
        let (street, alice, office, counter) = counter()
        alice.charge(1_000)
        counter.papers = [window(alice, epoch: second).signed]
        alice.wish(.ask(.renew, at: office.address))
        #expect(alice.news.contains(.denied(.nothingNew)))
        try end(alice)
        alice.wish(.ask(.renew, at: office.address))
        street.settle()
        #expect(alice.node.wallet.life == .live)
        #expect(alice.node.wallet.owner.epoch == second)
        #expect(alice.balance.stranded == amount(1_000))
    }
}
