internal import Books
internal import Clerk
internal import Command
internal import EKey
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Words

import struct Command.Request
import struct Mint.Mint

/// What a bank knows of the holders of its eKeys.
enum Holders {
    static let listVerb = Verb(
        words: ["bam", "holders"],
        summary: "list who has an eKey of this bank, or is to get one",
        details: [
            "each with how far it has come: registered, written (a letter was made for an eKey",
            "that has not answered), personalised, enrolled, or ended",
        ],
        options: Opening.options,
        examples: [Verb.Example(line: "tally bam holders", about: "all of them")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, list) }
    )

    static func list(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let book = try HolderBook(till)
        let width = book.all.map { $0.name.string.count }.max() ?? 0
        let lines = book.all.map { one in
            let balance = balance(of: one, till)
            return "  " + one.name.string.padded(width + 2)
                + one.state(till.mint).rawValue.padded(14) + balance.padded(left: 16)
        }
        return Report(
            lines: lines.isEmpty
                ? ["nobody yet; 'tally bam register NAME' writes somebody down"] : lines,
            json: .object([
                (
                    "holders",
                    .array(
                        book.all.map { one in
                            .object([
                                ("name", .string(one.name.string)),
                                ("state", .string(one.state(till.mint).rawValue)),
                                ("account", .number(one.account)),
                                (
                                    "eKey",
                                    .string(
                                        key(of: one, till.mint).map { $0.bytes.hex } ?? ""
                                    )
                                ),
                            ])
                        }
                    )
                )
            ])
        )
    }

    private static func balance(of one: Registration, _ till: Till) -> String {
        let asset = till.books.founding.asset
        guard let balance = till.books.ledger.balance(Account(number: one.account)) else {
            return ""
        }
        return asset.signed(balance) + " " + asset.code
    }

    static func key(of one: Registration, _ mint: Mint) -> Key? {
        one.member(mint)?.key ?? one.eKey?.key
    }

    // MARK: One of them

    static let showVerb = Verb(
        words: ["bam", "show"],
        summary: "say all that this bank knows of one holder and his eKey",
        details: [
            "his account, what was charged into the eKey and has not come back, what it may pay,",
            "how far it has handed in, and the settings it was last given",
        ],
        arguments: [Verb.Argument(name: "NAME", kind: .word, about: "a holder")],
        options: Opening.options,
        examples: [Verb.Example(line: "tally bam show Ada", about: "an enquiry")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, show) }
    )

    static func show(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let book = try HolderBook(till)
        let one = book[try book.index(request.arguments[0])]
        var facts = try facts(one, till, scene)
        if let key = key(of: one, till.mint) {
            for (text, day) in try out(of: key, till) {
                facts.line("out", text + ", settles after \(day.text)")
            }
        }
        return Report(lines: [one.name.string] + facts.lines, json: facts.json)
    }

    static func facts(
        _ one: Registration,
        _ till: Till,
        _ scene: Scene
    ) throws(Complaint) -> Facts {
        let asset = till.books.founding.asset
        var facts = Facts()
        facts.also("name", .string(one.name.string))
        facts.add("state", one.state(till.mint).rawValue)
        let holder = till.books.ledger.holder(Account(number: one.account))
        facts.add("account", holder?.name.string ?? "\(one.account)")
        facts.add("balance", balance(of: one, till))
        if one.phone.byteCount > 0 { facts.add("phone", one.phone.string) }
        facts.add("registered", one.registered.text)
        facts.add("largest", one.limits.largest, asset)
        facts.add("ceiling", one.limits.ceiling, asset)
        facts.add("guarantee", one.limits.guarantee, asset)
        if let key = key(of: one, till.mint) { facts.add("eKey", key) }
        if let member = one.member(till.mint) {
            facts.add("window", "until \(member.window.terms.notAfter.text)")
            let through: UInt64
            do {
                through = try till.through(member)
            } catch {
                throw Complaint(BooksError.stopped, OfficeHome(till.folder))
            }
            facts.add("handed in", "through counter \(through)", .number(through))
            let sum = try stillOut(of: member.key, till)
            facts.add("still out", sum, asset)
            let waiting = till.mint.waiting(of: member.key)
            if waiting > .zero { facts.add("waiting", waiting, asset) }
        } else {
            facts.add("enrols until", one.until.text)
        }
        add(one.settings, asset, &facts)
        let has = one.inForce.number
        facts.add(
            "eKey has",
            "number \(has), by its signature" + (one.isRefused ? "; it refused the newest" : ""),
            .number(has)
        )
        let bills = till.mint.trading.bills(of: Account(number: one.account))
        facts.add("open bills", "\(bills.count)", .number(UInt64(bills.count)))
        if let ended = one.ended {
            facts.add("ended", "\(ended.moment.text): \(ended.reason.string)")
        }
        return facts
    }

    private static func add(_ settings: EKeySettings, _ asset: Asset, _ facts: inout Facts) {
        facts.add("settings", "number \(settings.number)", .number(settings.number))
        if let amount = settings.pin { facts.add("PIN from", amount, asset) }
        if let amount = settings.button { facts.add("button from", amount, asset) }
        if !settings.language.isEmpty { facts.add("language", settings.language) }
        for key in settings.readers { facts.line("FAM", short(key)) }
        facts.also("fams", .array(settings.readers.map { .string($0.bytes.hex) }))
    }

    private static func stillOut(of key: Key, _ till: Till) throws(Complaint) -> Amount {
        let all = try sticks(of: key, till)
        // All of it was issued to this key, so it is no more than can be.
        return all.reduce(Amount.zero) { $0.adding($1.out) ?? .largest }
    }

    static func sticks(of key: Key, _ till: Till) throws(Complaint) -> [StickOut] {
        do {
            return try till.auditUnits().filter { $0.stick.owner == key }
        } catch {
            throw Complaint(
                .failed,
                "units",
                "the books do not say of each unit where it is: \(error)",
                hint: "'tally office audit' names the first that is wrong"
            )
        }
    }

    /// What was issued to that key and has not come back, with the day after which it is settled.
    static func out(of key: Key, _ till: Till) throws(Complaint) -> [(String, Day)] {
        let asset = till.books.founding.asset
        return try sticks(of: key, till).map { (asset.full($0.out), $0.stick.settleUntil) }
    }
}
