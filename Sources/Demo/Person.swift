internal import Certificates
internal import Homes
internal import Money
internal import Sealing
internal import Station
internal import Wire
internal import Words

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

extension DemoOffice {
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
}
