import Money
import Reckoning
import StandIns
import Testing
import Wire
import Words

/// Who is convicted of what, and who never is.
@Suite struct JudgementTests {
    var village = Village()
    let ada = Hand("ada")
    let bob = Hand("bob")
    let cleo = Hand("cleo")
    let dan = Hand("dan")
    let eve = Hand("eve")

    private func proof(_ finding: Discovery?) -> (Proof, Verdict?)? {
        switch finding {
        case .opened(_, let proof), .frozen(_, let proof):
            (proof, try? proof.verdict(village.eye))
        case nil: nil
        }
    }

    @Test mutating func `units passed on twice convict once, whoever shows it and how often`()
        throws
    {
        let stick = village.stick(10, to: eve)
        let toBob = village.pass([stick.entry(0, 6)], from: eve, to: bob, 1)
        let toCleo = village.pass([stick.entry(4, 10)], from: eve, to: cleo, 2)
        try village.show(toBob)
        #expect(village.cases.isEmpty)
        try village.show(toCleo)
        try village.show(toBob)
        try village.handIn(toCleo, toBob)
        #expect(village.cases == ["eve forked"])
        #expect(proof(village.discoveries.first)?.1 == .convicts(eve.key))
        let third = village.pass([stick.entry(0, 10)], from: eve, to: dan, 3)
        try village.show(third)
        #expect(village.cases.count == 1, "the same fork")
        let id = CaseID.fork(by: eve.key, stick: stick.id, parent: nil)
        let known = try #require(village.reckoning.known(of: id))
        #expect(known.parties.map(\.payee) == [bob.key, cleo.key, dan.key])
        #expect(known.duplicated == amount(6 + 6 + 10 - 10))
        #expect(known.parties.map { $0.handedIn == nil } == [false, false, true])
    }

    @Test mutating func `a fork is one before its parent is known, and a release excuses`() throws {
        let stick = village.stick(10, to: ada)
        let toEve = village.pass([stick.entry(0, 10)], from: ada, to: eve)
        let first = village.pass([toEve.entry(0, 6)], from: eve, to: bob, 1)
        let released = village.pass(
            [toEve.entry(0, 6, releases: [first.abort])],
            from: eve,
            to: cleo,
            2
        )
        try village.handIn(released, first)
        #expect(village.cases.isEmpty)
        let other = village.pass([toEve.entry(5, 8)], from: eve, to: dan, 3)
        try village.handIn(other)
        #expect(village.cases == ["eve forked"])
    }

    @Test mutating func `a release that its payee did not sign excuses nobody`() throws {
        let stick = village.stick(10, to: eve)
        let first = village.pass([stick.entry(0, 6)], from: eve, to: bob, 1)
        let object = first.abort.signed.object
        let forged: Abort = made(SignedObject(object, eve.sign(object.hash)))
        let second = village.pass([stick.entry(0, 6, releases: [forged])], from: eve, to: cleo, 2)
        try village.handIn(first, second)
        #expect(village.cases == ["eve forked"])
        #expect(throws: TakeFault.signature) { try village.take(.abort(forged)) }
    }

    @Test(arguments: [true, false])
    mutating func `an ABORT and a use convict the payee`(isCommit: Bool) throws {
        let stick = village.stick(10, to: ada)
        let toEve = village.pass([stick.entry(0, 6)], from: ada, to: eve)
        let below = village.pass([toEve.entry(0, 3)], from: eve, to: bob)
        try village.handIn(toEve)
        try village.take(.abort(toEve.abort))
        #expect(village.cases.isEmpty)
        try isCommit ? village.take(.commit(toEve.commit)) : village.handIn(below)
        #expect(village.cases == ["eve equivocated"])
        #expect(proof(village.discoveries.first)?.1 == .convicts(eve.key))
        try village.show(toEve, below)
        try village.take(.commit(toEve.commit))
        #expect(village.cases.count == 1)
        let known = village.reckoning.known(of: .equivocation(PaymentName(toEve.abort)))
        #expect(known?.duplicated == amount(6))
    }

    @Test mutating func `an office's COMMIT convicts nobody`() throws {
        let stick = village.stick(10, to: ada)
        let toBob = village.pass([stick.entry(0, 6)], from: ada, to: bob)
        try village.handIn(toBob)
        try village.take(.commit(toBob.commit(by: village.office)))
        #expect(village.shares(stick) == "0..<6 bob, 6..<10 ada")
        try village.take(.abort(toBob.abort))
        #expect(village.cases.isEmpty)
        #expect(village.shares(stick) == "0..<10 ada", "an ABORT is the payee's own word")
    }

    @Test mutating func `one place on two contents with other units freezes, and accuses nobody`()
        throws
    {
        let stick = village.stick(10, to: eve)
        let one = village.pass([stick.entry(0, 5)], from: eve, to: bob, 4)
        let two = village.pass([stick.entry(5, 10)], from: eve, to: cleo, 4)
        try village.show(one)
        try village.show(two)
        #expect(village.cases == ["eve is frozen"] && village.reckoning.convicts.isEmpty)
        #expect(proof(village.discoveries.first)?.1 == .freezes(eve.key))
        #expect(village.reckoning.isFrozen(eve.key))
        village.reckoning.enter(must(Epoch(2)), of: eve.key)
        #expect(!village.reckoning.isFrozen(eve.key))
        #expect(village.shares(stick) == "0..<10 eve", "nobody claims them")
    }

    @Test mutating func `totals and names of the one before have to fit, in any order`() throws {
        let stick = village.stick(100, to: eve)
        let one = village.pass([stick.entry(0, 5)], from: eve, to: bob, 1, total: 5)
        func next(_ total: UInt64, after previous: Hash?, _ counter: UInt64 = 2) -> Passed {
            var village = village
            return village.pass(
                [stick.entry(10, 20)],
                from: eve,
                to: cleo,
                counter,
                total: total,
                previous: previous
            )
        }
        let name = one.handover.hash
        for (two, isFrozen) in [
            (next(15, after: name), false), (next(14, after: name), true),
            (next(15, after: nil), true), (next(40, after: nil, 3), false),
            (next(16, after: name, 3), true),
        ] {
            for order in [[one, two], [two, one]] {
                var village = village
                for passed in order { try village.handIn(passed) }
                #expect(village.cases == (isFrozen ? ["eve is frozen"] : []))
            }
        }
    }

    @Test mutating func `a total that proves nothing does not hide what is proved`() throws {
        for number in 0..<8 as Range<UInt64> {
            var village = village
            let stick = village.stick(100, to: eve)
            let one = village.pass([stick.entry(0, 5)], from: eve, to: bob, 1, total: 5)
            let other = village.pass([stick.entry(0, 6 + number)], from: eve, to: cleo, 1)
            // To an office it would be right, and nobody can see whose key that is.
            let next = village.pass(
                [stick.entry(20, 30)],
                from: eve,
                to: dan,
                2,
                total: 5,
                previous: one.handover.hash
            )
            try village.handIn(one, next)
            #expect(village.cases.isEmpty)
            var late = village
            try late.handIn(other)
            #expect(late.cases == ["eve forked", "eve is frozen"])
            var early = self.village
            early.reckoning.issue(stick)
            try early.handIn(one, other, next)
            #expect(early.cases == ["eve forked", "eve is frozen"])
        }
    }

    @Test mutating func `the total of a redemption is without it, and freezes nobody`() throws {
        let stick = village.stick(100, to: ada)
        let one = village.pass([stick.entry(0, 5)], from: ada, to: bob, 1, total: 5)
        let back = village.pass(
            [stick.entry(5, 50)],
            from: ada,
            to: village.office,
            2,
            total: 5,
            previous: one.handover.hash
        )
        let two = village.pass(
            [stick.entry(50, 60)],
            from: ada,
            to: bob,
            3,
            total: 15,
            previous: back.handover.hash
        )
        try village.handIn(two, one, back)
        #expect(village.cases.isEmpty)
    }

    @Test mutating func `what nobody signed is not taken, and changes nothing`() throws {
        let stick = village.stick(10, to: ada)
        let passed = village.pass([stick.entry(0, 5)], from: ada, to: bob)
        let before = village.reckoning
        let handover = passed.handover
        let forged = Handover(
            header: handover.header,
            entries: handover.entries,
            leaves: handover.leaves,
            signature: eve.sign(handover.hash)
        )
        let commit = passed.commit.signed
        for (paper, fault) in [
            (Paper.handover(forged), TakeFault.signature),
            (.handover(handover.showing([0, 1])), .leaves),
            (.chain([forged.link(0)], bob.key), .signature),
            (.commit(made(SignedObject(commit.object, eve.sign(commit.object.hash)))), .signature),
            (.redemption(handover.hash), .notToAnOffice),
        ] {
            #expect(throws: fault) { try village.take(paper) }
            let isSame = village.reckoning == before
            #expect(isSame)
        }
    }

    @Test mutating func `of a stick that is not out nothing is taken`() throws {
        var elsewhere = Village(seed: 9)
        let foreign = elsewhere.stick(10, to: eve)
        let passed = village.pass([foreign.entry(0, 5)], from: eve, to: bob)
        let before = village.reckoning
        let taken = try village.taken(.handover(passed.handover), 7)
        #expect(taken.notOut == [foreign.id] && village.reckoning == before)
    }

    @Test mutating func `nobody makes names that all lie in one heap`() throws {
        func key(_ last: UInt64) -> Key { Key(Bytes32(words: (1, 2, 3, last))) }
        let names = (0..<1_000 as Range<UInt64>).map { last in
            PaymentName(
                payer: key(0),
                payee: key(1),
                payment: Hash(Bytes32(words: (4, 5, 6, last)))
            )
        }
        #expect(Set(names.map(\.hashValue)).count > 990)
    }

    @Test mutating func `a case has one name, and bytes that are read back`() throws {
        let stick = village.stick(10, to: eve)
        let passed = village.pass([stick.entry(0, 5)], from: eve, to: bob)
        let ids = [
            CaseID.fork(by: eve.key, stick: stick.id, parent: nil),
            .fork(by: bob.key, stick: stick.id, parent: nil),
            .fork(by: eve.key, stick: stick.id, parent: EntryReference(passed.handover.hash, 0)),
            .fork(by: eve.key, stick: stick.id, parent: EntryReference(passed.handover.hash, 1)),
            .equivocation(PaymentName(passed.abort)),
        ]
        for id in ids { #expect(try CaseID(wireBytes: id.wireBytes) == id) }
        #expect(Set(ids.map(\.name)).count == ids.count)
        for (one, other) in zip(ids.sorted(), ids.sorted().dropFirst()) {
            #expect(one < other && !(other < one))
        }
        for byte in 0..<ids[0].wireBytes.count {
            var bytes = ids[0].wireBytes
            bytes[byte] ^= 0x41
            #expect((try? CaseID(wireBytes: bytes)) != ids[0])
        }
    }
}
