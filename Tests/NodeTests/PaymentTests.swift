import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// The nine rules of a payment, each lived through by two nodes.
@Suite struct PaymentTests {
    @Test func `a payment moves exactly its amount and ends on both sides`() {
        let (street, alice, bob) = meeting()
        let payment = street.pay(1_250, from: alice, to: bob)
        #expect(alice.word(payment) == .paid)
        #expect(bob.word(payment) == .paid)
        #expect(alice.balance.available == Amount(8_750))
        #expect(bob.balance.available == Amount(1_250))
        #expect(alice.node.wallet.buying.isEmpty)
        #expect(bob.node.wallet.selling.isEmpty)
        #expect(alice.log.reserved.isEmpty)
    }

    @Test func `both screens show the same six digits`() {
        let (street, alice, bob) = meeting()
        let payment = street.offer(100, from: bob, to: alice)
        let digits = alice.standing(payment)?.digits
        #expect(digits != nil)
        #expect(digits == bob.standing(payment)?.digits)
    }

    @Test func `money received is paid on`() {
        let (street, alice, bob) = meeting()
        let carol = street.join("carol")
        carol.openWindow()
        street.pay(5_000, from: alice, to: bob)
        let second = street.pay(3_000, from: bob, to: carol)
        #expect(carol.word(second) == .paid)
        #expect(carol.balance.available == Amount(3_000))
        #expect(bob.balance.available == Amount(2_000))
    }

    @Test(arguments: [Kind.handover, .commit, .committed, .commitRequest, .accept, .offer])
    func `a lost message is said again until it is heard`(kind: Kind) {
        let (street, alice, bob) = meeting()
        street.lost = [kind]
        let payment = street.pay(1_000, from: alice, to: bob)
        street.pass(3_000)
        if kind != .committed {
            #expect(bob.word(payment) != .paid || alice.word(payment) != .paid)
        }
        street.lost = []
        if kind == .offer {
            street.pass(3_000)
            alice.wish(.answer(payment, .accept(share: [], knowsPIN: false)))
        }
        street.pass(10_000)
        #expect(alice.word(payment) == .paid)
        #expect(bob.word(payment) == .paid)
        #expect(bob.balance.available == Amount(1_000))
        #expect(alice.balance.available == Amount(9_000))
        #expect(bob.node.wallet.selling.isEmpty)
    }

    @Test func `rule 2: held does not end by time, and there is no cancel`() {
        let (street, alice, bob) = meeting()
        street.lost = [.commit, .abort]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        street.pass(3 * 86_400_000)
        alice.wish(.cancel(payment))
        #expect(alice.word(payment) == .held)
        #expect(alice.balance.held == Amount(1_000))
        #expect(alice.balance.available == Amount(9_000))
        #expect(alice.news.contains(.denied(.held)))
        #expect(bob.balance.available == Amount(1_000))
    }

    @Test func `a silent peer costs a bounded amount of traffic`() {
        let (street, alice, bob) = meeting()
        street.lost = [.commit, .abort]
        street.pay(1_000, from: alice, to: bob)
        bob.node.take(.tick, at: street.time)
        street.lost = Set(Kind.allCases)
        let before = street.count(.handover, by: alice)
        street.pass(86_400_000)
        let day = street.count(.handover, by: alice) - before
        #expect(day > 24)
        #expect(day < 120)
        street.pass(86_400_000)
        #expect(street.count(.handover, by: alice) - before - day <= 32)
    }

    @Test func `rule 3: what the seller's journal does not show committed it aborts, for good`()
        throws
    {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        try bob.restart()
        street.lost = []
        street.pass(2_000)
        #expect(alice.word(payment) == .cancelled)
        #expect(alice.balance.available == Amount(10_000))
        #expect(bob.balance.available == Amount(0))
        // For good: the same AGREED gets the same ABORT after another restart.
        let first = must(street.said.last { $0.message.object.kind == .abort })
        let before = street.count(.abort, by: bob)
        try bob.restart()
        street.replay(.handover, to: bob)
        #expect(street.count(.abort, by: bob) > before)
        let all = street.said.filter { $0.message.object.kind == .abort }
        #expect(all.allSatisfy { $0 == first })
    }

    @Test func `rule 3: an inert seller is silent about what it does not know`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        var wallet = bob.node.wallet
        try bob.log.keep([wallet.begunAnew(must(Text("restored")))])
        try bob.restart()
        street.lost = []
        let before = street.count(.abort, by: bob)
        street.pass(60_000)
        #expect(alice.word(payment) == .held)
        #expect(street.count(.abort, by: bob) == before)
    }

    @Test func `rule 4: COMMIT is said across restarts of both, and counts once`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(bob.word(payment) == .paid)
        try alice.restart()
        try bob.restart()
        street.lost = []
        street.pass(5_000)
        #expect(alice.word(payment) == .paid)
        #expect(alice.balance.available == Amount(9_000))
        #expect(bob.balance.available == Amount(1_000))
        #expect(bob.node.wallet.selling.isEmpty)
    }

    @Test func `rule 5: payments run at once out of one piece`() {
        let (street, alice, bob) = meeting()
        let carol = street.join("carol")
        street.lost = [.handover]
        let first = street.pay(4_000, from: alice, to: bob)
        let second = street.pay(4_000, from: alice, to: carol)
        #expect(alice.balance.held == Amount(8_000))
        #expect(alice.balance.available == Amount(2_000))
        street.lost = []
        street.pass(3_000)
        #expect(bob.word(first) == .paid)
        #expect(carol.word(second) == .paid)
        #expect(alice.balance.available == Amount(2_000))
    }

    @Test func `rule 5: accepted offers do not take the same units`() {
        let (street, alice, bob) = meeting()
        let carol = street.join("carol")
        street.lost = [.commitRequest]
        let first = street.pay(6_000, from: alice, to: bob)
        let second = street.pay(6_000, from: alice, to: carol)
        #expect(alice.word(second) == .refused)
        #expect(alice.news.contains { if case .denied(.short) = $0 { true } else { false } })
        street.lost = []
        street.pass(3_000)
        #expect(bob.word(first) == .paid)
    }

    @Test func `rule 6: a decision that comes by hand frees the buyer`() {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        let commit = must(street.said.last { $0.message.object.kind == .commit }).message
        alice.wish(.bring(commit))
        #expect(alice.word(payment) == .paid)
    }

    /// Units may be here twice, locked and come back, until the decision is heard.
    ///
    /// When the seller, who passed them on, then says ABORT, they count once.
    @Test func `units that came back while they were held count once, whatever the seller says`()
        throws
    {
        let (street, alice, bob) = meeting(1_000)
        let carol = street.join("carol")
        carol.openWindow()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        street.lost = []
        // No time passes, so nobody repeats anything: Alice does not hear the end of it.
        street.pay(1_000, from: bob, to: carol)
        let back = street.pay(1_000, from: carol, to: alice)
        #expect(alice.word(back) == .paid)
        let abort = Abort.object(by: bob.key, to: alice.key, payment: payment)
        alice.wish(.bring(.signed(abort, by: StandInSigner("bob"))))
        #expect(alice.word(payment) == .cancelled)
        #expect(alice.balance.available == Amount(1_000))
        try alice.restart()
        #expect(alice.balance.available == Amount(1_000))
    }

    @Test func `an aborted payment's units carry its release when they are paid again`() throws {
        let (street, alice, bob) = meeting(1_000)
        street.lost = [.handover]
        street.pay(1_000, from: alice, to: bob)
        try bob.restart()
        street.lost = []
        street.pass(2_000)
        #expect(alice.balance.available == Amount(1_000))
        let carol = street.join("carol")
        let again = street.pay(1_000, from: alice, to: carol)
        #expect(carol.word(again) == .paid)
        bob.openWindow()
        carol.openWindow()
        // And he who aborted takes it from the third.
        let back = street.pay(1_000, from: carol, to: bob)
        #expect(bob.word(back) == .paid)
    }

    @Test func `a wallet that was rolled back learns it from its own signature and turns inert`()
        throws
    {
        let (street, alice, bob) = meeting()
        let old = alice.log.groups.count
        street.pay(1_000, from: alice, to: bob)
        try alice.restart(from: alice.log.copy(groups: old))
        #expect(alice.balance.available == Amount(10_000))
        let payment = street.pay(2_000, from: alice, to: bob)
        #expect(alice.node.wallet.life != .live)
        #expect(bob.word(payment) != .paid)
        #expect(street.count(.handover, by: alice) == 1)
    }

    @Test func `shown COMMIT and its own signature, a rolled back buyer knows that it paid`()
        throws
    {
        let (street, alice, bob) = meeting()
        let old = alice.log.groups.count
        street.lost = [.committed]
        street.pay(1_000, from: alice, to: bob)
        try alice.restart(from: alice.log.copy(groups: old))
        street.lost = []
        street.pass(5_000)
        #expect(alice.node.wallet.life != .live)
        #expect(street.count(.ask, by: alice) >= 1)
        #expect(street.count(.show, by: bob) >= 1)
        #expect(bob.node.wallet.selling.isEmpty)
        #expect(alice.balance.available == Amount(9_000))
    }

    @Test func `everything after ACCEPT is one datagram`() throws {
        let (street, alice, bob) = meeting()
        street.pay(1_000, from: alice, to: bob)
        street.lost = [.handover]
        street.pay(1_000, from: alice, to: bob)
        street.pass(1_000)
        street.lost = [.commit]
        street.pass(1_000)
        for kind in [Kind.commitRequest, .handover, .commit, .committed] {
            #expect(street.sizes[kind]?.allSatisfy { $0 == 1 } == true, "\(kind)")
        }
    }
}

/// What an inert wallet, a forgetful person and a crowd may not do.
@Suite struct LimitTests {
    @Test func `a seller that turns inert decides nothing it had asked for`() throws {
        let (street, alice, bob) = meeting()
        let carol = street.join("carol")
        carol.openWindow()
        // Bob has paid once, is put back to before that, and asks Alice for money.
        street.pay(3_000, from: alice, to: bob)
        let old = bob.log.groups.count
        street.pay(500, from: bob, to: carol)
        try bob.restart(from: bob.log.copy(groups: old))
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        // Now he learns from Carol that he was rolled back.
        street.pay(700, from: bob, to: carol)
        #expect(bob.node.wallet.life != .live)
        street.lost = []
        let decided = street.count(.commit, by: bob) + street.count(.abort, by: bob)
        street.pass(300_000)
        #expect(street.count(.commit, by: bob) + street.count(.abort, by: bob) == decided)
        #expect(alice.word(payment) == .held)
    }

    @Test func `buyers who never answer again do not keep a shop from selling`() {
        let (street, alice, bob) = meeting(100_000)
        street.lost = [.committed]
        for _ in 0..<(Limits.offersAtOnce + 2) { street.pay(1, from: alice, to: bob) }
        #expect(bob.balance.available == Amount(UInt64(Limits.offersAtOnce + 2)))
    }

    @Test func `a full disk refuses before anything is promised`() {
        let (street, alice, bob) = meeting()
        alice.log.isFull = true
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .refused)
        #expect(bob.word(payment) == .refused)
        #expect(alice.news.contains(.denied(.noRoom)))
        #expect(alice.balance.available == Amount(10_000))
        bob.log.isFull = true
        bob.wish(.call)
        street.settle()
        #expect(bob.node.wallet.selling.isEmpty)
    }

    @Test func `a PIN is asked for from its amount on, and nothing is lost by not having it`() {
        let (street, alice, bob) = meeting()
        var policy = Policy()
        policy.pinAbove = Amount(500)
        alice.wish(.policy(policy))
        let payment = street.pay(500, from: alice, to: bob)
        #expect(alice.news.contains(.denied(.needsPIN(above: must(Amount(500))))))
        #expect(alice.word(payment) == .offered)
        alice.wish(.answer(payment, .accept(share: [], knowsPIN: true)))
        street.settle()
        #expect(alice.word(payment) == .paid)
        let small = street.pay(499, from: alice, to: bob)
        #expect(alice.word(small) == .paid)
    }

    @Test func `a picked seller is paid without asking until its total is used up`() {
        let (street, alice, bob) = meeting()
        var policy = Policy()
        policy.sellers = [bob.key]
        policy.left = Amount(1_000)
        alice.wish(.policy(policy))
        let first = street.offer(700, from: bob, to: alice)
        #expect(alice.word(first) == .paid)
        let second = street.offer(700, from: bob, to: alice)
        #expect(alice.word(second) == .offered)
        let third = street.offer(300, from: bob, to: alice)
        #expect(alice.word(third) == .paid)
    }

    @Test func `an address goes to a seller only when it asks and the person consents`() {
        let (street, alice, bob) = meeting()
        var profile = Profile()
        profile.shipping = Text("7 Mill Lane")
        profile.billing = Text("Box 12")
        alice.wish(.profile(profile))
        func sent(_ share: Terms.Wants, _ wants: Terms.Wants) -> (Text?, Text?) {
            let payment = street.offer(10, from: bob, to: alice) { $0.wants = wants }
            alice.wish(.answer(payment, .accept(share: share, knowsPIN: false)))
            street.settle()
            let message = must(street.said.last { $0.message.object.kind == .accept }).message
            let accept = must(try? Accept(reading: message))
            return (accept.shipping, accept.billing)
        }
        #expect(sent([.shipping, .billing], []) == (nil, nil))
        #expect(sent([], [.shipping, .billing]) == (nil, nil))
        #expect(sent([.shipping], [.shipping, .billing]) == (Text("7 Mill Lane"), nil))
        #expect(sent([.shipping, .billing], .billing) == (nil, Text("Box 12")))
    }

    @Test func `30 kB of provenance arrive at 30 percent loss`() {
        let (street, alice, bob) = meeting(10_000)
        // Alice's and Bob's money goes to and fro until its provenance is long.
        var (payer, payee) = (alice, bob)
        alice.charge(10_000, request: 2)
        for _ in 0..<46 {
            street.pay(20_000, from: payer, to: payee)
            (payer, payee) = (payee, payer)
        }
        var dice = SeededChance(seed: 7)
        street.loses = { _ in dice.below(10) < 3 }
        let carol = street.join("carol")
        carol.openWindow()
        var word: PaymentStanding.Word?
        for _ in 0..<3 where word != .paid {
            street.loses = nil
            let payment = street.offer(20_000, from: carol, to: payer)
            street.loses = { _ in dice.below(10) < 3 }
            payer.wish(.answer(payment, .accept(share: [], knowsPIN: false)))
            street.settle()
            street.pass(110_000)
            word = carol.word(payment)
        }
        let parts = street.sizes[.accept]?.max() ?? 0
        #expect(parts >= 30, "\(parts) datagrams")
        #expect(word == .paid)
    }
}
