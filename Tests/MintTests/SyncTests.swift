import Commit
import Ledger
import Mint
import Money
import StandIns
import Testing
import Wire
import Words

@Suite struct SyncTests {
    private func enrolled() throws -> (Bench, Phone) {
        var (bench, phone) = (try Bench(), Phone("phone"))
        try bench.invite(17)
        try phone.take(try bench.ask(try phone.enrol(17)))
        return (bench, phone)
    }

    private func windows(_ reply: Reply) throws -> [Window] {
        try reply.outcome.papers.filter { $0.object.kind == .window }.map(Window.init(reading:))
    }

    @Test func `what is handed in is in the books, once however often it is said`() throws {
        var (bench, phone) = try enrolled()
        let (one, two, three) = (try phone.pay(10), try phone.pay(20), try phone.pay(5))
        let request = try phone.sync([one, two], next: 4)
        let reply = try bench.ask(request)
        #expect(reply.refusal == nil && reply.outcome.numbers == [2, 0, 0])
        #expect(reply.drafts.count == 1)
        // The same object, or the same handovers with another one.
        for again in [
            request, try phone.sync([one, two], next: 4), try phone.sync([two], next: 4),
        ] {
            let told = try bench.ask(again)
            #expect(told.outcome == reply.outcome && told.drafts.isEmpty)
        }
        let last = try bench.ask(try phone.sync([two, three], next: 4))
        #expect(last.outcome.numbers == [3, 0, 0] && last.drafts.count == 1)
        guard case .handedIn(let handIn) = last.drafts[0].deed else {
            Issue.record("\(last.drafts)")
            return
        }
        #expect(handIn.handovers == [three])
    }

    @Test func `a mint made anew of the books goes on where it was`() throws {
        var (bench, phone) = try enrolled()
        let (one, two) = (try phone.pay(10), try phone.pay(20))
        _ = try bench.ask(try phone.sync([one], next: 3))
        bench.mint = try bench.again()
        #expect(try bench.ask(try phone.sync([two], next: 3)).outcome.numbers == [2, 0, 0])
    }

    @Test func `a sync that waits for its sync is known again`() throws {
        var (bench, phone) = try enrolled()
        let one = try phone.pay(10)
        let request = try phone.sync([one], next: 2)
        let first = try bench.mint.answer(request, at: bench.now, Bench.hand, bench.shelf)
        let again = try bench.mint.answer(request, at: bench.now, Bench.hand, bench.shelf)
        #expect(again.outcome == first.outcome && again.drafts.isEmpty && first.drafts.count == 1)
    }

    @Test func `what does not follow is refused by name and leaves nothing`() throws {
        var (bench, phone) = try enrolled()
        let (one, two, three) = (try phone.pay(10), try phone.pay(20), try phone.pay(5))
        func refused(_ handovers: [Handover], _ epoch: Epoch = .first) throws -> Reply {
            try bench.ask(
                try phone.request(.sync(epoch: epoch, next: 4, handovers: handovers, known: 0))
            )
        }
        #expect(try refused([], Bench.made(Epoch(2))).refusal == "epoch")
        let gap = try refused([two, three])
        #expect(gap.refusal == "gap" && gap.outcome.numbers == [0])
        #expect(try refused([one, three]).refusal == "handover")
        #expect(try refused([two, one]).refusal == "handover")
        var other = Phone("other")
        other.window = phone.window
        #expect(try refused([try other.pay(10)]).refusal == "handover")
        let closed = one.showing([0, 1, 2, 3])
        #expect(try refused([closed]).refusal == "handover")
        let unsigned = Handover(
            header: one.header,
            entries: one.entries,
            leaves: one.leaves,
            signature: two.signature
        )
        #expect(try refused([unsigned]).refusal == "handover")
        #expect(bench.shelf.entries.filter { $0.draft.deed.number == 20 }.isEmpty)
        #expect(try refused([one, two, three]).outcome.numbers == [3, 0, 0])
    }

    @Test func `a chain names the one before, under a window of its own, and adds up`() throws {
        let (bench, phone) = try enrolled()
        func refusal(_ make: (inout Phone) throws -> [Handover]) throws -> String? {
            var (bench, phone) = (bench, phone)
            // Books of its own, for each.
            bench.mint = try bench.again()
            let handovers = try make(&phone)
            return try bench.mint.answer(
                try phone.sync(handovers, next: 9),
                at: bench.now,
                Bench.hand,
                bench.shelf
            ).refusal
        }
        #expect(try refusal { [try $0.pay(10), try $0.pay(3)] } == nil)
        #expect(try refusal { [try $0.pay(10, adding: 9)] } == "chain")
        #expect(try refusal { [try $0.pay(10, adding: 11)] } == "chain")
        #expect(try refusal { [try $0.pay(10), try $0.pay(3, after: .some(nil))] } == "chain")
        let other = Hash(Bytes32(words: (8, 8, 8, 8)))
        #expect(try refusal { [try $0.pay(10, after: other)] } == "chain")
        #expect(try refusal { [try $0.pay(10, window: other)] } == "chain")
        // What goes to the office is not counted, and must not be.
        let office = Bench.office.key
        #expect(try refusal { [try $0.pay(10), try $0.pay(90, to: office)] } == nil)
        #expect(try refusal { [try $0.pay(90, to: office, adding: 90)] } == "chain")
    }

    @Test func `another history than the one in the books is refused`() throws {
        var (bench, phone) = try enrolled()
        var twin = phone
        _ = try bench.ask(try phone.sync([try phone.pay(10)], next: 2))
        let other = try twin.pay(11)
        #expect(try bench.ask(try twin.sync([other], next: 2)).refusal == "chain")
        #expect(try bench.ask(try twin.sync([other, try twin.pay(1)], next: 3)).refusal == "chain")
    }

    @Test func `a new window comes in the last week, or when more than half is spent`() throws {
        var (bench, phone) = try enrolled()
        let first = try #require(phone.window)
        bench.pass(days: 23)
        #expect(try windows(try bench.ask(try phone.sync([], next: 1))).map(\.id) == [first.id])
        bench.now = Bench.made(bench.now.advanced(by: 1))
        let reply = try bench.ask(try phone.sync([], next: 1))
        let second = try #require(try windows(reply).first)
        #expect(second.id != first.id && second.terms.firstCounter == 1)
        #expect(second.terms.notBefore == bench.now && reply.drafts.count == 1)
        // Asked again, in other words, it is the same window: nobody is given two.
        let told = try bench.ask(try phone.sync([], next: 1))
        #expect(try windows(told).map(\.id) == [second.id] && told.drafts.isEmpty)
        try phone.take(told)
        let half = try phone.pay(100)
        let at = try bench.ask(try phone.sync([half], next: 2))
        #expect(try windows(at).map(\.id) == [second.id])
        let more = try phone.pay(1)
        let third = try bench.ask(try phone.sync([more], next: 3))
        #expect(try windows(third).first?.terms.firstCounter == 3 && third.drafts.count == 2)
        try phone.take(third)
        let before = bench.mint
        bench.mint = try bench.again()
        #expect(
            bench.mint.members[phone.signer.key]?.windows
                == before.members[phone.signer.key]?.windows
        )
        // Under the new window the total begins anew, and the old one is over.
        let next = try phone.pay(7)
        #expect(try bench.ask(try phone.sync([next], next: 4)).refusal == nil)
        let back = try phone.pay(1, window: second.id)
        #expect(try bench.ask(try phone.sync([back], next: 5)).refusal == "chain")
    }

    @Test func `no window comes while something is missing, nor beyond the certificate`() throws {
        var (bench, phone) = try enrolled()
        let first = try #require(phone.window)
        bench.pass(days: 25)
        let one = try phone.pay(10)
        #expect(try windows(try bench.ask(try phone.sync([], next: 2))).map(\.id) == [first.id])
        #expect(try windows(try bench.ask(try phone.sync([one], next: 2))).first?.id != first.id)
        bench.pass(days: 330)
        let end = Bench.noon.advanced(by: 365 * 86_400)
        let request = try phone.sync([], next: 2)
        let idle = Hand(signer: Bench.office, checking: StandInChecking()) { _, _, _, _, _ in nil }
        var other = bench.mint
        let last = try windows(try other.answer(request, at: bench.now, idle, bench.shelf)).first
        #expect(last?.terms.notAfter == end && last?.terms.notBefore == bench.now)
        let longer = try windows(try bench.ask(request)).first
        #expect(longer?.terms.notAfter == bench.now.advanced(by: 30 * 86_400))
    }

    @Test func `a certificate is followed by the next in its last month, once`() throws {
        var (bench, phone) = try enrolled()
        func own(_ reply: Reply) throws -> Certificate? {
            guard reply.outcome.certificates.count > 1 else { return nil }
            return try StandInChecking().certificate(
                reply.outcome.certificates[1],
                issuedBy: Bench.office.key
            )
        }
        bench.pass(days: 335)
        #expect(try own(try bench.ask(try phone.sync([], next: 1))) == nil)
        bench.now = Bench.made(bench.now.advanced(by: 1))
        let request = try phone.sync([], next: 1)
        let reply = try bench.ask(request)
        let next = try #require(try own(reply))
        #expect(next.key == phone.signer.key && next.sealingKey == phone.sealingKey)
        #expect(next.notBefore == bench.now)
        #expect(next.notAfter == bench.now.advanced(by: 365 * 86_400))
        #expect(reply.drafts.map(\.deed.number).contains(27))
        // It comes again with each sync, for its answer may be lost; and is given once.
        for _ in 0..<2 {
            let again = try bench.ask(try phone.sync([], next: 1))
            #expect(try own(again) == next && again.drafts.isEmpty)
            #expect(try bench.ask(request).outcome.certificates == reply.outcome.certificates)
            bench.mint = try bench.again()
        }
        // A stick comes with the newest, too.
        let stick = try bench.ask(try phone.charge(10))
        #expect(try own(stick) == next)
        // Whoever is revoked is certified no more.
        bench.pass(days: 340)
        let revoked = try bench.mint.revoke(
            phone.signer.key,
            reason: Bench.text("lost"),
            lastGood: nil,
            at: bench.now,
            Bench.hand,
            bench.shelf
        )
        try bench.book(try revoked.get())
        #expect(try bench.ask(try phone.sync([], next: 1)).refusal == "revoked")
    }

    @Test func `a wallet that was restored gets another epoch, and is told who else did`() throws {
        var (bench, phone) = try enrolled()
        _ = try bench.ask(try phone.sync([try phone.pay(10), try phone.pay(5)], next: 3))
        let request = try phone.request(.renew(.first))
        let reply = try bench.ask(request)
        let window = try #require(try windows(reply).first)
        #expect(window.terms.epoch == Epoch(2) && window.terms.firstCounter == 1)
        #expect(window.terms.guarantee.units == 100 && reply.outcome.numbers == [2, 0])
        // Another device of the same backup is told of the first.
        let other = try bench.ask(try phone.request(.renew(.first)))
        #expect(other.outcome.numbers == [3, 1])
        bench.mint = try bench.again()
        #expect(try bench.ask(request).outcome == reply.outcome)
        #expect(try bench.ask(try phone.request(.renew(Bench.made(Epoch(4))))).refusal == "epoch")
        // What was handed in before is no beginning of the new one, and the old one is over.
        #expect(try bench.ask(try phone.sync([], next: 3)).refusal == "epoch")
        let third = Request.Want.sync(
            epoch: Bench.made(Epoch(3)),
            next: 1,
            handovers: [],
            known: 0
        )
        #expect(try bench.ask(try phone.request(third)).outcome.numbers == [0, 0, 0])
        #expect(bench.mint.guarantees(on: Bench.ada, at: bench.now).units == 100)
    }

    @Test func `revocations come with it, as many as fit, from the one that is missing on`() throws
    {
        var (bench, phone) = try enrolled()
        for number in UInt64(0)..<10 {
            var lost = Phone("lost \(number)")
            try bench.invite(100 + number, guarantee: 0)
            _ = try bench.ask(try lost.enrol(100 + number))
            try bench.revoke(lost.signer.key)
        }
        var known: [Revocation] = []
        for expected in [7, 10, 10] {
            let sync = try phone.sync([], next: 1, known: UInt64(known.count))
            let reply = try bench.ask(sync)
            let papers = reply.outcome.papers
            #expect(papers.count <= Answer.papersAtMost && reply.outcome.numbers == [0, 10, 0])
            known += try papers.dropLast().map(Revocation.init(reading:))
            #expect(known.count == expected)
        }
        #expect(known == bench.mint.revocations)
        #expect(known.allSatisfy { $0.isSigned(StandInChecking()) })
        let beyond = try bench.ask(try phone.sync([], next: 1, known: .max))
        #expect(beyond.outcome.papers.count == 1)
    }

    @Test func `a revocation says how far a key was good: as far as the books go`() throws {
        var (bench, phone) = try enrolled()
        let key = phone.signer.key
        _ = try bench.ask(try phone.sync([try phone.pay(1), try phone.pay(1)], next: 3))
        bench.mint = try bench.again()
        try bench.revoke(key)
        let lastGood = bench.mint.revocations.first?.lastGood
        #expect(lastGood == Place(epoch: .first, counter: 2))
        guard
            case .failure(.revoked) = try bench.mint.revoke(
                key,
                reason: Bench.text("again"),
                lastGood: 9,
                at: bench.now,
                Bench.hand,
                bench.shelf
            )
        else {
            Issue.record("revoked twice")
            return
        }
        let nobody = StandInSigner("nobody").key
        #expect(
            try bench.mint.revoke(
                nobody,
                reason: Bench.text("x"),
                lastGood: 9,
                at: bench.now,
                Bench.hand,
                bench.shelf
            ) == .failure(.notMember(nobody))
        )
    }
}
