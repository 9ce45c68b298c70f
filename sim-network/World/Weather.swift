import Disks

/// What one seed makes of a scenario's faults: a number for each, 0 where it is spared.
package struct Weather: Hashable, Sendable {
    private var numbers = [UInt64](repeating: 0, count: FaultKind.allCases.count)

    /// No fault at all: how every world ends.
    package static let fair = Weather()

    package init() {}

    init(_ scenario: Scenario, seed: UInt64) {
        for fault in scenario.faults {
            // Each fault has a stream of its own, so that leaving one out changes no other.
            var dice = stream(seed, .weather, fault.kind.rawValue)
            let isSpared = !fault.isSure && dice.chance(1, in: 2)
            let spread = Int(fault.range.upperBound - fault.range.lowerBound) + 1
            let drawn = fault.range.lowerBound + UInt64(dice.below(spread))
            self[fault.kind] = isSpared ? 0 : drawn
        }
    }

    package subscript(_ kind: FaultKind) -> UInt64 {
        get { numbers[kind.rawValue] }
        set { numbers[kind.rawValue] = newValue }
    }
}

/// What a stream of chance is for: each purpose has its own, so that drawing more for one
/// shifts no other.
enum Purpose: UInt64 {
    case weather = 1
    case network, events, people, stranger, home, disk, node, check, keys, crook, carrier, journal
    case visitor, reader, meter
}

func stream(_ seed: UInt64, _ purpose: Purpose, _ index: Int = 0) -> Dice {
    var mixed = Dice(seed: seed)
    let own = mixed.next() ^ purpose.rawValue &* 0x9E37_79B9_7F4A_7C15
    var dice = Dice(seed: own ^ UInt64(index) &* 0xC2B2_AE3D_27D4_EB4F)
    return Dice(seed: dice.next())
}

extension Dice {
    /// So many times in a thousand.
    mutating func thousandths(_ share: UInt64) -> Bool {
        share > 0 && below(1_000) < Int(share)
    }

    mutating func upTo(_ most: UInt64) -> UInt64 {
        most == 0 ? 0 : UInt64(below(Int(most) + 1))
    }

    mutating func within(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + upTo(range.upperBound - range.lowerBound)
    }
}
