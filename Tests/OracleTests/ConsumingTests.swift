import Oracle
import Testing
import Wire
import Words

/// A market in which Anna is a meter, and what its disk says of pulses; a test bends what it likes.
private struct Flat {
    var market = Market()
    var used: [Bit] = []
    private var counts: [Hash: UInt64] = [:]
    private var pulses: UInt64 = 0
    static let anna = 0

    init(_ units: UInt64 = 300) {
        var invite = market.entry(28)
        let terms = [number(0), number(0), number(0), number(0)]
        invite.word = market.word(
            "code of a meter",
            list([number(1), number(16), text("a flat")] + terms)
        )
        market.write(invite)
        var enrolment = market.entry(17)
        enrolment.word = BookedEntry.Word(
            about: Hash(market.street.keys[Self.anna].bytes),
            place: invite.number,
            bytes: []
        )
        market.write(enrolment)
        market.charge(Self.anna, units)
    }

    var broken: [Invariant] { market.broken }
    var stick: Hash { market.street.free[Self.anna][0].stick }

    /// `[1, pulse, counter, …]`.
    static func device(_ counter: UInt64, perPulse: UInt64 = 1) -> [UInt8] {
        let rest = [UInt64](repeating: 0, count: 8).map { number($0) }
        return list([number(1), number(perPulse), number(counter)] + rest + [list()])
    }

    mutating func count(_ counter: UInt64, perPulse: UInt64 = 1) {
        market.street.oracle.keeps(Self.anna, Self.device(counter, perPulse: perPulse))
        market.street.oracle.kept(Self.anna)
    }

    /// A step that uses up the first of what is free.
    mutating func use(
        _ units: UInt64,
        through number: UInt64,
        said: UInt64? = nil,
        count: UInt64? = nil
    ) -> Step {
        var bit = market.street.free[Self.anna].removeFirst()
        let old = bit
        var taken = bit
        (taken.hi, bit.lo) = (bit.lo + units, bit.lo + units)
        used.append(taken)
        var changes = [taken.usedPut, old.remove]
        if bit.lo < bit.hi {
            market.street.free[Self.anna].insert(bit, at: 0)
            changes[1] = bit.put
        }
        counts[bit.stick, default: 0] += count ?? units
        changes.append(countPut(bit.stick, counts[bit.stick] ?? 0))
        changes.append(pulsesPut(number))
        let record = list(
            OracleTests.number(1),
            value(Street.euro),
            OracleTests.number(said ?? units),
            OracleTests.number(number)
        )
        return Step(entries: [LogEntry(kind: 24, bytes: record)], changes: changes)
    }

    func countPut(_ stick: Hash, _ count: UInt64, _ word: SignedObject? = nil) -> Change {
        let row = list(number(1), number(count), list(word.map { [value($0)] } ?? []))
        return .put(.piece, key: [6] + stick.bytes.array, bytes: row)
    }

    func pulsesPut(_ pulses: UInt64) -> Change {
        .put(.register, key: Array("pulses".utf8), bytes: list(number(1), number(pulses)))
    }

    mutating func tell(_ step: Step) { market.street.tell(Self.anna, step) }

    mutating func serve(_ units: UInt64, through number: UInt64) {
        tell(use(units, through: number))
        market.street.oracle.served(Self.anna, through: number)
    }

    // MARK: The office

    /// Hands in all that is used up, as far as the office's COMMIT is on its disk.
    mutating func handIn(_ role: UInt64 = 2, memo: String = "consumed") -> Deed {
        let totals = market.street.totals[Self.anna]
        var deed = market.street.deed(Self.anna, Market.office, used)
        (deed.passing.total, deed.memo) = (totals, memo)
        market.street.totals[Self.anna] = totals
        market.street.previous[Self.anna] = deed.passing.hash
        let gone = used.map { Change.remove(.piece, key: $0.usedKey) }
        tell(deed.step(1, gone, .open(deed.open(role), toCome: Deed.toCome)))
        market.street.oracle.said(Self.anna, deed.passing.agreed)
        used = []
        market.street.tell(Market.office, market.street.paidStep(deed))
        return deed
    }

    func booked(_ deed: Deed) -> BookedEntry {
        let units = Int64(deed.sum)
        var entry = market.entry(11, [2: -units, 3: units, 9: -units, 11: units])
        entry.word = market.credit(deed).word
        return entry
    }

    func register(_ count: UInt64) -> SignedObject {
        let content = list(value(stick), number(count))
        let (from, to) = (market.street.keys[Self.anna], market.street.keys[Market.office])
        return SignedObject(Object(.register, from: from, to: to, content: content), nobodys)
    }

    mutating func sign(_ word: SignedObject, _ count: UInt64) {
        tell(market.street.setUp(countPut(stick, count, word)))
    }

    func shown(_ word: SignedObject) -> BookedEntry {
        var entry = market.entry(21)
        entry.word = market.word("anna", list(number(1), list(), list(value(word)), list(), list()))
        return entry
    }

    func usedUp(_ lo: UInt64, _ hi: UInt64, of who: Int = anna) -> BookedEntry {
        let units = Int64(hi - lo)
        var entry = market.entry(12, [2: -units, 3: units, 9: -units, 11: units])
        let ranges = list(list(number(lo), number(hi)))
        let bytes = list(number(1), value(market.street.keys[who]), ranges)
        entry.word = BookedEntry.Word(about: stick, place: lo, bytes: bytes)
        return entry
    }

    mutating func settle(_ used: ClosedRange<UInt64>, back: ClosedRange<UInt64>?) {
        if used.lowerBound < used.upperBound {
            market.write(usedUp(used.lowerBound, used.upperBound))
        }
        if let back {
            market.write(
                market.settlement(Self.anna, of: stick, back.lowerBound, back.upperBound)
            )
        }
        market.write(market.entry(24))
    }
}

extension Bit {
    var usedKey: [UInt8] { [5] + rowKey.dropFirst() }
    var usedPut: Change { .put(.piece, key: usedKey, bytes: row) }
}

@Suite struct ConsumingTests {
    @Test func `a month of a flat keeps everything true`() {
        var flat = Flat()
        flat.count(20)
        flat.serve(20, through: 20)
        flat.count(50)
        flat.serve(30, through: 50)
        #expect(flat.market.oracle.totals.consumed == 50)
        let deed = flat.handIn()
        flat.market.write(flat.booked(deed))
        flat.market.finish(deed)
        flat.count(60)
        flat.serve(10, through: 60)
        let word = flat.register(60)
        flat.sign(word, 60)
        flat.market.write(flat.shown(word))
        // The lowest of what it has, and not the very ones.
        flat.settle(50...60, back: 60...300)
        flat.market.street.oracle.atRest()
        #expect(flat.market.oracle.violations == [])
    }

    @Test func `what somebody has who never says a word is used up`() {
        var flat = Flat()
        flat.settle(0...300, back: nil)
        flat.market.street.oracle.atRest()
        #expect(flat.broken == [])
        var kept = Flat()
        kept.settle(0...0, back: 0...300)
        #expect(kept.broken == [.usedUp])
    }

    @Test func `served once: again, backwards, uncounted, for another number of pulses`() {
        var flat = Flat()
        flat.count(20)
        flat.serve(20, through: 20)
        var again = flat
        again.tell(again.use(20, through: 20))
        #expect(again.broken == [.servedOnce])
        var back = flat
        back.tell(back.use(5, through: 15))
        #expect(back.broken == [.servedOnce])
        var ahead = flat
        ahead.tell(ahead.use(5, through: 25))
        #expect(ahead.broken == [.servedOnce])
        flat.count(30)
        var dear = flat
        dear.tell(dear.use(11, through: 30))
        #expect(dear.broken == [.servedOnce])
        var cheap = flat
        cheap.tell(cheap.use(10, through: 30, said: 9))
        #expect(cheap.broken == [.servedOnce, .servedOnce])
        flat.tell(flat.market.street.setUp(flat.pulsesPut(30)))
        #expect(flat.broken == [.servedOnce])
    }

    @Test func `served once: a count that falls behind, or goes back`() {
        var flat = Flat()
        flat.count(20)
        var behind = flat
        behind.tell(behind.use(20, through: 20, count: 19))
        #expect(behind.broken == [.servedOnce])
        flat.serve(20, through: 20)
        flat.tell(flat.market.street.setUp(flat.countPut(flat.stick, 10)))
        #expect(flat.broken == [.servedOnce])
    }

    @Test func `served once: a word is said once, and nothing is used up after it`() {
        var flat = Flat()
        flat.count(30)
        flat.serve(20, through: 20)
        flat.sign(flat.register(20), 20)
        #expect(flat.broken == [])
        flat.tell(flat.use(10, through: 30))
        #expect(flat.broken == [.servedOnce])
    }

    @Test func `served once: a counter that goes back, a memory that is another`() {
        var flat = Flat()
        flat.count(20)
        var back = flat
        back.count(19)
        #expect(back.broken == [.servedOnce])
        var other = flat
        other.market.street.oracle.foundKept(Flat.anna, Flat.device(19))
        #expect(other.broken == [.acknowledged])
        var gone = flat
        gone.market.street.oracle.foundKept(Flat.anna, nil)
        #expect(gone.broken == [.acknowledged])
        // A disk that was put back brings the memory of then.
        var older = flat
        older.market.street.oracle.putBack(Flat.anna)
        older.market.street.oracle.foundKept(Flat.anna, Flat.device(5))
        older.count(6)
        #expect(older.broken == [])
        // What was being written may be there, or not.
        flat.market.street.oracle.keeps(Flat.anna, Flat.device(21))
        var written = flat
        written.market.street.oracle.foundKept(Flat.anna, Flat.device(21))
        flat.market.street.oracle.foundKept(Flat.anna, Flat.device(20))
        #expect(written.broken == [] && flat.broken == [])
    }

    @Test func `durable before said: pulses, and a register`() {
        var flat = Flat()
        flat.count(20)
        var early = flat
        early.market.street.oracle.served(Flat.anna, through: 20)
        #expect(early.broken == [.durableBeforeSaid])
        let showing = list(list(), list(value(flat.register(0))), list(), list())
        let request = Object(
            .request,
            from: flat.market.street.keys[Flat.anna],
            to: flat.market.street.keys[Market.office],
            payment: PaymentID(
                epoch: .first,
                random: Salt(high: 8, low: 1),
                mac: Salt(high: 8, low: 2)
            ),
            content: list(number(6), showing)
        )
        flat.market.street.oracle.said(Flat.anna, SignedObject(request, nobodys))
        #expect(flat.broken == [.durableBeforeSaid])
    }

    @Test func `served once: what is used up pays nobody, and what is free is not handed in`() {
        var flat = Flat()
        flat.count(20)
        flat.serve(20, through: 20)
        var paid = flat
        _ = paid.handIn(0, memo: "bread")
        #expect(paid.broken.first == .servedOnce)
        var named = flat
        _ = named.handIn(2, memo: "bread")
        #expect(named.broken.first == .servedOnce)
    }

    @Test func `used up: credited, booked again, booked of what was paid`() {
        var flat = Flat()
        flat.count(20)
        flat.serve(20, through: 20)
        let deed = flat.handIn()
        var credited = flat
        credited.market.write(credited.market.credit(deed))
        #expect(credited.broken == [.usedUp])
        flat.market.write(flat.booked(deed))
        #expect(flat.broken == [])
        flat.market.write(flat.booked(deed))
        #expect(flat.broken == [.creditedOnce, .creditedOnce])
        var other = Flat()
        let back = other.market.redeem(Flat.anna, 50)
        other.market.write(other.booked(back))
        #expect(other.broken == [.usedUp])
    }

    @Test func `used up: more or less than a register says, or of somebody who is no meter`() {
        var flat = Flat()
        flat.count(20)
        flat.serve(20, through: 20)
        let word = flat.register(20)
        var unsigned = flat
        unsigned.market.write(unsigned.shown(word))
        #expect(unsigned.broken == [.usedUp])
        flat.sign(word, 20)
        flat.market.write(flat.shown(word))
        // More than it has said is wrong for two reasons.
        for (used, reports) in [(19, 1), (20, 0), (21, 2)] as [(UInt64, Int)] {
            var settled = flat
            settled.settle(0...used, back: used...300)
            #expect(settled.broken == Array(repeating: .usedUp, count: reports))
        }
        var other = Flat()
        other.market.street.pay(0, 1, 100)
        other.market.write(other.usedUp(0, 100, of: 1))
        #expect(other.broken == [.usedUp])
    }

    @Test func `an act that nobody knows here is told`() {
        var flat = Flat()
        flat.market.write(flat.market.entry(99))
        #expect(flat.broken == [.booksBalance])
    }
}
