/// A command to the eKey, as ISO/IEC 7816-4 has it: docs/PROTOCOL section 17.2.
package struct Instruction: Hashable, Sendable {
    package var cla: UInt8
    package var ins: UInt8
    package var p1: UInt8
    package var p2: UInt8
    package var data: [UInt8]
    /// So many bytes at most may come back at once; nil where the command does not say.
    package var expected: Int?

    package init(
        cla: UInt8 = 0,
        ins: UInt8,
        _ p1: UInt8 = 0,
        _ p2: UInt8 = 0,
        data: [UInt8] = [],
        expected: Int? = nil
    ) {
        precondition(data.count <= 65_535, "a length has two bytes")
        precondition(expected.map { (1...65_536).contains($0) } ?? true, "so much may be expected")
        (self.cla, self.ins, self.p1, self.p2) = (cla, ins, p1, p2)
        (self.data, self.expected) = (data, expected)
    }

    /// nil where the lengths in it fit nothing that it could be.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        (cla, ins, p1, p2) = (bytes[0], bytes[1], bytes[2], bytes[3])
        let body = bytes[4...]
        guard let tail = body.count < 2 || body[4] != 0 ? Self.short(body) : Self.extended(body)
        else { return nil }
        (data, expected) = tail
    }

    private typealias Tail = (data: [UInt8], expected: Int?)

    private static func short(_ body: ArraySlice<UInt8>) -> Tail? {
        guard let first = body.first else { return ([], nil) }
        guard body.count > 1 else { return ([], first == 0 ? 256 : Int(first)) }
        let (data, rest) = (body.dropFirst().prefix(Int(first)), body.dropFirst(1 + Int(first)))
        guard data.count == first, rest.count < 2 else { return nil }
        return (Array(data), rest.first.map { $0 == 0 ? 256 : Int($0) })
    }

    private static func extended(_ body: ArraySlice<UInt8>) -> Tail? {
        func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
        func most(_ bytes: ArraySlice<UInt8>) -> Int {
            let number = number(bytes)
            return number == 0 ? 65_536 : number
        }
        guard body.count >= 3 else { return nil }
        let (first, rest) = (body.dropFirst().prefix(2), body.dropFirst(3))
        guard !rest.isEmpty else { return ([], most(first)) }
        let (data, last) = (rest.prefix(number(first)), rest.dropFirst(number(first)))
        guard !data.isEmpty, data.count == number(first) else { return nil }
        switch last.count {
        case 0: return (Array(data), nil)
        case 2: return (Array(data), most(last))
        case _: return nil
        }
    }

    /// In the shortest form that has room for it.
    package var bytes: [UInt8] {
        let isShort = data.count <= 255 && expected ?? 0 <= 256
        func number(_ count: Int) -> [UInt8] {
            isShort ? [UInt8(count & 255)] : [UInt8(count >> 8 & 255), UInt8(count & 255)]
        }
        var bytes = [cla, ins, p1, p2]
        let isBare = data.isEmpty && expected == nil
        if !isShort, !isBare { bytes.append(0) }
        if !data.isEmpty { bytes += number(data.count) + data }
        if let expected { bytes += number(expected) }
        return bytes
    }

    // MARK: Chains

    /// Whether more of it is to come.
    package var isPart: Bool { cla & Self.part != 0 }

    static let part: UInt8 = 0x10

    /// The same in parts of at most so many bytes: what a reader says of what is long.
    package func parts(of most: Int) -> [Instruction] {
        var parts: [Instruction] = []
        var left = data[...]
        repeat {
            var one = self
            one.data = Array(left.prefix(most))
            left = left.dropFirst(most)
            if !left.isEmpty { (one.cla, one.expected) = (cla | Self.part, nil) }
            parts.append(one)
        } while !left.isEmpty
        return parts
    }

    /// The commands that there are, by class and number.
    package enum Name: UInt16, CaseIterable, Hashable, Sendable {
        case select = 0x00A4
        case verify = 0x0020
        case change = 0x0024
        case unblock = 0x002C
        case challenge = 0x0084
        case proveOut = 0x0088
        case proveIn = 0x0082
        case data = 0x00CA
        case fetch = 0x00C0
        case ask = 0x8010
        case exchange = 0x8012
        case pair = 0x8020
        case load = 0x8024
        case destroy = 0x802A

        package var cla: UInt8 { UInt8(rawValue >> 8) }
        package var ins: UInt8 { UInt8(rawValue & 255) }
    }

    package init(
        _ name: Name,
        _ p1: UInt8 = 0,
        _ p2: UInt8 = 0,
        data: [UInt8] = [],
        expected: Int? = nil
    ) {
        self.init(cla: name.cla, ins: name.ins, p1, p2, data: data, expected: expected)
    }
}

/// What comes back to a command.
package struct Reply: Hashable, Sendable {
    package var data: [UInt8]
    package var status: Status

    package init(_ data: [UInt8] = [], _ status: Status = .done) {
        (self.data, self.status) = (data, status)
    }

    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        data = Array(bytes.dropLast(2))
        status = Status(UInt16(bytes[bytes.count - 2]) << 8 | UInt16(bytes[bytes.count - 1]))
    }

    package var bytes: [UInt8] {
        data + [UInt8(status.number >> 8), UInt8(status.number & 255)]
    }
}

/// The two bytes at the end of each response.
package struct Status: Hashable, Sendable, CustomStringConvertible {
    package let number: UInt16

    package init(_ number: UInt16) { self.number = number }

    package static let done = Status(0x9000)
    package static let wrongLength = Status(0x6700)
    package static let noChannel = Status(0x6881)
    package static let notForThisSession = Status(0x6982)
    package static let noTriesLeft = Status(0x6983)
    package static let notInUse = Status(0x6984)
    package static let notNow = Status(0x6985)
    /// A letter that does not open, or that no office has signed.
    package static let damaged = Status(0x6988)
    /// A letter of another root's office.
    package static let otherRoot = Status(0x6989)
    /// A letter that came too late, or is older than what is there.
    package static let tooLate = Status(0x698A)
    package static let wrongData = Status(0x6A80)
    package static let nothingOfThatName = Status(0x6A82)
    package static let noRoom = Status(0x6A84)
    package static let wrongParameters = Status(0x6A86)
    package static let noSuchData = Status(0x6A88)
    package static let noSuchCommand = Status(0x6D00)
    package static let noSuchClass = Status(0x6E00)
    package static let failed = Status(0x6F00)

    package static func more(_ count: Int) -> Status {
        Status(0x6100 | UInt16(count > 255 ? 0 : count))
    }

    package static func tries(_ left: UInt64) -> Status { Status(0x63C0 | UInt16(min(left, 15))) }

    /// How much more is there, at least.
    package var left: Int? {
        guard number >> 8 == 0x61 else { return nil }
        return number & 255 == 0 ? 256 : Int(number & 255)
    }

    /// How many tries are left after a wrong one.
    package var triesLeft: UInt64? { number & 0xFFF0 == 0x63C0 ? UInt64(number & 15) : nil }

    package var description: String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
