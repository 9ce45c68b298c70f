package import Certificates
import Commit
import Host
import Journal
package import Links
import Money
import Node
package import Sealing
import Synchronization
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
    private let node: Node
    private let log: JournalLog
    private let air: UDP
    private let checking: Checks
    private let waiting: Waiting
    private let crew: Crew
    private let verdicts: Verdicts
    private var door: Door?
    private var visitors: [Int32: Visitor] = [:]
    private let begun = Process.nanoseconds
    /// When the journal's head was last left unsynced.
    private var dirtySince: UInt64?
    /// Somebody asked it to end.
    package private(set) var isToStop = false

    /// Whoever talks to it on a line.
    private struct Visitor {
        let line: Line
        var follows = false
    }

    package init(
        _ home: Home,
        lock: KeyFile.Lock,
        _ settings: UDP.Settings,
        checking: Checks,
        cores: Int
    ) throws(StationFault) {
        let time = Time(ticks: Ticks(milliseconds: 0), moment: Process.now)
        let opened: Home.Opened
        do { opened = try home.open(with: lock, at: time) } catch { throw .home(error) }
        do throws(LinkFault) {
            air = try Self.air(home, settings)
            waiting = try Waiting()
            crew = try Crew(cores)
            verdicts = try Verdicts()
        } catch {
            throw .link(error)
        }
        log = opened.log
        door = try? Door(folder: home.folder, name: Home.socket)
        node = Node(
            opened.wallet,
            log: log,
            air: air,
            keys: opened.ring.keys,
            desk: EnvelopeDesk(
                identity: opened.ring.identity.key,
                sealing: [opened.ring.sealing]
            ),
            chance: SystemChance()
        )
        self.checking = checking
        for file in air.files { waiting.add(file) }
        waiting.add(verdicts.bell.file)
        if let door { waiting.add(door.file) }
        dirtySince = 0
        node.resume(at: now)
        _ = perform()
    }

    /// On the port that it had before, if that is free and no other is wished for: whoever was
    /// cut off in the middle of a payment finds it there again.
    private static func air(_ home: Home, _ settings: UDP.Settings) throws(LinkFault) -> UDP {
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
        return air
    }

    private var milliseconds: UInt64 { (Process.nanoseconds - begun) / 1_000_000 }

    private var now: Time {
        Time(ticks: Ticks(milliseconds: milliseconds), moment: Process.now)
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
        if let file { waiting.add(file) }
        let ready = Set(waiting.wait(atMost: Int(clamping: patience(most))))
        if let file { waiting.remove(file) }
        verdicts.take { node.take(.checked($0, $1), at: now) }
        // A round takes a bounded number, so that a flood keeps nobody from his turn.
        let time = now
        _ = air.receive(atMost: Self.datagramsAtOnce, at: time.ticks.milliseconds) {
            node.take(.datagram($0, from: $1), at: time)
        }
        node.take(.tick, at: now)
        var news = perform()
        if let door, ready.contains(door.file), let line = door.enter() { welcome(line) }
        news += hear(ready)
        settle()
        if let fault = node.fault { throw .journal(fault.reason) }
        return (news, file.map(ready.contains) ?? false)
    }

    static let datagramsAtOnce = 64

    private func patience(_ most: UInt64) -> UInt64 {
        var least = most
        if let wake = node.nextWake {
            least = min(least, wake.milliseconds - min(wake.milliseconds, milliseconds))
        }
        return dirtySince == nil ? least : min(least, Self.settlesAfter)
    }

    /// Makes durable what was taken, says what waited for that, and gives out the checks.
    private func perform() -> [News] {
        node.flush(at: now)
        for (number, job) in node.takeJobs() {
            crew.add { [checking, verdicts] in verdicts.add(number, job, checking) }
        }
        let news = node.takeNews()
        guard !news.isEmpty else { return news }
        for visitor in visitors.values where visitor.follows {
            visitor.line.say(Told.happened(news).wireBytes(reserving: 512))
        }
        return news
    }

    private static let settlesAfter: UInt64 = 200

    /// Syncs the journal's head a little after the last group.
    private func settle() {
        guard log.journal.isDirty else { return dirtySince = nil }
        let since = dirtySince ?? milliseconds
        dirtySince = since
        guard milliseconds >= since + Self.settlesAfter else { return }
        node.settle()
        dirtySince = nil
    }

    /// Ends it in order: nothing is lost without this either.
    package func close() {
        // Before the lock is let go: who comes next has a door of its own there.
        door = nil
        node.settle()
        try? log.journal.close()
    }

    // MARK: Being asked

    private func welcome(_ line: Line) {
        guard visitors.count < Self.visitorsAtOnce else { return }
        visitors[line.file] = Visitor(line: line)
        waiting.add(line.file)
    }

    private static let visitorsAtOnce = 32

    private func hear(_ ready: Set<Int32>) -> [News] {
        var news: [News] = []
        for (file, visitor) in visitors where ready.contains(file) || visitor.line.isBusy {
            visitor.line.flush()
            for message in visitor.line.hear() {
                let (told, led) = answer(message, file)
                visitor.line.say(told.wireBytes(reserving: 512))
                news += led
            }
            if visitor.line.isOver {
                waiting.remove(file)
                visitors[file] = nil
            } else {
                waiting.add(file, toWrite: visitor.line.isBusy)
            }
        }
        return news
    }

    private func answer(_ message: [UInt8], _ file: Int32) -> (Told, [News]) {
        guard let ask = try? Question(wireBytes: message) else {
            return (.fault("the node that runs here is of another version"), [])
        }
        if case .follow = ask {
            visitors[file]?.follows = true
            return (.done, [])
        }
        let told = self.ask(ask)
        if case .news(let news) = told { return (told, news) }
        return (told, [])
    }

    /// Answers what is asked of it; a wish is followed at once, and durable when this returns.
    package func ask(_ ask: Question) -> Told {
        switch ask {
        case .info: return .info(info)
        case .balances: return .balances(balances)
        case .pending: return .pending(Array(node.wallet.standings.prefix(listedAtMost)))
        case .history(let before, let limit): return history(before, limit)
        case .find(let prefix): return find(prefix)
        case .follow: return .done
        case .listen(let on): return wish(.listen(on))
        case .call(let addresses):
            air.callees = addresses
            defer { air.callees = [] }
            return wish(.call)
        case .offer(let terms, let name): return wish(.offer(terms, to: name))
        case .accept(let payment, let share, let knowsPIN):
            return wish(.answer(payment, .accept(share: share, knowsPIN: knowsPIN)))
        case .refuse(let payment): return wish(.answer(payment, .refuse))
        case .cancel(let payment): return wish(.cancel(payment))
        case .bring(let signed): return wish(.bring(signed))
        case .profile(let profile): return wish(.profile(profile))
        case .policy(let policy): return wish(.policy(policy))
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

    private var info: Info {
        let wallet = node.wallet
        var inert: Text?
        if case .inert(let reason) = wallet.life { inert = reason }
        return Info(
            key: wallet.owner.key,
            root: wallet.owner.root,
            epoch: wallet.owner.epoch,
            name: wallet.owner.name?.name,
            certificates: wallet.owner.certificates.map(\.der),
            inert: inert,
            port: air.port,
            screen: wallet.screenID,
            policy: wallet.policy,
            profile: wallet.profile,
            window: wallet.window.map { window in
                Info.Window(
                    asset: window.terms.asset,
                    largest: window.terms.largest,
                    ceiling: window.terms.ceiling,
                    spent: wallet.spent,
                    notAfter: window.terms.notAfter
                )
            },
            memory: Process.memory
        )
    }

    private var balances: [Told.Purse] {
        node.wallet.assets.map { asset in
            Told.Purse(asset: asset, balance: node.wallet.balance(asset, at: now.moment))
        }
    }

    private func history(_ before: UInt64, _ limit: Int) -> Told {
        do {
            return .payments(
                open: [],
                over: try log.journal.history(before: before, limit: limit)
            )
        } catch {
            return .fault(error.description)
        }
    }

    private func find(_ prefix: [UInt8]) -> Told {
        let open = node.wallet.standings.filter { $0.payment.starts(with: prefix) }
        var (over, before) = ([Outcome](), UInt64.max)
        do {
            while over.count < listedAtMost {
                let page = try log.journal.history(before: before, limit: 256)
                over += page.filter { PaymentID($0.payment)?.starts(with: prefix) == true }
                guard page.count == 256, let last = page.last else { break }
                before = last.number
            }
        } catch {
            return .fault(error.description)
        }
        return .payments(open: open, over: over)
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

/// What checks came to, until the loop takes it.
private final class Verdicts: Sendable {
    let bell: Bell
    private let done = Mutex<[(UInt64, Verdict)]>([])
    /// What each thread remembers as found good; a thread takes one, and puts it back.
    private let memories = Mutex<[Verified]>([])

    init() throws(LinkFault) { bell = try Bell() }

    func add(_ number: UInt64, _ job: Job, _ checking: Checks) {
        var memory = memories.withLock { $0.popLast() } ?? Verified()
        let verdict = job.run(checking, &memory)
        memories.withLock { $0.append(memory) }
        done.withLock { $0.append((number, verdict)) }
        bell.ring()
    }

    func take(_ body: (UInt64, Verdict) -> Void) {
        bell.silence()
        let taken = done.withLock { done in
            defer { done = [] }
            return done
        }
        for (number, verdict) in taken { body(number, verdict) }
    }
}
