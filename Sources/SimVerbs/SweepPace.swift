/// How a sweep is getting on, as text: in stems, because how many runs a stem has is known only
/// when its first is over.
struct SweepPace: Paced {
    let all: Int
    /// Done before this run began.
    let before: Int
    var stems: Int
    var broken = 0
    var nanoseconds: UInt64 = 0
    /// All runs of this sweep, and what they come to in stems.
    private(set) var runs = 0
    private var worth = 0.0

    init(all: Int, before: Int) { (self.all, self.before, stems) = (all, before, before) }

    mutating func ran(of all: Int) {
        runs += 1
        worth += 1 / Double(max(1, all))
    }

    /// Runs in a second; nil while that cannot be told.
    var rate: Double? {
        nanoseconds > 0 && runs > 0 ? Double(runs) / (Double(nanoseconds) / 1e9) : nil
    }

    private var share: Double {
        all == 0 ? 1 : min(1, (Double(before) + worth) / Double(all))
    }

    var bar: String { Pace.bar("sweep", share, words) }
    var line: String { "sweep: \(words)\n" }

    private var words: String {
        var parts = ["\(stems) of \(all) stems", "\(grouped(UInt64(runs))) runs"]
        if broken > 0 { parts.append("\(broken) broken") }
        if let rate {
            parts.append("\(tenths(rate))/s")
            let left = (Double(all - before) - worth) / worth * Double(nanoseconds) / 1e9
            parts.append(Pace.time(max(0, left)) + " left")
        }
        return parts.joined(separator: ", ")
    }
}
