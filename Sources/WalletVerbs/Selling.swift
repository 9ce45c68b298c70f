internal import Command
internal import Commit
internal import Homes
internal import Links
internal import Station
internal import Wallet
internal import Words

/// `tally lookup` and `tally sell`: a seller.
enum Selling {
    static let lookup = Verb(
        words: ["lookup"],
        summary: "say who is near and waits to pay",
        details: [
            "everybody near is called, and whoever Avahi announces, or only whoever is at --at;",
            "each answers with the number on its screen, and nothing that lasts",
        ],
        options: [
            atOption,
            Verb.Option(
                name: "--wait",
                value: "S",
                kind: .number,
                about: "listen so many seconds for answers; else 2"
            ),
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally lookup", about: "everybody near"),
            Verb.Example(line: "tally lookup --at 192.168.1.7", about: "one device"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try look(request, scene) }
    )

    static let sell = Verb(
        words: ["sell"],
        summary: "ask somebody for an amount, and wait until it is paid",
        details: [
            "WHO is the number on the buyer's screen; --at calls one device instead of everybody;",
            "both screens show six digits, which have to be the same;",
            "it says paid when the money is here, on disk, and can be spent again at once;",
            "until then ctrl-C takes the offer back; --refund asks the seller of a payment of",
            "yours to give it back, who runs 'tally refund'",
        ],
        arguments: [Verb.Argument(name: "AMOUNT", kind: .number, about: "how much, as 12.50")],
        options: [
            Verb.Option(
                name: "--to",
                value: "WHO",
                kind: .word,
                about: "the number on the buyer's screen"
            ),
            atOption,
            Verb.Option(name: "--for", value: "TEXT", kind: .word, about: "what it is for"),
            Verb.Option(
                name: "--wants",
                value: "WHAT",
                kind: .choice(Sharing.words),
                about: "ask for these details of the buyer, who may say no"
            ),
            Verb.Option(
                name: "--class",
                value: "CLASS",
                kind: .choice(DeviceClass.allCases.map(\.word)),
                about: "take only money of such devices or better; else what 'tally policy' says"
            ),
            Verb.Option(
                name: "--refund",
                value: "ID",
                kind: .word,
                about: "it is a payment of yours that is given back, whole or in part"
            ),
            Verb.Option(
                name: "--wait",
                value: "S",
                kind: .number,
                about: "wait so many seconds for the buyer, and again for the end; else 120"
            ),
            Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally sell 2.80 --to 4711 --for coffee", about: "at a till"),
            Verb.Example(
                line: "tally sell 2.80 --at 192.168.1.7:4000",
                about: "whoever answers at that address"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try ask(request, scene) }
    )

    private static let atOption = Verb.Option(
        name: "--at",
        value: "ADDRESS",
        kind: .word,
        about: "call only whoever is there: 192.168.1.7, 192.168.1.7:4000, [::1]:4000"
    )

    static func addresses(_ request: Request) throws(Complaint) -> [Address] {
        guard let typed = request["--at"] else { return [] }
        do {
            return [try Endpoint(typed: typed).address]
        } catch {
            throw Complaint(error, typed: typed)
        }
    }

    // MARK: Looking

    private static func look(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let typed = request["--wait"] ?? "2"
        guard let seconds = UInt64(typed), (1...600).contains(seconds) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--wait is a number of seconds up to 600, and \(quoted(typed)) is none",
                hint: "leave it out for 2"
            )
        }
        let addresses = try addresses(request)
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        let waiter = try Waiter(teller, scene)
        var seeker = Seeker(waiter, addresses)
        waiter.screen.wait(for: "answers")
        let limit = waiter.limit(seconds)
        while scene.stopwatch() < limit, !waiter.stop.isAsked { try seeker.go(on: limit) }
        waiter.screen.rest()
        let screens = seeker.met.map { Payments.screen($0.id) }.sorted()
        return Report(
            lines: screens.isEmpty
                ? ["nobody near waits to pay"] : screens.map { "  " + $0 },
            json: .object([("screens", .array(screens.map { .string($0) }))]),
            exit: screens.isEmpty ? .pending : .done
        )
    }

    // MARK: Selling

    private static func ask(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let seconds = try Waiter.seconds(request)
        let addresses = try addresses(request)
        let screen = try screen(request)
        guard screen != nil || !addresses.isEmpty else {
            throw Complaint(
                .usage,
                "no-buyer",
                "nothing says who is asked for the money",
                hint: "write --to and the number on the buyer's screen, or --at and an address"
            )
        }
        let memo = try memo(request)
        let wants = try Sharing.typed(request["--wants"], "--wants")
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        guard let window = try teller.info().window else { throw Complaint(Denial.noWindow) }
        let amount = try window.asset.typed(request.arguments[0])
        var terms = Terms(asset: window.asset, amount: amount, memo: memo)
        if let typed = request["--refund"] {
            terms.memo = try Returning.memo(typed, amount, memo, teller)
        }
        (terms.seconds, terms.wants) = (min(seconds, Limits.offerSeconds), wants)
        terms.device = try DeviceClass.typed(request["--class"] ?? "software", "--class")
        let waiter = try Waiter(teller, scene)
        let name = try find(screen, addresses, waiter, seconds)
        return try offer(terms, to: name, waiter, seconds)
    }

    private static func screen(_ request: Request) throws(Complaint) -> UInt64? {
        guard let typed = request["--to"] else { return nil }
        guard typed.utf8.count == 4, let screen = UInt64(typed) else {
            throw Complaint(
                .usage,
                "bad-screen",
                "\(quoted(typed)) is no number of a buyer's screen",
                hint: "it has four digits; 'tally lookup' lists those near"
            )
        }
        return screen
    }

    private static func offer(
        _ terms: Terms,
        to name: Hash,
        _ waiter: Waiter,
        _ seconds: UInt64
    ) throws(Complaint) -> Report {
        var offered: PaymentStanding?
        for one in try waiter.teller.wish(.offer(terms, to: name)) {
            try waiter.take([one])
            if case .standing(let standing) = one { offered = standing }
        }
        guard let offered else { throw Complaint(Denial.noSuchAnswer) }
        if let digits = offered.digits {
            waiter.screen.say(
                "asked for \(terms.asset.full(terms.amount))\n"
                    + "  digits  \(Payments.grouped(digits)),"
                    + " and the buyer's screen shows the same",
                [("digits", .string(Payments.grouped(digits)))]
            )
        }
        var end = try waiter.end(of: offered.payment, within: seconds) ?? offered
        if end.word == .offered {
            // Nobody answered in time: it is taken back, so that nobody pays it later unseen.
            end = try Paying.withdraw(end, waiter)
        }
        if end.word == .paid { try waiter.linger(on: offered.payment, atMost: 10) }
        var report = try Paying.end(end)
        if end.word == .paid {
            let profile = try waiter.teller.details(offered.payment)
            var facts = Facts()
            Sharing.tell(profile, &facts, asked: terms.wants)
            report.lines += facts.lines
            for (name, value) in facts.pairs { report.add(name, value) }
        }
        return report
    }

    private static func memo(_ request: Request) throws(Complaint) -> Text {
        let typed = request["--for"] ?? ""
        guard let memo = Text(typed), memo.byteCount <= Limits.memoBytes else {
            throw Complaint(
                .usage,
                "bad-memo",
                "\(quoted(typed)) cannot stand on a screen",
                hint: "write at most \(Limits.memoBytes) bytes, without control characters"
            )
        }
        return memo
    }

    /// The one who is meant, once he answers.
    private static func find(
        _ screen: UInt64?,
        _ addresses: [Address],
        _ waiter: Waiter,
        _ seconds: UInt64
    ) throws(Complaint) -> Hash {
        var seeker = Seeker(waiter, addresses)
        let limit = waiter.limit(seconds)
        waiter.screen.wait(for: screen.map { "the buyer \(Payments.screen($0))" } ?? "the buyer")
        defer { waiter.screen.rest() }
        while waiter.scene.stopwatch() < limit {
            guard !waiter.stop.isAsked else { throw stopped }
            try seeker.go(on: limit)
            let fit = seeker.met.filter { screen == nil || $0.id == screen }
            guard fit.count < 2 else {
                throw Complaint(
                    .refused,
                    "several-buyers",
                    "\(fit.count) who wait to pay show that number, or answer at that address",
                    hint: "have the buyer start anew, which draws another number"
                )
            }
            if let one = fit.first { return one.name }
        }
        let others = seeker.met.map { Payments.screen($0.id) }.sorted()
        throw Complaint(
            .pending,
            "no-buyer-near",
            "nobody with that number answered in \(seconds) seconds",
            hint: others.isEmpty
                ? "have the buyer run 'tally pay', on the same network"
                : "those near are \(others.joined(separator: ", "))"
        )
    }

    private static let stopped = Complaint(
        .pending,
        "stopped",
        "it was stopped before anybody was asked for the money",
        hint: "start it again when the buyer is there"
    )
}

/// Calls now and then, and keeps who answered.
private struct Seeker {
    struct Met {
        let name: Hash
        let id: UInt64
        let lookup: Hash
    }

    private let waiter: Waiter
    private let addresses: [Address]
    private var calledAt: UInt64?
    /// Those who answered, each once: to whichever of the last calls.
    private(set) var met: [Met] = []

    private static let every: UInt64 = 500_000_000

    init(_ waiter: Waiter, _ addresses: [Address]) {
        (self.waiter, self.addresses) = (waiter, addresses)
    }

    /// Waits a little for answers; calls when it is time.
    mutating func go(on limit: UInt64) throws(Complaint) {
        let now = waiter.scene.stopwatch()
        if calledAt.map({ now >= $0 + Self.every }) ?? true {
            calledAt = now
            for one in try waiter.teller.wish(.call(addresses)) { note(one) }
        }
        let next = min(limit, (calledAt ?? now) + Self.every)
        guard next > now else { return }
        let news = try waiter.teller.news(within: (next - now) / 1_000_000 + 1)
        try waiter.take(news)
        for one in news { note(one) }
        waiter.screen.tick()
    }

    private mutating func note(_ news: News) {
        switch news {
        case .here(let lookup, let name, let id):
            guard !met.contains(where: { $0.name == name }) else { return }
            // Of answers to several calls the newest counts: its call is known the longest. Two
            // answers to one call are two buyers, whatever their screens say.
            met.removeAll { $0.id == id && $0.lookup != lookup }
            met.append(Met(name: name, id: id, lookup: lookup))
        case .calling, .listening, .standing, .denied, .charged, .carried, .served, .opened, .inert,
            .answer,
            .asking,
            .convicted,
            .answered:
            return
        }
    }
}
