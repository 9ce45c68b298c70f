import Disks
import Journal
import JournalTrials
import Node
import Oracle
import Wallet
import Words

// How a home is founded, how its node ends, and how it comes back.

extension World {
    /// Makes a home and gives it its window and its money, before any weather.
    func found(_ peer: Peer) {
        oracle.join(peer.number, key: peer.key)
        if scenario.hasOffice { return enrol(peer) }
        let owner = office.owner(peer.tools)
        let (wallet, step) = Wallet.founded(owner)
        do {
            let (inner, _) = try open(peer)
            let log = WatchedLog(inner, self, peer)
            try log.keep([step])
            start(peer, wallet, log)
        } catch {
            return refuse(.world, peer, "a new home could not be made: \(error)")
        }
        let sticks = scenario.trade == .chain && peer.number > 0 ? 0 : scenario.sticks
        for wish in office.gifts(to: owner, scenario, sticks: sticks) {
            tell(peer, .wish(wish))
        }
    }

    func open(_ peer: Peer) throws(JournalError) -> (JournalLog, Recovered) {
        let (log, recovered) = try JournalLog.open(
            Disk(system: peer.disk.system, folder: Home.folder),
            hiding: peer.tools.hiding,
            chance: Dice(seed: peer.disks.next()),
            settings: peer.settings
        )
        peer.journal = log
        return (log, recovered)
    }

    func start(_ peer: Peer, _ wallet: Wallet, _ log: any Log) {
        peer.life += 1
        peer.hasBegun = true
        (peer.wakeAt, peer.settles, peer.flushes, peer.dropped) = (nil, true, false, 0)
        (peer.screen, peer.answered) = (nil, [])
        peer.node = Node(
            wallet,
            log: log,
            air: peer.eKey == nil ? PeerAir(self, peer) : RelayAir(self, peer),
            keys: peer.tools.keys,
            desk: WatchedDesk(peer.tools.desk(), self, peer),
            chance: stream(seed, .node, peer.number << 32 | peer.life),
            counter: peer.bureau?.counter
        )
        // The first group's head waits to be synced since before the node was there.
        heap.push(.settle(peer, life: peer.life), at: now + 1 + checks.upTo(998))
    }

    // MARK: The end of a life

    /// Counts a place where a process may end, and ends it when its time has come.
    func point(_ peer: Peer, _ act: CrashPoint.Act) {
        counts.points += 1
        guard !peer.isDead else { return }
        if script?.hasBegun == true {
            let isInRecovery = peer.isRecovering
            road.pass(CrashPoint(home: peer.number, act: act, isInRecovery: isInRecovery))
        }
        if let leaves = script?.pass(isRecovering: peer.isRecovering) {
            peer.leaves = leaves
            return end(peer, .powerCut)
        }
        guard let fuse = peer.fuse else { return }
        guard fuse <= 1 else {
            peer.fuse = fuse - 1
            return
        }
        peer.fuse = nil
        end(peer, peer.ending)
    }

    /// The power goes, or the process is killed: what it does from now on has no effect.
    func end(_ peer: Peer, _ ending: TraceEvent.Crash) {
        guard !peer.isDead else { return }
        peer.isDead = true
        peer.remains = remains(of: peer, ending)
        peer.disk.fault = FaultyDisk.Fault(at: 1, forEver: true)
        endSecond(of: peer, ending)
        counts.ends[Int(ending.rawValue)] += 1
        if peer.bureau != nil { counts.officeEnds += 1 }
        tracer.note(now, peer.number, .crashed(ending))
    }

    private func remains(of peer: Peer, _ ending: TraceEvent.Crash) -> FaultyDisk {
        switch ending {
        case .powerCut: FaultyDisk(image(of: peer), seed: peer.disks.next())
        // The system runs on: what was written is seen, and no more durable than before.
        case .kill, .fault, .replaced, .rotten: peer.disk.survivor(seed: peer.disks.next())
        }
    }

    private func image(of peer: Peer) -> Image {
        guard let leaves = peer.leaves else { return peer.disk.crash(&peer.dice) }
        peer.leaves = nil
        road.strike(leaves)
        return peer.disk.crash(leaves, &peer.dice)
    }

    /// The node is dropped, and comes back from its disk after a while.
    func fall(_ peer: Peer) {
        if !peer.isDead {
            // It stopped by itself.
            if isLost(peer) || mendsBooks(peer) { return }
            if !peer.mayFail, !peer.hasFaultyDisk {
                refuse(.world, peer, "it stopped: \(peer.node?.fault?.reason ?? "")")
            }
            end(peer, .fault)
        }
        leave(peer)
        // Often enough the power goes again while it recovers.
        if !isHealing, peer.fuse == nil, weather[.powerCut] > 0, peer.dice.chance(1, in: 3) {
            (peer.ending, peer.fuse) = (.powerCut, 1 + peer.dice.below(30))
        }
        heap.push(.boot(peer), at: now + 20 + peer.dice.upTo(isHealing ? 100 : 8_000))
    }

    func leave(_ peer: Peer) {
        peer.node = nil
        peer.journal = nil
        peer.eKey?.end()
        peer.meter?.stop()
        peer.bureau?.leave()
        peer.life += 1
        for disk in peer.bookDisks { disk.watch = nil }
    }

    // MARK: The next one

    func boot(_ peer: Peer) {
        guard peer.node == nil, !peer.isLost else { return }
        if let remains = peer.remains { peer.disk = remains }
        if let remains = peer.secondRemains { (peer.second, peer.secondRemains) = (remains, nil) }
        (peer.remains, peer.isDead, peer.bootedAt) = (nil, false, now)
        watch(peer)
        counts.boots += 1
        peer.isRecovering = true
        defer { peer.isRecovering = false }
        for parcel in script?.release() ?? [] { heap.push(.parcel(parcel), at: now + 1) }
        do {
            try peer.bureau?.open(on: peer.bookDisks)
            let (inner, recovered) = try open(peer)
            try goOn(peer, inner, recovered)
        } catch {
            guard !isLost(peer), !mendsBooks(peer) else { return }
            guard peer.isDead || peer.hasFaultyDisk else {
                let name = Bureau.isItsOwn(error) ? Breach.Name.books : .journal
                return refuse(name, peer, "\(error)")
            }
            if !peer.isDead { end(peer, .fault) }
            leave(peer)
            heap.push(.boot(peer), at: now + 20 + peer.dice.upTo(isHealing ? 100 : 8_000))
        }
    }

    private func goOn(
        _ peer: Peer,
        _ inner: JournalLog,
        _ recovered: Recovered
    ) throws {
        if let old = peer.oldJournal {
            return try goOn(peer, inner, recovered, old)
        } else if let finding = recovered.finding {
            guard peer.old == .underItsHead || peer.sound != nil else {
                return refuse(.journal, peer, "a power cut is named: \(finding)")
            }
            if peer.sound != nil { name(peer) }
            oracle.restored(peer.number, recovered)
        } else if peer.old == .copy {
            oracle.restored(peer.number, recovered)
        } else if peer.old == .whole {
            oracle.restored(peer.number, recovered)
            peer.old = nil
        } else {
            // Also when nothing had happened since the copy was made.
            oracle.restarted(peer.number, recovered, inFlight: peer.inFlight)
            peer.old = nil
        }
        peer.inFlight = nil
        guard var wallet = try Wallet(recovering: recovered, at: peer.time(now)) else {
            return refuse(.journal, peer, "it has no rows of its own")
        }
        let log = WatchedLog(inner, self, peer)
        let isOld = recovered.finding != nil || peer.old == .copy
        if isOld, let text = Text("an older state came back") {
            try log.keep([wallet.begunAnew(text)])
            peer.old = nil
            // What begins anew was audited: a bit that matters would have been named then.
            if recovered.finding != nil { peer.sound = nil }
        }
        if peer.bureau == nil {
            try peer.eKey?.begin()
            start(peer, wallet, log)
        } else {
            try openCounter(peer, wallet, log)
        }
        resume(peer, wallet)
    }

    func resume(_ peer: Peer, _ wallet: Wallet) {
        tracer.note(now, peer.number, .restarted(inert: wallet.life != .live))
        peer.node?.resume(at: peer.time(now))
        flush(peer)
        // Whoever is before an eKey looks when he has typed the PIN.
        if let eKey = peer.eKey { return wake(eKey, at: now) }
        // The person looks at the screen again.
        for standing in peer.node?.wallet.standings ?? [] { heed(peer, .standing(standing)) }
        if peer.purchases > 0, peer.node != nil { tell(peer, .wish(.listen(true))) }
        if peer.node?.wallet.life != .live { planRenewal(of: peer) }
        start(meterOf: peer)
    }

    /// Counts every change of the disk as a place where the power may go.
    func watch(_ peer: Peer) {
        for disk in peer.bookDisks {
            disk.watch = { [unowned self, unowned peer] _, operation in
                if let act = CrashPoint.Act(operation) { point(peer, act) }
            }
        }
    }

    /// Something that must not be is so.
    func refuse(_ name: Breach.Name, _ peer: Peer, _ sentence: String) {
        guard breach == nil else { return }
        breach = Breach(
            name: name.rawValue,
            homes: [peer.number],
            sentence: sentence,
            seed: seed,
            milliseconds: now
        )
    }
}
