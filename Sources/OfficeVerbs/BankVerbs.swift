internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Ledger
internal import Mint
internal import Office
internal import OfficeDesk
internal import Sealing
internal import Words

import struct Mint.Draft

/// Who has an account, and money in and out.
enum BankVerbs {
    static let accountsVerb = Verb(
        words: ["office", "accounts"],
        summary: "list the accounts, or open one",
        details: ["each with its number, which stands for its name wherever an account is meant"],
        options: [
            Verb.Option(name: "--add", value: "NAME", kind: .word, about: "open one of this name"),
            Verb.Option(
                name: "--kind",
                value: "KIND",
                kind: .choice(HolderKind.allCases.map(\.word)),
                about: "with --add: whose it is"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally office accounts", about: "who has what"),
            Verb.Example(
                line: "tally office accounts --add Ada --kind person",
                about: "an account for Ada"
            ),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, accounts)
        }
    )

    static func accounts(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        guard let (kind, name) = try opening(request) else { return list(till) }
        try AccountNames.expectNew(name, till.books)
        let (entry, _) = try Booking.book(.opened(kind, name), memo: "", request, scene, till)
        guard case .account(let account, _, _) = entry.booked else {
            preconditionFailure("an opening is booked as one")
        }
        var facts = Facts()
        facts.add("account", "\(account.number)", .number(account.number))
        facts.add("kind", kind.word)
        facts.add("name", name.string)
        facts.add("entry", "\(entry.number)", .number(entry.number))
        return Report(lines: ["opened an account"] + facts.lines, json: facts.json)
    }

    private static func opening(_ request: Request) throws(Complaint) -> (HolderKind, Text)? {
        guard let typed = request["--add"] else {
            guard request["--kind"] == nil else {
                throw Complaint(
                    .usage,
                    "kind-without-add",
                    "--kind says whose account is opened, and no --add says that one is",
                    hint: "write --add and a name, or leave --kind out"
                )
            }
            return nil
        }
        let kind = HolderKind.allCases.first { $0.word == request["--kind"] }
        guard let kind else {
            throw Complaint(
                .usage,
                "bad-kind",
                request["--kind"].map { "\(quoted($0)) is no kind of account" }
                    ?? "nothing says whose account it is",
                hint: "write --kind person, --kind merchant, or --kind customer"
            )
        }
        return (kind, try AccountNames.holder(typed))
    }

    private static func list(_ till: Till) -> Report {
        let holders = till.books.ledger.holders
        let width = holders.map { $0.name.string.count }.max() ?? 0
        let lines = holders.map { holder in
            let asset = till.asset(of: holder)
            return "  " + "\(holder.account.number)".padded(6) + holder.kind.word.padded(10)
                + holder.name.string.padded(width + 2)
                + (asset.signed(holder.balance) + " " + asset.code).padded(left: 16)
        }
        return Report(
            lines: lines.isEmpty
                ? ["no accounts yet; 'tally office accounts --add NAME --kind person' opens one"]
                : lines,
            json: .object([
                (
                    "accounts",
                    .array(
                        holders.map {
                            .object([
                                ("account", .number($0.account.number)),
                                ("kind", .string($0.kind.word)), ("name", .string($0.name.string)),
                                ("balance", till.asset(of: $0).json($0.balance)),
                            ])
                        }
                    )
                )
            ])
        )
    }

    // MARK: Money in and out

    static let depositVerb = Verb(
        words: ["office", "deposit"],
        summary: "book money that was paid in to an account",
        details: [
            "before it is booked you are shown whose account it is and how much; nothing that was",
            "booked can be changed, only booked back",
        ],
        arguments: moving,
        options: Booking.options + Opening.options,
        examples: [
            Verb.Example(
                line: "tally office deposit Ada 50.00 --memo 'cash, receipt 17'",
                about: "asks first"
            ),
            Verb.Example(
                line: "tally office deposit 16 50.00 --yes --once transfer-8812",
                about: "by a program, which may say it again"
            ),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, deposit)
        }
    )

    static func deposit(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        try move(.deposit, request, scene, till)
    }

    static let withdrawVerb = Verb(
        words: ["office", "withdraw"],
        summary: "book money that is paid out from an account",
        details: [
            "no more than stands on it, less what is guaranteed to those who take its members'",
            "money; otherwise as 'tally office deposit'",
        ],
        arguments: moving,
        options: Booking.options + Opening.options,
        examples: [Verb.Example(line: "tally office withdraw Till 120.00", about: "asks first")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, catchingUp: true, withdraw)
        }
    )

    static func withdraw(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        try move(.withdrawal, request, scene, till)
    }

    private static let moving = [
        Verb.Argument(name: "ACCOUNT", kind: .word, about: "an account's name or number"),
        Verb.Argument(name: "AMOUNT", kind: .word, about: "how much, as 12.50"),
    ]

    private static func move(
        _ kind: Act.Kind,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let holder = try Booking.holder(request.arguments[0], till.books)
        return try Booking.move(kind, holder, "a \(kind.word)", request, scene, till)
    }
}
