internal import Books
internal import Clerk
internal import Command
internal import Commit
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Sealing
internal import Words

import struct Command.Request
import struct Mint.Mint

/// Who may be a member of an office, who is, and who is no longer.
enum MemberVerbs {
    static let inviteVerb = Verb(
        words: ["office", "invite"],
        summary: "let somebody enrol, by a code that is told to him",
        details: [
            "NAME is what the office will say of the holder's name. The code is shown once, and",
            "is good for one wallet; 'tally enrol' takes it. The guarantee is what the office",
            "pays, out of the account, to those who were given the same money twice: so it is no",
            "more than is free there, and stays there from now on. The class stands in the",
            "certificate and the windows, and sellers may ask for one: hardware is only for keys",
            "made in a device that the office has in its hands, since it says that nobody can",
            "copy them",
        ],
        arguments: [Verb.Argument(name: "NAME", kind: .word, about: "whose wallet it is")],
        options: [
            Verb.Option(
                name: "--account",
                value: "ACCOUNT",
                kind: .word,
                about: "the name or number of the account that is charged"
            ),
            Verb.Option(
                name: "--largest",
                value: "AMOUNT",
                kind: .number,
                about: "the most that it may pay at once, without the office"
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
                name: "--class",
                value: "CLASS",
                kind: .choice(DeviceClass.allCases.map(\.word)),
                about: "what the keys are kept in: software, emulated (an eKey) or hardware; else"
                    + " software"
            ),
            Verb.Option(
                name: "--days",
                value: "N",
                kind: .number,
                about: "the code is good for so many days; else 7"
            ),
            Verb.Option(
                name: "--meter",
                about: "it is a meter's: what it has when its stick is settled was used up, unless"
                    + " it has said less"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally office invite Ada --account Ada --largest 20.00 --ceiling 100.00"
                    + " --guarantee 50.00",
                about: "prints a code of 25 characters"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, invite)
        }
    )

    static func invite(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let name = try Making.name(request.arguments[0])
        let asset = till.books.founding.asset
        guard let typed = request["--account"] else {
            throw Complaint(
                .usage,
                "no-account-typed",
                "nothing says which account is charged",
                hint: "write --account and its name or number; 'tally office accounts' lists them"
            )
        }
        let holder = try Booking.holder(typed, till.books)
        let limits = Invite.Limit(
            largest: try amount("--largest", request, asset),
            ceiling: try amount("--ceiling", request, asset),
            guarantee: try request["--guarantee"].map { typed throws(Complaint) in
                try asset.typed(typed, mayBeZero: true)
            } ?? .zero
        )
        let days = try days(request)
        let device = try DeviceClass.typed(request["--class"] ?? "software", "--class")
        let code = till.newCode()
        let deed: Deed
        do {
            deed = try till.mint.invite(
                Code.hash(secret: code.secret),
                holder.account,
                name: name,
                limits,
                device: device,
                days: days,
                isMeter: request["--meter"] != nil,
                at: scene.now
            )
        } catch {
            throw Complaint(error, till)
        }
        let (entry, _) = try Booking.book(deed, memo: "", request, scene, till)
        guard case .invited(let invite) = deed else {
            preconditionFailure("an invite is drafted as one")
        }
        var facts = Facts()
        facts.add("code", code.text)
        facts.add("name", name.string)
        facts.add("account", holder.name.string)
        add(limits, asset, &facts)
        add(invite, &facts)
        facts.add("entry", "\(entry.number)", .number(entry.number))
        return Report(
            lines: ["somebody may enrol: tell him this code, and nobody else"] + facts.lines,
            json: facts.json
        )
    }

    private static func add(_ invite: Invite, _ facts: inout Facts) {
        facts.add("class", invite.device.word)
        facts.add("until", invite.expires.text)
        if invite.isMeter { facts.add("kind", "a meter") }
    }

    private static func add(_ limits: Invite.Limit, _ asset: Asset, _ facts: inout Facts) {
        facts.add("largest", limits.largest, asset)
        facts.add("ceiling", limits.ceiling, asset)
        facts.add("guarantee", limits.guarantee, asset)
    }

    private static func amount(
        _ option: String,
        _ request: Request,
        _ asset: Asset
    ) throws(Complaint) -> Amount {
        guard let typed = request[option] else {
            throw Complaint(
                .usage,
                "no-limit",
                "nothing says \(option == "--largest" ? "how much at once" : "how much in all")"
                    + " the wallet may pay without the office",
                hint: "write \(option) and an amount, as 20.00"
            )
        }
        return try asset.typed(typed)
    }

    private static func days(_ request: Request) throws(Complaint) -> UInt64 {
        guard let typed = request["--days"] else { return 7 }
        guard let days = UInt64(typed), Mint.inviteDays.contains(days) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--days is a number from 1 to 365, and \(quoted(typed)) is none",
                hint: "leave it out for 7"
            )
        }
        return days
    }

    // MARK: Who is one

    static let membersVerb = Verb(
        words: ["office", "members"],
        summary: "list who is enrolled, who may be, and who is revoked",
        details: ["each with the beginning of its key, which 'tally office revoke' takes"],
        options: Opening.options,
        examples: [Verb.Example(line: "tally office members", about: "all of them")],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, members)
        }
    )

    static func members(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let mint = till.mint
        let members = mint.everybody
        var lines: [String] = []
        var listed: [JSON] = []
        for member in members {
            let facts = try facts(member, till)
            lines += [member.name.string] + facts.lines
            listed.append(facts.json)
        }
        let open = mint.open(at: scene.now)
        for one in open {
            lines.append("\(one.invite.name.string), invited until \(one.invite.expires.text)")
        }
        if lines.isEmpty { lines = ["nobody yet; 'tally office invite' lets somebody enrol"] }
        let invited = open.map { one in
            JSON.object([
                ("name", .string(one.invite.name.string)),
                ("account", .number(one.invite.account.number)),
                ("until", .string(one.invite.expires.text)), ("entry", .number(one.entry)),
            ])
        }
        return Report(
            lines: lines,
            json: .object([("members", .array(listed)), ("invited", .array(invited))])
        )
    }

    private static func facts(_ member: Mint.Member, _ till: Till) throws(Complaint) -> Facts {
        let asset = till.books.founding.asset
        let holder = till.books.ledger.holder(member.account)
        var facts = Facts()
        facts.also("name", .string(member.name.string))
        facts.add("key", member.key)
        facts.add("account", holder?.name.string ?? "\(member.account.number)")
        let terms = member.window.terms
        add(Invite.Limit(terms), asset, &facts)
        facts.add("window", "until \(terms.notAfter.text)", .string(terms.notAfter.text))
        do {
            let through = try till.through(member)
            facts.add("handed in", "through counter \(through)", .number(through))
        } catch {
            throw Complaint(BooksError.stopped, OfficeHome(till.folder))
        }
        let waiting = till.mint.waiting(of: member.key)
        if waiting > .zero { facts.add("waiting", waiting, asset) }
        if let revocation = member.revocation {
            let counter = revocation.lastGood.counter
            facts.add(
                "revoked",
                "\(revocation.issued.text), good through counter \(counter):"
                    + " \(revocation.reason.string)",
                .string(revocation.issued.text)
            )
            facts.also("reason", .string(revocation.reason.string))
            facts.also("lastGood", .number(counter))
        }
        return facts
    }

    // MARK: Who is no longer

    static let revokeVerb = Verb(
        words: ["office", "revoke"],
        summary: "say that a key is no longer good, and from where on",
        details: [
            "WHO is a member's name, or the beginning of its key. What that key hands over after",
            "the last good counter is worth nothing to anybody who has heard of it; without",
            "--last-good that is the last that was handed in here, so what was paid since then",
            "is lost to those who took it. It cannot be taken back",
        ],
        arguments: [Verb.Argument(name: "WHO", kind: .word, about: "a member")],
        options: [
            Verb.Option(
                name: "--reason",
                value: "TEXT",
                kind: .word,
                about: "why; everybody who hears of it can read it"
            ),
            Verb.Option(
                name: "--last-good",
                value: "N",
                kind: .number,
                about: "the counter of its last good handover"
            ), Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally office revoke Ada --reason lost", about: "asks first")
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, catchingUp: true, revoke)
        }
    )

    static func revoke(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let reason = try reason(request)
        let lastGood = try lastGood(request)
        let member = try member(request.arguments[0], till)
        let found: Result<Deed, Forbidden>
        do {
            found = try till.revocation(
                of: member.key,
                reason: reason,
                lastGood: lastGood,
                at: scene.now
            )
        } catch {
            throw Complaint(BooksError.stopped, OfficeHome(till.folder))
        }
        let deed: Deed
        do { deed = try found.get() } catch { throw Complaint(error, till) }
        guard case .revoked(let revocation) = deed else {
            preconditionFailure("a revocation is drafted as one")
        }
        var facts = Facts()
        facts.add("name", member.name.string)
        facts.add("key", member.key)
        facts.add("reason", reason.string)
        let counter = revocation.lastGood.counter
        facts.add("last good", "counter \(counter)", .number(counter))
        try Agreeing.agree(
            ["a revocation"] + facts.lines,
            "revoke it, for good?",
            request,
            scene
        )
        let (entry, _) = try Booking.book(deed, memo: "", request, scene, till)
        facts.add("entry", "\(entry.number)", .number(entry.number))
        return Report(
            lines: ["this key is no longer good; wallets hear of it when they sync"] + facts.lines,
            json: facts.json
        )
    }

    private static func reason(_ request: Request) throws(Complaint) -> Text {
        let typed = request["--reason"] ?? ""
        guard let reason = Text(typed), (1...Limits.reasonBytes).contains(reason.byteCount) else {
            throw Complaint(
                .usage,
                "bad-reason",
                typed.isEmpty
                    ? "nothing says why" : "\(quoted(typed)) cannot stand as a reason",
                hint: "write --reason and at most \(Limits.reasonBytes) bytes"
            )
        }
        return reason
    }

    private static func lastGood(_ request: Request) throws(Complaint) -> UInt64? {
        guard let typed = request["--last-good"] else { return nil }
        guard let counter = UInt64(typed), counter <= UInt64(Int64.max) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--last-good is a counter, and \(quoted(typed)) is none",
                hint: "leave it out for the last that was handed in"
            )
        }
        return counter
    }

    private static func member(_ typed: String, _ till: Till) throws(Complaint) -> Mint.Member {
        let members = till.mint.everybody
        let wanted = typed.lowercased().filter { $0 != " " }
        let named = members.filter { $0.name.string == typed }
        let keyed = members.filter { wanted.count >= 4 && $0.key.bytes.hex.hasPrefix(wanted) }
        let found = named + keyed.filter { one in !named.contains { $0.key == one.key } }
        if found.count == 1 { return found[0] }
        guard found.isEmpty else {
            throw Complaint(
                .usage,
                "several-members",
                "\(counted(found.count, "member")) may be meant by \(quoted(typed))",
                hint: "write the beginning of the key: "
                    + found.map { short($0.key) }.joined(separator: ", or ")
            )
        }
        let near = nearest(typed, members.map(\.name.string))
        throw Complaint(
            .notFound,
            "no-member",
            "there is no member \(quoted(typed))",
            hint: near.map { "did you mean \(quoted($0))?" } ?? "'tally office members' lists them"
        )
    }
}
