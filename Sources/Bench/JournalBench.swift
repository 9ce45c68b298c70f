import FoundationEssentials
import Journal
import Store
package import Words

/// Measures steps of one payment each: a record, its undo and redo, a piece, a message in the
/// outbox.
///
/// Homes are made in `folder` and removed again.
package func benchJournal(
    in folder: String,
    hiding: any Hiding,
    chance: any Chance,
    groupSize: Int,
    steps: Int = 960,
    runs: Int = 7
) throws -> Comparison {
    var (journal, bare): ([Double], [Double]) = ([], [])
    for run in 0..<runs {
        // Whoever comes second finds a warmer disk: so they take turns.
        for first in [run % 2 == 0, run % 2 != 0] {
            let home = folder + "/tally-bench-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: home,
                withIntermediateDirectories: false
            )
            // What is left behind after a failure is a folder of its own name in `folder`.
            defer { try? FileManager.default.removeItem(atPath: home) }
            let place = Disk(folder: home)
            if first {
                journal.append(
                    try timeJournal(place, hiding, chance, groupSize: groupSize, steps: steps)
                )
            } else {
                bare.append(
                    try timeBare(place, hiding, chance, groupSize: groupSize, steps: steps)
                )
            }
        }
    }
    return Comparison(
        groupSize == 1 ? "journal, one step a commit" : "journal, \(groupSize) steps a commit",
        target: 1.25,
        ours: journal,
        raw: bare
    )
}

private func timeJournal(
    _ place: Disk,
    _ hiding: any Hiding,
    _ chance: any Chance,
    groupSize: Int,
    steps: Int
) throws -> Double {
    var chance = chance
    let (journal, _) = try Journal.open(place, hiding: hiding, chance: chance)
    let samples = (0..<groupSize).map { BenchStep($0, &chance) }
    try journal.write(samples.map { $0.step(toCome: 3) })
    let start = ContinuousClock.now
    for round in 0..<steps / groupSize {
        try journal.write(samples.map { $0.step(toCome: 3 - (round + 1) % 4) })
    }
    let took = ContinuousClock.now - start
    try journal.close()
    return took / .nanoseconds(1) / Double(steps / groupSize * groupSize)
}

/// One step's content, the same for both sides.
struct BenchStep {
    let payment: [UInt8]
    let entries: [LogEntry]
    let piece: [UInt8]
    let message: [UInt8]
    let state: [UInt8]

    init(_ number: Int, _ chance: inout any Chance) {
        payment = chance.bytes(40)
        entries = (1...3).map { LogEntry(kind: UInt64($0), bytes: chance.bytes(180)) }
        (piece, message, state) = (chance.bytes(150), chance.bytes(180), chance.bytes(60))
    }

    func step(toCome: Int) -> Step {
        Step(
            payment: payment,
            entries: entries,
            changes: [
                .put(.piece, key: payment, bytes: piece),
                .put(.outbox, key: payment, bytes: message),
            ],
            standing: .open(state, toCome: Room(steps: toCome, bytes: toCome * 1_500))
        )
    }
}
