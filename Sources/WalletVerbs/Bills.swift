internal import Command
internal import Commit
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// What the account owes billers, and paying it.
enum Bills {
    static let list = Verb(
        words: ["bills"],
        summary: "ask the office how your account stands, and which bills are open",
        details: [
            "a bill is what the office says that your account owes, such as for water; it is paid",
            "by 'tally bill NUMBER'. Where units are sold to you, their price is told too",
        ],
        options: [OfficeAt.option, OfficeAt.waitOption] + Opening.options + Opening.links,
        examples: [Verb.Example(line: "tally bills", about: "at the office that enrolled it")],
        exits: AtCounter.exits,
        act: { request, scene throws(Complaint) in
            try AtCounter.asking(request, scene) { (asker, asset) throws(Complaint) in
                report(try Account(asking: asker, asset), scene, asset)
            }
        }
    )

    private static func report(_ account: Account, _ scene: Scene, _ asset: Asset) -> Report {
        var facts = Facts()
        facts.add("in the account", account.free, asset)
        if account.waiting > .zero { facts.add("waiting", account.waiting, asset) }
        if let quote = account.quote { tell(quote, &facts) }
        let today = scene.now.day
        let lines = account.bills.map { row($0.terms, today) }
        facts.also("bills", .array(account.bills.map { json($0.terms) }))
        let none = "  no bill is open"
        return Report(
            lines: ["your account"] + facts.lines
                + (lines.isEmpty ? [none] : ["open bills, the oldest first:"] + lines),
            json: facts.json
        )
    }

    private static func tell(_ quote: Quote, _ facts: inout Facts) {
        facts.add("your money", quote.money, quote.currency)
        let price = quote.currency.price(quote.price, of: quote.asset)
        facts.add("price", price + ", tariff " + quote.tariff.string)
        facts.also("perMillion", .number(quote.price.perMillion))
        facts.add("that buys", quote.price.units(for: quote.money), quote.asset)
    }

    private static func row(_ terms: Bill.Terms, _ today: Day) -> String {
        let late = terms.due < today ? ", overdue" : ""
        return "  " + "\(terms.number)".padded(7)
            + terms.asset.full(terms.amount).padded(left: 16)
            + "  \(terms.biller.string), \(terms.purpose.string), due \(terms.due.text)\(late)"
    }

    private static func json(_ terms: Bill.Terms) -> JSON {
        var facts = Facts()
        facts.tell(terms)
        return facts.json
    }

    // MARK: Paying one

    static let pay = Verb(
        words: ["bill"],
        summary: "pay a bill out of your account at the office",
        details: [
            "you are shown who is paid, how much and what for, and asked; what the account lacks",
            "goes back to it from this wallet first, as by 'tally redeem'. The office's invoice is",
            "the proof: --out keeps it as a paper for 'tally verify'. A bill is paid once, however",
            "often this is typed, and typed again it brings the same invoice",
        ],
        arguments: [
            Verb.Argument(name: "NUMBER", kind: .number, about: "which, as 'tally bills' lists it")
        ],
        options: [
            Verb.Option(name: "--out", value: "FILE", about: "keep the invoice there"),
            Agreeing.yes, OfficeAt.option, OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally bill 17 --out water.tally", about: "and keep its invoice")
        ],
        exits: AtCounter.exits + [.inDoubt],
        act: { request, scene throws(Complaint) in
            let number = try number(request.arguments[0])
            return try AtCounter.asking(request, scene) { (asker, asset) throws(Complaint) in
                try pay(number, asset, asker, request, scene)
            }
        }
    )

    private static func number(_ typed: String) throws(Complaint) -> UInt64 {
        guard let number = UInt64(typed), number > 0 else {
            throw Complaint(
                .usage,
                "bad-number",
                "\(quoted(typed)) is no number of a bill",
                hint: "'tally bills' lists those that are open, each with its number"
            )
        }
        return number
    }

    private static func pay(
        _ number: UInt64,
        _ asset: Asset,
        _ asker: Asker,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        let account = try Account(asking: asker, asset, from: number, isOne: true)
        // One that is not open may have been paid by this wallet: then the office says so again.
        guard let bill = account.bills.first(where: { $0.terms.number == number }) else {
            return try fetch(number, asset, .largest, asker, request)
        }
        if let out = request["--out"] { try PaperFiles.mayBeWritten(out) }
        let missing = try missing(bill, account, asset, asker)
        var facts = Facts()
        facts.tell(bill.terms)
        if missing > .zero {
            facts.add("from here", missing, asset)
            facts.line("", "goes back to the account first")
        }
        facts.add("in the account", account.free, asset)
        try Agreeing.agree(["a bill"] + facts.lines, "pay it?", request, scene)
        if missing > .zero {
            var back = GivingBack(asset, asker)
            if let open = try back.give(missing, \.backAtOnce) { return try back.report(open) }
        }
        asker.restart()
        do {
            return try fetch(number, asset, bill.terms.amount, asker, request, as: bill)
        } catch {
            guard missing > .zero, error.exit == .refused else { throw error }
            throw Complaint(
                error.exit,
                error.name,
                "\(asset.full(missing)) went back to the account, and the bill is not paid:"
                    + " \(error.what)",
                hint: "what went back is credited when those who paid it have synced too, or its"
                    + " day is closed; 'tally bills' shows it, and then this pays the bill"
            )
        }
    }

    /// What has to go back to the account first; nothing does while what went back before waits.
    private static func missing(
        _ bill: Bill,
        _ account: Account,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Amount {
        guard let missing = bill.terms.amount.subtracting(account.free), missing > .zero else {
            return .zero
        }
        guard account.waiting == .zero else {
            throw Complaint(
                .refused,
                "waits",
                "the account has \(asset.full(account.free)), and \(asset.full(account.waiting))"
                    + " that went back to it waits",
                hint: "it is credited when those who paid it have synced too, or its day is closed;"
                    + " then this pays the bill"
            )
        }
        let back = try asker.teller.balance(asset).redeemable
        guard missing <= back else {
            throw Complaint(
                .refused,
                "short",
                "the account has \(asset.full(account.free)), and \(asset.full(back)) could go back"
                    + " to it from here: that is not enough",
                hint: "have money paid in at the office"
            )
        }
        return missing
    }

    private static func fetch(
        _ number: UInt64,
        _ asset: Asset,
        _ amount: Amount,
        _ asker: Asker,
        _ request: Request,
        as bill: Bill? = nil
    ) throws(Complaint) -> Report {
        let question = Question.payBill(number, asset, amount, at: asker.office.address)
        let answer: OfficeAnswer
        switch try asker.ask(question, for: "to pay bill \(number)") {
        case .refused(let refused): throw Complaint(refused, asset)
        case .silent(isSaid: false): throw asker.silence
        case .silent(isSaid: true): throw asked(number, asker)
        case .done(let done): answer = done
        }
        guard let paper = answer.outcome.papers.first, let invoice = try? Invoice(reading: paper),
            invoice.terms.number == number, invoice.terms == bill?.terms ?? invoice.terms
        else { throw .otherVersion }
        var facts = Facts()
        facts.tell(invoice.terms)
        facts.add("paid", invoice.paid.text)
        if let out = request["--out"] {
            try keep(invoice, answer.outcome.certificates, out)
            facts.add("invoice", out)
        }
        facts.also("isNew", .flag(bill != nil))
        let title = bill != nil ? "paid a bill" : "this bill was paid before"
        return Report(lines: [title] + facts.lines, json: facts.json)
    }

    private static func keep(
        _ invoice: Invoice,
        _ certificates: [[UInt8]],
        _ path: String
    ) throws(Complaint) {
        let paper = Paper(.invoice(invoice), certificates: certificates)
        do {
            try PaperFiles.write(paper.wireBytes(reserving: 2_048), to: path)
        } catch {
            throw Complaint(
                error.exit,
                error.name,
                "bill \(invoice.terms.number) is paid, but \(error.what)",
                hint: "type it again with another --out: the same invoice comes, and nothing is"
                    + " paid twice"
            )
        }
    }

    private static func asked(_ number: UInt64, _ asker: Asker) -> Complaint {
        Complaint(
            .pending,
            "bill-asked",
            "the office at \(asker.office.text) has not answered yet, and may have paid bill"
                + " \(number) already",
            hint: "type it again: a bill is paid once, and its invoice comes with the answer"
        )
    }
}

/// How an account stands, as its office says.
struct Account {
    let free: Amount
    /// What this wallet brought back and the office has not credited yet.
    let waiting: Amount
    let quote: Quote?
    let bills: [Bill]

    /// Asks for it: all open bills, or those from a number on.
    init(
        asking asker: Asker,
        _ asset: Asset,
        from first: UInt64 = 1,
        isOne: Bool = false
    ) throws(Complaint) {
        var (free, waiting, quote, bills) = (Amount.zero, Amount.zero, Quote?.none, [Bill]())
        var after = first - 1
        while true {
            let question = Question.enquire(after: after, at: asker.office.address)
            let answer: OfficeAnswer
            switch try asker.ask(question, for: "how the account stands") {
            case .refused(let refused): throw Complaint(refused, asset)
            case .silent: throw asker.silence
            case .done(let done): answer = done
            }
            free = answer.outcome.numbers.first.flatMap { Amount($0) } ?? .zero
            let numbers = answer.outcome.numbers
            waiting = numbers.count > 2 ? Amount(numbers[2]) ?? .zero : .zero
            let papers = answer.outcome.papers
            if let first = papers.first, let told = try? Quote(reading: first),
                told.asset == asset
            {
                quote = told
            }
            let new = papers.compactMap { try? Bill(reading: $0) }
            bills += new
            // Numbers grow, so this ends whatever an office says.
            guard !isOne, let last = new.last, last.terms.number > after, bills.count < Self.most
            else {
                break
            }
            after = last.terms.number
        }
        (self.free, self.waiting) = (free, waiting)
        (self.quote, self.bills) = (quote, bills)
    }

    private static let most = 1_000
}

extension Asset {
    /// `0.3215 EUR for 1000 Wh`, for a price of a million units.
    func price(_ price: Price, of asset: Asset) -> String {
        let thousand = Asset(code: code, scale: min(scale + 3, 9)) ?? self
        let whole = Amount(1_000).map { asset.full($0) } ?? asset.code
        guard let amount = Amount(price.perMillion), thousand.scale == scale + 3 else {
            return "\(price.perMillion) minor units of \(code) for a million of \(asset.code)"
        }
        return thousand.full(amount) + " for " + whole
    }
}
