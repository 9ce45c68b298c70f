import Words

// A carrier as lines of text, one for each QR code: docs/PROTOCOL section 19.5.

extension Carrier {
    /// Its bytes in as many lines as it takes, of so many of them each.
    package func lines(of size: Int) -> [String] {
        let size = max(1, min(size, Limits.carrierPartBytes))
        let whole = bytes
        let parts = stride(from: 0, to: whole.count, by: size)
            .map { whole[$0..<min($0 + size, whole.count)] }
        let mark = CarrierLines.mark(of: whole)
        return parts.enumerated().map { index, part in
            "\(CarrierLines.title):\(index + 1)/\(parts.count):\(mark):\(Base32.text(part))"
        }
    }

    /// The bytes that these lines come to, in whichever order they were read.
    package static func bytes(
        ofLines text: String
    ) throws(CarrierTextFault) -> [UInt8] {
        var lines = CarrierLines()
        var number = 0
        // Bytes of a text are looked at: a person sees its two ends of a line as one sign.
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            let bare = line.filter { ![0x20, 0x09, 0x0D].contains($0) }
            guard !bare.isEmpty else { continue }
            guard let part = CarrierLines.Part(bare) else { throw .notAPart(line: number) }
            try lines.take(part, line: number)
        }
        return try lines.joined()
    }
}

/// Why lines of text are no carrier.
package enum CarrierTextFault: Error, Hashable, Sendable {
    case notAPart(line: Int)
    case otherCarrier(line: Int)
    case contradiction(line: Int)
    /// The first that is missing, of so many; there are none at all when that is 0.
    case partMissing(Int, of: Int)
    case damaged

    package var name: String {
        switch self {
        case .notAPart: "not-a-part"
        case .otherCarrier: "other-carrier"
        case .contradiction: "contradiction"
        case .partMissing: "part-missing"
        case .damaged: "damaged"
        }
    }
}

/// The parts that were read so far.
private struct CarrierLines {
    static let title = "TALLY1"
    private static let domain = Digest.Domain("tally1 qr")

    struct Part {
        let index: Int
        let count: Int
        let mark: String
        let body: [UInt8]

        init?(_ line: [UInt8]) {
            let large = line.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
            let fields = String(decoding: large, as: UTF8.self)
                .split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 4, fields[0] == CarrierLines.title else { return nil }
            let places = fields[1].split(separator: "/", omittingEmptySubsequences: false)
            guard places.count == 2, let index = Self.number(places[0]),
                let count = Self.number(places[1]), index <= count, fields[2].utf8.count == 8,
                fields[2].utf8.allSatisfy(Self.isHex),
                let body = Base32.bytes(fields[3]), !body.isEmpty,
                body.count <= Limits.carrierPartBytes
            else { return nil }
            (self.index, self.count, self.body) = (index, count, body)
            mark = String(fields[2])
        }

        private static func isHex(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte)
        }

        private static func number(_ text: Substring) -> Int? {
            guard let number = Int(text), (1...Limits.carrierParts).contains(number),
                text == "\(number)"
            else { return nil }
            return number
        }
    }

    private var (mark, count) = ("", 0)
    private var parts: [Int: [UInt8]] = [:]

    static func mark(of bytes: [UInt8]) -> String {
        Digest.hash(domain, bytes).bytes.array.prefix(4).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 2 ? digits : "0" + digits
        }.joined()
    }

    mutating func take(_ part: Part, line: Int) throws(CarrierTextFault) {
        if count == 0 { (mark, count) = (part.mark, part.count) }
        guard part.mark == mark, part.count == count else { throw .otherCarrier(line: line) }
        guard (parts[part.index] ?? part.body) == part.body else {
            throw .contradiction(line: line)
        }
        parts[part.index] = part.body
    }

    func joined() throws(CarrierTextFault) -> [UInt8] {
        guard count > 0 else { throw .partMissing(1, of: 0) }
        var bytes: [UInt8] = []
        for index in 1...count {
            guard let part = parts[index] else { throw .partMissing(index, of: count) }
            bytes += part
        }
        guard Self.mark(of: bytes) == mark else { throw .damaged }
        return bytes
    }
}

/// Five bits a character, without anything at the end.
private enum Base32 {
    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        var (text, bits, count) = ([UInt8](), UInt32(0), 0)
        func character(_ five: UInt32) -> UInt8 {
            five < 26 ? UInt8(0x41 + five) : UInt8(0x32 + five - 26)
        }
        for byte in bytes {
            bits = bits << 8 & 0xFFFF | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(character(bits >> UInt32(count) & 31))
            }
        }
        if count > 0 { text.append(character(bits << UInt32(5 - count) & 31)) }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil where it is not what the bytes would be written as.
    static func bytes(_ text: Substring) -> [UInt8]? {
        var (bytes, bits, count) = ([UInt8](), UInt32(0), 0)
        for character in text.utf8 {
            let five: UInt32
            switch character {
            case 0x41...0x5A: five = UInt32(character) - 0x41
            case 0x32...0x37: five = UInt32(character) - 0x32 + 26
            case _: return nil
            }
            bits = bits << 5 & 0xFFFF | five
            count += 5
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        // What is left over is no whole character, and zero.
        guard count < 5, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }
}
