internal import Command
internal import Homes
internal import Links
internal import Nearby
internal import Station
internal import Words

/// `tally peers`: who is near.
enum Near {
    static let peers = Verb(
        words: ["peers"],
        summary: "list who is near: wallets, shops and offices",
        details: [
            "everybody near is asked, and whoever Avahi announces; buyers answer with the number",
            "on their screen while they wait for a seller, offices with their key and root, each",
            "with the addresses that it answered from. What is announced anybody can announce, and",
            "it is shown as that: only keys, roots and signed names count; a node that runs",
            "remembers for a while whom it has met and paid. It needs no wallet: whoever wants one",
            "finds an office with it",
        ],
        options: [
            Verb.Option(
                name: "--at",
                value: "ADDRESS",
                kind: .word,
                about: "ask whoever is there as well: 192.168.1.7, 192.168.1.7:4000, [::1]:4000"
            ),
            Verb.Option(
                name: "--wait",
                value: "S",
                kind: .number,
                about: "listen so many seconds for answers, 0 to ask nobody; else 2"
            ),
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally peers", about: "everybody near"),
            Verb.Example(line: "tally peers --wait 0", about: "whom the node knows already"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try list(request, scene) }
    )

    private static func list(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let typed = request["--wait"] ?? "2"
        guard let seconds = UInt64(typed), (0...600).contains(seconds) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--wait is a number of seconds up to 600, and \(quoted(typed)) is none",
                hint: "leave it out for 2"
            )
        }
        let addresses = try Selling.addresses(request)
        let home = try Opening.home(request, scene)
        guard home.isMade else {
            return report(try lookOut(home, request, scene, addresses, seconds), nil)
        }
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        let known = try peers(teller, scene, addresses, seconds)
        return report(known, try teller.info().root)
    }

    private static func report(
        _ known: ([Peer], Herald.Presence?),
        _ root: Key?
    ) -> Report {
        let (peers, presence) = known
        var lines: [String] = []
        for peer in peers { lines += Self.lines(peer, root) }
        if peers.isEmpty { lines.append("nobody near is known") }
        return Report(
            lines: lines + [words(presence)],
            json: .object([
                ("peers", .array(peers.map { json($0, root) })),
                ("avahi", .string(presence?.rawValue ?? "off")),
            ]),
            exit: peers.isEmpty ? .pending : .done
        )
    }

    /// Asks again and again until the time is over.
    private static func peers(
        _ teller: any Teller,
        _ scene: Scene,
        _ addresses: [Address],
        _ seconds: UInt64
    ) throws(Complaint) -> ([Peer], Herald.Presence?) {
        if seconds > 0 {
            let waiter = try Waiter(teller, scene)
            waiter.screen.wait(for: "answers")
            defer { waiter.screen.rest() }
            let limit = waiter.limit(seconds)
            var askedAt: UInt64?
            while scene.stopwatch() < limit, !waiter.stop.isAsked {
                let now = scene.stopwatch()
                if askedAt.map({ now >= $0 + every }) ?? true {
                    askedAt = now
                    _ = try known(teller, asks: true, addresses)
                }
                let next = min(limit, (askedAt ?? now) + every)
                try waiter.take(try teller.news(within: (next - now) / 1_000_000 + 1))
                waiter.screen.tick()
            }
        }
        return try known(teller, asks: false, addresses)
    }

    /// The same where there is no wallet.
    private static func lookOut(
        _ home: Home,
        _ request: Request,
        _ scene: Scene,
        _ addresses: [Address],
        _ seconds: UInt64
    ) throws(Complaint) -> ([Peer], Herald.Presence?) {
        let settings = try Opening.settings(request, scene)
        let lookout: Lookout
        do throws(LinkFault) {
            lookout = try Lookout(settings)
        } catch {
            throw Complaint(.link(error), home)
        }
        let (screen, stop) = (Screen(scene), try Stop())
        screen.wait(for: "answers")
        defer { screen.rest() }
        let limit = scene.stopwatch() + seconds * 1_000_000_000
        var askedAt: UInt64?
        while scene.stopwatch() < limit, !stop.isAsked {
            let now = scene.stopwatch()
            if askedAt.map({ now >= $0 + every }) ?? true {
                askedAt = now
                lookout.ask(addresses)
            }
            let next = min(limit, (askedAt ?? now) + every)
            lookout.turn(atMost: (next - min(now, next)) / 1_000_000 + 1)
            screen.tick()
        }
        return (lookout.peers, lookout.presence)
    }

    private static let every: UInt64 = 600_000_000

    private static func known(
        _ teller: any Teller,
        asks: Bool,
        _ addresses: [Address]
    ) throws(Complaint) -> ([Peer], Herald.Presence?) {
        let told = try teller.ask(.peers(asks: asks, at: addresses))
        guard case .peers(let peers, let presence) = told else { throw Complaint(instead: told) }
        return (peers, presence)
    }

    // MARK: What is told

    private static func lines(_ peer: Peer, _ root: Key?) -> [String] {
        var facts = Facts()
        facts.line(reach(peer), peer.seconds.map { "heard \($0) s ago" } ?? "never heard")
        facts.line("at", places(peer).joined(separator: ", "))
        facts.line("known by", ways(peer).joined(separator: ", "))
        if let key = peer.key { facts.add("key", key) }
        if let its = peer.root {
            facts.line("root", rootFingerprint(its) + (its == root ? ", as yours" : ""))
        }
        return [title(peer)] + facts.lines
    }

    private static func title(_ peer: Peer) -> String {
        var words = [peer.role?.rawValue ?? "somebody"]
        if let screen = peer.screen { words.append(Payments.screen(screen)) }
        if let name = peer.name { words.append(name.string) }
        let title = words.joined(separator: " ")
        guard let said = announced(peer) else { return title }
        return "\(title), announced as \(said)"
    }

    /// What is announced at an address of his, as far as it says more than is known: the name of a
    /// wallet tells nothing.
    private static func announced(_ peer: Peer) -> String? {
        guard let says = peer.says else { return nil }
        var words: [String] = []
        if let role = peer.saysRole, role != peer.role { words.append(role.rawValue) }
        if peer.saysRole != .wallet { words.append(quoted(says.string)) }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    private static func reach(_ peer: Peer) -> String {
        switch peer.reach {
        case .answers: "answers"
        case .silent: "no answer"
        case .unasked: "not asked"
        }
    }

    private static func places(_ peer: Peer) -> [String] {
        peer.addresses.compactMap { Endpoint($0)?.text }
    }

    private static func ways(_ peer: Peer) -> [String] {
        let all: [(Peer.Ways, String)] = [
            (.broadcast, "broadcast"), (.avahi, "avahi"), (.typed, "typed"),
            (.payment, "payment"), (.home, "home"),
        ]
        return all.filter { peer.ways.contains($0.0) }.map(\.1)
    }

    private static func json(_ peer: Peer, _ root: Key?) -> JSON {
        var pairs: [(String, JSON)] = [("reach", .string(peer.reach.rawValue))]
        if let role = peer.role { pairs.append(("role", .string(role.rawValue))) }
        if let name = peer.name { pairs.append(("name", .string(name.string))) }
        if let says = peer.says { pairs.append(("says", .string(says.string))) }
        if let role = peer.saysRole { pairs.append(("saysRole", .string(role.rawValue))) }
        if let screen = peer.screen { pairs.append(("screen", .string(Payments.screen(screen)))) }
        if let key = peer.key { pairs.append(("key", .string(key.bytes.hex))) }
        if let its = peer.root {
            pairs.append(("root", .string(rootFingerprint(its))))
            if let root { pairs.append(("isYours", .flag(its == root))) }
        }
        pairs.append(("addresses", .array(places(peer).map { .string($0) })))
        pairs.append(("knownBy", .array(ways(peer).map { .string($0) })))
        if let seconds = peer.seconds { pairs.append(("secondsAgo", .number(seconds))) }
        return .object(pairs)
    }

    private static func words(_ presence: Herald.Presence?) -> String {
        switch presence {
        case .running: "Avahi runs here"
        case .asked: "Avahi has not answered yet"
        case .noDaemon: "no Avahi runs here: broadcast and typed addresses alone"
        case .noBus: "no D-Bus is here to ask Avahi by: broadcast and typed addresses alone"
        case nil: "Avahi is not asked: broadcast and typed addresses alone"
        }
    }
}
