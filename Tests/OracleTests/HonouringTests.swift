import Oracle
import Testing
import Wire
import Words

/// Anna pays the same units to Bert and to Cora, and the books end it; a test bends what it likes.
private struct Fork {
    var market = Market()
    static let (anna, bert, office, cora) = (0, 1, Market.office, 3)
    static let accounts: [UInt64] = [16, 17, 0, 18]
    let stick: Hash
    let guarantee: UInt64

    /// Of 300 units she passes on the first 100 twice.
    init(guarantee: UInt64 = 60) {
        self.guarantee = guarantee
        market.street.join(OracleTests.key("cora"))
        market.enrol(Self.cora, account: Self.accounts[Self.cora])
        market.street.oracle.dishonest(market.street.keys[Self.anna])
        let (request, stick) = market.asked(Self.anna, 300)
        self.stick = stick.object.hash
        market.street.oracle.overheard(request)
        market.write(market.charge(Self.anna, 300, stick))
        var window = market.entry(18)
        window.word = BookedEntry.Word(
            about: Hash(market.street.keys[Self.anna].bytes),
            place: 1,
            bytes: list(number(1), value(permission))
        )
        market.write(window)
        take(Self.bert)
        take(Self.cora)
    }

    private var permission: SignedObject {
        let limits = [number(0), number(9_000), number(9_000), number(guarantee), number(1)]
        let dates = [number(1), number(2), number(1)]
        let object = Object(
            .window,
            from: market.street.keys[Self.office],
            to: market.street.keys[Self.anna],
            content: list([number(1), value(Street.euro)] + limits + dates)
        )
        return SignedObject(object, nobodys)
    }

    private mutating func take(_ who: Int) {
        let bit = Bit(stick: stick, lo: 0, hi: 100)
        market.street.free[Self.anna] = [bit]
        market.street.sell(market.street.deed(Self.anna, who, [bit]))
    }

    func member(_ who: Int) -> Key { market.street.keys[who] }

    // MARK: Entries

    /// What somebody shows: the link that brought these units to him.
    mutating func show(_ who: Int) {
        let piece = market.street.free[who].first { $0.stick == stick }
        guard let parent = piece?.parent else { return }
        var passing = Passing(
            payer: member(Self.anna),
            payee: member(who),
            counter: 1,
            payment: PaymentID(
                epoch: .first,
                random: Salt(high: 8, low: parent.number),
                mac: Salt(high: 8, low: 8)
            ),
            bits: [Bit(stick: stick, lo: 0, hi: 100)],
            offer: name("offer"),
            total: 100,
            previous: nil
        )
        passing.counter = UInt64(who)
        let link = list(
            passing.header,
            passing.bits[0].entry,
            number(0),
            list(),
            value(name("privates")),
            value(nobodys)
        )
        var entry = market.entry(21)
        entry.word = BookedEntry.Word(
            about: Hash(member(who).bytes),
            place: 0,
            bytes: list(number(1), list(link), list(), list(), list())
        )
        market.write(entry)
    }

    // `[1, convict, stick, parent]`
    func fork(by who: Int) -> [UInt8] {
        list(number(1), value(member(who)), value(stick), list())
    }

    func title(_ fork: [UInt8]) -> Hash { Digest.hash(Digest.Domain("tally1 case"), fork) }

    mutating func convict(_ who: Int = anna) {
        var entry = market.entry(22)
        entry.word = BookedEntry.Word(
            about: Hash(member(who).bytes),
            place: 0,
            bytes: list(number(1), fork(by: who), list())
        )
        market.write(entry)
    }

    mutating func settle(_ who: Int, _ lo: UInt64, _ hi: UInt64) {
        let (units, ranges) = (Int64(hi - lo), list(number(lo), number(hi)))
        var entry = market.entry(6, [Self.accounts[who]: units, 2: -units, 9: -units, 10: units])
        entry.word = BookedEntry.Word(
            about: stick,
            place: lo,
            bytes: list(number(1), value(member(who)), number(1), list(ranges))
        )
        market.write(entry)
    }

    /// Somebody has units that went to another, and so much of them is paid.
    mutating func makeGood(
        _ who: Int,
        _ paid: UInt64,
        lo: UInt64 = 0,
        hi: UInt64 = 100,
        by convict: Int = anna
    ) {
        let units = Int64(paid)
        var entry = market.entry(
            paid > 0 ? 8 : 23,
            paid > 0 ? [Self.accounts[who]: units, Self.accounts[convict]: -units] : [:]
        )
        let fork = fork(by: convict)
        entry.word = BookedEntry.Word(
            about: title(fork),
            place: lo,
            bytes: list(
                number(1),
                fork,
                value(member(who)),
                value(stick),
                number(lo),
                number(hi),
                number(paid),
                list(list(value(stick), number(0)))
            )
        )
        market.write(entry)
    }

    mutating func close() { market.write(market.entry(24)) }

    /// As it should be: Bert shows first, and Cora is paid what there is.
    mutating func end() {
        for who in [Self.bert, Self.cora] { show(who) }
        convict()
        settle(Self.bert, 0, 100)
        settle(Self.anna, 100, 300)
        makeGood(Self.cora, guarantee)
    }

    mutating func rest() -> [Invariant] {
        close()
        market.street.oracle.atRest()
        return market.broken
    }
}

@Suite struct HonouringTests {
    @Test(arguments: [0, 60, 100] as [UInt64])
    func `what is there twice is made good as far as the guarantee goes`(guarantee: UInt64) {
        var fork = Fork(guarantee: guarantee)
        fork.end()
        #expect(fork.rest() == [])
        #expect(fork.market.oracle.totals.duplicated == 100)
        #expect(
            fork.market.oracle.madeGood
                == MadeGood(cases: 1, paid: guarantee, left: 100 - guarantee)
        )
    }

    @Test func `made good: nobody is convicted, or twice, or another`() {
        var nobody = Fork()
        nobody.settle(Fork.bert, 0, 100)
        nobody.settle(Fork.anna, 100, 300)
        nobody.makeGood(Fork.cora, 60)
        #expect(nobody.rest().contains(.madeGood))
        var twice = Fork()
        twice.end()
        twice.convict()
        #expect(twice.rest() == [.madeGood])
    }

    @Test func `made good: units that it has not`() {
        var fork = Fork()
        fork.end()
        fork.makeGood(Fork.bert, 0, lo: 200, hi: 210)
        #expect(fork.market.broken == [.madeGood])
    }

    @Test func `settled once: who has what another got is forgotten`() {
        var fork = Fork()
        fork.convict()
        fork.settle(Fork.bert, 0, 100)
        fork.settle(Fork.anna, 100, 300)
        // And the thief has gained what nobody claims of her.
        #expect(fork.rest() == [.settledOnce, .guarantee])
        #expect(fork.market.oracle.violations.first?.homes == [Fork.cora, Fork.office])
    }

    @Test func `settled once: the thief gets it, and neither of the others stands there`() {
        var fork = Fork()
        fork.convict()
        fork.settle(Fork.anna, 0, 300)
        #expect(fork.rest().first == .settledOnce)
    }

    @Test func `guarantee: more than it is, and less while some is left`() {
        var more = Fork()
        more.convict()
        more.settle(Fork.bert, 0, 100)
        more.makeGood(Fork.cora, 61)
        #expect(more.market.broken == [.guarantee])
        var less = Fork()
        less.convict()
        less.settle(Fork.bert, 0, 100)
        less.makeGood(Fork.cora, 59)
        #expect(less.market.broken == [.guarantee])
    }

    @Test func `guarantee: another pays, or nobody`() {
        var fork = Fork()
        fork.convict()
        fork.settle(Fork.bert, 0, 100)
        var entry = fork.market.entry(8, [18: 60, 3: -60])
        var other = fork
        other.makeGood(Fork.cora, 60)
        entry.word = other.market.entries.last?.word
        fork.market.write(entry)
        #expect(fork.market.broken.contains(.guarantee))
    }

    @Test func `guarantee: who showed it later is paid first`() {
        var fork = Fork(guarantee: 150)
        // The thief himself says first that he has all of it.
        for who in [Fork.cora, Fork.bert] { fork.show(who) }
        fork.convict()
        fork.settle(Fork.anna, 0, 300)
        var wrong = fork
        wrong.makeGood(Fork.bert, 100)
        wrong.makeGood(Fork.cora, 50)
        #expect(wrong.market.broken == [.guarantee])
        fork.makeGood(Fork.cora, 100)
        fork.makeGood(Fork.bert, 50)
        #expect(fork.rest() == [])
        #expect(fork.market.oracle.madeGood == MadeGood(cases: 1, paid: 150, left: 50))
    }

    @Test func `guarantee: somebody before him was not paid`() {
        var fork = Fork()
        fork.convict()
        fork.settle(Fork.anna, 0, 300)
        fork.makeGood(Fork.cora, 0)
        #expect(fork.market.broken == [.guarantee])
        fork.makeGood(Fork.bert, 60)
        #expect(fork.market.broken == [.guarantee, .guarantee])
    }

    @Test func `guarantee: the dishonest gain what nobody claims of them`() {
        var fork = Fork()
        fork.end()
        fork.market.write(fork.market.entry(9, [16: 50, 4: -50]))
        #expect(fork.rest() == [.guarantee])
    }

    /// Seed 570 of straw-payees: what tells them apart is their number alone.
    @Test func `convict: one handover that passes the same units on twice`() {
        var street = Street("anna", "bert", "cleo", "dora")
        street.issue(100, to: 0)
        let bit = street.free[0][0]
        for thief in 0..<2 { street.oracle.dishonest(street.keys[thief]) }
        let twice = street.deed(0, 1, [bit, bit])
        for (number, who) in [2, 3].enumerated() {
            var piece = bit
            piece.parent = Parent(handover: twice.passing.hash, number: UInt64(number))
            let deed = street.deed(1, who, [piece])
            let step = street.paidStep(deed)
            street.tell(
                who,
                Step(
                    payment: step.payment,
                    entries: step.entries,
                    changes: step.changes + [twice.link(number)],
                    standing: step.standing
                )
            )
            street.oracle.said(who, deed.commit)
        }
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == 100)
    }

    @Test func `innocent: somebody honest is to pay for it`() {
        var fork = Fork()
        fork.convict(Fork.bert)
        #expect(fork.market.broken == [.innocent])
        fork.settle(Fork.bert, 0, 100)
        fork.makeGood(Fork.cora, 0, by: Fork.bert)
        #expect(fork.market.broken == [.innocent, .innocent])
    }
}
