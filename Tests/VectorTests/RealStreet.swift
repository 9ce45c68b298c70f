import Certificates
import Money
import Sealing
import StandIns
import Station
import Wire
import Words

/// An office and people with real keys and real certificates, from a seed.
struct RealStreet {
    static let euro = must(Asset(code: "EUR", scale: 2))
    static let now = must(Moment(1_800_000_000))

    var chance: SeededChance
    let root: Identity
    let office: Identity
    private let rootAuthority: Authority
    private let officeAuthority: Authority
    var archive = Archive()
    private(set) var ders: [Key: [UInt8]] = [:]

    init(seed: UInt64) throws {
        chance = SeededChance(seed: seed)
        root = Identity(chance: &chance)
        office = Identity(chance: &chance)
        let (rootKey, officeKey) = (root, office)
        rootAuthority = try Authority.root(
            Self.holder(root.key, [.office]),
            chance: &chance
        ) { rootKey.sign(bytes: $0) }
        let der = try rootAuthority.certify(
            Self.holder(officeKey.key, [.office]),
            chance: &chance
        ) { rootKey.sign(bytes: $0) }
        officeAuthority = try Authority(der: der, issuedBy: root.key) {
            Ed25519().isSigned(bytes: $0, by: $1, with: $2)
        }
        add(der, officeAuthority.certificate)
    }

    var rootDER: [UInt8] { rootAuthority.der }

    private static func holder(
        _ key: Key,
        _ roles: Set<Role>,
        device: DeviceClass = .software,
        notAfter: UInt64 = 1_900_000_000
    ) -> Holder {
        Holder(
            key: key,
            sealingKey: SealingKey(key.bytes),
            roles: roles,
            device: device,
            notBefore: must(Moment(1_700_000_000)),
            notAfter: must(Moment(notAfter))
        )
    }

    private mutating func add(_ der: [UInt8], _ certificate: Certificate) {
        archive.add(certificate: der, of: certificate)
        ders[certificate.key] = der
    }

    mutating func person(
        device: DeviceClass = .software,
        notAfter: UInt64 = 1_900_000_000
    ) throws -> Identity {
        let identity = Identity(chance: &chance)
        try certify(identity, device: device, notAfter: notAfter)
        return identity
    }

    mutating func certify(
        _ identity: Identity,
        device: DeviceClass = .software,
        notAfter: UInt64 = 1_900_000_000
    ) throws {
        let office = self.office
        let der = try officeAuthority.certify(
            Self.holder(identity.key, [.wallet], device: device, notAfter: notAfter),
            chance: &chance
        ) { office.sign(bytes: $0) }
        add(der, try Checks.real.certificate(der, issuedBy: office.key))
    }

    /// An office whose certificate an office issued, which no office of ours would write: that
    /// of an office under the root, with the issuer's name and key exchanged, signed anew.
    func officeUnderOffice() throws -> [UInt8] {
        var chance = self.chance
        let (rootKey, officeKey) = (root, office)
        let other = Identity(chance: &chance)
        var der = try rootAuthority.certify(Self.holder(other.key, [.office]), chance: &chance) {
            rootKey.sign(bytes: $0)
        }
        let model = try officeAuthority.certify(
            Self.holder(other.key, [.wallet]),
            chance: &chance
        ) { officeKey.sign(bytes: $0) }
        let (mine, theirs) = (IssuerParts(model), IssuerParts(der))
        precondition(mine.name.count == theirs.name.count, "names have one length")
        der.replaceSubrange(theirs.name, with: model[mine.name])
        der.replaceSubrange(theirs.keyID, with: model[mine.keyID])
        let signature = officeKey.sign(bytes: Array(der[theirs.signed]))
        der.replaceSubrange((der.count - 64)..., with: signature.array)
        return der
    }

    mutating func stick(
        _ units: UInt64,
        to owner: Identity,
        by signer: Identity? = nil,
        days: UInt64 = 30
    ) throws -> Stick {
        let day = Self.now.day
        let object = Stick.object(
            office: (signer ?? office).key,
            owner: owner.key,
            request: hash("request \(units)"),
            asset: Self.euro,
            units: must(Amount(units)),
            spendUntil: must(day.advanced(by: days)),
            settleUntil: must(day.advanced(by: days + 30)),
            issued: Self.now
        )
        let stick = try Stick(reading: .signed(object, by: signer ?? office))
        archive.add(stick)
        return stick
    }

    func window(for holder: Identity, by signer: Identity? = nil) throws -> Window {
        try window(for: holder, terms, by: signer)
    }

    func window(
        for holder: Identity,
        _ terms: Window.Terms,
        by signer: Identity? = nil
    ) throws -> Window {
        let object = Window.object(office: (signer ?? office).key, holder: holder.key, terms)
        return try Window(reading: .signed(object, by: signer ?? office))
    }

    var terms: Window.Terms {
        Window.Terms(
            epoch: .first,
            asset: Self.euro,
            device: .software,
            largest: must(Amount(50_000)),
            ceiling: must(Amount(100_000)),
            guarantee: must(Amount(2_000)),
            firstCounter: 1,
            notBefore: must(Moment(1_790_000_000)),
            notAfter: must(Moment(1_810_000_000)),
            issued: Self.now
        )
    }

    mutating func payment() -> PaymentID {
        PaymentID(epoch: .first, random: chance.salt(), mac: chance.salt())
    }

    /// A signed handover, every link of which the archive knows afterwards.
    mutating func handover(
        _ entries: [Entry],
        from payer: Identity,
        to payee: Key,
        counter: UInt64 = 1,
        payment: PaymentID? = nil,
        total: UInt64 = 0,
        previous: Hash? = nil
    ) -> Handover {
        let privates = Privates(
            payment: payment ?? self.payment(),
            offer: hash("offer"),
            window: hash("window"),
            total: must(Amount(total)),
            previous: previous
        )
        let handover = Handover(
            by: payer,
            to: payee,
            at: Place(epoch: .first, counter: counter),
            entries: entries,
            privates: privates,
            salts: (0..<PrivateLeaf.count).map { _ in chance.salt() }
        )
        for number in entries.indices { archive.add(handover.link(number)) }
        return handover
    }

    func abort(_ payment: PaymentID, by payee: Identity, to payer: Key) throws -> Abort {
        let object = Abort.object(by: payee.key, to: payer, payment: payment)
        return try Abort(reading: .signed(object, by: payee))
    }
}

func must<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a vector's own value is well made") }
    return value
}

func hash(_ name: String) -> Hash { Digest.hash(Digest.Domain("test"), Array(name.utf8)) }

extension Stick {
    func entry(_ lo: UInt64, _ hi: UInt64, releases: [Abort] = []) -> Entry {
        Entry(stick: id, units: must(Units(lo, hi)), parent: nil, releases: releases)
    }
}

extension Handover {
    func entry(_ number: Int, _ lo: UInt64, _ hi: UInt64, releases: [Abort] = []) -> Entry {
        Entry(
            stick: entries[number].stick,
            units: must(Units(lo, hi)),
            parent: EntryReference(hash, number),
            releases: releases
        )
    }
}
