import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// How things end: repeats, room on the disk, and what a person is told when a wallet turns inert.
@Suite struct HostileEndTests {
    @Test func `COMMIT is not repeated after settle-until, but a question is answered`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        street.lost.insert(.handover)
        street.pass(86_400_000)
        let days = 60 * Limits.secondsPerDay
        // The clock alone ends nothing: it may be wrong.
        street.time.moment = must(Moment(street.office.now.seconds + 2 * days))
        var before = street.count(.commit, by: bob)
        street.pass(86_400_000)
        #expect(street.count(.commit, by: bob) - before >= 20)
        // On the last day it is still said, after it no more; an office says which day it is.
        for (after, isSaid) in [(days, true), (days + Limits.secondsPerDay, false)] {
            bob.openWindow(street.office.window(for: bob.key, issuedAfter: after))
            street.pass(7_200_000)
            before = street.count(.commit, by: bob)
            street.pass(86_400_000)
            #expect((street.count(.commit, by: bob) > before) == isSaid)
        }
        try bob.restart()
        street.pass(86_400_000)
        #expect(street.count(.commit, by: bob) == before)
        #expect(bob.node.wallet.selling[payment] != nil)
        street.lost = []
        street.pass(7_200_000)
        #expect(alice.word(payment) == .paid)
        #expect(bob.node.wallet.selling.isEmpty)
    }

    @Test func `what the largest payment writes was put by for it, on both sides`() throws {
        let (street, alice, bob) = meeting(1_000)
        let carol = street.join("carol")
        carol.openWindow()
        for request: UInt8 in 2...8 { alice.charge(1_000, request: request) }
        // Eight pieces with a past, each of which bears as many ABORTs as are offered to anyone.
        for _ in 0..<3 {
            street.pay(8_000, from: alice, to: carol)
            street.pay(8_000, from: carol, to: alice)
        }
        for _ in 0..<Limits.releasesPerPayment {
            street.lost = [.handover]
            let payment = street.pay(8_000, from: alice, to: bob)
            try bob.restart()
            street.lost = []
            street.pass(2_000)
            #expect(alice.word(payment) == .cancelled)
        }
        // The log of this test complains of every step that writes more than was put by.
        let payment = street.pay(8_000, from: alice, to: bob)
        #expect(bob.word(payment) == .paid)
        let parts = street.sizes[.accept]?.last ?? 0
        #expect(parts >= 30, "\(parts) datagrams")
    }

    @Test func `a disk that fills up after the offer declines before anything is asked for`() {
        let (street, alice, bob) = meeting()
        let payment = street.offer(1_000, from: bob, to: alice)
        bob.log.isFull = true
        alice.wish(.answer(payment, .accept(share: [], knowsPIN: false)))
        street.settle()
        #expect(bob.standing(payment)?.word == .refused)
        #expect(alice.standing(payment)?.reason == Reason.disk)
        #expect(street.count(.commitRequest, by: bob) == 0)
        #expect(alice.balance.available == Amount(10_000))
    }

    @Test func `a wallet that turns inert says so of every offer, and asks for nothing more`()
        throws
    {
        let (street, alice, bob) = meeting()
        let (carol, dave) = (street.join("carol"), street.join("dave"))
        let old = alice.log.groups.count
        street.pay(1_000, from: alice, to: bob)
        try alice.restart(from: alice.log.copy(groups: old))
        let waiting = street.offer(10, from: carol, to: alice)
        let sale = street.offer(10, from: alice, to: carol)
        street.lost = [.commitRequest]
        let accepted = street.pay(20, from: alice, to: dave)
        dave.charge(1_000, request: 7)
        dave.openWindow()
        let asked = street.pay(30, from: dave, to: alice)
        guard case .requested = alice.node.wallet.selling[asked]?.phase else {
            Issue.record("nothing was asked for")
            return
        }
        street.lost = []
        street.pay(2_000, from: alice, to: bob)
        #expect(alice.node.wallet.life != .live)
        for payment in [waiting, sale, accepted, asked] {
            #expect(alice.standing(payment)?.reason == Reason.inert)
        }
        #expect(alice.word(waiting) == .refused)
        #expect(alice.word(sale) == .refused)
        #expect(alice.word(accepted) == .refused)
        #expect(alice.word(asked) == .cancelled)
        #expect(alice.standing(asked)?.next.contains("the office") == true)
        // Who only waited for an answer gets one.
        #expect(carol.word(waiting) == .refused)
        #expect(carol.standing(waiting)?.reason == Reason.inert)
    }
}
