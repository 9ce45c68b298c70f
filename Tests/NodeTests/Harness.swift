import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

func must<Value>(_ value: Value?, _ comment: Comment = "needed by the test") -> Value {
    guard let value else { preconditionFailure("\(comment)") }
    return value
}

/// An office of stand-ins, and what it signs.
struct Office {
    let root = StandInSigner("root")
    let signer = StandInSigner("office")
    let asset = must(Asset(code: "EUR", scale: 2))
    let now = must(Moment(20_000 * 86_400))

    var certificate: Certified { certify(signer, by: root, roles: [.office], name: "office") }

    func certify(
        _ holder: StandInSigner,
        by issuer: StandInSigner,
        roles: Set<Role> = [.wallet],
        name: String,
        days: UInt64 = 40_000
    ) -> Certified {
        let certificate = Certificate(
            key: holder.key,
            sealingKey: StandInKeys(name).sealing,
            issuer: issuer.key,
            serial: Salt(high: 1 << 62, low: UInt64(name.count)),
            roles: roles,
            device: .software,
            notBefore: must(Moment(0)),
            notAfter: must(Moment(days * 86_400))
        )
        return Certified(
            key: holder.key,
            issuer: issuer.key,
            der: StandInCertificate(certificate, by: issuer).wireBytes
        )
    }

    func stick(_ units: UInt64, to key: Key, request: UInt8, days: UInt64 = 30) -> Stick {
        let object = Stick.object(
            office: signer.key,
            owner: key,
            request: Hash(Bytes32(repeating: request)),
            asset: asset,
            units: must(Amount(units)),
            spendUntil: must(now.day.advanced(by: days)),
            settleUntil: must(now.day.advanced(by: days + 30)),
            issued: now
        )
        return must(try? Stick(reading: .signed(object, by: signer)))
    }

    func window(
        for key: Key,
        largest: UInt64 = 1_000_000,
        ceiling: UInt64 = 10_000_000,
        issuedAfter seconds: UInt64 = 0,
        days: ClosedRange<UInt64> = 0...40_000,
        epoch: Epoch = .first
    ) -> Window {
        let terms = Window.Terms(
            epoch: epoch,
            asset: asset,
            device: .software,
            largest: must(Amount(largest)),
            ceiling: must(Amount(ceiling)),
            guarantee: must(Amount(0)),
            firstCounter: 0,
            notBefore: must(Moment(days.lowerBound * 86_400)),
            notAfter: must(Moment(days.upperBound * 86_400)),
            issued: must(Moment(now.seconds + seconds))
        )
        let object = Window.object(office: signer.key, holder: key, terms)
        return must(try? Window(reading: .signed(object, by: signer)))
    }
}

/// What one node sent, as its desk was asked to seal it.
struct Said: Hashable {
    let by: String
    let message: SignedObject
}

/// One wallet's node in the hands of a test.
final class Party {
    let name: String
    let street: Street
    let keys: StandInKeys
    let address: Address
    var log = MemoryLog()
    var desk: HeardDesk
    var node: Node
    var news: [News] = []
    /// Datagrams that arrived and were not yet taken.
    var inbox: [(bytes: [UInt8], from: Address)] = []

    var key: Key { keys.identity.key }
    private let counter: (any Counter)?

    init(_ name: String, in street: Street, at index: UInt8, counter: (any Counter)? = nil) {
        (self.name, self.street, self.counter) = (name, street, counter)
        keys = StandInKeys(name)
        address = must(Address([index]))
        let signer = StandInSigner(name)
        let own = street.office.certify(signer, by: street.office.signer, name: name)
        let owner = Wallet.Owner(
            key: signer.key,
            root: street.office.root.key,
            epoch: .first,
            certificates: counter == nil
                ? [own, street.office.certificate] : [street.office.certificate],
            name: nil
        )
        var (wallet, step) = Wallet.founded(owner)
        wallet.redeems = counter != nil
        desk = HeardDesk(name, street)
        node = Node(
            wallet,
            log: log,
            air: Wire(street, address),
            keys: keys,
            desk: desk,
            chance: SeededChance(seed: UInt64(index)),
            counter: counter
        )
        try? log.keep([step])
    }

    /// Pulls the plug: all that is left is what the log holds.
    func restart(from log: MemoryLog? = nil) throws {
        self.log = log ?? self.log
        self.log.failsAt = nil
        inbox = []
        desk = HeardDesk(name, street)
        var wallet = must(try Wallet(recovering: self.log.recovered, at: street.time))
        wallet.redeems = counter != nil
        street.seed += 1
        node = Node(
            wallet,
            log: self.log,
            air: Wire(street, address),
            keys: keys,
            desk: desk,
            chance: SeededChance(seed: street.seed),
            counter: counter
        )
        node.resume(at: street.time)
    }

    func wish(_ wish: Wish) {
        node.take(.wish(wish), at: street.time)
        work()
    }

    /// Does everything that can be done without anything arriving.
    func work() {
        node.flush(at: street.time)
        var verified = Verified()
        while true {
            let jobs = node.takeJobs()
            guard !jobs.isEmpty else { break }
            for (number, job) in jobs {
                let verdict = job.run(StandInChecking(), &verified)
                node.take(.checked(number, verdict), at: street.time)
            }
            node.flush(at: street.time)
        }
        news += node.takeNews()
    }

    func charge(_ units: UInt64, request: UInt8 = 1) {
        let certificates = [street.office.certificate.der, ownCertificate]
        wish(
            .charge(
                street.office.stick(units, to: key, request: request),
                certificates: certificates
            )
        )
    }

    var ownCertificate: [UInt8] { must(node.wallet.owner.certificates.first).der }

    func openWindow(_ window: Window? = nil) {
        wish(
            .open(
                window ?? street.office.window(for: key),
                certificates: [street.office.certificate.der]
            )
        )
    }

    var balance: Balance { node.wallet.balance(street.office.asset, at: street.time.moment) }

    /// The newest word on a payment.
    func word(_ payment: PaymentID) -> PaymentStanding.Word? {
        standing(payment)?.word
    }

    func standing(_ payment: PaymentID) -> PaymentStanding? {
        news.reversed().lazy.compactMap { one -> PaymentStanding? in
            guard case .standing(let standing) = one, standing.payment == payment else {
                return nil
            }
            return standing
        }.first
    }
}

/// A stand-in desk that tells the test what was sealed.
final class HeardDesk: Desk {
    private let desk: StandInDesk
    /// On which way each message was sealed, the newest last.
    private(set) var ways: [(kind: Kind, way: Way)] = []
    private let name: String
    private let street: Street

    init(_ name: String, _ street: Street) {
        (self.name, self.street) = (name, street)
        desk = StandInDesk(
            identity: StandInSigner(name).key,
            sealing: [StandInKeys(name).sealing]
        )
    }

    func announce(chance: inout any Chance) -> SealingKey { desk.announce(chance: &chance) }
    func withdraw(_ key: SealingKey) { desk.withdraw(key) }
    func begin(to key: SealingKey, chance: inout any Chance) -> Way? {
        desk.begin(to: key, chance: &chance)
    }
    func seal(
        _ message: SignedObject,
        hash: Hash,
        on way: Way,
        isFirst: Bool,
        chance: inout any Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        let sealed = try desk.seal(
            message,
            hash: hash,
            on: way,
            isFirst: isFirst,
            chance: &chance
        )
        ways.append((message.object.kind, way))
        street.sealed(Said(by: name, message: message), sealed)
        return sealed
    }
    func admit(_ receiver: Key) { desk.admit(receiver) }
    func dismiss(_ receiver: Key) { desk.dismiss(receiver) }
    func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> Opened { try desk.open(datagram) }
    func listen(_ way: Way) { desk.listen(way) }
    func forget(_ way: Way) { desk.forget(way) }
}

/// The air of one node.
final class Wire: Air {
    private let street: Street
    private let address: Address

    init(_ street: Street, _ address: Address) { (self.street, self.address) = (street, address) }

    func send(_ datagram: [UInt8], to address: Address) -> Bool {
        street.carry(datagram, from: self.address, to: address)
        return true
    }

    func broadcast(_ datagram: [UInt8]) { street.broadcast(datagram, from: address) }
}

/// Everybody who hears everybody, a clock, and what was said.
final class Street {
    let office = Office()
    private(set) var parties: [Party] = []
    var time = Time(ticks: Ticks(milliseconds: 0), moment: must(Moment(20_000 * 86_400)))
    var seed: UInt64 = 1_000
    private(set) var said: [Said] = []
    private(set) var sizes: [Kind: [Int]] = [:]
    /// Kinds of messages that never arrive, while they are here.
    var lost: Set<Kind> = []
    /// Everything that was sent, for those who replay.
    private(set) var air: [(bytes: [UInt8], from: Address, to: Address)] = []
    /// Decides on each datagram whether it arrives; nil is yes.
    var loses: ((Kind?) -> Bool)?
    private(set) var kindOf: [[UInt8]: Kind] = [:]
    /// The calls that went out.
    private(set) var lookups: [Lookup] = []

    func join(_ name: String, counter: (any Counter)? = nil) -> Party {
        let party = Party(name, in: self, at: UInt8(parties.count + 1), counter: counter)
        parties.append(party)
        return party
    }

    func sealed(_ one: Said, _ datagrams: [[UInt8]]) {
        said.append(one)
        let kind = one.message.object.kind
        sizes[kind, default: []].append(datagrams.count)
        for datagram in datagrams { kindOf[datagram] = kind }
    }

    func carry(_ datagram: [UInt8], from: Address, to: Address) {
        air.append((datagram, from, to))
        let kind = kindOf[datagram]
        if let kind, lost.contains(kind) { return }
        if let loses, loses(kind) { return }
        parties.first { $0.address == to }?.inbox.append((datagram, from))
    }

    func broadcast(_ datagram: [UInt8], from: Address) {
        if let lookup = Lookup(datagram) { lookups.append(lookup) }
        for party in parties where party.address != from {
            carry(datagram, from: from, to: party.address)
        }
    }

    /// Everything of that kind that was ever sent to somebody, once more.
    func replay(_ kind: Kind, to party: Party) {
        for one in air where one.to == party.address && kindOf[one.bytes] == kind {
            party.inbox.append((one.bytes, one.from))
        }
        settle()
    }

    /// Delivers until nothing is on its way any more.
    func settle() {
        for party in parties { party.work() }
        while let party = parties.first(where: { !$0.inbox.isEmpty }) {
            let (bytes, from) = party.inbox.removeFirst()
            party.node.take(.datagram(bytes, from: from), at: time)
            party.work()
        }
    }

    /// Lets time pass, in the steps in which the nodes want to be woken.
    func pass(_ milliseconds: UInt64) {
        let end = time.ticks.advanced(by: milliseconds)
        while let next = parties.compactMap({ $0.node.nextWake }).min(), next <= end {
            time.ticks = max(time.ticks, next)
            for party in parties {
                party.node.take(.tick, at: time)
                party.work()
            }
            settle()
        }
        time.ticks = end
        settle()
    }

    /// A call, an answer, an offer: says the payment.
    @discardableResult
    func offer(
        _ units: UInt64,
        from seller: Party,
        to buyer: Party,
        change: (inout Terms) -> Void = { _ in }
    ) -> PaymentID {
        if buyer.node.wallet.screenID == nil { buyer.wish(.listen(true)) }
        seller.wish(.call)
        settle()
        let shown = buyer.node.wallet.screenID
        let name = seller.news.reversed().lazy.compactMap { one -> Hash? in
            guard case .here(_, let name, let id) = one, id == shown else { return nil }
            return name
        }.first
        var terms = Terms(
            asset: office.asset,
            amount: must(Amount(units)),
            memo: must(Text("coffee"))
        )
        change(&terms)
        let before = Set(seller.node.wallet.selling.keys)
        seller.wish(.offer(terms, to: must(name, "the buyer answered the call")))
        settle()
        return must(
            seller.node.wallet.selling.keys.first { !before.contains($0) }
                ?? seller.news.lazy.compactMap { one -> PaymentID? in
                    guard case .standing(let standing) = one else { return nil }
                    return standing.payment
                }.last
        )
    }

    /// A whole payment, as far as it gets while messages are lost.
    @discardableResult
    func pay(_ units: UInt64, from buyer: Party, to seller: Party) -> PaymentID {
        let payment = offer(units, from: seller, to: buyer)
        buyer.wish(.answer(payment, .accept(share: [], knowsPIN: false)))
        settle()
        return payment
    }

    func count(_ kind: Kind, by party: Party) -> Int {
        said.count { $0.by == party.name && $0.message.object.kind == kind }
    }
}

/// Two wallets, one with money.
func meeting(_ units: UInt64 = 10_000) -> (street: Street, alice: Party, bob: Party) {
    let street = Street()
    let (alice, bob) = (street.join("alice"), street.join("bob"))
    alice.charge(units)
    alice.openWindow()
    bob.openWindow()
    return (street, alice, bob)
}
