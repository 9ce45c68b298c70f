internal import Host
package import Links
package import Nearby
internal import Sealing
package import Words

/// Looks who is near where there is no wallet yet: so whoever wants one finds an office.
package final class Lookout {
    private let air: UDP
    private let waiting: Waiting
    private var neighbours: Neighbours
    private let begun = Process.nanoseconds

    package init(_ settings: UDP.Settings) throws(LinkFault) {
        var chance = SystemChance()
        guard let owner = Bytes32(chance.bytes(32)) else {
            preconditionFailure("32 bytes were drawn")
        }
        air = try UDP(settings, chance: chance)
        waiting = try Waiting()
        neighbours = Neighbours(for: Key(owner), asksAvahi: settings.asksAvahi)
        for file in air.files { waiting.add(file) }
        neighbours.use(air.allowedNetworks)
        if let file = neighbours.wake() { waiting.add(file) }
    }

    private var milliseconds: UInt64 { (Process.nanoseconds - begun) / 1_000_000 }

    /// Asks everybody, and whoever is at these addresses.
    package func ask(_ typed: [Address]) { neighbours.ask(air, typed: typed, at: milliseconds) }

    /// Waits for answers, at most so long.
    package func turn(atMost most: UInt64) {
        let ready = Set(waiting.wait(atMost: Int(clamping: min(most, air.patience ?? most))))
        let now = milliseconds
        if air.look(at: now) { for file in air.files { waiting.add(file) } }
        neighbours.use(air.allowedNetworks)
        if let hints = neighbours.hear(ready, at: now) { air.hints = hints }
        air.receive(
            atMost: Station.datagramsAtOnce,
            at: now,
            ready: ready,
            isKnown: { _ in false },
            opened: { neighbours.opened }
        ) {
            neighbours.take($0, from: $1, at: now) ?? false
        }
    }

    package var peers: [Peer] { neighbours.listed(at: milliseconds) }
    package var presence: Herald.Presence? { neighbours.presence }
}
