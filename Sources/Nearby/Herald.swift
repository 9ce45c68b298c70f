internal import Glibc
package import Links
internal import Synchronization

/// Has the host's Avahi announce this node, and hears from it who else is near.
///
/// All of that is done on a thread of its own, because the library waits for answers of the bus
/// as long as they take. Where there is no Avahi, or no bus, it looks now and then whether there
/// is one by now.
package final class Herald: Sendable {
    /// How it stands with the host's Avahi.
    package enum Presence: String, Sendable {
        /// That is being found out.
        case asked
        /// There is no bus to reach it by.
        case noBus
        /// There is a bus, and no Avahi on it.
        case noDaemon
        case running
    }

    private let shared: Shared

    /// It looks on these networks alone; nil is all.
    package init(on networks: [UInt32]?) throws(LinkFault) {
        shared = Shared(wake: try Bell(), bell: try Bell())
        shared.look(on: networks)
        var thread = pthread_t()
        // Unsafe: the thread takes over one hold of what is shared.
        let held = unsafe Unmanaged.passRetained(shared).toOpaque()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { held in
                guard let held = unsafe held else { return nil }
                let shared = unsafe Unmanaged<Shared>.fromOpaque(held).takeRetainedValue()
                if let worker = Worker(shared) { worker.run() }
                return nil
            },
            held
        )
        guard status == 0 else {
            unsafe Unmanaged<Shared>.fromOpaque(held).release()
            throw .system("no thread can be had")
        }
        pthread_detach(thread)
    }

    deinit { shared.end() }

    /// Rings when there is something to ``take()``.
    package var file: Int32 { shared.bell.file }

    /// Has this announced from now on; nil is nothing.
    package func announce(_ advert: Advert?) { shared.order(advert) }

    /// From now on it looks on these networks alone; nil is all.
    package func look(on networks: [UInt32]?) { shared.look(on: networks) }

    /// Somebody answered from there: whoever is announced there gives way to nobody.
    package func prove(_ place: Endpoint) { shared.prove(place) }

    /// Who is known now.
    package func take() -> [Find] {
        shared.bell.silence()
        return shared.state.withLock { $0.finds }
    }

    package var presence: Presence { shared.state.withLock { $0.presence } }
}

/// What the node and the herald's thread have in common; the node never waits for it.
final class Shared: Sendable {
    /// What the node wants.
    struct Order {
        var advert: Advert?
        var networks: [UInt32]?
        /// The newest last.
        var proven: [Endpoint] = []
    }

    struct State {
        var order = Order()
        var isOver = false
        var finds: [Find] = []
        var presence = Herald.Presence.asked
    }

    let state = Mutex(State())
    /// Wakes the thread.
    let wake: Bell
    /// Wakes the node.
    let bell: Bell

    init(wake: Bell, bell: Bell) { (self.wake, self.bell) = (wake, bell) }

    func order(_ advert: Advert?) {
        state.withLock { $0.order.advert = advert }
        wake.ring()
    }

    func look(on networks: [UInt32]?) {
        state.withLock { $0.order.networks = networks }
        wake.ring()
    }

    func prove(_ place: Endpoint) {
        let isNew = state.withLock {
            guard !$0.order.proven.contains(place) else { return false }
            if $0.order.proven.count == Self.provenAtMost { $0.order.proven.removeFirst() }
            $0.order.proven.append(place)
            return true
        }
        if isNew { wake.ring() }
    }

    private static let provenAtMost = 64

    var isOver: Bool { state.withLock { $0.isOver } }

    func end() {
        state.withLock { $0.isOver = true }
        wake.ring()
    }

    func tell(_ finds: [Find], _ presence: Herald.Presence) {
        let isNews = state.withLock {
            $0.presence = presence
            guard $0.finds != finds else { return false }
            $0.finds = finds
            return true
        }
        if isNews { bell.ring() }
    }
}
