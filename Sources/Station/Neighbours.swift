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
        herald = try? Herald()
        hasFailed = herald == nil
        return herald?.file
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
    mutating func ask(_ air: UDP, typed: [Address], at now: UInt64) {
        for address in typed { peers.typed(address, at: now) }
        guard let round = scout.ask(at: now) else { return }
        let hints = air.hints
        air.hints = []
        air.broadcast(round.everybody)
        air.hints = hints
        // What was typed is asked wherever that is, and what is announced on our own networks.
        let isNear = { (address: Address) in
            typed.contains(address) || (Endpoint(address).map(air.isNear) ?? false)
        }
        let buyers = peers.places(of: [.wallet, .shop, nil]).filter(isNear).prefix(Self.most)
        let offices = peers.places(of: [.office, nil]).filter(isNear).prefix(Self.most)
        for address in buyers { air.send(round.some, to: address) }
        for address in offices { air.send(round.offices, to: address) }
        peers.asked(Array(buyers) + Array(offices), at: now)
    }

    private static let most = 64

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
        return true
    }

    /// A datagram from there was one of a conversation.
    mutating func heard(_ datagram: [UInt8], from address: Address, at now: UInt64) {
        guard datagram.count > Self.kindAt, Self.following.contains(datagram[Self.kindAt]) else {
            return
        }
        peers.heard(address, at: now)
    }

    private static let kindAt = 9
    private static let following: [UInt8] = [2, 4]

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
        if let file = neighbours.wake() { wait(for: [file]) }
    }

    /// What is said of this node: an office always, a shop too, a wallet while it is to be found.
    func announce() {
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
            networks: air.allowedNetworks
        )
    }

    /// Who is near; `asks` is whether they are asked for once more.
    func peers(_ asks: Bool, _ typed: [Address]) -> Told {
        lookAround()
        if asks {
            let office = home.office.flatMap { try? Endpoint(typed: $0).address }
            neighbours.ask(air, typed: typed + (office.map { [$0] } ?? []), at: milliseconds)
        }
        return .peers(neighbours.listed(at: milliseconds), avahi: neighbours.presence)
    }
}
