import Disks
import Node
import Oracle

/// Homes as they are before anything is sold, to begin many worlds with that differ only in what
/// befalls them later.
struct Founding: Sendable {
    fileprivate let images: [Image]
    fileprivate let oracle: Oracle

    init(_ scenario: Scenario, seed: UInt64) {
        let world = World(scenario, seed: seed, keepsTrace: false, script: nil)
        (images, oracle) = world.founded()
    }
}

extension World {
    /// Makes the homes, gives them what they are given, and stops them in order.
    fileprivate func founded() -> ([Image], Oracle) {
        for peer in peers { found(peer) }
        advance(until: now)
        for peer in peers {
            peer.node?.settle()
            precondition(peer.node?.fault == nil && breach == nil, "homes are made in fair weather")
            leave(peer)
        }
        return (peers.map { $0.disk.image() }, oracle)
    }

    /// The first sale begins, and with it the script.
    func beginScript() {
        guard script != nil, script?.hasBegun == false else { return }
        script?.hasBegun = true
        changesBefore = allChanges
    }

    /// How often that was done since the first sale began, as the disks and the air counted
    /// themselves: of a run in which no disk was taken away.
    package func count(_ act: CrashPoint.Act) -> Int {
        var changes = allChanges
        changes.subtract(changesBefore)
        return switch act {
        case .create: changes.created
        case .write: changes.writes
        case .truncate: changes.sizes
        case .sync: changes.syncs
        case .remove: changes.removed
        case .send: Int(counts.sent)
        case .handOver: Int(counts.delivered)
        }
    }

    private var allChanges: FaultyDisk.Changes {
        peers.reduce(into: FaultyDisk.Changes()) { $0.add($1.disk.changes) }
    }

    /// Starts the homes that were made before.
    func begin(with founding: Founding) {
        oracle = founding.oracle
        for (peer, image) in zip(peers, founding.images) {
            peer.disk = FaultyDisk(image, seed: peer.disks.next())
            boot(peer)
        }
    }
}
