internal import Certificates
internal import Money
internal import Sealing
internal import Wire
internal import Words

/// Where the demo's keys come from: the system, or a number for a transcript that repeats.
enum DemoChance: Chance {
    case system(SystemChance)
    case seeded(seed: UInt64, drawn: UInt64)

    mutating func bytes(_ count: Int) -> [UInt8] {
        switch self {
        case .system(var chance):
            return chance.bytes(count)
        case .seeded(let seed, var drawn):
            var bytes: [UInt8] = []
            while bytes.count < count {
                let block = bigEndianBytes(seed) + bigEndianBytes(drawn)
                bytes += Digest.hash(Self.domain, block).bytes.array
                drawn += 1
            }
            self = .seeded(seed: seed, drawn: drawn)
            return Array(bytes.prefix(count))
        }
    }

    mutating func salt() -> Salt {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        let drawn = bytes(16)
        return Salt(high: word(drawn[..<8]), low: word(drawn[8...]))
    }

    private static let domain = Digest.Domain("tally demo")
}

/// Somebody with a wallet, as far as the demo needs one: real keys, a certificate, pieces, and
/// what it knows of others.
struct Person {
    let name: String
    let ring: KeyRing
    let der: [UInt8]
    let certificate: Certificate
    let window: Window
    var purse = Purse()
    var archive: Archive
    var seen = Seen()
    var counter: UInt64 = 0
    var total = Amount.zero
    var previous: Hash?

    var key: Key { ring.identity.key }

    init(
        _ name: String,
        _ ring: KeyRing,
        _ der: [UInt8],
        _ certificate: Certificate,
        _ window: Window,
        office: Authority
    ) {
        (self.name, self.ring, self.der) = (name, ring, der)
        (self.certificate, self.window) = (certificate, window)
        archive = Archive()
        archive.add(certificate: office.der, of: office.certificate)
        archive.add(certificate: der, of: certificate)
    }

    func balance(_ asset: Asset) -> Amount { purse.balance(asset) ?? .largest }

    func chooser(_ today: Day) -> Chooser {
        Chooser(
            payer: key,
            window: window,
            caps: Caps(),
            today: today,
            spent: total,
            archive: archive
        )
    }

    func payee(_ root: Key, _ now: Moment, _ asset: Asset, _ amount: Amount) -> Payee {
        var payee = Payee(key: key, root: root, now: now, asset: asset, amount: amount)
        payee.held = purse.pieces.map(\.holding)
        payee.seen = seen
        return payee
    }

    /// Signs the handover of those entries, above everything signed before.
    mutating func handOver(
        _ entries: [Entry],
        to payee: Key,
        _ payment: PaymentID,
        offer: Hash,
        _ chance: inout DemoChance
    ) -> Handover {
        counter += 1
        total = entries.reduce(total) { $0.adding($1.units.count) ?? .largest }
        let privates = Privates(
            payment: payment,
            offer: offer,
            window: window.id,
            total: total,
            previous: previous
        )
        var salts: [Salt] = []
        for _ in 0..<PrivateLeaf.count { salts.append(chance.salt()) }
        let handover = Handover(
            by: ring.identity,
            to: payee,
            at: Place(epoch: window.terms.epoch, counter: counter),
            entries: entries,
            privates: privates,
            salts: salts
        )
        previous = handover.hash
        return handover
    }

    /// Remembers whatever a proposal showed, once it was checked under these issuers.
    mutating func learn(_ proposal: Proposal, from issuers: [Key]) {
        for der in proposal.provenance.certificates {
            for issuer in issuers {
                let certificate = try? Checks.real.certificate(der, issuedBy: issuer)
                if let certificate { archive.add(certificate: der, of: certificate) }
            }
        }
        for link in proposal.provenance.links {
            seen.learn(link)
            archive.add(link)
        }
        for stick in proposal.provenance.sticks { archive.add(stick) }
    }
}

/// The demo office with its root, and the day on which all of this happens.
struct DemoOffice {
    let root: KeyRing
    let office: KeyRing
    let rootAuthority: Authority
    let authority: Authority
    let now: Moment
    let asset: Asset

    init(
        _ now: Moment,
        _ chance: inout DemoChance,
        asset: Asset? = Asset(code: "EUR", scale: 2)
    ) throws {
        (root, office) = (KeyRing(chance: &chance), KeyRing(chance: &chance))
        let (rootKeys, keys) = (root.identity, office.identity)
        self.now = now
        self.asset = try found(asset)
        rootAuthority = try Authority.root(
            Self.holder(root, [.office], now, days: 3_650),
            chance: &chance,
            sign: { rootKeys.sign(bytes: $0) }
        )
        let der = try rootAuthority.certify(
            Self.holder(office, [.office], now, days: 1_000),
            chance: &chance,
            sign: { rootKeys.sign(bytes: $0) }
        )
        authority = try Checks.office(der, by: rootKeys.key)
        precondition(authority.certificate.key == keys.key, "the office is who was certified")
    }

    static func holder(
        _ ring: KeyRing,
        _ roles: Set<Role>,
        _ now: Moment,
        days: UInt64
    ) throws -> Holder {
        Holder(
            key: ring.identity.key,
            sealingKey: ring.sealing.key,
            roles: roles,
            notBefore: now,
            notAfter: try found(now.advanced(by: days * Limits.secondsPerDay))
        )
    }

    /// Certifies somebody and lets him pay up to 25.00 at once.
    func person(_ name: String, _ chance: inout DemoChance) throws -> Person {
        let (ring, keys) = (KeyRing(chance: &chance), office.identity)
        let der = try authority.certify(
            Self.holder(ring, [.wallet], now, days: 365),
            chance: &chance,
            sign: { keys.sign(bytes: $0) }
        )
        let certificate = try Checks.real.certificate(der, issuedBy: keys.key)
        let terms = Window.Terms(
            epoch: .first,
            asset: asset,
            device: .software,
            largest: try asset.amount("25.00"),
            ceiling: try asset.amount("100.00"),
            guarantee: try asset.amount("10.00"),
            firstCounter: 1,
            notBefore: now,
            notAfter: try found(now.advanced(by: 60 * Limits.secondsPerDay)),
            issued: now
        )
        let object = Window.object(office: keys.key, holder: ring.identity.key, terms)
        let window = try Window(reading: .signed(object, by: keys))
        return Person(name, ring, der, certificate, window, office: authority)
    }

    /// A stick, signed by the office or by whoever says that it is one.
    func stick(
        _ amount: Amount,
        to owner: Key,
        by issuer: Identity,
        _ chance: inout DemoChance,
        at moment: Moment? = nil
    ) throws -> Stick {
        let issued = moment ?? now
        let day = issued.day
        let object = Stick.object(
            office: issuer.key,
            owner: owner,
            request: Hash(try found(Bytes32(chance.bytes(32)))),
            asset: asset,
            units: amount,
            spendUntil: try found(day.advanced(by: 30)),
            settleUntil: try found(day.advanced(by: 60)),
            issued: issued
        )
        return try Stick(reading: .signed(object, by: issuer))
    }
}

/// The demo's own values are well made; one that is not ends it with an error of its own.
struct DemoFault: Error {
    let what: String
}

func found<Value>(_ value: Value?, _ what: String = "a value of the demo") throws -> Value {
    guard let value else { throw DemoFault(what: "\(what) is not there") }
    return value
}
