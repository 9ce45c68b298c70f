#if Planted
package import Words

/// In how many seeds of which scenario each planted bug is found, as docs/PLANTED.md has it.
package struct Survey: Hashable, Sendable {
    package private(set) var rows: [Row] = []

    package struct Row: Hashable, Sendable {
        package let plant: Plant
        /// The scenario that finds it in the fewest seeds.
        package let scenario: String
        package let seeds: UInt64
        package let invariant: String
        /// The other scenarios that find it, with their seeds, the quickest first.
        package let others: [Other]
    }

    package struct Other: Hashable, Sendable {
        package let scenario: String
        package let seeds: UInt64
    }

    package init() {}

    /// Puts down what the trails of one bug come to; false when none of them found it.
    package mutating func add(_ trails: [Hunt.Trail]) -> Bool {
        var found: [(Hunt.Trail, UInt64)] = []
        for trail in trails {
            if let needed = trail.needed { found.append((trail, needed)) }
        }
        // Of equals the one that was tried first.
        let order = found.indices.sorted { (found[$0].1, $0) < (found[$1].1, $1) }
        guard let best = order.first, let breach = found[best].0.finds.first else { return false }
        rows.append(
            Row(
                plant: found[best].0.plant,
                scenario: found[best].0.scenario,
                seeds: found[best].1,
                invariant: breach.name,
                others: order.dropFirst().map {
                    Other(scenario: found[$0].0.scenario, seeds: found[$0].1)
                }
            )
        )
        return true
    }

    // MARK: The table in the page

    /// The rows as a table of a page.
    package var markdown: String {
        var lines = ["| bug | found best by | seeds | invariant | also found by |"]
        lines.append("|---|---|---|---|---|")
        for row in rows {
            let others = row.others.map { "\($0.scenario) \($0.seeds)" }.joined(separator: ", ")
            let cells = [
                "`\(row.plant.rawValue)`", row.scenario, "\(row.seeds)", row.invariant,
                others.isEmpty ? "–" : others,
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads the table out of a page; what is no row of it is passed over.
    package init(reading page: String) {
        for line in page.split(separator: "\n") {
            let cells = line.split(separator: "|").map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard cells.count == 5, let seeds = UInt64(cells[2]),
                let plant = Plant(rawValue: cells[0].filter { $0 != "`" })
            else { continue }
            let others = cells[4].split(separator: ",").compactMap { other -> Other? in
                let words = other.split(separator: " ")
                guard words.count == 2, let seeds = UInt64(words[1]) else { return nil }
                return Other(scenario: String(words[0]), seeds: seeds)
            }
            rows.append(
                Row(
                    plant: plant,
                    scenario: cells[1],
                    seeds: seeds,
                    invariant: cells[3],
                    others: others
                )
            )
        }
    }
}
#endif
