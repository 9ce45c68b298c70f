import Commit
import Disks
import Node
import Oracle
import Wallet
import Words

// A device is lost for good: its holder has the key revoked, gets another device with a key of
// its own, and waits for what the old one had until its sticks are settled.

extension World {
    /// While somebody waits for its decision, if that comes about within a minute or so: of such
    /// payments only the office knows an end.
    func lose(_ peer: Peer, _ again: Int) {
        let isAwaited = wallets.contains { isWaiting($0.node?.wallet, for: peer.key) }
        guard isAwaited || again >= Self.looksAtIt else {
            let strike = Strike.lose(peer, again: again + 1)
            return heap.push(.strike(strike), at: now + 100)
        }
        lose(peer)
    }

    private static let looksAtIt = 600

    private func isWaiting(_ wallet: Wallet?, for key: Key) -> Bool {
        for buyer in wallet?.buying.values.map(\.self) ?? [] where buyer.deal?.peer == key {
            if case .held = buyer.phase { return true }
        }
        return false
    }

    private func lose(_ peer: Peer) {
        let spares = peers[(scenario.peers - scenario.spares)..<scenario.peers]
        guard !peer.isLost, let node = peer.node, !peer.isDead,
            let other = spares.first(where: {
                !$0.hasBegun
            })
        else { return }
        // What it signed in a life of which it knows nothing any more was honest too.
        peer.lastGood = peer.putBack > 0 ? 1_000_000 : node.wallet.nextCounter - 1
        other.hasBegun = true
        peer.isLost = true
        leave(peer)
        oracle.lost(peer.number)
        tracer.note(now, peer.number, .crashed(.replaced))
        counts.lostDevices += 1
        heap.push(.strike(.report(peer, other)), at: now + 1 + peer.dice.upTo(40_000))
    }

    /// Its holder is at the office.
    func report(_ lost: Peer, _ other: Peer) {
        guard breach == nil, let office = peers.last, let bureau = office.bureau else { return }
        guard office.node != nil, !office.isDead else {
            heap.push(.strike(.report(lost, other)), at: now + 1_000)
            return
        }
        // The power does not go while he is there: what a half of it leaves behind he would ask
        // for again, and that is tried where nobody is in a hurry.
        let fuse = office.fuse
        office.fuse = nil
        defer { office.fuse = fuse }
        do {
            try bureau.revoke(
                lost.key,
                lastGood: lost.lastGood,
                UInt64(lost.number),
                at: office.time(now).moment
            )
        } catch {
            return refuse(.world, lost, "a lost key is not revoked: \(error)")
        }
        lookAtBooks(office)
        other.fuse = nil
        enrol(other, onAccountOf: lost.key)
        lookAtBooks(office)
        settle(habitsOf: other)
    }
}
