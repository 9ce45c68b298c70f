import Money
import Wallet
import Wire
import Words

/// The office as a world begins with it: it certifies keys, opens windows and issues sticks,
/// and is not heard of again.
struct Office {
    static let euro = asset("EUR")
    /// In hundredths: so a chart writes 7.00 where it is seven of them.
    static let wattHour = asset("Wh")
    static let dawn = Dates.dawn

    private let craft: any Craft
    let certificate: Certified

    init(_ craft: any Craft) {
        self.craft = craft
        certificate = Certified(key: craft.office.key, issuer: craft.root, der: craft.paper)
    }

    func owner(_ tools: PeerTools) -> Wallet.Owner {
        let own = Certified(
            key: tools.key,
            issuer: craft.office.key,
            der: craft.certify(tools)
        )
        return Wallet.Owner(
            key: tools.key,
            root: craft.root,
            epoch: .first,
            certificates: [own, certificate],
            name: nil
        )
    }

    /// The wishes by which a new wallet comes to its window and its money.
    func gifts(to owner: Wallet.Owner, _ scenario: Scenario, sticks: Int) -> [Wish] {
        var wishes = [Wish.open(window(of: owner.key), certificates: [certificate.der])]
        for number in 0..<sticks {
            let stick = stick(of: owner.key, number, scenario.units)
            // A stick is its owner's provenance: his own certificate belongs to it.
            wishes.append(.charge(stick, certificates: owner.certificates.map(\.der)))
        }
        return wishes
    }

    /// The same papers, for somebody who does not ask a wallet what may be done with them.
    func papers(of owner: Wallet.Owner, _ scenario: Scenario, sticks: Int) -> Crook.Papers {
        Crook.Papers(
            window: window(of: owner.key),
            sticks: (0..<sticks).map { stick(of: owner.key, $0, scenario.units) },
            certificates: owner.certificates
        )
    }

    /// Its own certificate, for those who get a paper of its.
    var certificates: [[UInt8]] { [certificate.der] }

    /// What this key signs beyond so many handovers is good for nothing.
    func revoke(_ key: Key, after counter: UInt64, at now: UInt64) -> Revocation {
        guard let reason = Text("it paid twice") else { preconditionFailure("a reason is a text") }
        let object = Revocation.object(
            office: craft.office.key,
            key: key,
            lastGood: Place(epoch: .first, counter: counter),
            reason: reason,
            issued: Self.moment(Self.dawn.seconds + now / 1_000)
        )
        return made(Revocation.self, object)
    }

    private func window(of key: Key) -> Window {
        let terms = Window.Terms(
            epoch: .first,
            asset: Self.euro,
            device: .software,
            largest: .largest,
            ceiling: .largest,
            guarantee: Self.amount(2_000),
            firstCounter: 1,
            notBefore: Self.moment(1_790_000_000),
            notAfter: Self.moment(1_810_000_000),
            issued: Self.dawn
        )
        let object = Window.object(office: craft.office.key, holder: key, terms)
        return made(Window.self, object)
    }

    private func stick(of key: Key, _ number: Int, _ units: UInt64) -> Stick {
        let day = Self.dawn.day
        guard let spend = day.advanced(by: 30), let settle = day.advanced(by: 60) else {
            preconditionFailure("the world begins long before the end of time")
        }
        let object = Stick.object(
            office: craft.office.key,
            owner: key,
            request: Digest.hash(
                Digest.Domain("sim request"),
                key.bytes.array + [UInt8(number & 255)]
            ),
            asset: Self.euro,
            units: Self.amount(units),
            spendUntil: spend,
            settleUntil: settle,
            issued: Self.dawn
        )
        return made(Stick.self, object)
    }

    private func made<Paper: Statement>(_: Paper.Type, _ object: Object) -> Paper {
        let signed = SignedObject(object, craft.office.sign(object.hash))
        guard let paper = try? Paper(reading: signed) else {
            preconditionFailure("the office's own papers can be read")
        }
        return paper
    }

    static func moment(_ seconds: UInt64) -> Moment { Dates.moment(seconds) }

    static func amount(_ units: UInt64) -> Amount {
        guard let amount = Amount(min(units, Limits.amountUnits)) else {
            preconditionFailure("no amount beyond the largest")
        }
        return amount
    }

    private static func asset(_ code: String) -> Asset {
        guard let asset = Asset(code: code, scale: 2) else {
            preconditionFailure("some letters are a code")
        }
        return asset
    }
}
