internal import Command
internal import Host
internal import Words

/// `tally bench office`: what an office does with what its members hand in, beside the bare check
/// of a signature and beside a bare program in C that keeps the same tables.
struct OfficeBench {
    let place: String
    let yardstick: Yardstick
    let handovers: Int

    static let verb = Verb(
        words: ["bench", "office"],
        summary: "measure what is handed in to an office against the bare signature check",
        details: [
            "ours: an office with its books on the disk, in WAL and FULL; a hundred members with a",
            "stick each sync, 16 handovers of one piece in a request; counted is the processor's",
            "time of the whole counter: the request read and its signature checked, each handover",
            "read, checked, laid beside what is known, booked with the others in one commit and",
            "judged, the answer made and signed; then the same with signatures that are taken as",
            "checked before;",
            "theirs: crypto_sign_verify_detached, one for each handover, in turn with ours; and",
            "bench/office.c, which puts as many into four sorted tables of SQLite;",
            "last, the audit of all of it, and what it takes to open the office again",
        ],
        options: [
            Verb.Option(
                name: "--yardstick",
                value: "PROGRAM",
                about: "the compiled bench/office.c; else .build/bench/office"
            ),
            Verb.Option(
                name: "--handovers",
                value: "N",
                kind: .number,
                about: "how many are handed in each time, a multiple of 16000; else 96000"
            ),
        ],
        examples: [
            Verb.Example(line: "make bench", about: "compile it, and run every bench"),
            Verb.Example(line: "tally bench office --handovers 960000", about: "for an hour"),
        ],
        exits: [.done, .failed, .usage],
        act: { request, scene throws(Complaint) in
            let bench = try OfficeBench(request, scene)
            let rows = try bench.rows(scene)
            return Report(
                lines: [OfficeRow.head] + rows.flatMap(\.lines),
                json: .object([
                    ("bench", .string("office")), ("rows", .array(rows.map(\.json))),
                ])
            )
        }
    )

    private init(_ request: Request, _ scene: Scene) throws(Complaint) {
        place = request["--home"] ?? scene.environment["TALLY_HOME"] ?? "."
        yardstick = Yardstick(
            path: request["--yardstick"] ?? ".build/bench/office",
            source: "bench/office.c"
        )
        let typed = request["--handovers"] ?? "96000"
        guard let count = Int(typed), Self.counts.contains(count), count % Self.batch == 0 else {
            throw Complaint(
                .usage,
                "bad-number",
                "--handovers is a multiple of \(Self.batch) from \(Self.counts.lowerBound) to"
                    + " \(Self.counts.upperBound), and \(quoted(typed)) is none",
                hint: "see 'tally help bench office'"
            )
        }
        handovers = count
    }

    private static let counts = batch...16_000_000
    /// As many the yardstick puts into its tables at once; it does no other parts.
    private static let batch = 16_000
    /// The bench is cut in so many rounds, each of which has its own ratio.
    private static let rounds = 8

    private func rows(_ scene: Scene) throws(Complaint) -> [OfficeRow] {
        // First what may be missing: the rest takes minutes.
        let bare = try theirs()
        let town = try OfficeTown(in: place)
        defer { town.remove() }
        var rows: [OfficeRow] = []
        let each = handovers / Self.rounds
        for isKnown in [false, true] {
            let street = try town.open(believing: isKnown)
            var row = OfficeRow(
                name: "handed in, " + (isKnown ? "signatures known" : "every signature checked"),
                target: isKnown ? 0.4 : 0.75
            )
            for round in 0..<Self.rounds {
                scene.tell("\(row.name): \(round + 1) of \(Self.rounds)\n")
                let requests = street.requests(each)
                let raw = isKnown ? nil : street.raw(requests)
                let start = Process.threadNanoseconds
                try street.take(requests)
                row.ours.append(Double(each) * 1e9 / Double(Process.threadNanoseconds &- start))
                if let raw { row.theirs.append(raw) }
            }
            if isKnown { row.theirs = [bare] }
            rows.append(row)
            rows += try street.audits()
        }
        return rows
    }

    /// Handovers for each second of the processor's that the yardstick puts away.
    private func theirs() throws(Complaint) -> Double {
        let line = try yardstick.run([String(handovers), String(Self.batch), "64", place])
        return try line.number(after: "handovers/s (")
    }
}

/// A figure of ours, theirs, and what it must reach.
struct OfficeRow {
    let name: String
    let target: Double?
    /// In a second of the processor's; one for each round.
    var ours: [Double] = []
    var theirs: [Double] = []
    /// What else is to be told, where it is no rate.
    var note: String?

    init(name: String, target: Double?) { (self.name, self.target) = (name, target) }

    init(_ name: String, note: String) { (self.name, self.note, target) = (name, note, nil) }

    static let head =
        "a second of the processor's".padded(40) + "ours".padded(left: 11)
        + "theirs".padded(left: 11) + "ratio".padded(left: 8) + "target".padded(left: 8)

    /// The median of the rounds' own ratios, where both sides have as many.
    private var ratio: Double {
        ours.count == theirs.count
            ? median(zip(ours, theirs).map { $0 / $1 }) : median(ours) / median(theirs)
    }

    var lines: [String] {
        if let note { return [name.padded(40) + note] }
        guard let target else { return [] }
        return [
            name.padded(40) + decimals(median(ours), 0).padded(left: 11)
                + decimals(median(theirs), 0).padded(left: 11)
                + decimals(ratio, 3).padded(left: 8) + decimals(target, 2).padded(left: 8)
                + (ratio >= target ? "" : "  below its target")
        ]
    }

    var json: JSON {
        if let note { return .object([("name", .string(name)), ("told", .string(note))]) }
        return .object([
            ("name", .string(name)), ("ours", .decimal(decimals(median(ours), 0))),
            ("theirs", .decimal(decimals(median(theirs), 0))),
            ("ratio", .decimal(decimals(ratio, 3))),
            ("target", .decimal(decimals(target ?? 0, 2))),
            ("met", .flag(ratio >= target ?? 0)),
        ])
    }
}
