import Commit
import FuzzEntries
import Money
import Sealing
import Wallet
import Wire
import Words

/// Seven payments of one buyer to one seller, in which every message of section 8 is said and every
/// kind of record is written.
struct PaymentStory {
    var paying: PayingStreet
    /// The messages by name, the first payment's without one, in the order in which they were said.
    private(set) var named: [(name: String, message: SignedObject)] = []
    /// Both homes as they were when something was worth keeping.
    private(set) var homes: [(name: String, rows: FuzzedRows)] = []
    let payment: PaymentID
    let stick: Hash

    init() throws {
        paying = try PayingStreet(seed: 40)
        try paying.setUp(units: 1_000)
        stick = must(paying.buyer.rows(.piece).first.flatMap { Hash($0) })
        let details = Profile.both("3 Quai de l'Île, Genève", "Zoë & Söhne, Postfach 9")
        paying.wish(.profile(details), ofSeller: false)
        var terms = Self.terms(150, "two coffees")
        terms.items = [
            Terms.Item(text: must(Text("coffee")), amount: must(Amount(100))),
            Terms.Item(text: must(Text("tip")), amount: must(Amount(50))),
        ]
        terms.wants = [.shipping, .billing]
        payment = paying.offer(terms)
        paying.accept(payment, sharing: [.shipping, .billing])
        name("", since: 0)
        keep("after one payment")
        refused()
        declined()
        try cancelled()
        try warned()
        try rolledBack()
        try told()
        try usesUp()
    }

    static func terms(_ units: UInt64, _ memo: String) -> Terms {
        Terms(asset: RealStreet.euro, amount: must(Amount(units)), memo: must(Text(memo)))
    }

    private mutating func name(_ suffix: String, since start: Int) {
        for message in paying.said[start...] {
            named.append((message.object.kind.title + suffix, message))
        }
    }

    private mutating func keep(_ name: String) {
        homes.append((name + ", the seller's", paying.seller.home))
        homes.append((name + ", the buyer's", paying.buyer.home))
    }

    private mutating func refused() {
        let start = paying.said.count
        let payment = paying.offer(Self.terms(60, "another"))
        paying.wish(.answer(payment, .refuse), ofSeller: false)
        name(" of what the person refuses", since: start)
    }

    private mutating func declined() {
        let start = paying.said.count
        var terms = Self.terms(70, "hardware only")
        terms.device = .hardware
        paying.accept(paying.offer(terms))
        name(" of what is not in order", since: start)
    }

    private mutating func cancelled() throws {
        let start = paying.said.count
        paying.lost = [.handover]
        let payment = paying.offer(Self.terms(80, "too late"))
        paying.accept(payment)
        keep("while the buyer holds")
        paying.wish(.cancel(payment), ofSeller: true)
        paying.lost = []
        name(" of what is cancelled", since: start)
        keep("after an ABORT")
    }

    /// The buyer loses a payment that it made, and is told of it.
    private mutating func rolledBack() throws {
        let (start, old) = (paying.said.count, paying.buyer.tables)
        paying.lost = [.committed]
        let payment = paying.offer(Self.terms(90, "forgotten"))
        paying.accept(payment)
        keep("while the seller waits for COMMITTED")
        paying.lost = []
        try paying.buyer.restore(old, at: paying.time)
        paying.time.ticks = paying.time.ticks.advanced(by: 5_000)
        paying.give(.woken(payment), toSeller: true)
        name(" of what is forgotten", since: start)
        keep("after the buyer was rolled back")
        try rolledBackAgain(old)
    }

    /// The same once more; this time its next seller knows better.
    private mutating func rolledBackAgain(_ old: [Table: [[UInt8]: [UInt8]]]) throws {
        let start = paying.said.count
        try paying.buyer.restore(old, at: paying.time)
        paying.accept(paying.offer(Self.terms(40, "once more")))
        name(" of what was rolled back", since: start)
        keep("after the buyer was shown its own later place")
    }

    /// The seller hears of a revocation, and warns its next buyer.
    private mutating func warned() throws {
        let start = paying.said.count
        let (office, stranger) = (paying.street.office, try paying.street.person())
        let taken = Revocation.object(
            office: office.key,
            key: stranger.key,
            lastGood: Place(epoch: .first, counter: 3),
            reason: must(Text("it signed two handovers of the same units")),
            issued: RealStreet.now
        )
        let revocation = try Revocation(reading: .signed(taken, by: office))
        let certificates = [must(paying.street.ders[office.key])]
        paying.wish(.learn(revocation, certificates: certificates), ofSeller: true)
        paying.accept(paying.offer(Self.terms(30, "a warning")))
        name(" of what is warned of", since: start)
        keep("after a warning")
    }

    /// What neither does by itself: the buyer gets an ABORT of what it has paid.
    private mutating func told() throws {
        let start = paying.said.count
        let seller = paying.seller.ring.identity
        let abort = Abort.object(by: seller.key, to: paying.buyer.key, payment: payment)
        paying.deliver(.signed(abort, by: seller), toSeller: false)
        name(" of what was told", since: start)
        keep("after what was told")
    }

    /// The seller uses up some of what it was paid, as a meter does.
    private mutating func usesUp() throws {
        for (after, through) in [(0, 120), (120, 180)] as [(UInt64, UInt64)] {
            let units = must(Amount(through - after))
            let group = Consumption(
                units,
                of: RealStreet.euro,
                after: after,
                through: through
            )
            paying.wish(.consume(group), ofSeller: true)
        }
        homes.append(("while some of it is used up, the seller's", paying.seller.home))
        let later = must(RealStreet.now.day.advanced(by: 31))
        paying.time.moment = must(Moment(later.number * 86_400))
        try hear(of: later)
        paying.wish(.register, ofSeller: true)
        homes.append(("while that is said for good, the seller's", paying.seller.home))
    }

    /// The seller's office signs something on a later day.
    private mutating func hear(of day: Day) throws {
        let (office, lost) = (paying.street.office, try paying.street.person())
        let taken = Revocation.object(
            office: office.key,
            key: lost.key,
            lastGood: Place(epoch: .first, counter: 0),
            reason: must(Text("its device was lost")),
            issued: must(Moment(day.number * 86_400))
        )
        let revocation = try Revocation(reading: .signed(taken, by: office))
        let certificates = [must(paying.street.ders[office.key])]
        paying.wish(.learn(revocation, certificates: certificates), ofSeller: true)
    }

    func message(_ name: String) -> SignedObject {
        must(named.first { $0.name == name }?.message)
    }
}

extension Hash {
    /// Of a stick's row: its key is the id after one byte.
    fileprivate init?(_ row: Row) {
        guard let bytes = Bytes32(Array(row.key.dropFirst().prefix(32))) else { return nil }
        self.init(bytes)
    }
}

extension Profile {
    fileprivate static func both(_ shipping: String, _ billing: String) -> Profile {
        var profile = Profile()
        (profile.shipping, profile.billing) = (Text(shipping), Text(billing))
        return profile
    }
}

extension Kind {
    /// As docs/PROTOCOL section 8 writes it.
    var title: String {
        switch self {
        case .handover: "AGREED"
        case .commitRequest: "COMMIT-REQUEST"
        case .stick, .window, .commit, .abort, .committed, .revocation, .name, .register, .bill,
            .invoice, .personalisation, .settings, .quote, .meterReceipt, .delivery, .here,
            .offer,
            .accept, .refuse, .decline, .ask, .show, .welcome, .request, .answer,
            .warn:
            "\(self)".uppercased()
        }
    }
}
