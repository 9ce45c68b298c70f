internal import Command
internal import Commit
internal import Homes
internal import Station
internal import Wallet
internal import Words

/// `tally pay` and `tally listen`: a buyer, for one offer or until stopped.
enum Paying {
    static let pay = Verb(
        words: ["pay"],
        summary: "pay one offer: show it, ask, wait until it is paid",
        details: [
            "sellers find this wallet while it waits: tell yours the number on this screen; the",
            "offer is shown with six digits, and the seller's screen has to show the same;",
            "until you say yes, ctrl-C refuses; once it is agreed only the seller's decision ends",
            "it: the money is held until it is known, and whatever this device is asked next goes",
            "on with it; the node goes on with other payments while a question stands here",
        ],
        options: Customer.options + [waitOption, Opening.loseOption] + Opening.options
            + Opening.links,
        examples: [
            Verb.Example(line: "tally pay", about: "at a till"),
            Verb.Example(line: "tally pay --yes --wait 30", about: "by a program"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending, .inDoubt, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try buy(request, scene) }
    )

    private static let waitOption = Verb.Option(
        name: "--wait",
        value: "S",
        kind: .number,
        about: "wait so many seconds for an offer, and again for its end; else 120"
    )

    static let listen = Verb(
        words: ["listen"],
        summary: "pay what is asked for, one after the other, until stopped",
        details: [
            "like 'tally pay', for many payments: each is shown and asked about, and several may",
            "wait; sellers that were picked with 'tally policy' are paid without a question;",
            "ctrl-C ends it: what was not answered is refused, what was agreed goes on",
        ],
        options: Customer.options + [
            Verb.Option(
                name: "--total",
                value: "AMOUNT",
                kind: .number,
                about: "with --yes: refuse what would make it more than that in all"
            ),
            Verb.Option(
                name: "--wait",
                value: "S",
                kind: .number,
                about: "end after so many seconds; else only when stopped"
            ),
            Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally listen", about: "for an evening"),
            Verb.Example(
                line: "tally listen --yes --total 20.00 --wait 3600",
                about: "a program that may spend 20.00 in an hour"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .inDoubt, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try serve(request, scene) }
    )

    // MARK: One

    private static func buy(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let seconds = try Waiter.seconds(request)
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        let waiter = try Waiter(teller, scene)
        let customer = try Customer(waiter, request)
        return try Customer.found(waiter) { screen throws(Complaint) in
            waiter.screen.wait(for: "a seller who asks \(screen)")
            guard let offer = try waiter.standing(within: seconds, where: { $0.isOffer }) else {
                throw waiter.stop.isAsked ? stopped : nobody(seconds)
            }
            let decided = try customer.decide(offer)
            var end = try end(of: offer, decided, waiter, seconds)
            // Nobody waits any more: it must not be paid later unseen.
            if end.word == .offered, decided == .accepted {
                end = try withdraw(end, waiter)
            }
            // The seller may not have heard yet that we know; it would ask on for long.
            if end.word == .paid { try waiter.linger(atMost: 1) }
            return try Self.end(end)
        }
    }

    private static func end(
        of offer: PaymentStanding,
        _ decided: Customer.Decided,
        _ waiter: Waiter,
        _ seconds: UInt64
    ) throws(Complaint) -> PaymentStanding {
        switch decided {
        case .accepted: return try waiter.end(of: offer.payment, within: seconds) ?? offer
        case .refused, .gone, .stopped: return waiter.standing(of: offer.payment) ?? offer
        }
    }

    /// Nobody waits for it any more: taken back, where nothing was agreed.
    static func withdraw(
        _ standing: PaymentStanding,
        _ waiter: Waiter
    ) throws(Complaint) -> PaymentStanding {
        if let led = try? waiter.teller.wish(.cancel(standing.payment)) {
            try waiter.take(led)
        }
        return waiter.standing(of: standing.payment) ?? standing
    }

    private static func nobody(_ seconds: UInt64) -> Complaint {
        Complaint(
            .pending,
            "no-offer",
            "nobody asked for anything in \(seconds) seconds",
            hint: "tell the seller the number on this screen, and wait longer with --wait"
        )
    }

    static let stopped = Complaint(
        .pending,
        "stopped",
        "it was stopped before anything was paid",
        hint: "start it again when you want to pay"
    )

    /// How it ended, or how it stands when the time was over.
    static func end(_ standing: PaymentStanding) throws(Complaint) -> Report {
        let facts = Payments.facts(standing)
        var report = Report(
            lines: [Payments.line(standing)],
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
            report.lines.append("nothing is locked or paid")
        case .cancelled, .refused:
            // Silence is no refusal.
            report.exit = standing.reason?.string == "lapsed" ? .pending : .refused
            report.lines.append(standing.next)
        }
        return report
    }

    // MARK: Many

    private static func serve(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let seconds = try request["--wait"].map { _ throws(Complaint) in
            try Waiter.seconds(request)
        }
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        var evening = Evening(try Waiter(teller, scene), try total(request, teller))
        let customer = try Customer(evening.waiter, request)
        try Customer.found(evening.waiter) { screen throws(Complaint) in
            try evening.spend(until: seconds, with: customer, screen)
        }
        return evening.report
    }

    private static func total(
        _ request: Request,
        _ teller: any Teller
    ) throws(Complaint) -> Amount? {
        guard let typed = request["--total"] else { return nil }
        guard request["--yes"] != nil else {
            throw Complaint(
                .usage,
                "total-without-yes",
                "--total is a bound for --yes, and without that you are asked each time",
                hint: "write --yes as well, or leave --total out"
            )
        }
        guard let window = try teller.info().window else { throw Complaint(Denial.noWindow) }
        return try window.asset.typed(typed)
    }
}

/// Payments one after the other, as they come.
private struct Evening {
    let waiter: Waiter
    /// What may still be said yes to without asking; nil is no bound.
    private var left: Amount?
    private var answered: Set<PaymentID> = []
    /// What was there before counts for nobody's evening.
    private let before: Set<PaymentID>

    init(_ waiter: Waiter, _ total: Amount?) {
        (self.waiter, left) = (waiter, total)
        before = Set(waiter.seen.filter { !$0.isOffer }.map(\.payment))
        waiter.tells = { one in
            guard case .standing(let standing) = one else { return false }
            return standing.side == .buyer && standing.word != .offered
        }
    }

    mutating func spend(
        until seconds: UInt64?,
        with customer: Customer,
        _ screen: String
    ) throws(Complaint) {
        let limit = seconds.map { waiter.limit($0) } ?? .max
        while !waiter.stop.isAsked, waiter.scene.stopwatch() < limit {
            let next = waiter.seen.first { $0.isOffer && !answered.contains($0.payment) }
            guard let next else {
                waiter.screen.wait(for: "sellers who ask \(screen); ctrl-C ends")
                _ = try waiter.go(on: limit)
                continue
            }
            answered.insert(next.payment)
            try decide(next, customer)
        }
        waiter.screen.rest()
        for one in waiter.seen where one.isOffer {
            let isOpen = try waiter.teller.particulars(one.payment)?.isAnswered == false
            if isOpen { customer.refuse(one) } else { _ = try Paying.withdraw(one, waiter) }
        }
        // Those who were paid last may not have heard yet that we know.
        if waiter.seen.contains(where: { $0.side == .buyer && $0.word == .paid }) {
            for _ in 0..<10 { _ = try waiter.go(on: waiter.scene.stopwatch() + 100_000_000) }
        }
    }

    /// What one seller does wrong ends nobody's evening.
    private mutating func decide(
        _ offer: PaymentStanding,
        _ customer: Customer
    ) throws(Complaint) {
        if let left, offer.about.amount > left {
            waiter.screen.say(
                "\(Payments.who(offer.about.peer)) asks for"
                    + " \(offer.about.asset.full(offer.about.amount)): more than is left of --total"
            )
            return customer.refuse(offer)
        }
        do {
            guard try customer.decide(offer) == .accepted else { return }
            left = left.map { $0.subtracting(offer.about.amount) ?? .zero }
        } catch {
            let isOne = [.refused, .wrongPassphrase].contains(error.exit)
            guard isOne || error.name == "no-terminal" else { throw error }
            waiter.screen.say("not paid: \(error.what)")
        }
    }

    var report: Report {
        let all = waiter.seen.filter { $0.side == .buyer && !before.contains($0.payment) }
        var report = Report(
            lines: [],
            json: .object([("payments", .array(all.map { .object(Payments.facts($0).pairs) }))])
        )
        let paid = all.filter { $0.word == .paid }
        let held = all.filter { $0.word == .held }
        report.lines.append(
            "paid \(counted(paid.count, "payment"))"
                + (held.isEmpty ? "" : ", and \(held.count) held: 'tally node' asks on")
        )
        if !held.isEmpty { report.exit = .inDoubt }
        return report
    }
}
