internal import Certificates
package import Command
internal import Homes
internal import Host
internal import Money
internal import Sealing
internal import SimVerbs
internal import Station
internal import Wire
internal import Words

extension Verb {
    package static let demo = Verb(
        words: ["demo"],
        summary: "issue money, pay with it, forge it, pull plugs, and run an office of your own",
        details: [
            "a demo office issues a stick of 50.00 EUR; it is cut and passed on from hand to hand,",
            "every holder checks it, and then eight forgeries are tried and refused by name;",
            "keys, signatures, certificates and envelopes are real, and the office is not;",
            "then the simulator makes one payment through lost messages and two power cuts;",
            "then two processes with homes of their own pay each other over the loopback",
            "interface, and one of them is killed in the middle; at last an office runs too: two",
            "wallets enrol, one charges while it and the office are killed, pays the other, who",
            "redeems, and the audit agrees; a copy of a wallet pays twice, and its own signatures",
            "prove it; the homes are removed afterwards. 'tally demo ekey' tells of a wallet in a",
            "device of its own: its cable is pulled and its power cut in the middle of payments;",
            "'tally demo meter' of a prepayment meter, whose power is cut while a load draws it",
        ],
        arguments: [
            Verb.Argument(
                name: "STORY",
                kind: .choice(["ekey", "meter"]),
                about: "another story than that: ekey or meter",
                isRequired: false
            )
        ],
        options: [
            Verb.Option(
                name: "--keep",
                value: "DIR",
                kind: .directory,
                about: "write the papers there, for 'tally verify'"
            ),
            Verb.Option(
                name: "--seed",
                value: "N",
                kind: .number,
                about: "draw keys from N at 2027-01-15 and leave the processes out: the same text"
            ),
        ],
        examples: [
            Verb.Example(line: "tally demo", about: "watch it"),
            Verb.Example(line: "tally demo --keep papers", about: "keep what can be verified"),
            Verb.Example(line: "tally demo ekey", about: "an eKey, its FAM, a till, an office"),
            Verb.Example(line: "tally demo meter", about: "watt-hours, and cut power"),
        ],
        exits: [.done, .failed, .usage],
        act: Demo.act
    )
}

/// `tally demo`: what the base does, shown with real keys.
enum Demo {
    static let act: @Sendable (Request, Scene) throws(Complaint) -> Report = {
        (request, scene) throws(Complaint) in
        if let story = request.arguments.first { return try tell(story, request, scene) }
        var (now, chance) = (scene.now, DemoChance.system(SystemChance()))
        if let typed = request["--seed"] {
            guard let seed = UInt64(typed) else {
                throw Complaint(
                    .usage,
                    "bad-number",
                    "--seed is a whole number, and \(quoted(typed)) is none",
                    hint: "write --seed 1, or leave it out for keys that nobody knows"
                )
            }
            chance = .seeded(seed: seed, drawn: 0)
            now = Moment(1_800_000_000) ?? now
        }
        let show: Show
        do {
            show = try Show(now, chance, scene.paint(terminal: scene.outIsTerminal))
        } catch {
            throw Complaint(
                .failed,
                "demo",
                "the demo broke off: \(error)",
                hint: "this is a fault of Tally; please tell its makers"
            )
        }
        var report = show.report
        if request["--seed"] == nil {
            if scene.errIsTerminal { scene.tell("two processes pay each other ...\r") }
            let pair = try DemoPair(scene, scene.paint(terminal: scene.outIsTerminal))
            try pair.play()
            if scene.errIsTerminal { scene.tell(Pace.wipe) }
            report.lines += pair.lines
            report.add("processes", pair.json)
            if scene.errIsTerminal { scene.tell("an office opens its counter ...\r") }
            let town = try DemoTown(scene, scene.paint(terminal: scene.outIsTerminal))
            try town.play()
            if scene.errIsTerminal { scene.tell(Pace.wipe) }
            report.lines += town.lines
            report.add("office", town.json)
        }
        guard let folder = request["--keep"] else {
            report.lines += ["", "'tally demo --keep papers' keeps the papers, for 'tally verify'"]
            return report
        }
        try keep(show.papers, in: folder)
        report.lines += ["", "kept in \(folder); now try"]
        for paper in show.papers where paper.name != "root.crt" {
            let office = paper.name == "dan.crt" ? " --office \(folder)/office.crt" : ""
            report.lines.append(
                "  tally verify --root \(folder)/root.crt\(office) \(folder)/\(paper.name)"
            )
        }
        return report
    }

    /// Another story, which its own processes play.
    private static func tell(
        _ story: String,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        guard request["--keep"] == nil, request["--seed"] == nil else {
            throw Complaint(
                .usage,
                "not-with-story",
                "--keep and --seed are for the demo without a story",
                hint: "leave them out"
            )
        }
        let paint = scene.paint(terminal: scene.outIsTerminal)
        let (lines, json): ([String], JSON)
        switch story {
        case "ekey":
            let play = try DemoEKey(scene, paint)
            try play.play()
            (lines, json) = (play.lines, play.json)
        case "meter":
            let play = try DemoMeter(scene, paint)
            try play.play()
            (lines, json) = (play.lines, play.json)
        case _:
            throw Complaint(
                .usage,
                "unknown-story",
                "there is no story \(quoted(story))",
                hint: "write ekey or meter, or nothing"
            )
        }
        return Report(
            lines: Array(lines.drop { $0.isEmpty }),
            json: .object([(story, json)])
        )
    }

    private static func keep(_ papers: [Show.Paper], in folder: String) throws(Complaint) {
        do {
            try Files.makeDirectory(folder)
        } catch {
            throw Complaint(error, writing: folder)
        }
        for paper in papers {
            let path = folder + "/" + paper.name
            do {
                try Files.write(paper.bytes, to: path)
            } catch {
                throw Complaint(error, writing: path)
            }
        }
    }
}

/// The demo, played once.
struct Show {
    struct Paper {
        let name: String
        let bytes: [UInt8]
    }

    private(set) var papers: [Paper] = []
    private var lines: [String] = []
    private var steps: [JSON] = []
    private var forgeries: [JSON] = []
    private var street: DemoStreet
    private let paint: Paint
    private let storm: DemoStorm

    init(_ now: Moment, _ chance: DemoChance, _ paint: Paint) throws {
        street = try DemoStreet(now, chance)
        self.paint = paint
        storm = try DemoStorm()
        let asset = street.office.asset
        head()
        try table("issued")
        _ = try pay(0, 1, try asset.amount("20.00"))
        let aborted = try cancel(1, 2, try asset.amount("12.50"))
        _ = try pay(1, 2, try asset.amount("12.50"))
        let last = try pay(2, 3, try asset.amount("7.25"))
        var forger = Forger(street: street, committed: last.commit, aborted: aborted, proof: nil)
        try tell(try forger.all())
        try write(last, try found(forger.proof))
        try lastTable()
        lines += storm.lines(paint)
    }

    var report: Report {
        Report(
            lines: lines,
            json: .object([
                ("root", .string(rootFingerprint(street.root))),
                ("issued", .string(street.office.asset.text(street.issued))),
                ("asset", .string(street.office.asset.code)),
                ("steps", .array(steps)), ("forgeries", .array(forgeries)),
                ("storm", storm.json),
            ])
        )
    }

    private mutating func head() {
        let (asset, office) = (street.office.asset, street.office)
        lines += [
            paint.bold("a demo office issues \(asset.full(street.issued)) to Ada"),
            "  it is no office that anybody should trust; its root is",
            "  " + rootFingerprint(street.root),
            "  root, office and four people have X.509 certificates with Ed25519 keys",
            "  spend until \(street.stick.spendUntil.text), settle until"
                + " \(street.stick.settleUntil.text); everybody may pay"
                + " \(asset.full(street.people[0].window.terms.largest)) at once",
            "  stick \(short(street.stick.id)), signed by office"
                + " \(short(office.authority.certificate.key))",
        ]
    }

    private mutating func pay(
        _ from: Int,
        _ to: Int,
        _ amount: Amount
    ) throws -> (checked: DemoStreet.Checked, commit: Commit) {
        let result = try street.pay(from, to, amount)
        let (payer, payee) = (street.people[from].name, street.people[to].name)
        let title = "\(payer) pays \(payee) \(street.office.asset.full(amount))"
        lines += ["", paint.bold(title)]
        tell(result.checked, payer, payee)
        lines.append("  \(payee) signed COMMIT, and has been paid")
        try table(title, result.checked)
        return result
    }

    private mutating func cancel(_ from: Int, _ to: Int, _ amount: Amount) throws -> Abort {
        let (checked, abort) = try street.payAndCancel(from, to, amount)
        let (payer, payee) = (street.people[from].name, street.people[to].name)
        let title =
            "\(payer) tries to pay \(payee) \(street.office.asset.full(amount)),"
            + " and \(payee) cancels"
        lines += ["", paint.bold(title)]
        tell(checked, payer, payee)
        lines.append("  \(payee) signed ABORT: \(payer) has the units back, and the next handover")
        lines.append("  of them has to carry that release")
        try table(title, checked)
        return abort
    }

    private mutating func tell(_ checked: DemoStreet.Checked, _ payer: String, _ payee: String) {
        let units = checked.handover.entries.map(\.units.text).joined(separator: ", ")
        let releases = checked.handover.entries.reduce(0) { $0 + $1.releases.count }
        let carried = releases == 0 ? "" : ", " + counted(releases, "release")
        lines += [
            "  \(payee) checked " + counted(checked.pieces, "piece") + " \(units) over "
                + counted(checked.hops, "hop") + carried + ":",
            "    " + counted(checked.checks.signatures, "signature") + ", "
                + counted(checked.checks.certificates, "certificate") + ", "
                + counted(checked.bytes, "byte") + " " + paint.green("all good"),
            "  \(payer) signed the handover, and \(payee) found in it what was proposed",
        ]
    }

    private mutating func table(_ title: String, _ checked: DemoStreet.Checked? = nil) throws {
        let balances = try conserved()
        lines.append(balanceLine(balances))
        var pairs: [(String, JSON)] = [("step", .string(title))]
        if let checked {
            pairs += [
                ("hops", .number(UInt64(checked.hops))),
                ("signatures", .number(UInt64(checked.checks.signatures))),
                ("certificates", .number(UInt64(checked.checks.certificates))),
                ("bytes", .number(UInt64(checked.bytes))),
            ]
        }
        let asset = street.office.asset
        let hands = zip(street.people, balances).map { person, balance in
            (person.name, JSON.string(asset.text(balance)))
        }
        steps.append(.object(pairs + [("balances", .object(hands))]))
    }

    private mutating func lastTable() throws {
        lines += ["", "after all of it", balanceLine(try conserved())]
    }

    /// What everybody holds; an error unless it sums up to what was issued.
    private func conserved() throws -> [Amount] {
        let balances = street.people.map { $0.balance(street.office.asset) }
        guard Amount.sum(balances) == street.issued else {
            throw DemoFault(what: "money was made or lost")
        }
        return balances
    }

    private func balanceLine(_ balances: [Amount]) -> String {
        let asset = street.office.asset
        let hands = zip(street.people, balances).map { person, balance in
            "\(person.name) " + asset.text(balance).padded(left: 5)
        }
        return "    " + hands.joined(separator: "   ")
            + paint.dim("   sum \(asset.text(street.issued))")
    }

    private mutating func tell(_ tried: [Forgery]) throws {
        lines += ["", paint.bold("\(tried.count) forgeries")]
        for (number, forgery) in tried.enumerated() {
            lines += ["", "\(number + 1) \(forgery.title)"]
            for attempt in forgery.attempts {
                guard let name = attempt.name, let reason = attempt.reason else {
                    throw DemoFault(what: "a forgery was taken: \(attempt.what)")
                }
                lines += [
                    "  \(attempt.what)", "  " + paint.red("refused") + " \(name): \(reason.what)",
                ]
                forgeries.append(
                    .object([
                        ("forgery", .string(forgery.title)), ("try", .string(attempt.what)),
                        ("refused", .string(name)), ("what", .string(reason.what)),
                    ])
                )
            }
            lines += forgery.remarks.map { "  " + $0 }
        }
    }

    /// The papers a user can verify; each is verified here first.
    private mutating func write(
        _ last: (checked: DemoStreet.Checked, commit: Commit),
        _ proof: Proof
    ) throws {
        let (cleo, dan) = (street.people[2], street.people[3])
        let office = street.office.authority.der
        let provenance = dan.archive.provenance(
            of: dan.purse.pieces.map(\.holding),
            heldBy: dan.key
        )
        let certificates = provenance.certificates
        var bare = provenance
        bare.certificates = []
        let made: [(String, Money.Paper)] = [
            ("stick.tally", Money.Paper(.stick(street.stick), certificates: [office])),
            (
                "provenance.tally",
                Money.Paper(.provenance(holder: dan.key, bare), certificates: certificates)
            ),
            (
                "receipt.tally",
                Money.Paper(
                    .receipt(last.commit, last.checked.handover.showing([0, 1])),
                    certificates: [office, cleo.der, dan.der]
                )
            ),
            ("fork.tally", Money.Paper(.proof(proof), certificates: [office, cleo.der])),
        ]
        for (name, paper) in made {
            var verified = Verified()
            _ = try Money.Paper(wireBytes: paper.wireBytes).check(
                Verifier(root: street.root),
                &verified,
                Checks.real
            )
            papers.append(Paper(name: name, bytes: paper.wireBytes))
        }
        let ders = [
            ("root.crt", street.office.rootAuthority.der), ("office.crt", office),
            ("dan.crt", dan.der),
        ]
        papers += ders.map { name, der in
            Paper(name: name, bytes: Array(PEM.text(der, .certificate).utf8))
        }
    }
}
