internal import Command
internal import Homes
internal import Host
internal import Links
internal import Meter
internal import Station
internal import Wallet
internal import WalletVerbs
internal import Words

/// `tally meter run`: a wallet's node with a meter beside it, until it is told to end.
enum MeterRunning {
    static let verb = Verb(
        words: ["meter", "run"],
        summary: "run this wallet as a prepayment meter",
        details: [
            "its node runs, as by 'tally node', and a load draws power through it: pulses are",
            "counted, and used up in groups, each on the disk before it is served. The contact",
            "opens when nothing is left, and closes when credit comes: 'tally charge' brings it,",
            "also while this runs. A profile has a line for each change of the load, every day the",
            "same: '06:30 900' is 900 watts from half past six (UTC) on; # begins a comment. It",
            "ends at ctrl-C or SIGTERM, and may be killed at any moment: no pulse is lost by that,",
            "and none is served twice. The file 'meter' in the home stands in for the memory that",
            "a meter's hardware has of its own",
        ],
        options: [
            Verb.Option(name: "--profile", value: "FILE", about: "what is drawn at which hour"),
            Verb.Option(
                name: "--watts",
                value: "N",
                kind: .number,
                about: "draw so many all day; else nothing, without a profile"
            ),
            Verb.Option(
                name: "--speed",
                value: "N",
                kind: .number,
                about: "let time pass so many times as fast: 3600 is an hour in a second; else 1"
            ),
            Verb.Option(
                name: "--low",
                value: "AMOUNT",
                kind: .number,
                about: "warn when less is left; else 100 Wh"
            ),
            Verb.Option(
                name: "--pulse",
                value: "N",
                kind: .number,
                about: "units of a pulse, once and for ever: at the first run; else 1"
            ),
            Verb.Option(
                name: "--group",
                value: "N",
                kind: .number,
                about: "use pulses up when there are so many, or within a minute; else 10"
            ),
            Verb.Option(
                name: "--line",
                value: "PATH",
                about: "it has no network: make a port there, to which 'tally mpc' comes"
            ),
            Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally meter run --watts 800", about: "a heater"),
            Verb.Example(
                line: "tally meter run --profile flat.txt --speed 3600",
                about: "a flat, an hour in a second"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try run(request, scene) }
    )

    private static func run(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        let load = try Load(request)
        let settings = try Opening.settings(request, scene)
        let lock = try Opening.lock(home, request, scene)
        let signals: Signals
        do { signals = try Signals() } catch { throw Complaint(.link(error), home) }
        let relay = request["--line"].map { _ in Relay() }
        let opened = try Opening.station(home, lock, settings, scene, behind: relay) {
            nil as Never?
        }
        guard case .station(let station) = opened else { preconditionFailure("nothing else is") }
        defer { station.close() }
        let teller = LocalTeller(station, home)
        let info = try teller.info()
        guard let asset = info.window?.asset, asset.isMetered else {
            throw .notMetered(info.window?.asset)
        }
        let bench = try MeterBench(station, load, asset, request, scene)
        let port = try relay.map { relay throws(Complaint) in
            try MeterPort(request["--line"] ?? "", relay)
        }
        bench.screen.say(
            request["--line"].map { "\(home.folder) has a port at \($0), and no network" }
                ?? "\(home.folder) is on the air: UDP port \(info.port)",
            [("port", .number(UInt64(info.port)))]
        )
        if let why = info.inert {
            bench.screen.say(
                "the life of this wallet has ended, and nothing is used up: \(why.string)\n"
                    + "'tally sync' asks its office for another",
                [("inert", .string(why.string))]
            )
        }
        do throws(Complaint) {
            try go(bench, station, teller, port, signals)
        } catch {
            // Nothing is drawn that could not be counted or served.
            bench.open()
            throw Complaint(error.exit, error.name, error.what, hint: stopped)
        }
        return Report(lines: [], json: .object([("ended", .flag(true))]))
    }

    /// Until somebody ends it.
    private static func go(
        _ bench: MeterBench,
        _ station: Station,
        _ teller: LocalTeller,
        _ port: MeterPort?,
        _ signals: Signals
    ) throws(Complaint) {
        try bench.powerUp()
        while !station.isToStop {
            // Whoever is at the port waits for each answer.
            let patience = port?.isUsed == true ? portTurn : turn
            let (news, isReady) = try teller.news(within: patience, alsoFor: signals.file)
            for one in news { Running.say(one, bench.screen, teller.complaint) }
            port?.pass(station, news)
            if isReady { break }
            try bench.step()
        }
        try bench.powerDown()
    }

    private static let stopped =
        "the contact is open: see that there is room on the disk and that the home may be written"
        + " to, and start 'tally meter run' again: what was served is served, and what was counted"
        + " and kept is served next"

    /// How long nothing happens at most, in milliseconds.
    private static let turn: UInt64 = 50
    private static let portTurn: UInt64 = 5
}

/// What is drawn through a meter, and how fast its time passes.
struct Load {
    let profile: LoadProfile
    let speed: UInt64

    private static let speeds: ClosedRange<UInt64> = 1...100_000

    init(_ request: Request) throws(Complaint) {
        speed = try number("--speed", request, Self.speeds) ?? 1
        let watts = try number("--watts", request, 0...LoadProfile.wattsAtMost)
        guard let path = request["--profile"] else {
            guard let all = LoadProfile(watts: watts ?? 0) else {
                preconditionFailure("so many watts were asked for")
            }
            profile = all
            return
        }
        guard watts == nil else {
            throw Complaint(
                .usage,
                "two-loads",
                "--watts and --profile both say what is drawn",
                hint: "leave one of them out"
            )
        }
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, cap: LoadProfile.bytesAtMost)
        } catch {
            throw Complaint(error, reading: path)
        }
        do {
            profile = try LoadProfile(bytes)
        } catch {
            throw Complaint(error, path)
        }
    }
}

/// A number that an option gives; nil where it is not typed.
func number(
    _ name: String,
    _ request: Request,
    _ range: ClosedRange<UInt64>
) throws(Complaint) -> UInt64? {
    guard let typed = request[name] else { return nil }
    guard let number = UInt64(typed), range.contains(number) else {
        throw Complaint(
            .usage,
            "bad-number",
            "\(name) is a number from \(range.lowerBound) to \(range.upperBound), and"
                + " \(quoted(typed)) is none",
            hint: "write such a number, or leave it out"
        )
    }
    return number
}

extension Complaint {
    /// A line that is none of a profile's.
    fileprivate init(_ fault: LoadProfileFault, _ path: String) {
        let why =
            switch fault.why {
            case .text: "it is not UTF-8"
            case .words(let count):
                "it has \(counted(count, "word")), and a time and a power are two"
            case .time(let word): "\(quoted(word)) is no time of a day, as 06:30 is"
            case .watts(let word):
                "\(quoted(word)) is no number of watts up to \(LoadProfile.wattsAtMost)"
            case .order: "its time is not later than that of the line before"
            case .empty: "it ends without a time and a power"
            }
        self.init(
            .usage,
            "bad-profile",
            "line \(fault.line) of \(quoted(path)): \(why)",
            hint: "write a time and watts on each line, in the order of the day: 06:30 900"
        )
    }
}
