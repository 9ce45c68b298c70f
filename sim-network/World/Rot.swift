import Disks
import JournalTrials
import Node

// A bit changes in a file at rest. It has to be named, by the opening or by whoever reads it
// later, or to change nothing; what the oracle reads back says which.

extension World {
    /// A home stops in order, and before it comes back a bit of one of its files has changed.
    func rot(_ peer: Peer) {
        guard peer.node != nil, !peer.isDead, peer.crook == nil, peer.sound == nil else { return }
        peer.node?.settle()
        tend(peer)
        guard peer.node != nil, !peer.isDead else { return }
        end(peer, .rotten)
        var image = peer.disk.image()
        // A copy that was made at that stop, for when the damage is seen.
        (peer.sound, peer.isNamed) = (image, false)
        let files = [Home.database, Home.wal, Home.head].filter { image.count(of: $0) > 0 }
        let file = files[peer.dice.below(files.count)]
        let bytes = image.bytes(of: file)
        var at = peer.dice.below(bytes.count)
        // Most of a log is room that nobody has used yet.
        for _ in 0..<64 where bytes[at] == 0 { at = peer.dice.below(bytes.count) }
        image.flip(file, bit: at * 8 + peer.dice.below(8))
        peer.remains = FaultyDisk(image, seed: peer.disks.next())
        peer.inFlight = nil
        counts.rotten += 1
        leave(peer)
        heap.push(.boot(peer), at: now + 500 + peer.dice.upTo(10_000))
    }

    /// The damage shows, perhaps not for the first time: what was read past it may be less than
    /// there was, and not go on from there.
    func name(_ peer: Peer) {
        counts.rotNamed += peer.isNamed ? 0 : 1
        peer.isNamed = true
    }

    /// The damage is named: the home is lost, and what its person has of it is the copy.
    ///
    /// Nobody goes on from a copy as if nothing had been: its epoch is over. False when no bit
    /// has changed, or the disk had other reasons to fail.
    func isLost(_ peer: Peer) -> Bool {
        guard let sound = peer.sound, peer.disk.faults == 0, peer.disk.capacity == nil,
            !peer.isDead
        else { return false }
        name(peer)
        end(peer, .replaced)
        peer.remains = FaultyDisk(sound, seed: peer.disks.next())
        (peer.sound, peer.inFlight, peer.old) = (nil, nil, .copy)
        leave(peer)
        heap.push(.boot(peer), at: now + 500 + peer.dice.upTo(10_000))
        return true
    }
}
