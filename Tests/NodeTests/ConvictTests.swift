import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// Who pays the same units twice signs the proof of it, and whoever sees both signatures keeps it.
@Suite struct ConvictTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }

    /// Alice, and a copy of her home that she has put on another device.
    private func clones(_ units: UInt64 = 1_000) throws -> (Street, Party, Party) {
        let street = Street()
        let alice = street.join("alice")
        alice.charge(units)
        alice.openWindow()
        let clone = street.join("alice")
        clone.log = alice.log.copy(groups: alice.log.groups.count)
        try clone.restart()
        return (street, alice, clone)
    }

    private func proofs(_ party: Party) -> [Proof] {
        party.news.compactMap { if case .convicted(let proof) = $0 { proof } else { nil } }
    }

    @Test func `a clone is caught by whoever gets both, and the proof convicts it`() throws {
        let (street, alice, clone) = try clones()
        let (bob, carol) = (street.join("bob"), street.join("carol"))
        for one in [bob, carol] { one.openWindow() }
        street.pay(400, from: alice, to: bob)
        street.pay(400, from: clone, to: carol)
        #expect(carol.balance.available == amount(400))
        street.pay(100, from: carol, to: bob)
        #expect(bob.balance.available == amount(400))
        let proof = try #require(proofs(bob).first)
        #expect(try proof.verdict(StandInChecking()) == .convicts(alice.key))
        // Carol is honest, and pays with what is good.
        #expect(bob.node.wallet.convicts[carol.key] == nil)
        try bob.restart()
        #expect(bob.node.wallet.convicts == [alice.key: proof])
        let paper = try #require(bob.node.wallet.proofs(after: nil).first)
        var verified = Verified()
        let finding = try paper.check(
            Verifier(root: street.office.root.key),
            &verified,
            StandInChecking()
        )
        #expect(finding == .verdict(.convicts(alice.key), proof))
        #expect(bob.node.wallet.proofs(after: alice.key).isEmpty)
    }

    @Test func `nothing more is taken from a convict, and what was taken stays`() throws {
        let (street, alice, clone) = try clones()
        let (bob, carol) = (street.join("bob"), street.join("carol"))
        for one in [bob, carol] { one.openWindow() }
        street.pay(400, from: alice, to: bob)
        street.pay(400, from: clone, to: carol)
        street.pay(100, from: carol, to: bob)
        let payment = street.pay(50, from: alice, to: bob)
        #expect(bob.word(payment) == .refused || bob.word(payment) == .cancelled)
        #expect(bob.standing(payment)?.reason?.string == "convict")
        #expect(bob.balance.available == amount(400))
        // What it holds of the forger's is good money still.
        street.pay(10, from: bob, to: carol)
        #expect(carol.balance.available == amount(400))
    }

    @Test func `one proof of a key is enough`() throws {
        let (street, alice, clone) = try clones()
        let (bob, carol) = (street.join("bob"), street.join("carol"))
        for one in [bob, carol] { one.openWindow() }
        street.pay(400, from: alice, to: bob)
        street.pay(400, from: clone, to: carol)
        for _ in 0..<3 { street.pay(100, from: carol, to: bob) }
        #expect(proofs(bob).count == 1)
    }

    @Test func `nobody is convicted for an abort, a crash, a repeat or a restore that was noticed`()
        throws
    {
        let (street, alice, bob) = meeting(1_000)
        let carol = street.join("carol")
        carol.openWindow()
        street.lost = [.handover]
        let payment = street.pay(400, from: alice, to: bob)
        bob.wish(.cancel(payment))
        street.lost = []
        street.pass(10_000)
        street.pay(400, from: alice, to: carol)
        street.pay(100, from: carol, to: bob)
        try alice.restart()
        street.pay(100, from: alice, to: bob)
        for kind in [Kind.handover, .commit, .accept] {
            for party in [alice, bob, carol] { street.replay(kind, to: party) }
        }
        street.pay(50, from: bob, to: alice)
        for party in [alice, bob, carol] { #expect(proofs(party).isEmpty, "\(party.name)") }
        #expect(bob.balance.available == amount(150))
    }
}
