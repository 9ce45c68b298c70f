internal import Command
internal import Homes
internal import Station
internal import Wallet
internal import Wire
internal import Words

// What is in a wallet: verbs that change nothing.

enum Looking {
    static let info = Verb(
        words: ["info"],
        summary: "say who this wallet is and what it may do",
        details: [
            "its key, the office it trusts, the permission to pay offline and how far it was used,",
            "and the node: its port, and the number on its screen while it listens",
        ],
        options: Opening.options,
        examples: [Verb.Example(line: "tally info", about: "all of it")],
        exits: looking,
        act: { request, scene throws(Complaint) in
            let home = try Opening.home(request, scene)
            return try asking(request, scene) { teller throws(Complaint) in
                report(try teller.info(), home, try teller.errands(), try teller.purses())
            }
        }
    )

    static let balance = Verb(
        words: ["balance"],
        summary: "say how much money is here",
        details: [
            "available can be spent; held was agreed and waits for its seller's decision; incoming",
            "was asked for and is not here yet; largest is the most that one payment can carry",
            "now; asked for, if it is there, is a charge that the office has not answered; money",
            "has a last day to be spent, and another to be settled: what is to be done by when is",
            "said a week before, and what is past a day is not available any more",
        ],
        options: Opening.options,
        examples: [Verb.Example(line: "tally balance", about: "in every asset")],
        exits: looking,
        act: { request, scene throws(Complaint) in
            try asking(request, scene) { teller throws(Complaint) in
                report(try teller.purses(), try teller.errands())
            }
        }
    )

    static let history = Verb(
        words: ["history"],
        summary: "list payments that are over, the newest first",
        details: ["each with its id, which 'tally show' and 'tally receipt' take"],
        options: [
            Verb.Option(
                name: "--last",
                value: "N",
                kind: .number,
                about: "at most so many; else 20"
            )
        ] + Opening.options,
        examples: [Verb.Example(line: "tally history --last 5", about: "the last five")],
        exits: looking,
        act: { request, scene throws(Complaint) in
            let typed = request["--last"] ?? "20"
            guard let limit = Int(typed), (1...1_000_000).contains(limit) else {
                throw Complaint(
                    .usage,
                    "bad-number",
                    "--last is a number from 1 to 1000000, and \(quoted(typed)) is none",
                    hint: "leave it out for 20"
                )
            }
            return try asking(request, scene) { teller throws(Complaint) in
                var over: [Outcome] = []
                try teller.history(limit: limit) { outcome in
                    over.append(outcome)
                    return over.count < limit
                }
                return report(over)
            }
        }
    )

    static let show = Verb(
        words: ["show"],
        summary: "say all that is known of one payment",
        details: [
            "ID is what 'tally history' and 'tally pending' show, or its first digits; what a",
            "buyer let you know is shown for the newest 256 payments that brought such details",
        ],
        arguments: [Verb.Argument(name: "ID", kind: .number, about: "a payment's id")],
        options: Opening.options,
        examples: [Verb.Example(line: "tally show 4f3a", about: "the payment that begins so")],
        exits: looking,
        act: { request, scene throws(Complaint) in
            try asking(request, scene) { teller throws(Complaint) in
                var facts: Facts
                let payment: PaymentID?
                switch try one(request.arguments[0], teller) {
                case .open(let standing):
                    payment = standing.payment
                    let told = try teller.particulars(standing.payment)
                    facts = Pending.facts(standing, told)
                case .over(let outcome, let finished):
                    payment = PaymentID(outcome.payment)
                    facts = Payments.facts(outcome, finished)
                }
                if let payment { Sharing.tell(try teller.details(payment), &facts) }
                if let past = try? Past(request.arguments[0], teller) {
                    try Returning.tell(past, &facts, teller)
                }
                return Report(lines: facts.lines, json: .object(facts.pairs))
            }
        }
    )

    static let looking: [Exit] = [.done, .failed, .usage, .notFound, .wrongPassphrase]

    /// Asks a home's node something, and lets go of it.
    static func asking(
        _ request: Request,
        _ scene: Scene,
        _ body: (any Teller) throws(Complaint) -> Report
    ) throws(Complaint) -> Report {
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        return try body(teller)
    }

    // MARK: One payment

    enum One {
        case open(PaymentStanding)
        case over(Outcome, Finished)
    }

    static func one(_ typed: String, _ teller: any Teller) throws(Complaint) -> One {
        // An odd digit at the end is looked at here: what is asked for is whole bytes.
        guard (2...32).contains(typed.utf8.count), let prefix = Hex.bytes(even(typed)) else {
            throw Complaint(
                .usage,
                "bad-id",
                "\(quoted(typed)) is no payment's id",
                hint: "an id is 2 to 32 of the digits 0-9 and a-f; 'tally history' lists them"
            )
        }
        let (open, over) = try teller.find(prefix)
        var found: [One] = open.filter { $0.payment.text.hasPrefix(typed) }.map { .open($0) }
        for outcome in over where PaymentID(outcome.payment)?.text.hasPrefix(typed) == true {
            guard let finished = try? Finished(wireBytes: outcome.bytes) else { continue }
            found.append(.over(outcome, finished))
        }
        guard let first = found.first else {
            throw Complaint(
                .notFound,
                "no-payment",
                "no payment's id begins with \(quoted(typed))",
                hint: "'tally history' and 'tally pending' list them"
            )
        }
        guard found.count == 1 else {
            throw Complaint(
                .refused,
                "several",
                "the ids of \(found.count) payments begin with \(quoted(typed))",
                hint: "write more of its digits"
            )
        }
        return first
    }

    private static func even(_ text: String) -> String {
        text.utf8.count.isMultiple(of: 2) ? text : String(text.dropLast())
    }

    // MARK: Reports

    private static func report(
        _ info: Info,
        _ home: Home,
        _ errands: Errands,
        _ purses: [Told.Purse]
    ) -> Report {
        var facts = Facts()
        facts.add("name", info.name?.string ?? "none")
        facts.add("key", info.key)
        let isDemo = info.root == DemoMoney.root
        facts.add("office", rootFingerprint(info.root))
        if let office = home.office { facts.add("office at", office) }
        if let own = info.certificate { facts.add("certified until", own.notAfter.text) }
        if isDemo { facts.add("kind", "the demo office: anybody may issue its money") }
        facts.add("epoch", "\(info.epoch.number)", .number(info.epoch.number))
        facts.add("state", info.inert.map { "inert: " + $0.string } ?? "live")
        if let window = info.window {
            facts.add("one payment", window.largest, window.asset)
            facts.add("in all", window.ceiling, window.asset)
            facts.add("used", window.spent, window.asset)
            facts.add("until", window.notAfter.text)
        } else {
            facts.add("permission", "none: it cannot pay offline")
        }
        for errand in errands.open where errand.isCharge {
            guard let asset = errand.asset, let amount = errand.amount else { continue }
            facts.add("asked for", amount, asset)
        }
        if let waiting = errands.atOffice { Redeeming.tell(waiting, &facts) }
        Reminding.tell(purses, &facts)
        facts.add("port", "\(info.port)", .number(UInt64(info.port)))
        if let screen = info.screen { facts.add("screen", Payments.screen(screen)) }
        let backup = home.backedUp?.text
        facts.add("backup", backup ?? "none was made yet: 'tally backup FILE' makes one")
        facts.add("memory", "\(info.memory >> 10) KiB", .number(info.memory))
        return Report(lines: facts.lines, json: .object(facts.pairs))
    }

    private static func report(_ purses: [Told.Purse], _ errands: Errands) -> Report {
        var (lines, json): ([String], [JSON]) = ([], [])
        for purse in purses {
            var facts = Facts()
            facts.add("available", purse.balance.available, purse.asset)
            facts.add("held", purse.balance.held, purse.asset)
            facts.add("incoming", purse.balance.incoming, purse.asset)
            facts.add("largest", purse.balance.largest, purse.asset)
            if purse.balance.stranded > .zero {
                facts.add("stranded", purse.balance.stranded, purse.asset)
                facts.line("", "of a life that has ended: the office gives it back at settlement")
                if purse.asset.isMetered {
                    facts.line("", "or, of a meter, takes it as used up")
                }
            }
            if purse.balance.consumed > .zero {
                facts.add("used up", purse.balance.consumed, purse.asset)
                facts.line("", "here, and not handed in yet: 'tally meter hand-in' does that")
            }
            if purse.balance.overdue > .zero {
                facts.also("overdue", purse.balance.overdue, purse.asset)
            }
            if purse.balance.settled > .zero {
                facts.also("settled", purse.balance.settled, purse.asset)
            }
            Reminding.tell([purse], &facts)
            let asked = errands.open.filter { $0.isCharge && $0.asset == purse.asset }
            if let sum = Amount.sum(asked.compactMap(\.amount)), sum > .zero {
                facts.add("asked for", sum, purse.asset)
            }
            if let waiting = errands.atOffice, waiting.asset == purse.asset {
                Redeeming.tell(waiting, &facts)
            }
            lines += facts.lines
            json.append(.object(facts.pairs))
        }
        if lines.isEmpty { lines = ["there is no money here, and no permission to pay"] }
        return Report(lines: lines, json: .object([("balances", .array(json))]))
    }

    private static func report(_ over: [Outcome]) -> Report {
        var (lines, json): ([String], [JSON]) = ([], [])
        for outcome in over {
            guard let finished = try? Finished(wireBytes: outcome.bytes) else { continue }
            lines.append(Payments.line(outcome, finished))
            json.append(.object(Payments.facts(outcome, finished).pairs))
        }
        return Report(
            lines: lines.isEmpty ? ["nothing was paid yet"] : lines,
            json: .object([("payments", .array(json))])
        )
    }
}
