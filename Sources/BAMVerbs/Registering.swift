internal import Books
internal import Clerk
internal import Command
internal import Commit
internal import EKey
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import OfficeDesk
internal import Sealing
internal import Words

import struct Command.Request
import struct Mint.Mint

/// Who gets an eKey of this bank: registration, and what it knows of each holder.
enum Registering {
    static let registerVerb = Verb(
        words: ["bam", "register"],
        summary: "write down who gets an eKey, with his account and what he may pay",
        details: [
            "in one step: an account of that name is opened, unless there is one or --account",
            "names another, his eKey is invited (class emulated), and the code that it will enrol",
            "by is kept here until 'tally bam personalise' writes it into an eKey: nobody types",
            "it. Typed again it changes nothing, and with something else it is refused; after",
            "'tally bam block', or when the code is too old, it registers the holder anew, on the",
            "same account",
        ],
        arguments: [Verb.Argument(name: "NAME", kind: .word, about: "the holder")],
        options: [
            Verb.Option(
                name: "--account",
                value: "ACCOUNT",
                kind: .word,
                about: "the account that is charged; else the one of that name"
            ),
            Verb.Option(
                name: "--largest",
                value: "AMOUNT",
                kind: .number,
                about: "the most that it may pay at once, without the bank"
            ),
            Verb.Option(
                name: "--ceiling",
                value: "AMOUNT",
                kind: .number,
                about: "the most that it may pay in all, until it syncs"
            ),
            Verb.Option(
                name: "--guarantee",
                value: "AMOUNT",
                kind: .number,
                about: "what the account answers for; else nothing"
            ),
            Verb.Option(
                name: "--phone",
                value: "NUMBER",
                kind: .word,
                about: "how the holder is reached; stands in no letter"
            ),
            Verb.Option(
                name: "--fam",
                value: "KEYS",
                kind: .word,
                about: "the FAMs alone that his eKey will know, by their keys, commas between"
            ),
            Verb.Option(
                name: "--days",
                value: "N",
                kind: .number,
                about: "the eKey has to enrol within so many days; else 30"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally bam register Ada --largest 20.00 --ceiling 100.00",
                about: "then 'tally bam personalise Ada'"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try Desk.act(request, scene, register) }
    )

    static func register(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let name = try AccountNames.holder(request.arguments[0])
        var book = try HolderBook(till)
        let at: Int
        let isNew: Bool
        if let known = book.open(name), !isOver(book[known], till, scene.now) {
            try expectSame(book[known], request, till)
            (at, isNew) = (known, false)
        } else {
            let account = try account(name, book, request, scene, till)
            let one = try new(name, account, request, scene, till)
            if let late = book.open(name), let reason = Text("its code is too old") {
                var old = book[late]
                old.ended = Registration.Ended(moment: scene.now, reason: reason)
                try book.keep(old, at: late)
            }
            // Before it is booked, so that a crash between finds it again.
            try book.keep(one)
            (at, isNew) = (book.all.count - 1, true)
        }
        for old in book.all where old.name == name {
            guard let ended = old.ended else { continue }
            try Blocking.finish(old, ended.reason, request, scene, till)
        }
        try invite(&book, at, request, scene, till)
        let facts = try Holders.facts(book[at], till, scene)
        let title = isNew ? "registered" : "was registered before; nothing was changed"
        return Report(
            lines: [title] + facts.lines + [
                "", "now 'tally bam personalise \(name.string) --line PATH' writes it into an eKey",
            ],
            json: facts.json
        )
    }

    /// Whether nobody can enrol by it any more.
    private static func isOver(_ one: Registration, _ till: Till, _ now: Moment) -> Bool {
        now > one.until && one.member(till.mint) == nil
    }

    /// What is typed of somebody who is registered has to be what is written down.
    private static func expectSame(
        _ one: Registration,
        _ request: Request,
        _ till: Till
    ) throws(Complaint) {
        let asset = till.books.founding.asset
        var other: [String] = []
        func compare<Value: Equatable>(
            _ option: String,
            _ known: Value,
            _ read: (String) throws(Complaint) -> Value
        ) throws(Complaint) {
            if let typed = request[option], try read(typed) != known { other.append(option) }
        }
        func compare(_ option: String, _ known: Amount) throws(Complaint) {
            try compare(option, known) { typed throws(Complaint) in
                try asset.typed(typed, mayBeZero: true)
            }
        }
        try compare("--account", one.account) { typed throws(Complaint) in
            try Booking.holder(typed, till.books).account.number
        }
        try compare("--largest", one.limits.largest)
        try compare("--ceiling", one.limits.ceiling)
        try compare("--guarantee", one.limits.guarantee)
        try compare("--phone", one.phone.string) { typed throws(Complaint) in typed }
        try compare("--fam", one.readers) { typed throws(Complaint) in try Keys.typed(typed) }
        let days = try days(request)
        let until = one.registered.advanced(by: days * Limits.secondsPerDay)
        if request["--days"] != nil, until != one.until { other.append("--days") }
        guard other.isEmpty else {
            throw Complaint(
                .refused,
                "registered",
                "\(quoted(one.name.string)) is registered with something else than"
                    + " \(other.joined(separator: ", "))",
                hint: "'tally bam show' says with what; 'tally bam settings' changes FAMs, and"
                    + " 'tally bam block' ends it"
            )
        }
    }

    private static func account(
        _ name: Text,
        _ book: HolderBook,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Account {
        if let typed = request["--account"] {
            return try Booking.holder(typed, till.books).account
        }
        // Of somebody who was registered before it is the same, whatever that is called.
        if let last = book.all.last(where: { $0.name == name }) {
            return Account(number: last.account)
        }
        if let found = till.books.ledger.holder(named: name) { return found.account }
        // What is wrong with the rest is said before anything is opened.
        _ = try limits(request, till)
        try AccountNames.expectNew(name, till.books)
        let (entry, _) = try Booking.book(.opened(.person, name), memo: "", request, scene, till)
        guard case .account(let account, _, _) = entry.booked else {
            preconditionFailure("an opening is booked as one")
        }
        return account
    }

    private static func limits(
        _ request: Request,
        _ till: Till
    ) throws(Complaint) -> EKeyLimits {
        let asset = till.books.founding.asset
        func amount(_ option: String) throws(Complaint) -> Amount {
            guard let typed = request[option] else {
                throw Complaint(
                    .usage,
                    "no-limit",
                    "nothing says what the eKey may pay without the bank",
                    hint: "write --largest 20.00 and --ceiling 100.00"
                )
            }
            return try asset.typed(typed)
        }
        return EKeyLimits(
            asset: asset,
            largest: try amount("--largest"),
            ceiling: try amount("--ceiling"),
            guarantee: try request["--guarantee"].map { typed throws(Complaint) in
                try asset.typed(typed, mayBeZero: true)
            } ?? .zero
        )
    }

    private static func new(
        _ name: Text,
        _ account: Account,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Registration {
        let limits = try limits(request, till)
        let days = try days(request)
        guard let until = scene.now.advanced(by: days * Limits.secondsPerDay) else {
            throw Complaint(Forbidden.noTime, till)
        }
        guard let phone = Text(request["--phone"] ?? ""), phone.byteCount <= Limits.nameBytes else {
            throw Complaint(
                .usage,
                "bad-phone",
                "\(quoted(request["--phone"] ?? "")) cannot stand as a telephone number",
                hint: "write at most \(Limits.nameBytes) bytes, without control characters"
            )
        }
        var chance = SystemChance()
        let drawn = chance.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let one = Registration(
            name: name,
            phone: phone,
            account: account.number,
            limits: limits,
            secret: drawn & Code.secrets,
            registered: scene.now,
            until: until,
            readers: try Keys.typed(request["--fam"])
        )
        // Refused before anything is written down.
        _ = try deed(one, days, scene, till)
        return one
    }

    private static func days(_ request: Request) throws(Complaint) -> UInt64 {
        guard let typed = request["--days"] else { return 30 }
        guard let days = UInt64(typed), Mint.inviteDays.contains(days) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--days is a number from 1 to 365, and \(quoted(typed)) is none",
                hint: "leave it out for 30"
            )
        }
        return days
    }

    private static func deed(
        _ one: Registration,
        _ days: UInt64,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Deed {
        do {
            return try till.mint.invite(
                Code.hash(secret: one.secret),
                Account(number: one.account),
                name: one.name,
                Invite.Limit(
                    largest: one.limits.largest,
                    ceiling: one.limits.ceiling,
                    guarantee: one.limits.guarantee
                ),
                device: .emulated,
                days: days,
                at: scene.now
            )
        } catch {
            throw Complaint(error, till)
        }
    }

    /// Books the invitation, unless that was done.
    private static func invite(
        _ book: inout HolderBook,
        _ at: Int,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) {
        var one = book[at]
        guard one.invite == nil else { return }
        let code = Code.hash(secret: one.secret)
        if let booked = till.mint.open(at: scene.now).first(where: { $0.invite.code == code }) {
            one.invite = booked.entry
        } else {
            let left = (one.until.seconds - min(scene.now.seconds, one.until.seconds))
            let days = max(1, left / Limits.secondsPerDay)
            let deed = try deed(one, days, scene, till)
            one.invite = try Booking.book(deed, memo: "", request, scene, till).entry.number
        }
        try book.keep(one, at: at)
    }
}

/// Keys as somebody typed them.
enum Keys {
    /// With commas between; `none` and nothing are no keys.
    static func typed(_ text: String?) throws(Complaint) -> [Key] {
        guard let text, text != "none" else { return [] }
        var keys: [Key] = []
        for part in text.split(separator: ",") { keys.append(try one(String(part))) }
        guard keys.count <= Paired.most, !keys.isEmpty else {
            throw Complaint(
                .usage,
                "bad-keys",
                "an eKey knows 1 to \(Paired.most) FAMs, and \(keys.count) are named",
                hint: "name fewer, or none for anybody who knows the PIN"
            )
        }
        return keys
    }

    static func one(_ text: String) throws(Complaint) -> Key {
        guard let bytes = Hex.bytes(text), let whole = Bytes32(bytes) else {
            throw Complaint(
                .usage,
                "bad-key",
                "\(quoted(text)) is no key",
                hint: "write its 64 hexadecimal digits, as 'tally fam pair --json' shows them"
            )
        }
        return Key(whole)
    }
}
