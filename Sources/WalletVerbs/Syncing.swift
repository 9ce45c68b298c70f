internal import Command
internal import Commit
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// `tally sync`: what there is to tell the office, and to learn of it.
enum Syncing {
    static let verb = Verb(
        words: ["sync"],
        summary: "hand in what was signed, and fetch the next permission and the revocations",
        details: [
            "all that this wallet has signed in its present epoch goes to the office, in order,",
            "and goes on where it stopped; then the office gives a new window, where little of the",
            "old one is left, and tells which keys are revoked; a charge that was asked for and is",
            "not here yet is fetched too; a wallet that was restored, or whose journal was cut, is",
            "given another life first: it pays with what comes to it from then on; last, the",
            "office is shown where that money came from whose last days are near, or which this",
            "wallet may not spend, so that it can settle it, and what proves that others cheated",
        ],
        options: [
            OfficeAt.option, OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally sync", about: "now and then, where there is a network")
        ],
        exits: AtCounter.exits,
        act: { request, scene throws(Complaint) in
            try AtCounter.asking(request, scene) { (asker, _) throws(Complaint) in
                var sync = try Sync(asker)
                let refused = try sync.tellAll()
                try sync.show()
                if let refused { throw refused }
                try sync.fetch()
                return try sync.report()
            }
        }
    )
}

/// One sync, of as many requests as it takes.
private struct Sync {
    private let asker: Asker
    private let before: (errands: Errands, window: Info.Window?)
    /// The last counter that stands in the office's books; at first, and now.
    private var (first, through): (UInt64?, UInt64) = (nil, 0)
    /// How many revocations the office has.
    private var revocations: UInt64 = 0
    /// The epoch of another life, if this began one; and how many there were meanwhile.
    private var begun: (epoch: UInt64, others: UInt64)?
    /// What the office was shown and took, and why it took no more.
    private var (shown, refusal) = (ShowingSize(), OfficeAnswer?.none)
    /// Of so many sticks in it the office has nothing out.
    private var notOut: UInt64 = 0

    /// A gap is answered by what fills it; one that opens again and again is no gap.
    private static let gapsAtMost = 3

    init(_ asker: Asker) throws(Complaint) {
        self.asker = asker
        before = (try asker.teller.errands(), try asker.teller.info().window)
    }

    private var teller: any Teller { asker.teller }

    /// Tells the office what is its own to tell, and learns what there is; or how that was refused.
    ///
    /// What others owe it, it shows all the same.
    mutating func tellAll() throws(Complaint) -> Complaint? {
        do {
            try beginAnew()
            try handIn()
            try learn()
            return nil
        } catch {
            guard error.exit == .refused else { throw error }
            return error
        }
    }

    /// Has the office open another life for a wallet whose own is over.
    private mutating func beginAnew() throws(Complaint) {
        guard try teller.info().inert != nil else { return }
        switch try asker.ask(.renew(at: asker.office.address), for: "for another life") {
        case .refused(let answer): throw Complaint(answer, nil)
        case .silent(isSaid: false): throw asker.silence
        case .silent(isSaid: true): throw late
        case .done(let answer):
            guard answer.outcome.numbers.count >= 2 else { throw .otherVersion }
            begun = (answer.outcome.numbers[0], answer.outcome.numbers[1])
            try take(answer.outcome.papers)
        }
    }

    /// Hands in all that the office does not have, from where it says that it stands.
    private mutating func handIn() throws(Complaint) {
        try ask(from: nil, "where it stands")
        var gaps = 0
        while true {
            let next = try teller.errands().next
            guard through + 1 < next else { return }
            let (from, count) = (through + 1, next - through - 1)
            let isTaken = try ask(from: from, "to take \(counted(Int(count), "handover"))")
            guard through >= from || !isTaken && gaps < Self.gapsAtMost else { throw stuck }
            gaps += isTaken ? 0 : 1
        }
    }

    /// Asks until the wallet knows every revocation that the office has.
    private mutating func learn() throws(Complaint) {
        while true {
            let known = try teller.errands().revocations
            guard known < revocations else { return }
            try ask(from: nil, "which keys are revoked")
            guard try teller.errands().revocations > known else { return }
        }
    }

    /// Shows the office what it has to know to judge and to settle.
    ///
    /// What it does not take is not lost: the next sync shows it again.
    mutating func show() throws(Complaint) {
        let parts = try teller.toShow()
        for (number, part) in parts.enumerated() {
            let question = Question.show(number, at: asker.office.address)
            let of = parts.count > 1 ? ", \(number + 1) of \(parts.count)" : ""
            switch try asker.ask(question, for: "to look at what it has to know\(of)") {
            case .refused(let answer):
                refusal = answer
                return
            case .silent(isSaid: false): throw asker.silence
            case .silent(isSaid: true): throw late
            case .done(let answer):
                shown.add(part)
                notOut += min(answer.outcome.numbers.first ?? 0, UInt64(Showing.linksAtMost))
            }
        }
    }

    /// Waits for charges that were asked for before.
    func fetch() throws(Complaint) {
        guard try isWaiting() else { return }
        asker.waiter.screen.wait(for: "what was asked for before")
        _ = try asker.wait(atMost: 86_400_000) { () throws(Complaint) in try !isWaiting() }
        asker.waiter.screen.rest()
    }

    private func isWaiting() throws(Complaint) -> Bool {
        try teller.errands().open.contains { $0.isCharge && $0.isSaid }
    }

    // MARK: One request

    /// False where the office misses what comes before.
    @discardableResult
    private mutating func ask(
        from counter: UInt64?,
        _ what: String
    ) throws(Complaint) -> Bool {
        switch try asker.ask(.sync(from: counter, at: asker.office.address), for: what) {
        case .refused(let answer):
            guard answer.outcome.refusal?.string == "gap",
                let number = answer.outcome.numbers.first
            else { throw Complaint(answer, nil) }
            through = number
            return false
        case .silent(isSaid: false): throw asker.silence
        case .silent(isSaid: true): throw late
        case .done(let answer):
            guard answer.outcome.numbers.count >= 2 else { throw .otherVersion }
            (through, revocations) = (answer.outcome.numbers[0], answer.outcome.numbers[1])
            first = first ?? through
            try take(answer.outcome.papers)
            return true
        }
    }

    /// Goes on until the papers that came are taken: they are checked first.
    private func take(_ papers: [SignedObject]) throws(Complaint) {
        let known = try teller.errands().revocations
        let news = papers.count { $0.object.kind == .revocation }
        if papers.contains(where: { $0.object.kind == .window }) {
            _ = try asker.wait(atMost: Self.checkingMilliseconds) { () throws(Complaint) in
                asker.isOpened || asker.paperDenial != nil
            }
        }
        if let denial = asker.paperDenial { throw asker.complaint(denial) }
        guard news > 0 else { return }
        _ = try asker.wait(atMost: Self.checkingMilliseconds / 10) { () throws(Complaint) in
            try teller.errands().revocations >= min(known + UInt64(news), revocations)
        }
    }

    private static let checkingMilliseconds: UInt64 = 5_000

    private var late: Complaint {
        Complaint(
            .pending,
            "sync-late",
            "the office at \(asker.office.text) is there, and has not answered in time",
            hint: "type it again: it goes on where it stopped"
        )
    }

    private var stuck: Complaint {
        Complaint(
            .refused,
            "sync-stuck",
            "the office stays at handover \(through), whatever is handed in after it",
            hint: "ask the office; nothing is lost"
        )
    }

    // MARK: What came of it

    func report() throws(Complaint) -> Report {
        let window = try teller.info().window
        let learnt = try teller.errands().revocations - before.errands.revocations
        let handedIn = through - min(first ?? through, through)
        var facts = Facts()
        if let begun {
            facts.add("another life", "epoch \(begun.epoch)", .number(begun.epoch))
            facts.also("others", .number(begun.others))
            if begun.others > 0 {
                facts.line(
                    "",
                    "another device was restored from the same state before: use one only"
                )
            }
        }
        facts.add("handed in", counted(Int(handedIn), "handover"), .number(handedIn))
        facts.add("through", "\(through)", .number(through))
        facts.add("revocations", "\(learnt) new", .number(learnt))
        facts.add("window", window == before.window ? "as it was" : "new")
        if let window {
            facts.add("one payment", window.largest, window.asset)
            facts.add("in all", window.ceiling, window.asset)
            facts.add("used", window.spent, window.asset)
            facts.add("until", window.notAfter.text)
        }
        if let waiting = try teller.errands().atOffice { Redeeming.tell(waiting, &facts) }
        tellShown(&facts)
        Reminding.tell(try teller.purses(), &facts)
        let open = try teller.errands().open.filter { $0.isCharge && $0.isSaid }
        for one in open {
            guard let asset = one.asset, let amount = one.amount else { continue }
            facts.add("asked for", amount, asset)
        }
        var report = Report(lines: ["synced"] + facts.lines, json: .object(facts.pairs))
        if !open.isEmpty { report.exit = .pending }
        return report
    }

    private func tellShown(_ facts: inout Facts) {
        let counts = [
            (shown.links, "link"), (shown.decisions, "decision"), (shown.claims, "claim"),
            (shown.denials, "denial"),
        ]
        let said = counts.filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
        if !said.isEmpty { facts.line("shown", said.joined(separator: ", ")) }
        if notOut > 0 { facts.line("", "some of it is of money that is settled, or another's") }
        var pairs: [(String, JSON)] = counts.map { ($0.1 + "s", .number(UInt64($0.0))) }
        pairs.append(("notOut", .number(notOut)))
        if let refusal {
            let name = refusal.outcome.refusal?.string ?? ""
            facts.line(said.isEmpty ? "shown" : "", "\(Self.notTaken(name)) (\(name))")
            facts.line("", "nothing is lost: the next sync shows it again")
            pairs.append(("refused", .string(name)))
        }
        facts.also("shown", .object(pairs))
    }

    private static func notTaken(_ name: String) -> String {
        switch name {
        case "request": "this office does not take what is shown yet"
        case "paper": "the office took nothing: something is not signed by who it says"
        case _: "the office did not take it"
        }
    }
}

extension Teller {
    fileprivate func toShow() throws(Complaint) -> [ShowingSize] {
        let told = try ask(.toShow)
        guard case .toShow(let parts) = told else { throw Complaint(instead: told) }
        return parts
    }
}
