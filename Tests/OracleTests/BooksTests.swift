import Oracle
import Testing
import Wire
import Words

/// A street with an office in it, and the books as its disk would say them; a test bends what it
/// likes.
private struct Market {
    /// Anna and Bert are members; the office is the third.
    var street = Street("anna", "bert", "office")
    private(set) var entries: [BookedEntry] = []
    private(set) var balances: [UInt64: Int64] = [:]
    static let office = 2

    init() {
        street.oracle.keepsBooks(Self.office)
        write(entry(0))
        for who in 0..<2 {
            let account = UInt64(16 + who)
            write(entry(1))
            write(entry(2, [account: 1_000, 1: -1_000]))
            var invite = entry(16)
            let terms = [number(0), number(0), number(0), number(0)]
            invite.word = word(
                "code \(who)",
                list([number(1), number(account), text("somebody")] + terms)
            )
            write(invite)
            var enrolment = entry(17)
            enrolment.word = BookedEntry.Word(
                about: Hash(street.keys[who].bytes),
                place: invite.number,
                bytes: []
            )
            write(enrolment)
        }
    }

    var oracle: Oracle { street.oracle }
    var broken: [Invariant] { street.broken }

    func entry(_ act: UInt64, _ postings: [UInt64: Int64] = [:]) -> BookedEntry {
        let number = UInt64(entries.count)
        var entry = BookedEntry(number: number, act: act, request: name("entry \(number)"))
        entry.postings = postings.sorted { $0.key < $1.key }
            .map { BookedEntry.Posting(account: $0.key, units: $0.value) }
        return entry
    }

    func word(_ about: String, _ bytes: [UInt8]) -> BookedEntry.Word {
        BookedEntry.Word(about: name(about), place: 0, bytes: bytes)
    }

    /// The books have one more entry, and the oracle looks.
    mutating func write(_ entry: BookedEntry) {
        entries.append(entry)
        for posting in entry.postings { balances[posting.account, default: 0] += posting.units }
        street.oracle.booked([entry], balances: balances)
    }

    // MARK: Charges

    /// What somebody asks for, and the stick that answers it.
    func asked(_ who: Int, _ units: UInt64, _ what: String = "a") -> (SignedObject, SignedObject) {
        let content = list(number(2), list(value(Street.euro), number(units)))
        let request = Object(
            .request,
            from: street.keys[who],
            to: street.keys[Self.office],
            payment: PaymentID(
                epoch: .first,
                random: Salt(high: 9, low: UInt64(what.utf8.count)),
                mac: Salt(high: 9, low: units)
            ),
            content: content
        )
        let paper = list(
            value(Street.euro),
            number(units),
            number(20_000),
            number(20_030),
            number(1_700_000_000)
        )
        let stick = Object(
            .stick,
            from: street.keys[Self.office],
            to: street.keys[who],
            answering: request.hash,
            content: paper
        )
        return (SignedObject(request, nobodys), SignedObject(stick, nobodys))
    }

    func charge(_ who: Int, _ units: Int64, _ stick: SignedObject) -> BookedEntry {
        var entry = entry(4, [UInt64(16 + who): -units, 2: units, 8: -units, 9: units])
        entry.paper = value(stick)
        return entry
    }

    /// The stick has come to its owner.
    mutating func take(_ who: Int, _ units: UInt64, _ stick: SignedObject) {
        let bit = Bit(stick: stick.object.hash, lo: 0, hi: units)
        street.free[who].append(bit)
        let log = LogEntry(kind: 16, bytes: [0x81, 0x01])
        street.tell(who, Step(entries: [log], changes: [stickPut(stick), bit.put]))
    }

    mutating func charge(_ who: Int, _ units: UInt64) {
        let (request, stick) = asked(who, units)
        street.oracle.said(who, request)
        write(charge(who, Int64(units), stick))
        take(who, units, stick)
    }

    // MARK: Redemptions

    /// A payment to the office as far as its COMMIT is on its disk: it needs no permission, so
    /// its total leaves it out.
    mutating func redeem(_ who: Int, _ units: UInt64) -> Deed {
        var deed = street.deed(who, Self.office, units)
        deed.passing.total -= units
        (street.totals[who], street.previous[who]) = (deed.passing.total, deed.passing.hash)
        street.hold(deed)
        street.tell(Self.office, street.paidStep(deed))
        return deed
    }

    func credit(_ deed: Deed, _ units: Int64? = nil) -> BookedEntry {
        let units = units ?? Int64(deed.sum)
        var entry = entry(5, [UInt64(16 + deed.payer): units, 2: -units, 9: -units, 10: units])
        entry.word = BookedEntry.Word(
            about: Hash(street.keys[deed.payer].bytes),
            place: 0,
            bytes: list(number(1), data(deed.id.array), deed.passing.whole, value(deed.commit))
        )
        return entry
    }

    func settlement(_ who: Int, of stick: Hash, _ lo: UInt64, _ hi: UInt64) -> BookedEntry {
        let units = Int64(hi - lo)
        var entry = entry(6, [UInt64(16 + who): units, 2: -units, 9: -units, 10: units])
        let ranges = list(list(number(lo), number(hi)))
        entry.word = BookedEntry.Word(
            about: stick,
            place: lo,
            bytes: list(number(1), value(street.keys[who]), number(1), ranges)
        )
        return entry
    }

    /// What came back, and is credited by entries of its own.
    func receipt(_ deed: Deed) -> BookedEntry {
        var entry = entry(26)
        entry.word = credit(deed).word
        return entry
    }

    /// Some of it is credited.
    func clearing(_ deed: Deed, _ lo: UInt64, _ hi: UInt64) -> BookedEntry {
        let units = Int64(hi - lo)
        var entry = entry(10, [UInt64(16 + deed.payer): units, 2: -units, 9: -units, 10: units])
        entry.word = BookedEntry.Word(
            about: deed.passing.bits[0].stick,
            place: lo,
            bytes: list(
                number(1),
                data(deed.id.array),
                number(1),
                list(list(number(lo), number(hi)))
            )
        )
        return entry
    }

    mutating func finish(_ deed: Deed) {
        street.oracle.said(Self.office, deed.commit)
        street.finish(deed)
    }
}

@Suite struct BooksTests {
    @Test func `a day at the counter keeps everything true`() {
        var market = Market()
        market.charge(0, 300)
        market.charge(1, 200)
        market.street.pay(0, 1, 100)
        let back = market.redeem(1, 250)
        market.write(market.credit(back))
        market.finish(back)
        market.street.pay(1, 0, 50)
        market.street.oracle.atRest()
        #expect(market.oracle.violations == [])
        #expect(market.oracle.balance(Market.office).available == 250)
        #expect(market.balances[17] == 1_050)
        // Opened again they say the same.
        market.street.oracle.reopened(market.entries, from: 0, balances: market.balances)
        #expect(market.oracle.violations == [])
    }

    @Test func `stick booked: one that is held, and one that is told`() {
        var market = Market()
        let (request, stick) = market.asked(0, 300)
        market.street.oracle.said(0, request)
        market.take(0, 300, stick)
        #expect(market.broken == [.stickBooked])
        var other = Market()
        other.street.oracle.said(0, request)
        let content = list(number(1), text(""), list(), list(value(stick)), list())
        let answer = Object(
            .answer,
            from: other.street.keys[2],
            to: other.street.keys[0],
            payment: request.object.payment,
            answering: request.object.hash,
            content: content
        )
        other.street.oracle.said(2, SignedObject(answer, nobodys))
        #expect(other.broken == [.stickBooked])
    }

    @Test func `charged once: again, by nobody's wish, more than was asked for`() {
        var market = Market()
        market.charge(0, 300)
        let (_, stick) = market.asked(0, 300)
        market.write(market.charge(0, 300, stick))
        #expect(market.broken == [.chargedOnce])
        var unasked = Market()
        unasked.write(unasked.charge(0, 300, stick))
        #expect(unasked.broken == [.chargedOnce, .booksBalance])
        var more = Market()
        let (request, _) = more.asked(0, 300)
        more.street.oracle.said(0, request)
        more.write(more.charge(0, 301, stick))
        #expect(more.broken == [.chargedOnce, .booksBalance])
    }

    @Test func `charged once: a debit for which no stick has come`() {
        var market = Market()
        let (request, stick) = market.asked(0, 300)
        market.street.oracle.said(0, request)
        market.write(market.charge(0, 300, stick))
        #expect(market.broken == [])
        market.street.oracle.atRest()
        #expect(market.broken == [.chargedOnce, .booksBalance])
        #expect(market.oracle.violations.first?.homes == [0, 2])
    }

    @Test func `books balance: postings, backing, and what an account has`() {
        var lone = Market()
        lone.write(lone.entry(2, [16: 10]))
        #expect(lone.broken == [.booksBalance])
        var unbacked = Market()
        unbacked.write(unbacked.entry(2, [8: -10, 9: 10]))
        #expect(unbacked.broken == [.booksBalance])
        var another = Market()
        var balances = another.balances
        balances[16] = 999
        another.street.oracle.booked([], balances: balances)
        #expect(another.broken == [.booksBalance, .booksBalance])
        var skipped = Market()
        let entry = BookedEntry(number: 99, act: 1, request: name("far"))
        skipped.street.oracle.booked([entry], balances: skipped.balances)
        #expect(skipped.broken == [.booksBalance])
    }

    @Test func `credited once: again, less, without COMMIT, never`() {
        var market = Market()
        market.charge(0, 300)
        let back = market.redeem(0, 100)
        var less = market
        less.write(less.credit(back, 99))
        #expect(less.broken == [.creditedOnce, .booksBalance])
        var never = market
        never.street.tell(0, never.street.boughtStep(back))
        never.street.oracle.atRest()
        #expect(never.broken.contains(.creditedOnce))
        market.write(market.credit(back))
        #expect(market.broken == [])
        market.write(market.credit(back))
        #expect(market.broken == [.creditedOnce, .creditedOnce])
        var unheard = Market()
        unheard.charge(0, 300)
        let deed = unheard.street.deed(0, Market.office, 100)
        unheard.write(unheard.credit(deed))
        #expect(unheard.broken == [.creditedOnce])
    }

    @Test func `what came back may wait, and is cleared once, or settled to whoever brought it`() {
        var market = Market()
        market.charge(0, 300)
        market.street.pay(0, 1, 200)
        let back = market.redeem(1, 100)
        let (lo, hi) = (back.passing.bits[0].lo, back.passing.bits[0].hi)
        var unheard = market
        unheard.write(unheard.clearing(back, lo, hi))
        #expect(unheard.broken.first == .creditedOnce)
        market.write(market.receipt(back))
        market.finish(back)
        market.street.oracle.atRest()
        #expect(market.broken == [])
        var again = market
        again.write(again.receipt(back))
        #expect(again.broken == [.creditedOnce, .creditedOnce])
        var others = market
        others.write(others.clearing(back, lo, hi + 1))
        #expect(others.broken == [.creditedOnce])
        market.write(market.clearing(back, lo, lo + 40))
        market.street.oracle.atRest()
        #expect(market.broken == [])
        var twice = market
        twice.write(twice.clearing(back, lo + 39, hi))
        #expect(twice.broken == [.creditedOnce])
        for (who, isRight) in [(1, true), (0, false)] {
            var settled = market
            settled.write(settled.settlement(who, of: back.passing.bits[0].stick, lo + 40, hi))
            #expect(settled.broken == (isRight ? [] : [.settledOnce]))
        }
    }

    @Test func `settled once: to another, to nobody, twice, not all`() {
        var market = Market()
        market.charge(0, 300)
        market.street.pay(0, 1, 100)
        let stick = market.street.free[0][0].stick
        func settle(_ market: Market, _ who: Int, _ lo: UInt64, _ hi: UInt64) -> BookedEntry {
            market.settlement(who, of: stick, lo, hi)
        }
        market.write(settle(market, 1, 0, 100))
        var another = market
        another.write(settle(another, 1, 100, 300))
        #expect(another.broken == [.settledOnce])
        var twice = market
        twice.write(settle(twice, 1, 0, 100))
        #expect(twice.broken == [.settledOnce])
        var nobody = market
        var lapse = nobody.entry(7, [2: -200, 3: 200, 9: -200, 12: 200])
        let ranges = list(list(number(100), number(300)))
        lapse.word = BookedEntry.Word(about: stick, place: 100, bytes: list(number(1), ranges))
        nobody.write(lapse)
        #expect(nobody.broken == [.settledOnce])
        var left = market
        left.write(left.entry(24))
        #expect(left.broken == [.settledOnce])
        market.write(settle(market, 0, 100, 300))
        market.write(market.entry(24))
        market.street.oracle.atRest()
        #expect(market.oracle.violations == [])
    }

    @Test func `durable before said: a credit that is not in the books`() {
        var market = Market()
        market.charge(0, 300)
        let back = market.redeem(0, 100)
        market.street.oracle.said(Market.office, back.commit)
        #expect(market.broken == [.durableBeforeSaid])
    }

    @Test func `course: what goes back to the office uses up nothing`() {
        var market = Market()
        market.charge(0, 300)
        let back = market.street.deed(0, Market.office, 100)
        market.street.hold(back)
        #expect(market.broken == [.course])
    }

    @Test(arguments: [19, 22, 25] as [UInt64])
    func `innocent: somebody honest is accused`(_ act: UInt64) {
        var market = Market()
        var entry = market.entry(act)
        entry.word = BookedEntry.Word(
            about: Hash(market.street.keys[1].bytes),
            place: 0,
            bytes: []
        )
        market.write(entry)
        #expect(market.broken == [.innocent])
        #expect(market.oracle.violations.first?.homes == [1, 2])
        var other = Market()
        other.street.oracle.dishonest(other.street.keys[1])
        other.write(entry)
        #expect(other.broken == [])
    }

    @Test func `acknowledged: entries that are gone, or others`() {
        var market = Market()
        market.charge(0, 300)
        var gone = market
        let rest = Array(market.entries.dropLast())
        gone.street.oracle.reopened(rest, from: 0, balances: gone.balances)
        #expect(gone.broken == [.acknowledged])
        var entries = market.entries
        entries[3].word = market.word("another", [])
        market.street.oracle.reopened(entries, from: 0, balances: market.balances)
        #expect(market.broken == [.acknowledged])
    }
}
