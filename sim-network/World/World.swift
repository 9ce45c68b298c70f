import Disks
import Money
import Node
import Oracle
import Wallet
import Wire
import Words

/// A world of homes on a virtual clock, from one seed: the same seed, the same run, to the byte.
///
/// The node in each home is the one that ships, over the real journal on a faulty disk; the
/// world fills its seams and decides when what happens. After every event the oracle says
/// whether what must be true still is. When the storm is over everything is healed, and within
/// ``healing`` nothing may be left in doubt or locked.
package final class World {
    package let scenario: Scenario
    package let seed: UInt64
    /// What this seed made of the scenario's faults.
    package let drawn: Weather
    /// How long the healed world has to come to rest, in milliseconds: the longest wait between
    /// two repeats is 72 minutes.
    package static let healing: UInt64 = 2 * 3_600_000

    var weather: Weather
    var now: UInt64 = 0
    var heap = Heap<Happening>()
    /// The wallets, and behind them the office if it is a peer.
    var peers: [Peer] = []
    var oracle: Oracle
    package internal(set) var tracer: Tracer
    let craft: any Craft
    let office: Office
    package internal(set) var breach: Breach?
    package internal(set) var counts = Counts()
    var isHealing = false
    /// After healing: people see to what they have to before the day.
    var isSettling = false
    /// What befalls it at places that were named, where chance is not asked.
    var script: Script?
    /// With a script only: where it has been.
    package internal(set) var road = Road()
    private let founding: Founding?
    var changesBefore = FaultyDisk.Changes()
    /// Told which part of a payment comes next, whenever that changes.
    package var onPart: ((Part) -> Void)?
    var part = Part.homes

    // Chance, split by purpose.
    var network: Dice
    var events: Dice
    var people: Dice
    var strangers: Dice
    var checks: Dice
    var carriers: Dice
    var visitors: Dice

    // The air.
    /// How often the way from one peer to another is cut just now; row by sender.
    var cuts: [Int] = []
    var recorded = Recorded()
    var datagrams: UInt64 = 0
    /// What the datagrams of a trace carry.
    var kinds: [UInt64: Kind] = [:]
    var stranger: Stranger

    // The market.
    var sales: [Sale] = []
    var saleOf: [Text: Int] = [:]
    var overheard: [PaymentID] = []
    /// What people want of the office.
    var visits: [Visit] = []

    // What readers ask eKeys, and what they are told.
    var askings: [Asking] = []
    var tidings: [[News]] = []

    /// Something that is to happen at its time.
    enum Happening {
        case parcel(Parcel)
        case check(Peer, life: Int, UInt64, Job, of: Part)
        case wake(Peer, life: Int)
        case flush(Peer, life: Int)
        case settle(Peer, life: Int)
        case boot(Peer)
        case act(Peer, Act)
        case strike(Strike)
        case sale(Int, attempt: Int)
        case visit(Int, attempt: Int)
        case reader(Peer, AtReader)
        /// A meter's time has gone on.
        case meter(Peer, life: Int)
    }

    /// How the homes' journals are set.
    package enum Journals: Sendable {
        /// Each by its seed: some small, so that a short run passes many checkpoints, and in some
        /// nearly all that is known of rows stands in the log alone.
        case drawn
        /// Rows are laid down and logs copied back within a single payment.
        case busy
        /// As a wallet's is: what is measured.
        case shipped
    }

    package convenience init(
        _ scenario: Scenario,
        seed: UInt64,
        keepsTrace: Bool = false,
        with cryptography: Cryptography = .standIn,
        journals: Journals = .drawn
    ) {
        self.init(
            scenario,
            seed: seed,
            keepsTrace: keepsTrace,
            with: cryptography,
            journals: journals,
            script: nil
        )
    }

    init(
        _ scenario: Scenario,
        seed: UInt64,
        keepsTrace: Bool,
        with cryptography: Cryptography = .standIn,
        journals: Journals = .drawn,
        script: Script?,
        after founding: Founding? = nil
    ) {
        (self.scenario, self.seed, self.script) = (scenario, seed, script)
        self.founding = founding
        let craft = Self.craft(cryptography, seed: seed)
        (self.craft, office) = (craft, Office(craft))
        oracle = Oracle(isSigned: craft.isSigned)
        drawn = Weather(scenario, seed: seed)
        weather = .fair
        tracer = Tracer(keeps: keepsTrace)
        network = stream(seed, .network)
        events = stream(seed, .events)
        people = stream(seed, .people)
        strangers = stream(seed, .stranger)
        checks = stream(seed, .check)
        carriers = stream(seed, .carrier)
        visitors = stream(seed, .visitor)
        stranger = Stranger(craft, seed: seed)
        peers = (0..<scenario.peers).map {
            Peer(
                $0,
                seed: seed,
                craft,
                founding == nil ? journals : .busy,
                of: asset,
                hasMeter: $0 < scenario.meters
            )
        }
        if scenario.hasOffice {
            peers.append(
                Peer(
                    scenario.peers,
                    seed: seed,
                    craft,
                    journals,
                    of: asset,
                    isOffice: true,
                    disks: scenario.disks
                )
            )
        }
        cuts = Array(repeating: 0, count: peers.count * peers.count)
        for (number, peer) in peers.prefix(scenario.eKeys).enumerated() {
            peer.eKey = EKeyPeer(self, peer, isBad: number < scenario.badReaders)
        }
    }

    /// What is paid with here.
    var asset: Asset { scenario.meters > 0 ? Office.wattHour : Office.euro }

    /// All but the office.
    var wallets: ArraySlice<Peer> { peers.prefix(scenario.peers) }

    private static func craft(_ cryptography: Cryptography, seed: UInt64) -> any Craft {
        switch cryptography {
        case .standIn: StandInCraft(seed: seed)
        case .real: RealCraft(seed: seed)
        }
    }

    /// Runs the world to its end.
    package func run() -> Report {
        begin()
        enter(.meeting)
        let storm = scenario.seconds * 1_000 + Self.afterwards
        advance(until: storm)
        heal()
        advance(until: now + Self.healing)
        stopMeters()
        if scenario.settles { settleAll() }
        enter(.homes)
        end()
        // Homes are put away while the world that their seams tell still stands.
        for peer in peers { leave(peer) }
        return Report(self)
    }

    /// After the last sale has begun, every offer runs out before the storm is over.
    static let afterwards: UInt64 = 150_000

    private func begin() {
        if let founding { begin(with: founding) } else { found() }
        for peer in wallets { settle(habitsOf: peer) }
        for eKey in wallets.compactMap(\.eKey) { plugIn(eKey) }
        weather = drawn
        for peer in wallets { start(meterOf: peer) }
        planSales()
        if scenario.hasOffice { planVisits() }
        planStorm()
    }

    private func found() {
        for peer in peers.reversed() where peer.bureau != nil { found(office: peer) }
        for peer in wallets.dropLast(scenario.spares) { found(peer) }
        for peer in wallets.suffix(scenario.spares) { oracle.join(peer.number, key: peer.key) }
        for peer in peers { watch(peer) }
    }

    /// Does what comes until that time, or until something is broken.
    func advance(until end: UInt64) {
        while breach == nil, let next = heap.soonest, next <= end, let due = heap.pop() {
            now = due.time
            happen(due.event)
            if breach == nil, let first = oracle.violations.first {
                breach = Breach(first, seed: seed, milliseconds: now)
            }
        }
    }

    private func happen(_ event: Happening) {
        counts.events += 1
        if onPart != nil { enter(part(of: event)) }
        switch event {
        case .parcel(let parcel): handOver(parcel)
        case .check(let peer, let life, let number, let job, _):
            guard isAwake(peer, life, event) else { return }
            let verdict = craft.check(job, &peer.verified)
            // What follows from a good ACCEPT is COMMIT-REQUEST.
            if case .proposal = job { enter(.paying) }
            tell(peer, .checked(number, verdict))
        case .wake(let peer, let life):
            guard isAwake(peer, life, event) else { return }
            if peer.wakeAt.map({ $0 <= now }) ?? false { peer.wakeAt = nil }
            tell(peer, .tick)
        case .flush(let peer, let life):
            guard isAwake(peer, life, event) else { return }
            peer.flushes = false
            flush(peer)
        case .settle(let peer, let life):
            guard isAwake(peer, life, event) else { return }
            peer.settles = false
            peer.node?.settle()
            tracer.note(now, peer.number, .settled)
            tend(peer)
        case .boot(let peer): boot(peer)
        case .act(let peer, let act):
            guard isAwake(peer, nil, event) else { return }
            self.act(peer, act)
        case .strike(let strike): self.strike(strike)
        case .sale(let index, let attempt):
            beginScript()
            begin(sale: index, attempt: attempt)
        case .visit(let index, let attempt): begin(visit: index, attempt: attempt)
        case .reader(let peer, let what): happen(peer, what)
        case .meter(let peer, let life):
            guard isAwake(peer, life, event) else { return }
            step(meterOf: peer)
        }
    }

    /// Whether the peer is up, in that life, and not held up; what comes to one that is held up
    /// waits.
    func isAwake(_ peer: Peer, _ life: Int?, _ event: Happening) -> Bool {
        guard peer.node != nil, life.map({ $0 == peer.life }) ?? true else { return false }
        guard peer.pausedUntil <= now else {
            heap.push(event, at: peer.pausedUntil)
            return false
        }
        return true
    }
}

// MARK: One peer

extension World {
    func tell(_ peer: Peer, _ input: Node.Input) {
        // What people want of an eKey they say to its reader.
        if case .wish(let wish) = input, let eKey = peer.eKey, eKey.isInUse {
            return ask(eKey, wish)
        }
        hand(peer, input)
    }

    /// Tells the node itself.
    func hand(_ peer: Peer, _ input: Node.Input) {
        guard let node = peer.node else { return }
        node.take(input, at: peer.time(now))
        let wait = checks.upTo(weather[.group])
        if wait == 0 || peer.isDead || node.fault != nil { return flush(peer) }
        guard !peer.flushes else { return }
        peer.flushes = true
        heap.push(.flush(peer, life: peer.life), at: now + wait)
    }

    func flush(_ peer: Peer) {
        peer.node?.flush(at: peer.time(now))
        tend(peer)
    }

    /// Sees after what a node left to be done by others.
    func tend(_ peer: Peer) {
        guard let node = peer.node else { return }
        if peer.isDead || node.fault != nil { return fall(peer) }
        if node.dropped != peer.dropped {
            counts.dropped += UInt64(node.dropped - peer.dropped)
            peer.dropped = node.dropped
        }
        for (number, job) in node.takeJobs() {
            let takes = checks.upTo(weather[.check])
            heap.push(.check(peer, life: peer.life, number, job, of: part), at: now + takes)
            peer.busyUntil = max(peer.busyUntil, now + takes)
        }
        for one in node.takeNews() {
            if let eKey = peer.eKey, eKey.isInUse {
                happened(to: eKey, one)
            } else {
                heed(peer, one)
            }
        }
        if peer.bureau != nil { seeToCounter(peer) }
        if let next = node.nextWake {
            let at = max(now, peer.bootedAt + next.milliseconds)
            if peer.wakeAt.map({ at < $0 }) ?? true {
                peer.wakeAt = at
                heap.push(.wake(peer, life: peer.life), at: at)
            }
        }
    }

    // MARK: What the seams tell

    func isDurable(_ peer: Peer, _ steps: [Step]) {
        counts.groups += 1
        counts.steps += UInt64(steps.count)
        oracle.durable(peer.number, steps)
        tracer.note(now, peer.number, .synced(steps: steps.count))
        guard !peer.settles else { return }
        peer.settles = true
        let wait = 1 + checks.upTo(998)
        heap.push(.settle(peer, life: peer.life), at: now + wait)
    }

    func isSaid(_ peer: Peer, _ message: SignedObject, _ datagrams: [[UInt8]]) {
        guard !peer.isDead else { return }
        oracle.said(peer.number, message)
        checkDetails(peer, message)
        perhapsCarry(message)
        remember(datagrams, message.object.kind)
    }

    /// What these carry, for a trace that is kept.
    func remember(_ datagrams: [[UInt8]], _ kind: Kind) {
        guard tracer.keeps || onPart != nil else { return }
        for datagram in datagrams { kinds[quickHash(datagram, seed: 0)] = kind }
    }
}
