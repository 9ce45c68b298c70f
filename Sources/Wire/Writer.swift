package import Words

/// A value that writes and reads itself.
///
/// There is no tree of values in between, so there is nothing to exhaust and nothing to convert.
/// The generic functions here and in ``Reader`` are inlinable: other rooms write and read their
/// values through them, and an unspecialised call for every field costs more than the field.
package protocol WireValue {
    func write(to writer: inout Writer)
    init(from reader: inout Reader) throws(WireError)
}

extension WireValue {
    package var wireBytes: [UInt8] { wireBytes(reserving: 256) }

    /// The canonical bytes, with room for `size` of them from the start.
    @inlinable
    package func wireBytes(reserving size: Int) -> [UInt8] {
        var writer = Writer(reserving: size)
        write(to: &writer)
        return writer.bytes
    }

    /// The value these bytes are, all of them.
    @inlinable
    package init(wireBytes bytes: [UInt8]) throws(WireError) {
        var reader = Reader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }
}

/// Writes deterministic CBOR (RFC 8949, section 4.2): unsigned numbers, byte and text strings,
/// arrays of a known length.
///
/// Equal values give equal bytes because there is only one way to write each.
package struct Writer {
    package private(set) var bytes: [UInt8] = []

    package init(reserving size: Int = 256) {
        bytes.reserveCapacity(size)
    }

    /// Hands the bytes over, so that whoever goes on with them copies nothing.
    package mutating func take() -> [UInt8] {
        let taken = bytes
        bytes = []
        return taken
    }

    package mutating func number(_ value: UInt64) { head(0, value) }

    package mutating func data(_ value: [UInt8]) {
        head(2, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func data(_ value: ArraySlice<UInt8>) {
        head(2, UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func text(_ value: String) {
        head(3, UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// Opens an array; exactly `count` items follow.
    package mutating func array(_ count: Int) { head(4, UInt64(count)) }

    package mutating func data(_ value: Bytes32) { value.append(to: &bytes, after: 0x58, 32) }

    /// 64 bytes: a signature.
    package mutating func data(_ first: Bytes32, _ second: Bytes32) {
        first.append(to: &bytes, after: 0x58, 64)
        second.append(to: &bytes)
    }

    package mutating func data(_ salt: Salt) { salt.append(to: &bytes, after: 0x50) }

    package mutating func data(_ payment: PaymentID) {
        head(2, UInt64(PaymentID.byteCount))
        payment.append(to: &bytes)
    }

    @inlinable
    package mutating func value(_ value: some WireValue) { value.write(to: &self) }

    @inlinable
    package mutating func list(_ values: [some WireValue]) {
        array(values.count)
        for value in values { value.write(to: &self) }
    }

    @inlinable
    package mutating func optional(_ value: (some WireValue)?) {
        array(value == nil ? 0 : 1)
        value?.write(to: &self)
    }

    /// The shortest head for a value: within the first byte, as most are, or in 1, 2, 4 or 8
    /// more.
    @inline(__always)
    private mutating func head(_ major: UInt8, _ value: UInt64) {
        if value < 24 {
            bytes.append(major << 5 | UInt8(truncatingIfNeeded: value))
        } else {
            longHead(major << 5, value)
        }
    }

    private mutating func longHead(_ type: UInt8, _ value: UInt64) {
        if value <= 0xFF {
            tail(type | 24, value, 1)
        } else if value <= 0xFFFF {
            tail(type | 25, value, 2)
        } else if value <= 0xFFFF_FFFF {
            tail(type | 26, value, 4)
        } else {
            tail(type | 27, value, 8)
        }
    }

    @inline(__always)
    private mutating func tail(_ first: UInt8, _ value: UInt64, _ count: Int) {
        bytes.append(addingCapacity: 9) { (room: inout OutputSpan<UInt8>) in
            room.append(first)
            for index in 1...count {
                room.append(UInt8(truncatingIfNeeded: value &>> UInt64(8 * (count - index))))
            }
        }
    }
}
