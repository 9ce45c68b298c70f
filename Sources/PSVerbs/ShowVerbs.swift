internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Words

/// How a customer or a meter stands.
enum ShowVerbs {
    static let showVerb = Verb(
        words: ["ps", "show"],
        summary: "say how a customer or a meter stands, or list all meters",
        details: [
            "of a meter: whose money buys at which tariff, what stands in its account, what it",
            "has, and which carriers went there and came back. 'tally bank statement' has each",
            "entry",
        ],
        arguments: [
            Verb.Argument(
                name: "WHO",
                kind: .word,
                about: "an account, by name or number",
                isRequired: false
            )
        ],
        options: Opening.options,
        examples: [
            Verb.Example(line: "tally ps show", about: "all meters"),
            Verb.Example(line: "tally ps show M-1044", about: "one of them"),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, show) }
    )

    static func show(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        guard let typed = request.arguments.first else { return try list(till) }
        let holder = try Booking.holder(typed, till.books)
        if holder.kind == .customer { return customer(holder, till) }
        return try meter(try Metered(typed, till), scene, till)
    }

    private static func list(_ till: Till) throws(Complaint) -> Report {
        let asset = till.books.founding.asset
        let contracts = till.mint.trading.contracts.values.sorted { $0.account < $1.account }
        var (lines, json): ([String], [JSON]) = ([], [])
        for contract in contracts {
            let meter = try Metered("\(contract.account.number)", till)
            let name = meter.holder.name.string
            lines.append(
                "  " + "\(contract.account.number)".padded(6) + name.padded(20)
                    + meter.customer.name.string.padded(24) + meter.tariff.name.string.padded(16)
                    + asset.full(meter.holder.balance.amount).padded(left: 14)
            )
            var facts = Facts()
            tell(meter, till, &facts)
            json.append(facts.json)
        }
        let none = "no meter yet; 'tally ps register CUSTOMER METER --tariff NAME' makes a contract"
        return Report(
            lines: lines.isEmpty ? [none] : lines,
            json: .object([("meters", .array(json))])
        )
    }

    private static func tell(_ meter: Metered, _ till: Till, _ facts: inout Facts) {
        facts.add("meter", meter.holder.name.string)
        facts.also("account", .number(meter.holder.account.number))
        facts.add("customer", meter.customer.name.string)
        facts.add("money", meter.customer.balance.amount, meter.tariff.currency)
        facts.add("tariff", meter.tariff.name.string)
        facts.line("", meter.tariff.price.text(in: meter.tariff.currency) + " for a thousand")
        facts.add("in its account", meter.holder.balance.amount, till.books.founding.asset)
    }

    private static func customer(_ holder: AccountHolder, _ till: Till) -> Report {
        let currency = till.asset(of: holder)
        let meters = till.mint.trading.contracts.values.filter { $0.customer == holder.account }
            .sorted { $0.account < $1.account }
            .compactMap { till.books.ledger.holder($0.account)?.name.string }
        var facts = Facts()
        facts.add("customer", holder.name.string)
        facts.add("money", holder.balance.amount, currency)
        for meter in meters { facts.line("meter", meter) }
        facts.also("meters", .array(meters.map(JSON.string)))
        return Report(lines: ["a customer"] + facts.lines, json: facts.json)
    }

    private static func meter(
        _ meter: Metered,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let asset = till.books.founding.asset
        var facts = Facts()
        tell(meter, till, &facts)
        facts.add("in the meter", try meter.outstanding(till), asset)
        facts.line("", "at most: less what it has used up and not said")
        let members = meter.members(till)
        for member in members {
            let ended = member.revocation == nil ? "" : ", revoked"
            facts.line("wallet", "\(short(member.key)), since \(member.enrolled.text)\(ended)")
        }
        facts.also("wallets", .array(members.map { .string($0.key.bytes.hex) }))
        var (lines, json): ([String], [JSON]) = ([], [])
        for member in members {
            for one in try deliveries(to: member.key, till) {
                lines.append(row(one, asset, scene.now.day, till))
                json.append(one.json(asset))
            }
        }
        facts.also("deliveries", .array(json))
        if !lines.isEmpty { lines.insert("carriers:", at: 0) }
        return Report(lines: ["a meter"] + facts.lines + lines, json: facts.json)
    }

    // MARK: Carriers

    struct Delivered {
        let number: UInt64
        let stick: Stick
        let sold: Moment
        /// nil while its carrier has not come back.
        let receipt: MeterReceipt?

        var state: String {
            guard let receipt else { return "out" }
            let came = receipt.content.states.first { $0.stick == stick.id }?.came
            return came?.name ?? "another's"
        }

        func json(_ asset: Asset) -> JSON {
            .object([
                ("number", .number(number)), ("wallet", .string(stick.owner.bytes.hex)),
                ("stick", .string(stick.id.bytes.hex)),
                ("amount", .string(asset.text(stick.units))), ("sold", .string(sold.text)),
                ("state", .string(state)),
            ])
        }
    }

    private static func row(
        _ one: Delivered,
        _ asset: Asset,
        _ today: Day,
        _ till: Till
    ) -> String {
        let words: String
        if one.receipt != nil {
            words = "came back: \(one.state)"
        } else if let closed = till.mint.closed, one.stick.settleUntil <= closed {
            words = "never came back, and is settled"
        } else if one.stick.spendUntil < today {
            words = "not back yet, and too late to be used up"
        } else {
            words = "not back yet: 'tally ps reissue' writes it again"
        }
        return "  " + "\(one.number)".padded(5) + short(one.stick.owner).padded(18)
            + asset.full(one.stick.units).padded(left: 14) + "  \(one.sold.text)  \(words)"
    }

    private static func deliveries(
        to meter: Key,
        _ till: Till
    ) throws(Complaint) -> [Delivered] {
        var found: [Delivered] = []
        let count = try Delivering.count(to: meter, till)
        let first = count > mostShown ? count - mostShown + 1 : 1
        guard count > 0 else { return [] }
        for number in first...count {
            guard let entry = try Delivering.entry(number, to: meter, till),
                case .charged(_, let stick)? = try? entry.deed()
            else { continue }
            found.append(
                Delivered(
                    number: number,
                    stick: stick,
                    sold: entry.moment,
                    receipt: try Delivering.receipt(number, of: meter, till)
                )
            )
        }
        return found
    }

    private static let mostShown: UInt64 = 20
}
