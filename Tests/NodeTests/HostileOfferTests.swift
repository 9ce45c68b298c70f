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
