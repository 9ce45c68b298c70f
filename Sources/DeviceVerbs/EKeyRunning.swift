internal import Command
internal import Device
internal import EKey
internal import Homes
internal import Host
internal import Links
internal import Sealing
internal import Station
internal import Wallet
internal import Words

/// An eKey's home, opened: its control, and what is inside.
struct OpenedEKey {
    let home: Home
    let inside: EKeyInside
    let control: Control

    init(_ request: Request, _ scene: Scene) throws(Complaint) {
        home = try Opening.home(request, scene)
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        guard home.isEKey else { throw .notEKey(home) }
        let lock = try Opening.lock(of: home.keys, in: home, request, scene)
        let ring = try EKeyMaking.unlock(home, lock)
        let cores = scene.cores
        let record: EKeyRecord
        do throws(EKeyFailure) {
            guard let found = try EKeyRecord(of: home, ring.data) else {
                throw EKeyFailure("it is none any more")
            }
            record = found
        } catch {
            throw Complaint(error)
        }
        do {
            inside = try EKeyInside(
                home,
                ring,
                record,
                version: Version.program
            ) { wallet, relay throws(StationFault) in
                try Station(
                    wallet,
                    lock: lock,
                    .quiet,
                    checking: .real,
                    cores: cores,
                    sealedBehind: relay
                )
            }
        } catch {
            throw Complaint(error, home)
        }
        control = Control(inside)
    }
}

/// `tally ekey run`: the eKey, in a process of its own.
enum EKeyRunning {
    static let verb = Verb(
        words: ["ekey", "run"],
        summary: "run an eKey: a wallet that only a reader gets to",
        details: [
            "a reader, 'tally fam', comes to it by the socket ekey.sock in its home; with --pty by",
            "a terminal instead, as by a serial port, whose name is told; with --vpcd it is a",
            "card in the virtual reader of a PC/SC daemon on this host. It speaks commands of",
            "ISO 7816-4, goes on no network itself, and keeps what it has when the cable comes out",
            "at any moment. It ends at ctrl-C or SIGTERM, and may be killed at any moment. It is",
            "software: class emulated, for a device of one's own, and no hardware that resists",
            "its owner",
        ],
        options: [
            Verb.Option(name: "--pty", about: "by a pseudo-terminal, whose path is told"),
            Verb.Option(
                name: "--vpcd",
                value: "PORT",
                kind: .number,
                about: "as a card in the virtual reader that listens there; usually 35963"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally ekey run", about: "in a terminal of its own"),
            Verb.Example(line: "tally ekey run --pty", about: "by a port, as a device has it"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try run(request, scene) }
    )

    private static func run(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let port = try port(request["--vpcd"])
        let opened = try OpenedEKey(request, scene)
        defer { if !opened.control.isDestroyed { opened.inside.station.close() } }
        let (waiting, signals): (Waiting, Signals)
        do {
            (waiting, signals) = (try Waiting(), try Signals())
        } catch {
            throw Complaint(.link(error), opened.home)
        }
        waiting.add(signals.file)
        let lines = EKeyLines(opened.control, waiting)
        defer { lines.close() }
        try open(lines, opened.home, pty: request["--pty"] != nil, port, scene)
        opened.inside.note("started")
        if opened.inside.hasButton, !scene.errIsTerminal {
            scene.tell("its button is in this terminal, and there is none: nobody can press it\n")
        }
        var window = Window(opened.inside, scene, waiting)
        while opened.control.failure == nil, !opened.control.isDestroyed {
            do {
                try opened.inside.turn(atMost: lines.patience, alsoFor: waiting.file)
            } catch {
                throw Complaint(error)
            }
            let ready = Set(waiting.wait(atMost: 0))
            if ready.contains(signals.file) || lines.isCutOff { break }
            lines.hear(ready, at: Process.nanoseconds / 1_000_000)
            window.look(ready)
        }
        if let failure = opened.control.failure { throw Complaint(failure) }
        return Report(lines: [], json: .object([("ended", .flag(true))]))
    }

    private static func port(_ typed: String?) throws(Complaint) -> UInt16? {
        guard let typed else { return nil }
        guard let port = UInt16(typed), port > 0 else {
            throw Complaint(
                .usage,
                "bad-port",
                "--vpcd is a number from 1 to 65535, and \(quoted(typed)) is none",
                hint: "the virtual reader's own is 35963"
            )
        }
        return port
    }

    private static func open(
        _ lines: EKeyLines,
        _ home: Home,
        pty: Bool,
        _ port: UInt16?,
        _ scene: Scene
    ) throws(Complaint) {
        var place = home.folder + "/" + EKeyLines.socket
        do throws(LineFault) {
            if pty {
                let (cord, path) = try Cord.pseudoTerminal()
                lines.use(cord)
                place = path
            } else if let port {
                lines.use(try Cord.loopback(port: port))
                place = "the virtual reader on port \(port)"
            } else {
                try lines.open(in: home.folder)
            }
        } catch {
            throw Complaint(
                .failed,
                "line",
                "the eKey can be reached by no reader: \(error)",
                hint: "look whether that reader runs on this host"
            )
        }
        let text = "the eKey in \(home.folder) waits for its reader at \(place)"
        if scene.isJSON {
            scene.note(text, [("line", .string(place))])
        } else {
            scene.tell(text + "\n")
        }
    }
}

/// What an eKey shows in its own terminal, and the yes that is said there: its button.
private struct Window {
    private let inside: EKeyInside
    private let scene: Scene
    private let waiting: Waiting
    private var shown: PaymentStanding?
    private var prompt: Prompt?

    init(_ inside: EKeyInside, _ scene: Scene, _ waiting: Waiting) {
        (self.inside, self.scene, self.waiting) = (inside, scene, waiting)
    }

    mutating func look(_ ready: Set<Int32>) {
        if let one = prompt, one.tick(), ready.contains(one.file), let typed = one.take() {
            if let shown { answer(typed, shown.payment) }
            rest()
        }
        if prompt == nil, shown != nil { ask() }
        guard inside.wanted?.payment != shown?.payment else { return }
        rest()
        guard let standing = inside.wanted else { return }
        show(standing)
        ask()
    }

    /// Where this process has the terminal; else when it has it again.
    private mutating func ask() {
        prompt = scene.prompt("press the button? [y/N] ", false)
        if let prompt { waiting.add(prompt.file) }
    }

    private func answer(_ typed: Prompt.Typed, _ payment: PaymentID) {
        if case .line(let text) = typed, ["y", "yes"].contains(text) {
            inside.press(for: payment)
            scene.tell("pressed\n")
        } else {
            inside.decline(payment)
            scene.tell("not pressed: the seller is told no\n")
        }
    }

    private mutating func show(_ standing: PaymentStanding) {
        let about = standing.about
        scene.tell("\(Payments.who(about.peer)) asks for \(about.asset.full(about.amount))\n")
        if about.memo.byteCount > 0 { scene.tell("  for     \(about.memo.string)\n") }
        if let digits = standing.digits { scene.tell("  digits  \(Payments.grouped(digits))\n") }
        shown = standing
    }

    private mutating func rest() {
        if let prompt { waiting.remove(prompt.file) }
        (prompt, shown) = (nil, nil)
    }
}
