import Cables
import Commit
import Disks
import EKey
import Node
import Wallet
import Wire
import Words

/// The reader before an eKey: its networks and screens, and whoever sits there.
final class Fam {
    /// Whether it keeps to no rule.
    var isBad: Bool
    let key: any Signing
    var line: Line?
    var reading: Reading?
    /// What came from the networks and has not been taken; the newest are kept.
    var incoming: [Carried] = []
    /// What its person wants of the eKey, in order.
    var asks: [Pending] = []
    /// A yes that the button has not been pressed for, and when it is said again.
    var unpressed: (pending: Pending, at: UInt64)?
    /// The session that has had its PIN, or in which somebody is about to type it.
    var unlocked = 0
    var typesIn = 0
    /// When the eKey wants to be looked after again, and when this one is up again.
    var dueAt: UInt64 = 0
    var downUntil: UInt64 = 0
    /// When it does something next, if that is laid out.
    var turnAt: UInt64?
    /// What it has heard, when it keeps to no rule.
    var loot = Loot()

    struct Pending {
        let asking: Asking
        var left = 8
    }

    init(isBad: Bool, key: any Signing) { (self.isBad, self.key) = (isBad, key) }

    var isUnlocked: Bool { reading.map { $0.isOpen && $0.sessions == unlocked } ?? false }
}

/// What is asked of an eKey's wallet.
///
/// The words of that talk are no format for strangers: on the cable goes the number of what is
/// meant, made as long as the words would be.
enum Asking {
    case wish(Wish)
    case accept(PaymentID, share: Terms.Wants, pin: [UInt8]?)
    /// What is not over.
    case pending

    /// What an eKey wants before it answers.
    var right: Right {
        switch self {
        case .wish(.policy): .nobody
        case .wish, .accept, .pending: .holder
        }
    }

    fileprivate var length: Int {
        switch self {
        case .wish(.bring), .wish(.learn): 900
        case .wish, .accept, .pending: 120
        }
    }
}

/// Something that a person or a device does about an eKey, at its time.
enum AtReader {
    case turn
    case type
    case press(PaymentID)
    case steal
}

extension World {
    // MARK: Words on the cable

    func words(_ asking: Asking) -> [UInt8] {
        askings.append(asking)
        let number = bigEndianBytes(UInt64(askings.count - 1))
        return number + [UInt8](repeating: 7, count: asking.length)
    }

    func asking(_ words: [UInt8]) -> Asking? {
        guard let number = Self.number(words), askings.indices.contains(number),
            words.count == 8 + askings[number].length
        else { return nil }
        return askings[number]
    }

    private static func number(_ words: [UInt8]) -> Int? {
        guard words.count >= 8 else { return nil }
        return Int(exactly: words.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    func number(_ news: [News]) -> [UInt8] {
        tidings.append(news)
        return bigEndianBytes(UInt64(tidings.count - 1))
    }

    private func news(_ words: [UInt8]) -> [News] {
        guard let number = Self.number(words), tidings.indices.contains(number) else { return [] }
        return tidings[number]
    }

    // MARK: Making one

    /// Gives an eKey its codes, and pairs its reader, before any weather.
    func plugIn(_ eKey: EKeyPeer) {
        do {
            try eKey.begin()
            try eKey.inside?.set(.pin, eKey.watch.pin)
            try eKey.inside?.set(.unblock, eKey.code)
            var policy = Policy()
            policy.pinAbove = Office.amount(1)
            hand(eKey.peer, .wish(.policy(policy)))
            eKey.isInUse = true
            connect(eKey)
            guard let reading = eKey.fam.reading, let name = Text("the reader at home") else {
                return
            }
            try reading.open()
            _ = try reading.verify(eKey.watch.pin)
            try reading.pair(eKey.fam.key.key, as: name)
            reading.shut()
        } catch {
            return refuse(.world, eKey.peer, "an eKey could not be made: \(error)")
        }
        wake(eKey, at: now + 1)
    }

    /// A reader has no state but its key.
    func connect(_ eKey: EKeyPeer) {
        let line = Line(to: eKey, isPaired: true)
        let fam = eKey.fam
        fam.line = line
        fam.reading = Reading(
            line,
            ReaderKey(eKey: eKey.peer.key, identity: fam.key),
            chance: stream(
                seed,
                .reader,
                eKey.peer.number << 32 | Int(now & 0xFFFF_FFFF) | 1 << 31
            ),
            isSigned: craft.isSigned
        )
        (fam.unlocked, fam.typesIn) = (0, 0)
        (fam.incoming, fam.asks, fam.unpressed) = ([], [], nil)
    }

    // MARK: What comes from outside

    /// A datagram has come as far as the reader.
    func hear(_ parcel: Parcel, at eKey: EKeyPeer) {
        let fam = eKey.fam
        fam.incoming.append(Carried(parcel.bytes, Peer.address(parcel.from)))
        if fam.incoming.count > Incoming.most { fam.incoming.removeFirst() }
        if fam.isBad { fam.loot.add(fam.incoming.last) }
        wake(eKey, at: now)
    }

    /// What a person wants of a wallet that is an eKey.
    func ask(_ eKey: EKeyPeer, _ wish: Wish) {
        var asking = Asking.wish(wish)
        if case .answer(let payment, .accept(let share, let knows)) = wish {
            if knows { eKey.watch.willing.insert(payment) }
            asking = .accept(payment, share: share, pin: knows ? eKey.watch.pin : nil)
        }
        ask(eKey, asking)
    }

    func ask(_ eKey: EKeyPeer, _ asking: Asking) {
        eKey.fam.asks.append(Fam.Pending(asking: asking))
        wake(eKey, at: now)
    }

    func wake(_ eKey: EKeyPeer, at time: UInt64) {
        let fam = eKey.fam
        let time = max(time, now, fam.downUntil)
        guard fam.turnAt.map({ time < $0 || $0 < now }) ?? true else { return }
        fam.turnAt = time
        heap.push(.reader(eKey.peer, .turn), at: time)
    }

    /// How long an eKey can do without its reader.
    func patience(of peer: Peer) -> UInt64 {
        if peer.flushes { return 20 }
        if peer.busyUntil >= now { return peer.busyUntil - now + 1 }
        guard let wake = peer.node?.nextWake else { return 60_000 }
        let at = peer.bootedAt + wake.milliseconds
        return at > now ? at - now : 1
    }

    // MARK: What a reader does

    func happen(_ peer: Peer, _ what: AtReader) {
        guard let eKey = peer.eKey else { return }
        switch what {
        case .turn:
            guard eKey.fam.turnAt == now else { return }
            eKey.fam.turnAt = nil
            turn(eKey)
        case .type: typePIN(eKey)
        case .press(let payment): press(eKey, payment)
        case .steal: steal(eKey)
        }
        judge(eKey)
    }

    /// Says what there is to say, carries what there is to carry, and comes back.
    private func turn(_ eKey: EKeyPeer) {
        let fam = eKey.fam
        guard eKey.thief == nil else { return }
        guard now >= fam.downUntil else { return wake(eKey, at: fam.downUntil) }
        // Who holds it up answers nothing.
        guard eKey.peer.pausedUntil <= now else { return wake(eKey, at: eKey.peer.pausedUntil) }
        guard plug(eKey) else { return wake(eKey, at: max(eKey.backAt, now + Self.triesAgain)) }
        if fam.isBad { misbehave(eKey) }
        sayAsks(eKey)
        if fam.reading?.isOpen == true, !fam.incoming.isEmpty || now >= fam.dueAt {
            guard exchange(eKey) else { return wake(eKey, at: now + Self.triesAgain) }
        }
        guard fam.reading?.isOpen == true else { return wake(eKey, at: now + Self.triesAgain) }
        var next = max(fam.dueAt, now + 1)
        if let again = fam.unpressed { next = min(next, max(again.at, now + 1)) }
        if !fam.incoming.isEmpty || !fam.asks.isEmpty && fam.isUnlocked { next = now + 1 }
        wake(eKey, at: next)
    }

    private static let triesAgain: UInt64 = 300
    /// How long a reader that nothing comes to lets an eKey alone at most, in a storm and after.
    private var looksAtLeast: UInt64 { isHealing ? 60_000 : 1_000 }

    /// The line is there, or it is now.
    private func plug(_ eKey: EKeyPeer) -> Bool {
        guard let reading = eKey.fam.reading else { return false }
        if !reading.isOpen {
            if !eKey.cable.isIn, eKey.backAt <= now { eKey.cable.plug() }
            guard (try? reading.open()) != nil else { return false }
            eKey.fam.dueAt = 0
            note(eKey, .plugged)
        }
        typesSoon(eKey)
        return true
    }

    /// In a session without a PIN somebody comes and types it.
    private func typesSoon(_ eKey: EKeyPeer) {
        let fam = eKey.fam
        guard let reading = fam.reading, fam.typesIn != reading.sessions, !fam.isUnlocked else {
            return
        }
        fam.typesIn = reading.sessions
        heap.push(.reader(eKey.peer, .type), at: now + 200 + eKey.dice.upTo(6_000))
    }

    private func sayAsks(_ eKey: EKeyPeer) {
        let fam = eKey.fam
        if let again = fam.unpressed, now >= again.at {
            fam.unpressed = nil
            fam.asks.append(again.pending)
        }
        var later: [Fam.Pending] = []
        while fam.isUnlocked, !fam.asks.isEmpty {
            var one = fam.asks.removeFirst()
            do throws(ReaderFault) {
                guard let answer = try fam.reading?.ask(words(one.asking)) else { return }
                fam.dueAt = 0
                for one in news(answer) { heed(eKey, one) }
            } catch {
                if error == .refused(.notNow) {
                    fam.unpressed = (one, now + Self.triesAgain)
                    continue
                }
                one.left -= 1
                switch error {
                case .refused(.notForThisSession):
                    (fam.unlocked, fam.typesIn) = (0, 0)
                    if one.left > 0 { later.append(one) }
                case .away, .silent: if one.left > 0 { later.append(one) }
                case .refused, .strange, .another, .unproven: continue
                }
            }
        }
        fam.asks = later + fam.asks
        typesSoon(eKey)
    }

    /// False when it came to nothing.
    private func exchange(_ eKey: EKeyPeer) -> Bool {
        let fam = eKey.fam
        var batch = Incoming()
        batch.datagrams = carried(fam.incoming, by: eKey)
        guard let outgoing = try? fam.reading?.exchange(batch) else { return false }
        fam.incoming = []
        for one in carried(outgoing.datagrams, by: eKey) {
            if let address = one.address {
                pass(one.datagram, from: eKey.peer, to: Peer.number(address))
            } else {
                for other in peers where other !== eKey.peer {
                    pass(one.datagram, from: eKey.peer, to: other.number)
                }
            }
        }
        for words in outgoing.news {
            for one in news(words) { heed(eKey, one) }
        }
        fam.dueAt = now + max(1, min(outgoing.patience, looksAtLeast))
        return true
    }

    /// What becomes of datagrams at a reader.
    private func carried(_ datagrams: [Carried], by eKey: EKeyPeer) -> [Carried] {
        guard eKey.fam.isBad else { return datagrams }
        let made = eKey.fam.loot.spoiled(datagrams, &eKey.dice)
        if made != datagrams { note(eKey, .spoiled) }
        return made
    }

    /// What a reader shows of what happened.
    private func heed(_ eKey: EKeyPeer, _ news: News) {
        if eKey.fam.isBad {
            eKey.fam.loot.add(news)
            // It shows what it likes.
            if eKey.dice.chance(1, in: 10) { return }
        }
        heed(eKey.peer, news)
    }

    func note(_ eKey: EKeyPeer, _ act: ReaderAct) {
        tracer.note(now, eKey.peer.number, .reader(act))
        counts.readers[Int(act.rawValue)] += 1
    }
}
