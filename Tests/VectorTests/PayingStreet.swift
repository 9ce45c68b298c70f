import Certificates
import Commit
import FuzzEntries
import Money
import Sealing
import Station
import Wallet
import Wire
import Words

/// One wallet with real keys, its rows, and what it was told to do.
final class Payer {
    let address: Address
    let ring: KeyRing
    var wallet: Wallet
    var chance: any Chance
    private(set) var tables: [Table: [[UInt8]: [UInt8]]] = [:]
    private(set) var steps: [Step] = []
    var news: [News] = []

    var key: Key { ring.identity.key }

    init(_ street: inout RealStreet, seed: UInt64) throws {
        var chance = SeededBytes(seed: seed)
        ring = KeyRing(chance: &chance)
        self.chance = chance
        address = must(Address([UInt8(seed)]))
        try street.certify(ring.identity)
        let own = [(ring.identity.key, street.office.key), (street.office.key, street.root.key)]
        let owner = Wallet.Owner(
            key: ring.identity.key,
            root: street.root.key,
            epoch: .first,
            certificates: own.map {
                Certified(key: $0.0, issuer: $0.1, der: must(street.ders[$0.0]))
            },
            name: try street.name("Café Ñ", of: ring.identity.key)
        )
        let (wallet, step) = Wallet.founded(owner)
        self.wallet = wallet
        write(step)
    }

    func write(_ step: Step) {
        steps.append(step)
        for change in step.changes {
            switch change {
            case .put(let table, let key, let bytes): tables[table, default: [:]][key] = bytes
            case .remove(let table, let key): tables[table, default: [:]][key] = nil
            }
        }
        switch step.standing {
        case .unchanged: return
        case .open(let bytes, _): tables[.open, default: [:]][step.payment] = bytes
        case .finished(let bytes):
            tables[.open, default: [:]][step.payment] = nil
            tables[.finished, default: [:]][step.payment] = bytes
        }
    }

    func rows(_ table: Table) -> [Row] {
        (tables[table] ?? [:]).map { Row(key: $0.key, bytes: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    var home: FuzzedRows {
        FuzzedRows(registers: rows(.register), pieces: rows(.piece), open: rows(.open))
    }

    /// Goes on from an older copy of its rows, as if nothing had come after it.
    func restore(_ old: [Table: [[UInt8]: [UInt8]]], at time: Time) throws {
        tables = old
        wallet = must(try Wallet(recovering: home.recovered, at: time))
    }
}

/// A seller and a buyer who hear each other, without envelopes: what they say is what counts.
struct PayingStreet {
    var street: RealStreet
    let seller: Payer
    let buyer: Payer
    var time = Time(ticks: Ticks(milliseconds: 0), moment: RealStreet.now)
    /// Everything that was said, in order.
    private(set) var said: [SignedObject] = []
    private(set) var lookups: [Lookup] = []
    /// Kinds that do not arrive.
    var lost: Set<Kind> = []
    /// What was sent and has not arrived yet: to the seller or not.
    private var air: [(toSeller: Bool, event: Event)] = []
    private let way = Way(7)
    private var verified = Verified()

    init(seed: UInt64) throws {
        var street = try RealStreet(seed: seed)
        seller = try Payer(&street, seed: seed + 1)
        buyer = try Payer(&street, seed: seed + 2)
        self.street = street
    }

    func one(_ isSeller: Bool) -> Payer { isSeller ? seller : buyer }

    /// Hands an event to one of them, and everything that comes of it to whom it concerns.
    mutating func give(_ event: Event, toSeller: Bool) {
        take(event, toSeller)
        while !air.isEmpty {
            let next = air.removeFirst()
            take(next.event, next.toSeller)
        }
    }

    mutating func wish(_ wish: Wish, ofSeller: Bool) { give(.wish(wish), toSeller: ofSeller) }

    mutating func deliver(_ message: SignedObject, toSeller: Bool) {
        let route = Route(address: one(!toSeller).address, way: way)
        give(.arrived(Arrival(message, route)), toSeller: toSeller)
    }

    private mutating func take(_ event: Event, _ isSeller: Bool) {
        let one = one(isSeller)
        var tools = Tools(
            keys: one.ring.keys,
            desk: EnvelopeDesk(identity: one.key, sealing: [one.ring.sealing]),
            chance: one.chance,
            reserve: { _, _ in true }
        )
        let orders = one.wallet.handle(event, at: time, &tools)
        one.chance = tools.chance
        for order in orders { follow(order, isSeller) }
    }

    private mutating func follow(_ order: Order, _ isSeller: Bool) {
        let route = Route(address: one(isSeller).address, way: way)
        switch order {
        case .write(let step): one(isSeller).write(step)
        case .send(let letter, _): send(letter.message, route, isSeller)
        case .here(let message, _, _): send(message, route, isSeller)
        case .call(let datagram):
            let lookup = must(Lookup(datagram))
            lookups.append(lookup)
            air.append((!isSeller, .lookup(lookup, from: route.address)))
        case .check(let number, let job):
            take(.checked(number, job.run(Checks.real, &verified)), isSeller)
        case .look(let arrival):
            let payment = arrival.message.object.payment?.array ?? []
            take(.found(arrival, one(isSeller).tables[.finished]?[payment]), isSeller)
        case .tell(let news): one(isSeller).news.append(news)
        case .wake, .listen, .rest, .toss, .wish: return
        }
    }

    private mutating func send(_ message: SignedObject, _ route: Route, _ isSeller: Bool) {
        said.append(message)
        guard !lost.contains(message.object.kind) else { return }
        air.append((!isSeller, .arrived(Arrival(message, route))))
    }

    // MARK: What people do

    mutating func setUp(units: UInt64) throws {
        let stick = try street.stick(units, to: buyer.ring.identity)
        let office = must(street.ders[street.office.key])
        wish(
            .charge(stick, certificates: [office, must(street.ders[buyer.key])]),
            ofSeller: false
        )
        for isSeller in [false, true] {
            let window = try street.window(for: one(isSeller).ring.identity)
            wish(.open(window, certificates: [office]), ofSeller: isSeller)
        }
    }

    /// Looks the buyer up and offers; says the payment.
    mutating func offer(_ terms: Terms) -> PaymentID {
        if buyer.wallet.screenID == nil { wish(.listen(true), ofSeller: false) }
        wish(.call, ofSeller: true)
        let names = seller.news.compactMap { one -> Hash? in
            guard case .here(_, let name, _) = one else { return nil }
            return name
        }
        wish(.offer(terms, to: must(names.last)), ofSeller: true)
        return must(said.last { $0.object.kind == .offer }?.object.payment)
    }

    mutating func accept(_ payment: PaymentID, sharing: Terms.Wants = []) {
        wish(.answer(payment, .accept(share: sharing, knowsPIN: false)), ofSeller: false)
    }

    var firstLookup: Lookup? { lookups.first }

    /// The handover of a finished payment, as its payer keeps it.
    func handover(of payment: PaymentID) -> Handover? {
        buyer.tables[.finished]?[payment.array].flatMap { try? Finished(wireBytes: $0) }?.handover
    }
}

/// Bytes from a seed: the same in every process, and nobody's secret.
struct SeededBytes: Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func bytes(_ count: Int) -> [UInt8] {
        state += 1
        let text = Array("vector".utf8) + bigEndianBytes(state)
        var out: [UInt8] = []
        while out.count < count {
            let block = bigEndianBytes(UInt64(out.count))
            out += Digest.hash(Digest.Domain("test chance"), text + block).bytes.array
        }
        return Array(out.prefix(count))
    }
}

extension RealStreet {
    func name(_ name: String, of key: Key) throws -> NameStatement {
        let object = NameStatement.object(
            office: office.key,
            key: key,
            name: must(Text(name)),
            issued: Self.now
        )
        return try NameStatement(reading: .signed(object, by: office))
    }
}
