internal import Books
internal import Carrier
internal import Clerk
internal import Command
internal import Homes
internal import Host
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Station
internal import Words

import struct Mint.Draft

/// Sticks that go to a meter by hand, and its word about them that comes back.
enum Delivering {
    /// Before anything is booked for it.
    static func expectNew(_ path: String) throws(Complaint) {
        guard Files.exists(path) else { return }
        throw Complaint(
            .refused,
            "file-there",
            "there is something named \(quoted(path)) already",
            hint: "name another file, or remove that one first; nothing was sold"
        )
    }

    /// Whose wallet it goes to, where there could be a doubt.
    static func tell(
        _ meter: Metered,
        _ facts: inout Facts,
        _ now: Moment,
        _ till: Till
    ) throws(Complaint) {
        let member = try meter.member(till)
        facts.add("wallet", "\(short(member.key)), enrolled \(member.enrolled.text)")
        if meter.members(till).count(where: { $0.revocation == nil }) > 1 {
            facts.line("", "the newest of several: 'tally office revoke' ends one that is gone")
        }
        if till.mint.open(at: now).contains(where: { $0.invite.account == meter.holder.account }) {
            facts.line("", "another wallet is to enrol for this meter, and has not yet")
        }
    }

    /// The delivery that a sale went into, which is booked right after it.
    ///
    /// nil where there was none.
    static func delivery(
        after entry: Books.Entry,
        _ meter: Metered,
        _ till: Till
    ) throws(Complaint) -> (number: UInt64, Stick)? {
        let next: Books.Entry?
        do { next = try till.books.entry(at: entry.number + 1) } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        guard let next, case .charged(_, let stick)? = try? next.deed() else { return nil }
        var number = try count(to: stick.owner, till)
        while number > 0 {
            if Trade.delivering(number, to: stick.owner) == next.request { return (number, stick) }
            number -= 1
        }
        return nil
    }

    /// What is sold in the second in which another life began could be either life's.
    private static func expectLater(
        _ member: Mint.Member,
        _ scene: Scene
    ) throws(Complaint) {
        guard member.epoch(on: scene.now) != member.epoch, member.epoch > .first else { return }
        throw Complaint(
            .failed,
            "life-began",
            "the meter began another life in this very second, and nothing was sold",
            hint: "type it again; if that says the same, look at this machine's clock"
        )
    }

    static func sell(
        _ sale: Sale,
        as name: Hash?,
        _ memo: Text?,
        to path: String,
        _ told: Facts,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let member = try sale.meter.member(till)
        try expectLater(member, scene)
        let number = try count(to: member.key, till) + 1
        let drafts = till.mint.delivering(
            sale.units,
            to: member.key,
            for: sale.cost,
            number: number,
            as: name,
            memo: memo,
            at: scene.now,
            till.hand
        )
        switch drafts {
        case .failure(let refused): throw Complaint(refused, sale, till)
        case .success(let pair): try Group.book([pair.sale, pair.stick], till)
        }
        guard let entry = try entry(number, to: member.key, till),
            case .charged(_, let stick)? = try? entry.deed()
        else { preconditionFailure("it was booked just now") }
        do {
            return try write(stick, number, at: stick.issued, to: path, told, till)
        } catch {
            throw Complaint(
                error.exit,
                error.name,
                "it is sold as delivery \(number), but " + error.what,
                hint: "'tally ps reissue' writes it elsewhere: it is sold once"
            )
        }
    }

    static func write(
        _ stick: Stick,
        _ number: UInt64,
        at moment: Moment,
        to path: String,
        _ told: Facts,
        _ till: Till
    ) throws(Complaint) -> Report {
        guard let member = till.mint.members[stick.owner] else {
            preconditionFailure("a stick is issued to a member")
        }
        let carrier = Carrier(
            number: number,
            to: member.epoch(on: stick.issued),
            sticks: [stick],
            certificates: [till.mint.setting.officeDER, member.certificate],
            issued: moment,
            by: till.hand.signer
        )
        guard let carrier else { preconditionFailure("one stick of one office is a delivery") }
        try CarrierFiles.write(carrier, to: path)
        var facts = told
        facts.add("delivery", "\(number)", .number(number))
        facts.add("stick", stick.id)
        facts.add("spend until", stick.spendUntil.text)
        facts.add("carrier", path)
        facts.line("", "take it to the meter: 'tally meter take \(path)'")
        return Report(lines: ["wrote a carrier"] + facts.lines, json: facts.json)
    }

    // MARK: What the books know of deliveries

    static func entry(
        _ number: UInt64,
        to meter: Key,
        _ till: Till
    ) throws(Complaint) -> Books.Entry? {
        do {
            return try till.books.entry(of: Trade.delivering(number, to: meter))
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
    }

    /// What the meter has said of a delivery; nil while its carrier is out.
    static func receipt(
        _ number: UInt64,
        of meter: Key,
        _ till: Till
    ) throws(Complaint) -> MeterReceipt? {
        let found: Books.Entry?
        do {
            found = try till.books.entry(about: Trade.deliveries(of: meter), from: number)
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        guard case .traded(.delivered(let receipt))? = try? found?.deed(),
            receipt.content.number == number
        else { return nil }
        return receipt
    }

    /// How many there were to a meter: they have no gaps, so the last is found by halving.
    static func count(to meter: Key, _ till: Till) throws(Complaint) -> UInt64 {
        var (known, unknown) = (UInt64(0), UInt64(1))
        while try entry(unknown, to: meter, till) != nil {
            (known, unknown) = (unknown, unknown * 2)
        }
        while known + 1 < unknown {
            let middle = (known + unknown) / 2
            if try entry(middle, to: meter, till) != nil {
                known = middle
            } else {
                unknown = middle
            }
        }
        return known
    }

    /// A delivery to a meter, by its number and, where several wallets had that, its wallet.
    static func known(
        _ number: UInt64,
        _ meter: Metered,
        _ till: Till,
        _ wallet: String?
    ) throws(Complaint) -> Stick {
        var found: [Stick] = []
        for member in meter.members(till).reversed() {
            guard member.key.bytes.hex.hasPrefix((wallet ?? "").lowercased()),
                let entry = try entry(number, to: member.key, till),
                case .charged(_, let stick)? = try? entry.deed()
            else { continue }
            found.append(stick)
        }
        guard let first = found.first else {
            throw Complaint(
                .notFound,
                "no-delivery",
                "there was no delivery \(number) to the meter \(quoted(meter.holder.name.string))"
                    + (wallet == nil ? "" : " and that wallet"),
                hint: "'tally ps show' lists them, each with its wallet"
            )
        }
        guard found.count == 1 else {
            let keys = found.map { short($0.owner) }.joined(separator: ", ")
            throw Complaint(
                .usage,
                "which-wallet",
                "several wallets of this meter had a delivery \(number): \(keys)",
                hint: "write --wallet and the beginning of one of these keys"
            )
        }
        return first
    }

    // MARK: On the way back

    static let receiptVerb = Verb(
        words: ["ps", "receipt"],
        summary: "read what a meter has written into a carrier",
        details: [
            "which sticks it has taken and how much was used up by when; that is booked, once, and",
            "what it signed of sticks that are over is booked for their settlement",
        ],
        arguments: [Verb.Argument(name: "CARRIER", kind: .file, about: "as it came back")],
        options: Opening.options,
        examples: [
            Verb.Example(
                line: "tally ps receipt /media/card/M-1044.tally",
                about: "once it is back"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(Operator.whole(request), scene, receipt)
        }
    )

    static func receipt(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let path = request.arguments[0]
        let carrier = try CarrierFiles.read(path)
        let said: (receipt: MeterReceipt, registers: [Register])
        do throws(CarrierFault) {
            try carrier.check(under: till.root, till.hand.checking)
            said = try carrier.said(till.hand.checking)
        } catch {
            throw Complaint(error, path)
        }
        guard carrier.delivery.office == till.mint.setting.office,
            till.mint.members[carrier.delivery.meter] != nil
        else {
            throw Complaint(CarrierFault.otherOffice(carrier.delivery.office), path)
        }
        let draft = Draft(
            request: Trade.receiving(carrier.delivery.id),
            moment: scene.now,
            memo: Group.noMemo,
            deed: .traded(.delivered(said.receipt))
        )
        // What it says of sticks that are over counts, whichever receipt it came with.
        try show(said.registers, at: scene.now, till)
        let isNew: Bool
        do {
            isNew = try Group.book([draft], till) > 0
        } catch {
            guard error.name == "once-used" else { throw error }
            throw Complaint(
                .refused,
                "two-receipts",
                "this meter has answered delivery \(carrier.delivery.number) otherwise before: two"
                    + " devices, or two lives of one, have its key",
                hint:
                    "keep both carriers as proof, and see to the meter; 'tally office revoke' ends"
                    + " its key"
            )
        }
        return report(carrier, said.receipt, said.registers, isNew, till)
    }

    private static func show(
        _ registers: [Register],
        at now: Moment,
        _ till: Till
    ) throws(Complaint) {
        do throws(LogFault) {
            try till.show(registers.map(\.signed), at: now)
        } catch {
            throw Complaint(.failed, "books", error.reason, hint: "look at 'tally office audit'")
        }
    }

    private static func report(
        _ carrier: Carrier,
        _ receipt: MeterReceipt,
        _ registers: [Register],
        _ isNew: Bool,
        _ till: Till
    ) -> Report {
        let asset = till.books.founding.asset
        let content = receipt.content
        var facts = Facts()
        let name = till.mint.members[receipt.meter]?.name.string ?? short(receipt.meter)
        facts.add("meter", name)
        facts.add("delivery", "\(content.number)", .number(content.number))
        facts.add("newest there", "\(content.highest)", .number(content.highest))
        for state in content.states {
            facts.line("stick", short(state.stick) + " " + state.came.words)
        }
        facts.also(
            "sticks",
            .array(
                content.states.map {
                    .object([
                        ("stick", .string($0.stick.bytes.hex)), ("came", .string($0.came.name)),
                    ])
                }
            )
        )
        let used = Amount.sum(content.registers.map(\.units)) ?? .largest
        facts.add("used up", used, asset)
        facts.add("said", content.moment.text)
        if !registers.isEmpty {
            facts.add("past sticks", counted(registers.count, "last word"))
        }
        facts.also("isNew", .flag(isNew))
        let title = isNew ? "the carrier is back" : "this receipt was booked before"
        return Report(lines: [title] + facts.lines, json: facts.json)
    }
}

extension Mint.Member {
    /// The life that a stick was sold to: every one that began in that second or later had not.
    fileprivate func epoch(on issued: Moment) -> Epoch {
        windows.last { $0.terms.issued < issued }?.terms.epoch ?? windows[0].terms.epoch
    }
}

extension MeterReceipt.Came {
    var words: String {
        switch self {
        case .taken: "was taken"
        case .before: "was there before"
        case .late: "came too late to be used up, and comes back once its last word is here"
        case .ended: "was sold to an earlier life, and counts as used up: it may have been"
        }
    }

    var name: String {
        switch self {
        case .taken: "taken"
        case .before: "before"
        case .late: "late"
        case .ended: "ended"
        }
    }
}

extension Complaint {
    /// Why nothing was sold at the desk.
    init(_ refused: Refused, _ sale: Sale, _ till: Till) {
        let currency = sale.meter.tariff.currency
        switch refused {
        case .money:
            self.init(
                .refused,
                refused.rawValue,
                "it costs \(currency.full(sale.cost)), and \(sale.meter.customer.name.string) has"
                    + " \(currency.full(sale.meter.customer.balance.amount))",
                hint: "'tally ps pay-in' books what is paid in"
            )
        case .revoked:
            self.init(
                .refused,
                refused.rawValue,
                "the meter's key is revoked",
                hint: "'tally ps change-meter' makes a code for another"
            )
        case .closed:
            self.init(
                .refused,
                refused.rawValue,
                "the stick would end on a day that the office has closed",
                hint: "look at this machine's clock"
            )
        case _:
            self.init(
                .refused,
                refused.rawValue,
                "the office would not sell that: \(refused.rawValue)",
                hint: "'tally ps show' says how the meter's account stands"
            )
        }
    }
}
