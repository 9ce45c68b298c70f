package import Words

/// For whom sealed keys are opened: docs/PROTOCOL section 11.
///
/// Whoever has heard a key can make first messages to it that have to be opened before anything is
/// known of them. So all of them together get a bounded part of this node's time, and every
/// source a share of that. What it remembers is bounded, whoever sends.
package struct Openings: Sendable {
    /// Of all together.
    package static let perSecond: UInt64 = 4_000
    /// Of one share: whoever else sends finds some left beside a flood.
    package static let perShare: UInt64 = 2_000
    private static let shares = 64
    /// Whoever shares with a flood by chance soon does not any more.
    private static let keyed: UInt64 = 60_000

    private var chance: any Chance & Sendable
    private var key: (UInt64, UInt64) = (0, 0)
    private var keyedAt: UInt64?
    private var all = Bucket(Self.perSecond)
    private var ofShare = [Bucket](repeating: Bucket(Self.perShare), count: Self.shares)

    /// Fills up in a second, and holds no more than that.
    private struct Bucket: Sendable {
        /// In thousandths of an opening: so much comes in a millisecond.
        private let rate: UInt64
        private var left: UInt64
        private var at: UInt64 = 0

        init(_ rate: UInt64) { (self.rate, left) = (rate, rate * 1_000) }

        mutating func has(at now: UInt64) -> Bool {
            let passed = min(1_000, now - min(at, now))
            (left, at) = (min(rate * 1_000, left + rate * passed), now)
            return left >= 1_000
        }

        mutating func spend(_ count: UInt64) { left -= min(left, count * 1_000) }
    }

    package init(_ chance: any Chance & Sendable) { self.chance = chance }

    /// Whether a first message from there may be looked at now.
    package mutating func mayOpen(_ source: Source, at now: UInt64) -> Bool {
        if keyedAt.map({ now >= $0 + Self.keyed }) ?? true {
            (key, keyedAt) = (Source.key(from: &chance), now)
        }
        return all.has(at: now) && ofShare[share(of: source)].has(at: now)
    }

    /// So many keys had to be opened for what came from there.
    package mutating func spend(_ count: UInt64, for source: Source) {
        all.spend(count)
        ofShare[share(of: source)].spend(count)
    }

    private func share(of source: Source) -> Int {
        Int(source.share(key) % UInt64(Self.shares))
    }
}
