import Disks
import Node
import Wire
import Words

/// A datagram in the air.
struct Parcel: Hashable, Sendable {
    let number: UInt64
    let bytes: [UInt8]
    /// Where it says it is from.
    let from: Int
    let to: Int
}

/// What passed, for being sent again much later.
struct Recorded {
    private var parcels: [Parcel] = []
    private var next = 0
    private static let most = 256

    mutating func add(_ parcel: Parcel) {
        if parcels.count < Self.most {
            parcels.append(parcel)
        } else {
            parcels[next] = parcel
            next = (next + 1) % Self.most
        }
    }

    func any(_ dice: inout Dice) -> Parcel? {
        parcels.isEmpty ? nil : parcels[dice.below(parcels.count)]
    }
}

extension World {
    /// What a peer's node hands to its system; false when that will not take it.
    @discardableResult
    func send(_ bytes: [UInt8], from peer: Peer, to: Int) -> Bool {
        // One more place where the power may go: before this message leaves.
        point(peer, .send)
        guard !peer.isDead else { return false }
        return pass(bytes, from: peer, to: to)
    }

    /// What leaves a peer's network, or that of its reader.
    @discardableResult
    func pass(_ bytes: [UInt8], from peer: Peer, to: Int) -> Bool {
        datagrams += 1
        let parcel = Parcel(number: datagrams, bytes: bytes, from: peer.number, to: to)
        let sum = quickHash(bytes, seed: 0)
        tracer.fold(sum)
        tracer.note(
            now,
            peer.number,
            .sent(datagrams, to: to, tracer.keeps ? kinds[sum] : nil, bytes: bytes.count)
        )
        counts.sent += 1
        if peer.refusesSendsUntil > now || network.thousandths(weather[.refusedSend]) {
            lose(parcel, .refused)
            return false
        }
        guard peers.indices.contains(to) else {
            lose(parcel, .nobody)
            return true
        }
        if weather[.replay] > 0 { replay(parcel) }
        carry(parcel)
        return true
    }

    /// What the air makes of it.
    func carry(_ parcel: Parcel) {
        if let fate = script?.fate(of: parcel) {
            switch fate {
            case .lost: return lose(parcel, .weather)
            case .doubled: heap.push(.parcel(parcel), at: now + 1)
            case .held: return
            }
        }
        if network.thousandths(weather[.cut]) { cut(parcel.from, parcel.to) }
        let copies = network.thousandths(weather[.duplication]) ? 2 : 1
        for _ in 0..<copies {
            if network.thousandths(weather[.loss]) {
                lose(parcel, .weather)
                continue
            }
            if isCut(parcel.from, parcel.to) {
                lose(parcel, .partition)
                continue
            }
            var arrives = parcel
            if weather[.corruption] + weather[.spoofing] > 0 { arrives = spoiled(parcel) }
            heap.push(.parcel(arrives), at: now + 1 + network.upTo(weather[.delay]))
        }
    }

    private func spoiled(_ parcel: Parcel) -> Parcel {
        var (bytes, from) = (parcel.bytes, parcel.from)
        if network.thousandths(weather[.corruption]), !bytes.isEmpty {
            for _ in 0...network.below(3) {
                bytes[network.below(bytes.count)] ^= 1 << UInt8(network.below(8))
            }
            counts.corrupted += 1
        }
        if network.thousandths(weather[.spoofing]) {
            from = network.below(peers.count + 1)
            counts.spoofed += 1
        }
        return Parcel(number: parcel.number, bytes: bytes, from: from, to: parcel.to)
    }

    /// Something that passed long ago passes again.
    private func replay(_ parcel: Parcel) {
        recorded.add(parcel)
        guard network.thousandths(weather[.replay]), let old = recorded.any(&network) else {
            return
        }
        counts.replayed += 1
        heap.push(.parcel(old), at: now + 1 + network.upTo(120_000))
    }

    private func lose(_ parcel: Parcel, _ loss: TraceEvent.Loss) {
        counts.lost += 1
        tracer.note(now, parcel.from, .lost(parcel.number, loss))
    }

    func handOver(_ parcel: Parcel) {
        guard peers.indices.contains(parcel.to) else { return }
        let peer = peers[parcel.to]
        if let crook = peer.crook {
            counts.delivered += 1
            tracer.note(now, peer.number, .delivered(parcel.number, from: parcel.from))
            return crook.hear(parcel.bytes, from: parcel.from, self)
        }
        if let eKey = peer.eKey, eKey.isInUse {
            guard eKey.thief == nil, eKey.fam.downUntil <= now else { return lose(parcel, .down) }
            counts.delivered += 1
            tracer.note(now, peer.number, .delivered(parcel.number, from: parcel.from))
            return hear(parcel, at: eKey)
        }
        guard peer.node != nil else { return lose(parcel, .down) }
        guard isAwake(peer, nil, .parcel(parcel)) else { return }
        // One more place where the power may go: before this message is handed over.
        point(peer, .handOver)
        guard !peer.isDead else { return fall(peer) }
        counts.delivered += 1
        tracer.note(now, peer.number, .delivered(parcel.number, from: parcel.from))
        let before = peer.dropped
        tell(peer, .datagram(parcel.bytes, from: Peer.address(parcel.from)))
        if peer.dropped != before {
            tracer.note(now, peer.number, .dropped(parcel.number))
        }
    }

    /// A reader has brought it to its eKey.
    func bring(_ bytes: [UInt8], from address: Address, to peer: Peer) {
        // One more place where the power may go: before this message is handed over.
        point(peer, .handOver)
        guard !peer.isDead else { return }
        hand(peer, .datagram(bytes, from: address))
    }

    // MARK: Partitions

    private func isCut(_ from: Int, _ to: Int) -> Bool {
        guard peers.indices.contains(from) else { return false }
        return cuts[from * peers.count + to] > 0
    }

    /// Cuts the way between two, or one direction of it, for a while.
    private func cut(_ from: Int, _ to: Int) {
        guard peers.indices.contains(from) else { return }
        var ways: [(Int, Int)] = []
        switch network.below(3) {
        case 0: ways = [(from, to)]
        case 1: ways = [(to, from)]
        case _: ways = [(from, to), (to, from)]
        }
        let long = network.chance(1, in: 4)
        let end = now + 100 + network.upTo(long ? 200_000 : 10_000)
        cut(ways, until: end)
    }

    func cut(_ ways: [(Int, Int)], until end: UInt64) {
        counts.cuts += 1
        for (from, to) in ways { cuts[from * peers.count + to] += 1 }
        heap.push(.strike(.mend(ways)), at: end)
    }

    func mend(_ ways: [(Int, Int)]) {
        // Healing mends everything at once; what was to be mended later is mended then.
        for (from, to) in ways where cuts[from * peers.count + to] > 0 {
            cuts[from * peers.count + to] -= 1
        }
    }
}
