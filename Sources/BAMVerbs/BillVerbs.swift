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

import struct Command.Request

/// What the holders of accounts owe billers, such as for water.
enum BillVerbs {
    // MARK: Billers

    static let billerVerb = Verb(
        words: ["bam", "biller"],
        summary: "open the account of somebody who sends bills: waterworks, a registry",
        details: [
            "a merchant's account of that name; what its bills come to is credited there, and is",
            "paid out by 'tally office withdraw'. Typed again it changes nothing",
        ],
        arguments: [Verb.Argument(name: "NAME", kind: .word, about: "the biller")],
        options: Opening.options,
        examples: [Verb.Example(line: "tally bam biller Waterworks", about: "once")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, biller) }
    )

    static func biller(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let name = try AccountNames.holder(request.arguments[0])
        var facts = Facts()
        facts.add("biller", name.string)
        if let known = till.books.ledger.holder(named: name) {
            guard known.kind == .merchant else {
                throw Complaint(
                    .refused,
                    "no-merchant",
                    "the account of that name is a \(known.kind.word)'s, and bills are a"
                        + " merchant's",
                    hint: "choose another name"
                )
            }
            facts.add("account", "\(known.account.number)", .number(known.account.number))
            return Report(lines: ["is a biller already"] + facts.lines, json: facts.json)
        }
        try AccountNames.expectNew(name, till.books)
        let (entry, _) = try Booking.book(.opened(.merchant, name), memo: "", request, scene, till)
        guard case .account(let account, _, _) = entry.booked else {
            preconditionFailure("an opening is booked as one")
        }
        facts.add("account", "\(account.number)", .number(account.number))
        return Report(lines: ["may send bills"] + facts.lines, json: facts.json)
    }

    // MARK: Bills

    static let billVerb = Verb(
        words: ["bam", "bill"],
        summary: "write a bill: what an account owes a biller, and until when",
        details: [
            "the holder sees it by 'tally bills' and pays it by 'tally bill NUMBER', out of the",
            "account; nothing is debited before. You are shown it and asked; --once makes it safe",
            "to be said again by a program. 'tally bam withdraw-bill' ends one that nobody has to",
            "pay any more",
        ],
        arguments: [
            Verb.Argument(name: "ACCOUNT", kind: .word, about: "who owes: a name or a number"),
            Verb.Argument(name: "BILLER", kind: .word, about: "whom: the account of a merchant"),
            Verb.Argument(name: "AMOUNT", kind: .word, about: "how much, as 12.50"),
            Verb.Argument(name: "FOR", kind: .word, about: "what for, as 'water, November'"),
        ],
        options: [
            Verb.Option(
                name: "--due",
                value: "DATE",
                kind: .word,
                about: "the last day to pay it, as 2026-12-15; else today"
            ),
            Verb.Option(
                name: "--once",
                value: "WORD",
                kind: .word,
                about: "said again with the same word it is written only once"
            ), Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally bam bill Ada Waterworks 12.50 'water, November' --due 2026-12-15",
                about: "asks first"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, bill) }
    )

    static func bill(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let asset = till.books.founding.asset
        let holder = try Booking.holder(request.arguments[0], till.books)
        let biller = try Booking.holder(request.arguments[1], till.books)
        let amount = try asset.typed(request.arguments[2])
        let typed = request.arguments[3]
        guard let purpose = Text(typed), (1...Limits.memoBytes).contains(purpose.byteCount) else {
            throw Complaint(
                .usage,
                "bad-purpose",
                "\(quoted(typed)) cannot stand on a bill",
                hint: "write 1 to \(Limits.memoBytes) bytes, without control characters"
            )
        }
        guard holder.account != biller.account else {
            throw Complaint(
                .usage,
                "to-itself",
                "nobody sends himself a bill",
                hint: "name who owes, and then the biller"
            )
        }
        let due =
            try request["--due"].map { typed throws(Complaint) in
                try Day.typed(typed, scene)
            } ?? scene.now.day
        var facts = Facts()
        facts.add("account", holder.name.string)
        facts.add("biller", biller.name.string)
        facts.add("amount", amount, asset)
        facts.add("for", purpose.string)
        // Said again by a program it may be past by now, so it is told and not refused.
        let isPast = due < scene.now.day ? ", which is past" : ""
        facts.add("due", due.text + isPast, .string(due.text))
        try Agreeing.agree(["a bill"] + facts.lines, "write it?", request, scene)
        let owed = Owed(
            biller: biller.account,
            account: holder.account,
            amount: amount,
            due: due,
            purpose: purpose
        )
        let (entry, isNew) = try Booking.book(
            .traded(.billed(owed)),
            memo: "",
            request,
            scene,
            till
        )
        facts.add("number", "\(entry.number)", .number(entry.number))
        facts.also("isNew", .flag(isNew))
        let title = isNew ? "wrote a bill" : "it was written before, and only once"
        return Report(lines: [title] + facts.lines, json: facts.json)
    }

    static let withdrawVerb = Verb(
        words: ["bam", "withdraw-bill"],
        summary: "end a bill that nobody has to pay any more",
        details: ["it stands in the books with the reason; one that was paid stays paid"],
        arguments: [Verb.Argument(name: "NUMBER", kind: .number, about: "which")],
        options: [
            Verb.Option(name: "--reason", value: "TEXT", kind: .word, about: "why"), Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally bam withdraw-bill 17 --reason mistyped", about: "asks first")
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, withdraw) }
    )

    static func withdraw(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let number = try number(request.arguments[0])
        let reason = try Blocking.reason(request)
        var facts = Facts()
        if let owed = till.mint.trading.open[number] { tell(number, owed, till, &facts) }
        facts.add("reason", reason.string)
        try Agreeing.agree(
            ["a bill that ends"] + facts.lines,
            "withdraw it?",
            request,
            scene
        )
        _ = try Booking.book(
            .traded(.withdrawn(number, reason: reason)),
            memo: "",
            request,
            scene,
            till
        )
        return Report(
            lines: ["nobody has to pay it any more"] + facts.lines,
            json: facts.json
        )
    }

    static func number(_ typed: String) throws(Complaint) -> UInt64 {
        guard let number = UInt64(typed), number > 0 else {
            throw Complaint(
                .usage,
                "bad-number",
                "\(quoted(typed)) is no number of a bill",
                hint: "'tally bam bills' lists them"
            )
        }
        return number
    }

    // MARK: Which there are

    static let billsVerb = Verb(
        words: ["bam", "bills"],
        summary: "list the bills that are open; with --paid those that were paid",
        details: [
            "the oldest first, each with its number; of one account alone, where it is named"
        ],
        arguments: [
            Verb.Argument(
                name: "ACCOUNT",
                kind: .word,
                about: "of this account alone",
                isRequired: false
            )
        ],
        options: [Verb.Option(name: "--paid", about: "those that were paid")] + Opening.options,
        examples: [
            Verb.Example(line: "tally bam bills", about: "all that are open"),
            Verb.Example(line: "tally bam bills Ada --paid", about: "what Ada has paid"),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, bills) }
    )

    static func bills(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let holder = try request.arguments.first.map { typed throws(Complaint) in
            try Booking.holder(typed, till.books)
        }
        let asset = till.books.founding.asset
        var (lines, listed): ([String], [JSON]) = ([], [])
        if request["--paid"] != nil {
            for (payer, invoice) in try paid(till)
            where holder == nil || holder?.account == payer {
                let terms = invoice.terms
                lines.append(
                    row(terms.number, invoice.holder, terms.biller, asset, terms.amount)
                        + "  \(terms.purpose.string), paid \(invoice.paid.text)"
                )
                listed.append(Invoices.json(invoice))
            }
        } else {
            let all = till.mint.trading.open.sorted { $0.key < $1.key }
            for (number, owed) in all where holder == nil || holder?.account == owed.account {
                let late = owed.due < scene.now.day ? ", overdue" : ""
                lines.append(
                    row(
                        number,
                        name(owed.account, till),
                        name(owed.biller, till),
                        asset,
                        owed.amount
                    )
                        + "  \(owed.purpose.string), due \(owed.due.text)\(late)"
                )
                var facts = Facts()
                tell(number, owed, till, &facts)
                listed.append(facts.json)
            }
        }
        let none = request["--paid"] == nil ? "no bill is open" : "none was paid"
        return Report(
            lines: lines.isEmpty ? [none] : lines,
            json: .object([("bills", .array(listed))])
        )
    }

    private static func row(
        _ number: UInt64,
        _ holder: Text,
        _ biller: Text,
        _ asset: Asset,
        _ amount: Amount
    ) -> String {
        "  " + "\(number)".padded(7) + asset.full(amount).padded(left: 16)
            + "  \(holder.string) to \(biller.string):"
    }

    static func name(_ account: Account, _ till: Till) -> Text {
        till.books.ledger.holder(account)?.name ?? till.books.founding.name
    }

    static func tell(_ number: UInt64, _ owed: Owed, _ till: Till, _ facts: inout Facts) {
        facts.add("number", "\(number)", .number(number))
        facts.add("account", name(owed.account, till).string)
        facts.add("biller", name(owed.biller, till).string)
        facts.add("amount", owed.amount, till.books.founding.asset)
        facts.add("for", owed.purpose.string)
        facts.add("due", owed.due.text)
    }

    /// Every invoice in the books, with the account that paid it, in their order.
    private static func paid(_ till: Till) throws(Complaint) -> [(payer: Account, Invoice)] {
        var found: [(payer: Account, Invoice)] = []
        do throws(BooksError) {
            try till.books.entries(of: Act.Kind.transfer) { entry in
                guard case .traded(.paid(let act, let invoice))? = try? entry.deed(),
                    let payer = act.payer
                else { return }
                found.append((payer, invoice))
            }
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        return found
    }
}
