internal import Command
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Words

/// `tally refresh`: pieces that are hard to pay with, for one fresh stick.
///
/// It is a redemption and a charge of what is credited, and breaks nowhere: what came back and was
/// not charged is in the account.
enum Refreshing {
    static let verb = Verb(
        words: ["refresh"],
        summary: "have the office make one fresh stick of money that is hard to pay with",
        details: [
            "money is tired when its last day to spend is near or past, when it has gone through",
            "many hands, or lies in many small pieces; it goes back to the office, as with 'tally",
            "redeem', and what is credited of it at once comes as one new stick, as with 'tally",
            "charge'; what others paid this wallet is credited at once as far as its guarantee",
            "goes, and the rest stands in the account later; if anything breaks in between, the",
            "money is in the account; without an amount it is what is tired",
        ],
        arguments: [
            Verb.Argument(
                name: "AMOUNT",
                kind: .word,
                about: "how much, as 12.50, or all; left out, what is tired",
                isRequired: false
            )
        ],
        options: [
            OfficeAt.option, OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally refresh", about: "when 'tally balance' says what is tired"),
            Verb.Example(line: "tally refresh all", about: "before a day without a network"),
        ],
        exits: AtCounter.exits + [.inDoubt],
        act: { request, scene throws(Complaint) in
            try AtCounter.asking(request, scene) { (asker, asset) throws(Complaint) in
                try refresh(request.arguments.first, asset, asker)
            }
        }
    )

    private static func refresh(
        _ typed: String?,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Report {
        let balance = try asker.teller.balance(asset)
        guard typed != nil || balance.tired > .zero else { return nothing(balance, asset) }
        // What has been waiting there since before is not of this.
        let before = try GivingBack.waiting(asset, asker)
        var back = GivingBack(asset, asker)
        let open: PaymentStanding?
        do throws(Complaint) {
            open =
                if let typed {
                    try back.give(try Redeeming.amount(typed, of: balance, asset), \.backAtOnce)
                } else {
                    try back.give(nil, \.tiredAtOnce)
                }
        } catch {
            throw back.payments.isEmpty ? error : inAccount(error)
        }
        if let open {
            var report = try back.report(open)
            if !back.payments.isEmpty { report.lines.append(fetching) }
            return report
        }
        guard !back.payments.isEmpty else { throw Complaint(Denial.short(.nothing)) }
        let after = try GivingBack.waiting(asset, asker)
        guard let before, let after else { throw unknown(back.amount, asset) }
        let waits = after.subtracting(before) ?? .zero
        let credited = back.amount.subtracting(waits) ?? .zero
        guard credited > .zero else { return try report(back, nil, asset, asker) }
        let stick: Stick
        do throws(Complaint) {
            asker.restart()
            stick = try Charging.fetch(credited, asset, asker)
        } catch {
            throw inAccount(error)
        }
        return try report(back, stick, asset, asker)
    }

    /// It broke after something had gone back.
    private static func inAccount(_ error: Complaint) -> Complaint {
        Complaint(error.exit, error.name, error.what, hint: error.hint + "; " + fetching)
    }

    private static let fetching =
        "what is credited of what came back is in the account: 'tally charge' fetches it"

    private static func nothing(_ balance: Balance, _ asset: Asset) -> Report {
        var facts = Facts()
        facts.also("refreshed", .zero, asset)
        facts.add("available", balance.available, asset)
        return Report(
            lines: ["nothing is tired: all of it is good to pay with"] + facts.lines,
            json: .object(facts.pairs)
        )
    }

    private static func report(
        _ back: GivingBack,
        _ stick: Stick?,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Report {
        var facts = Facts()
        facts.also("refreshed", stick?.units ?? .zero, asset)
        facts.add("given back", back.amount, asset)
        Redeeming.tell(back.payments, &facts)
        if let stick {
            try Charging.tell(stick, asset, asker.teller, &facts)
        } else {
            facts.add("available", try asker.teller.balance(asset).available, asset)
        }
        if let waiting = try asker.teller.errands().atOffice { Redeeming.tell(waiting, &facts) }
        let title =
            stick.map { "refreshed \(asset.full($0.units)): it is one fresh stick" }
            ?? "\(asset.full(back.amount)) is back at the office, which has credited none of it yet"
        return Report(lines: [title] + facts.lines, json: .object(facts.pairs))
    }

    private static func unknown(_ amount: Amount, _ asset: Asset) -> Complaint {
        Complaint(
            .pending,
            "refresh-late",
            "\(asset.full(amount)) is back at the office, which has not said how much of it is"
                + " credited",
            hint: "nothing is lost: 'tally sync' tells, and 'tally charge' fetches what is there"
        )
    }
}
