internal import Sealing

/// Everything that the base promises of speed, measured in one run against the calls it cannot
/// do without.
package enum BaseBench {
    /// `step` is told what is measured next; the journals are made in `folder` and removed.
    package static func run(
        folder: String,
        step: (String) -> Void
    ) throws -> [Comparison] {
        step("envelopes")
        var results = EnvelopeBench.run()
        step("money")
        results += try MoneyBench.run()
        var chance = SystemChance()
        let keys = KeyRing(chance: &chance)
        for size in [1, 16] {
            step("the journal, groups of \(size)")
            results.append(
                try benchJournal(
                    in: folder,
                    hiding: keys.data,
                    chance: chance,
                    groupSize: size
                )
            )
        }
        return results
    }

    /// The table that a person reads.
    package static func table(_ results: [Comparison]) -> String {
        let width = results.map(\.name.count).max() ?? 0
        let lines = results.map { result in
            let name = result.name + String(repeating: " ", count: width - result.name.count)
            let verdict = result.isWithin ? "ok" : "over"
            return [
                name, micros(result.nanoseconds), micros(result.rawNanoseconds),
                decimals(result.ratio, 3), decimals(result.target, 2), verdict,
            ].joined(separator: "  ")
        }
        let head = "measured" + String(repeating: " ", count: max(0, width - 8))
        return ([head + "    ours µs     raw µs  ratio  at most"] + lines).joined(separator: "\n")
    }

    private static func micros(_ nanoseconds: Double) -> String {
        let text = decimals(nanoseconds / 1_000, 2)
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }

    private static func decimals(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let whole = Int((value * scale).rounded())
        let digits = String(whole % Int(scale))
        let zeros = String(repeating: "0", count: places - digits.count)
        return "\(whole / Int(scale)).\(zeros)\(digits)"
    }
}
