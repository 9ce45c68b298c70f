internal import Words

/// Which part of which long message a datagram carries.
package struct Fragment: Hashable, Sendable {
    /// The message, as its sender and we alone can number it.
    package let number: UInt64
    package let index: Int
    package let count: Int

    package static let byteCount = 10
    package static let mostParts = Limits.messageBytes / Limits.fragmentBytes

    package init?(number: UInt64, index: Int, count: Int) {
        guard (2...Self.mostParts).contains(count), (0..<count).contains(index) else { return nil }
        (self.number, self.index, self.count) = (number, index, count)
    }

    init(_ bytes: [UInt8], at start: Int) throws(EnvelopeFault) {
        guard
            let fragment = Fragment(
                number: bigEndianWord(bytes, start),
                index: Int(bytes[start + 8]),
                count: Int(bytes[start + 9])
            )
        else { throw .fragment }
        self = fragment
    }

    package func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: bigEndianBytes(number))
        bytes.append(UInt8(index))
        bytes.append(UInt8(count))
    }

    /// Every part but the last is full, so a message can be cut in one way only.
    package func mayHold(_ bytes: Int) -> Bool {
        index == count - 1
            ? (1...Limits.fragmentBytes).contains(bytes) : bytes == Limits.fragmentBytes
    }

    /// Where the parts of a message of so many bytes lie.
    package static func parts(of byteCount: Int) -> [Range<Int>] {
        stride(from: 0, to: byteCount, by: Limits.fragmentBytes).map {
            $0..<min($0 + Limits.fragmentBytes, byteCount)
        }
    }
}

/// The parts of one long message that have arrived.
///
/// It takes no more memory than what it was given, and what it was given was authentic.
package struct Assembly: Hashable, Sendable {
    package let number: UInt64
    private var parts: [[UInt8]?]
    private var missing: Int

    package init(for fragment: Fragment) {
        number = fragment.number
        parts = Array(repeating: nil, count: fragment.count)
        missing = fragment.count
    }

    /// Puts a part in its place; the whole message once none is missing.
    package mutating func take(
        _ part: [UInt8],
        of fragment: Fragment
    ) throws(EnvelopeFault) -> [UInt8]? {
        guard fragment.number == number, fragment.count == parts.count,
            fragment.mayHold(part.count)
        else { throw .fragment }
        if parts[fragment.index] == nil {
            parts[fragment.index] = part
            missing -= 1
        }
        guard missing == 0 else { return nil }
        var whole: [UInt8] = []
        whole.reserveCapacity(parts.count * Limits.fragmentBytes)
        for part in parts { whole.append(contentsOf: part ?? []) }
        return whole
    }

    package var holds: Int { parts.count - missing }
}

/// The long messages of one conversation that are half here; a newer one drops the oldest.
package struct Assemblies: Hashable, Sendable {
    private var halves: [Assembly] = []

    package init() {}

    package var isEmpty: Bool { halves.isEmpty }

    /// Puts a part with the others of its message; the whole once it is there.
    package mutating func take(
        _ part: [UInt8],
        of fragment: Fragment
    ) throws(EnvelopeFault) -> [UInt8]? {
        if !halves.contains(where: { $0.number == fragment.number }) {
            if halves.count == Limits.assembliesPerConversation { halves.removeFirst() }
            halves.append(Assembly(for: fragment))
        }
        let at = halves.firstIndex { $0.number == fragment.number }
        guard let at else { preconditionFailure("the assembly was just made") }
        guard let whole = try halves[at].take(part, of: fragment) else { return nil }
        halves.remove(at: at)
        return whole
    }
}
