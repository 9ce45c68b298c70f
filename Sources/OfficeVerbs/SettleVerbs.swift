internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Host
internal import Ledger
internal import Mint
internal import Office
internal import OfficeDesk
internal import Reckoning
internal import Words

/// `tally office settle`: days are closed in the books, and sticks with them.
enum SettleVerbs {
    static let settleVerb = Verb(
        words: ["office", "settle"],
        summary: "close a day in the books, and settle the sticks whose last day it was",
        details: [
            "every unit of those sticks settles once, by what was handed in and shown until now:",
            "to the account of whoever has it, or to nobody when neither side of a payment has",
            "said that it was decided; what a convict passed on twice comes out of its guarantee,",
            "and the rest is a claim. Nothing that comes later changes it. Without --day it is the",
            "day that ended last; a clock that seems to have jumped is named, and then the day has",
            "to be. You are shown what it comes to before anything is booked",
        ],
        options: [
            Verb.Option(
                name: "--day",
                value: "DATE",
                kind: .word,
                about: "the day to close, as 2026-11-28; all before it are closed too"
            ),
            Verb.Option(name: "--dry-run", about: "show what it would come to, and stop"),
            Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally office settle --dry-run", about: "what is due"),
            Verb.Example(line: "tally office settle --yes", about: "every night, from a timer"),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, catchingUp: true, settle)
        }
    )

    /// After so long without an entry the clock is not believed unless the day is named.
    private static let quietDays: UInt64 = 3
    /// Nor is it when so many days would be closed at once: a clock that jumped books entries of
    /// its own, and what is closed stays so.
    private static let daysAtOnce: UInt64 = 7

    static func settle(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let day = try day(request, scene, till)
        if request["--day"] == nil, let closed = till.mint.closed, day <= closed {
            return Report(
                lines: ["nothing is to be closed: \(closed.text) is, and so is all before it"],
                json: .object([("closed", .string(closed.text)), ("isNew", .flag(false))])
            )
        }
        let plan: ClosingPlan
        do {
            plan = try till.mint.closing(day, at: scene.now)
        } catch {
            throw Complaint(error)
        }
        let facts = facts(plan, till)
        guard request["--dry-run"] == nil else {
            return Report(
                lines: ["closing \(day.text) would come to"] + facts.lines,
                json: facts.json
            )
        }
        let title = "closing \(day.text) and all days before it"
        try Agreeing.agree([title] + facts.lines, "close it, for good?", request, scene)
        let home = OfficeHome(till.folder)
        let outcomes: [Books.Outcome]
        do { outcomes = try till.book(plan.drafts) } catch { throw Complaint(error, home) }
        for case .refused(let refusal) in outcomes { throw Complaint(refusal, till) }
        return Report(lines: ["closed \(day.text)"] + facts.lines, json: facts.json)
    }

    private static func day(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Day {
        let (first, last): (Books.Entry?, Books.Entry?)
        do {
            first = try till.books.entry(at: 0)
            last = try till.books.entry(at: till.books.number)
        } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        guard let first, let last else { preconditionFailure("books have a newest entry") }
        if let typed = request["--day"] { return try Day.typed(typed, scene) }
        guard last.moment <= scene.now else {
            throw Complaint(
                .refused,
                "clock-behind",
                "the clock says \(scene.now.text), and the newest entry was booked at"
                    + " \(last.moment.text): one of the two is wrong",
                hint: "set the clock; if it is right now and was wrong before, name the day to"
                    + " close: --day \(yesterday(scene).text)"
            )
        }
        let quiet = last.moment.advanced(by: quietDays * Limits.secondsPerDay)
        guard let quiet, scene.now <= quiet else {
            throw Complaint(
                .refused,
                "clock-ahead",
                "nothing was booked since \(last.moment.text), and the clock says"
                    + " \(scene.now.text): it may have jumped",
                hint: "if it is right, name the day to close: --day \(yesterday(scene).text)"
            )
        }
        let before = till.mint.closed ?? first.moment.day
        guard yesterday(scene).number <= before.number + daysAtOnce else {
            let closed = till.mint.closed.map { "since \($0.text)" } ?? "yet"
            throw Complaint(
                .refused,
                "clock-ahead",
                "no day was closed \(closed), and the clock says \(scene.now.text): it may have"
                    + " jumped",
                hint: "if it is right, name the day to close: --day \(yesterday(scene).text)"
            )
        }
        return yesterday(scene)
    }

    private static func yesterday(_ scene: Scene) -> Day {
        Day(max(scene.now.day.number, 1) - 1) ?? scene.now.day
    }

    private static func facts(_ plan: ClosingPlan, _ till: Till) -> Facts {
        let asset = till.books.founding.asset
        var facts = Facts()
        facts.also("day", .string(plan.day.text))
        let sticks = UInt64(plan.settlements.count)
        facts.add("sticks", "\(sticks)", .number(sticks))
        facts.add("to accounts", plan.settled, asset)
        facts.add("lapsed", plan.lapsed, asset)
        if plan.usedUp > .zero {
            facts.add("used up", plan.usedUp, asset)
        } else {
            facts.also("used up", plan.usedUp, asset)
        }
        facts.add("by convicts", plan.honoured, asset)
        let claims = Amount.sum(plan.repaid.map(\.claim)) ?? .largest
        facts.add("claims", claims, asset)
        return facts
    }
}

extension Complaint {
    fileprivate init(_ why: NotClosed) {
        switch why {
        case .notOver(let day):
            self.init(
                .refused,
                "not-over",
                "\(day.text) is not over, and a day is closed when it is (days are UTC's)",
                hint: "close it tomorrow"
            )
        case .busy:
            self.init(
                .refused,
                "busy",
                "a payment to the office is on its way to the books just now",
                hint: "try again in a moment"
            )
        case .closedBefore(let day):
            self.init(
                .refused,
                "closed-before",
                "\(day.text) is closed, and so is all before it",
                hint: "a later day can be closed"
            )
        }
    }
}
