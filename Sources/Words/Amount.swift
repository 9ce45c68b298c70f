/// A number of minor units of some asset.
///
/// It has no `+`: adding money can overflow, and the caller decides what that means.
package struct Amount: Hashable, Sendable, Comparable {
    package let units: UInt64

    package init?(_ units: UInt64) {
        guard units <= Limits.amountUnits else { return nil }
        self.units = units
    }

    private init(unchecked units: UInt64) { self.units = units }
    package static let zero = Amount(unchecked: 0)
    package static let largest = Amount(unchecked: Limits.amountUnits)

    package func adding(_ other: Amount) -> Amount? { Amount(units + other.units) }

    package func subtracting(_ other: Amount) -> Amount? {
        other.units <= units ? Amount(unchecked: units - other.units) : nil
    }

    package static func < (a: Amount, b: Amount) -> Bool { a.units < b.units }

    /// The sum, or nil when it is more than any money there can be.
    package static func sum(_ amounts: some Sequence<Amount>) -> Amount? {
        var total = Amount.zero
        for amount in amounts {
            guard let next = total.adding(amount) else { return nil }
            total = next
        }
        return total
    }
}

/// What is counted: a short code, and how many decimals its major unit has.
package struct Asset: Hashable, Sendable {
    package let code: String
    package let scale: UInt8

    /// nil unless the code is one and the scale at most 6.
    package init?(code: String, scale: UInt8) {
        guard Self.isCode(code), scale <= Limits.assetScaleDigits else { return nil }
        (self.code, self.scale) = (code, scale)
    }

    /// Whether a meter can count it: watt-hours, in parts that a pulse can be of.
    package var isMetered: Bool { code == "Wh" && scale <= 3 }

    /// Whether a text is 1 to 8 ASCII letters and digits, the first a letter.
    package static func isCode(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, isLetter(first) else { return false }
        return bytes.count <= Limits.assetCodeBytes
            && bytes.allSatisfy { isLetter($0) || (48...57).contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }

    /// `1250` cents as `12.50`.
    package func text(_ amount: Amount) -> String {
        guard scale > 0 else { return String(amount.units) }
        var digits = String(amount.units)
        let missing = Int(scale) + 1 - digits.count
        if missing > 0 { digits = String(repeating: "0", count: missing) + digits }
        let point = digits.index(digits.endIndex, offsetBy: -Int(scale))
        return digits[..<point] + "." + digits[point...]
    }

    /// `12.50 EUR`, as people read it.
    package func full(_ amount: Amount) -> String { text(amount) + " " + code }
}

/// Why a typed amount is no amount.
///
/// Anything that two people could read differently is refused.
package enum AmountFault: Error, Hashable, Sendable {
    case empty
    case comma
    case notANumber
    case decimals(most: UInt8)
    case missingDigits
    case tooLarge
    case leadingZero
}

extension Asset {
    /// The amount a person typed: `12`, `12.5` and `12.50`, and nothing ambiguous.
    package func amount(_ text: String) throws(AmountFault) -> Amount {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw .empty }
        guard !bytes.contains(UInt8(ascii: ",")) else { throw .comma }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2,
            parts.allSatisfy({ $0.allSatisfy { (48...57).contains($0) } })
        else { throw .notANumber }
        let (whole, decimals) = (parts[0], parts.count == 2 ? parts[1] : [])
        guard !whole.isEmpty, parts.count == 1 || !decimals.isEmpty else { throw .missingDigits }
        guard whole.count == 1 || whole.first != 48 else { throw .leadingZero }
        guard decimals.count <= Int(scale) else { throw .decimals(most: scale) }
        guard whole.count <= 16 else { throw .tooLarge }
        let zeros = repeatElement(UInt8(48), count: Int(scale) - decimals.count)
        var units: UInt64 = 0
        for digit in Array(whole) + Array(decimals) + Array(zeros) {
            let (tens, over) = units.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit - 48))
            guard !over, !carry else { throw .tooLarge }
            units = sum
        }
        guard let amount = Amount(units) else { throw .tooLarge }
        return amount
    }
}
