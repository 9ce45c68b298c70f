import Money
import StandIns
import Wire
import Words

/// An office and the people of a street, with stand-in cryptography: what the tests of Money
/// are told with.
struct Street {
    static let euro = Asset(code: "EUR", scale: 2)!
    static let now = Moment(1_800_000_000)!
    static let today = now.day

    let root = StandInSigner("root")
    let office = StandInSigner("office")
    var chance = SeededChance(seed: 1)
    let checking = StandInChecking()
    private(set) var archive = Archive()
    private(set) var ders: [Key: [UInt8]] = [:]

    init() {
        certify(office, by: root, roles: [.office])
    }

    /// A person with a certificate from the office.
    @discardableResult
    mutating func person(_ name: String, device: DeviceClass = .software) -> StandInSigner {
        let signer = StandInSigner(name)
        certify(signer, by: office, roles: [.wallet], device: device)
        return signer
    }

    @discardableResult
    mutating func certify(
        _ signer: StandInSigner, by issuer: StandInSigner, roles: Set<Role>,
        device: DeviceClass = .software, notAfter: Moment = Moment(1_900_000_000)!
    ) -> [UInt8] {
        let certificate = Certificate(
            key: signer.key, sealingKey: SealingKey(signer.key.bytes), issuer: issuer.key,
            serial: Salt(high: 7, low: UInt64(signer.key.bytes.words.0)), roles: roles,
            device: device, notBefore: Moment(1_700_000_000)!, notAfter: notAfter)
        let der = StandInCertificate(certificate, by: issuer).wireBytes
        archive.add(certificate: der, of: certificate)
        ders[signer.key] = der
        return der
    }

    /// A stick of `units` for its owner.
    mutating func stick(
        _ units: UInt64, to owner: StandInSigner, asset: Asset = Street.euro, days: UInt64 = 30,
        request: String = "request"
    ) -> Stick {
        let object = Stick.object(
            office: office.key, owner: owner.key, request: hash(request), asset: asset,
            units: Amount(units)!, spendUntil: Street.today.advanced(by: days)!,
            settleUntil: Street.today.advanced(by: days + 30)!, issued: Street.now)
        let stick = made(Stick.self, .signed(object, by: office))
        archive.add(stick)
        return stick
    }

    func window(
        for holder: StandInSigner, largest: UInt64 = 50_000, ceiling: UInt64 = 100_000,
        epoch: UInt64 = 1, firstCounter: UInt64 = 1, asset: Asset = Street.euro,
        device: DeviceClass = .software
    ) -> Window {
        let terms = Window.Terms(
            epoch: Epoch(epoch)!, asset: asset, device: device, largest: Amount(largest)!,
            ceiling: Amount(ceiling)!, guarantee: Amount(2_000)!, firstCounter: firstCounter,
            notBefore: Moment(1_790_000_000)!, notAfter: Moment(1_810_000_000)!,
            issued: Street.now)
        return made(
            Window.self, .signed(Window.object(office: office.key, holder: holder.key, terms), by: office))
    }

    mutating func payment(epoch: UInt64 = 1) -> PaymentID {
        PaymentID(epoch: Epoch(epoch)!, random: chance.salt(), mac: chance.salt())
    }

    /// A signed handover, every link of which the archive knows afterwards.
    mutating func handover(
        _ entries: [Entry], from payer: StandInSigner, to payee: StandInSigner,
        counter: UInt64 = 1, epoch: UInt64 = 1, payment: PaymentID? = nil,
        total: UInt64 = 0, previous: Hash? = nil, window: Window? = nil
    ) -> Handover {
        let privates = Privates(
            payment: payment ?? self.payment(), offer: hash("offer"),
            window: window?.id ?? hash("window"), total: Amount(total)!, previous: previous)
        let salts = (0..<PrivateLeaf.count).map { _ in chance.salt() }
        let handover = Handover(
            by: payer, to: payee.key, at: Place(epoch: Epoch(epoch)!, counter: counter),
            entries: entries, privates: privates, salts: salts)
        for number in entries.indices { archive.add(handover.link(number)) }
        return handover
    }

    func abort(_ payment: PaymentID, by payee: StandInSigner, to payer: StandInSigner) -> Abort {
        made(
            Abort.self,
            .signed(Abort.object(by: payee.key, to: payer.key, payment: payment), by: payee))
    }

    func commit(
        _ payment: PaymentID, _ handover: Handover, by payee: StandInSigner,
        to payer: StandInSigner
    ) -> Commit {
        let receipt = Receipt(
            offer: hash("offer"), asset: Street.euro, amount: handover.sum!, moment: Street.now)
        let object = Commit.object(
            by: payee.key, to: payer.key, payment: payment, handover: handover.hash,
            receipt: receipt)
        return made(Commit.self, .signed(object, by: payee))
    }

    func revocation(of key: Key, epoch: UInt64, lastGood: UInt64) -> Revocation {
        let object = Revocation.object(
            office: office.key, key: key,
            lastGood: Place(epoch: Epoch(epoch)!, counter: lastGood), reason: Text("fork")!,
            issued: Street.now)
        return made(Revocation.self, .signed(object, by: office))
    }

    func payee(_ signer: StandInSigner, amount: UInt64) -> Payee {
        Payee(
            key: signer.key, root: root.key, now: Street.now, asset: Street.euro,
            amount: Amount(amount)!)
    }
}

func made<Made: Statement>(_ type: Made.Type, _ signed: SignedObject) -> Made {
    do {
        return try Made(reading: signed)
    } catch {
        preconditionFailure("a well-made \(type) reads: \(error)")
    }
}

func hash(_ name: String) -> Hash { Digest.hash(Digest.Domain("test"), Array(name.utf8)) }

func units(_ lo: UInt64, _ hi: UInt64) -> Units { Units(lo, hi)! }

extension Stick {
    /// An entry cut from the stick itself.
    func entry(_ lo: UInt64, _ hi: UInt64, releases: [Abort] = []) -> Entry {
        Entry(stick: id, units: Money.Units(lo, hi)!, parent: nil, releases: releases)
    }
}

extension Handover {
    /// An entry cut from one of this handover's.
    func entry(_ number: Int, _ lo: UInt64, _ hi: UInt64, releases: [Abort] = []) -> Entry {
        Entry(
            stick: entries[number].stick, units: Money.Units(lo, hi)!,
            parent: EntryReference(hash, number), releases: releases)
    }
}
