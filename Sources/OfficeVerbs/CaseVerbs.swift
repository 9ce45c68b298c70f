internal import Books
internal import Clerk
internal import Command
internal import Homes
internal import Host
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Reckoning
internal import Wire
internal import Words

/// Who has cheated, by what stands in the books.
enum CaseVerbs {
    static let casesVerb = Verb(
        words: ["office", "cases"],
        summary: "list who was convicted and by what, and write what proves it",
        details: [
            "a case is opened when two signatures of one key prove that it passed the same money",
            "on twice, or said no to a payment and used its money; the key is revoked then. Each",
            "is shown with what is known of who was given what, and with what was paid of it; with",
            "--out each proof is a file that 'tally verify' checks for anybody",
        ],
        options: [
            Verb.Option(
                name: "--out",
                value: "DIR",
                kind: .directory,
                about: "write each into a file of its own in this folder"
            )
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally office cases", about: "who was convicted"),
            Verb.Example(line: "tally office cases --out proofs", about: "for everybody to check"),
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(try whole(request, scene), scene, cases)
        }
    )

    /// Where an office runs it is asked, from another folder than this.
    private static func whole(_ request: Request, _ scene: Scene) throws(Complaint) -> Request {
        guard let folder = request["--out"], !folder.hasPrefix("/") else { return request }
        var options = request.options
        options["--out"] = Process.folder + "/" + folder
        return Request(verb: request.verb, arguments: request.arguments, options: options)
    }

    static func cases(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let (cases, notices): ([BookedCase], [BookedNotice])
        do {
            (cases, notices) = try till.cases()
        } catch {
            throw Complaint(error, till)
        }
        var lines: [String] = []
        var (convicted, frozen): ([JSON], [JSON]) = ([], [])
        for one in cases {
            var facts = facts(one, till)
            try write(one.proof, as: one.number, request["--out"], till, &facts)
            lines += [title(one, till)] + facts.lines
            convicted.append(facts.json)
        }
        for one in notices {
            var facts = Facts()
            facts.add("entry", "\(one.number)", .number(one.number))
            facts.add("key", one.notice.key)
            facts.add("epoch", "\(one.notice.epoch.number)", .number(one.notice.epoch.number))
            try write(one.proof, as: one.number, request["--out"], till, &facts)
            let who = who(one.notice.key, till)
            lines += ["\(who) went on from an older state of itself; nobody is accused"]
            lines += facts.lines
            frozen.append(facts.json)
        }
        if lines.isEmpty { lines = ["nobody is known to have cheated"] }
        return Report(
            lines: lines,
            json: .object([("cases", .array(convicted)), ("notices", .array(frozen))])
        )
    }

    private static func title(_ one: BookedCase, _ till: Till) -> String {
        let who = who(one.id.convict, till)
        return switch one.id {
        case .fork: "\(who) passed the same money on twice"
        case .equivocation: "\(who) said no to a payment, and used its money"
        }
    }

    private static func who(_ key: Key, _ till: Till) -> String {
        till.mint.members[key]?.name.string ?? "the key \(short(key))"
    }

    private static func facts(_ one: BookedCase, _ till: Till) -> Facts {
        let asset = till.books.founding.asset
        var facts = Facts()
        facts.add("entry", "\(one.number)", .number(one.number))
        facts.add("since", one.moment.text)
        facts.add("key", one.id.convict)
        var parties: [JSON] = []
        if let known = one.known {
            facts.add("twice", known.duplicated, asset)
            for party in known.parties {
                facts.line("", "\(asset.full(party.units.count)) to \(who(party.payee, till))")
                parties.append(
                    .object([
                        ("key", .string(party.payee.bytes.hex)),
                        ("amount", .string(asset.text(party.units.count))),
                    ])
                )
            }
        }
        facts.also("parties", .array(parties))
        let paid = Amount.sum(one.repaid.map(\.paid)) ?? .largest
        let claims = Amount.sum(one.repaid.map(\.claim)) ?? .largest
        facts.add("paid", paid, asset)
        facts.add("claims", claims, asset)
        return facts
    }

    private static func write(
        _ proof: Proof,
        as number: UInt64,
        _ folder: String?,
        _ till: Till,
        _ facts: inout Facts
    ) throws(Complaint) {
        guard let folder else { return }
        let path = folder + "/case-\(number).tally"
        do {
            try Files.makeDirectory(folder)
            try Files.write(till.paper(proof).wireBytes(reserving: 4_096), to: path)
        } catch {
            throw Complaint(error, writing: path)
        }
        facts.add("file", path)
    }
}

extension Complaint {
    /// What keeps the books from saying of each unit where it is.
    init(_ fault: UnitFault, _ till: Till) {
        let what: String
        switch fault {
        case .books(let error):
            self.init(error, OfficeHome(till.folder))
            return
        case .entry(let number): what = "what entry \(number) says cannot be read"
        case .units(.twice(let stick, let unit)):
            what = "unit \(unit) of stick \(short(stick)) went two ways"
        case .units(.missing(let stick, let unit)):
            what = "unit \(unit) of stick \(short(stick)) went nowhere when it was settled"
        case .units(.outside(let stick, let unit)):
            what = "stick \(short(stick)) has no unit \(unit), and some account has it"
        case .units(.notReceived(let stick, let unit)):
            what = "unit \(unit) of stick \(short(stick)) was paid for, and had not come back"
        case .units(.tooMuch(let stick)):
            what = "with stick \(short(stick)) there is more than any money there can be"
        case .units(.balance(let account, let sticks, let books)):
            what =
                "the sticks come to \(sticks) units \(account.word), and the books to"
                + " \(books.units)"
        }
        self.init(
            .failed,
            "units",
            what,
            hint: "keep these books as they are: every entry is as it was written, so whoever wrote"
                + " it was wrong"
        )
    }
}
