import Clerk
import Disks
import Journal
import Node
import Wire
import Words

// The seams of one peer's node, as the world fills them: the real journal on the faulty disk
// and the desk, each told on to the oracle, and an air that is the world's own.

/// Sees what becomes durable.
final class WatchedLog: Log {
    private let inner: JournalLog
    private unowned let world: World
    private unowned let peer: Peer

    init(_ inner: JournalLog, _ world: World, _ peer: Peer) {
        (self.inner, self.world, self.peer) = (inner, world, peer)
    }

    func keep(_ steps: [Step]) throws(LogFault) {
        guard !peer.isDead else { throw LogFault("the power is gone") }
        peer.inFlight = steps
        try inner.keep(steps)
        guard !peer.isDead else { throw LogFault("the power is gone") }
        peer.inFlight = nil
        world.isDurable(peer, steps)
    }

    func reserve(_ payment: [UInt8], _ room: Room) throws(LogFault) -> Bool {
        try inner.reserve(payment, room)
    }

    func release(_ payment: [UInt8]) { inner.release(payment) }

    func look(_ table: Table, _ key: [UInt8]) throws(LogFault) -> [UInt8]? {
        try inner.look(table, key)
    }

    func settle() throws(LogFault) { try inner.settle() }
}

/// The office's log, whose books are looked at whenever they have grown.
final class BookedLog: Log {
    private let inner: OfficeLog
    private unowned let world: World
    private unowned let peer: Peer

    init(_ inner: OfficeLog, _ world: World, _ peer: Peer) {
        (self.inner, self.world, self.peer) = (inner, world, peer)
    }

    func keep(_ steps: [Step]) throws(LogFault) {
        guard !peer.isDead else { throw LogFault("the power is gone") }
        try inner.keep(steps)
        guard !peer.isDead else { throw LogFault("the power is gone") }
        world.lookAtBooks(peer)
    }

    func reserve(_ payment: [UInt8], _ room: Room) throws(LogFault) -> Bool {
        try inner.reserve(payment, room)
    }

    func release(_ payment: [UInt8]) { inner.release(payment) }

    func look(_ table: Table, _ key: [UInt8]) throws(LogFault) -> [UInt8]? {
        try inner.look(table, key)
    }

    func settle() throws(LogFault) {
        try inner.settle()
        guard !peer.isDead else { return }
        world.lookAtBooks(peer)
    }
}

/// Hears what is said before it is covered.
final class WatchedDesk: Desk {
    private let inner: any Desk
    private unowned let world: World
    private unowned let peer: Peer

    init(_ inner: any Desk, _ world: World, _ peer: Peer) {
        (self.inner, self.world, self.peer) = (inner, world, peer)
    }

    func seal(
        _ message: SignedObject,
        hash: Hash,
        on way: Way,
        isFirst: Bool,
        chance: inout any Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        let datagrams = try inner.seal(
            message,
            hash: hash,
            on: way,
            isFirst: isFirst,
            chance: &chance
        )
        world.isSaid(peer, message, datagrams)
        return datagrams
    }

    func announce(chance: inout any Chance) -> SealingKey { inner.announce(chance: &chance) }
    func withdraw(_ key: SealingKey) { inner.withdraw(key) }
    func begin(to key: SealingKey, chance: inout any Chance) -> Way? {
        inner.begin(to: key, chance: &chance)
    }
    func admit(_ receiver: Key) { inner.admit(receiver) }
    func dismiss(_ receiver: Key) { inner.dismiss(receiver) }
    func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> Opened { try inner.open(datagram) }
    func listen(_ way: Way) { inner.listen(way) }
    func forget(_ way: Way) { inner.forget(way) }
}

/// Carries what one peer sends.
final class PeerAir: Air {
    private unowned let world: World
    private unowned let peer: Peer

    init(_ world: World, _ peer: Peer) { (self.world, self.peer) = (world, peer) }

    func send(_ datagram: [UInt8], to address: Address) -> Bool {
        world.send(datagram, from: peer, to: Peer.number(address))
    }

    func broadcast(_ datagram: [UInt8]) {
        for other in world.peers where other !== peer {
            world.send(datagram, from: peer, to: other.number)
        }
    }
}
