import Disks
import Money
import StandIns
import Wallet
import Wire
import Words

/// The office as a world begins with it: it certifies keys, opens windows and issues sticks,
/// and is not heard of again.
struct Office {
    static let root = StandInSigner("root")
    static let office = StandInSigner("office")
    static let euro = asset("EUR")
    /// When every world begins.
    static let dawn = moment(1_800_000_000)

    private let certificate: Certified

    init() {
        certificate = Self.certify(
            Self.office.key,
            SealingKey(Self.office.key.bytes),
            by: Self.root,
            as: .office
        )
    }

    func owner(_ keys: StandInKeys) -> Wallet.Owner {
        let key = keys.identity.key
        let own = Self.certify(key, keys.sealing, by: Self.office, as: .wallet)
        return Wallet.Owner(
            key: key,
            root: Self.root.key,
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
        let object = Window.object(office: Self.office.key, holder: key, terms)
        return Self.made(Window.self, object)
    }

    private func stick(of key: Key, _ number: Int, _ units: UInt64) -> Stick {
        let day = Self.dawn.day
        guard let spend = day.advanced(by: 30), let settle = day.advanced(by: 60) else {
            preconditionFailure("the world begins long before the end of time")
        }
        let object = Stick.object(
            office: Self.office.key,
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
        return Self.made(Stick.self, object)
    }

    private static func made<Paper: Statement>(_: Paper.Type, _ object: Object) -> Paper {
        guard let paper = try? Paper(reading: .signed(object, by: office)) else {
            preconditionFailure("the office's own papers can be read")
        }
        return paper
    }

    private static func certify(
        _ key: Key,
        _ sealing: SealingKey,
        by issuer: StandInSigner,
        as role: Role
    ) -> Certified {
        let certificate = Certificate(
            key: key,
            sealingKey: sealing,
            issuer: issuer.key,
            serial: Salt(high: 7, low: key.bytes.words.0),
            roles: [role],
            device: .software,
            notBefore: moment(1_700_000_000),
            notAfter: moment(1_900_000_000)
        )
        let der = StandInCertificate(certificate, by: issuer).wireBytes
        return Certified(key: key, issuer: issuer.key, der: der)
    }

    static func moment(_ seconds: UInt64) -> Moment {
        guard let moment = Moment(min(seconds, Limits.momentSeconds)) else {
            preconditionFailure("no second beyond the last")
        }
        return moment
    }

    static func amount(_ units: UInt64) -> Amount {
        guard let amount = Amount(min(units, Limits.amountUnits)) else {
            preconditionFailure("no amount beyond the largest")
        }
        return amount
    }

    private static func asset(_ code: String) -> Asset {
        guard let asset = Asset(code: code, scale: 2) else {
            preconditionFailure("three letters are a code")
        }
        return asset
    }
}
