internal import Command

/// Seeds that are done, as few ranges as there are.
struct SeedSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt64>] = []

    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    mutating func insert(_ seed: UInt64) {
        let at = ranges.firstIndex { $0.upperBound >= seed } ?? ranges.count
        if ranges.indices.contains(at), ranges[at].contains(seed) { return }
        let joinsBelow = at > 0 && ranges[at - 1].upperBound == seed - 1
        let joinsAbove = ranges.indices.contains(at) && ranges[at].lowerBound == seed + 1
        switch (joinsBelow, joinsAbove) {
        case (true, true):
            ranges[at - 1] = ranges[at - 1].lowerBound...ranges[at].upperBound
            ranges.remove(at: at)
        case (true, false): ranges[at - 1] = ranges[at - 1].lowerBound...seed
        case (false, true): ranges[at] = seed...ranges[at].upperBound
        case (false, false): ranges.insert(seed...seed, at: at)
        }
    }

    /// What is not done of all of these.
    func missing(of all: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
        var (gaps, next): ([ClosedRange<UInt64>], UInt64) = ([], all.lowerBound)
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= all.upperBound { gaps.append(next...all.upperBound) }
        return gaps
    }

    // MARK: As text: 1-40,42

    var text: String { ranges.map(Self.text).joined(separator: ",") }

    static func text(_ range: ClosedRange<UInt64>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }

    init() {}

    init?(_ text: String) {
        for part in text.split(separator: ",") {
            guard let range = Self.range(String(part)),
                range.lowerBound > (ranges.last?.upperBound ?? 0)
            else { return nil }
            ranges.append(range)
        }
    }

    /// The largest seed and the most of them; far more than anybody has time for.
    static let largest: UInt64 = 1_000_000_000_000_000
    static let most = 100_000_000

    /// `7` or `1-1000`; seeds count from 1.
    static func range(_ text: String) -> ClosedRange<UInt64>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end in
            end.allSatisfy { ("0"..."9").contains($0) } ? UInt64(end) : nil
        }
        guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
            low >= 1, low <= high, high <= largest, high - low < UInt64(most)
        else { return nil }
        return low...high
    }
}

extension SeedSet {
    /// The seeds that somebody typed.
    static func typed(_ text: String) throws(Complaint) -> ClosedRange<UInt64> {
        guard let range = range(text) else {
            throw Complaint(
                .usage,
                "bad-seeds",
                "--seeds are one or a range of whole numbers from 1, and \(quoted(text)) is none",
                hint: "write --seeds 1-1000, the smaller one first, or --seeds 7"
            )
        }
        return range
    }
}
