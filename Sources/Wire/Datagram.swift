internal import Words

/// The frame of one datagram, as far as it can be read without any key.
///
/// Nothing here is believed: the tag says only that opening is worth its cost, and everything
/// before the box is authenticated by the box.
package struct Datagram: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case first = 1
        case following = 2
        case firstFragment = 3
        case followingFragment = 4

        /// The secret key travels along, sealed to the receiver.
        package var carriesKey: Bool { self == .first || self == .firstFragment }
        package var isFragment: Bool { self == .firstFragment || self == .followingFragment }
    }

    package static let version: UInt8 = 1
    package static let tagBytes = 8
    package static let sealedBytes = 80
    package static let nonceBytes = 24
    package static let macBytes = 16
    /// Version, tag, kind.
    package static let headerBytes = 1 + tagBytes + 1

    package let bytes: [UInt8]
    package let kind: Kind
    package let tag: UInt64
    package let fragment: Fragment?

    package init(_ bytes: [UInt8]) throws(EnvelopeFault) {
        guard bytes.count <= Limits.datagramBytes else { throw .tooLong }
        guard bytes.count >= Self.headerBytes else { throw .tooShort }
        guard bytes[0] == Self.version else { throw .version }
        guard let kind = Kind(rawValue: bytes[Self.headerBytes - 1]) else { throw .kind }
        let boxAt = Self.boxOffset(kind)
        guard bytes.count > boxAt + Self.nonceBytes + Self.macBytes else { throw .tooShort }
        (self.bytes, self.kind, self.tag) = (bytes, kind, bigEndianWord(bytes, 1))
        fragment = kind.isFragment ? try Fragment(bytes, at: boxAt - Fragment.byteCount) : nil
        if let fragment, !fragment.mayHold(bytes.count - boxAt - Self.nonceBytes - Self.macBytes) {
            throw .fragment
        }
    }

    /// `kind ‖ body`: what the tag of a datagram with a sealed key is made of.
    package static func tagged(_ count: Int) -> Range<Int> { headerBytes - 1..<count }

    package var sealedKey: Range<Int>? {
        guard kind.carriesKey else { return nil }
        return Self.headerBytes..<Self.headerBytes + Self.sealedBytes
    }

    package var nonce: Range<Int> {
        let start = Self.boxOffset(kind)
        return start..<start + Self.nonceBytes
    }

    /// Ciphertext and its authenticator.
    package var box: Range<Int> { nonce.upperBound..<bytes.count }

    package var associatedData: [UInt8] { Self.associatedData(bytes, boxAt: nonce.lowerBound) }
}

extension Datagram {
    /// Everything of a datagram up to its box, the tag still zero.
    package static func head(
        _ kind: Kind,
        sealed: [UInt8],
        fragment: Fragment?,
        plaintextBytes: Int
    ) -> [UInt8] {
        precondition(
            kind.carriesKey == !sealed.isEmpty,
            "\(kind) with \(sealed.count) bytes of key"
        )
        precondition(kind.isFragment == (fragment != nil), "\(kind) with \(fragment as Any)")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(boxOffset(kind) + nonceBytes + plaintextBytes + macBytes)
        bytes.append(version)
        for _ in 0..<tagBytes { bytes.append(0) }
        bytes.append(kind.rawValue)
        bytes.append(contentsOf: sealed)
        fragment?.append(to: &bytes)
        return bytes
    }

    package static func setTag(_ tag: UInt64, in bytes: inout [UInt8]) {
        for index in 0..<tagBytes {
            bytes[1 + index] = UInt8(truncatingIfNeeded: tag &>> UInt64(56 - 8 * index))
        }
    }

    /// What the box vouches for besides its content: the head without the tag.
    package static func associatedData(_ bytes: [UInt8], boxAt: Int) -> [UInt8] {
        var data: [UInt8] = []
        data.reserveCapacity(boxAt - tagBytes)
        data.append(bytes[0])
        data.append(contentsOf: bytes[headerBytes - 1..<boxAt])
        return data
    }

    package static func boxOffset(_ kind: Kind) -> Int {
        headerBytes + (kind.carriesKey ? sealedBytes : 0)
            + (kind.isFragment ? Fragment.byteCount : 0)
    }

    /// The longest padded message that goes into one datagram of this kind.
    package static func roomBytes(_ kind: Kind) -> Int {
        let free = Limits.datagramBytes - boxOffset(kind) - nonceBytes - macBytes
        return free / Limits.paddingBytes * Limits.paddingBytes
    }
}

package func bigEndianWord(_ bytes: [UInt8], _ at: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in at..<at + 8 { word = word &<< 8 | UInt64(bytes[index]) }
    return word
}
