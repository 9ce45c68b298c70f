import Commit
import Money
import StandIns
import Wire
import Words

func must<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a test's own value is well made") }
    return value
}

func must<Value>(_ make: @autoclosure () throws -> Value) -> Value {
    guard let value = try? make() else { preconditionFailure("a test's own value is well made") }
    return value
}

/// Everything that is said in one payment of 40, by stand-ins: what the machines are fed with.
struct Story {
    let office = StandInSigner("office")
    let seller = StandInSigner("seller")
    let buyer = StandInSigner("buyer")
    let oneTime = StandInSigner("one-time")
    let asset = must(Asset(code: "EUR", scale: 2))
    let moment = must(Moment(1_800_000_000))
    let payment = Story.payment(7)
    let otherPayment = Story.payment(8)
    let address = must(Address([1]))
    let sealingKey = SealingKey(Bytes32(repeating: 5))
    /// For how long the offer stands.
    static let stands: UInt64 = 60_000

    static func payment(_ number: UInt64) -> PaymentID {
        PaymentID(
            epoch: .first,
            random: Salt(high: 0, low: number),
            mac: Salt(high: 0, low: number)
        )
    }

    static func salts(_ number: UInt64) -> [Salt] {
        (0..<PrivateLeaf.count).map { Salt(high: number, low: UInt64($0)) }
    }

    var lookup: Lookup {
        let promise = Lookup.promise(
            nonce: Salt(high: 1, low: 1),
            seller: seller.key,
            sealingKey: sealingKey
        )
        return Lookup(sealingKey: sealingKey, promise: promise)
    }

    var here: Here {
        let object = Here.object(by: oneTime.key, to: lookup, nonce: Salt(high: 2, low: 2), id: 42)
        return must(try Here(reading: .signed(object, by: oneTime)))
    }

    func offer(_ memo: String = "coffee") -> Offer {
        var terms = Terms(asset: asset, amount: must(Amount(40)), memo: must(Text(memo)))
        terms.seconds = Self.stands / 1_000
        let object = Offer.object(
            by: seller.key,
            answering: here,
            payment: payment,
            nonce: Salt(high: 1, low: 1),
            terms: terms,
            certificates: [],
            name: nil
        )
        return must(try Offer(reading: .signed(object, by: seller)))
    }

    var digits: Digits {
        Digits(
            sellerNonce: Salt(high: 1, low: 1),
            buyerNonce: here.nonce,
            seller: seller.key,
            oneTime: oneTime.key
        )
    }

    var stick: Stick {
        let object = Stick.object(
            office: office.key,
            owner: buyer.key,
            request: Hash(Bytes32(repeating: 1)),
            asset: asset,
            units: must(Amount(100)),
            spendUntil: must(moment.day.advanced(by: 30)),
            settleUntil: must(moment.day.advanced(by: 60)),
            issued: moment
        )
        return must(try Stick(reading: .signed(object, by: office)))
    }

    var window: Window {
        let most = must(Amount(1_000))
        let terms = Window.Terms(
            epoch: .first,
            asset: asset,
            device: .software,
            largest: most,
            ceiling: most,
            guarantee: .zero,
            firstCounter: 0,
            notBefore: must(Moment(0)),
            notAfter: must(Moment(1_900_000_000)),
            issued: moment
        )
        let object = Window.object(office: office.key, holder: buyer.key, terms)
        return must(try Window(reading: .signed(object, by: office)))
    }

    var piece: Piece {
        Piece(
            Holding(stick: stick.id, units: must(Units(0, 40)), parent: nil),
            asset: asset,
            spendUntil: stick.spendUntil,
            hops: 0
        )
    }

    var accept: Accept { accept(offer()) }

    /// One that answers another offer than the one that is out.
    var strayAccept: Accept { accept(offer("tea")) }

    private func accept(_ offer: Offer) -> Accept {
        let proposal = Proposal(
            payer: buyer.key,
            asset: asset,
            amount: must(Amount(40)),
            entries: [piece.entry(piece.units)],
            certificates: [],
            sticks: [stick],
            links: [],
            window: window
        )
        let object = Accept.object(
            answering: offer,
            shipping: nil,
            billing: nil,
            proposal: proposal
        )
        return must(try Accept(reading: .signed(object, by: buyer)))
    }

    var deal: Deal { deal(with: seller.key) }

    func deal(with peer: Key) -> Deal {
        Deal(
            offer: offer().hash,
            asset: asset,
            amount: must(Amount(40)),
            memo: must(Text("coffee")),
            peer: peer,
            sealingKey: sealingKey,
            certificates: [],
            name: nil,
            address: address,
            begun: moment
        )
    }

    var privates: Privates {
        Privates(
            payment: payment,
            offer: offer().hash,
            window: window.id,
            total: must(Amount(40)),
            previous: nil
        )
    }

    /// The handover, and another one that the buyer might have signed.
    func handover(_ counter: UInt64 = 3) -> Handover {
        Handover(
            by: buyer,
            to: seller.key,
            at: Place(epoch: .first, counter: counter),
            entries: [piece.entry(piece.units)],
            privates: privates,
            salts: Self.salts(counter)
        )
    }

    func commit(_ handover: Handover, of payment: PaymentID) -> Commit {
        let object = Commit.object(
            by: seller.key,
            to: buyer.key,
            payment: payment,
            handover: handover.hash,
            receipt: Receipt(
                offer: offer().hash,
                asset: asset,
                amount: must(Amount(40)),
                moment: moment
            )
        )
        return must(try Commit(reading: .signed(object, by: seller)))
    }

    func abort(_ payment: PaymentID) -> Abort {
        let object = Abort.object(by: seller.key, to: buyer.key, payment: payment)
        return must(try Abort(reading: .signed(object, by: seller)))
    }

    func committed(_ commit: Commit) -> Committed {
        let object = Committed.object(
            by: buyer.key,
            to: seller.key,
            payment: payment,
            decision: commit.signed.object.hash
        )
        return must(try Committed(reading: .signed(object, by: buyer)))
    }

    func refuse(_ offer: Offer) -> Refuse {
        let object = Refuse.object(answering: offer, reason: Reason.person)
        return must(try Refuse(reading: .signed(object, by: oneTime)))
    }

    func decline(_ accept: Accept) -> Decline {
        let object = Decline.object(
            by: seller.key,
            answering: accept,
            reason: Reason.short,
            floor: nil
        )
        return must(try Decline(reading: .signed(object, by: seller)))
    }

    /// What the seller checked of the proposal; the machine only hands it on.
    var shown: Shown {
        let certificate = Certificate(
            key: buyer.key,
            sealingKey: sealingKey,
            issuer: office.key,
            serial: Salt(high: 1 << 62, low: 1),
            roles: [.wallet],
            device: .software,
            notBefore: must(Moment(0)),
            notAfter: must(Moment(1_900_000_000))
        )
        return Shown(lineages: [], certified: [], buyer: certificate)
    }
}

/// Drives one machine, and writes down what it orders.
protocol Bench {
    associatedtype Input: RawRepresentable<String>, CaseIterable, Hashable
    associatedtype Machine: Hashable
    var machine: Machine { get }
    /// The word for where the machine stands.
    var state: String { get }
    mutating func feed(_ input: Input, at milliseconds: UInt64) -> [Effect]
}

extension Bench {
    /// The effects as a transcript has them.
    static func lines(_ effects: [Effect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .record(let mark): "record " + word(mark)
            case .send(let letter): "send " + name(letter)
            case .wake(let ticks): "wake \(ticks.milliseconds)ms"
            }
        }
    }

    private static func word(_ mark: Mark) -> String {
        switch mark {
        case .held: "held"
        case .bought, .paid: "paid"
        case .kept, .cancelled: "cancelled"
        case .complete: "complete"
        }
    }

    private static func name(_ letter: Letter) -> String {
        let kind =
            switch letter.message.object.kind {
            case .handover: "AGREED"
            case .commitRequest: "COMMIT-REQUEST"
            case let kind: "\(kind)".uppercased()
            }
        switch letter.cover {
        case .back: return kind
        case .again: return kind + " again"
        case .everywhere: return kind + " everywhere"
        }
    }

    /// Feeds a script of `TIME INPUT` lines, and gives it back with what was ordered.
    mutating func transcript(_ script: String) -> String {
        var lines: [String] = []
        for line in script.split(separator: "\n") {
            let (time, word) = must(Self.parts(line))
            let input = must(Input(rawValue: word))
            lines.append("\(time)ms ".padded(to: 8) + word)
            let effects = Self.lines(feed(input, at: time))
            lines += effects.map { "            " + $0 }
            lines.append("        = " + state)
        }
        return lines.joined(separator: "\n")
    }

    private static func parts(_ line: Substring) -> (UInt64, String)? {
        guard let end = line.firstRange(of: "ms ") else { return nil }
        guard let time = UInt64(line[..<end.lowerBound]) else { return nil }
        return (time, String(line[end.upperBound...].drop { $0 == " " }))
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

/// When it is, with a jitter that leaves the first wait at 100 ms.
func instant(_ milliseconds: UInt64) -> Instant {
    Instant(
        Time(ticks: Ticks(milliseconds: milliseconds), moment: Story().moment),
        jitter: 20
    )
}
