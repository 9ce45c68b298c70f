import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// What a wallet has asked its office for, while others answer in its stead, or it does not come.
@Suite struct ErrandTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }

    private func charge(_ units: UInt64, _ alice: Party, _ office: Party) {
        let asset = alice.street.office.asset
        alice.wish(.ask(.charge(asset, amount(units)), at: office.address))
        alice.street.settle()
    }

    private func redeem(_ units: UInt64, _ alice: Party, _ office: Party) {
        let asset = alice.street.office.asset
        alice.wish(.ask(.redeem(asset, amount(units)), at: office.address))
        alice.street.settle()
    }

    @Test func `whoever answers for the office does not make a charge forgotten`() throws {
        let (street, alice, office, counter) = counter()
        street.lost = [.answer]
        charge(500, alice, office)
        street.pass(1_000)
        counter.root = StandInSigner("another").key
        try alice.restart()
        street.lost = []
        street.pass(10_000)
        let (errands, news) = (alice.node.wallet.errands, alice.news)
        #expect(errands.map(\.isSaid) == [true])
        #expect(errands.map(\.amount) == [amount(500)])
        let told = news.count { $0 == .denied(.refused(Reason.foreignOffice)) }
        #expect(told == 1, "told once, and not at each of its words")
        counter.root = street.office.root.key
        street.pass(70_000)
        #expect(alice.balance.available == amount(500))
        #expect(counter.issued.count == 1)
        #expect(alice.node.wallet.errands.isEmpty)
    }

    @Test func `a link that lets a repeated WELCOME go holds nothing up`() {
        let (street, alice, office, counter) = counter()
        street.lost = [.request]
        charge(500, alice, office)
        street.lost = [.welcome]
        street.pass(2_000)
        #expect(alice.balance.available == amount(500))
        #expect(counter.issued.count == 1)
    }

    @Test func `a stick that is not good here is asked for again at the next start`() throws {
        let (street, alice, office, counter) = counter()
        counter.bends = { outcome in
            guard let paper = outcome.papers.first, let stick = try? Stick(reading: paper) else {
                return
            }
            let object = Stick.object(
                office: StandInSigner("mallory").key,
                owner: stick.owner,
                request: must(stick.signed.object.answers),
                asset: stick.asset,
                units: stick.units,
                spendUntil: stick.spendUntil,
                settleUntil: stick.settleUntil,
                issued: stick.issued
            )
            outcome.papers = [.signed(object, by: StandInSigner("mallory"))]
        }
        charge(500, alice, office)
        street.pass(1_000)
        #expect(alice.balance.available == .zero)
        let isTold = alice.news.contains { one in
            if case .denied(.refused) = one { true } else { false }
        }
        #expect(isTold)
        let said = street.count(.request, by: alice)
        street.pass(100_000)
        #expect(street.count(.request, by: alice) == said, "it is not said for ever")
        try alice.restart()
        #expect(alice.node.wallet.errands.map(\.word) == [.charge])
        street.pass(1_000)
        #expect(street.count(.request, by: alice) > said)
    }

    @Test func `a charge follows the office to where it is`() throws {
        let (street, alice, office, _) = counter()
        street.lost = [.answer]
        charge(500, alice, office)
        street.lost = []
        let away = alice.log
        #expect(alice.node.wallet.errands.first?.address == office.address)
        // The same office, at another address.
        let counter = TestCounter(street.office)
        let moved = street.join("office", counter: counter)
        street.lost = [.welcome]
        try alice.restart(from: away)
        street.pass(1_000)
        street.lost = []
        alice.wish(.ask(.sync(handovers: []), at: moved.address))
        street.settle()
        #expect(alice.node.wallet.errands.allSatisfy { $0.address == moved.address })
        street.pass(3_000)
        #expect(alice.balance.available == amount(500))
        #expect(counter.issued.count == 1)
    }

    @Test func `a call that is lost is made again`() {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        street.lost = [.here]
        redeem(400, alice, office)
        street.pass(5_000)
        #expect(alice.balance.available == amount(1_000))
        let told = alice.news.count { one in
            if case .answered = one { true } else { false }
        }
        #expect(told == 1)
        street.lost = []
        street.pass(5_000)
        #expect(alice.balance.available == amount(600))
        #expect(office.balance.available == amount(400))
        #expect(alice.node.wallet.errands.isEmpty && alice.node.wallet.screenID == nil)
    }

    @Test func `of two redemptions the newer one is meant`() {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        street.lost = [.here]
        redeem(400, alice, office)
        redeem(300, alice, office)
        #expect(alice.node.wallet.errands.map(\.amount) == [amount(300)])
        street.lost = []
        street.pass(5_000)
        #expect(alice.balance.available == amount(700))
        #expect(office.balance.available == amount(300))
    }

    @Test func `a redemption that is given up is expected no more`() {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        street.lost = [.here]
        redeem(400, alice, office)
        for case .asking(let id) in alice.news { alice.wish(.cancel(id)) }
        #expect(alice.node.wallet.screenID == nil && alice.node.wallet.errands.isEmpty)
        street.lost = []
        street.pass(5_000)
        #expect(office.balance.available == .zero)
    }

    /// It is given with the office's papers, and is one's own from then on.
    @Test func `a later certificate of the same keys takes the place of one's own`() throws {
        let (street, alice, office, counter) = counter()
        let (ours, first) = (street.office, alice.node.wallet.owner.certificates)
        let later = ours.certify(
            StandInSigner("alice"),
            by: ours.signer,
            name: "alice",
            days: 41_000
        )
        counter.papers = [ours.window(for: alice.key, issuedAfter: 5).signed]
        func sync(_ others: [Certified]) {
            counter.bends = { $0.certificates += others.map(\.der) }
            alice.wish(.ask(.sync(handovers: []), at: office.address))
            street.pass(1_000)
        }
        let (bob, mallory) = (StandInSigner("bob"), StandInSigner("mallory"))
        let wrong = [
            // Of other keys, by no office, as an office, and one that ends sooner.
            [ours.certify(bob, by: ours.signer, name: "bob", days: 41_000)],
            [ours.certify(StandInSigner("alice"), by: ours.signer, name: "bob", days: 41_000)],
            [ours.certify(StandInSigner("alice"), by: mallory, name: "alice", days: 41_000)],
            [
                ours.certify(
                    StandInSigner("alice"),
                    by: ours.root,
                    roles: [.office],
                    name: "alice",
                    days: 41_000
                )
            ],
            [ours.certify(StandInSigner("alice"), by: ours.signer, name: "alice", days: 39_000)],
        ]
        for others in wrong {
            sync(others)
            #expect(alice.node.wallet.owner.certificates == first)
        }
        sync([later])
        #expect(alice.node.wallet.owner.certificates == [later, ours.certificate])
        try alice.restart()
        #expect(alice.node.wallet.owner.certificates == [later, ours.certificate])
        // The one before it comes late, and is no news.
        sync([first[0]])
        #expect(alice.node.wallet.owner.certificates == [later, ours.certificate])
        // It is shown with what she pays.
        alice.charge(500)
        counter.bends = { _ in }
        alice.wish(.ask(.redeem(ours.asset, amount(100)), at: office.address))
        street.pass(2_000)
        #expect(alice.balance.available == amount(400))
        let accepts = street.said.filter { $0.message.object.kind == .accept }
        let shown = try #require(accepts.last.map { try Accept(reading: $0.message) })
        #expect(shown.proposal.provenance.certificates.contains(later.der))
        #expect(!shown.proposal.provenance.certificates.contains(first[0].der))
    }
}
