import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// A wallet that was taken back to an older state learns it as soon as anybody shows it.
@Suite struct HostilePastTests {
    @Test func `shown its own later signature on what it is offered, a seller turns inert`() throws
    {
        let (street, alice, bob) = meeting()
        let old = alice.log.groups.count
        street.pay(1_000, from: alice, to: bob)
        try alice.restart(from: alice.log.copy(groups: old))
        // It still has those units free, so it would refuse them: that is not all it learns.
        let payment = street.pay(1_000, from: bob, to: alice)
        #expect(alice.node.wallet.life != .live)
        #expect(alice.word(payment) != .paid)
        #expect(street.count(.commitRequest, by: alice) == 0)
        try alice.restart()
        #expect(alice.node.wallet.life != .live)
    }

    @Test func `shown it on units that it does not hold, it asks for no commit either`() throws {
        let (street, bob, alice) = meeting(1_000)
        let carol = street.join("carol")
        carol.openWindow()
        let old = alice.log.groups.count
        street.pay(1_000, from: bob, to: alice)
        street.pay(1_000, from: alice, to: carol)
        try alice.restart(from: alice.log.copy(groups: old))
        let requests = street.count(.commitRequest, by: alice)
        let payment = street.pay(1_000, from: carol, to: alice)
        #expect(alice.node.wallet.life != .live)
        #expect(alice.word(payment) != .paid)
        #expect(street.count(.commitRequest, by: alice) == requests)
    }

    @Test func `a forged signature of one's own turns nobody inert`() throws {
        let (street, alice, bob) = meeting()
        let old = alice.log.groups.count
        let first = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(first) == .paid)
        street.lost = [.accept]
        street.pay(1_000, from: bob, to: alice)
        let accept = try Accept(reading: street.last(.accept, by: bob))
        try alice.restart(from: alice.log.copy(groups: old))
        #expect(alice.node.wallet.life == .live)
        // Bob's own words, with a signature of Alice's that is not hers.
        var content = accept.signed.object.content
        let link = must(accept.proposal.provenance.links.first)
        let at = must(content.firstRange(of: link.signature.array)).lowerBound
        content[at] ^= 1
        street.lost = []
        let payment = street.offer(1_000, from: alice, to: bob)
        let offer = try Offer(reading: street.last(.offer, by: alice))
        let object = Object(
            .accept,
            from: bob.key,
            to: alice.key,
            payment: payment,
            answering: offer.hash,
            content: content
        )
        bob.follow(.here, with: .signed(object, by: bob.signer), to: alice)
        #expect(alice.word(payment) == .refused)
        #expect(alice.node.wallet.life == .live)
    }
}
