internal import Command
internal import Homes
internal import Host
internal import Links
internal import Words

/// `tally bench pay`: two wallets that pay each other, beside what does the least, and beside
/// what others use.
struct PayBench {
    let place: String
    let yardsticks: String
    let rounds: Int
    let parts: Set<Part>
    let past: Int
    let scene: Scene
    let money: DemoMoney

    /// What may be left out.
    enum Part: String, Hashable, Sendable, CaseIterable {
        case one, many, node, old, postgres, cashu
    }

    static let verb = Verb(
        words: ["bench", "pay"],
        summary: "measure payments between two wallets against a bare program in C",
        details: [
            "both run in turn, and each ratio is the median over the pairs;",
            "ours: two processes with a home each, UDP on loopback, the journal in WAL and FULL, a",
            "buyer who said yes in advance, one stick, one hop, certificates known; a payment is",
            "counted from the moment COMMIT-REQUEST is about to be signed until the last record",
            "of both sides is synced;",
            "theirs: bench/ref2pc.c, four messages of 200 bytes, each signed and sealed to its",
            "receiver, and four commits of one or two statements;",
            "bench/README.md says what each row is; what is not installed is left out, and said",
        ],
        options: [
            Verb.Option(
                name: "--yardsticks",
                value: "DIR",
                kind: .directory,
                about: "the programs that 'make bench' puts there; else .build/bench"
            ),
            Verb.Option(
                name: "--rounds",
                value: "N",
                kind: .number,
                about: "how often both sides run; else 7"
            ),
            Verb.Option(
                name: "--only",
                value: "PARTS",
                kind: .word,
                about: "some of it, with commas between: " + Part.names
            ),
            Verb.Option(
                name: "--past",
                value: "N",
                kind: .number,
                about: "how many payments an old wallet has behind it; else 100000"
            ),
        ],
        examples: [
            Verb.Example(line: "make bench", about: "compile it, and run every bench"),
            Verb.Example(line: "tally bench pay --only one,many", about: "a minute or so"),
        ],
        exits: [.done, .failed, .usage],
        act: { request, scene throws(Complaint) in
            let (rows, notes) = try PayBench(request, scene).rows()
            return Report(
                lines: [PayRow.head] + rows.map(\.line) + notes,
                json: .object([
                    ("bench", .string("pay")), ("rows", .array(rows.map(\.json))),
                    ("notes", .array(notes.map { .string($0) })),
                ])
            )
        }
    )

    private init(_ request: Request, _ scene: Scene) throws(Complaint) {
        place = request["--home"] ?? scene.environment["TALLY_HOME"] ?? "."
        yardsticks = request["--yardsticks"] ?? ".build/bench"
        rounds = try Self.number("--rounds", request, 1...999) ?? 7
        past = try Self.number("--past", request, 1...1_000_000) ?? 100_000
        parts = try Self.parts(request["--only"])
        self.scene = scene
        money = try DemoMoney()
    }

    private static func number(
        _ option: String,
        _ request: Request,
        _ range: ClosedRange<Int>
    ) throws(Complaint) -> Int? {
        guard let typed = request[option] else { return nil }
        guard let count = Int(typed), range.contains(count) else {
            throw Complaint(
                .usage,
                "bad-number",
                "\(option) is a number from \(range.lowerBound) to \(range.upperBound), and"
                    + " \(quoted(typed)) is none",
                hint: "see 'tally help bench pay'"
            )
        }
        return count
    }

    private static func parts(_ typed: String?) throws(Complaint) -> Set<Part> {
        guard let typed else { return Set(Part.allCases) }
        let parts = typed.split(separator: ",").map { Part(rawValue: String($0)) }
        guard !parts.isEmpty, !parts.contains(nil) else {
            throw Complaint(
                .usage,
                "no-such-part",
                "\(quoted(typed)) names no parts of this bench",
                hint: "write one or more of \(Part.names)"
            )
        }
        return Set(parts.compactMap { $0 })
    }
}

extension PayBench.Part {
    fileprivate static let names = allCases.map(\.rawValue).joined(separator: ",")
}

// MARK: The rounds

extension PayBench {
    private func yardstick(_ name: String, _ source: String) -> Yardstick {
        Yardstick(path: yardsticks + "/" + name, source: source)
    }

    private func rows() throws(Complaint) -> (rows: [PayRow], notes: [String]) {
        let folder = try PayFolder(in: place)
        if !parts.isDisjoint(with: [.one, .many, .node]) {
            // What is missing is said before anything takes long.
            _ = try reference(folder, ["pair", "1", "20"])
        }
        var races = PayRaces()
        if parts.contains(.old) { races.old = try OldRace(self, folder) }
        if parts.contains(.node) { races.node = try NodeRace(self, folder) }
        for round in 0..<rounds {
            try run(&races, round, folder)
            scene.tell("round \(round + 1) of \(rounds)\n")
        }
        if parts.contains(.one) {
            races.oneByPart = try pay(folder, 300, atOnce: 1, "--parts")
        }
        if parts.contains(.many) {
            races.manyByPart = try pay(folder, 2_000, atOnce: 32, "--parts")
        }
        return (races.rows, races.notes)
    }

    /// Whoever comes second finds a warmer machine: so they take turns.
    private func run(
        _ races: inout PayRaces,
        _ round: Int,
        _ folder: PayFolder
    ) throws(Complaint) {
        for isOurs in [round % 2 == 0, round % 2 != 0] where parts.contains(.one) {
            if isOurs {
                races.one.ours.append(try pay(folder, 300, atOnce: 1))
            } else {
                races.one.theirs.append(try reference(folder, ["pair", "1", "300"]))
            }
        }
        if !parts.isDisjoint(with: [.many, .postgres]) {
            for isOurs in [round % 2 == 0, round % 2 != 0] {
                if isOurs {
                    races.many.ours.append(try pay(folder, 2_000, atOnce: 32))
                } else if parts.contains(.many) {
                    races.many.theirs.append(try reference(folder, ["pair", "32", "3000"]))
                }
            }
        }
        for isOurs in [round % 2 == 0, round % 2 != 0] where parts.contains(.node) {
            if isOurs {
                try races.node?.run(self)
            } else {
                let theirs = try reference(folder, ["node", "64", "6000", "2"])
                races.node?.theirs.append(theirs.perSecond)
            }
        }
        if parts.contains(.old) { try races.old?.run(self, folder) }
        if parts.contains(.postgres) {
            try races.note(.postgres, yardstick("postgres", "bench/postgres.sh"), ["2pcenv", "8"])
        }
        if parts.contains(.cashu) {
            races.eight.append(try pay(folder, 1_000, atOnce: 8))
            if !parts.contains(.one) { races.one.ours.append(try pay(folder, 300, atOnce: 1)) }
            let cashu = yardstick("cashu", "bench/cashu.sh")
            try races.note(.cashu, cashu, ["seq"])
            try races.note(.cashu, cashu, ["8"])
        }
    }

    func pay(
        _ folder: PayFolder,
        _ count: Int,
        atOnce: Int,
        _ options: String...
    ) throws(Complaint) -> PayRun {
        let place = try PayFolder(in: folder.path)
        let (seller, buyer) = try homes(in: place)
        let pair = PayPair(
            seller: try PayPair.seat(seller, options),
            buyer: try PayPair.seat(buyer, options)
        )
        return try pair.run(count + PayRun.warmUp, atOnce: atOnce)
    }

    /// Fresh ones, of which the second has money.
    func homes(in place: PayFolder) throws(Complaint) -> (seller: PayHome, buyer: PayHome) {
        guard let much = Amount(1_000_000_000) else { preconditionFailure("that is an amount") }
        return (
            try PayHome("seller", in: place.path, .zero, money, at: scene.now),
            try PayHome("buyer", in: place.path, much, money, at: scene.now)
        )
    }

    private func reference(
        _ folder: PayFolder,
        _ words: [String]
    ) throws(Complaint) -> PayRaces.Reference {
        let line = try yardstick("ref2pc", "bench/ref2pc.c").run(words + ["dir=" + folder.path])
        return PayRaces.Reference(
            paid: try line.number(after: "decided median "),
            complete: try line.number(after: "complete median "),
            perSecond: try line.number(before: " payments/s")
        )
    }
}
