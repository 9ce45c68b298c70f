internal import Command
internal import Commit
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Words

/// `tally buy`: units for the money that a customer has at the office.
enum BuyingUnits {
    static let verb = Verb(
        words: ["buy"],
        summary: "buy units, such as Wh, with your money at the office",
        details: [
            "you are shown what they cost, and asked; the money leaves your account and the units",
            "come as a stick, in one step, once, however often it is asked for and whatever breaks",
            "in between: the same amount typed again goes on with it. What stands in the units'",
            "own account comes by 'tally charge'",
        ],
        arguments: [Verb.Argument(name: "AMOUNT", kind: .number, about: "how many, as 5000")],
        options: [
            Agreeing.yes, OfficeAt.option, OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [Verb.Example(line: "tally buy 5000", about: "five kilowatt-hours")],
        exits: AtCounter.exits,
        act: { request, scene throws(Complaint) in
            try AtCounter.asking(request, scene) { (asker, asset) throws(Complaint) in
                try buy(try asset.typed(request.arguments[0]), asset, asker, request, scene)
            }
        }
    )

    private static func buy(
        _ amount: Amount,
        _ asset: Asset,
        _ asker: Asker,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        // What was asked for before has its price, and may be paid for already.
        if let stick = try Charging.unfinished(.buy, amount, asset, asker) {
            return try report(stick, nil, asset, asker)
        }
        guard let quote = try Account(asking: asker, asset, from: .max).quote else {
            throw Complaint(refused: "contract")
        }
        guard let cost = quote.price.cost(of: amount) else {
            throw Complaint(
                .usage,
                "too-much",
                "so much costs more than any money there can be",
                hint: "buy less"
            )
        }
        guard cost <= quote.money else {
            throw Complaint(
                .refused,
                "money",
                "\(asset.full(amount)) cost \(quote.currency.full(cost)), and your account there"
                    + " has \(quote.currency.full(quote.money))",
                hint: "that buys \(asset.full(quote.price.units(for: quote.money)))"
            )
        }
        var facts = Facts()
        facts.add("units", amount, asset)
        facts.add("cost", cost, quote.currency)
        facts.line("", quote.currency.price(quote.price, of: asset))
        facts.add("your money", quote.money, quote.currency)
        try Agreeing.agree(["a purchase"] + facts.lines, "buy it?", request, scene)
        asker.restart()
        let stick = try Charging.ask(amount, asset, asker, paying: cost)
        return try report(stick, quote.currency.full(cost), asset, asker)
    }

    private static func report(
        _ stick: Stick,
        _ cost: String?,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Report {
        var facts = Facts()
        if let cost { facts.add("paid", cost) }
        try Charging.tell(stick, asset, asker.teller, &facts)
        return Report(lines: ["bought \(asset.full(stick.units))"] + facts.lines, json: facts.json)
    }
}
