internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Ledger
internal import Mint
internal import Office
internal import OfficeDesk
internal import Words

/// A customer's money, in and out.
enum MoneyVerbs {
    static let payInVerb = Verb(
        words: ["ps", "pay-in"],
        summary: "book money that a customer has paid in",
        details: [
            "it buys units then, at the desk by 'tally ps sell' or at the meter by 'tally buy'"
        ],
        arguments: moving,
        options: Booking.options + Opening.options,
        examples: [
            Verb.Example(
                line: "tally ps pay-in 'Cleo Brown' 50.00 --memo 'cash, receipt 17'",
                about: "asks first"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, payIn) }
    )

    static func payIn(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        try move(.takings, request, scene, till)
    }

    static let payBackVerb = Verb(
        words: ["ps", "pay-back"],
        summary: "book money that a customer has back",
        details: ["no more than stands on the account; what was sold stays sold"],
        arguments: moving,
        options: Booking.options + Opening.options,
        examples: [Verb.Example(line: "tally ps pay-back 'Cleo Brown' 8.39", about: "asks first")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, payBack) }
    )

    static func payBack(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        try move(.payback, request, scene, till)
    }

    private static let moving = [
        Verb.Argument(name: "CUSTOMER", kind: .word, about: "an account's name or number"),
        Verb.Argument(name: "AMOUNT", kind: .number, about: "how much, as 12.50"),
    ]

    private static func move(
        _ kind: Act.Kind,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let customer = try Booking.holder(request.arguments[0], till.books)
        guard customer.kind == .customer else {
            throw Complaint(Forbidden.kind(customer.account, .customer), till)
        }
        let what = kind == .takings ? "money paid in" : "money paid back"
        return try Booking.move(kind, customer, what, request, scene, till)
    }
}
