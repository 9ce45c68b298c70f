import Disks
import Node
import Wallet
import Words

/// Something that befalls the world at a time that its seed decides.
enum Strike {
    case part([(Int, Int)], until: UInt64)
    case mend([(Int, Int)])
    /// The peer ends at one of its next writes, sends or deliveries.
    case arm(Peer, TraceEvent.Crash)
    case ioError(Peer, forEver: Bool)
    case fullDisk(Peer)
    case roomAgain(Peer)
    case pause(Peer)
    case clockJump(Peer)
    case fullQueue(Peer)
    case keepCopy(Peer)
    case comeBack(Peer, withHead: Bool)
    case garbage, strangeCall, forgery
    case rot(Peer)
    case revoke
    /// A device is lost for good; and its holder comes to the office, with another.
    case lose(Peer, again: Int)
    case report(Peer, Peer)
    /// What befalls one of the two disks of the office's books.
    case lie(Peer), rotBooks(Peer), loseDisk(Peer)
    /// What befalls an eKey or its reader.
    case atEKey(Peer, FaultKind)
    /// A peer stops keeping to rules.
    case turn(Peer, Crook.Trade)
}

extension World {
    /// Lays out when what happens, so many times as this seed's weather says.
    func planStorm() {
        for (number, peer) in wallets.reversed().enumerated() {
            guard number < scenario.thieves + scenario.liars else { break }
            let trade = number < scenario.thieves ? Crook.Trade.thief : .liar
            heap.push(.strike(.turn(peer, trade)), at: now + 1)
        }
        let span = scenario.seconds * 1_000 + Self.afterwards / 2
        for kind in FaultKind.allCases where kind.unit == .times {
            // A stream for each kind, so that one more of these shifts none of those.
            var dice = stream(seed, .events, kind.rawValue)
            for _ in 0..<weather[kind] {
                let at = now + dice.upTo(span)
                plan(kind, at: at, span: span, &dice)
            }
        }
    }

    private func plan(_ kind: FaultKind, at: UInt64, span: UInt64, _ dice: inout Dice) {
        let peer = peers[dice.below(peers.count)]
        let office = peers[peers.count - 1]
        let strike: Strike
        switch kind {
        case .partition: strike = .part(split(&dice, both: true), until: at + length(&dice))
        case .oneWay: strike = .part(split(&dice, both: false), until: at + length(&dice))
        case .powerCut: strike = .arm(peer, .powerCut)
        case .kill: strike = .arm(peer, .kill)
        case .officePowerCut: strike = .arm(office, .powerCut)
        case .officeKill: strike = .arm(office, .kill)
        case .ioError: strike = .ioError(peer, forEver: dice.chance(1, in: 3))
        case .fullDisk: strike = .fullDisk(peer)
        case .pause: strike = .pause(peer)
        case .clockJump: strike = .clockJump(peer)
        case .fullQueue: strike = .fullQueue(peer)
        case .garbage: strike = .garbage
        case .forgery: strike = .forgery
        case .strangeCall: strike = .strangeCall
        case .bitRot: strike = .rot(peer)
        case .revocation: strike = .revoke
        case .officeLie: strike = .lie(office)
        case .officeRot: strike = .rotBooks(office)
        case .officeDiskLost: strike = .loseDisk(office)
        case .lost: strike = .lose(anyDevice(&dice), again: 0)
        case .unplugged, .readerRestart, .stolen:
            strike = .atEKey(peers[dice.below(max(1, scenario.eKeys))], kind)
        case .restore, .rollback:
            let later = at + 1_000 + dice.upTo(span)
            // An office that opens on an older state is another story.
            let one = peer.bureau == nil ? peer : peers[0]
            heap.push(.strike(.comeBack(one, withHead: kind == .restore)), at: later)
            strike = .keepCopy(one)
        case .loss, .duplication, .corruption, .replay, .spoofing, .cut, .delay, .group, .check,
            .refusedSend, .carried:
            return
        }
        heap.push(.strike(strike), at: at)
    }

    private func anyDevice(_ dice: inout Dice) -> Peer {
        peers[dice.below(scenario.peers - scenario.spares)]
    }

    private func length(_ dice: inout Dice) -> UInt64 {
        200 + dice.upTo(dice.chance(1, in: 4) ? 150_000 : 15_000)
    }

    /// The ways between those on one side and those on the other.
    private func split(_ dice: inout Dice, both: Bool) -> [(Int, Int)] {
        let sides = peers.map { _ in dice.chance(1, in: 2) }
        var ways: [(Int, Int)] = []
        for from in peers.indices {
            for to in peers.indices where sides[from] != sides[to] {
                if both || sides[from] { ways.append((from, to)) }
            }
        }
        return ways
    }

    func strike(_ strike: Strike) {
        if case .mend(let ways) = strike { return mend(ways) }
        if case .roomAgain(let peer) = strike { return giveRoom(peer) }
        if case .turn(let peer, let trade) = strike { return turn(peer, trade) }
        if case .report(let lost, let other) = strike { return report(lost, other) }
        guard !isHealing else { return }
        switch strike {
        case .mend, .roomAgain, .turn, .report: return
        case .part(let ways, let end):
            note(.partition, ways.first?.0 ?? 0)
            cut(ways, until: end)
        case .arm(let peer, let ending): arm(peer, ending)
        case .ioError(let peer, let forEver):
            note(.ioError, peer.number)
            peer.mayFail = true
            let at = 1 + peer.dice.below(60)
            anyDisk(of: peer).fault = FaultyDisk.Fault(at: at, forEver: forEver)
        case .fullDisk(let peer):
            note(.fullDisk, peer.number)
            peer.mayFail = true
            let disk = anyDisk(of: peer)
            disk.capacity = disk.bytesUsed + peer.dice.below(200_000)
            heap.push(.strike(.roomAgain(peer)), at: now + 1_000 + peer.dice.upTo(60_000))
        case .pause(let peer):
            note(.pause, peer.number)
            peer.pausedUntil = now + 100 + peer.dice.upTo(40_000)
        case .clockJump(let peer):
            // What an office dates years ahead no day of this world settles.
            guard peer.bureau == nil || !scenario.settles else { return }
            note(.clockJump, peer.number)
            let years = peer.dice.chance(1, in: 2) ? Int64(peer.dice.below(13)) - 6 : 0
            // What years have put off comes right again as often.
            if years == 0, peer.dice.chance(1, in: 2) { peer.skew = 0 }
            peer.skew += years * 31_556_952 + Int64(peer.dice.below(200_000)) - 100_000
        case .fullQueue(let peer):
            note(.fullQueue, peer.number)
            peer.refusesSendsUntil = now + 100 + peer.dice.upTo(10_000)
        case .keepCopy(let peer): keepCopy(peer)
        case .comeBack(let peer, let withHead): comeBack(peer, withHead: withHead)
        case .garbage: throwGarbage()
        case .strangeCall: callStrangely()
        case .forgery: forge()
        case .rot(let peer): rot(peer)
        case .revoke: revoke()
        case .lose(let peer, let again): lose(peer, again)
        case .lie(let peer): lie(peer)
        case .rotBooks(let peer): rotBooks(peer)
        case .loseDisk(let peer): loseDisk(peer)
        case .atEKey(let peer, let kind):
            guard let eKey = peer.eKey else { return }
            note(kind, peer.number)
            befall(eKey, kind)
        }
    }

    private func note(_ kind: FaultKind, _ peer: Int) {
        tracer.note(now, peer, .weather(kind, 0))
    }

    private func arm(_ peer: Peer, _ ending: TraceEvent.Crash) {
        // What a thief's device goes through makes no rule of ours true; but he must stay.
        guard peer.crook == nil || !scenario.hasOffice else { return }
        peer.ending = ending
        peer.fuse = 1 + peer.dice.below(peer.dice.chance(1, in: 2) ? 12 : 120)
        guard peer.node == nil else { return }
        // It is down already: the fuse burns while it recovers.
        peer.fuse = 1 + peer.dice.below(30)
    }

    // MARK: Older states

    private func keepCopy(_ peer: Peer) {
        guard peer.node != nil, !peer.isDead, peer.backup == nil else { return }
        // What a copy taken of the files in use would hold, after an orderly stop.
        peer.node?.settle()
        tend(peer)
        guard peer.node != nil else { return }
        peer.backup = Peer.Backup(image: peer.disk.image(), sound: peer.sound)
    }

    private func comeBack(_ peer: Peer, withHead: Bool) {
        guard let backup = peer.backup, peer.node != nil, !peer.isDead else { return }
        peer.backup = nil
        peer.node?.settle()
        tend(peer)
        guard peer.node != nil, !peer.isDead else { return }
        replace(peer, backup, withHead: withHead)
    }
}
