internal import Words

/// A range of one stick's units; `stick` is the oracle's own number for it.
struct Span: Hashable, Sendable {
    let stick: Int
    var lo: UInt64
    var hi: UInt64

    var count: UInt64 { hi - lo }

    func has(_ unit: UInt64) -> Bool { lo <= unit && unit < hi }
}

extension Array where Element == Span {
    var count64: UInt64 { reduce(0) { $0 &+ $1.count } }

    /// In order, neighbours joined: two lists of the same units become equal.
    ///
    /// What overlaps stays apart, so that it is seen.
    var normal: [Span] {
        guard count > 1 else { return self }
        var out: [Span] = []
        out.reserveCapacity(count)
        for span in sorted(by: { ($0.stick, $0.lo, $0.hi) < ($1.stick, $1.lo, $1.hi) }) {
            if let last = out.last, last.stick == span.stick, last.hi == span.lo {
                out[out.count - 1].hi = span.hi
            } else {
                out.append(span)
            }
        }
        return out
    }

    /// What is here and not in the other.
    func removing(_ other: [Span]) -> [Span] {
        guard !isEmpty, !other.isEmpty else { return self }
        var out: [Span] = []
        for span in self {
            var lo = span.lo
            for cut in other where cut.stick == span.stick && cut.hi > lo && cut.lo < span.hi {
                if cut.lo > lo { out.append(Span(stick: span.stick, lo: lo, hi: cut.lo)) }
                lo = cut.hi
            }
            if lo < span.hi { out.append(Span(stick: span.stick, lo: lo, hi: span.hi)) }
        }
        return out
    }
}

/// Who has a unit: a home with it free, or with it locked in a payment.
struct Hand: Hashable, Sendable {
    /// The home's index, or ``nobodyHonest``.
    let home: Int32
    /// The payment's index, or -1 when it is free.
    let payment: Int32

    static func free(_ home: Int) -> Hand { Hand(home: Int32(home), payment: -1) }

    static func held(_ home: Int, _ payment: Int) -> Hand {
        Hand(home: Int32(home), payment: Int32(payment))
    }

    /// All dishonest keys together: which of them has a unit, they alone know.
    static let dishonest = Hand(home: -1, payment: -1)
}

/// In whose hands the units of one stick are.
struct Hands: Sendable {
    struct Part: Sendable {
        var lo: UInt64
        var hi: UInt64
        var hands: [Hand]
        /// In how many hands more than one they may be, because somebody spent them twice.
        var copies = 0

        func isLike(_ other: Part) -> Bool { hands == other.hands && copies == other.copies }
    }

    /// In order, without gaps, no two neighbours alike.
    private(set) var parts: [Part]

    init(units: UInt64) { parts = [Part(lo: 0, hi: units, hands: [])] }

    /// Changes what is said of a range, cutting parts where it begins and ends.
    mutating func edit(_ span: Span, _ change: (inout Part) -> Void) {
        var (from, to) = (first(above: span.lo), 0)
        to = from
        while to < parts.count, parts[to].lo < span.hi { to += 1 }
        guard from < to else { return }
        // The neighbours take part, because they may become alike.
        if from > 0 { from -= 1 }
        if to < parts.count { to += 1 }
        var fresh: [Part] = []
        fresh.reserveCapacity(to - from + 2)
        for part in parts[from..<to] {
            let (lo, hi) = (max(part.lo, span.lo), min(part.hi, span.hi))
            guard lo < hi else {
                Self.append(part, to: &fresh)
                continue
            }
            var (before, inside, after) = (part, part, part)
            (before.hi, inside.lo, inside.hi, after.lo) = (lo, lo, hi, hi)
            change(&inside)
            Self.append(before, to: &fresh)
            Self.append(inside, to: &fresh)
            Self.append(after, to: &fresh)
        }
        parts.replaceSubrange(from..<to, with: fresh)
    }

    mutating func give(_ span: Span, to hand: Hand) {
        edit(span) { $0.hands.append(hand) }
    }

    /// False when some of it was not in that hand.
    mutating func take(_ span: Span, from hand: Hand) -> Bool {
        var all = true
        edit(span) { part in
            if let at = part.hands.firstIndex(of: hand) {
                part.hands.remove(at: at)
            } else {
                all = false
            }
        }
        return all
    }

    /// Looks at each part of a range.
    func look(_ span: Span, _ body: (Part) -> Void) {
        var at = first(above: span.lo)
        while at < parts.count, parts[at].lo < span.hi {
            var part = parts[at]
            (part.lo, part.hi) = (max(part.lo, span.lo), min(part.hi, span.hi))
            body(part)
            at += 1
        }
    }

    private static func append(_ part: Part, to list: inout [Part]) {
        guard part.lo < part.hi else { return }
        if let last = list.last, last.isLike(part) {
            list[list.count - 1].hi = part.hi
        } else {
            list.append(part)
        }
    }

    private func first(above unit: UInt64) -> Int {
        var (low, high) = (0, parts.count)
        while low < high {
            let middle = (low + high) / 2
            if parts[middle].hi > unit { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
