/// How a long run is getting on, as text.
package struct Pace: Paced {
    let name: String
    let all: Int
    /// Done before this run began, so that they do not count for its rate.
    let before: Int
    var done: Int
    var broken = 0
    var nanoseconds: UInt64 = 0

    init(_ name: String, all: Int, before: Int) {
        (self.name, self.all, self.before, done) = (name, all, before, before)
    }

    /// Seeds in a second; nil while that cannot be told.
    var rate: Double? {
        guard nanoseconds > 0, done > before else { return nil }
        return Double(done - before) / (Double(nanoseconds) / 1e9)
    }

    private static let width = 24

    /// One line that overwrites the one before it.
    var bar: String {
        Self.bar(name, all == 0 ? 1 : Double(done) / Double(all), words)
    }

    /// So much of it is done, from 0 to 1.
    static func bar(_ name: String, _ share: Double, _ words: String) -> String {
        // A hair more, so that a half of twenty-four is twelve.
        let full = min(width, max(0, Int(share * Double(width) + 1e-9)))
        let bar =
            String(repeating: "█", count: full)
            + String(repeating: "░", count: width - full)
        return "\r\u{1B}[K\(name) \(bar) \(words)"
    }

    /// A line of its own, where nothing can be overwritten.
    var line: String { "\(name): \(words)\n" }

    package static let wipe = "\r\u{1B}[K"

    private var words: String {
        var parts = ["\(done) of \(all) seeds"]
        if broken > 0 { parts.append("\(broken) broken") }
        if let rate {
            parts.append("\(tenths(rate))/s")
            parts.append(Self.time(Double(all - done) / rate) + " left")
        }
        return parts.joined(separator: ", ")
    }

    /// Rounded up, so that it does not say 0 s while there is something to do.
    static func time(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 1e9))
        if whole < 120 { return "\(whole) s" }
        if whole < 7_200 { return "\((whole + 59) / 60) min" }
        return "\((whole + 3_599) / 3_600) h"
    }
}

/// To one decimal.
func tenths(_ number: Double) -> String {
    let scaled = UInt64(min(max(0, number * 10).rounded(), 1e15))
    return "\(grouped(scaled / 10)).\(scaled % 10)"
}
