import Commit
import Disks
import Money
import Node
import Oracle
import StandIns
import Wallet
import Wire
import Words

/// Somebody with a certified key, a window and money of his own, who keeps to no rule.
///
/// He speaks the protocol as the others do, and at every step of it he may do what a wallet
/// never does. What he hands over and what he is handed is real, so the office could convict him.
package final class Crook {
    package enum Trade: UInt64, Hashable, Sendable {
        /// Pays with what he has paid with before, with others' pieces, and with what is not there.
        case thief = 1
        /// Agrees, requests and decides what was not agreed.
        case liar
    }

    let trade: Trade
    unowned let peer: Peer
    let window: Window
    let certificates: [Certified]
    let desk: any Desk
    var chance: any Chance
    var dice: Dice
    /// What stands on his screen.
    let screen: UInt64

    /// All that he has ever been shown.
    var archive = Archive()
    /// Others' sticks and links, with the units he saw of them.
    var others: [Holding] = []
    /// His wallet as each of his devices has it, and the one in his hand.
    private var devices: [Device]
    private var hand = 0

    // Under way.
    var calls: [Hash: Calling] = [:]
    var oneTimes: [Key: StandInSigner] = [:]
    var answered: Set<Hash> = []
    var buying: [PaymentID: Buying] = [:]
    var selling: [PaymentID: Selling] = [:]

    var asking: [Asking] = []

    /// One copy of a wallet, which knows nothing of what the others pay.
    struct Device {
        /// What he was given, and has not paid with yet; and what he has.
        var fresh: [Holding] = []
        var used: [Holding] = []
        var counter: UInt64 = 0
        var total = Amount.zero
        var previous: Hash?
    }

    var fresh: [Holding] {
        get { devices[hand].fresh }
        set { devices[hand].fresh = newValue }
    }
    var used: [Holding] {
        get { devices[hand].used }
        set { devices[hand].used = newValue }
    }
    var counter: UInt64 {
        get { devices[hand].counter }
        set { devices[hand].counter = newValue }
    }
    var total: Amount {
        get { devices[hand].total }
        set { devices[hand].total = newValue }
    }
    var previous: Hash? {
        get { devices[hand].previous }
        set { devices[hand].previous = newValue }
    }

    /// All that he still has, on whichever device.
    var holdings: [Holding] {
        var all: [Holding] = []
        for device in devices {
            for one in device.fresh + device.used where !all.contains(one) { all.append(one) }
        }
        return all
    }

    /// Takes one of his devices into his hand: any, or the one that has begun a payment.
    func reach(for device: Int? = nil) -> Int {
        if let device {
            hand = device
        } else if devices.count > 1 {
            hand = dice.below(devices.count)
        }
        return hand
    }

    /// What the office issued to him is on every device of his.
    func have(_ stick: Stick) {
        archive.add(stick)
        guard let units = Units(0, stick.units.units) else { return }
        let holding = Holding(stick: stick.id, units: units, parent: nil)
        for index in devices.indices { devices[index].fresh.append(holding) }
    }

    struct Calling {
        let sale: Int
        let nonce: Salt
        let key: SealingKey
    }

    struct Buying {
        let offer: Offer
        let accept: Accept
        let device: Int
        var agreed: SignedObject?
        var hash: Hash?
    }

    struct Selling {
        let offer: Offer
        var accept: Accept?
        var handover: Handover?
        var decisions: [SignedObject] = []
    }

    init(_ peer: Peer, _ trade: Trade, _ papers: Papers, devices: Int, seed: UInt64) {
        self.devices = Array(repeating: Device(), count: devices)
        (self.peer, self.trade) = (peer, trade)
        (window, certificates) = (papers.window, papers.certificates)
        desk = peer.tools.desk()
        chance = stream(seed, .crook, peer.number * 2)
        dice = stream(seed, .crook, peer.number * 2 + 1)
        screen = 9_000 + UInt64(peer.number)
        for certificate in papers.certificates { archive.add(certificate) }
        for stick in papers.sticks { have(stick) }
    }

    /// What the office gave him.
    struct Papers {
        let window: Window
        let sticks: [Stick]
        let certificates: [Certified]
    }

    var signer: any Signing { peer.tools.keys.identity }

    func salt() -> Salt { Salt(high: dice.next(), low: dice.next()) }
}

extension World {
    /// A home's node is taken out, and somebody with its keys and papers sits down in its place.
    func turn(_ peer: Peer, _ trade: Crook.Trade) {
        guard peer.crook == nil, peer.node != nil else { return }
        leave(peer)
        oracle.dishonest(peer.key)
        let sticks = scenario.trade == .chain && peer.number > 0 ? 0 : scenario.sticks
        let papers =
            peer.papers ?? office.papers(of: office.owner(peer.tools), scenario, sticks: sticks)
        let devices = trade == .thief ? scenario.clones : 1
        let crook = Crook(peer, trade, papers, devices: devices, seed: seed)
        (peer.crook, peer.screen) = (crook, crook.screen)
        tracer.note(now, peer.number, .turned(trade))
    }
}

// MARK: Talking

extension Crook {
    func hear(_ bytes: [UInt8], from: Int, _ world: World) {
        if Lookup.looksLike(bytes) {
            if let lookup = Lookup(bytes) { answer(lookup, from, world) }
            return
        }
        guard case .message(let message, let way)? = try? desk.open(bytes) else { return }
        desk.listen(way)
        let back = Back(to: from, way: way)
        switch message.object.kind {
        case .here: take(message, as: Here.self, world) { meet($0, back, world) }
        case .offer: take(message, as: Offer.self, world) { consider($0, back, world) }
        case .accept: take(message, as: Accept.self, world) { request($0, back, world) }
        case .commitRequest:
            take(message, as: CommitRequest.self, world) { agree($0, back, world) }
        case .handover: take(message, as: Agreed.self, world) { decide($0, back, world) }
        case .commit: take(message, as: Money.Commit.self, world) { confirm($0, back, world) }
        case .ask: take(message, as: Ask.self, world) { show($0, back, world) }
        case .welcome: take(message, as: Welcome.self, world) { ask($0, back, world) }
        case .answer: take(message, as: Answer.self, world) { hear($0, world) }
        case .abort, .committed, .refuse, .decline, .show, .stick, .window, .revocation, .name,
            .register, .bill, .invoice, .personalisation, .settings, .quote, .meterReceipt,
            .delivery, .request, .warn:
            return
        }
    }

    /// Where a message came from, and the way back.
    struct Back {
        let to: Int
        let way: Way
    }

    private func take<Paper: Statement>(
        _ message: SignedObject,
        as _: Paper.Type,
        _ world: World,
        _ body: (Paper) -> Void
    ) {
        if let paper = try? Paper(reading: message) { body(paper) }
    }

    func say(_ message: SignedObject, hash: Hash? = nil, _ back: Back, _ world: World) {
        say(message, hash: hash, on: back.way, isFirst: false, to: back.to, world)
    }

    /// To somebody who is not listening on any way of his.
    func say(
        _ message: SignedObject,
        hash: Hash? = nil,
        sealedTo key: SealingKey,
        _ to: Int,
        _ world: World
    ) {
        guard let way = desk.begin(to: key, chance: &chance) else { return }
        say(message, hash: hash, on: way, isFirst: true, to: to, world)
    }

    private func say(
        _ message: SignedObject,
        hash: Hash?,
        on way: Way,
        isFirst: Bool,
        to: Int,
        _ world: World
    ) {
        let datagrams = try? desk.seal(
            message,
            hash: hash ?? message.object.hash,
            on: way,
            isFirst: isFirst,
            chance: &chance
        )
        world.remember(datagrams ?? [], message.object.kind)
        for datagram in datagrams ?? [] { world.send(datagram, from: peer, to: to) }
    }

    /// One of a few, this one as often as all others together.
    func usually<Choice>(_ choice: Choice, or others: [Choice]) -> Choice {
        dice.chance(1, in: 2) ? choice : others[dice.below(others.count)]
    }
}
