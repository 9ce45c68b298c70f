package import Words

/// Writes the few ASN.1 types that our certificates are made of, each in its one DER form.
enum DER {
    static func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + 5)
        bytes.append(tag)
        switch content.count {
        case 0..<0x80:
            bytes.append(UInt8(content.count))
        case 0x80...0xFF:
            bytes.append(contentsOf: [0x81, UInt8(content.count)])
        case 0x100...0xFFFF:
            bytes.append(contentsOf: [0x82, UInt8(content.count >> 8), UInt8(content.count & 255)])
        default:
            preconditionFailure("\(content.count) bytes: nothing here is longer than 65,535")
        }
        bytes.append(contentsOf: content)
        return bytes
    }

    static func sequence(_ items: [UInt8]...) -> [UInt8] { sequence(items) }
    static func sequence(_ items: [[UInt8]]) -> [UInt8] { item(0x30, Array(items.joined())) }
    static func set(_ element: [UInt8]) -> [UInt8] { item(0x31, element) }
    static func octets(_ content: [UInt8]) -> [UInt8] { item(0x04, content) }
    static func object(_ body: [UInt8]) -> [UInt8] { item(0x06, body) }
    static func bits(_ content: [UInt8]) -> [UInt8] { item(0x03, [0] + content) }
    static let yes: [UInt8] = [0x01, 0x01, 0xFF]

    /// A list of named bits, without trailing zero bits; bit 0 is the leftmost.
    static func flags(_ numbers: [Int]) -> [UInt8] {
        precondition(numbers.allSatisfy((0..<8).contains), "every flag of ours fits one byte")
        guard let last = numbers.max() else { return item(0x03, [0]) }
        let byte = numbers.reduce(UInt8(0)) { $0 | 0x80 >> UInt8($1) }
        return item(0x03, [UInt8(7 - last), byte])
    }

    static func integer(_ value: UInt64) -> [UInt8] {
        var bytes = Array(bigEndianBytes(value).drop { $0 == 0 })
        // The first bit is the sign.
        if bytes.first.map({ $0 >= 0x80 }) ?? true { bytes.insert(0, at: 0) }
        return item(0x02, bytes)
    }

    /// A date as RFC 5280 has it: two digits for the year until 2049, four from then on.
    static func time(_ moment: Moment) -> [UInt8] {
        let date = Civil(moment)
        let rest = [date.month, date.day, date.hour, date.minute, date.second]
        let digits = rest.flatMap { decimal($0, 2) } + [UInt8(ascii: "Z")]
        return date.year < 2_050
            ? item(0x17, decimal(date.year % 100, 2) + digits)
            : item(0x18, decimal(date.year, 4) + digits)
    }

    private static func decimal(_ value: Int, _ count: Int) -> [UInt8] {
        var (digits, rest) = ([UInt8](repeating: 0, count: count), value)
        for at in digits.indices.reversed() {
            digits[at] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }
}

/// A moment as the calendar has it, in UTC.
package struct Civil: Hashable, Sendable {
    package let year, month, day, hour, minute, second: Int

    package init(_ moment: Moment) {
        let time = Int(moment.seconds % Limits.secondsPerDay)
        (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60)
        // Years are counted from March, so that the day a leap year adds is the last.
        let days = Int(moment.seconds / Limits.secondsPerDay) + Self.daysBefore1970
        let (century, inCentury) = days.quotientAndRemainder(dividingBy: Self.fourCenturies)
        let yearIn =
            (inCentury - inCentury / 1_460 + inCentury / 36_524 - inCentury / 146_096) / 365
        let dayIn = inCentury - (365 * yearIn + yearIn / 4 - yearIn / 100)
        let fromMarch = (5 * dayIn + 2) / 153
        day = dayIn - (153 * fromMarch + 2) / 5 + 1
        month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        year = century * 400 + yearIn + (month <= 2 ? 1 : 0)
    }

    /// The moment that the digits of a DER date name.
    ///
    /// They may name none; a date that is read here is believed only when it is written the
    /// same way again.
    static func moment(_ digits: [UInt8]) -> Moment? {
        let isLong = digits.count == 15
        guard isLong || digits.count == 13, digits.last == UInt8(ascii: "Z"),
            digits.dropLast().allSatisfy({ (48...57).contains($0) })
        else { return nil }
        func number(_ range: Range<Int>) -> Int {
            digits[range].reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        let at = isLong ? 4 : 2
        let short = number(0..<2)
        let year = isLong ? number(0..<4) : short + (short < 50 ? 2_000 : 1_900)
        let (month, day) = (number(at..<at + 2), number(at + 2..<at + 4))
        guard (1...12).contains(month), year >= 1_970 else { return nil }
        let march = month > 2 ? year : year - 1
        let dayIn = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let (century, yearIn) = march.quotientAndRemainder(dividingBy: 400)
        let days =
            century * fourCenturies + yearIn * 365 + yearIn / 4 - yearIn / 100 + dayIn
            - daysBefore1970
        let time =
            number(at + 4..<at + 6) * 3_600 + number(at + 6..<at + 8) * 60
            + number(at + 8..<at + 10)
        let seconds = days * Int(Limits.secondsPerDay) + time
        return seconds < 0 ? nil : Moment(UInt64(seconds))
    }

    private static let fourCenturies = 146_097
    private static let daysBefore1970 = 719_468
}
