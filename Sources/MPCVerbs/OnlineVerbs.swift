internal import Command
internal import Homes
internal import Station
internal import Wallet
internal import WalletVerbs
internal import Words

/// What a customer does before a meter that has no network of its own.
enum OnlineVerbs {
    private static let line = Verb.Option(
        name: "--line",
        value: "PATH",
        about: "the port of the meter: what it was started with"
    )

    static let buy = Verb(
        words: ["mpc", "buy"],
        summary: "have a meter charged through this app, which carries what it cannot read",
        details: [
            "the meter asks its office for so much, signed with its own key, and this carries the",
            "datagrams between the two; the account is the one that the meter was registered with.",
            "A cable that is pulled out or power that is cut loses nothing: the same amount typed",
            "again goes on with that charge, and nothing is debited twice",
        ],
        arguments: [Verb.Argument(name: "AMOUNT", kind: .number, about: "how much, as 5000")],
        options: [
            line, OfficeAt.option, OfficeAt.waitOption,
            Verb.Option(name: "--yes", short: "-y", about: "buy without asking"),
        ] + Opening.links,
        examples: [
            Verb.Example(
                line: "tally mpc buy 5000 --line /dev/ir0.sock --office 192.168.1.7:4000",
                about: "5 kWh"
            )
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending],
        act: { request, scene throws(Complaint) in
            guard let typed = request["--office"] else {
                throw Complaint(
                    .usage,
                    "no-office",
                    "nothing says where the office is",
                    hint: "write --office and its address, as 192.168.1.7:4000"
                )
            }
            let office = try OfficeAt(typed: typed)
            let teller = try MeterTeller(request, scene, to: office.address)
            defer { teller.close() }
            guard try asks(request, teller, scene) else {
                throw Complaint(
                    .refused,
                    "not-confirmed",
                    "nothing was bought",
                    hint: "write --yes to answer the question in advance"
                )
            }
            return try Charging.charge(by: teller, at: office, request, scene)
        }
    )

    /// Whether the person wants it, where there is one to ask.
    private static func asks(
        _ request: Request,
        _ teller: MeterTeller,
        _ scene: Scene
    ) throws(Complaint) -> Bool {
        guard request["--yes"] == nil else { return true }
        let info = try teller.info()
        let name = info.name?.string ?? "the meter"
        guard let asset = info.window?.asset else { return true }
        let amount = try asset.typed(request.arguments[0])
        let question = "buy \(asset.full(amount)) for \(name)? (yes/no) "
        // Without a terminal it was typed by a program, which means it.
        guard let answer = scene.question(question, false) else { return true }
        return ["y", "yes", "j", "ja"].contains(answer.lowercased())
    }

    static let records = Verb(
        words: ["mpc", "records"],
        summary: "say what a meter has, and what is under way with its office",
        details: ["as the meter says it at its port; nothing is asked of the office"],
        options: [line] + Opening.links,
        examples: [
            Verb.Example(line: "tally mpc records --line /dev/ir0.sock", about: "what is left")
        ],
        exits: [.done, .failed, .usage, .notFound],
        act: { request, scene throws(Complaint) in
            let teller = try MeterTeller(request, scene, to: nil)
            defer { teller.close() }
            let info = try teller.info()
            let told = try teller.ask(.balances)
            guard case .balances(let purses) = told else { throw Complaint(instead: told) }
            let errands = try teller.errands()
            var facts = Facts()
            facts.add("meter", info.name?.string ?? "without a name")
            facts.add("key", info.key)
            for purse in purses {
                let balance = purse.balance
                facts.add("credit", balance.usable, purse.asset)
                facts.add("used up", balance.consumed, purse.asset)
                facts.add("pulses", "\(balance.pulses)", .number(balance.pulses))
                for due in balance.dues {
                    facts.line("", purse.asset.full(due.amount) + " until " + due.spendUntil.text)
                }
            }
            if let inert = info.inert { facts.add("state", "inert: " + inert.string) }
            facts.add("under way", "\(errands.open.count)", .number(UInt64(errands.open.count)))
            return Report(lines: facts.lines, json: facts.json)
        }
    )
}
