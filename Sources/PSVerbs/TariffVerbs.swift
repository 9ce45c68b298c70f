internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Mint
internal import Money
internal import OfficeDesk
internal import Words

/// What units are sold for: the products of a payment server.
enum TariffVerbs {
    static let verb = Verb(
        words: ["ps", "tariff"],
        summary: "list what units are sold for, or set a price",
        details: [
            "a price is for a thousand units, such as a kilowatt-hour, and may have three decimals",
            "more than its currency. A tariff that is there gets the new price from now on; what",
            "was sold keeps its own. All tariffs of an office are in one currency, and that is",
            "another than what the office issues",
        ],
        arguments: [
            Verb.Argument(name: "NAME", kind: .word, about: "of the tariff", isRequired: false),
            Verb.Argument(
                name: "PRICE",
                kind: .number,
                about: "of a thousand units, as 0.3215",
                isRequired: false
            ),
        ],
        options: [
            Verb.Option(
                name: "--currency",
                value: "CODE",
                kind: .word,
                about: "what is paid with, with the first tariff: 1 to 8 letters and digits"
            ),
            Verb.Option(
                name: "--scale",
                value: "N",
                kind: .number,
                about: "how many decimals that has, 0 to 3; else 2"
            ), Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally ps tariff", about: "all of them"),
            Verb.Example(
                line: "tally ps tariff household 0.3215 --currency EUR",
                about: "the first, asks first"
            ),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, tariff) }
    )

    static func tariff(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        guard let typed = request.arguments.first else { return list(till) }
        let name = try AccountNames.holder(typed)
        let others = till.mint.trading.tariffs.keys.filter { $0 != name }
        guard !others.contains(where: { $0.string == name.string }) else {
            throw Complaint(
                .usage,
                "bad-name",
                "there is a tariff whose name reads as \(quoted(typed)) does",
                hint: "choose another name"
            )
        }
        guard request.arguments.count > 1 else {
            throw Complaint(
                .usage,
                "no-price",
                "nothing says what a thousand units cost by \(quoted(typed))",
                hint: "write a price behind it, as 0.3215"
            )
        }
        let currency = try currency(request, till)
        let price = try Price(typed: request.arguments[1], in: currency)
        let tariff = Tariff(name: name, currency: currency, price: price)
        var facts = Facts()
        tell(tariff, till, &facts)
        if let before = till.mint.trading.tariffs[name] {
            facts.add("until now", before.price.text(in: currency))
        }
        try Agreeing.agree(["a tariff"] + facts.lines, "set it?", request, scene)
        let (entry, _) = try Booking.book(
            .traded(.priced(tariff)),
            memo: "",
            request,
            scene,
            till
        )
        facts.add("entry", "\(entry.number)", .number(entry.number))
        return Report(lines: ["set a tariff"] + facts.lines, json: facts.json)
    }

    private static func tell(_ tariff: Tariff, _ till: Till, _ facts: inout Facts) {
        let asset = till.books.founding.asset
        facts.add("tariff", tariff.name.string)
        facts.line(
            "price",
            tariff.price.text(in: tariff.currency) + " for a thousand " + asset.code
        )
        facts.also("perMillion", .number(tariff.price.perMillion))
        facts.also("currency", .string(tariff.currency.code))
    }

    private static func list(_ till: Till) -> Report {
        let asset = till.books.founding.asset
        let all = till.mint.trading.tariffs.values.sorted { $0.name.string < $1.name.string }
        let lines = all.map { tariff in
            "  " + tariff.name.string.padded(24)
                + tariff.price.text(in: tariff.currency).padded(left: 16)
                + " for a thousand \(asset.code)"
        }
        let none = "no tariff yet; 'tally ps tariff NAME PRICE --currency CODE' sets one"
        return Report(
            lines: lines.isEmpty ? [none] : lines,
            json: .object([
                (
                    "tariffs",
                    .array(
                        all.map { tariff in
                            var facts = Facts()
                            tell(tariff, till, &facts)
                            return facts.json
                        }
                    )
                )
            ])
        )
    }

    private static func currency(_ request: Request, _ till: Till) throws(Complaint) -> Asset {
        let known = till.mint.trading.currency
        guard let code = request["--currency"] else {
            guard let known else {
                throw Complaint(
                    .usage,
                    "no-currency",
                    "nothing says what the price is in, and this is the first tariff",
                    hint: "write --currency and its code, as EUR"
                )
            }
            return known
        }
        let typed = request["--scale"] ?? known.map { "\($0.scale)" } ?? "2"
        guard let scale = UInt8(typed), scale <= 3, let asset = Asset(code: code, scale: scale)
        else {
            throw Complaint(
                .usage,
                "bad-currency",
                "\(quoted(code)) with \(typed) decimals is no currency",
                hint:
                    "a code has 1 to 8 letters and digits, the first a letter, and 0 to 3 decimals"
            )
        }
        return asset
    }
}

extension Price {
    /// Typed for a thousand units, with three decimals more than the currency has.
    init(typed: String, in currency: Asset) throws(Complaint) {
        guard let fine = Asset(code: currency.code, scale: currency.scale + 3) else {
            preconditionFailure("a currency has at most three decimals")
        }
        let amount = try fine.typed(typed)
        guard let price = Price(perMillion: amount.units) else {
            throw Complaint(
                .usage,
                "bad-price",
                "\(quoted(typed)) is more than anything costs",
                hint: "write the price of a thousand units"
            )
        }
        self = price
    }

    /// What a thousand units cost.
    func text(in currency: Asset) -> String {
        guard let fine = Asset(code: currency.code, scale: currency.scale + 3),
            let amount = Amount(perMillion)
        else { preconditionFailure("a price is an amount") }
        return fine.full(amount)
    }
}
