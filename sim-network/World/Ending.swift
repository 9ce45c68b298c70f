import Commit
import Disks
import JournalTrials
import Money
import Node
import Oracle
import Wallet
import Words

// How a world comes to rest, and what must be true of it then.

extension World {
    /// The weather ends, whoever is down comes back, and whatever was cut is joined.
    func heal() {
        guard breach == nil else { return }
        isHealing = true
        weather = .fair
        tracer.note(now, -1, .healed)
        cuts = Array(repeating: 0, count: cuts.count)
        for eKey in peers.compactMap(\.eKey) { heal(eKey) }
        for peer in peers {
            (peer.fuse, peer.pausedUntil, peer.refusesSendsUntil) = (nil, 0, 0)
            for disk in peer.bookDisks {
                (disk.capacity, disk.liesAbout) = (nil, nil)
                if peer.node != nil { disk.fault = nil }
            }
            for remains in [peer.remains, peer.secondRemains] {
                remains?.capacity = nil
                remains?.liesAbout = nil
            }
        }
    }

    func end() {
        guard breach == nil else { return }
        for peer in peers where peer.crook == nil && peer.hasBegun && !peer.isLost {
            guard let node = peer.node else {
                refuse(.liveness, peer, "it did not come back")
                return
            }
            if let open = node.wallet.errands.first {
                refuse(.liveness, peer, "it still asks its office: \(open.word.rawValue)")
                return
            }
            counts.inert += node.wallet.life == .live ? 0 : 1
            if scenario.hasOffice, node.wallet.life != .live {
                refuse(.liveness, peer, "its office has not opened another epoch for it")
                return
            }
            for standing in node.wallet.standings where isStuck(standing, node.wallet) {
                let who = "\(standing.side) \(standing.word.rawValue)"
                refuse(.liveness, peer, "\(standing.about.memo.string) is still \(who)")
                return
            }
        }
        for peer in peers where peer.bureau != nil { reopenBooks(peer, whole: true) }
        oracle.atRest()
        let madeGood = oracle.madeGood
        (counts.cases, counts.repaid) = (UInt64(madeGood.cases), madeGood.paid)
        (counts.claims, counts.forgotten) = (madeGood.left, madeGood.forgotten)
        if let first = oracle.violations.first {
            breach = Breach(first, seed: seed, milliseconds: now)
        }
    }

    /// Whether a payment is not over, though both of its sides could end it.
    private func isStuck(_ standing: PaymentStanding, _ wallet: Wallet) -> Bool {
        let buyer = wallet.buying[standing.payment]?.deal?.peer
        let seller = wallet.selling[standing.payment]?.deal?.peer
        guard let other = buyer ?? seller else { return true }
        let peer = peers.first { $0.key == other }
        // Somebody whose epoch has ended decides nothing any more: that is for the office.
        let isAlive = peer?.node?.wallet.life == .live
        guard wallet.life == .live, isAlive, let theirs = peer?.node?.wallet else { return false }
        // Of a life that is over only its office decides.
        let payee = standing.side == .seller ? wallet : theirs
        return standing.payment.epoch == payee.owner.epoch
            && isOfThisLife(standing, wallet, theirs)
    }

    private func isOfThisLife(
        _ standing: PaymentStanding,
        _ wallet: Wallet,
        _ theirs: Wallet
    ) -> Bool {
        let buyer = standing.side == .buyer ? wallet : theirs
        guard case .held(let held)? = buyer.buying[standing.payment]?.phase else {
            // Nothing of it is left in a life that followed.
            return buyer.owner.epoch == .first
        }
        return held.handover.header.place.epoch == buyer.owner.epoch
    }

    /// A home is taken back to an older state: its database alone, or all of it.
    func replace(_ peer: Peer, _ backup: Peer.Backup, withHead: Bool) {
        var image = backup.image
        if withHead { image[Home.head] = peer.disk.image()[Home.head] }
        end(peer, .replaced)
        peer.remains = FaultyDisk(image, seed: peer.disks.next())
        // A bit that had changed comes back with its copy; one that changed since then is gone.
        (peer.sound, peer.isNamed) = (backup.sound, false)
        peer.inFlight = nil
        peer.old = withHead ? .underItsHead : .whole
        // Nothing tells a whole older home from a clone.
        if !withHead { oracle.dishonest(peer.key) }
        peer.putBack += 1
        oracle.putBack(peer.number)
        counts.older += 1
        leave(peer)
        heap.push(.boot(peer), at: now + 500 + peer.dice.upTo(10_000))
    }
}
