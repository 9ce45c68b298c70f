import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// Decisions by liars, at the wrong time, or twice: nobody honest is convicted or loses by them.
@Suite struct HostileDecisionTests {
    @Test func `SHOW of an old handover under a fresh id freezes nobody`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        let handover = must(alice.held(payment)).handover
        try bob.restart()
        street.lost = []
        street.pass(2_000)
        #expect(alice.word(payment) == .cancelled)
        // Bob, the liar: a COMMIT of that handover under an id nobody knows.
        var chance: any Chance = SeededChance(seed: 99)
        let commit = Commit.object(
            by: bob.key,
            to: alice.key,
            payment: bob.keys.payment(in: .first, chance: &chance),
            handover: handover.hash,
            receipt: Receipt(
                offer: handover.hash,
                asset: street.office.asset,
                amount: .zero,
                moment: street.office.now
            )
        )
        bob.inject(.signed(commit, by: bob.signer), to: alice)
        let ask = try Ask(reading: street.last(.ask))
        let show = Show.object(answering: ask, handover: handover)
        bob.inject(.signed(show, by: bob.signer), to: alice)
        #expect(alice.node.wallet.life == .live)
        #expect(alice.balance.available == Amount(10_000))
    }

    @Test func `a second AGREED whose check comes late is not answered with ABORT`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        street.lost = []
        let first = must(alice.held(payment)).handover
        // The lying buyer signs a second one, with other salts.
        let privates = must(first.privates)
        let other = Handover(
            by: alice.signer,
            to: bob.key,
            at: Place(epoch: .first, counter: 7),
            entries: first.entries,
            privates: privates,
            salts: (0..<5).map { Salt(high: 1, low: UInt64($0)) }
        )
        for one in [first, other] {
            let agreed = Agreed.message(one, privates)
            alice.inject(agreed, hash: one.hash, to: bob, isWorkedOff: false)
            bob.node.flush(at: street.time)
        }
        var verified = Verified()
        let jobs = bob.node.takeJobs()
        #expect(jobs.count == 2)
        bob.node.take(
            .checked(jobs[0].number, jobs[0].job.run(StandInChecking(), &verified)),
            at: street.time
        )
        bob.node.flush(at: street.time)
        let commit = street.last(.commit)
        let committed = Committed.object(
            by: alice.key,
            to: bob.key,
            payment: payment,
            decision: commit.object.hash
        )
        alice.inject(.signed(committed, by: alice.signer), to: bob)
        #expect(bob.node.wallet.selling.isEmpty)
        // Now the slow core is done.
        bob.node.take(
            .checked(jobs[1].number, jobs[1].job.run(StandInChecking(), &verified)),
            at: street.time
        )
        bob.work()
        #expect(street.count(.abort, by: bob) == 0)
    }

    @Test func `an ABORT to the buyer's one-time key frees nothing`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        #expect(alice.word(payment) == .held)
        let oneTime = street.last(.offer).object.receiver
        bob.follow(.offer, with: bob.abort(payment, to: oneTime), to: alice)
        #expect(alice.word(payment) == .held)
        #expect(alice.balance.available == Amount(9_000))
    }

    @Test func `an ABORT to somebody else that is brought by hand frees nothing`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        alice.wish(.bring(bob.abort(payment, to: bob.key)))
        #expect(alice.word(payment) == .held)
    }

    @Test func `two liars do not convict an honest payer of a fork`() throws {
        let (street, alice, bob) = meeting(1_000)
        let carol = street.join("carol")
        carol.openWindow()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        let first = must(alice.held(payment)).handover
        let oneTime = street.last(.offer).object.receiver
        bob.follow(.offer, with: bob.abort(payment, to: oneTime), to: alice)
        street.lost = [.decline, .commit]
        street.pay(1_000, from: alice, to: carol)
        let handed = street.all(.handover, by: alice).compactMap { try? Agreed(reading: $0).hash }
        #expect(Set(handed) == [first.hash])
    }

    @Test func `a cancelled sale keeps what it was`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        bob.wish(.cancel(payment))
        let row = must(try bob.log.look(.finished, payment.array))
        let deal = try #require(try Finished(wireBytes: row).deal)
        #expect(deal.amount == Amount(1_000))
        #expect(deal.peer == alice.key)
        let standing = must(bob.standing(payment))
        #expect(standing.word == .cancelled)
        #expect(standing.about.amount == Amount(1_000))
    }

    @Test func `a contradiction that comes again is written once`() throws {
        let (street, alice, bob) = meeting()
        let payment = street.pay(1_000, from: alice, to: bob)
        let abort = bob.abort(payment, to: alice.key)
        bob.inject(abort, to: alice)
        #expect(alice.log.rows(.replay).count == 1)
        let before = alice.log.groups.count
        for _ in 0..<100 { bob.inject(abort, to: alice) }
        #expect(alice.log.groups.count == before)
    }

    @Test func `a buyer that was shown its payment says COMMITTED again`() throws {
        let (street, alice, bob) = meeting()
        let old = alice.log.groups.count
        street.lost = [.committed]
        street.pay(1_000, from: alice, to: bob)
        try alice.restart(from: alice.log.copy(groups: old))
        street.pass(5_000)
        #expect(alice.node.wallet.life != .live)
        street.lost = []
        street.pass(3 * 86_400_000)
        #expect(bob.node.wallet.selling.isEmpty)
    }
}
