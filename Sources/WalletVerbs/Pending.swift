internal import Command
internal import Commit
internal import Homes
internal import Links
internal import Station
internal import Wallet
internal import Words

/// `tally pending`: of everything that is not over, what is held, what is being tried, and what
/// the person can do.
enum Pending {
    static let verb = Verb(
        words: ["pending"],
        summary: "say what is not finished, what is being tried, and what you can do",
        details: [
            "every payment under way: what is held and since when, what the node tries, and what",
            "you can do about it; what only the other side can end may be carried to it by hand:",
            "'tally resolve --of ID --out FILE' writes what this side has to say, and 'tally",
            "resolve FILE' takes it there; what the office was asked for and has not answered; and",
            "what payers ask about that was paid to a life of this wallet that has ended",
        ],
        options: Opening.options,
        examples: [Verb.Example(line: "tally pending", about: "after a plug was pulled")],
        exits: Looking.looking,
        act: { request, scene throws(Complaint) in
            try Looking.asking(request, scene) { teller throws(Complaint) in
                try report(try teller.pending(), teller)
            }
        }
    )

    static func report(
        _ standings: [PaymentStanding],
        _ teller: any Teller
    ) throws(Complaint) -> Report {
        var (lines, json): ([String], [JSON]) = ([], [])
        for standing in standings {
            if !lines.isEmpty { lines.append("") }
            let facts = facts(standing, try teller.particulars(standing.payment))
            lines += facts.lines
            json.append(.object(facts.pairs))
        }
        var errands: [JSON] = []
        for errand in try teller.errands().open {
            if !lines.isEmpty { lines.append("") }
            let facts = AtCounter.facts(errand)
            lines += facts.lines
            errands.append(.object(facts.pairs))
        }
        var ended: [JSON] = []
        for one in try teller.errands().ended {
            if !lines.isEmpty { lines.append("") }
            let facts = EndedPayments.facts(one)
            lines += facts.lines
            ended.append(.object(facts.pairs))
        }
        return Report(
            lines: lines.isEmpty ? ["nothing is pending"] : lines,
            json: .object([
                ("pending", .array(json)), ("errands", .array(errands)), ("ended", .array(ended)),
            ])
        )
    }

    static func facts(_ standing: PaymentStanding, _ told: Particulars?) -> Facts {
        var facts = Payments.facts(standing)
        let about = standing.about
        facts.add("held", standing.word == .held ? about.amount : .zero, about.asset)
        if let told {
            facts.add("trying", tried(standing, told))
            facts.add("you can", possible(standing, told))
        }
        return facts
    }

    /// What the node does about it, now and until it is over.
    private static func tried(_ standing: PaymentStanding, _ told: Particulars) -> String {
        let place = told.address.flatMap { Endpoint($0) }.map { " at \($0.text)" } ?? ""
        switch (standing.side, standing.word) {
        case (.buyer, .held):
            return "while a node runs, the seller\(place) is asked for its decision, again and"
                + " again, at most a minute apart where it answers"
        case (.buyer, _) where told.isAnswered:
            return "the seller\(place) is sent what would be handed over, until it answers"
        case (.buyer, _): return "nothing: it waits for your yes or no"
        case (.seller, .paid):
            return "while a node runs, the buyer\(place) is told that it was paid, again and again"
        case (.seller, _):
            return "the buyer\(place) is sent what was asked for, until it answers or it lapses"
        }
    }

    private static func possible(_ standing: PaymentStanding, _ told: Particulars) -> String {
        let id = standing.payment.short
        switch (standing.side, standing.word) {
        case (.buyer, .held):
            return "run 'tally node' or 'tally resolve' near the seller; or take it the file of"
                + " 'tally resolve --of \(id) --out FILE', and bring back what it answers; there is"
                + " no way to cancel it"
        case (.buyer, _) where told.isAnswered: return "wait; nothing is locked on disk yet"
        case (.buyer, _):
            let left = told.seconds.map { ", within \($0) s" } ?? ""
            return "answer it with 'tally pay' or 'tally listen'\(left)"
        case (.seller, .paid):
            return "nothing, the money is yours; to free the buyer's mind, take it the file of"
                + " 'tally resolve --of \(id) --out FILE'"
        case (.seller, _): return "wait, or stop the 'tally sell' that asked: it takes it back"
        }
    }
}
