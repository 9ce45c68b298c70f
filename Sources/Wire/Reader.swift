package import Words

/// Reads canonical bytes.
///
/// Total: whatever the bytes, it returns a value or throws with the position, takes no more
/// memory than the bytes themselves, and never traps.
package struct Reader {
    package let bytes: [UInt8]
    package private(set) var position: Int
    private let end: Int

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    /// Throws unless everything was read.
    package func finish() throws(WireError) {
        guard position == end else { throw WireError(.trailing, at: position) }
    }

    package mutating func number() throws(WireError) -> UInt64 { try head(0) }

    package mutating func number(_ range: ClosedRange<UInt64>) throws(WireError) -> UInt64 {
        let start = position
        let value = try head(0)
        guard range.contains(value) else { throw WireError(.outOfRange, at: start) }
        return value
    }

    package mutating func data(atMost cap: Int) throws(WireError) -> [UInt8] {
        Array(bytes[try string(2, or: .overCap) { $0 <= cap }])
    }

    /// The string where it stands, for those who keep it no longer than the bytes around it.
    package mutating func slice(atMost cap: Int) throws(WireError) -> ArraySlice<UInt8> {
        bytes[try string(2, or: .overCap) { $0 <= cap }]
    }

    package mutating func data(exactly count: Int) throws(WireError) -> [UInt8] {
        Array(bytes[try string(2, or: .wrongLength) { $0 == count }])
    }

    /// Where a string of so many bytes stands, for those who need no copy of it.
    package mutating func dataRange(exactly count: Int) throws(WireError) -> Range<Int> {
        try string(2, or: .wrongLength) { $0 == count }
    }

    package mutating func data32() throws(WireError) -> Bytes32 {
        // Most of what is ever read, as it nearly always stands; faults take the long way.
        let start = position + 2
        if end - position >= 34, bytes[position] == 0x58, bytes[position + 1] == 32 {
            position += 34
            return Bytes32(bytes.span.extracting(start..<start + 32))
        }
        let range = try string(2, or: .wrongLength) { $0 == 32 }
        return Bytes32(bytes.span.extracting(range))
    }

    /// A string that is either empty or `count` bytes long.
    package mutating func data(emptyOr count: Int) throws(WireError) -> [UInt8] {
        Array(bytes[try string(2, or: .wrongLength) { $0 == 0 || $0 == count }])
    }

    package mutating func text(atMost cap: Int) throws(WireError) -> String {
        let start = position
        let range = try string(3, or: .overCap) { $0 <= cap }
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw WireError(.badText, at: start)
        }
        return text
    }

    /// Opens an array of exactly `count` items.
    package mutating func array(_ count: Int) throws(WireError) {
        // As it nearly always stands; faults take the long way.
        if count < 24, end - position > count, bytes[position] == 0x80 | UInt8(count) {
            position += 1
            return
        }
        _ = try claim(4, or: .wrongCount) { $0 == count }
    }

    /// Opens an array that comes in several sizes and says which it is.
    package mutating func array(_ counts: ClosedRange<Int>) throws(WireError) -> Int {
        try claim(4, or: .wrongCount) {
            UInt64(counts.lowerBound)...UInt64(counts.upperBound) ~= $0
        }
    }

    /// Opens an array of at most `cap` items and says how many there are.
    package mutating func array(atMost cap: Int) throws(WireError) -> Int {
        // Nothing is what stands there most of the time.
        if position < end, bytes[position] == 0x80 {
            position += 1
            return 0
        }
        return try claim(4, or: .overCap) { $0 <= cap }
    }

    @inlinable
    package mutating func value<Value: WireValue>(
        _ type: Value.Type = Value.self
    ) throws(WireError) -> Value {
        try Value(from: &self)
    }

    @inlinable
    package mutating func list<Value: WireValue>(
        atMost cap: Int,
        of type: Value.Type = Value.self
    ) throws(WireError) -> [Value] {
        let count = try array(atMost: cap)
        var values: [Value] = []
        values.reserveCapacity(min(count, 64))
        for _ in 0..<count { values.append(try Value(from: &self)) }
        return values
    }

    @inlinable
    package mutating func optional<Value: WireValue>(
        _ type: Value.Type = Value.self
    ) throws(WireError) -> Value? {
        try array(atMost: 1) == 0 ? nil : try Value(from: &self)
    }

    /// Reads the version that opens every format.
    package mutating func version(_ expected: UInt64) throws(WireError) {
        let start = position
        guard try number() == expected else { throw WireError(.version, at: start) }
    }

    private mutating func string(
        _ major: UInt8,
        or kind: WireError.Kind,
        _ fits: (UInt64) -> Bool
    ) throws(WireError) -> Range<Int> {
        let count = try claim(major, or: kind, fits)
        let start = position
        position += count
        return start..<position
    }

    /// The length that a string or array claims, once it fits its place and the bytes are there.
    ///
    /// An element has at least one byte, so an array longer than the rest is as much a lie as a
    /// string is, and no caller sets memory aside for it.
    private mutating func claim(
        _ major: UInt8,
        or kind: WireError.Kind,
        _ fits: (UInt64) -> Bool
    ) throws(WireError) -> Int {
        let start = position
        let count = try head(major)
        guard fits(count) else { throw WireError(kind, at: start) }
        guard count <= UInt64(end - position) else { throw WireError(.truncated, at: end) }
        return Int(count)
    }

    /// Most heads are one byte, and that much is read where it is asked for.
    @inline(__always)
    private mutating func head(_ major: UInt8) throws(WireError) -> UInt64 {
        guard position < end else { throw WireError(.truncated, at: position) }
        let first = bytes[position]
        guard first >> 5 == major else { throw WireError(.wrongType, at: position) }
        position += 1
        let short = first & 31
        return short < 24 ? UInt64(short) : try longHead(major, short)
    }

    /// What the first byte of a longer head announces.
    private mutating func longHead(
        _ major: UInt8,
        _ short: UInt8
    ) throws(WireError) -> UInt64 {
        let start = position - 1
        guard short < 28 else {
            throw WireError(short == 31 && major != 0 ? .indefinite : .wrongType, at: start)
        }
        let count = 1 &<< Int(short &- 24)
        guard end - position >= count else { throw WireError(.truncated, at: end) }
        // Nearly every one is of the shorter two.
        if count == 2 {
            let value = UInt64(bytes[position]) &<< 8 | UInt64(bytes[position + 1])
            guard value > 0xFF else { throw WireError(.notShortest, at: start) }
            position += 2
            return value
        }
        var value: UInt64 = 0
        for _ in 0..<count {
            value = value &<< 8 | UInt64(bytes[position])
            position += 1
        }
        // Each longer form starts where the shorter one ends.
        let floor: UInt64 = count == 1 ? 24 : 1 &<< UInt64(4 &* count)
        guard value >= floor else { throw WireError(.notShortest, at: start) }
        return value
    }
}
