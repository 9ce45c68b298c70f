internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Host
internal import Ledger
internal import Links
internal import Mint
internal import Office
internal import OfficeDesk
internal import Sealing
internal import Station
internal import Wallet
internal import Words

import struct Mint.Draft

/// `tally office serve`: an office's counter, until it is told to end.
enum Serving {
    /// What is told of a payment that came in and is in no books.
    static let serve = Verb(
        words: ["office", "serve"],
        summary: "run the office: enrol, charge, redeem, sync",
        details: [
            "wallets reach it at its UDP port, which stays the same, and Avahi announces it by its",
            "name; the other office verbs ask it while it runs. It tells what happens on standard",
            "error, a line each, and ends at ctrl-C or SIGTERM; it may be killed at any moment:",
            "what was told is on the disk.",
            "As a service of systemd it says when it is ready and that its loop goes round, and",
            "takes what opens its home from the credential office.key or office.passphrase,",
            "where neither an option nor the environment names a file",
        ],
        options: [
            Verb.Option(
                name: "--metrics",
                value: "PORT",
                kind: .number,
                about: "answer GET /health and GET /metrics on this TCP port of 127.0.0.1"
            ),
            Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally office serve --port 7600", about: "in a terminal of its own"),
            Verb.Example(
                line: "tally office serve --key-file town.key --metrics 9600 --json",
                about: "for Prometheus and a log"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        service: "office",
        act: { request, scene throws(Complaint) in try run(request, scene) }
    )

    private static func run(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let (home, office) = try Operator.homes(request, scene)
        try Desk.ready(office)
        let settings = try Opening.settings(request, scene)
        let metricsPort = try metricsPort(request)
        let lock = try Opening.lock(of: office.keys, in: home, request, scene)
        let opened = try Desk.open(office) { () throws(Complaint) in
            lock
        } orElse: { () throws(Complaint) in
            // Only one that is ending is waited for.
            try isRunning(home) ? true : nil
        }
        guard case .till(let till, let ring) = opened else {
            throw Complaint(
                .refused,
                "runs",
                "the office in \(quoted(office.folder)) runs already",
                hint: "the other office verbs ask it; end it with SIGTERM to start it anew"
            )
        }
        defer { try? till.books.close() }
        Desk.tell(till.books, scene)
        var served = try Served(till, ring, home, office, scene)
        try served.begin(settings, metricsPort)
        try served.run()
        return Report(lines: [], json: .object([("ended", .flag(true))]))
    }

    private static func isRunning(_ home: Home) throws(Complaint) -> Bool {
        do throws(LineFault) {
            _ = try home.call()
            return true
        } catch {
            guard error == .nobody else { throw Complaint(error, home) }
            return false
        }
    }

    private static func metricsPort(_ request: Request) throws(Complaint) -> UInt16? {
        guard let typed = request["--metrics"] else { return nil }
        let digits = typed.hasPrefix("127.0.0.1:") ? String(typed.dropFirst(10)) : typed
        guard let port = UInt16(digits), port > 0 else {
            throw Complaint(
                .usage,
                "bad-port",
                "--metrics is a TCP port from 1 to 65535 of this host alone, and \(quoted(typed))"
                    + " is none",
                hint: "write --metrics 9600; what has to be read elsewhere goes through a proxy"
            )
        }
        return port
    }
}

/// An office at its counter.
private struct Served {
    private let till: Till
    private let home: Home
    private let office: OfficeHome
    private let scene: Scene
    private let counter: OfficeCounter
    private let residence: Residence
    private let begun = Process.nanoseconds
    private var station: Station?
    private var pages: Pages?
    /// How many revocations its own wallet has heard of.
    private var learnt = 0
    private let signals: Signals
    private let waiting: Waiting
    private let supervisor: Supervisor?

    init(
        _ till: Till,
        _ ring: KeyRing,
        _ home: Home,
        _ office: OfficeHome,
        _ scene: Scene
    ) throws(Complaint) {
        (self.till, self.home, self.office, self.scene) = (till, home, office, scene)
        supervisor = Supervisor(scene.environment)
        let desk = DeskServer(till, scene, DeskVerb.all)
        do throws(OfficeFault) {
            (counter, residence) = try office.counter(till, ring, at: scene.now) { desk.answer($0) }
        } catch {
            throw Complaint(error, office)
        }
        do throws(LinkFault) {
            (signals, waiting) = (try Signals(), try Waiting())
        } catch {
            throw Complaint(.link(error), home)
        }
        waiting.add(signals.file)
    }

    mutating func begin(_ settings: UDP.Settings, _ metrics: UInt16?) throws(Complaint) {
        if let metrics {
            do throws(LinkFault) {
                pages = try Pages(port: metrics)
            } catch {
                throw Complaint(metrics: metrics, error)
            }
        }
        if let pages { waiting.add(pages.file) }
        do throws(StationFault) {
            station = try Station(residence, settings, checking: .real, cores: scene.cores)
        } catch {
            throw Complaint(error, home)
        }
        guard case .info(let info)? = station?.ask(.info) else { throw .otherVersion }
        var facts: [(String, JSON)] = [
            ("office", .string(till.books.founding.name.string)),
            ("root", .string(rootFingerprint(till.root))), ("port", .number(UInt64(info.port))),
        ]
        if let metrics { facts.append(("metrics", .number(UInt64(metrics)))) }
        say(
            "the office \(till.books.founding.name.string) is open: UDP port \(info.port)"
                + (metrics.map { ", metrics on 127.0.0.1:\($0)" } ?? ""),
            "open",
            facts
        )
        for draft in till.setAside {
            let request = draft.request.bytes.hex
            say(Operator.notTaken(draft), "setAside", [("request", .string(request))])
        }
        if let reason = info.inert {
            say("it redeems nothing: \(reason.string)", "inert", [("why", .string(reason.string))])
        }
        supervisor?.ready("the office \(till.books.founding.name.string): UDP port \(info.port)")
    }

    /// What comes from a key that was revoked is worth nothing to the office either.
    private mutating func learn() {
        let mint = till.mint
        for revocation in mint.revocations.dropFirst(learnt) where mint.isVoiding(revocation) {
            _ = station?.wish(.learn(revocation, certificates: [mint.setting.officeDER]))
        }
        learnt = mint.revocations.count
    }

    mutating func run() throws(Complaint) {
        guard let station else { preconditionFailure("it was begun") }
        defer { station.close() }
        defer { supervisor?.stopping() }
        let patience = supervisor?.patience ?? .max
        while !station.isToStop {
            supervisor?.turned(at: Process.nanoseconds / 1_000_000)
            learn()
            let (news, isReady): ([News], Bool)
            do {
                (news, isReady) = try station.turn(
                    atMost: min(pages?.patience ?? 60_000, patience),
                    alsoFor: waiting.file
                )
            } catch {
                say("the office stopped: \(error)", "stopped", [])
                throw Complaint(error, home)
            }
            let happened: [OfficeCounter.Happened]
            do {
                happened = try counter.takeHappened(at: Process.now)
            } catch {
                say("the office stopped: \(error.reason)", "stopped", [])
                throw Complaint(OfficeFault.counter(error), office)
            }
            for one in happened { tell(one) }
            for one in news { tell(one) }
            if isReady, waiting.wait(atMost: 0).contains(signals.file) { break }
            pages?.answer(at: Process.nanoseconds / 1_000_000) { page($0.path) }
        }
        say("the office is closed", "closed", [])
    }

    // MARK: What is told

    private func say(_ text: String, _ event: String, _ facts: [(String, JSON)]) {
        let now = Process.now.text
        if scene.isJSON {
            let all = [("time", JSON.string(now)), ("event", .string(event))] + facts
            scene.note(text, all)
        } else {
            scene.tell("\(now)  \(text)\n")
        }
    }

    private func who(_ key: Key) -> String {
        till.mint.members[key]?.name.string ?? "the key \(short(key))"
    }

    private func tell(_ happened: OfficeCounter.Happened) {
        let asset = till.books.founding.asset
        switch happened {
        case .answered(let key, let kind, let amount, let refusal):
            var facts: [(String, JSON)] = [
                ("who", .string(who(key))), ("key", .string(key.bytes.hex)),
            ]
            if let amount { facts.append(("amount", asset.json(Balance(amount)))) }
            if let refusal { facts.append(("refused", .string(refusal.string))) }
            let much = amount.map { " " + asset.full($0) } ?? ""
            let end = refusal.map { ": refused, \($0.string)" } ?? ""
            say("\(kind.rawValue)\(much), \(who(key))\(end)", kind.rawValue, facts)
        case .calling(let key, let amount):
            say(
                "calling \(who(key)) for \(asset.full(amount))",
                "calling",
                [("who", .string(who(key))), ("amount", asset.json(Balance(amount)))]
            )
        case .caught(let key):
            say(
                "somebody came with money that \(who(key)) has passed on twice",
                "caught",
                [("who", .string(who(key))), ("key", .string(key.bytes.hex))]
            )
        case .convicted(let key):
            say(
                "\(who(key)) is convicted, and its key revoked: 'tally office cases' has the proof",
                "convicted",
                [("who", .string(who(key))), ("key", .string(key.bytes.hex))]
            )
        case .behind(let stick, let key):
            say(
                "\(who(key)) came with a stick of this office that the books lack, so they are"
                    + " older than what was told: \(short(stick))",
                "behind",
                [("who", .string(who(key))), ("stick", .string(stick.bytes.hex))]
            )
        case .stopped: say("the books cannot be read", "stopped", [])
        }
    }

    private func tell(_ news: News) {
        guard case .standing(let standing) = news else { return }
        let facts = Payments.facts(standing).pairs
        say(Payments.line(standing), standing.word.rawValue, facts)
    }

    // MARK: What is looked at

    private func page(_ path: String) -> Pages.Page? {
        switch path {
        case "/health": Pages.Page(type: "text/plain", body: Array("open\n".utf8))
        case "/metrics":
            Pages.Page(
                type: "text/plain; version=0.0.4",
                body: Array(Metrics(till, since: begun).text.utf8)
            )
        default: nil
        }
    }
}

extension Complaint {
    fileprivate init(metrics port: UInt16, _ fault: LinkFault) {
        let what =
            switch fault {
            case .portTaken: "another program has TCP port \(port)"
            case .forbidden: "this user may not open TCP port \(port)"
            case .noInterface, .system: "TCP port \(port) cannot be opened: \(fault)"
            }
        self.init(.failed, "metrics", what, hint: "name another port with --metrics")
    }
}
