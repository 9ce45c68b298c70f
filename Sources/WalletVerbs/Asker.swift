internal import Command
internal import Commit
internal import Homes
internal import Station
internal import Wallet
internal import Words

/// One errand after the other at the office's counter, each followed until it is over or the
/// time is.
final class Asker {
    let waiter: Waiter
    let office: OfficeAt
    private let seconds: UInt64
    private var limit: UInt64
    /// What was heard of the one under way.
    private var heard = Heard()

    private struct Heard {
        var id: PaymentID?
        /// What the office said, to this errand and to others meanwhile.
        var answers: [PaymentID: OfficeAnswer] = [:]
        var answer: OfficeAnswer? { id.flatMap { answers[$0] } }
        var denial: Denial?
        var isCharged = false
        var isOpened = false
        var hasMetStranger = false
    }

    enum End {
        case done(OfficeAnswer)
        case refused(OfficeAnswer)
        /// The time was over first. What was said may have been done, or be done later.
        case silent(isSaid: Bool)
    }

    init(_ waiter: Waiter, _ office: OfficeAt, within seconds: UInt64) {
        (self.waiter, self.office, self.seconds) = (waiter, office, seconds)
        limit = waiter.limit(seconds)
    }

    /// What is asked next has the whole time again.
    func restart() { limit = waiter.limit(seconds) }

    var teller: any Teller { waiter.teller }

    /// Asks, and waits for what becomes of it.
    func ask(
        _ question: Question,
        for what: String,
        atMost seconds: UInt64 = .max
    ) throws(Complaint) -> End {
        heard = Heard()
        waiter.screen.say(
            "asking the office at \(office.text) \(what)",
            [("office", .string(office.text))]
        )
        try note(try teller.wish(question))
        guard let id = heard.id else { throw .otherVersion }
        return try follow(id, atMost: seconds)
    }

    /// Waits for what becomes of one that is under way.
    func follow(_ id: PaymentID, atMost seconds: UInt64 = .max) throws(Complaint) -> End {
        heard.id = id
        let limit = min(limit, waiter.limit(min(seconds, Self.longestSeconds)))
        waiter.screen.wait(for: "the office's answer")
        defer { waiter.screen.rest() }
        var strangerAt: UInt64?
        while try isOpen(id) {
            let now = waiter.scene.stopwatch()
            if heard.hasMetStranger, strangerAt == nil { strangerAt = now }
            // Whoever else answers may only be quicker than our office.
            let last = strangerAt.map { min(limit, $0 + Self.strangerNanoseconds) } ?? limit
            guard now < last, !waiter.stop.isAsked else { return try giveUp(id) }
            try hear(within: min(500, (last - now) / 1_000_000 + 1))
        }
        // What ended it may still be on its way to us.
        try hear(within: 0)
        guard let answer = heard.answer else {
            throw heard.denial.map { complaint($0) } ?? Self.gone
        }
        waiter.screen.say("the office has answered")
        if answer.outcome.refusal != nil { return .refused(answer) }
        return .done(answer)
    }

    private static let strangerNanoseconds: UInt64 = 3_000_000_000
    private static let longestSeconds: UInt64 = 86_400

    /// Hears what happens for a while.
    func hear(within milliseconds: UInt64) throws(Complaint) {
        try note(try teller.news(within: milliseconds))
        waiter.screen.tick()
    }

    /// Goes on until something is so; false when the time is over first.
    func wait(
        atMost milliseconds: UInt64,
        until isSo: () throws(Complaint) -> Bool
    ) throws(Complaint) -> Bool {
        let last = min(limit, waiter.scene.stopwatch() + milliseconds * 1_000_000)
        while try !isSo() {
            guard waiter.scene.stopwatch() < last, !waiter.stop.isAsked else { return false }
            try hear(within: 100)
        }
        return true
    }

    /// How many seconds are left.
    var secondsLeft: UInt64 {
        let now = waiter.scene.stopwatch()
        return limit > now ? (limit - now) / 1_000_000_000 + 1 : 1
    }

    /// Why the last one was denied, if it was.
    var denial: Denial? { heard.denial }
    var isDenied: Bool { heard.denial != nil || heard.hasMetStranger }
    /// Why a paper of the office's was not taken.
    ///
    /// A denial of any other kind may be another visitor's of this node.
    var paperDenial: Denial? {
        guard case .refused = heard.denial else { return nil }
        return heard.denial
    }
    var isCharged: Bool { heard.isCharged }
    var isOpened: Bool { heard.isOpened }

    private func isOpen(_ id: PaymentID) throws(Complaint) -> Bool {
        try teller.errands().open.contains { $0.id == id }
    }

    private func note(_ news: [News]) throws(Complaint) {
        try waiter.take(news)
        for one in news {
            switch one {
            case .asking(let id): heard.id = heard.id ?? id
            case .answered(let answer): heard.answers[answer.payment] = answer
            case .denied(.refused(let name)) where name == Denied.foreignOffice:
                heard.hasMetStranger = true
            // No errand is denied so: it is what another visitor of this node wished.
            case .denied(.noSuchPayment), .denied(.noSuchAnswer): continue
            // Another's may have been denied: it counts when ours is over and has no answer.
            case .denied(let denial): heard.denial = denial
            case .charged: heard.isCharged = true
            case .opened: heard.isOpened = true
            case .listening, .calling, .here, .standing, .inert, .answer, .convicted, .served,
                .carried:
                continue
            }
        }
    }

    /// The time is over: what may be taken back is.
    private func giveUp(_ id: PaymentID) throws(Complaint) -> End {
        let isSaid = try teller.errands().open.first { $0.id == id }?.isSaid ?? false
        // A charge that was said stays asked for, and says so; nobody needs to read that here.
        _ = try teller.ask(.cancel(id))
        if heard.hasMetStranger, !isSaid { throw stranger }
        return .silent(isSaid: isSaid)
    }

    // MARK: What is said of it

    /// Why what the office says is done is not.
    func complaint(_ denial: Denial) -> Complaint {
        if case .refused(let name) = denial, let reason = Self.reason(name) {
            return Complaint(
                .refused,
                name.string,
                "what the office gave is not good here: \(reason.what)",
                hint: "look at this device's clock, and ask the office; it stays asked for"
            )
        }
        return teller.complaint(denial)
    }

    private static func reason(_ name: Text) -> Reason? {
        Reason.refusals.first { $0.name == name.string }
    }

    private var stranger: Complaint {
        Complaint(
            .refused,
            Denied.foreignOffice.string,
            "whoever answers at \(office.text) is not the office that this wallet trusts",
            hint: "look at the address; another office's codes and money are not this one's"
        )
    }

    /// Nobody was there, and nothing was asked for.
    var silence: Complaint {
        let what = waiter.stop.isAsked ? "it was stopped before an" : "no"
        return Complaint(
            .pending,
            "office-silent",
            "\(what) office answered at \(office.text)",
            hint: "see that it is served there and that this device can reach it, or wait longer"
                + " with --wait; nothing was asked for"
        )
    }

    private static let gone = Complaint(
        .failed,
        "errand-gone",
        "what was asked of the office was ended by somebody else",
        hint: "ask again"
    )
}

extension Teller {
    func balance(_ asset: Asset) throws(Complaint) -> Balance {
        let told = try ask(.balances)
        guard case .balances(let purses) = told else { throw Complaint(instead: told) }
        return purses.first { $0.asset == asset }?.balance ?? Balance()
    }
}
