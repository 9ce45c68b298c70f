internal import Commit
internal import Station
internal import Wallet
internal import Words

/// `tally pay`: a buyer, for one offer.
enum Paying {
    private static let options: [Verb.Option] = [
        Verb.Option(name: "--yes", short: "-y", about: "accept without asking"),
        Verb.Option(
            name: "--wait",
            value: "S",
            kind: .number,
            about: "wait so many seconds for an offer, and again for its end; else 120"
        ),
        Running.loseOption,
    ]

    static let pay = Verb(
        words: ["pay"],
        summary: "pay one offer: show it, ask, wait until it is paid",
        details: [
            "sellers find this wallet while it waits: tell yours the number on this screen; the",
            "offer is shown with six digits, and the seller's screen has to show the same;",
            "once it is agreed only the seller's decision ends it: the money is held until it is",
            "known, and whatever this device is asked next goes on with it",
        ],
        options: options + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally pay", about: "at a till"),
            Verb.Example(line: "tally pay --yes --wait 30", about: "by a program"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending, .inDoubt, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try buy(request, scene) }
    )

    private static func buy(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let seconds = try Waiter.seconds(request)
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        let wasListening = try teller.info().screen
        if wasListening == nil {
            for one in try teller.wish(.listen(true)) { Running.say(one, scene) }
        } else {
            Running.say(.listening(wasListening), scene)
        }
        defer { if wasListening == nil { _ = try? teller.wish(.listen(false)) } }
        var waiter = Waiter(teller, scene, seconds)
        guard let offer = try waiter.standing(where: { $0.isOffer }) else {
            throw Complaint(
                .pending,
                "no-offer",
                "nobody asked for anything in \(seconds) seconds",
                hint: "tell the seller the number on this screen, and wait longer with --wait"
            )
        }
        guard try agrees(offer, request, scene) else {
            try teller.wish(.refuse(offer.payment))
            return try end(try waiter.end(of: offer.payment) ?? offer, scene)
        }
        try teller.wish(.accept(offer.payment, share: [], knowsPIN: false))
        let end = try waiter.end(of: offer.payment) ?? offer
        // The seller may not have heard yet that we know; it would ask on for long.
        if end.word == .paid { try waiter.linger(atMost: 1) }
        return try Self.end(end, scene)
    }

    /// Shows what is asked for, and asks.
    private static func agrees(
        _ offer: PaymentStanding,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Bool {
        let about = offer.about
        var text = "\(Payments.who(about.peer)) asks for \(about.asset.full(about.amount))\n"
        if about.memo.byteCount > 0 { text += "  for     \(about.memo.string)\n" }
        if let digits = offer.digits {
            text +=
                "  digits  \(Payments.grouped(digits)), and the seller's screen shows the same\n"
        }
        scene.tell(text)
        if request["--yes"] != nil { return true }
        guard let answer = scene.question("pay it? [y/N] ", false) else {
            throw Complaint(
                .usage,
                "no-terminal",
                "there is no terminal to ask whether to pay",
                hint: "write --yes to accept what comes; nothing was paid"
            )
        }
        return ["y", "yes"].contains(answer.lowercased())
    }

    /// How it ended, or how it stands when the time was over.
    static func end(_ standing: PaymentStanding, _ scene: Scene) throws(Complaint) -> Report {
        let facts = Payments.facts(standing)
        var report = Report(
            lines: [Running.line(standing)],
            json: .object(facts.pairs)
        )
        switch standing.word {
        case .paid: return report
        case .held:
            report.exit = .inDoubt
            report.lines.append(
                "it is agreed, and the seller's decision is not known yet; the money is held, and"
                    + " 'tally node' asks on"
            )
        case .offered:
            report.exit = .pending
            report.lines.append("nothing is locked or paid yet; 'tally pending' shows it")
        case .cancelled, .refused:
            report.exit = .refused
            report.lines.append(standing.next)
        }
        return report
    }
}

extension PaymentStanding {
    /// Something that a buyer is to answer.
    var isOffer: Bool { word == .offered && side == .buyer }

    var isOver: Bool { word == .paid || word == .cancelled || word == .refused }
}

/// Waits for how payments stand, at most so long each time.
struct Waiter {
    private let teller: any Teller
    private let scene: Scene
    private let seconds: UInt64
    /// The newest of each payment.
    private var seen: [PaymentStanding] = []

    init(_ teller: any Teller, _ scene: Scene, _ seconds: UInt64) {
        (self.teller, self.scene, self.seconds) = (teller, scene, seconds)
    }

    static func seconds(_ request: Request) throws(Complaint) -> UInt64 {
        let typed = request["--wait"] ?? "120"
        guard let seconds = UInt64(typed), (1...86_400).contains(seconds) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--wait is a number of seconds up to 86400, and \(quoted(typed)) is none",
                hint: "leave it out for 120"
            )
        }
        return seconds
    }

    /// The first payment that stands so.
    mutating func standing(
        where isIt: (PaymentStanding) -> Bool
    ) throws(Complaint) -> PaymentStanding? {
        if case .pending(let all) = try teller.ask(.pending) { all.forEach { note($0) } }
        let limit = scene.stopwatch() + seconds * 1_000_000_000
        while true {
            if let found = seen.first(where: isIt) { return found }
            let now = scene.stopwatch()
            guard now < limit else { return nil }
            for one in try teller.news(within: min(1_000, (limit - now) / 1_000_000 + 1)) {
                if case .standing(let standing) = one { note(standing) }
            }
        }
    }

    /// How a payment ended; how it stands when the time is over first.
    mutating func end(of payment: PaymentID) throws(Complaint) -> PaymentStanding? {
        let end = try standing { $0.payment == payment && $0.isOver }
        return end ?? seen.first { $0.payment == payment }
    }

    /// Goes on for a little while, until the other side is known to know.
    ///
    /// A node that runs elsewhere goes on anyway.
    func linger(on payment: PaymentID, atMost most: UInt64) throws(Complaint) {
        guard !teller.isRemote else { return }
        let limit = scene.stopwatch() + most * 1_000_000_000
        while scene.stopwatch() < limit {
            guard case .pending(let all) = try teller.ask(.pending),
                all.contains(where: { $0.payment == payment })
            else { return }
            _ = try teller.news(within: 100)
        }
    }

    /// Goes on answering for a little while.
    func linger(atMost most: UInt64) throws(Complaint) {
        guard !teller.isRemote else { return }
        let limit = scene.stopwatch() + most * 1_000_000_000
        while scene.stopwatch() < limit { _ = try teller.news(within: 50) }
    }

    private mutating func note(_ standing: PaymentStanding) {
        // What is over stays so, however late older news come.
        if let at = seen.firstIndex(where: { $0.payment == standing.payment }) {
            if !seen[at].isOver { seen[at] = standing }
        } else {
            seen.append(standing)
        }
    }
}
