package import Certificates
import Commit
import Host
import Journal
package import Links
import Money
import Node
package import Sealing
package import Wallet
import Wire
package import Words

import struct Money.Verified
package import enum Wallet.Verdict

/// A home's node on a real network: the loop around it, which waits for whatever comes first
/// and hands it in.
///
/// The node is the one that is simulated. Here are only its seams: the journal on the machine's
/// disk, UDP, the system's clock and chance, and checks on all cores.
package final class Station {
    let node: Node
    let log: JournalLog
    /// What others seal to.
    private let sealing: SealingKey
    let home: Home
    let key: DataKey
    /// What buyers let this seller know, which is in no journal.
    private var shared: Shared
    let air: any Ether
    var neighbours: Neighbours
    let isOffice: Bool
    let isShop: Bool
    private let seams: Seams
    private let desk: EnvelopeDesk
    private let waiting: Waiting
    private let crew: Crew
    private let answerOfOffice: (([UInt8]) -> [UInt8])?
    /// The same of a meter that runs beside this node.
    package var answerOfMeter: (([UInt8]) -> [UInt8])?
    var handIn = HandIn()
    /// What is shown the office, one request after the other.
    var showings: [ShowingPart] = []
    private let inspection: Inspection
    /// Writes groups of several payments, while the loop takes what comes.
    private let scribe: Scribe
    /// What the loop itself remembers as found good.
    private var verified = Verified()
    /// What it found out while a group was written.
    private var found: [(UInt64, Verdict)] = []
    /// What is still to be told.
    private var gathered: [News] = []
    /// How often datagrams are still taken in this turn while a group is written.
    private var roundsLeft = 0
    private let visitors: Visitors
    /// Whoever runs this process wants the wallet to be found, whatever visitors want.
    private var listens = false
    private let begun = Process.nanoseconds
    /// When the journal's head was last left unsynced.
    private var dirtySince: UInt64?
    /// Somebody asked it to end.
    package private(set) var isToStop = false

    /// A thread for the journal, and what is waited for meanwhile.
    private struct Scribe {
        let crew: Crew
        let bell: Bell
        let waiting: Waiting

        init() throws(LinkFault) {
            (crew, bell, waiting) = (try Crew(1), try Bell(), try Waiting())
            waiting.add(bell.file)
        }
    }

    package convenience init(
        _ home: Home,
        lock: KeyFile.Lock,
        _ settings: UDP.Settings,
        checking: Checks,
        cores: Int,
        sealedBehind relay: Relay? = nil,
        hasDoor: Bool? = nil,
        seams: Seams = Seams()
    ) throws(StationFault) {
        let time = Time(ticks: Ticks(milliseconds: 0), moment: seams.clock())
        let residence: Residence
        do { residence = try home.open(with: lock, at: time, seams) } catch { throw .home(error) }
        try self.init(
            residence,
            settings,
            checking: checking,
            cores: cores,
            sealedBehind: relay,
            hasDoor: hasDoor,
            seams: seams
        )
    }

    /// Behind a relay it has no socket, and no door unless it is to have one: what passes that on
    /// is the only way to it.
    package init(
        _ residence: Residence,
        _ settings: UDP.Settings,
        checking: Checks,
        cores: Int,
        sealedBehind relay: Relay? = nil,
        hasDoor: Bool? = nil,
        seams: Seams = Seams()
    ) throws(StationFault) {
        self.seams = seams
        let (home, ring) = (residence.home, residence.ring)
        answerOfOffice = residence.answer
        (isOffice, isShop) = (residence.counter != nil, settings.isShop)
        let owner = residence.wallet.owner.key
        neighbours = Neighbours(for: owner, asksAvahi: settings.asksAvahi)
        do throws(LinkFault) {
            if let relay {
                air = relay
            } else {
                air = try Self.air(home, settings, hearsHellos: isOffice)
            }
            waiting = try Waiting()
            crew = try Crew(cores - 1)
            inspection = try Inspection(seams.checking(checking))
            scribe = try Scribe()
        } catch {
            throw .link(error)
        }
        sealing = ring.sealing.key
        (log, self.home, key) = (residence.log, home, ring.data)
        shared = Shared(of: home, key)
        let door =
            hasDoor ?? (relay == nil) ? try? Door(folder: home.folder, name: Home.socket) : nil
        visitors = Visitors(door, waiting)
        desk = EnvelopeDesk(identity: ring.identity.key, sealing: [ring.sealing])
        node = Node(
            residence.wallet,
            log: residence.writes(seams.log(log)),
            air: air,
            keys: seams.keys(of: ring),
            desk: seams.desk(desk),
            chance: seams.chance,
            counter: residence.counter
        )
        wait(for: air.files)
        waiting.add(inspection.bell.file)
        dirtySince = 0
        node.resume(at: now)
        _ = perform()
    }

    /// On the port that it had before, if that is free and no other is wished for: whoever was
    /// cut off in the middle of a payment finds it there again.
    private static func air(
        _ home: Home,
        _ settings: UDP.Settings,
        hearsHellos: Bool
    ) throws(LinkFault) -> UDP {
        var settings = settings
        let isAny = settings.port == 0
        if isAny { settings.port = home.port ?? 0 }
        let air: UDP
        do {
            air = try UDP(settings, chance: SystemChance())
        } catch {
            guard isAny, settings.port > 0 else { throw error }
            settings.port = 0
            air = try UDP(settings, chance: SystemChance())
        }
        if isAny, air.port != home.port { home.keep(port: air.port) }
        // A peer that has lost us calls everybody. The shared port may not be had on some hosts:
        // then whoever types our address reaches us all the same.
        try? air.hearCalls()
        air.hearsHellos = hearsHellos
        return air
    }

    var milliseconds: UInt64 { (Process.nanoseconds - begun) / 1_000_000 }

    var now: Time {
        Time(ticks: Ticks(milliseconds: milliseconds), moment: seams.clock())
    }

    // MARK: The loop

    /// Waits for something to come, at most so long, and does what follows from it.
    ///
    /// Whoever waits for something of his own, as a person's key, names its file, and is told
    /// by `true` when that is ready.
    package func turn(
        atMost most: UInt64,
        alsoFor file: Int32? = nil
    ) throws(StationFault) -> (news: [News], isReady: Bool) {
        let isAtRest = node.jobs.isEmpty
        // Its number may be another file's by the next turn, so it is let go at once.
        if let file { waiting.add(file) }
        let ready = Set(waiting.wait(atMost: Int(clamping: patience(most))))
        if let file { waiting.remove(file) }
        if ready.contains(inspection.bell.file) { inspection.bell.silence() }
        take(inspection.take())
        roundsLeft = Self.roundsAtOnce
        receive(ready)
        if air.look(at: milliseconds) { wait(for: air.files) }
        if let hints = neighbours.hear(ready, at: milliseconds) { air.hints = hints }
        node.take(.tick, at: now)
        repeat { flush() } while inspect()
        var news = perform()
        air.hasSent(at: milliseconds)
        news += visitors.hear(ready, ask, listen: listen)
        announce()
        settle(isIdle: isAtRest && ready.isEmpty)
        if let fault = node.fault { throw .journal(fault.reason) }
        return (news, file.map(ready.contains) ?? false)
    }

    func wait(for files: [Int32]) {
        for file in files {
            waiting.add(file)
            scribe.waiting.add(file)
        }
    }

    /// A round takes a bounded number, so that a flood keeps nobody from his turn.
    private func receive(_ ready: Set<Int32>) {
        let time = now
        air.receive(
            atMost: Self.datagramsAtOnce,
            enough: Self.messagesAtOnce,
            at: time.ticks.milliseconds,
            ready: ready,
            isKnown: { desk.knows(Way($0)) },
            opened: { desk.opened + neighbours.opened }
        ) {
            if let taken = neighbours.take($0, from: $1, at: time.ticks.milliseconds) {
                return taken
            }
            let before = node.dropped
            node.take(.datagram($0, from: $1), at: time)
            return node.dropped == before
        }
    }

    static let datagramsAtOnce = 64
    /// Of these, about so many that are messages: whoever is answered in time works meanwhile.
    private static let messagesAtOnce = 16

    /// Has a group written: one of several payments by another thread, and takes datagrams while
    /// that waits for the disk, and checks what they bring.
    private func write(_ steps: Int, _ act: @escaping () -> Void) {
        guard steps >= Self.stepsWorthAThread, roundsLeft > 0 else { return act() }
        scribe.crew.aside(act, scribe.bell, waitingFor: scribe.waiting) { ready in
            receive(Set(ready))
            share()
            while let one = inspection.doOne(&verified) { found.append(one) }
            roundsLeft -= 1
            return roundsLeft > 0
        }
    }

    private static let stepsWorthAThread = 2
    /// In one turn: timers, visitors and whoever runs this have theirs between two.
    private static let roundsAtOnce = 16

    /// Makes durable what was taken, does what waited for that, and keeps what a buyer has shared
    /// before anything is taken with which that payment could be decided.
    private func flush() {
        node.flush(at: now, by: write)
        gather()
    }

    private func gather() {
        let news = node.takeNews()
        guard !news.isEmpty else { return }
        if shared.note(news, node.wallet) { shared.keep(in: home, key) }
        neighbours.note(news, node.wallet, at: milliseconds)
        gathered += news
    }

    func patience(_ most: UInt64) -> UInt64 {
        // What a wish has ordered is checked without waiting for anything, and somebody may have
        // asked more already than was answered at once.
        guard node.jobs.isEmpty, !visitors.haveAsked else { return 0 }
        var least = min(most, air.patience ?? most)
        if let wake = node.nextWake {
            least = min(least, wake.milliseconds - min(wake.milliseconds, milliseconds))
        }
        return dirtySince == nil ? least : min(least, Self.settlesAfter)
    }

    /// Makes durable what was taken, and says what came of it since the last time.
    private func perform() -> [News] {
        node.flush(at: now)
        gather()
        let news = gathered
        gathered = []
        guard !news.isEmpty else { return news }
        visitors.tell(news)
        return news
    }

    /// Does the checks that were ordered, and hands in what they came to; false when there were
    /// none that are done already.
    private func inspect() -> Bool {
        share()
        var isAny = !found.isEmpty
        take(found)
        found = []
        while let one = inspection.doOne(&verified) {
            take([one])
            isAny = true
            // What tells of nothing that has to be on disk first leaves at once.
            if !node.hasToWrite { flush() }
        }
        let others = inspection.take()
        take(others)
        return isAny || !others.isEmpty
    }

    /// Puts checks that were ordered where they are done, and wakes whom they are too many for.
    private func share() {
        let jobs = node.takeJobs()
        guard !jobs.isEmpty else { return }
        for _ in 0..<min(crew.size, inspection.add(jobs)) {
            crew.add { [inspection] in inspection.help() }
        }
    }

    private func take(_ verdicts: [(UInt64, Verdict)]) {
        for (number, verdict) in verdicts { node.take(.checked(number, verdict), at: now) }
    }

    private static let settlesAfter: UInt64 = 50
    private static let settlesAtLatest: UInt64 = 500

    /// Syncs the journal's head when nothing comes for a moment, and within a second in any case:
    /// what is under way does not wait for it where it need not.
    private func settle(isIdle: Bool) {
        guard log.journal.isDirty else { return dirtySince = nil }
        let since = dirtySince ?? milliseconds
        dirtySince = since
        guard isIdle || milliseconds >= since + Self.settlesAtLatest else { return }
        node.settle()
        dirtySince = nil
    }

    /// Ends it in order: nothing is lost without this either.
    package func close() {
        // Before the lock is let go: who comes next has a door of its own there.
        visitors.shut()
        neighbours.end()
        node.settle()
        try? log.journal.close()
    }

    // MARK: Being asked

    /// Has the wallet be found while anybody wants it: of several the last to go ends it.
    private func listen() -> (told: Told, led: [News]) {
        let isWanted = listens || visitors.wantListening
        let id = node.wallet.screenID
        guard isWanted != (id != nil) else { return (.news([.listening(id)]), []) }
        let told = wish(.listen(isWanted))
        if case .news(let news) = told { return (told, news) }
        return (told, [])
    }

    /// Answers what is asked of it; a wish is followed at once, and durable when this returns.
    package func ask(_ ask: Question) -> Told {
        switch ask {
        case .info: return .info(info)
        case .balances: return .balances(balances)
        case .pending(let after): return pending(after)
        case .history(let before, let limit): return history(before, limit)
        case .find(let prefix, let before): return find(prefix, before)
        case .particulars(let payment): return .particulars(particulars(of: payment))
        case .details(let payment): return .details(shared[payment] ?? Profile())
        case .follow: return .done
        case .listen(let on):
            listens = on
            return listen().told
        case .peers(let asks, let typed): return peers(asks, typed)
        case .call(let addresses):
            if addresses.isEmpty { lookAround() }
            for address in addresses { neighbours.typed(address, at: milliseconds) }
            air.callees = addresses
            defer { air.callees = [] }
            return wish(.call)
        case .offer(let terms, let name): return wish(.offer(terms, to: name))
        case .charge, .enquire, .payBill, .redeem, .renew:
            guard let (errand, address) = ask.errand else {
                preconditionFailure("each of them is an errand")
            }
            return wish(.ask(errand, at: address))
        case .enrol(let code, let address):
            return wish(.ask(.enrol(code, sealing), at: address))
        case .sync(let from, let address): return sync(from, address)
        case .toShow: return toShow
        case .show(let number, let address): return show(number, address)
        case .backUp(let path): return backUp(path)
        case .proofs(let key):
            let all = node.wallet.proofs(after: key)[...]
            let page = all.fitting()
            return .papers(page, isAll: page.count == all.count)
        case .errands: return .errands(errands)
        case .office(let bytes):
            return answerOfOffice.map { .office($0(bytes)) } ?? .fault("this is no office")
        case .accept(let payment, let share, let pin):
            if let pin, let told = wrong(pin) { return told }
            return wish(.answer(payment, .accept(share: share, knowsPIN: pin != nil)))
        case .pin: return askPIN
        case .refuse(let payment): return wish(.answer(payment, .refuse))
        case .cancel(let payment): return wish(.cancel(payment))
        case .bring(let signed): return wish(.bring(signed))
        case .claim(let payment): return wish(.claim(payment))
        case .carry(let delivery, let sticks, let certificates):
            return wish(.carry(delivery, sticks, certificates: certificates))
        case .meter(let bytes):
            return answerOfMeter.map { .meter($0(bytes)) } ?? .fault("no meter runs here")
        case .profile(let change): return wish(.profile(change.applied(to: node.wallet.profile)))
        case .policy(let change): return wish(.policy(change.applied(to: node.wallet.policy)))
        case .stop:
            isToStop = true
            return .done
        }
    }

    /// Money and permissions from the office; checked before they count, so the news comes later.
    package func wish(_ wish: Wish) -> Told {
        let time = now
        node.take(.wish(wish), at: time)
        let news = perform()
        if let fault = node.fault { return .fault(fault.reason) }
        return .news(news)
    }
}

extension PaymentID {
    /// Whether its random part begins so: what people are shown of it.
    package func starts(with prefix: [UInt8]) -> Bool { random.array.starts(with: prefix) }
}

/// Why a node cannot run, or stopped.
package enum StationFault: Error, Hashable, Sendable {
    case home(HomeFault)
    case link(LinkFault)
    /// The journal stopped, for good.
    case journal(String)
}
