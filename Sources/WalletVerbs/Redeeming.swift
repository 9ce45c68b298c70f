internal import Command
internal import Commit
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Words

/// `tally redeem`: money from the wallet back into the account.
enum Redeeming {
    static let verb = Verb(
        words: ["redeem"],
        summary: "pay the office, which puts it into your account",
        details: [
            "it is a payment with the office as its seller, agreed to by typing this; it needs no",
            "permission, uses none up, and takes money whose last day to spend is past; 'all' is",
            "all that is available, and that money too; what others paid this wallet is credited",
            "at once as far as its guarantee goes, and for the rest when they have synced too, or",
            "when its last day is closed",
        ],
        arguments: [
            Verb.Argument(name: "AMOUNT", kind: .word, about: "how much, as 12.50, or all")
        ],
        options: [
            OfficeAt.option, OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally redeem 12.50", about: "a part"),
            Verb.Example(line: "tally redeem all", about: "at the end of the day"),
        ],
        exits: AtCounter.exits + [.inDoubt],
        act: { request, scene throws(Complaint) in
            try AtCounter.asking(request, scene) { (asker, asset) throws(Complaint) in
                try redeem(request.arguments[0], asset, asker)
            }
        }
    )

    private static func redeem(
        _ typed: String,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Report {
        let amount = try amount(typed, of: try asker.teller.balance(asset), asset)
        var back = GivingBack(asset, asker)
        if let open = try back.give(amount, \.backAtOnce) { return try back.report(open) }
        return try report(back, asset, asker)
    }

    /// How much is meant, of what the office would take back.
    static func amount(
        _ typed: String,
        of balance: Balance,
        _ asset: Asset
    ) throws(Complaint) -> Amount {
        let most = balance.redeemable
        let amount = typed == "all" ? most : try asset.typed(typed)
        guard most > .zero else { throw Complaint(Denial.short(.nothing)) }
        guard amount <= most else {
            throw Complaint(
                .refused,
                "short",
                "there is not as much here: the office takes back \(asset.full(most))",
                hint: "type 'all' for all of it"
            )
        }
        return amount
    }

    private static func report(
        _ back: GivingBack,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Report {
        var facts = Facts()
        facts.add("redeemed", back.amount, asset)
        tell(back.payments, &facts)
        facts.add("available", try asker.teller.balance(asset).available, asset)
        let told = try GivingBack.waiting(asset, asker)
        let waiting = told == nil ? nil : try asker.teller.errands().atOffice
        if let waiting { tell(waiting, &facts) }
        let redeemed = "redeemed \(asset.full(back.amount))"
        let title =
            switch (told, waiting) {
            case (nil, _): redeemed + ": 'tally sync' tells how much of it is credited by now"
            case (_?, nil): redeemed + ": it is in the account"
            case (_?, _?):
                redeemed + ": the office has it, and has not credited all that came back yet"
            }
        facts.also("isTold", .flag(told != nil))
        return Report(lines: [title] + facts.lines.dropFirst(), json: .object(facts.pairs))
    }

    /// Which payments it took.
    static func tell(_ payments: [PaymentStanding], _ facts: inout Facts) {
        if payments.count == 1, let only = payments.first {
            facts.add("receipt", only.payment.short, .string(only.payment.text))
        } else {
            let ids = JSON.array(payments.map { .string($0.payment.text) })
            facts.add("receipts", "\(payments.count), in 'tally history'", ids)
        }
    }

    /// What the office has not credited yet, and when it will.
    static func tell(_ waiting: AtOffice, _ facts: inout Facts) {
        facts.add("waiting", waiting.waiting, waiting.asset)
        facts.line("", "it clears when those who paid it have synced, or when its day is closed")
    }
}
