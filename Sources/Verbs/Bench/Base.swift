internal import Sealing

/// One line of `tally bench base`: ours against the raw calls it needs, in one run.
private struct Row {
    let name: String
    let nanoseconds: Double
    let raw: Double
    let ratio: Double
    /// The most that the ratio may be.
    let target: Double
}

/// The verb: every bench there is, one after the other.
let benchBaseVerb: @Sendable (Request, Scene) throws(Complaint) -> Report = {
    (request, scene) throws(Complaint) in
    let home = request["--home"] ?? scene.environment["TALLY_HOME"] ?? "."
    return try benchBase(home)
}

/// Measures in a folder of its own under `home`, for the journal wants the disk it will use.
func benchBase(_ home: String) throws(Complaint) -> Report {
    var rows = EnvelopeBench.run().map { result in
        Row(
            name: result.name,
            nanoseconds: result.nanoseconds,
            raw: result.rawNanoseconds,
            ratio: result.ratio,
            target: result.target
        )
    }
    for groupSize in [1, 16] { rows.append(try journalRow(home, groupSize)) }
    return Report(
        lines: [
            "what".padded(36) + "ours µs".padded(left: 11) + "raw µs".padded(left: 11)
                + "ratio".padded(left: 8) + "target".padded(left: 8)
        ] + rows.map(line),
        json: .object([("bench", .string("base")), ("rows", .array(rows.map(json)))])
    )
}

private func journalRow(_ home: String, _ groupSize: Int) throws(Complaint) -> Row {
    var chance = SystemChance()
    let hiding = DataKey(chance: &chance)
    do {
        let times = try benchJournal(
            in: home,
            hiding: hiding,
            chance: chance,
            groupSize: groupSize
        )
        return Row(
            name: "journal, a step in groups of \(groupSize)",
            nanoseconds: times.journal,
            raw: times.bare,
            ratio: times.ratio,
            target: 1.25
        )
    } catch {
        throw Complaint(
            .failed,
            "bench",
            "the journal could not be measured in \(quoted(home)): \(error)",
            hint: "name a folder on a disk with room for it: tally bench base --home DIR"
        )
    }
}

private func line(_ row: Row) -> String {
    row.name.padded(36) + decimals(row.nanoseconds / 1_000, 1).padded(left: 11)
        + decimals(row.raw / 1_000, 1).padded(left: 11) + decimals(row.ratio, 3).padded(left: 8)
        + decimals(row.target, 2).padded(left: 8)
        + (row.ratio <= row.target ? "" : "  above its target")
}

private func json(_ row: Row) -> JSON {
    .object([
        ("name", .string(row.name)), ("nanoseconds", .decimal(decimals(row.nanoseconds, 0))),
        ("rawNanoseconds", .decimal(decimals(row.raw, 0))),
        ("ratio", .decimal(decimals(row.ratio, 3))),
        ("target", .decimal(decimals(row.target, 2))),
        ("met", .flag(row.ratio <= row.target)),
    ])
}

private func decimals(_ value: Double, _ count: Int) -> String {
    var scale: UInt64 = 1
    for _ in 0..<count { scale *= 10 }
    let units = UInt64((value * Double(scale)).rounded())
    guard count > 0 else { return String(units) }
    let rest = String(units % scale)
    return "\(units / scale)." + String(repeating: "0", count: count - rest.count) + rest
}
