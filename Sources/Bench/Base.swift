internal import Command
internal import Sealing

/// The verb: everything that the base promises of speed, measured in one run against the calls
/// it cannot do without.
let benchBaseVerb: @Sendable (Request, Scene) throws(Complaint) -> Report = {
    (request, scene) throws(Complaint) in
    let home = request["--home"] ?? scene.environment["TALLY_HOME"] ?? "."
    return try benchBase(home)
}

/// Measures in a folder of its own under `home`, for the journal wants the disk it will use.
func benchBase(_ home: String) throws(Complaint) -> Report {
    let rows: [Comparison]
    do {
        rows = try measured(home)
    } catch {
        throw Complaint(
            .failed,
            "bench",
            "journal and books could not be measured in \(quoted(home)): \(error)",
            hint: "name a folder on a disk with room for it: tally bench base --home DIR"
        )
    }
    return Report(
        lines: [
            "what".padded(52) + "ours µs".padded(left: 11) + "raw µs".padded(left: 11)
                + "ratio".padded(left: 8) + "target".padded(left: 8)
        ] + rows.map(line),
        json: .object([("bench", .string("base")), ("rows", .array(rows.map(json)))])
    )
}

private func measured(_ home: String) throws -> [Comparison] {
    var rows = EnvelopeBench.run() + (try MoneyBench.run())
    var chance = SystemChance()
    let hiding = DataKey(chance: &chance)
    for groupSize in [1, 16] {
        rows.append(
            try benchJournal(in: home, hiding: hiding, chance: chance, groupSize: groupSize)
        )
    }
    return rows + (try BooksBench.run(in: home, hiding: hiding))
}

private func line(_ row: Comparison) -> String {
    row.name.padded(52) + decimals(row.nanoseconds / 1_000, 1).padded(left: 11)
        + decimals(row.rawNanoseconds / 1_000, 1).padded(left: 11)
        + decimals(row.ratio, 3).padded(left: 8)
        + decimals(row.target, 2).padded(left: 8)
        + (row.isWithin ? "" : "  above its target")
}

private func json(_ row: Comparison) -> JSON {
    .object([
        ("name", .string(row.name)), ("nanoseconds", .decimal(decimals(row.nanoseconds, 0))),
        ("rawNanoseconds", .decimal(decimals(row.rawNanoseconds, 0))),
        ("ratio", .decimal(decimals(row.ratio, 3))),
        ("target", .decimal(decimals(row.target, 2))),
        ("met", .flag(row.isWithin)),
    ])
}

func decimals(_ value: Double, _ count: Int) -> String {
    var scale: UInt64 = 1
    for _ in 0..<count { scale *= 10 }
    let units = UInt64((value * Double(scale)).rounded())
    guard count > 0 else { return String(units) }
    let rest = String(units % scale)
    return "\(units / scale)." + String(repeating: "0", count: count - rest.count) + rest
}
