import Commit
package import Wallet
package import Wire
package import Words

/// The one loop: it takes what happens, has the wallet say what follows, and does that in order.
///
/// The node that ships and the node that is simulated are this one; what differs is what stands
/// behind its seams: the log, the air, the keys, the desk, chance. Time is an argument.
///
/// What follows from inputs that were taken together is one group: it shares one sync, and
/// nothing of it leaves before that sync has returned (``flush(at:by:)``). A log that fails ends
/// the node; what it knew is told by a new one, recovered from the disk.
package final class Node {
    package private(set) var wallet: Wallet
    private let log: any Log
    private let air: any Air
    private let desk: any Desk
    private var tools: Tools
    private let reserving: Reserving
    /// Where an office is asked, if this is one's node.
    private let counter: (any Counter)?

    /// Orders of the group that is being collected, none of them done yet.
    private var group: [Order] = []
    /// Whether the group has something to be written: what has not may as well leave at once.
    package private(set) var hasToWrite = false
    /// Whether the group before it is on its way to the disk.
    private var isWriting = false
    private var timers = Timers()
    private var ways = Ways()
    /// A HERE is sealed once and sent again as it is.
    private var answers: [Hash: [UInt8]] = [:]
    #if Planted
    /// A replay table that a restart empties.
    private var recent: Set<PaymentID> = []
    #endif

    /// Checks for whoever has a core to spare; their verdicts come back as inputs.
    package private(set) var jobs: [(number: UInt64, job: Job)] = []
    package private(set) var news: [News] = []
    /// Why it stopped; a node with a fault takes nothing more.
    package private(set) var fault: LogFault?
    /// Datagrams that were not for us or did not open; most of the air is this.
    package private(set) var dropped = 0

    package init(
        _ wallet: Wallet,
        log: any Log,
        air: any Air,
        keys: any Keys,
        desk: any Desk,
        chance: any Chance,
        counter: (any Counter)? = nil
    ) {
        (self.wallet, self.log, self.air, self.desk) = (wallet, log, air, desk)
        self.counter = counter
        let reserving = Reserving(log)
        self.reserving = reserving
        tools = Tools(
            keys: keys,
            desk: desk,
            chance: chance,
            reserve: { reserving.reserve($0, $1) },
            mayTake: { counter?.mayTake($0, $1, of: $2) ?? true },
            committed: { payment throws(LogFault) in try counter?.committed(payment) }
        )
    }

    /// What a node is told.
    package enum Input: Sendable {
        case datagram([UInt8], from: Address)
        case checked(UInt64, Verdict)
        case wish(Wish)
        /// Time has passed; harmless whenever it comes.
        case tick
    }

    /// Goes on with what was under way before a restart.
    package func resume(at time: Time) {
        #if Planted
        if Plant.nothingResumed.isHere { return }
        #endif
        perform(wallet.resumed(at: time), at: time)
    }

    /// Takes one input; what it orders is done by ``flush(at:by:)``.
    package func take(_ input: Input, at time: Time) {
        guard fault == nil else { return }
        precondition(!isWriting || input.isDatagram, "the log is used by one at a time")
        switch input {
        case .datagram(let bytes, let address): open(bytes, from: address, at: time)
        case .checked(let number, let verdict): tell(.checked(number, verdict), at: time)
        case .wish(let wish): tell(.wish(wish), at: time)
        case .tick:
            while let payment = timers.due(time.ticks) { tell(.woken(payment), at: time) }
        }
    }

    /// Does the act of writing so many steps, and has done it when it returns.
    ///
    /// Another thread may do it. Meanwhile the node takes datagrams, and nothing else: what they
    /// order, but for checks, waits behind what is being written.
    package typealias Writing = (_ steps: Int, _ act: @escaping () -> Void) -> Void

    /// Makes the group durable, then does everything that waited for that.
    package func flush(at time: Time, by write: Writing = { $1() }) {
        // What is done may order more, as a look into the archive does.
        while fault == nil, !group.isEmpty {
            let orders = group
            (group, hasToWrite) = ([], false)
            #if Planted
            tellEarly(orders)
            #endif
            keep(orders, write)
            guard fault == nil else { return }
            perform(orders, at: time)
        }
    }

    /// When it wants a tick, if it does.
    package var nextWake: Ticks? { timers.next }

    /// Whose timer that is for.
    package var nextToWake: PaymentID? { timers.soonest }

    package func takeJobs() -> [(number: UInt64, job: Job)] {
        defer { jobs = [] }
        return jobs
    }

    package func takeNews() -> [News] {
        defer { news = [] }
        return news
    }

    /// To be called within a second of the last group.
    package func settle() {
        guard fault == nil else { return }
        do {
            try log.settle()
        } catch {
            stop(error)
        }
    }

    private func tell(_ input: Event, at time: Time) {
        var orders =
            counter?.handle(input, at: time, &tools) ?? wallet.handle(input, at: time, &tools)
        if isWriting {
            // A check tells nobody anything: it need not wait for the disk.
            orders.removeAll { order in
                guard case .check(let number, let job) = order else { return false }
                jobs.append((number, job))
                return true
            }
        }
        if !hasToWrite { hasToWrite = orders.contains(where: \.isWrite) }
        // Nothing waits, mostly: then there is nothing to be copied behind it.
        if group.isEmpty { group = orders } else { group += orders }
        if let fault = reserving.fault { stop(fault) }
    }

    private func stop(_ fault: LogFault) {
        self.fault = fault
        (group, jobs) = ([], [])
    }

    #if Planted
    /// Says before it is on disk what may only be said after.
    private func tellEarly(_ orders: [Order]) {
        let early: [Plant: Kind] = [
            .voteBeforeSync: .handover, .commitBeforeSync: .commit, .abortBeforeSync: .abort,
            .committedBeforeSync: .committed,
        ]
        guard let kind = Plant.chosen.flatMap({ early[$0] }) else { return }
        for order in orders {
            guard case .send(let letter, let destination) = order,
                letter.message.object.kind == kind
            else { continue }
            send(letter, destination)
        }
    }
    #endif

    private func keep(_ orders: [Order], _ write: Writing) {
        let steps = orders.compactMap { order -> Step? in
            if case .write(let step) = order { return step }
            return nil
        }
        guard !steps.isEmpty else { return }
        var failure: LogFault?
        isWriting = true
        write(steps.count) { [log] in
            do throws(LogFault) { try log.keep(steps) } catch { failure = error }
        }
        isWriting = false
        if let failure { stop(failure) }
    }

    private func perform(_ orders: [Order], at time: Time) {
        for order in orders where fault == nil {
            switch order {
            case .write:
                // Its group is on disk already.
                continue
            case .send(let letter, let destination): send(letter, destination)
            case .here(let message, let key, let address): answer(message, key, address)
            case .call(let datagram): air.broadcast(datagram)
            case .toss(let datagram, let address): air.send(datagram, to: address)
            case .wish(let wish): tell(.wish(wish), at: time)
            case .check(let number, let job): jobs.append((number, job))
            case .look(let arrival): look(arrival, at: time)
            case .wake(let payment, let ticks): timers.set(payment, ticks)
            case .listen(let way, let use):
                desk.listen(way)
                remember(way, for: use)
            case .rest(let payment):
                #if Planted
                recent.insert(payment)
                #endif
                timers.remove(payment)
                for way in ways.remove(payment) { desk.forget(way) }
                log.release(payment.array)
            case .tell(let one):
                news.append(one)
                for wish in counter?.heard(one) ?? [] { tell(.wish(wish), at: time) }
            }
        }
    }

    private func look(_ arrival: Arrival, at time: Time) {
        guard let payment = arrival.message.object.payment else { return }
        do {
            var row = try log.look(.finished, payment.array)
            #if Planted
            if Plant.memoryReplay.isHere, !recent.contains(payment) { row = nil }
            #endif
            tell(.found(arrival, row), at: time)
        } catch {
            stop(error)
        }
    }
}

// MARK: The air

extension Node {
    private func open(_ bytes: [UInt8], from address: Address, at time: Time) {
        if Hello.looksLike(bytes) {
            guard counter != nil, let hello = Hello(bytes) else { return dropped += 1 }
            return tell(.hello(hello, from: address), at: time)
        }
        if Lookup.looksLike(bytes) {
            guard let lookup = Lookup(bytes) else { return dropped += 1 }
            return tell(.lookup(lookup, from: address), at: time)
        }
        do {
            switch try desk.open(bytes) {
            case .part: return
            case .message(let message, let way):
                let route = Route(address: address, way: way)
                tell(.arrived(Arrival(message, route)), at: time)
            }
        } catch {
            dropped += 1
        }
    }

    private func send(_ letter: Letter, _ destination: Destination) {
        switch letter.cover {
        case .back:
            guard let way = destination.way else { return }
            seal(letter, on: way, isFirst: false, to: destination.address)
        case .again(let key):
            seal(letter, anew: key, destination)
        case .everywhere(let key):
            for datagram in seal(letter, anew: key, destination) { air.broadcast(datagram) }
        }
    }

    @discardableResult
    private func seal(
        _ letter: Letter,
        anew key: SealingKey,
        _ destination: Destination
    ) -> [[UInt8]] {
        guard let way = desk.begin(to: key, chance: &tools.chance) else { return [] }
        remember(way, for: .payment(destination.payment))
        return seal(letter, on: way, isFirst: true, to: destination.address)
    }

    @discardableResult
    private func seal(
        _ letter: Letter,
        on way: Way,
        isFirst: Bool,
        to address: Address
    ) -> [[UInt8]] {
        let sealed = try? desk.seal(
            letter.message,
            hash: letter.hash,
            on: way,
            isFirst: isFirst,
            chance: &tools.chance
        )
        // A way that was forgotten meanwhile: a repeat will begin another.
        for datagram in sealed ?? [] { air.send(datagram, to: address) }
        return sealed ?? []
    }

    private func answer(
        _ message: SignedObject,
        _ key: SealingKey,
        _ address: Address
    ) {
        let name = message.object.hash
        if let known = answers[name] {
            air.send(known, to: address)
            return
        }
        guard let way = desk.begin(to: key, chance: &tools.chance),
            let sealed = try? desk.seal(
                message,
                hash: name,
                on: way,
                isFirst: true,
                chance: &tools.chance
            ), let datagram = sealed.first
        else { return }
        if answers.count >= Limits.answersAtOnce { answers = [:] }
        answers[name] = datagram
        remember(way, for: .answered)
        air.send(datagram, to: address)
    }

    private func remember(_ way: Way, for use: Listening) {
        for old in ways.add(way, use) { desk.forget(old) }
    }
}

extension Order {
    fileprivate var isWrite: Bool {
        if case .write = self { return true }
        return false
    }
}

extension Node.Input {
    fileprivate var isDatagram: Bool {
        switch self {
        case .datagram: true
        case .checked, .wish, .tick: false
        }
    }
}

/// Keeps the fault of a log that was asked for room while the wallet was handling an input.
private final class Reserving {
    private let log: any Log
    private(set) var fault: LogFault?

    init(_ log: any Log) { self.log = log }

    func reserve(_ payment: PaymentID, _ room: Room) -> Bool {
        do {
            return try log.reserve(payment.array, room)
        } catch {
            fault = error
            return false
        }
    }
}
