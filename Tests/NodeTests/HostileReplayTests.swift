import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// Datagrams that were heard once and are sent again from elsewhere: they move nobody's address,
/// and bring their sender no more than they cost.
@Suite struct HostileReplayTests {
    @Test func `a replayed COMMIT-REQUEST does not keep two honest peers apart`() throws {
        let (street, alice, bob) = meeting()
        let mallory = street.join("mallory")
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        // He says it again, as a first message under the certified key.
        street.pass(400)
        let requests = street.carried(.commitRequest, to: alice)
        #expect(requests.count > 1)
        // Bob's shop restarts: it presumes abort, and waits to be asked.
        try bob.restart()
        street.lost = []
        mallory.replay(requests, to: alice)
        for _ in 0..<20 {
            street.pass(20_000)
            mallory.replay([must(requests.last)], to: alice)
        }
        #expect(alice.word(payment) == .cancelled)
    }

    @Test func `a replayed AGREED draws no repeats, and is answered once`() {
        let (street, alice, bob) = meeting()
        let mallory = street.join("mallory")
        street.lost = [.commit]
        street.pay(1_000, from: alice, to: bob)
        street.pass(1_000)
        let agreed = street.carried(.handover, to: bob)
        #expect(agreed.count > 1)
        // A day later Bob says it once in an hour, and goes on so.
        street.lost.insert(.handover)
        street.pass(86_400_000)
        let before = (street.carried(.commit, to: mallory).count, street.count(.commit, by: bob))
        mallory.replay(agreed, to: bob)
        street.pass(60_000)
        #expect(street.carried(.commit, to: mallory).count - before.0 <= agreed.count + 1)
        #expect(street.count(.commit, by: bob) - before.1 <= agreed.count + 1)
    }

    @Test func `a replayed ACCEPT is answered once and moves nothing`() {
        let (street, alice, bob) = meeting()
        let mallory = street.join("mallory")
        street.lost = [.commitRequest]
        street.pay(1_000, from: alice, to: bob)
        let accept = street.carried(.accept, to: bob)
        for _ in 0..<3 { mallory.replay(accept, to: bob) }
        let answered = street.carried(.commitRequest, to: mallory).count
        #expect(answered <= 3 * accept.count)
        street.pass(10_000)
        #expect(street.carried(.commitRequest, to: mallory).count == answered)
        street.lost = []
        street.pass(10_000)
        #expect(bob.balance.available == Amount(1_000))
    }

    @Test func `whoever moved is followed, and asked at once`() {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        street.pay(1_000, from: alice, to: bob)
        street.lost.insert(.handover)
        street.pass(86_400_000)
        // This one was sealed anew and did not arrive: now it does, from where she is now.
        let there = must(Address([77]))
        let agreed = must(street.carried(.handover, to: bob).last)
        bob.node.take(.datagram(agreed, from: there), at: street.time)
        bob.work()
        #expect(street.air.last?.to == there)
        let before = street.air.count { $0.to == there }
        street.pass(5_000)
        #expect(street.air.count { $0.to == there } - before >= 4)
    }

    @Test func `a COMMIT-REQUEST to another ACCEPT moves nothing`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.commitRequest]
        let payment = street.pay(1_000, from: alice, to: bob)
        let mine = try Accept(reading: street.last(.accept))
        let other = SignedObject.signed(
            Object(
                .accept,
                from: alice.key,
                to: bob.key,
                payment: payment,
                answering: Hash(Bytes32(repeating: 9)),
                content: mine.signed.object.content
            ),
            by: alice.signer
        )
        let stray = CommitRequest.object(
            by: bob.key,
            answering: try Accept(reading: other),
            total: .zero,
            floor: nil
        )
        let mallory = street.join("mallory")
        let before = street.air.count { $0.to == mallory.address }
        // Bob's word, carried by somebody else.
        bob.carry(.signed(stray, by: bob.signer), to: alice, from: mallory)
        street.pass(5_000)
        #expect(street.air.count { $0.to == mallory.address } == before)
    }

    @Test func `a replayed ASK is shown nothing`() throws {
        let (street, alice, bob) = meeting()
        let mallory = street.join("mallory")
        let old = alice.log.groups.count
        street.lost = [.committed, .show]
        street.pay(1_000, from: alice, to: bob)
        try alice.restart(from: alice.log.copy(groups: old))
        street.pass(1_000)
        let asked = street.carried(.ask, to: bob)
        let shown = street.count(.show, by: bob)
        #expect(shown == asked.count)
        #expect(shown > 0)
        for _ in 0..<10 { mallory.replay(asked, to: bob) }
        #expect(street.count(.show, by: bob) == shown)
        // Who asks for another COMMIT is shown it.
        street.lost = []
        street.pass(5_000)
        #expect(bob.node.wallet.selling.isEmpty)
    }

    /// On a slow street several repeats are under way before the first answer is back.
    @Test func `an answer to an earlier repeat is still heard`() {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        street.pass(800)
        let agreed = street.carried(.handover, to: bob)
        #expect(agreed.count > 6)
        street.lost = []
        bob.node.take(.datagram(agreed[1], from: alice.address), at: street.time)
        street.settle()
        #expect(alice.word(payment) == .paid)
    }
}
