package import Wire
internal import Words

/// What can tell whether somebody knows a code, and how many wrong ones may still come:
/// docs/PROTOCOL section 9.
///
/// It holds no code, and no file either: whoever keeps it says how that is done.
package struct Passcode: Hashable, Sendable {
    package let salt: [UInt8]
    private let verifier: Hash
    package private(set) var left: UInt64

    package static let saltBytes = 16
    /// How many wrong ones may come in a row: of a PIN, and of the code that unblocks it.
    package static let pinTries: UInt64 = 5
    package static let triesAtMost: UInt64 = 10
    package static let digits = 4...12

    /// Whether somebody may have these digits as a PIN.
    package static func fits(_ digits: some Collection<UInt8>) -> Bool {
        Self.digits.contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// A code that was stretched with the salt, with all its tries.
    package init(salt: [UInt8], stretched: [UInt8], tries: UInt64) {
        precondition(salt.count == Self.saltBytes, "a salt has 16 bytes")
        precondition(tries <= Self.triesAtMost, "so many tries has no code")
        (self.salt, left) = (salt, tries)
        verifier = Self.verifier(stretched)
    }

    private static func verifier(_ stretched: [UInt8]) -> Hash {
        Digest.hash(Digest.Domain("tally1 pin"), stretched)
    }

    /// Whether that is it; what has to be on the disk first is handed to `keep`.
    ///
    /// The try is counted, and on disk, before it is looked at: whoever pulls the plug at a wrong
    /// one has used it up. The right one gives back all its tries.
    package mutating func check<Fault>(
        _ stretched: [UInt8],
        tries most: UInt64,
        keep: (Passcode) throws(Fault) -> Void
    ) throws(Fault) -> Bool {
        guard left > 0 else { return false }
        #if Planted
        if Plant.tryCountedLate.isHere, Self.isSame(Self.verifier(stretched), verifier) {
            return true
        }
        #endif
        left -= 1
        try keep(self)
        guard Self.isSame(Self.verifier(stretched), verifier) else { return false }
        left = most
        try keep(self)
        return true
    }

    /// In a time that does not depend on where they differ.
    private static func isSame(_ one: Hash, _ other: Hash) -> Bool {
        zip(one.bytes.array, other.bytes.array).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension Passcode: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        writer.number(1)
        writer.data(salt)
        writer.value(verifier)
        writer.number(left)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        try reader.version(1)
        salt = try reader.data(exactly: Self.saltBytes)
        (verifier, left) = (try reader.value(), try reader.number(0...Self.triesAtMost))
    }
}
