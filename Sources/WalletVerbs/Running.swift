package import Command
internal import Homes
internal import Host
internal import Links
internal import Money
internal import Station
package import Wallet
internal import Words

/// `tally node`: a wallet's node, running until it is told to end.
package enum Running {
    static let node = Verb(
        words: ["node"],
        summary: "run the node of this wallet",
        details: [
            "it finishes what is under way, answers what it is asked by other verbs, and with",
            "--listen answers sellers who look for a buyer; it ends at ctrl-C or SIGTERM, and may",
            "be killed at any moment: what was told is on the disk. While it listens Avahi",
            "announces it, under a random name that tells nothing of its holder. As a service",
            "of systemd it says when it is ready and that its loop goes round, and takes what",
            "opens its home from the credential wallet.key or wallet.passphrase, where neither an",
            "option nor the environment names a file",
        ],
        options: [
            Verb.Option(name: "--listen", about: "answer look-ups, so that sellers find it"),
            Verb.Option(
                name: "--shop",
                about: "be announced by Avahi as a shop, by the name in the certificate"
            ),
            Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally node", about: "in a terminal of its own"),
            Verb.Example(line: "tally node --on lo --lose 20", about: "on this host, in rain"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        service: "wallet",
        act: { request, scene throws(Complaint) in try run(request, scene) }
    )

    private static func run(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        var settings = try Opening.settings(request, scene)
        settings.isShop = request["--shop"] != nil
        let lock = try Opening.lock(home, request, scene)
        let signals: Signals
        do { signals = try Signals() } catch { throw Complaint(.link(error), home) }
        let opened = try Opening.station(home, lock, settings, scene) { nil as Never? }
        guard case .station(let station) = opened else { preconditionFailure("nothing else is") }
        defer { station.close() }
        let teller = LocalTeller(station, home)
        let screen = Screen(scene)
        let info = try teller.info()
        guard info.name != nil || !settings.isShop else { throw nameless }
        station.lookAround()
        let port = info.port
        screen.say(
            "\(home.folder) is on the air: UDP port \(port)",
            [("port", .number(UInt64(port)))]
        )
        if request["--listen"] != nil {
            for one in try teller.wish(.listen(true)) { say(one, screen, teller.complaint) }
        }
        let supervisor = Supervisor(scene.environment)
        supervisor?.ready("\(home.folder): UDP port \(port)")
        defer { supervisor?.stopping() }
        let patience = min(60_000, supervisor?.patience ?? .max)
        while !station.isToStop {
            supervisor?.turned(at: Process.nanoseconds / 1_000_000)
            let (news, isReady) = try teller.news(within: patience, alsoFor: signals.file)
            for one in news { say(one, screen, teller.complaint) }
            if isReady { break }
        }
        return Report(lines: [], json: .object([("ended", .flag(true))]))
    }

    private static let nameless = Complaint(
        .refused,
        "no-name",
        "this wallet has no name that it could be announced by as a shop",
        hint: "enrol it at an office, which signs its name; or leave --shop out"
    )

    /// What happens, a line each.
    package static func say(
        _ news: News,
        _ screen: Screen,
        _ complaint: (Denial) -> Complaint
    ) {
        switch news {
        case .listening(let id):
            let number = id.map { Payments.screen($0) }
            screen.say(
                number.map { "listening: the number on this screen is \($0)" }
                    ?? "not listening any more",
                number.map { [("screen", .string($0))] } ?? []
            )
        case .standing(let standing):
            screen.say(Payments.line(standing), Payments.facts(standing).pairs)
        case .denied(let denial): screen.say("not done: \(complaint(denial).what)")
        case .inert(let reason): screen.say("this wallet is inert: \(reason.string)")
        case .convicted(let proof):
            screen.say(
                "a key has cheated, and nothing more is taken from it:"
                    + " \(rootFingerprint(proof.accused)); 'tally proofs' says more",
                [("cheated", .string(Hex.text(proof.accused.bytes.array)))]
            )
        case .calling, .here, .charged, .carried, .opened, .answer, .asking, .answered, .served:
            return
        }
    }
}
