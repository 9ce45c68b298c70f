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
        var out = [UInt8](repeating: 0, count: count)
        veil(&out)
        return out
    }

    /// Mixes chance into the bytes from `start` on, eight with each number: a second time, with
    /// dice of the same seed, takes it out again.
    package mutating func veil(_ bytes: inout [UInt8], from start: Int = 0) {
        unsafe bytes.withUnsafeMutableBytes { raw in
            var at = start
            // Every word lies below the array's end, and the rest of it is taken byte by byte.
            while raw.count - at >= 8 {
                let plain = unsafe raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let word = plain ^ next().littleEndian
                unsafe raw.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
                at += 8
            }
            guard at < raw.count else { return }
            let last = next()
            for index in at..<raw.count {
                unsafe raw[index] ^= UInt8(truncatingIfNeeded: last &>> UInt64(8 * (index - at)))
            }
        }
    }
}
