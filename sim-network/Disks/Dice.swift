import Words

/// Chance from a seed (SplitMix64): the same seed, the same run, on any machine.
package struct Dice: Chance, Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed &>> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed &>> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed &>> 31
    }

    /// A number from 0 up to but not including `end`.
    package mutating func below(_ end: Int) -> Int {
        precondition(end > 0, "nothing is below \(end)")
        return Int(next().multipliedFullWidth(by: UInt64(end)).high)
    }

    package mutating func chance(_ of: Int, in all: Int) -> Bool { below(all) < of }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count)
        while out.count < count {
            let word = next()
            for shift in 0..<min(8, count - out.count) {
                out.append(UInt8(truncatingIfNeeded: word &>> UInt64(8 * shift)))
            }
        }
        return out
    }
}
