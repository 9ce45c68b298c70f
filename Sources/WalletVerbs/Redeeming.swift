internal import Certificates
internal import Command
internal import Commit
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Wire
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
        let most = try asker.teller.balance(asset).redeemable
        let amount = typed == "all" ? most : try asset.typed(typed)
        guard most > .zero else { throw Complaint(Denial.short(.nothing)) }
        guard amount <= most else {
            throw Complaint(
                .refused,
                "short",
                "there is not as much here: the office takes back \(asset.full(most))",
                hint: "'tally redeem all' pays in all of it"
            )
        }
        let question = Question.redeem(asset, amount, at: asker.office.address)
        let before = Set(asker.waiter.seen.map(\.payment))
        switch try asker.ask(question, for: "to take back \(asset.full(amount))") {
        case .refused(let answer): throw Complaint(answer, asset)
        case .silent(isSaid: false): throw asker.silence
        case .silent(isSaid: true):
            // Its call may have come, and the payment begun, before the answer did.
            let begun = try payment(of: nil, amount, asset, before, asker)
            guard let begun else { throw silent(asker) }
            return try end(of: begun, asset, asker)
        case .done(let answer):
            let office = answer.signed.object.sender
            var begun: PaymentStanding?
            let isBegun = try asker.wait(atMost: 86_400_000) { () throws(Complaint) in
                begun = try payment(of: office, amount, asset, before, asker)
                return begun != nil || asker.isDenied
            }
            guard isBegun, let begun else {
                _ = try asker.teller.ask(.cancel(answer.payment))
                throw asker.denial.map(asker.teller.complaint) ?? silent(asker)
            }
            return try end(of: begun, asset, asker)
        }
    }

    /// The payment that the office asks for, once it does.
    private static func payment(
        of office: Key?,
        _ amount: Amount,
        _ asset: Asset,
        _ before: Set<PaymentID>,
        _ asker: Asker
    ) throws(Complaint) -> PaymentStanding? {
        for one in asker.waiter.seen
        where one.side == .buyer && one.about.amount == amount && one.about.asset == asset
            && !before.contains(one.payment)
        {
            let peer = try Past(one.payment.text, asker.teller).key
            let certified = Self.office(of: try asker.teller.info())
            if let peer, peer == office ?? certified { return one }
        }
        return nil
    }

    /// Who certified this wallet.
    private static func office(of info: Info) -> Key? {
        info.certificates.lazy.compactMap {
            try? Checks.real.certificate($0, issuedBy: info.root)
        }.first?.key
    }

    private static func end(
        of begun: PaymentStanding,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Report {
        let waiter = asker.waiter
        let end = try waiter.end(of: begun.payment, within: asker.secondsLeft) ?? begun
        guard end.word == .paid else { return try Paying.end(end) }
        try waiter.linger(on: begun.payment, atMost: 5)
        var facts = Facts()
        facts.add("redeemed", end.about.amount, asset)
        facts.add("receipt", end.payment.short, .string(end.payment.text))
        facts.add("available", try asker.teller.balance(asset).available, asset)
        let isTold = try isToldWhatWaits(asker)
        let waiting = try isTold ? asker.teller.errands().atOffice : nil
        if let waiting { tell(waiting, &facts) }
        let redeemed = "redeemed \(asset.full(end.about.amount))"
        let title =
            switch (isTold, waiting) {
            case (true, nil): redeemed + ": it is in the account"
            case (true, _): redeemed + ": the office has it, and has not credited all of it yet"
            case (false, _): redeemed + ": 'tally sync' tells how much of it is credited by now"
            }
        facts.also("isTold", .flag(isTold))
        return Report(lines: [title] + facts.lines.dropFirst(), json: .object(facts.pairs))
    }

    /// Asks how much of what came back waits: who gets no answer learns it when he syncs.
    private static func isToldWhatWaits(_ asker: Asker) throws(Complaint) -> Bool {
        let question = Question.sync(from: nil, at: asker.office.address)
        let end = try asker.ask(question, for: "what it has credited", atMost: 5)
        guard case .done(let answer) = end else { return false }
        return answer.outcome.numbers.count > 2
    }

    /// What the office has not credited yet, and when it will.
    static func tell(_ waiting: AtOffice, _ facts: inout Facts) {
        facts.add("waiting", waiting.waiting, waiting.asset)
        facts.line("", "it clears when those who paid it have synced, or when its day is closed")
    }

    private static func silent(_ asker: Asker) -> Complaint {
        Complaint(
            .pending,
            "not-called",
            "the office at \(asker.office.text) is there, and has not asked to be paid in time",
            hint: "nothing was paid; type it again, or wait longer with --wait"
        )
    }
}
