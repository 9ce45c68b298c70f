import Commit
import Links
import Money
import Nearby
import Node
import Wallet
import Wire
import Words

/// Who is near a node: what it asks for, hears and is told of that, and what its neighbours are
/// told of it.
struct Neighbours {
    private(set) var peers = Peers()
    private var scout: Scout
    private var herald: Herald?
    private var advert: Advert?
    /// The numbers of the networks that are used alone; nil is all.
    private var networks: [UInt32]?
    private let mayAsk: Bool
    private var hasFailed = false

    init(for owner: Key, asksAvahi: Bool) {
        (scout, mayAsk) = (Scout(for: owner), asksAvahi)
    }

    /// How it stands with the host's Avahi; nil when it is not to be asked.
    var presence: Herald.Presence? { herald?.presence }

    var opened: UInt64 { scout.opened }

    // MARK: Avahi

    /// Has Avahi tell who is near, where it may be asked; returns what to wait for, once.
    mutating func wake() -> Int32? {
        guard mayAsk, !hasFailed, herald == nil else { return nil }
        herald = try? Herald(on: networks)
        hasFailed = herald == nil
        return herald?.file
    }

    /// Nobody is looked for but on these networks.
    mutating func use(_ networks: [UInt32]?) {
        guard networks != self.networks else { return }
        self.networks = networks
        herald?.look(on: networks)
    }

    /// Has this said of the node from now on; returns what to wait for, once.
    mutating func announce(_ wanted: Advert?) -> Int32? {
        guard mayAsk, wanted != advert else { return nil }
        advert = wanted
        let file = wake()
        herald?.announce(wanted)
        return file
    }

    /// Nothing is announced any more, and nobody looked for.
    mutating func end() { herald = nil }

    /// What Avahi has found by now, if that is what rang.
    mutating func hear(_ ready: Set<Int32>, at now: UInt64) -> [Endpoint]? {
        guard let herald, ready.contains(herald.file) else { return nil }
        let finds = herald.take()
        peers.found(finds, at: now)
        return Self.hints(finds)
    }

    /// Where calls go besides: one place of each family for each who may answer one.
    static func hints(_ finds: [Find]) -> [Endpoint] {
        finds.filter { $0.role == .wallet || $0.role == .shop }.flatMap { find in
            let four = find.places.first { !$0.isSix }
            let six = find.places.first { $0.isSix }
            return [four, six].compactMap { $0 }
        }
    }

    // MARK: Asking

    /// Somebody typed where somebody is.
    mutating func typed(_ address: Address, at now: UInt64) { peers.typed(address, at: now) }

    /// Asks everybody, and where somebody is known to be.
    mutating func ask(_ air: any Ether, typed: [Address], at now: UInt64) {
        for address in typed { peers.typed(address, at: now) }
        guard let said = scout.ask(at: now) else { return }
        let hints = air.hints
        air.hints = []
        air.broadcast(said.everybody)
        air.hints = hints
        let round = peers.ask(typed: typed, at: now, isNear: air.isNear)
        for address in round.calls { air.send(said.some, to: address) }
        for address in round.greetings { air.send(said.offices, to: address) }
    }

    /// The home's own office is asked as well, if it is near.
    mutating func home(_ office: Endpoint, at now: UInt64) { peers.home(office.address, at: now) }

    /// Takes what answers our own asking; nil when a datagram is no such answer, else whether
    /// it is a good one.
    mutating func take(_ datagram: [UInt8], from address: Address, at now: UInt64) -> Bool? {
        guard let heard = scout.take(datagram, at: now) else { return nil }
        switch heard {
        case .here(let name, let screen, let isEverybody)?:
            let way: Peer.Ways = isEverybody ? .broadcast : []
            peers.answered(name, screen: screen, from: address, way, at: now)
        case .office(let key, let root)?:
            peers.welcomed(by: key, root: root, from: address, [], at: now)
        case nil: return false
        }
        if let endpoint = Endpoint(address) { herald?.prove(endpoint) }
        return true
    }

    /// With whom the payments are that news are of.
    mutating func note(_ news: [News], _ wallet: Wallet, at now: UInt64) {
        for case .standing(let standing) in news {
            let buying = wallet.buying[standing.payment]?.deal
            let selling = wallet.selling[standing.payment]?.deal
            guard let deal = buying ?? selling else { continue }
            peers.met(deal.peer, name: deal.name?.name, at: deal.address, at: now)
        }
    }

    func listed(at now: UInt64) -> [Peer] { peers.listed(at: now) }
}

extension Station {
    /// Whoever runs this process wants to know who is near from now on.
    package func lookAround() {
        neighbours.use(air.allowedNetworks)
        if let file = neighbours.wake() { wait(for: [file]) }
    }

    /// What is said of this node: an office always, a shop too, a wallet while it is to be found.
    func announce() {
        neighbours.use(air.allowedNetworks)
        guard let file = neighbours.announce(advert) else { return }
        wait(for: [file])
    }

    private var advert: Advert? {
        let owner = node.wallet.owner
        let role: Advert.Role? =
            isOffice ? .office : isShop ? .shop : node.wallet.screenID == nil ? nil : .wallet
        guard let role else { return nil }
        return Advert(
            role,
            name: role == .wallet ? nil : owner.name?.name,
            port: air.port,
            networks: air.allowedNetworks,
            // Whoever comes to another network is not known there by the name that he had.
            era: role == .wallet ? air.era : 0
        )
    }

    /// Who is near; `asks` is whether they are asked for once more.
    func peers(_ asks: Bool, _ typed: [Address]) -> Told {
        lookAround()
        if asks {
            if let office = home.office.flatMap({ try? Endpoint(typed: $0) }), air.isNear(office) {
                neighbours.home(office, at: milliseconds)
            }
            neighbours.ask(air, typed: typed, at: milliseconds)
        }
        return .peers(neighbours.listed(at: milliseconds), avahi: neighbours.presence)
    }
}
