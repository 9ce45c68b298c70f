internal import Books
internal import Carrier
internal import Clerk
internal import Command
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Words

import struct Mint.Draft

/// Units that are sold at the desk: into the meter's account, or onto a carrier.
enum SaleVerbs {
    static let sellVerb = Verb(
        words: ["ps", "sell"],
        summary: "sell units to a meter, out of the money of its customer",
        details: [
            "the customer's account is debited and the units stand in the meter's account, in one",
            "step: a meter that reaches the office fetches them by 'tally charge'. With --carrier",
            "they are issued to the meter at once, and a file takes them there, on whatever keeps",
            "files: 'tally meter take FILE' puts its receipt in, and 'tally ps receipt FILE' reads",
            "it. A carrier that is lost is written again by 'tally ps reissue': the same sticks",
        ],
        arguments: [
            Verb.Argument(name: "METER", kind: .word, about: "its account, by name or number"),
            Verb.Argument(
                name: "AMOUNT",
                kind: .number,
                about: "how many units; with --money, how much to spend"
            ),
        ],
        options: [
            Verb.Option(name: "--money", about: "AMOUNT is money: as many units as that buys"),
            Verb.Option(name: "--carrier", value: "FILE", about: "write them to this new file"),
        ] + Booking.options + Opening.options,
        examples: [
            Verb.Example(line: "tally ps sell M-1044 5000", about: "asks first"),
            Verb.Example(
                line: "tally ps sell M-1044 20.00 --money --carrier /media/card/M-1044.tally",
                about: "for a meter without a network"
            ),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(Operator.whole(request, "--carrier"), scene, sell)
        }
    )

    static func sell(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let note = try Booking.memo(request)
        let meter = try Metered(request.arguments[0], till)
        if let entry = try Booking.known(request, till) {
            return try again(entry, meter, request, till)
        }
        let asset = till.books.founding.asset
        let tariff = meter.tariff
        let units: Amount
        if request["--money"] != nil {
            units = tariff.price.units(for: try tariff.currency.typed(request.arguments[1]))
        } else {
            units = try asset.typed(request.arguments[1])
        }
        guard units > .zero, let cost = tariff.price.cost(of: units) else {
            throw Complaint(
                .usage,
                "bad-amount",
                "that buys nothing, or more than there can be",
                hint: "a thousand \(asset.code) cost \(tariff.price.text(in: tariff.currency))"
            )
        }
        if let path = request["--carrier"] { try Delivering.expectNew(path) }
        var facts = Facts()
        facts.add("meter", meter.holder.name.string)
        facts.add("customer", meter.customer.name.string)
        facts.add("units", units, asset)
        facts.add("cost", cost, tariff.currency)
        facts.line("", tariff.price.text(in: tariff.currency) + " for a thousand")
        facts.add("had", meter.customer.balance.amount, tariff.currency)
        if request["--carrier"] != nil { try Delivering.tell(meter, &facts, scene.now, till) }
        try Agreeing.agree(["a sale"] + facts.lines, "sell it?", request, scene)
        let sale = Sale(meter, units, cost)
        guard let path = request["--carrier"] else {
            return try booked(sale, note, facts, request, scene, till)
        }
        let name = Booking.once(request)
        let memo = note.byteCount > 0 ? note : nil
        return try Delivering.sell(sale, as: name, memo, to: path, facts, scene, till)
    }

    /// What a `--once` was sold by before, at whatever it cost then: nothing is sold again.
    private static func again(
        _ entry: Books.Entry,
        _ meter: Metered,
        _ request: Request,
        _ till: Till
    ) throws(Complaint) -> Report {
        guard let act = entry.booked.act, act.kind == .sale, act.holder == meter.holder.account
        else {
            throw Complaint(Books.Refusal.requestUsed(entry.number), till)
        }
        var facts = Facts()
        facts.add("meter", meter.holder.name.string)
        facts.add("units", act.amount, till.books.founding.asset)
        facts.add("cost", act.price ?? .zero, meter.tariff.currency)
        facts.add("entry", "\(entry.number)", .number(entry.number))
        facts.also("isNew", .flag(false))
        // Its carrier, where it went onto one, is written again as long as it can be used.
        guard let (number, stick) = try Delivering.delivery(after: entry, meter, till) else {
            return Report(
                lines: ["it was sold before, and only once"] + facts.lines,
                json: facts.json
            )
        }
        guard let path = request["--carrier"] else {
            facts.add("delivery", "\(number)", .number(number))
            return Report(
                lines: ["it was sold before, and only once"] + facts.lines,
                json: facts.json
            )
        }
        try Delivering.expectNew(path)
        return try Delivering.write(stick, number, at: stick.issued, to: path, facts, till)
    }

    private static func booked(
        _ sale: Sale,
        _ note: Text,
        _ told: Facts,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        var facts = told
        let (entry, isNew) = try Booking.book(
            .traded(sale.trade),
            memo: note.byteCount > 0
                ? note.string : till.mint.sold(sale.units, to: sale.meter.holder.account).string,
            request,
            scene,
            till
        )
        facts.add("entry", "\(entry.number)", .number(entry.number))
        facts.add(
            "in its account",
            till.books.ledger.holder(sale.meter.holder.account)?.balance.amount ?? .zero,
            till.books.founding.asset
        )
        facts.also("isNew", .flag(isNew))
        let title = isNew ? "sold, and in the meter's account" : "it was sold before, and only once"
        return Report(lines: [title] + facts.lines, json: facts.json)
    }

    static let reissueVerb = Verb(
        words: ["ps", "reissue"],
        summary: "write a carrier again that was lost: the same sticks",
        details: [
            "it is the same file to the byte, and worth something once; --now writes the moment",
            "of today into it, which brings the meter the clock of its office",
        ],
        arguments: [
            Verb.Argument(name: "METER", kind: .word, about: "its account, by name or number"),
            Verb.Argument(name: "NUMBER", kind: .number, about: "which delivery to it, from 1 on"),
        ],
        options: [
            Verb.Option(name: "--carrier", value: "FILE", about: "write it to this new file"),
            Verb.Option(name: "--now", about: "with the moment of today"),
            Verb.Option(
                name: "--wallet",
                value: "KEY",
                kind: .word,
                about: "to this wallet of the meter, by the beginning of its key; else the newest"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally ps reissue M-1044 3 --carrier again.tally",
                about: "the third"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(Operator.whole(request, "--carrier"), scene, reissue)
        }
    )

    static func reissue(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        guard let path = request["--carrier"] else {
            throw Complaint(
                .usage,
                "no-carrier",
                "nothing says where to write it",
                hint: "write --carrier and a file that is not there yet"
            )
        }
        guard let number = UInt64(request.arguments[1]), (1...Limits.deliveries).contains(number)
        else {
            throw Complaint(
                .usage,
                "bad-number",
                "\(quoted(request.arguments[1])) is no number of a delivery",
                hint: "'tally ps show METER' lists them"
            )
        }
        try Delivering.expectNew(path)
        let meter = try Metered(request.arguments[0], till)
        let found = try Delivering.known(number, meter, till, request["--wallet"])
        if let closed = till.mint.closed, found.settleUntil <= closed {
            throw Complaint(
                .refused,
                "settled",
                "the stick of delivery \(number) is settled: it is worth nothing any more",
                hint: "'tally bank statement' shows what became of it"
            )
        }
        let moment = request["--now"] == nil ? found.issued : scene.now
        var facts = Facts()
        facts.add("meter", meter.holder.name.string)
        facts.add("units", found.units, till.books.founding.asset)
        if found.spendUntil < scene.now.day {
            facts.line("late", "its last day to be used up was \(found.spendUntil.text)")
        }
        return try Delivering.write(found, number, at: moment, to: path, facts, till)
    }
}

/// Units for money, to a meter.
struct Sale {
    let meter: Metered
    let units: Amount
    let cost: Amount

    init(_ meter: Metered, _ units: Amount, _ cost: Amount) {
        (self.meter, self.units, self.cost) = (meter, units, cost)
    }

    var trade: Trade {
        let act = Act(
            selling: units,
            to: meter.holder.account,
            for: cost,
            of: meter.customer.account
        )
        return .sold(act, tariff: meter.tariff.name, meter.tariff.price)
    }
}
