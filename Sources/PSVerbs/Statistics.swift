internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Ledger
internal import Mint
internal import Office
internal import OfficeDesk
internal import Words

/// What was sold and used up, by day or month.
enum Statistics {
    static let verb = Verb(
        words: ["ps", "statistics"],
        summary: "say what was sold and used up, by month or day",
        details: [
            "sold is what customers paid for; used up is what meters have handed in, or had at the",
            "end of their sticks. With --svg a picture of it is drawn into a file of its own",
        ],
        options: [
            Verb.Option(
                name: "--by",
                value: "PERIOD",
                kind: .choice(["day", "month"]),
                about: "day or month; else month"
            ), Verb.Option(name: "--svg", value: "FILE", about: "draw it into this new file"),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally ps statistics", about: "by month"),
            Verb.Example(line: "tally ps statistics --by day --svg november.svg", about: "a plot"),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(Operator.whole(request, "--svg"), scene, statistics)
        }
    )

    static func statistics(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let by = request["--by"] ?? "month"
        guard ["day", "month"].contains(by) else {
            throw Complaint(
                .usage,
                "bad-period",
                "\(quoted(by)) is no period",
                hint: "write --by day or --by month"
            )
        }
        let periods = try collect(till, byMonth: by == "month")
        let asset = till.books.founding.asset
        let currency = till.mint.trading.currency ?? asset
        if let path = request["--svg"] {
            let plot = Plot(periods, by, asset, till.books.founding.name.string)
            try PaperFiles.write(Array(plot.svg.utf8), to: path)
        }
        return report(periods, asset, currency, request["--svg"])
    }

    /// What happened in one of them.
    struct Period {
        let name: String
        var sales: UInt64 = 0
        var sold = Amount.zero
        var money = Amount.zero
        var used = Amount.zero

        mutating func add(_ act: Act) {
            switch act.kind {
            case .sale:
                sales += 1
                sold = sold.adding(act.amount) ?? .largest
                money = money.adding(act.price ?? .zero) ?? .largest
            case _: used = used.adding(act.amount) ?? .largest
            }
        }
    }

    private static func collect(_ till: Till, byMonth: Bool) throws(Complaint) -> [Period] {
        var found: [String: Period] = [:]
        do throws(BooksError) {
            for kind in [Act.Kind.sale, .consumption, .usedUp] {
                try till.books.entries(of: kind) { entry in
                    guard let act = entry.booked.act else { return }
                    let name = String(entry.moment.day.text.prefix(byMonth ? 7 : 10))
                    found[name, default: Period(name: name)].add(act)
                }
            }
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        return found.values.sorted { $0.name < $1.name }
    }

    private static func report(
        _ periods: [Period],
        _ asset: Asset,
        _ currency: Asset,
        _ path: String?
    ) -> Report {
        guard !periods.isEmpty else {
            return Report(
                lines: ["nothing was sold or used up yet"],
                json: .object([("periods", .array([]))])
            )
        }
        let most = periods.map { max($0.sold, $0.used).units }.max() ?? 1
        var all = Period(name: "in all")
        for one in periods {
            all.sales += one.sales
            all.sold = all.sold.adding(one.sold) ?? .largest
            all.money = all.money.adding(one.money) ?? .largest
            all.used = all.used.adding(one.used) ?? .largest
        }
        func row(_ one: Period) -> String {
            "  " + one.name.padded(12) + "\(one.sales)".padded(left: 6)
                + asset.full(one.sold).padded(left: 16) + currency.full(one.money).padded(left: 14)
                + asset.full(one.used).padded(left: 16)
        }
        let head =
            "  " + "".padded(12) + "sales".padded(left: 6) + "sold".padded(left: 16)
            + "for".padded(left: 14) + "used up".padded(left: 16)
        var lines = [head]
        for one in periods { lines.append(row(one) + "  " + bar(one.sold.units, most)) }
        lines.append(row(all))
        if let path { lines.append("drawn in \(path)") }
        let json = (periods + [all]).map { one in
            JSON.object([
                ("period", .string(one.name)), ("sales", .number(one.sales)),
                ("sold", .string(asset.text(one.sold))),
                ("money", .string(currency.text(one.money))),
                ("usedUp", .string(asset.text(one.used))),
            ])
        }
        return Report(lines: lines, json: .object([("periods", .array(json))]))
    }

    private static func bar(_ units: UInt64, _ most: UInt64) -> String {
        String(repeating: "▪", count: Int(units * 20 / max(1, most)))
    }
}

/// Bars for each period: what was sold, and what was used up.
struct Plot {
    let svg: String

    init(_ periods: [Statistics.Period], _ by: String, _ asset: Asset, _ office: String) {
        let shown = periods.suffix(Self.most)
        let most = shown.map { max($0.sold, $0.used).units }.max() ?? 1
        let width = Self.left + shown.count * Self.step + 40
        var parts = [
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="360" \
            viewBox="0 0 \(width) 360">
            <style>text{font:12px sans-serif;fill:#111}.sold{fill:#0072b2}\
            .used{fill:none;stroke:#d55e00;stroke-width:2}line{stroke:#bbb}</style>
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="\(Self.left)" y="22" font-weight="bold">\(Self.escaped(office)): \
            \(asset.code) sold and used up, by \(by)</text>
            """
        ]
        parts += Self.axis(most, asset, width)
        for (index, one) in shown.enumerated() {
            parts.append(Self.bars(one, Self.left + index * Self.step, most))
        }
        parts.append(Self.legend(width))
        parts.append("</svg>\n")
        svg = parts.joined(separator: "\n")
    }

    private static let (left, step, top, height, most) = (110, 56, 50, 230, 60)

    private static func axis(_ most: UInt64, _ asset: Asset, _ width: Int) -> [String] {
        (0...4).map { (quarter: Int) -> String in
            let y = top + height - height * quarter / 4
            let amount = Amount(most / 4 * UInt64(quarter) + most % 4 * UInt64(quarter) / 4)
            return """
                <line x1="\(left)" y1="\(y)" x2="\(width - 20)" y2="\(y)"/>\
                <text x="\(left - 8)" y="\(y + 4)" text-anchor="end">\
                \(asset.full(amount ?? .zero))</text>
                """
        }
    }

    private static func bars(_ one: Statistics.Period, _ x: Int, _ most: UInt64) -> String {
        func tall(_ amount: Amount) -> Int {
            // 10^15 times 230 fits a word.
            Int(amount.units * UInt64(height) / max(1, most))
        }
        func bar(_ name: String, _ x: Int, _ amount: Amount) -> String {
            """
            <rect class="\(name)" x="\(x)" y="\(top + height - tall(amount))" width="18" \
            height="\(tall(amount))"/>
            """
        }
        let label = one.name.count > 7 ? String(one.name.suffix(5)) : one.name
        return bar("sold", x + 6, one.sold) + bar("used", x + 28, one.used)
            + "<text x=\"\(x + 26)\" y=\"\(top + height + 18)\" text-anchor=\"middle\">"
            + label + "</text>"
    }

    private static func legend(_ width: Int) -> String {
        """
        <rect class="sold" x="\(left)" y="320" width="12" height="12"/>\
        <text x="\(left + 18)" y="331">sold</text>\
        <rect class="used" x="\(left + 70)" y="320" width="12" height="12"/>\
        <text x="\(left + 88)" y="331">used up</text>
        """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
