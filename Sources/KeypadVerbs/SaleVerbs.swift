internal import Command
internal import Homes
internal import Keypad
internal import Words

/// Tokens, and what was sold.
enum SaleVerbs {
    private static let test = Verb.Option(
        name: "--test",
        about: "for the test key of the meter: worth nothing anywhere else"
    )

    static let sellVerb = Verb(
        words: ["kdc", "sell"],
        summary: "sell energy to a meter, as 20 digits that are typed into it",
        details: [
            "the sale is final, and on the disk before its digits are shown; WH is in watt-hours,",
            "up to 1000000 in one sale; digits that were lost, or not seen because this ended too",
            "early, are told again with --again and the number that 'tally kdc sales' lists; a",
            "meter takes each number once, so one home sells for it, and nobody puts an old copy",
            "of that home back",
        ],
        arguments: [
            Verb.Argument(name: "METER", kind: .word, about: "which meter"),
            Verb.Argument(
                name: "WH",
                kind: .number,
                about: "how many watt-hours, a whole number: 5000 is 5 kWh",
                isRequired: false
            ),
        ],
        options: [
            Verb.Option(
                name: "--again",
                value: "N",
                kind: .number,
                about: "sell nothing, and tell the digits of sale N once more"
            ), test,
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally kdc sell M-1001 5000 --home ningbo", about: "5 kWh"),
            Verb.Example(
                line: "tally kdc sell M-1001 --again 12 --home ningbo",
                about: "the slip was lost"
            ),
        ],
        exits: TreeVerbs.exits,
        act: { request, scene throws(Complaint) in try sell(request, scene) }
    )

    private static func sell(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let meter = try MeterKeyVerbs.meter(request.arguments[0])
        let wanted = try wanted(request)
        let tree = try KeypadHome(request, scene).open(request, scene)
        defer { tree.close() }
        var press = try press(meter, request, tree)
        switch wanted {
        case .sale(let amount):
            guard let sold = press.sell(amount, at: scene.now) else {
                throw Complaint(
                    .refused,
                    "too-many",
                    "\(meter.string) has had \(Limits.salesPerMeter) sales, and there is no room"
                        + " for more",
                    hint: "give the meter another name"
                )
            }
            // What cannot be told is not sold; what is told is on the disk.
            let report = try told(sold, press, tree.issuing)
            try tree.keep(press)
            return report
        case .again(let typed):
            guard let known = SaleNumber(typed), press[known] != nil else {
                throw Complaint(
                    .notFound,
                    "no-sale",
                    "there is no sale \(typed) to \(meter.string)",
                    hint: "'tally kdc sales \(meter.string)' lists those that there were"
                )
            }
            return try told(known, press, tree.issuing)
        }
    }

    private enum Wanted {
        case sale(WattHours)
        case again(UInt64)
    }

    private static func wanted(_ request: Request) throws(Complaint) -> Wanted {
        let typed = request.arguments.count > 1 ? request.arguments[1] : nil
        if let again = request["--again"] {
            guard typed == nil else {
                throw Complaint(
                    .usage,
                    "either",
                    "--again tells a sale that was made, and \(quoted(typed ?? "")) would be"
                        + " another",
                    hint: "leave out one of the two"
                )
            }
            guard let number = UInt64(again) else {
                throw Complaint(
                    .usage,
                    "bad-number",
                    "\(quoted(again)) is no number of a sale",
                    hint: "write the number that 'tally kdc sales' lists"
                )
            }
            return .again(number)
        }
        guard let typed else {
            throw Complaint(
                .usage,
                "no-amount",
                "nothing says how much is sold",
                hint: "write the watt-hours after the meter: 5000 for 5 kWh"
            )
        }
        guard typed.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt64(typed),
            let amount = WattHours(number)
        else {
            throw Complaint(
                .usage,
                "bad-amount",
                "\(quoted(typed)) is no amount that a token holds: watt-hours, from 1 to"
                    + " \(Limits.tokenWattHours), in digits alone",
                hint: "write 5000 for 5 kWh; what is more is sold in several sales"
            )
        }
        return .sale(amount)
    }

    private static func press(
        _ meter: MeterName,
        _ request: Request,
        _ tree: OpenTree
    ) throws(Complaint) -> TokenPress {
        let use = request["--test"] == nil ? KeyUse.real : .test
        guard let press = try tree.press(meter, use) else {
            throw MeterKeyVerbs.unknown(meter, use)
        }
        return press
    }

    private static func told(
        _ number: SaleNumber,
        _ press: TokenPress,
        _ issuing: IssuingKeys
    ) throws(Complaint) -> Report {
        guard let sale = press[number],
            let token = press.token(of: number, anew: false, by: issuing),
            let anew = press.token(of: number, anew: true, by: issuing)
        else { throw MeterKeyVerbs.keyMissing(press) }
        var facts = Facts()
        facts.add("meter", press.meter.string)
        facts.add("sale", "\(number.number)", .number(number.number))
        facts.add("sold", sale.moment.text)
        facts.also("wattHours", .number(sale.amount.number))
        facts.add("token", token.text)
        if press.use == .test { facts.line("", "of the test key: no other meter takes it") }
        if sale.generation != press.generation {
            facts.add("anew", anew.text)
            facts.line("", "its key has ended since: a meter that has the new one takes this")
        }
        return Report(
            lines: ["\(sale.amount.number) Wh for \(press.meter.string)"] + facts.lines,
            json: facts.json
        )
    }

    // MARK: History

    static let salesVerb = Verb(
        words: ["kdc", "sales"],
        summary: "list what was sold to a meter",
        details: ["the digits are not shown; 'tally kdc sell --again' tells those of one sale"],
        arguments: [Verb.Argument(name: "METER", kind: .word, about: "which meter")],
        options: [test] + Opening.options,
        examples: [Verb.Example(line: "tally kdc sales M-1001 --home ningbo", about: "all of it")],
        exits: TreeVerbs.exits,
        act: { request, scene throws(Complaint) in
            let meter = try MeterKeyVerbs.meter(request.arguments[0])
            let tree = try KeypadHome(request, scene).open(request, scene)
            defer { tree.close() }
            return list(try press(meter, request, tree))
        }
    )

    private static func list(_ press: TokenPress) -> Report {
        let lines = press.sales.enumerated().map { index, sale in
            "  " + "\(index + 1)".padded(left: 6) + "  " + sale.moment.text
                + "\(sale.amount.number) Wh".padded(left: 14)
                + (sale.generation == press.generation ? "" : "  (an ended key)")
        }
        let sum = press.sales.reduce(0) { $0 + $1.amount.number }
        let total = "\(counted(press.sales.count, "sale")), \(sum) Wh"
        return Report(
            lines: ["\(press.meter.string): \(total)"] + lines,
            json: .object([
                ("meter", .string(press.meter.string)),
                ("wattHours", .number(sum)),
                ("sales", .array(press.sales.enumerated().map(json))),
            ])
        )
    }

    private static func json(_ index: Int, _ sale: TokenPress.Sale) -> JSON {
        .object([
            ("sale", .number(UInt64(index) + 1)), ("sold", .string(sale.moment.text)),
            ("wattHours", .number(sale.amount.number)),
            ("generation", .number(sale.generation.number)),
        ])
    }
}
