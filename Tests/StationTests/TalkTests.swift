import Commit
import Money
import Nearby
import Sealing
import Station
import Testing
import Wallet
import Wire
import Words

/// What a node is asked and what it says, as bytes between two processes.
@Suite struct TalkTests {
    static func payment(_ number: UInt64) throws -> PaymentID {
        let salt = Salt(high: number, low: number)
        return PaymentID(epoch: .first, random: salt, mac: salt)
    }

    static func asset() throws -> Asset { try #require(Asset(code: "DEMO", scale: 2)) }

    static func hash(_ byte: UInt8) throws -> Hash {
        Hash(try #require(Bytes32([UInt8](repeating: byte, count: 32))))
    }

    static func asks() throws -> [Question] {
        var terms = Terms(
            asset: try asset(),
            amount: try #require(Amount(1_250)),
            memo: try #require(Text("coffee"))
        )
        terms.wants = [.shipping]
        terms.items = [.init(text: terms.memo, amount: terms.amount)]
        var policy = PolicyChange()
        (policy.left, policy.pin) = (Amount(7), .above(try #require(Amount(5))))
        policy.picks = [Key(try hash(3).bytes)]
        var other = PolicyChange()
        (other.drops, other.pin) = ([Key(try hash(4).bytes)], .never)
        var profile = ProfileChange()
        (profile.forgets, profile.sets.billing) = ([.shipping], Text("here"))
        let address = try #require(Address([4, 1]))
        return [
            .info, .balances, .pending(after: nil), .pending(after: try payment(9)),
            .history(before: .max, limit: 7), .find([1, 2], before: 5), .follow,
            .listen(true), .listen(false), .call([]), .call([try #require(Address([4, 1]))]),
            .offer(terms, to: try hash(1)),
            .accept(try payment(1), share: [.billing], pin: nil), .particulars(try payment(5)),
            .pin,
            .accept(try payment(1), share: [], pin: [UInt8](repeating: 7, count: 32)),
            .refuse(try payment(2)), .cancel(try payment(3)), .profile(profile), .policy(policy),
            .details(try payment(6)),
            .policy(other), .policy(PolicyChange()), .stop, .office([1, 2, 3]),
            .enrol(Code(secret: 5, root: Key(try hash(3).bytes)), at: address),
            .charge(try asset(), terms.amount, at: address),
            .redeem(try asset(), terms.amount, at: address),
            .redeem(try asset(), terms.amount, at: address, as: .consumed),
            .sync(from: nil, at: address),
            .sync(from: 7, at: address), .renew(at: address), .errands, .toShow,
            .carry(try delivery().0, [try delivery().1], certificates: [[1, 2], [3]]), .meter([5]),
            .show(0, at: address), .show(1_000, at: address),
            .peers(asks: true, at: [address]), .peers(asks: false, at: []),
        ]
    }

    static func errands() throws -> Errands {
        let address = try #require(Address([4, 127, 0, 0, 1, 0, 7]))
        let charge = OpenErrand(
            id: try payment(7),
            word: .charge,
            asset: try asset(),
            amount: Amount(3),
            address: address,
            isSaid: true
        )
        let sync = OpenErrand(
            id: try payment(8),
            word: .sync,
            asset: nil,
            amount: nil,
            address: address,
            isSaid: false
        )
        let waiting = AtOffice(asset: try asset(), waiting: try #require(Amount(70)))
        return Errands(open: [charge, sync], next: 9, revocations: 2, atOffice: waiting)
    }

    static func told() throws -> [Told] {
        let asset = try asset()
        let standing = PaymentStanding(
            try payment(1),
            .held,
            .buyer,
            .init(
                asset: asset,
                amount: try #require(Amount(1)),
                memo: try #require(Text("tea")),
                peer: nil,
                begun: Moment(5)
            ),
            digits: Digits(text: "012345"),
            reason: Text("why"),
            next: "wait"
        )
        let most = try #require(Amount(9))
        let denials: [Denial] = [
            .noSuchPayment, .noSuchAnswer, .inert(try #require(Text("old"))), .noWindow,
            .short(.nothing), .short(.short(most: most)), .short(.window(most: most)),
            .needsPIN(above: most), .noRoom, .tooMany, .refused(try #require(Text("x"))), .held,
            .nothingNew,
        ]
        let news: [News] = [
            .listening(nil), .listening(7), .calling(try hash(1)),
            .here(lookup: try hash(1), name: try hash(2), id: 9_999), .standing(standing),
            .charged(most), try carried(), .served(through: .max), .opened,
            .inert(try #require(Text("old"))),
            .asking(try payment(7)),
        ]
        return [
            .balances([]), .balances([try purse(), Told.Purse(asset: asset, balance: Balance())]),
            .toShow([]), .toShow([ShowingSize(), try size()]),
            .errands(try errands()), .errands(Errands(open: [], next: 1, revocations: 0)),
            .done, .pending([standing], isAll: true), .pending([], isAll: false),
            .news(news),
            .happened(denials.map { .denied($0) }),
            .payments(
                open: [standing],
                over: [Outcome(payment: try payment(4).array, bytes: [1], number: 3)],
                next: 3
            ), .payments(open: [], over: [], next: nil), .fault("it stopped"), .particulars(nil),
            .particulars(try particulars()),
            .pin(.init(salt: [UInt8](repeating: 1, count: 16), left: 5)),
            .wrongPIN(.init(salt: [UInt8](repeating: 2, count: 16), left: 0)), .office([4, 5]),
            .peers([], avahi: nil), .peers([Peer(), try peer()], avahi: .running),
            .meter([6, 7]),
        ]
    }

    /// A delivery of one stick, and what its meter says of it.
    static func delivery() throws -> (Delivery, Stick, MeterReceipt) {
        let (office, meter) = (try signer(1), try signer(2))
        let moment = try #require(Moment(86_400))
        let stick = Stick.object(
            office: office.key,
            owner: meter.key,
            request: try hash(3),
            asset: try asset(),
            units: try #require(Amount(9)),
            spendUntil: try #require(Day(20_000)),
            settleUntil: try #require(Day(20_030)),
            issued: moment
        )
        let issued = try Stick(reading: .signed(stick, by: office))
        let object = Delivery.object(
            office: office.key,
            meter: meter.key,
            number: 4,
            to: .first,
            sticks: [issued.id],
            issued: moment
        )
        let delivery = try Delivery(reading: .signed(object, by: office))
        let content = MeterReceipt.Content(
            number: 4,
            highest: 5,
            pulses: 6,
            states: [MeterReceipt.State(stick: issued.id, .late)],
            registers: [MeterReceipt.Count(stick: issued.id, units: try #require(Amount(2)))],
            moment: moment
        )
        let said = MeterReceipt.object(answering: delivery, content)
        return (delivery, issued, try MeterReceipt(reading: .signed(said, by: meter)))
    }

    static func carried() throws -> News {
        let (_, stick, receipt) = try delivery()
        let object = Register.object(by: receipt.meter, to: receipt.office, stick.id, .zero)
        let register = try Register(reading: .signed(object, by: try signer(2)))
        return .carried(receipt, [register], isAgain: true)
    }

    private static func signer(_ seed: UInt8) throws -> Identity {
        var bytes = [UInt8](repeating: seed, count: 32)
        return try #require(Identity(seed: &bytes))
    }

    static func purse() throws -> Told.Purse {
        var balance = Balance()
        (balance.available, balance.held) = (try #require(Amount(1)), try #require(Amount(2)))
        (balance.overdue, balance.settled) = (try #require(Amount(3)), try #require(Amount(4)))
        (balance.incoming, balance.largest) = (try #require(Amount(5)), try #require(Amount(6)))
        (balance.stranded, balance.tired) = (
            try #require(Amount(7)), try #require(Amount(8))
        )
        (balance.backAtOnce, balance.tiredAtOnce) = (
            try #require(Amount(9)), try #require(Amount(10))
        )
        (balance.tiredPieces, balance.redeemable) = (11, try #require(Amount(12)))
        (balance.consumed, balance.consumedAtOnce) = (
            try #require(Amount(13)), try #require(Amount(14))
        )
        (balance.usable, balance.pulses) = (try #require(Amount(15)), 16)
        let (day, later) = (try #require(Day(20_000)), try #require(Day(20_030)))
        balance.dues = Due.State.allCases.map {
            Due($0, balance.held, spendUntil: day, settleUntil: later)
        }
        return Told.Purse(asset: try asset(), balance: balance)
    }

    static func size() throws -> ShowingSize {
        var (size, other) = (ShowingSize(), ShowingSize())
        (size.links, size.decisions) = (Showing.linksAtMost, Showing.decisionsAtMost)
        (other.claims, other.denials) = (Showing.handoversAtMost, 1)
        size.add(other)
        return size
    }

    static func peer() throws -> Peer {
        var peer = Peer()
        (peer.role, peer.reach, peer.seconds) = (.office, .answers, 9)
        peer.saysRole = .shop
        (peer.says, peer.name) = (Text("Town"), Text("Town Hall"))
        (peer.key, peer.root) = (Key(try hash(8).bytes), Key(try hash(9).bytes))
        (peer.screen, peer.ways) = (4_711, [.avahi, .payment])
        peer.addresses = [try #require(Address([4, 127, 0, 0, 1, 0, 7]))]
        return peer
    }

    static func particulars() throws -> Particulars {
        var told = Particulars()
        (told.key, told.isAnswered, told.wants) = (Key(try hash(8).bytes), true, [.billing])
        told.items = [.init(text: try #require(Text("tea")), amount: try #require(Amount(3)))]
        told.address = Address([4, 127, 0, 0, 1, 0, 7])
        (told.certificates, told.seconds) = ([[1, 2]], 9)
        return told
    }

    @Test func `all that can be asked comes back as it was`() throws {
        let asks = try Self.asks()
        #expect(Set(asks.map { $0.wireBytes(reserving: 64) }).count == asks.count)
        for ask in asks {
            let bytes = ask.wireBytes(reserving: 64)
            #expect(try Question(wireBytes: bytes).wireBytes(reserving: 64) == bytes)
        }
    }

    @Test func `all that can be said comes back as it was`() throws {
        for told in try Self.told() {
            let bytes = told.wireBytes(reserving: 64)
            #expect(try Told(wireBytes: bytes).wireBytes(reserving: 64) == bytes)
        }
    }

    @Test func `what is cut, longer or of another version is no question`() throws {
        for ask in try Self.asks() {
            let bytes = ask.wireBytes(reserving: 64)
            for count in bytes.indices {
                #expect(throws: WireError.self) { try Question(wireBytes: Array(bytes[..<count])) }
            }
            #expect(throws: WireError.self) { try Question(wireBytes: bytes + [0]) }
            var other = bytes
            other[1] += 1
            #expect(throws: WireError.self) { try Question(wireBytes: other) }
        }
    }

    @Test func `random bytes are answered, and never a trap`() throws {
        var state: UInt64 = 7
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let kept =
            try Self.asks().map { $0.wireBytes(reserving: 64) }
            + Self.told().map { $0.wireBytes(reserving: 64) }
        for round in 0..<20_000 {
            var bytes = kept[round % kept.count]
            for _ in 0...(next() % 4) where !bytes.isEmpty {
                bytes[Int(next()) % bytes.count] = UInt8(truncatingIfNeeded: next())
            }
            if let ask = try? Question(wireBytes: bytes) {
                #expect(ask.wireBytes(reserving: 64) == bytes)
            }
            if let told = try? Told(wireBytes: bytes) {
                #expect(told.wireBytes(reserving: 64) == bytes)
            }
        }
    }
}
