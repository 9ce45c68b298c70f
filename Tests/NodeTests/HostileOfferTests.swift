import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// Offers that are made to confuse or to crowd out.
@Suite struct HostileOfferTests {
    /// An OFFER of Bob's to what Alice answered last, under an id of his choice.
    private func offer(under payment: PaymentID, _ street: Street, from bob: Party, to alice: Party)
    {
        street.lost.insert(.offer)
        street.offer(100, from: bob, to: alice)
        street.lost.remove(.offer)
        let real = must(try? Offer(reading: street.last(.offer, by: bob)))
        let object = Object(
            .offer,
            from: bob.key,
            to: real.signed.object.receiver,
            payment: payment,
            answering: real.here,
            content: real.signed.object.content
        )
        bob.follow(.offer, with: .signed(object, by: bob.signer), to: alice)
    }

    @Test func `an OFFER under the id of one's own sale is dropped`() throws {
        let (street, alice, bob) = meeting()
        bob.charge(5_000, request: 3)
        street.lost = [.committed, .commit]
        let sale = street.pay(1_000, from: bob, to: alice)
        #expect(alice.word(sale) == .paid)
        offer(under: sale, street, from: bob, to: alice)
        #expect(alice.node.wallet.buying[sale] == nil)
        #expect(alice.node.wallet.selling[sale] != nil)
        // After it is over, too.
        street.lost = []
        street.pass(5_000)
        #expect(alice.node.wallet.selling.isEmpty)
        offer(under: sale, street, from: bob, to: alice)
        #expect(alice.node.wallet.buying[sale] == nil)
    }

    @Test func `an offer can be refused after buyer mode has ended`() {
        let (street, alice, bob) = meeting()
        let payment = street.offer(1_000, from: bob, to: alice)
        alice.wish(.listen(false))
        alice.wish(.answer(payment, .refuse))
        street.settle()
        #expect(alice.word(payment) == .refused)
        #expect(bob.word(payment) == .refused)
    }

    @Test func `an offer can be refused after many calls of a stranger`() {
        let (street, alice, bob) = meeting()
        let mallory = street.join("mallory")
        let payment = street.offer(1_000, from: bob, to: alice)
        for _ in 0...Limits.answersAtOnce {
            mallory.wish(.call)
            street.settle()
        }
        alice.wish(.answer(payment, .refuse))
        street.settle()
        #expect(alice.word(payment) == .refused)
        #expect(bob.word(payment) == .refused)
    }

    @Test func `an offer that was refused does not come back, and is refused again`() {
        let (street, alice, bob) = meeting()
        let payment = street.offer(1_000, from: bob, to: alice)
        street.lost = [.refuse]
        alice.wish(.answer(payment, .refuse))
        street.pass(3_000)
        #expect(alice.node.wallet.buying.isEmpty)
        #expect(alice.word(payment) == .refused)
        street.lost = []
        street.pass(3_000)
        #expect(bob.word(payment) == .refused)
        let refusals = street.all(.refuse, by: alice)
        #expect(refusals.count > 2)
        #expect(Set(refusals).count == 1)
    }

    @Test func `an offer that was withdrawn from does not come back`() {
        let (street, alice, bob) = meeting()
        street.lost = [.accept]
        let payment = street.pay(1_000, from: alice, to: bob)
        alice.wish(.cancel(payment))
        street.pass(3_000)
        #expect(alice.node.wallet.buying.isEmpty)
        #expect(alice.word(payment) == .refused)
    }

    @Test func `many offers of one seller do not shut out the others`() {
        let (street, alice, bob) = meeting()
        let carol = street.join("carol")
        carol.openWindow()
        let accepted = street.offer(1, from: bob, to: alice) { $0.seconds = 3_600 }
        street.lost = [.commitRequest]
        alice.wish(.answer(accepted, .accept(share: [], knowsPIN: false)))
        let first = street.offer(100, from: carol, to: alice)
        for _ in 0..<63 {
            street.offer(1, from: bob, to: alice) { $0.seconds = 3_600 }
            street.time.ticks = street.time.ticks.advanced(by: 1)
        }
        // Bob is told which are not kept, so he does not say them again for ever.
        #expect(street.count(.refuse, by: alice) == 63 - Limits.offersPerPeer)
        let second = street.offer(100, from: carol, to: alice)
        #expect(alice.word(first) == .offered)
        #expect(alice.word(second) == .offered)
        // What was accepted does not give way.
        #expect(alice.node.wallet.buying[accepted] != nil)
        #expect(alice.node.wallet.buying.count == Limits.offersPerPeer + 3)
    }

    @Test func `when the screen is full, whoever has most on it gives way`() {
        let (street, alice, bob) = meeting()
        let crowd = (0..<Limits.offersAtOnce / 2).map { street.join("shop \($0)") }
        for shop in crowd {
            for _ in 0..<2 { street.offer(1, from: shop, to: alice) }
            street.time.ticks = street.time.ticks.advanced(by: 1)
        }
        #expect(alice.node.wallet.buying.count == Limits.offersAtOnce)
        let last = street.offer(100, from: bob, to: alice)
        #expect(alice.word(last) == .offered)
        #expect(alice.node.wallet.buying.count == Limits.offersAtOnce)
        let refused = street.last(.refuse, by: alice).object.receiver
        #expect(refused == crowd[0].key)
    }

    @Test func `automatic offers that came to nothing do not use up the total`() throws {
        let (street, alice, bob) = meeting()
        var policy = Policy()
        (policy.sellers, policy.left) = ([bob.key], Amount(1_000))
        alice.wish(.policy(policy))
        street.lost = [.accept]
        let lapsed = street.offer(700, from: bob, to: alice)
        // While it is accepted, its amount is not promised again.
        let meanwhile = street.offer(700, from: bob, to: alice)
        #expect(alice.word(meanwhile) == .offered)
        #expect(street.all(.accept, by: alice).count == 1)
        street.pass(200_000)
        #expect(alice.word(lapsed) == .cancelled)
        street.lost = []
        let paid = street.offer(700, from: bob, to: alice)
        #expect(alice.word(paid) == .paid)
        // What was agreed counts, across a restart too.
        try alice.restart()
        let more = street.offer(700, from: bob, to: alice)
        #expect(alice.word(more) == .offered)
        // What the person accepts himself is none of it.
        alice.wish(.answer(more, .accept(share: [], knowsPIN: false)))
        street.settle()
        #expect(alice.word(more) == .paid)
        let last = street.offer(300, from: bob, to: alice)
        #expect(alice.word(last) == .paid)
    }

    @Test func `an OFFER under an id that has an outcome is dropped`() throws {
        let (street, alice, bob) = meeting(1_000)
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        try bob.restart()
        street.lost = []
        street.pass(2_000)
        #expect(alice.word(payment) == .cancelled)
        offer(under: payment, street, from: bob, to: alice)
        #expect(alice.node.wallet.buying[payment] == nil)
    }
}
