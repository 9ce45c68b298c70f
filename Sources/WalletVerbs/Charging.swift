internal import Command
internal import Commit
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Words

/// `tally charge`: money from the account into the wallet.
enum Charging {
    static let verb = Verb(
        words: ["charge"],
        summary: "have the office put money from your account into this wallet",
        details: [
            "the account is debited and a stick issued in one step, once for each charge, however",
            "often it is asked for and whatever breaks in between; what was asked for and is not",
            "here yet stands in 'tally pending', and comes while a node runs; the same amount",
            "typed again then goes on with that charge",
        ],
        arguments: [Verb.Argument(name: "AMOUNT", kind: .number, about: "how much, as 20.00")],
        options: [
            OfficeAt.option, OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally charge 20.00", about: "at the office that enrolled it")
        ],
        exits: AtCounter.exits,
        act: { request, scene throws(Complaint) in try charge(request, scene) }
    )

    private static func charge(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        try AtCounter.asking(request, scene) { (asker, asset) throws(Complaint) in
            let amount = try asset.typed(request.arguments[0])
            let stick = try fetch(amount, asset, asker)
            var facts = Facts()
            try tell(stick, asset, asker.teller, &facts)
            return Report(
                lines: ["charged \(asset.full(stick.units))"] + facts.lines.dropFirst(),
                json: .object(facts.pairs)
            )
        }
    }

    /// The stick that the office issues, or has issued to a charge that was asked for before.
    static func fetch(
        _ amount: Amount,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Stick {
        if let stick = try unfinished(.charge, amount, asset, asker) { return stick }
        return try ask(amount, asset, asker, paying: nil)
    }

    /// The same out of the account, or bought for a price.
    static func ask(
        _ amount: Amount,
        _ asset: Asset,
        _ asker: Asker,
        paying price: Amount?
    ) throws(Complaint) -> Stick {
        let question = Question.charge(asset, amount, at: asker.office.address, paying: price)
        let end = try asker.ask(question, for: "for \(asset.full(amount))")
        return try stick(end, amount, asset, asker)
    }

    /// What was asked for before, of that amount; nil where nothing was.
    static func unfinished(
        _ word: OpenErrand.Word,
        _ amount: Amount,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Stick? {
        let open = try asker.teller.errands().open.first { one in
            one.word == word && one.asset == asset && one.amount == amount && one.isSaid
        }
        guard let open else { return nil }
        return try stick(try goOn(with: open, amount, asset, asker), amount, asset, asker)
    }

    private static func stick(
        _ end: Asker.End,
        _ amount: Amount,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Stick {
        switch end {
        case .refused(let answer): throw Complaint(answer, asset)
        case .silent(isSaid: false): throw asker.silence
        case .silent(isSaid: true): throw asked(amount, asset, asker)
        case .done(let answer):
            guard asker.isCharged else {
                throw asker.complaint(asker.denial ?? .refused(Denied.unknown))
            }
            guard let paper = answer.outcome.papers.first, let stick = try? Stick(reading: paper)
            else { throw .otherVersion }
            return stick
        }
    }

    /// One that was asked for before, and for all that is known was debited already.
    private static func goOn(
        with open: OpenErrand,
        _ amount: Amount,
        _ asset: Asset,
        _ asker: Asker
    ) throws(Complaint) -> Asker.End {
        asker.waiter.screen.say(
            "\(asset.full(amount)) was asked for before, and this goes on with it",
            [("before", .string(open.id.text))]
        )
        if open.address != asker.office.address {
            // The office is somewhere else now: a word with it there, and the charge follows.
            let question = Question.sync(from: nil, at: asker.office.address)
            let end = try asker.ask(question, for: "what it knows")
            if case .silent = end { return .silent(isSaid: true) }
        }
        return try asker.follow(open.id)
    }

    private static func asked(
        _ amount: Amount,
        _ asset: Asset,
        _ asker: Asker
    ) -> Complaint {
        let goesOn =
            asker.teller.isRemote
            ? "the node that runs here goes on with it"
            : "the charge is asked for and goes on when a node runs: 'tally node'"
        return Complaint(
            .pending,
            "charge-asked",
            "the office at \(asker.office.text) has not answered yet, and may have issued"
                + " \(asset.full(amount)) already",
            hint: goesOn + "; 'tally pending' shows it"
        )
    }

    static func tell(
        _ stick: Stick,
        _ asset: Asset,
        _ teller: any Teller,
        _ facts: inout Facts
    ) throws(Complaint) {
        facts.add("charged", stick.units, asset)
        facts.add("stick", stick.id)
        facts.add("spend until", stick.spendUntil.text)
        facts.add("settle until", stick.settleUntil.text)
        facts.add("available", try teller.balance(asset).available, asset)
    }
}
