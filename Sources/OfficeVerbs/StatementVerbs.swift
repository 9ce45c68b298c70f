internal import Books
internal import Certificates
internal import Clerk
internal import Command
internal import Homes
internal import Ledger
internal import Mint
internal import Office
internal import OfficeDesk
internal import Words

/// What the books say: statements, and the audit.
enum StatementVerbs {
    static let statementVerb = Verb(
        words: ["bank", "statement"],
        summary: "say what was booked to an account",
        details: [
            "the oldest line first, each with the balance after it; with --day all of one day,",
            "which is one of UTC, and what it came to; what was paid to the office and is not",
            "credited yet is told with what it waits for",
        ],
        arguments: [
            Verb.Argument(name: "ACCOUNT", kind: .word, about: "an account's name or number")
        ],
        options: [
            Verb.Option(
                name: "--day",
                value: "DATE",
                kind: .word,
                about: "this day alone, as 2026-11-28, or today; and its totals"
            ),
            Verb.Option(
                name: "--last",
                value: "N",
                kind: .number,
                about: "at most so many lines; else 20, and all with --day or --csv"
            ),
            Verb.Option(name: "--csv", about: "as a table that other programs read"),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally bank statement Ada", about: "the last twenty lines"),
            Verb.Example(
                line: "tally bank statement Till --day today",
                about: "what a merchant took today"
            ),
            Verb.Example(line: "tally bank statement Till --csv > till.csv", about: "all of it"),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, statement)
        }
    )

    static func statement(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        guard request["--csv"] == nil || request["--json"] == nil else {
            throw Complaint(
                .usage,
                "two-forms",
                "--csv and --json are two forms of one answer",
                hint: "write one of the two"
            )
        }
        guard request["--day"] == nil || request["--last"] == nil else {
            throw Complaint(
                .usage,
                "day-and-last",
                "--day is a whole day with its total, and --last only the newest lines",
                hint: "write one of the two"
            )
        }
        let day: Day?
        if let typed = request["--day"] { day = try Day.typed(typed, scene) } else { day = nil }
        let limit = try limit(request)
        let holder = try Booking.holder(request.arguments[0], till.books)
        let page = try page(of: holder, day, limit, till)
        return request["--csv"] == nil ? page.report : page.table
    }

    private static func limit(_ request: Request) throws(Complaint) -> Int {
        guard let typed = request["--last"] else {
            return request["--day"] == nil && request["--csv"] == nil ? 20 : .max
        }
        guard let limit = Int(typed), (1...1_000_000).contains(limit) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--last is a number from 1 to 1000000, and \(quoted(typed)) is none",
                hint: "leave it out for 20"
            )
        }
        return limit
    }

    /// The lines of a statement, the oldest first.
    private struct Page {
        let asset: Asset
        let holder: AccountHolder
        let day: Day?
        let lines: [Books.Line]
        let waiting: WaitingRows

        private func sum(where isWanted: (Balance) -> Bool) -> Amount {
            Amount.sum(lines.lazy.map(\.amount).filter(isWanted).map(\.amount)) ?? .largest
        }

        var report: Report {
            var facts = Facts()
            facts.add("account", holder.name.string)
            facts.line("", "\(holder.kind.word), number \(holder.account.number)")
            facts.also("number", .number(holder.account.number))
            facts.also("kind", .string(holder.kind.word))
            facts.add(
                "balance",
                asset.signed(holder.balance) + " " + asset.code,
                asset.json(holder.balance)
            )
            if !waiting.isEmpty { facts.add("waiting", waiting.sum, asset) }
            facts.also("waits", waiting.json)
            facts.also("lines", .array(lines.map(json)))
            var text = facts.lines + waiting.lines
            if !lines.isEmpty { text += [""] + lines.map(shown) }
            guard let day else { return Report(lines: text, json: facts.json) }
            var total = Facts()
            total.add("day", day.text)
            total.add("lines", "\(lines.count)", .number(UInt64(lines.count)))
            total.add("in", sum { $0 > .zero }, asset)
            total.add("out", sum { $0 < .zero }, asset)
            facts.also("total", total.json)
            return Report(lines: text + [""] + total.lines, json: facts.json)
        }

        private func shown(_ line: Books.Line) -> String {
            let entry = line.entry
            let what = entry.booked.act?.kind.word ?? ""
            let memo = entry.memo.string.isEmpty ? "" : "  " + entry.memo.string
            return "  " + "\(entry.number)".padded(8) + entry.moment.text + "  " + what.padded(11)
                + asset.change(line.amount).padded(left: 14)
                + asset.signed(line.after).padded(left: 14) + memo
        }

        private func json(_ line: Books.Line) -> JSON {
            .object([
                ("entry", .number(line.entry.number)), ("time", .string(line.entry.moment.text)),
                ("act", .string(line.entry.booked.act?.kind.word ?? "")),
                ("amount", .string(asset.signed(line.amount))),
                ("balance", .string(asset.signed(line.after))),
                ("memo", .string(line.entry.memo.string)),
                ("request", .string(line.entry.request.bytes.hex)),
            ])
        }

        /// As RFC 4180 has it, but for the ends of lines.
        var table: Report {
            let rows = lines.map { line in
                [
                    "\(line.entry.number)", line.entry.moment.text,
                    line.entry.booked.act?.kind.word ?? "", asset.signed(line.amount),
                    asset.signed(line.after), asset.code,
                    "\"" + line.entry.memo.string.replacing("\"", with: "\"\"") + "\"",
                    line.entry.request.bytes.hex,
                ].joined(separator: ",")
            }
            return Report(
                lines: ["entry,time,act,amount,balance,asset,memo,request"] + rows,
                json: .object([])
            )
        }
    }

    private static func page(
        of holder: AccountHolder,
        _ day: Day?,
        _ limit: Int,
        _ till: Till
    ) throws(Complaint) -> Page {
        let books = till.books
        var lines: [Books.Line] = []
        do throws(BooksError) {
            try books.lines(of: holder.account) { line in
                // Somebody may have set the clock, so no day is known to be over.
                if day == nil || line.entry.moment.day == day { lines.append(line) }
                return lines.count < limit
            }
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        return Page(
            asset: till.asset(of: holder),
            holder: holder,
            day: day,
            lines: lines.reversed(),
            waiting: WaitingRows(till, of: holder.account)
        )
    }

    // MARK: Audit

    static let auditVerb = Verb(
        words: ["office", "audit"],
        summary: "check the books from their first entry, and say what is out",
        details: [
            "every row of every table is read, on both disks where there are two: each entry",
            "follows from the one before it under the office's key, each sealed balance is what",
            "the entries come to, money and units sum to zero, and no row belongs to nothing; the",
            "first that is not what was written is named. Then each unit of each stick is looked",
            "for: it is redeemed, consumed, lapsed, or out, and of a settled stick nothing is out;",
            "what is out is told with since when, and what came back and waits with what for",
        ],
        options: Opening.options,
        examples: [Verb.Example(line: "tally office audit", about: "all of it")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, audit)
        }
    )

    static func audit(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let audit: Books.Audit
        do throws(BooksError) {
            audit = try till.books.audit()
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        let out: [StickOut]
        do { out = try till.auditUnits() } catch { throw Complaint(error, till) }
        return report(audit, out, till)
    }

    private static func report(_ audit: Books.Audit, _ out: [StickOut], _ till: Till) -> Report {
        let books = till.books
        let (asset, ledger) = (books.founding.asset, audit.ledger)
        var facts = Facts()
        facts.add("office", books.founding.name.string)
        facts.add("disks", books.isOnTwoDisks ? "2" : "1", .number(books.isOnTwoDisks ? 2 : 1))
        facts.add("entries", "\(audit.entries)", .number(audit.entries))
        facts.add("seals", "\(audit.seals)", .number(audit.seals))
        facts.add("sticks", "\(audit.sticks)", .number(audit.sticks))
        let accounts = UInt64(ledger.holders.count)
        facts.add("accounts", "\(accounts)", .number(accounts))
        facts.add("cash held", ledger[.cash].amount, asset)
        // All of it came in as cash once, so it is no more than that.
        facts.add("owed", ledger.owed ?? .largest, asset)
        let units: [OwnAccount] = [.issued, .outstanding, .redeemed, .consumed, .lapsed]
        for own in units { facts.add(own.word, ledger[own].amount, asset) }
        let waiting = WaitingRows(till)
        facts.add("of it waiting", waiting.sum, asset)
        facts.also("waits", waiting.json)
        facts.add("lost to fraud", ledger[.fraud].amount, asset)
        facts.add("earned", ledger[.earned].amount, asset)
        if let currency = till.mint.trading.currency {
            facts.add("takings", ledger[.takings].amount, currency)
            facts.add("sales", ledger[.sales].amount, currency)
        }
        facts.add("closed until", till.mint.closed?.text ?? "no day yet")
        facts.also("out", .array(out.map { json($0, asset) }))
        var lines = ["the books are what was written, and sum to zero"] + facts.lines
        if !out.isEmpty {
            lines += ["", "out, the oldest first:"] + out.prefix(outShown).map { row($0, till) }
        }
        if out.count > outShown {
            lines.append("  and \(out.count - outShown) more; --json has all of them")
        }
        if !waiting.isEmpty { lines += ["", "came back, and waits:"] + waiting.lines }
        return Report(lines: lines, json: facts.json)
    }

    private static let outShown = 40

    private static func row(_ one: StickOut, _ till: Till) -> String {
        let asset = till.books.founding.asset
        let owner = till.mint.members[one.stick.owner]?.name.string ?? short(one.stick.owner)
        return "  " + asset.full(one.out).padded(left: 16)
            + "  of \(asset.full(one.stick.units)) to \(owner), \(one.moment.text),"
            + " settles after \(one.stick.settleUntil.text)"
    }

    private static func json(_ one: StickOut, _ asset: Asset) -> JSON {
        .object([
            ("stick", .string(one.stick.id.bytes.hex)), ("entry", .number(one.number)),
            ("owner", .string(one.stick.owner.bytes.hex)), ("since", .string(one.moment.text)),
            ("amount", .string(asset.text(one.out))),
            ("settleUntil", .string(one.stick.settleUntil.text)),
        ])
    }
}

extension Asset {
    /// `+12.50` or `-12.50`.
    func change(_ balance: Balance) -> String { (balance > .zero ? "+" : "") + signed(balance) }
}
