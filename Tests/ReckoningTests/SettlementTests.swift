import Money
import Reckoning
import StandIns
import Testing
import Wire
import Words

/// Where each unit goes when its stick's day is closed.
@Suite struct SettlementTests {
    var village = Village()
    let ada = Hand("ada")
    let bob = Hand("bob")
    let cleo = Hand("cleo")
    let dan = Hand("dan")
    let eve = Hand("eve")

    @Test mutating func `what nobody passed on is its owner's, what was committed its payee's`()
        throws
    {
        let stick = village.stick(10, to: ada)
        #expect(village.shares(stick) == "0..<10 ada")
        let toBob = village.pass([stick.entry(2, 8)], from: ada, to: bob)
        let toCleo = village.pass([toBob.entry(3, 5)], from: bob, to: cleo)
        try village.take(.commit(toCleo.commit))
        try village.handIn(toCleo)
        #expect(village.shares(stick) == "0..<10 ada", "the chain to it is not here yet")
        try village.handIn(toBob)
        #expect(village.shares(stick) == "0..<2 ada, 2..<3 bob, 3..<5 cleo, 5..<8 bob, 8..<10 ada")
    }

    @Test
    mutating func `without a decision it is the payee's who claims, else the payer's who denies`()
        throws
    {
        let stick = village.stick(10, to: ada)
        let toBob = village.pass([stick.entry(0, 4)], from: ada, to: bob)
        let hash = toBob.handover.hash
        try village.handIn(toBob)
        #expect(village.shares(stick) == "0..<4 lapsed, 4..<10 ada")
        try village.take(.denial(hash, cleo.key))
        try village.take(.claim(hash, ada.key))
        #expect(village.shares(stick) == "0..<4 lapsed, 4..<10 ada", "others' words mean nothing")
        try village.take(.denial(hash, ada.key))
        #expect(village.shares(stick) == "0..<10 ada")
        try village.take(.claim(hash, bob.key))
        #expect(village.shares(stick) == "0..<4 bob, 4..<10 ada")
        try village.take(.abort(toBob.abort))
        #expect(village.shares(stick) == "0..<10 ada")
        #expect(village.cases.isEmpty)
    }

    @Test
    mutating func `who began anew cannot say that it holds no COMMIT, so that is taken as said`()
        throws
    {
        let stick = village.stick(10, to: ada)
        let toBob = village.pass([stick.entry(0, 4)], from: ada, to: bob)
        try village.handIn(toBob)
        #expect(village.shares(stick) == "0..<4 lapsed, 4..<10 ada")
        // Her backup is older than the payment: the restored wallet does not know of it.
        village.reckoning.enter(.first, of: ada.key)
        #expect(village.shares(stick) == "0..<4 lapsed, 4..<10 ada")
        village.reckoning.enter(must(Epoch(2)), of: ada.key)
        #expect(village.shares(stick) == "0..<10 ada")
        let later = village.pass([stick.entry(6, 9)], from: ada, to: bob, epoch: 2)
        try village.handIn(later)
        #expect(village.shares(stick) == "0..<6 ada, 6..<9 lapsed, 9..<10 ada")
        try village.take(.claim(toBob.handover.hash, bob.key))
        #expect(village.shares(stick) == "0..<4 bob, 4..<6 ada, 6..<9 lapsed, 9..<10 ada")
        try village.take(.claim(later.handover.hash, bob.key))
        try village.take(.abort(toBob.abort))
        #expect(village.shares(stick) == "0..<6 ada, 6..<9 bob, 9..<10 ada")
    }

    @Test mutating func `what was aborted is passed on again with its release`() throws {
        let stick = village.stick(10, to: ada)
        let refused = village.pass([stick.entry(0, 6)], from: ada, to: bob, 1)
        let again = village.pass(
            [stick.entry(2, 6, releases: [refused.abort])],
            from: ada,
            to: cleo,
            2
        )
        try village.handIn(refused, again)
        try village.take(.commit(again.commit))
        #expect(village.shares(stick) == "0..<2 ada, 2..<6 cleo, 6..<10 ada")
        #expect(village.cases.isEmpty)
    }

    @Test mutating func `what the office has paid for stays so`() throws {
        let stick = village.stick(10, to: ada)
        let toBob = village.pass([stick.entry(0, 8)], from: ada, to: bob)
        let back = village.pass([toBob.entry(2, 6)], from: bob, to: village.office)
        try village.redeem(toBob, back)
        #expect(village.shares(stick) == "0..<2 bob, 2..<6 redeemed, 6..<8 bob, 8..<10 ada")
        #expect(village.reckoning.redeemed(units(0, 3), of: stick.id) == units(2, 3))
        #expect(village.reckoning.redeemed(units(6, 9), of: stick.id) == nil)
        let twice = village.pass([toBob.entry(5, 7)], from: bob, to: village.office, 2)
        #expect(throws: TakeFault.redeemed(stick: stick.id, units(5, 6))) {
            try village.redeem(toBob, twice)
        }
        let hidden = village.pass([stick.entry(8, 9)], from: ada, to: bob, 2)
        let orphan = village.pass([hidden.entry(8, 9)], from: bob, to: village.office, 3)
        try village.show(orphan)
        let reference = EntryReference(orphan.handover.hash, 0)
        #expect(throws: TakeFault.chain(reference)) {
            try village.take(.redemption(orphan.handover.hash))
        }
        let two = village.pass(
            [toBob.entry(6, 7), toBob.entry(7, 8)],
            from: bob,
            to: village.office,
            4
        )
        #expect(throws: TakeFault.incomplete) { try village.redeem(toBob, two) }
        // What the office takes and does not commit to is not passed on.
        let undecided = village.pass([stick.entry(8, 10)], from: ada, to: village.office, 3)
        try village.handIn(undecided)
        #expect(village.shares(stick).hasSuffix("8..<10 ada"))
    }

    @Test mutating func `a fork is paid in the order in which it is shown`() throws {
        let stick = village.stick(10, to: eve)
        let toBob = village.pass([stick.entry(0, 6)], from: eve, to: bob, 1)
        let toCleo = village.pass([stick.entry(2, 10)], from: eve, to: cleo, 2)
        try village.handIn(toBob)
        for passed in [toBob, toCleo] { try village.take(.commit(passed.commit)) }
        try village.show(toCleo)
        #expect(village.shares(stick) == "0..<2 bob, 2..<10 cleo", "to hand in is not to show")
        #expect(village.duplicates(stick) == "2..<6 bob for eve")
        var late = village
        try late.show(toBob)
        #expect(late.shares(stick) == "0..<2 bob, 2..<10 cleo")
        for (held, paid) in [(0, 0), (3, 3), (4, 4), (9, 4)] as [(UInt64, UInt64)] {
            let closing = try village.reckoning.closing(
                Village.lastDay,
                held: [eve.key: amount(held)]
            )
            #expect(closing.honoured.map(\.paid) == [amount(paid)])
            #expect(closing.honoured.map(\.claim) == [amount(4 - paid)])
        }
    }

    @Test mutating func `ten cousins with one forged stick get at most the guarantee in all`()
        throws
    {
        let stick = village.stick(30, to: eve)
        for number in 0..<10 {
            let cousin = Hand("cousin \(number)")
            let passed = village.pass([stick.entry(0, 30)], from: eve, to: cousin, UInt64(number))
            try village.show(passed)
            try village.take(.claim(passed.handover.hash, cousin.key))
        }
        #expect(village.cases == ["eve forked"])
        let closing = try village.reckoning.closing(Village.lastDay, held: [eve.key: amount(50)])
        #expect(village.shares(stick) == "0..<30 cousin 0")
        #expect(closing.honoured.map(\.paid.units) == [30, 20, 0, 0, 0, 0, 0, 0, 0])
        #expect(
            closing.honoured.map { Village.name($0.duplicate.holder) }
                == (1...9).map { "cousin \($0)" }
        )
    }

    @Test
    mutating func `of a unit the first sixty-four count, and not who came to the office first`()
        throws
    {
        let stick = village.stick(10, to: eve)
        // A hundred whom nobody knows, and a hundred whom everybody does.
        var holders: [Key] = []
        for number in 0..<200 as Range<UInt64> {
            let holder = Hand("holder \(number)")
            if number < 100 {
                village.strangers.insert(holder.key)
            } else {
                holders.append(holder.key)
            }
            let entry = stick.entry(number == 199 ? 4 : 0, 10)
            let passed = village.pass([entry], from: eve, to: holder, number)
            try village.show(passed)
            try village.take(.claim(passed.handover.hash, holder.key))
        }
        let settlement = try #require(village.reckoning.settlement(of: stick.id, village.account))
        #expect(settlement.shares.map(\.fate) == [.account(holders[0])])
        #expect(settlement.duplicates.map(\.holder) == Array(holders[1..<64]))
        #expect(settlement.duplicates.allSatisfy { $0.units == units(0, 10) })
        #expect(Reckoning.endsPerUnit == 64)
    }

    @Test mutating func `of an equivocation both are honoured, the carried release first`() throws {
        let stick = village.stick(10, to: ada)
        let toEve = village.pass([stick.entry(0, 6)], from: ada, to: eve, 1)
        let toBob = village.pass([toEve.entry(0, 6)], from: eve, to: bob)
        let toCleo = village.pass(
            [stick.entry(0, 4, releases: [toEve.abort])],
            from: ada,
            to: cleo,
            2
        )
        for passed in [toBob, toCleo] { try village.take(.commit(passed.commit)) }
        try village.show(toEve, toBob)
        try village.show(toCleo)
        #expect(village.cases == ["eve equivocated"])
        // Of what was not passed on again Ada has the release, and the units.
        #expect(village.shares(stick) == "0..<4 cleo, 4..<10 ada")
        #expect(village.duplicates(stick) == "0..<6 bob for eve")
        try village.take(.commit(toEve.commit))
        try village.take(.committed(toEve.committed))
        #expect(village.shares(stick) == "0..<4 cleo, 4..<6 bob, 6..<10 ada", "she was told")
        #expect(village.duplicates(stick) == "0..<4 bob for eve")
        #expect(village.reckoning.convicts == [eve.key])
    }

    @Test mutating func `whoever has no account keeps nobody else from what he was given`() throws {
        let stick = village.stick(10, to: eve)
        var cousins: [Passed] = []
        for number in 0..<3 as Range<UInt64> {
            let cousin = Hand("cousin \(number)")
            village.strangers.insert(cousin.key)
            let entry = stick.entry(0, 10)
            cousins.append(village.pass([entry], from: eve, to: cousin, number))
        }
        let toBob = village.pass([stick.entry(0, 10)], from: eve, to: bob, 3)
        let toCleo = village.pass([stick.entry(0, 6)], from: eve, to: cleo, 4)
        for passed in cousins + [toBob, toCleo] {
            try village.show(passed)
            try village.take(.commit(passed.commit))
        }
        #expect(village.cases == ["eve forked"])
        #expect(village.shares(stick) == "0..<10 bob")
        #expect(
            village.duplicates(stick)
                == "0..<6 cleo for eve, 0..<10 cousin 0 for eve, 0..<10 cousin 1 for eve, "
                + "0..<10 cousin 2 for eve"
        )
        let closing = try village.reckoning.closing(
            Village.lastDay,
            held: [eve.key: amount(8)],
            village.account
        )
        #expect(closing.honoured.map(\.paid.units) == [6, 0, 0, 0])
        // Among convicts and those without an account it is the convict who can be given anything.
        let toDan = village.pass([toBob.entry(0, 10)], from: bob, to: dan, 1)
        let toAda = village.pass([toBob.entry(0, 10)], from: bob, to: ada, 2)
        for passed in [toDan, toAda] {
            try village.show(toBob, passed)
            try village.take(.commit(passed.commit))
        }
        let back = village.pass([toDan.entry(0, 10)], from: dan, to: bob)
        try village.show(back)
        try village.take(.commit(back.commit))
        village.strangers.formUnion([ada.key, cleo.key])
        #expect(village.reckoning.convicts == [eve.key, bob.key])
        #expect(village.shares(stick) == "0..<10 bob")
    }

    @Test mutating func `what cannot be paid to one is there for the next`() throws {
        let stick = village.stick(10, to: eve)
        for (number, payee) in [bob, cleo, dan].enumerated() {
            let passed = village.pass([stick.entry(0, 10)], from: eve, to: payee, UInt64(number))
            try village.show(passed)
            try village.take(.commit(passed.commit))
        }
        // Cleo's is the convict's own other phone.
        let closing = try village.reckoning.closing(Village.lastDay, held: [eve.key: amount(10)]) {
            village.account(of: $0 == cleo.key ? eve.key : $0)
        }
        #expect(closing.honoured.map(\.duplicate.holder) == [cleo.key, dan.key])
        #expect(closing.honoured.map(\.paid.units) == [0, 10])
        #expect(closing.honoured.map(\.claim.units) == [10, 0])
    }

    @Test mutating func `whoever cheated is paid last, and not for what he did himself`() throws {
        let stick = village.stick(10, to: eve)
        let toCousin = village.pass([stick.entry(0, 10)], from: eve, to: dan, 1)
        let back = village.pass([toCousin.entry(0, 10)], from: dan, to: eve)
        let toBob = village.pass([stick.entry(0, 10)], from: eve, to: bob, 2)
        for passed in [back, toBob] { try village.take(.commit(passed.commit)) }
        try village.show(toCousin, back)
        try village.show(toBob)
        #expect(village.shares(stick) == "0..<10 bob" && village.duplicates(stick).isEmpty)
    }

    @Test mutating func `nobody is paid for the same unit twice, however often he was given it`()
        throws
    {
        let stick = village.stick(10, to: eve)
        let first = village.pass([stick.entry(0, 6)], from: eve, to: bob, 1)
        let again = village.pass([stick.entry(2, 8)], from: eve, to: bob, 2)
        let toCleo = village.pass([stick.entry(4, 10)], from: eve, to: cleo, 3)
        for passed in [first, again, toCleo] {
            try village.show(passed)
            try village.take(.commit(passed.commit))
        }
        #expect(village.shares(stick) == "0..<8 bob, 8..<10 cleo")
        #expect(village.duplicates(stick) == "4..<8 cleo for eve")
        // Nor is he who has brought it to the office.
        let back = village.pass([first.entry(0, 6)], from: bob, to: village.office)
        try village.redeem(first, back)
        #expect(village.shares(stick) == "0..<6 redeemed, 6..<8 bob, 8..<10 cleo")
        #expect(village.duplicates(stick) == "4..<8 cleo for eve")
    }

    @Test mutating func `what waits goes to whoever brought it, or came before him`() throws {
        let stick = village.stick(10, to: eve)
        let toBob = village.pass([stick.entry(0, 8)], from: eve, to: bob, 1)
        let toCleo = village.pass([stick.entry(4, 10)], from: eve, to: cleo, 2)
        try village.take(.commit(toCleo.commit))
        try village.show(toCleo)
        let back = village.pass([toBob.entry(2, 8)], from: bob, to: village.office)
        let links = [toBob, back].map { $0.handover.link(0) }
        try village.take(.received(links, back.handover.hash, waiting: units(3, 8)))
        // 2 is paid for; 3 waits; 4..<8 are Cleo's, who came first.
        #expect(village.shares(stick) == "0..<2 bob, 2..<3 redeemed, 3..<4 bob, 4..<10 cleo")
        #expect(village.duplicates(stick) == "4..<8 bob for eve")
        #expect(throws: TakeFault.notWaiting(stick: stick.id, units(2, 4))) {
            try village.reckoning.pay(for: units(2, 4), of: stick.id, in: back.handover.hash)
        }
        try village.reckoning.pay(for: units(4, 6), of: stick.id, in: back.handover.hash)
        #expect(village.duplicates(stick) == "4..<6 cleo for eve, 6..<8 bob for eve")
    }

    @Test mutating func `the first to be paid is whom the office has paid already`() throws {
        let stick = village.stick(10, to: eve)
        let toBob = village.pass([stick.entry(0, 10)], from: eve, to: bob, 1)
        try village.show(toBob)
        try village.take(.commit(toBob.commit))
        let toCleo = village.pass([stick.entry(0, 10)], from: eve, to: cleo, 2)
        let back = village.pass([toCleo.entry(0, 4)], from: cleo, to: village.office)
        try village.redeem(toCleo, back)
        #expect(village.shares(stick) == "0..<4 redeemed, 4..<10 bob")
        #expect(village.duplicates(stick) == "0..<4 bob for eve, 4..<10 cleo for eve")
    }

    @Test mutating func `a handover beyond a revocation is worth nothing, but what was paid stays`()
        throws
    {
        let stick = village.stick(10, to: ada)
        let good = village.pass([stick.entry(0, 3)], from: ada, to: bob, 5)
        let late = village.pass([stick.entry(3, 6)], from: ada, to: cleo, 6)
        let paid = village.pass([stick.entry(6, 8)], from: ada, to: dan, 7)
        let back = village.pass([paid.entry(6, 8)], from: dan, to: village.office)
        for passed in [good, late] {
            try village.show(passed)
            try village.take(.commit(passed.commit))
        }
        try village.redeem(paid, back)
        village.reckoning.revoke(ada.key, lastGood: Place(epoch: .first, counter: 9))
        #expect(village.shares(stick) == "0..<3 bob, 3..<6 cleo, 6..<8 redeemed, 8..<10 ada")
        village.reckoning.revoke(ada.key, lastGood: Place(epoch: .first, counter: 5))
        village.reckoning.revoke(ada.key, lastGood: Place(epoch: .first, counter: 8))
        #expect(village.shares(stick) == "0..<3 bob, 3..<6 ada, 6..<8 redeemed, 8..<10 ada")
    }

    @Test mutating func `units of an ended epoch go back to whoever owned them in it`() throws {
        let stick = village.stick(10, to: ada, epoch: .first)
        let toBob = village.pass(
            [stick.entry(0, 4)],
            from: ada,
            to: bob,
            payment: village.payment(epoch: 3)
        )
        try village.handIn(toBob)
        try village.take(.commit(toBob.commit))
        village.reckoning.enter(must(Epoch(2)), of: ada.key)
        village.reckoning.enter(must(Epoch(3)), of: bob.key)
        #expect(village.shares(stick) == "0..<4 bob, 4..<10 back to ada")
        village.reckoning.enter(must(Epoch(4)), of: bob.key)
        #expect(village.shares(stick) == "0..<4 back to bob, 4..<10 back to ada")
    }

    @Test mutating func `what does not fit is worth nothing`() throws {
        let stick = village.stick(10, to: ada)
        let toBob = village.pass([stick.entry(2, 6)], from: ada, to: bob)
        for stray in [
            village.pass([toBob.entry(1, 3)], from: bob, to: dan, 1),
            village.pass([toBob.entry(4, 5)], from: cleo, to: dan, 1),
            village.pass([stick.entry(9, 11)], from: ada, to: dan, 2),
            village.pass([stick.entry(7, 8)], from: ada, to: ada, 3),
        ] {
            try village.show(toBob, stray)
            try village.take(.commit(stray.commit))
        }
        #expect(village.shares(stick) == "0..<2 ada, 2..<6 bob, 6..<10 ada")
    }

    @Test mutating func `a chain that nobody may show leads nowhere`() throws {
        let stick = village.stick(10, to: ada)
        var (chain, holder) = ([Passed](), ada)
        for number in 0..<71 {
            let next = holder.key == ada.key ? bob : ada
            let entry = chain.last?.entry(0, 10) ?? stick.entry(0, 10)
            chain.append(village.pass([entry], from: holder, to: next, UInt64(number)))
            holder = next
            try village.handIn(chain[number])
            try village.take(.commit(chain[number].commit))
        }
        #expect(village.shares(stick) == "0..<10 bob", "after 65 links")
    }

    @Test mutating func `a day settles what is due, once, and then all of it is forgotten`() throws
    {
        let early = village.stick(10, to: ada, settleUntil: must(Day(100)))
        let late = village.stick(10, to: ada, settleUntil: must(Day(101)))
        let passed = village.pass([early.entry(0, 5), late.entry(0, 5)], from: ada, to: bob)
        try village.handIn(passed)
        try village.take(.commit(passed.commit))
        try village.take(.claim(passed.handover.hash, bob.key))
        #expect(village.reckoning.due(must(Day(99))).isEmpty)
        let closing = try village.reckoning.closing(must(Day(100)), held: [:])
        #expect(closing.settlements.map(\.stick) == [early.id])
        village.reckoning.close(closing.day)
        #expect(throws: ClosingFault.closedBefore(must(Day(100)))) {
            try village.reckoning.closing(must(Day(100)), held: [:])
        }
        #expect(try village.taken(.handover(passed.handover), 99).notOut == [early.id])
        #expect(village.shares(late) == "0..<5 bob, 5..<10 ada")
        village.reckoning.close(must(Day(200)))
        #expect(village.reckoning.remembered == 0)
        let before = village.reckoning
        #expect(try village.taken(.handover(passed.handover), 100).notOut == [early.id, late.id])
        let isSame = village.reckoning == before
        #expect(isSame)
    }
}
