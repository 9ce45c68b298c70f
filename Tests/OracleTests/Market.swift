import Oracle
import Wire
import Words

/// A street with an office in it, and the books as its disk would say them; a test bends what it
/// likes.
struct Market {
    /// Anna and Bert are members; the office is the third.
    var street = Street("anna", "bert", "office")
    private(set) var entries: [BookedEntry] = []
    private(set) var balances: [UInt64: Int64] = [:]
    static let office = 2

    init() {
        street.oracle.keepsBooks(Self.office)
        write(entry(0))
        for who in 0..<2 { enrol(who, account: UInt64(16 + who)) }
    }

    mutating func enrol(_ who: Int, account: UInt64) {
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
