internal import Books
internal import Clerk
internal import Command
internal import Commit
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Sealing
internal import Words

import struct Command.Request
import struct Mint.Draft

/// Who buys units for which meter.
enum ContractVerbs {
    static let registerVerb = Verb(
        words: ["ps", "register"],
        summary: "register a customer and a meter, and print the code that the meter enrols with",
        details: [
            "the customer has an account for money, and each of his meters one for its units: what",
            "is bought stands there until the meter has it. One step opens what is not there yet,",
            "notes who pays at which tariff, and makes the code; the meter's own wallet enrols",
            "with it: 'tally enrol'",
        ],
        arguments: [
            Verb.Argument(name: "CUSTOMER", kind: .word, about: "whose money buys"),
            Verb.Argument(name: "METER", kind: .word, about: "what stands on the meter"),
        ],
        options: [
            Verb.Option(
                name: "--tariff",
                value: "NAME",
                kind: .word,
                about: "at which tariff; 'tally ps tariff' lists them"
            ),
            Verb.Option(
                name: "--days",
                value: "N",
                kind: .number,
                about: "the code is good so long; else 7"
            ), Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally ps register 'Cleo Brown' M-1044 --tariff household",
                about: "asks first, and prints a code"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, register) }
    )

    static func register(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let customer = try AccountNames.holder(request.arguments[0])
        let label = try AccountNames.holder(request.arguments[1])
        let tariff = try tariff(request, till)
        guard customer.string != label.string else {
            throw Complaint(
                .usage,
                "bad-name",
                "customer and meter cannot have one name, \(quoted(label.string))",
                hint: "write what stands on the meter"
            )
        }
        let plan = try Plan(customer, label, tariff, till)
        var facts = Facts()
        facts.add("customer", customer.string)
        facts.add("meter", label.string)
        facts.add("tariff", tariff.name.string)
        facts.line("", tariff.price.text(in: tariff.currency) + " for a thousand")
        let before = till.mint.trading.contracts[plan.account]?.tariff
        if let before, before != tariff.name { facts.add("until now", before.string) }
        try Agreeing.agree(["a contract"] + facts.lines, "make it?", request, scene)
        let entries = try Group.book(plan.drafts(at: scene.now), till)
        facts.add("account", "\(plan.account.number)", .number(plan.account.number))
        if entries > 0 { facts.also("entries", .number(UInt64(entries))) }
        // One code for one meter: another is for who changes it.
        if let why = plan.hasWallet(at: scene.now, till) {
            facts.line("code", "none: \(why)")
            return Report(lines: ["made a contract"] + facts.lines, json: facts.json)
        }
        let code = try invite(label, plan.account, request, scene, till)
        facts.add("code", code)
        return Report(
            lines: ["a meter may enrol: type this code there, and nowhere else"] + facts.lines,
            json: facts.json
        )
    }

    static let changeVerb = Verb(
        words: ["ps", "change-meter"],
        summary: "let another meter take the place of one, with what is left of its units",
        details: [
            "the account of the meter's units stays, and with it the contract. The old meter",
            "gives back what it has not used up by 'tally redeem all'; what it cannot give back",
            "any more counts as used up at the end of its sticks, unless a carrier brings its word",
            "that it was not. The new one enrols with the code, and fetches what is in the account",
            "by 'tally charge'",
        ],
        arguments: [
            Verb.Argument(name: "METER", kind: .word, about: "its account, by name or number")
        ],
        options: [
            Verb.Option(
                name: "--days",
                value: "N",
                kind: .number,
                about: "the code is good so long; else 7"
            ), Agreeing.yes,
        ] + Opening.options,
        examples: [Verb.Example(line: "tally ps change-meter M-1044", about: "asks first")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, change) }
    )

    static func change(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let meter = try Metered(request.arguments[0], till)
        let asset = till.books.founding.asset
        var facts = Facts()
        facts.add("meter", meter.holder.name.string)
        facts.add("in its account", meter.holder.balance.amount, asset)
        let out = try meter.outstanding(till)
        facts.add("in the meter", out, asset)
        if out > .zero { facts.line("", "at most: it has not said how much it has used up") }
        try Agreeing.agree(["another meter"] + facts.lines, "make a code for it?", request, scene)
        let code = try invite(
            meter.contract.label,
            meter.holder.account,
            request,
            scene,
            till
        )
        facts.add("code", code)
        for old in meter.members(till) where old.revocation == nil {
            facts.line(
                "old wallet",
                "\(short(old.key)) may still fetch and buy until it is revoked:"
            )
            facts.line("", "'tally office revoke' it once it has given back what it has")
        }
        return Report(
            lines: ["another meter may enrol: type this code there"] + facts.lines,
            json: facts.json
        )
    }

    // MARK: What they need

    private static func tariff(_ request: Request, _ till: Till) throws(Complaint) -> Tariff {
        let all = till.mint.trading.tariffs
        guard let typed = request["--tariff"] else {
            throw Complaint(
                .usage,
                "no-tariff-typed",
                "nothing says at which tariff units are sold",
                hint: "write --tariff and a name; 'tally ps tariff' lists them"
            )
        }
        guard let name = Text(typed), let tariff = all[name] else {
            throw Complaint(Forbidden.noTariff(try Making.name(typed)), till)
        }
        return tariff
    }

    /// A code for a meter, which pays nobody but its office.
    private static func invite(
        _ label: Text,
        _ account: Account,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> String {
        let code = till.newCode()
        let least = Invite.Limit(largest: .one, ceiling: .one, guarantee: .zero)
        let days = try days(request)
        let deed: Deed
        do throws(Forbidden) {
            deed = try till.mint.invite(
                Code.hash(secret: code.secret),
                account,
                name: label,
                least,
                days: days,
                isMeter: true,
                at: scene.now
            )
        } catch {
            throw Complaint(error, till)
        }
        _ = try Booking.book(deed, memo: "", request, scene, till)
        return code.text
    }

    private static func days(_ request: Request) throws(Complaint) -> UInt64 {
        guard let typed = request["--days"] else { return 7 }
        guard let days = UInt64(typed), Mint.inviteDays.contains(days) else {
            throw Complaint(
                .usage,
                "bad-number",
                "a code is good for 1 to 365 days, and \(quoted(typed)) is no such number",
                hint: "leave --days out for 7"
            )
        }
        return days
    }
}

extension Amount {
    fileprivate static let one: Amount = {
        guard let one = Amount(1) else { preconditionFailure("one is an amount") }
        return one
    }()
}

/// What a registration has to open.
private struct Plan {
    let account: Account
    private var deeds: [Deed] = []

    init(
        _ customer: Text,
        _ label: Text,
        _ tariff: Tariff,
        _ till: Till
    ) throws(Complaint) {
        let ledger = till.books.ledger
        var next = Account.firstHolder.number + UInt64(ledger.holders.count)
        func known(_ name: Text, _ kind: HolderKind) throws(Complaint) -> Account? {
            guard let holder = ledger.holder(named: name) else { return nil }
            guard holder.kind == kind else {
                throw Complaint(Forbidden.kind(holder.account, kind), till)
            }
            return holder.account
        }
        let paying: Account
        if let account = try known(customer, .customer) {
            paying = account
        } else {
            try AccountNames.expectNew(customer, till.books)
            paying = Account(number: next)
            deeds.append(.opened(.customer, customer))
            next += 1
        }
        if let found = try known(label, .person) {
            account = found
        } else {
            try AccountNames.expectNew(label, till.books)
            account = Account(number: next)
            deeds.append(.opened(.person, label))
        }
        let contract = Contract(
            account: account,
            customer: paying,
            tariff: tariff.name,
            label: label
        )
        if let now = till.mint.trading.contracts[account], now.customer != paying {
            throw Complaint(
                .refused,
                "other-customer",
                "the meter \(quoted(label.string)) is another customer's",
                hint: "'tally ps show \(label.string)' says whose; a meter that moves has another"
                    + " account, by another name"
            )
        }
        if till.mint.trading.contracts[account] != contract {
            deeds.append(.traded(.contracted(contract)))
        }
    }

    /// Why no code is needed; nil where one is.
    func hasWallet(at now: Moment, _ till: Till) -> String? {
        let mint = till.mint
        if mint.everybody.contains(where: { $0.account == account && $0.revocation == nil }) {
            return "its wallet has enrolled; 'tally ps change-meter' makes one for another"
        }
        guard let open = mint.open(at: now).first(where: { $0.invite.account == account }) else {
            return nil
        }
        return "one is open until \(open.invite.expires.text)"
    }

    func drafts(at now: Moment) -> [Draft] {
        var chance = SystemChance()
        return deeds.map { deed in
            let request = Digest.hash(Self.domain, chance.bytes(32))
            return Draft(request: request, moment: now, memo: Group.noMemo, deed: deed)
        }
    }

    private static let domain = Digest.Domain("tally1 contract")
}
