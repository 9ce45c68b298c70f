import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// What a wallet shows its office, so that it can judge and settle: docs/PROTOCOL section 13.2.
@Suite struct ShowingTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }
    private let second = must(Epoch(2))

    /// Sticks of these tests are to be spent until day 30, and settled until day 60.
    private func go(to day: UInt64, _ street: Street) {
        street.time.moment = must(Moment((20_000 + day) * 86_400))
    }

    private func showings(_ party: Party, _ over: [Wallet.Over] = []) -> [Showing] {
        party.node.wallet.showings(at: party.street.time.moment, over).map(\.showing)
    }

    private func end(_ party: Party) throws {
        var copy = party.node.wallet
        let step = copy.begunAnew(must(Text("it was restored")))
        try party.log.keep([step])
        try party.restart()
        party.street.settle()
        let office = party.street.office
        party.openWindow(office.window(for: party.key, issuedAfter: 60, epoch: second))
    }

    /// Whom each link is from and to.
    private func hands(_ showing: Showing?) -> [[Key]] {
        showing?.links.map { [$0.header.payer, $0.header.payee] } ?? []
    }

    @Test func `who has nothing shows nothing`() {
        let street = Street()
        let alice = street.join("alice")
        #expect(showings(alice).isEmpty)
        alice.openWindow()
        go(to: 100, street)
        #expect(showings(alice).isEmpty)
    }

    @Test func `a stick that was never passed on is the office's own, and needs no showing`() {
        let (street, alice, _) = meeting(1_000)
        go(to: 40, street)
        #expect(showings(alice).isEmpty)
    }

    @Test(arguments: [(0, false), (23, false), (24, true), (30, true), (31, true), (400, true)])
    func `what was received is shown and claimed from a week before its last day on`(
        _ day: UInt64,
        _ isShown: Bool
    ) {
        let (street, alice, bob) = meeting(1_000)
        street.pay(400, from: alice, to: bob)
        go(to: day, street)
        let all = showings(bob)
        #expect(all.count == (isShown ? 1 : 0))
        #expect(hands(all.first) == (isShown ? [[alice.key, bob.key]] : []))
        #expect(all.first?.claims == (isShown ? all.first?.links.map(\.handover) : nil))
        #expect(all.first?.denials ?? [] == [])
        #expect(all.first?.decisions ?? [] == [])
    }

    @Test func `chains go from the stick down, each link once, and the last of each is claimed`() {
        let (street, alice, bob) = meeting(1_000)
        let carol = street.join("carol")
        street.pay(600, from: alice, to: bob)
        for units: UInt64 in [100, 200] { street.pay(units, from: bob, to: carol) }
        go(to: 24, street)
        let all = showings(carol)
        #expect(all.count == 1)
        let (from, to) = ([alice.key, bob.key], [bob.key, carol.key])
        #expect(hands(all.first) == [from, to, to])
        #expect(
            all.first.map { Set($0.claims) }
                == all.first.map { Set($0.links[1...].map(\.handover)) }
        )
        #expect(all.first?.claims.count == 2)
        // What it has paid on, and what it has left, are shown by who has it.
        #expect(hands(showings(bob).first) == [from])
    }

    @Test func `what may not be spent any more is shown at once`() throws {
        let (street, alice, bob) = meeting(1_000)
        street.pay(400, from: alice, to: bob)
        #expect(showings(bob).isEmpty)
        try end(bob)
        #expect(bob.balance.stranded == amount(400))
        #expect(hands(showings(bob).first) == [[alice.key, bob.key]])
        #expect(showings(bob).first?.claims.count == 1)
        try bob.restart()
        #expect(showings(bob).first?.claims.count == 1)
    }

    @Test func `what waits for a decision is denied when its end is near`() {
        let (street, alice, bob) = meeting(1_000)
        let carol = street.join("carol")
        street.pay(600, from: alice, to: bob)
        street.lost = [.commit]
        let payment = street.pay(600, from: bob, to: carol)
        #expect(bob.word(payment) == .held)
        #expect(showings(bob).isEmpty)
        go(to: 24, street)
        let all = showings(bob)
        let handover = street.said.last { $0.by == "bob" && $0.message.object.kind == .handover }
        let agreed = handover.flatMap { try? Agreed(reading: $0.message) }
        #expect(all.map(\.denials) == [[must(agreed).hash]])
        // Where it got the units from is shown too: they are its own, or the payee's.
        #expect(hands(all.first) == [[alice.key, bob.key]])
        #expect(all.first?.claims.count == 1)
        street.lost = []
        street.pass(60_000)
        #expect(bob.word(payment) == .paid)
        #expect(showings(bob).isEmpty)
        #expect(showings(carol).first?.claims.count == 1)
    }

    @Test func `of a life that has ended the handover that is denied is shown too`() throws {
        let (street, alice, bob) = meeting(1_000)
        street.lost = [.commit]
        street.pay(400, from: alice, to: bob)
        try end(alice)
        go(to: 24, street)
        let all = showings(alice)
        #expect(hands(all.first) == [[alice.key, bob.key]])
        #expect(all.first?.denials == all.first?.links.map(\.handover))
        #expect(all.first?.claims == [])
    }

    @Test func `an ABORT that freed units is shown with them`() {
        let (street, alice, bob) = meeting(1_000)
        street.lost = [.handover]
        let payment = street.pay(400, from: alice, to: bob)
        bob.wish(.cancel(payment))
        street.lost = []
        street.pass(10_000)
        #expect(alice.balance.available == amount(1_000))
        #expect(showings(alice).isEmpty)
        go(to: 24, street)
        let all = showings(alice)
        #expect(all.map { $0.decisions.map(\.object.kind) } == [[.abort]])
        #expect(all.first?.decisions.first?.object.payment == payment)
        #expect(all.first?.links == [])
    }

    // MARK: Payees who are gone

    /// What is over at a party, as its history has it.
    private func over(_ party: Party) -> [Wallet.Over] {
        let all = party.log.finished.compactMap { try? Finished(wireBytes: $0) }
        return all.enumerated().map { Wallet.Over(number: UInt64($0 + 1), $1) }
            .filter { $0.number > party.node.wallet.toldThrough }
    }

    @Test func `a week after it was agreed the payee's COMMIT is shown in his stead, once`() throws
    {
        let (street, alice, bob) = meeting(1_000)
        let office = street.join("office", counter: TestCounter(street.office))
        let first = street.pay(400, from: alice, to: bob)
        go(to: 6, street)
        #expect(showings(alice, over(alice)).isEmpty)
        let second = street.pay(100, from: alice, to: bob)
        go(to: 7, street)
        let parts = alice.node.wallet.showings(at: street.time.moment, over(alice))
        let shown = try #require(parts.first)
        #expect(parts.count == 1 && shown.showing.decisions.map(\.object.kind) == [.commit])
        #expect(shown.showing.decisions.first?.object.payment == first)
        #expect(hands(shown.showing) == [[alice.key, bob.key]])
        #expect(shown.showing.count == 2)
        // Until an office has taken it.
        let ask = Wish.ask(.show(shown.showing, through: shown.through), at: office.address)
        street.lost = [.request]
        alice.wish(ask)
        street.settle()
        #expect(over(alice).count == 2)
        street.lost = []
        street.pass(5_000)
        #expect(over(alice).count == 1)
        try alice.restart()
        #expect(showings(alice, over(alice)).isEmpty)
        go(to: 13, street)
        let later = showings(alice, over(alice))
        #expect(later.flatMap(\.decisions).map(\.object.payment) == [second])
        // Whoever was paid has nothing to say for anybody else.
        #expect(showings(bob, over(bob)).allSatisfy { $0.decisions.isEmpty })
    }

    @Test func `of a life that has ended the handover is shown with the COMMIT of it`() throws {
        let (street, alice, bob) = meeting(1_000)
        street.pay(400, from: alice, to: bob)
        try end(alice)
        go(to: 7, street)
        let all = showings(alice, over(alice))
        #expect(hands(all.first) == [[alice.key, bob.key]])
        #expect(all.first?.decisions.map(\.object.kind) == [.commit])
    }

    // MARK: Proofs

    /// Bob has met what alice and her clone have both signed.
    private func caught() throws -> (street: Street, bob: Party, office: Party, TestCounter) {
        let street = Street()
        let (alice, bob, carol) = (street.join("alice"), street.join("bob"), street.join("carol"))
        alice.charge(1_000)
        for one in [alice, bob, carol] { one.openWindow() }
        let clone = street.join("alice")
        clone.log = alice.log.copy(groups: alice.log.groups.count)
        try clone.restart()
        street.pay(400, from: alice, to: bob)
        street.pay(400, from: clone, to: carol)
        street.pay(100, from: carol, to: bob)
        let counter = TestCounter(street.office)
        return (street, bob, street.join("office", counter: counter), counter)
    }

    private func show(_ showing: Showing, by party: Party, _ office: Party) {
        party.wish(.ask(.show(showing, through: 0), at: office.address))
        party.street.settle()
    }

    @Test func `what proves somebody guilty is shown once an office has taken it, and no more`()
        throws
    {
        let (_, bob, office, counter) = try caught()
        let convict = try #require(bob.node.wallet.convicts.first)
        let all = showings(bob)
        #expect(all.count == 1)
        let showing = try #require(all.first)
        #expect(Set(showing.links.map(\.header.payer)) == [convict.key])
        #expect(showing.links.count == 2)
        if case .fork(let first, let second) = convict.value {
            #expect(showing.links == [first, second])
        } else {
            Issue.record("it is a fork")
        }
        counter.refuses = "paper"
        show(showing, by: bob, office)
        #expect(showings(bob) == all)
        try bob.restart()
        #expect(showings(bob) == all)
        counter.refuses = nil
        show(must(showings(bob).first), by: bob, office)
        #expect(counter.shown == [showing])
        #expect(showings(bob).isEmpty)
        try bob.restart()
        #expect(showings(bob).isEmpty)
        // It is still known, and told to whoever asks.
        #expect(bob.node.wallet.convicts[convict.key] == convict.value)
    }

    @Test func `what has other papers in it is no showing of the proof`() throws {
        let (street, bob, office, _) = try caught()
        go(to: 24, street)
        var some = try #require(showings(bob).first)
        #expect(some.claims.count == 1)
        some.links.removeFirst()
        show(some, by: bob, office)
        go(to: 0, street)
        #expect(showings(bob).count == 1)
    }

    // MARK: As many requests as it takes

    private func expectBounds(_ all: [Showing]) {
        for one in all {
            #expect(one.links.count <= Showing.linksAtMost)
            #expect(one.decisions.count <= Showing.decisionsAtMost)
            #expect(one.claims.count <= Showing.handoversAtMost)
            #expect(one.denials.count <= Showing.handoversAtMost)
            let bytes = one.wireBytes
            #expect(bytes.count <= Showing.bytesAtMost)
            #expect(throws: Never.self) { try Showing(wireBytes: bytes) }
            #expect(!one.isEmpty)
        }
        let links = all.flatMap(\.links)
        #expect(Set(links.map(\.reference)).count == links.count)
        for one in all {
            // A claim is of what was shown by then.
            let index = must(all.firstIndex(of: one))
            let shown = Set(all[...index].flatMap(\.links).map(\.handover))
            #expect(one.claims.allSatisfy(shown.contains))
        }
    }

    @Test func `more links than one request has room for take another`() {
        let (street, alice, bob) = meeting(1_000)
        for _ in 0..<70 { street.pay(1, from: alice, to: bob) }
        go(to: 24, street)
        let all = showings(bob)
        #expect(all.map(\.links.count) == [64, 6])
        #expect(all.map(\.claims.count) == [64, 6])
        expectBounds(all)
        #expect(showings(bob) == all)
    }

    @Test func `and so do more decisions`() {
        let (street, alice, bob) = meeting(1_000)
        for _ in 0..<40 {
            street.lost = [.handover]
            let payment = street.pay(1, from: alice, to: bob)
            bob.wish(.cancel(payment))
            street.lost = []
            street.pass(10_000)
        }
        #expect(alice.balance.available == amount(1_000))
        go(to: 24, street)
        let all = showings(alice)
        #expect(all.map(\.decisions.count).reduce(0, +) == 40)
        #expect(all.first?.decisions.count == Showing.decisionsAtMost)
        #expect(all.count == 2)
        expectBounds(all)
    }

    @Test func `and more handovers that are denied`() {
        let (street, alice, bob) = meeting(1_000)
        street.lost = [.commit]
        for _ in 0..<65 { street.pay(1, from: alice, to: bob) }
        #expect(alice.balance.held == amount(65))
        go(to: 24, street)
        let all = showings(alice)
        #expect(all.map(\.denials.count) == [64, 1])
        #expect(Set(all.flatMap(\.denials)).count == 65)
        expectBounds(all)
    }

    @Test func `and more bytes`() {
        let (street, alice, bob) = meeting(1)
        // Links with seven releases each.
        for round: UInt8 in 2..<32 {
            alice.charge(10, request: round)
            for _ in 0..<7 {
                street.lost = [.handover]
                let payment = street.pay(10, from: alice, to: bob)
                bob.wish(.cancel(payment))
                street.lost = []
                street.pass(10_000)
            }
            street.pay(10, from: alice, to: bob)
        }
        #expect(bob.balance.available == amount(300))
        go(to: 24, street)
        let all = showings(bob)
        expectBounds(all)
        #expect(all.count > 1)
        #expect(all.flatMap(\.links).count == 30)
        for (one, next) in zip(all, all.dropFirst()) {
            #expect(one.links.count < Showing.linksAtMost)
            let more = must(next.links.first).wireBytes.count + 34
            #expect(one.wireBytes.count + more > Showing.bytesAtMost)
        }
    }

    // MARK: At the counter

    @Test func `it is shown request by request, and asked for again until it is answered`() {
        let (street, alice, office, counter) = counter()
        let bob = street.join("bob")
        bob.openWindow()
        alice.charge(1_000)
        for _ in 0..<70 { street.pay(1, from: alice, to: bob) }
        go(to: 24, street)
        let all = showings(bob)
        #expect(all.count == 2)
        for one in all {
            street.lost = [.answer]
            bob.wish(.ask(.show(one, through: 0), at: office.address))
            street.settle()
            #expect(bob.node.wallet.errands.map(\.word) == [.show])
            street.lost = []
            street.pass(5_000)
            #expect(bob.node.wallet.errands.isEmpty)
        }
        #expect(counter.shown == all)
        #expect(street.count(.request, by: bob) >= 4)
    }
}
