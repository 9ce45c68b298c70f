/// The name of a signed or hashed thing: BLAKE2b-256 of it in its own domain.
package struct Hash: Hashable, Sendable, Comparable {
    package let bytes: Bytes32
    package init(_ bytes: Bytes32) { self.bytes = bytes }
    package static func < (a: Hash, b: Hash) -> Bool { a.bytes < b.bytes }
}

/// An Ed25519 public key: who somebody is.
package struct Key: Hashable, Sendable, Comparable {
    package let bytes: Bytes32
    package init(_ bytes: Bytes32) { self.bytes = bytes }
    package static func < (a: Key, b: Key) -> Bool { a.bytes < b.bytes }
}

/// An X25519 public key: what an envelope is sealed to.
package struct SealingKey: Hashable, Sendable {
    package let bytes: Bytes32
    package init(_ bytes: Bytes32) { self.bytes = bytes }
}

/// An Ed25519 signature.
package struct Signature: Hashable, Sendable {
    package let r: Bytes32
    package let s: Bytes32

    package init(r: Bytes32, s: Bytes32) {
        (self.r, self.s) = (r, s)
    }

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 64 else { return nil }
        r = Bytes32(bytes.span.extracting(0..<32))
        s = Bytes32(bytes.span.extracting(32..<64))
    }

    package var array: [UInt8] { r.array + s.array }
}

/// 16 random bytes that hide a private leaf from everyone it is not opened for.
package struct Salt: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// Of 16 bytes, in the order in which ``array`` gives them.
    package init(_ span: Span<UInt8>) {
        precondition(span.count == 16, "a salt is made of 16 bytes, not \(span.count)")
        high = littleEndian(span, 0).byteSwapped
        low = littleEndian(span, 8).byteSwapped
    }

    /// Appends one byte and these 16, in one go.
    package func append(to out: inout [UInt8], after first: UInt8) {
        out.append(addingCapacity: 17) { (room: inout OutputSpan<UInt8>) in
            room.append(repeating: 0, count: 17)
            var bytes = room.mutableSpan
            bytes[0] = first
            layLittleEndian(high.byteSwapped, in: &bytes, at: 1)
            layLittleEndian(low.byteSwapped, in: &bytes, at: 9)
        }
    }
}

/// One payment's name, made by its seller.
///
/// The MAC is under a key of the seller's own, so that it knows its ids again without having
/// written them down; nobody else can read anything in it but the epoch.
package struct PaymentID: Hashable, Sendable {
    package let epoch: Epoch
    package let random: Salt
    package let mac: Salt

    package init(epoch: Epoch, random: Salt, mac: Salt) {
        (self.epoch, self.random, self.mac) = (epoch, random, mac)
    }

    package static let byteCount = 40

    package var array: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    /// Appends them in one go, for an id stands in nearly every statement.
    package func append(to out: inout [UInt8]) {
        out.append(addingCapacity: Self.byteCount) { (room: inout OutputSpan<UInt8>) in
            room.append(repeating: 0, count: Self.byteCount)
            var bytes = room.mutableSpan
            layLittleEndian(epoch.number.byteSwapped, in: &bytes, at: 0)
            layLittleEndian(random.high.byteSwapped, in: &bytes, at: 8)
            layLittleEndian(random.low.byteSwapped, in: &bytes, at: 16)
            layLittleEndian(mac.high.byteSwapped, in: &bytes, at: 24)
            layLittleEndian(mac.low.byteSwapped, in: &bytes, at: 32)
        }
    }

    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        func word(_ index: Int) -> UInt64 {
            bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let epoch = Epoch(word(0)) else { return nil }
        self.init(
            epoch: epoch,
            random: Salt(high: word(1), low: word(2)),
            mac: Salt(high: word(3), low: word(4))
        )
    }
}

package func bigEndianBytes(_ word: UInt64) -> [UInt8] {
    var out: [UInt8] = []
    out.append(addingCapacity: 8) { (room: inout OutputSpan<UInt8>) in
        room.append(repeating: 0, count: 8)
        var bytes = room.mutableSpan
        layLittleEndian(word.byteSwapped, in: &bytes, at: 0)
    }
    return out
}

extension Salt {
    package var array: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    package func append(to out: inout [UInt8]) {
        out.append(addingCapacity: 16) { (room: inout OutputSpan<UInt8>) in
            room.append(repeating: 0, count: 16)
            var bytes = room.mutableSpan
            layLittleEndian(high.byteSwapped, in: &bytes, at: 0)
            layLittleEndian(low.byteSwapped, in: &bytes, at: 8)
        }
    }
}
