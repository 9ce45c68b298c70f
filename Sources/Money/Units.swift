internal import Wire
package import Words

/// A half-open range of one stick's units, never empty.
package struct Units: Hashable, Sendable {
    package let lo: UInt64
    package let hi: UInt64

    package init?(_ lo: UInt64, _ hi: UInt64) {
        guard lo < hi, hi <= Limits.amountUnits else { return nil }
        (self.lo, self.hi) = (lo, hi)
    }

    private init(unchecked lo: UInt64, _ hi: UInt64) { (self.lo, self.hi) = (lo, hi) }

    package var count: Amount {
        guard let amount = Amount(hi - lo) else { preconditionFailure("a range is an amount") }
        return amount
    }

    package func overlaps(_ other: Units) -> Bool { lo < other.hi && other.lo < hi }
    package func contains(_ other: Units) -> Bool { lo <= other.lo && other.hi <= hi }

    package func intersection(_ other: Units) -> Units? {
        Units(max(lo, other.lo), min(hi, other.hi))
    }

    /// What stays on either side when `other` is taken out.
    package func removing(_ other: Units) -> [Units] {
        guard let cut = intersection(other) else { return [self] }
        return [Units(lo, cut.lo), Units(cut.hi, hi)].compactMap { $0 }
    }

    /// What stays when all of these are taken out, which are in order and do not meet.
    package func removing(_ others: [Units]) -> [Units] {
        var (rest, next) = ([Units](), lo)
        for other in others {
            guard let cut = intersection(other) else { continue }
            if let before = Units(next, cut.lo) { rest.append(before) }
            next = max(next, cut.hi)
        }
        if let last = Units(next, hi) { rest.append(last) }
        return rest
    }

    /// The first `amount` units, and the rest if there is any.
    package func cut(_ amount: Amount) -> (taken: Units, rest: Units?)? {
        guard amount > .zero, amount.units <= hi - lo else { return nil }
        let middle = lo + amount.units
        return (Units(unchecked: lo, middle), Units(middle, hi))
    }
}

extension Units {
    func write(to writer: inout Writer) {
        writer.number(lo)
        writer.number(hi)
    }

    /// Two numbers, as they stand inside entries and pieces.
    init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        let (lo, hi) = (try reader.number(), try reader.number())
        guard let units = Units(lo, hi) else { throw WireError(.outOfRange, at: start) }
        self = units
    }
}
