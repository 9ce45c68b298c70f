import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// What is carried by hand, as a file or a code on paper: whoever takes it answers by hand too.
@Suite struct ByHandTests {
    /// The answers that a party gave by hand since the last time it was asked.
    private func answers(_ party: Party) -> [SignedObject] {
        defer { party.news = [] }
        return party.news.compactMap { one -> SignedObject? in
            if case .answer(let message) = one { message } else { nil }
        }
    }

    @Test func `freed by the office, a buyer still answers its payee`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        let own = try Commit(reading: street.last(.commit))
        let office = Commit.object(
            by: street.office.signer.key,
            to: alice.key,
            payment: payment,
            handover: own.handover,
            receipt: own.receipt
        )
        alice.wish(.bring(.signed(office, by: street.office.signer)))
        #expect(alice.word(payment) == .paid)
        try alice.restart()
        street.lost = []
        street.pass(5_000)
        #expect(bob.node.wallet.selling.isEmpty)
        let committed = try Committed(reading: street.last(.committed, by: alice))
        #expect(committed.decision == own.signed.object.hash)
    }

    @Test func `nobody else's COMMIT of a finished payment is answered`() throws {
        let (street, alice, bob) = meeting()
        let mallory = street.join("mallory")
        let payment = street.pay(1_000, from: alice, to: bob)
        let own = try Commit(reading: street.last(.commit))
        let before = street.count(.committed, by: alice)
        for handover in [own.handover, Hash(Bytes32(repeating: 3))] {
            for liar in [mallory, bob] where liar === mallory || handover != own.handover {
                let object = Commit.object(
                    by: liar.key,
                    to: alice.key,
                    payment: payment,
                    handover: handover,
                    receipt: own.receipt
                )
                liar.inject(.signed(object, by: liar.signer), to: alice)
            }
        }
        // Bob's own in another wording, but not signed by him.
        let receipt = Receipt(
            offer: own.receipt.offer,
            asset: own.receipt.asset,
            amount: own.receipt.amount,
            moment: must(Moment(7))
        )
        let object = Commit.object(
            by: bob.key,
            to: alice.key,
            payment: payment,
            handover: own.handover,
            receipt: receipt
        )
        mallory.inject(SignedObject(object, own.signed.signature), to: alice)
        #expect(street.count(.committed, by: alice) == before)
        #expect(street.count(.ask, by: alice) == 0)
    }

    @Test func `a contradicting decision brought by hand is kept as proof`() throws {
        let (street, alice, bob) = meeting()
        let payment = street.pay(1_000, from: alice, to: bob)
        let forged = SignedObject(
            bob.abort(payment, to: alice.key).object,
            street.last(.commit).signature
        )
        alice.wish(.bring(forged))
        #expect(alice.news.contains(.denied(.refused(Reason.unknown))))
        #expect(alice.log.rows(.replay).isEmpty)
        #expect(alice.node.wallet.convicts.isEmpty)
        alice.wish(.bring(bob.abort(payment, to: alice.key)))
        #expect(alice.log.rows(.replay).count == 1)
        // It convicts, and the office is shown it.
        let proof = must(alice.node.wallet.convicts[bob.key])
        #expect(try proof.verdict(StandInChecking()) == .convicts(bob.key))
        let shown = alice.node.wallet.showings(at: must(Moment(1_800_000_000)))
        #expect(shown.contains { $0.showing.decisions.count == 2 })
        #expect(alice.word(payment) == .paid)
        alice.wish(.bring(bob.abort(payment, to: alice.key)))
        #expect(alice.log.rows(.replay).count == 1)
        #expect(alice.news.last == .denied(.nothingNew))
    }

    @Test func `a buyer in doubt asks by hand and is answered by hand`() throws {
        let (street, alice, bob) = meeting()
        street.lost = [.commit]
        let payment = street.pay(1_000, from: alice, to: bob)
        street.lost = Set(Kind.allCases)
        bob.wish(.bring(street.last(.handover, by: alice)))
        let commit = must(answers(bob).last)
        #expect(commit.object.kind == .commit)
        alice.wish(.bring(commit))
        #expect(alice.word(payment) == .paid)
        let committed = must(answers(alice).last)
        #expect(committed.object.kind == .committed)
        bob.wish(.bring(committed))
        #expect(bob.node.wallet.selling.isEmpty)
        // It is over, and asked once more.
        bob.wish(.bring(street.last(.handover, by: alice)))
        #expect(answers(bob) == [commit])
    }

    @Test func `a question about what is not known is answered by hand with ABORT, for good`()
        throws
    {
        let (street, alice, bob) = meeting()
        street.lost = [.handover]
        let payment = street.pay(1_000, from: alice, to: bob)
        try bob.restart()
        street.lost = Set(Kind.allCases)
        let question = street.last(.handover, by: alice)
        bob.wish(.bring(question))
        let abort = must(answers(bob).last)
        #expect(abort.object.kind == .abort)
        #expect(try bob.log.look(.finished, payment.array) != nil)
        try bob.restart()
        bob.wish(.bring(question))
        #expect(answers(bob) == [abort])
        alice.wish(.bring(abort))
        #expect(alice.word(payment) == .cancelled)
        #expect(alice.balance.available == Amount(10_000))
    }

    @Test func `COMMIT, ASK, SHOW and COMMITTED go to and fro by hand`() throws {
        let (street, alice, bob) = meeting()
        let old = alice.log.groups.count
        street.lost = [.committed]
        let payment = street.pay(1_000, from: alice, to: bob)
        let commit = street.last(.commit)
        try alice.restart(from: alice.log.copy(groups: old))
        street.lost = Set(Kind.allCases)
        alice.wish(.bring(commit))
        let ask = must(answers(alice).last)
        #expect(ask.object.kind == .ask)
        bob.wish(.bring(ask))
        let show = must(answers(bob).last)
        #expect(show.object.kind == .show)
        alice.wish(.bring(show))
        #expect(alice.node.wallet.life != .live)
        #expect(alice.balance.available == Amount(9_000))
        let committed = must(answers(alice).last)
        #expect(committed.object.kind == .committed)
        bob.wish(.bring(committed))
        #expect(bob.node.wallet.selling[payment] == nil)
    }

    @Test func `what says nothing to this wallet is denied by name`() throws {
        let (street, alice, bob) = meeting()
        let payment = street.pay(1_000, from: alice, to: bob)
        for message in [street.last(.offer), street.last(.accept)] {
            alice.wish(.bring(message))
            #expect(alice.news.last == .denied(.noSuchPayment))
        }
        var chance: any Chance = SeededChance(seed: 5)
        let unknown = bob.keys.payment(in: .first, chance: &chance)
        for message in [
            bob.abort(unknown, to: alice.key), bob.abort(payment, to: bob.key),
        ] {
            alice.news = []
            alice.wish(.bring(message))
            #expect(alice.news.last == .denied(.noSuchPayment))
        }
    }
}
