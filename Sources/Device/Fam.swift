package import EKey
internal import Host
package import Links
internal import Sealing
package import Station
package import Wallet
internal import Wire

/// FAM: the networks of an eKey, and whoever talks to its wallet on this host.
///
/// It passes on what it cannot read, and what it is asked it has the eKey answer. It keeps no
/// money, no PIN and no state of any payment: with another FAM the eKey goes on as with this one.
package final class Fam {
    private let reader: EKeyReader
    private let air: UDP
    private let waiting: Waiting
    private let visitors: Visitors
    private let begun = Process.nanoseconds
    private var incoming = Incoming()
    /// When the eKey wants to be looked after again.
    private var dueAt: UInt64 = 0
    /// When a cable that is out is looked for next.
    private var triesAt: UInt64 = 0
    private var gathered: [News] = []
    /// Whether the wallet is to be found, for whoever runs this.
    private var listens = false
    /// A yes that the eKey's button has not been pressed for, and when it is said again.
    private var unpressed: (question: Question, at: UInt64)?
    /// Whether the eKey waits for its button.
    package var wantsButton: Bool { unpressed != nil }
    /// Why the eKey does not answer just now.
    package private(set) var fault: ReaderFault?
    /// The session that has had its PIN, or been asked for one.
    private var unlocked: Int
    /// Whether the eKey wants its PIN anew: without it nothing is told of what happens.
    package private(set) var wantsPIN = false
    /// What opens a session that has ended, where it may do so by itself.
    package var pin: (() -> String?)?

    private static let triesAgain: UInt64 = 300
    private static let triesSilentAgain: UInt64 = 5_000

    package init(
        folder: String,
        _ reader: EKeyReader,
        _ settings: UDP.Settings
    ) throws(LinkFault) {
        (self.reader, unlocked) = (reader, reader.sessions)
        (air, waiting) = (try UDP(settings, chance: SystemChance()), try Waiting())
        try? air.hearCalls()
        visitors = Visitors(try? Door(folder: folder, name: Home.socket), waiting)
        for file in air.files { waiting.add(file) }
    }

    package var port: UInt16 { air.port }

    /// What its bank has the eKey do, where it says so just now.
    package var settings: EKeySettings? { reader.isOpen ? try? reader.settings() : nil }

    private var milliseconds: UInt64 { (Process.nanoseconds - begun) / 1_000_000 }

    /// Waits for something to come, at most so long, and has done what follows from it.
    package func turn(
        atMost most: UInt64,
        alsoFor file: Int32? = nil
    ) -> (news: [News], isReady: Bool) {
        if let file { waiting.add(file) }
        let ready = Set(waiting.wait(atMost: Int(clamping: min(most, patience))))
        if let file { waiting.remove(file) }
        if air.look(at: milliseconds) { for one in air.files { waiting.add(one) } }
        receive(ready)
        connect()
        sayYesAgain()
        if !incoming.datagrams.isEmpty || milliseconds >= dueAt { exchange() }
        _ = visitors.hear(ready, ask, listen: listen)
        air.hasSent(at: milliseconds)
        defer { gathered = [] }
        return (gathered, file.map(ready.contains) ?? false)
    }

    private var patience: UInt64 {
        guard !visitors.haveAsked else { return 0 }
        let now = milliseconds
        let due = reader.isOpen ? min(dueAt, unpressed?.at ?? .max) : triesAt
        return min(due > now ? due - now : 0, air.patience ?? .max)
    }

    private func receive(_ ready: Set<Int32>) {
        // While the cable is out the newest are kept, and the others are lost.
        air.receive(atMost: Incoming.most, at: milliseconds, ready: ready) { datagram, address in
            incoming.datagrams.append(Carried(datagram, address))
            let count = incoming.datagrams.count
            incoming.datagrams.removeFirst(max(0, count - Incoming.most))
            return true
        }
    }

    // MARK: The eKey

    /// Puts the cable in again, where it is out, and the PIN where it may.
    private func connect() {
        plug()
        guard reader.isOpen, reader.sessions != unlocked else { return }
        unlocked = reader.sessions
        guard let pin = pin?() else { return wantsPIN = true }
        do {
            guard try reader.verify(pin) != .done else { return wantsPIN = false }
            // A wrong one is not tried again and again.
            (self.pin, wantsPIN) = (nil, true)
        } catch {
            lost(error)
        }
    }

    private func plug() {
        guard !reader.isOpen, milliseconds >= triesAt else { return }
        triesAt = milliseconds + Self.triesAgain
        do {
            try reader.open()
            (fault, dueAt) = (nil, 0)
            if listens || visitors.wantListening { _ = tell(.listen(true)) }
        } catch {
            fault = error
        }
    }

    private func exchange() {
        guard reader.isOpen else { return }
        do {
            let outgoing = try reader.exchange(incoming)
            incoming = Incoming()
            for one in outgoing.datagrams { put(one) }
            for bytes in outgoing.news {
                if case .happened(let news) = try? Told(wireBytes: bytes) { happened(news) }
            }
            dueAt = milliseconds + min(outgoing.patience, Self.looksAtLeast)
            fault = nil
        } catch {
            lost(error)
        }
    }

    private static let looksAtLeast: UInt64 = 1_000

    private func put(_ one: Carried) {
        if let address = one.address {
            air.send(one.datagram, to: address)
        } else {
            air.broadcast(one.datagram)
        }
    }

    private func happened(_ news: [News]) {
        visitors.tell(news)
        gathered += news
    }

    private func lost(_ error: ReaderFault) {
        fault = error
        // An eKey that wants a PIN is there, and carries datagrams for a reader that is paired.
        if case .refused = error {
            dueAt = milliseconds + Self.looksAtLeast
            return
        }
        reader.shut()
        // One that does not answer is not waited for all the time.
        triesAt = milliseconds + (error == .silent ? Self.triesSilentAgain : Self.triesAgain)
    }

    // MARK: Being asked

    /// Has the eKey answer; with the PIN before it, where it may say that by itself.
    package func ask(_ question: Question) -> Told {
        if case .listen(let on) = question {
            listens = on
            return listen().told
        }
        if case .refuse = question { unpressed = nil }
        if case .cancel = question { unpressed = nil }
        let told = tell(question)
        if case .news(let news) = told { happened(news) }
        let refused = fault
        exchange()
        if case .accept = question, refused == .refused(.notNow) {
            // The person has a minute or so; whoever asked follows what becomes of it.
            unpressed = (question, milliseconds + Self.pressesAgain)
            return .news([])
        }
        // That datagrams go all the same is no answer to whoever asked.
        fault = fault ?? refused
        return told
    }

    private static let pressesAgain: UInt64 = 300

    /// Whoever waits for the button hears of it like of everything else.
    private func sayYesAgain() {
        guard let (question, at) = unpressed, milliseconds >= at, reader.isOpen else { return }
        unpressed = nil
        let told = tell(question)
        switch told {
        case .news(let news): happened(news)
        case .wrongPIN:
            // Nobody is there to type another one; the seller hears no.
            guard case .accept(let payment, _, _) = question else { return }
            if case .news(let news) = tell(.refuse(payment)) { happened(news) }
        case .fault:
            switch fault {
            case .refused(.notNow): fault = nil
            case .away, .silent: break
            case .strange, .refused, .another, .unproven, nil: return
            }
            unpressed = (question, milliseconds + Self.pressesAgain)
        case .done, .info, .balances, .pending, .payments, .happened, .particulars, .details, .pin,
            .office, .meter, .papers, .errands, .toShow, .peers:
            return
        }
    }

    private func tell(_ question: Question) -> Told {
        connect()
        do throws(ReaderFault) {
            do throws(ReaderFault) {
                return try reader.ask(question)
            } catch {
                guard error == .refused(.notForThisSession), let pin = pin?() else { throw error }
                let status = try reader.verify(pin)
                guard status == .done else {
                    // A wrong one is not tried again and again.
                    self.pin = nil
                    throw .refused(status)
                }
                return try reader.ask(question)
            }
        } catch {
            lost(error)
            return .fault(error.words)
        }
    }

    /// The PIN, as somebody typed it.
    package func verify(_ pin: String) throws(ReaderFault) -> Status {
        plug()
        let status = try reader.verify(pin)
        (unlocked, wantsPIN) = (reader.sessions, status != .done)
        return status
    }

    package func change(_ old: String, to new: String) throws(ReaderFault) -> Status {
        plug()
        return try reader.change(old, to: new)
    }

    private func listen() -> (told: Told, led: [News]) {
        let told = tell(.listen(listens || visitors.wantListening))
        guard case .news(let news) = told else { return (told, []) }
        happened(news)
        return (told, news)
    }

    package func close() {
        visitors.shut()
        reader.shut()
    }
}

extension ReaderFault {
    /// In a few words, as whoever asked is told.
    package var words: String {
        switch self {
        case .away(let words?): "no eKey can be there: what is named \(words)"
        case .away: "the eKey is not there: its cable is out, or it does not run"
        case .silent: "the eKey does not answer"
        case .strange: "what answers is no eKey of this version"
        case .another: "this is another eKey than the one that was paired"
        case .unproven: "what answers does not prove that it is that eKey"
        case .refused(.notForThisSession): "the eKey wants its PIN first, or another FAM"
        case .refused(.noTriesLeft): "the eKey's PIN is shut: only its unblock code opens it"
        case .refused(.notNow): "the eKey wants its button pressed for that offer"
        case .refused(let status):
            status.triesLeft.map { "that is not the eKey's PIN: \($0) tries are left" }
                ?? "the eKey refuses, by \(status)"
        }
    }
}
