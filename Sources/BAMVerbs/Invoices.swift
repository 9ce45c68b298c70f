internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Wire
internal import Words

import struct Command.Request

/// `tally bam invoice`: a page that a person takes as one, on paper.
enum Invoices {
    static let verb = Verb(
        words: ["bam", "invoice"],
        summary: "print the invoice of a bill that was paid, or the bill while it is open",
        details: [
            "as text of 80 columns; with --html as a page for a printer. What is on it is what the",
            "office has signed: the holder's own copy is a paper that 'tally verify' checks",
        ],
        arguments: [Verb.Argument(name: "NUMBER", kind: .number, about: "of the bill")],
        options: [
            Verb.Option(name: "--html", about: "as a page for a browser and its printer"),
            Verb.Option(
                name: "--language",
                value: "L",
                kind: .choice(["en", "de"]),
                about: "en or de; else en"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally bam invoice 17", about: "to read"),
            Verb.Example(line: "tally bam invoice 17 --html > 17.html", about: "to print"),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, invoice) }
    )

    static func invoice(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let number = try BillVerbs.number(request.arguments[0])
        let typed = request["--language"] ?? "en"
        guard let words = InvoiceWords.all[typed] else {
            throw Complaint(
                .usage,
                "bad-language",
                "no page is written in \(quoted(typed))",
                hint: "write en or de"
            )
        }
        let office = till.books.founding.name.string
        let page: InvoicePage
        let json: JSON
        if let invoice = try paid(number, till) {
            page = InvoicePage(invoice, office, words)
            json = self.json(invoice)
        } else if let owed = till.mint.trading.open[number], let terms = till.mint.terms(number) {
            let holder = BillVerbs.name(owed.account, till).string
            page = InvoicePage(terms, of: holder, office, words)
            var facts = Facts()
            BillVerbs.tell(number, owed, till, &facts)
            facts.also("paid", .flag(false))
            json = facts.json
        } else {
            throw Complaint(
                .notFound,
                "no-bill",
                "there is no bill \(number), or it was withdrawn",
                hint: "'tally bam bills' lists what is open, and with --paid what was paid"
            )
        }
        return Report(lines: request["--html"] == nil ? page.text : page.html, json: json)
    }

    private static func paid(_ number: UInt64, _ till: Till) throws(Complaint) -> Invoice? {
        let found: Books.Entry?
        do throws(BooksError) {
            found = try till.books.entry(of: Trade.paying(number))
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        guard case .traded(.paid(_, let invoice))? = try? found?.deed() else { return nil }
        return invoice
    }

    static func json(_ invoice: Invoice) -> JSON {
        let terms = invoice.terms
        var facts = Facts()
        facts.add("number", "\(terms.number)", .number(terms.number))
        facts.add("account", invoice.holder.string)
        facts.add("biller", terms.biller.string)
        facts.add("amount", terms.amount, terms.asset)
        facts.add("for", terms.purpose.string)
        facts.add("due", terms.due.text)
        facts.also("paid", .flag(true))
        facts.also("moment", .string(invoice.paid.text))
        facts.add("invoice", invoice.signed.object.hash)
        return facts.json
    }
}

/// What stands on a page, in each language.
struct InvoiceWords: Sendable {
    let language: String
    let invoice, bill, number, biller, holder, purpose, due, paid, open, amount, signed,
        check: String

    static let all: [String: InvoiceWords] = [
        "en": InvoiceWords(
            language: "en",
            invoice: "INVOICE",
            bill: "BILL",
            number: "number",
            biller: "biller",
            holder: "account of",
            purpose: "for",
            due: "due",
            paid: "paid",
            open: "not paid yet",
            amount: "amount",
            signed: "signed by the office, as statement",
            check: "The holder's paper of it is checked by: tally verify FILE"
        ),
        "de": InvoiceWords(
            language: "de",
            invoice: "RECHNUNG, BEZAHLT",
            bill: "RECHNUNG",
            number: "Nummer",
            biller: "Aussteller",
            holder: "Konto von",
            purpose: "für",
            due: "fällig",
            paid: "bezahlt",
            open: "noch nicht bezahlt",
            amount: "Betrag",
            signed: "vom Büro unterschrieben, als Aussage",
            check: "Das Papier des Inhabers prüft: tally verify DATEI"
        ),
    ]
}

/// One page: a title, rows of a name and what it is, and what it comes to.
struct InvoicePage {
    private let office: String
    private let title: String
    private let rows: [(String, String)]
    private let sum: (String, String)
    private let foot: [String]
    private let language: String

    static let columns = 80

    init(_ invoice: Invoice, _ office: String, _ words: InvoiceWords) {
        let terms = invoice.terms
        self.init(
            office,
            words.invoice,
            terms,
            invoice.holder.string,
            [(words.paid, invoice.paid.text)],
            [
                words.signed, "  " + invoice.signed.object.hash.bytes.hex, words.check,
            ],
            words
        )
    }

    init(
        _ terms: Bill.Terms,
        of holder: String,
        _ office: String,
        _ words: InvoiceWords
    ) {
        self.init(office, words.bill, terms, holder, [], [words.open], words)
    }

    private init(
        _ office: String,
        _ title: String,
        _ terms: Bill.Terms,
        _ holder: String,
        _ more: [(String, String)],
        _ foot: [String],
        _ words: InvoiceWords
    ) {
        (self.office, self.title, self.foot, language) = (office, title, foot, words.language)
        rows =
            [
                (words.number, "\(terms.number)"), (words.biller, terms.biller.string),
                (words.holder, holder), (words.purpose, terms.purpose.string),
                (words.due, terms.due.text),
            ] + more
        sum = (words.amount, terms.asset.full(terms.amount))
    }

    /// At most 80 columns.
    var text: [String] {
        let line = String(repeating: "-", count: Self.columns)
        let left = max(1, Self.columns - office.count - title.count)
        let head =
            office.count + title.count < Self.columns
            ? [office + String(repeating: " ", count: left) + title]
            : Self.folded(office, Self.columns) + [title]
        return head + [line] + rows.flatMap { name, value in Self.row(name, value) } + [
            line, sum.0 + sum.1.padded(left: max(1, Self.columns - sum.0.count)), line,
        ] + foot.flatMap { Self.folded($0, Self.columns) }
    }

    private static func row(_ name: String, _ value: String) -> [String] {
        folded(value, columns - nameColumns).enumerated().map { index, part in
            (index == 0 ? name : "").padded(nameColumns) + part
        }
    }

    private static let nameColumns = 16

    /// Broken at blanks, and a word that is longer than a line anywhere.
    private static func folded(_ text: String, _ columns: Int) -> [String] {
        var (lines, rest) = ([String](), text[...])
        while rest.count > columns {
            let head = rest.prefix(columns + 1)
            let blank = head.lastIndex(of: " ").flatMap { $0 == head.startIndex ? nil : $0 }
            let end = blank ?? rest.index(rest.startIndex, offsetBy: columns)
            lines.append(String(rest[..<end]))
            rest = blank == nil ? rest[end...] : rest[rest.index(after: end)...]
        }
        return lines + [String(rest)]
    }

    /// A page of its own, with nothing of anybody else's on it.
    var html: [String] {
        let cells = rows.map { name, value in
            "<tr><th>\(Self.escaped(name))</th><td>\(Self.escaped(value))</td></tr>"
        }
        return [
            "<!DOCTYPE html>", "<html lang=\"\(language)\">", "<head>", "<meta charset=\"utf-8\">",
            "<title>\(Self.escaped(title)) \(Self.escaped(rows[0].1))</title>", "<style>",
            "@page { size: A4; margin: 25mm }",
            "body { font: 12pt/1.5 serif; max-width: 160mm; margin: 2em auto }",
            "header { display: flex; justify-content: space-between; border-bottom: 1px solid }",
            "h1 { font-size: 16pt }", "table { width: 100%; border-collapse: collapse }",
            "th { text-align: left; font-weight: normal; width: 30%; vertical-align: top }",
            ".sum { border-top: 1px solid; border-bottom: 1px solid; font-weight: bold }",
            ".sum td { text-align: right }", "footer { margin-top: 2em; font-size: 9pt;",
            "  overflow-wrap: anywhere }", "</style>", "</head>", "<body>",
            "<header><h1>\(Self.escaped(office))</h1><h1>\(Self.escaped(title))</h1></header>",
            "<table>",
        ] + cells + [
            "<tr class=\"sum\"><th>\(Self.escaped(sum.0))</th><td>\(Self.escaped(sum.1))</td></tr>",
            "</table>",
            "<footer>" + foot.map(Self.escaped).joined(separator: "<br>") + "</footer>", "</body>",
            "</html>",
        ]
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
