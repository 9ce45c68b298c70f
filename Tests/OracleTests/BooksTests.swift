import Oracle
import Testing
import Wire
import Words

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
