package import Host
package import Sealing
package import Wire
import Words

/// The person's PIN: docs/PROTOCOL section 9.
///
/// What is kept can tell whether a PIN is the right one, sealed under the home's own key, and how
/// many wrong ones may still come. It keeps off whoever finds the device unlocked; the passphrase
/// sets a new one.
package struct PIN: Hashable, Sendable {
    private let salt: [UInt8]
    private let verifier: Hash
    private var left: UInt64
    private var use = Use.pin

    /// What it is good for: an eKey has a code besides that sets another PIN.
    package enum Use: Hashable, Sendable {
        case pin
        case unblock

        package var triesAtMost: UInt64 {
            switch self {
            case .pin: 5
            case .unblock: 10
            }
        }

        var context: [UInt8] {
            switch self {
            case .pin: Array("tally pin".utf8)
            case .unblock: Array("tally unblock".utf8)
            }
        }

        package func file(in home: Home) -> String {
            switch self {
            case .pin: home.pin
            case .unblock: home.unblock
            }
        }
    }

    /// What is asked of whoever knows it.
    package struct Question: Hashable, Sendable {
        package let salt: [UInt8]
        /// How many wrong ones may still come: none, and it is shut.
        package let left: UInt64

        package init(salt: [UInt8], left: UInt64) { (self.salt, self.left) = (salt, left) }
    }

    package enum Verdict: Hashable, Sendable {
        case right
        case wrong(Question)
    }

    package static let triesAtMost = Use.pin.triesAtMost
    package static let digits = 4...12

    /// Whether somebody may have that as a PIN.
    package static func fits(_ text: String) -> Bool {
        digits.contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// What a PIN is made of before it is told to anybody; nil when the memory is not to be had.
    package static func stretched(_ text: String, _ salt: [UInt8], by stretch: Stretch) -> [UInt8]?
    {
        stretch.run(Array(text.utf8), salt, .moderate)
    }

    private init(salt: [UInt8], stretched: [UInt8], _ use: Use) {
        (self.salt, self.use) = (salt, use)
        (verifier, left) = (Self.verifier(stretched), use.triesAtMost)
    }

    private static func verifier(_ stretched: [UInt8]) -> Hash {
        Digest.hash(Digest.Domain("tally1 pin"), stretched)
    }

    package var question: Question { Question(salt: salt, left: left) }

    // MARK: In a home

    /// nil where there is none.
    package init?(of home: Home, _ key: DataKey, for use: Use = .pin) throws(PINFault) {
        guard Files.exists(use.file(in: home)) else { return nil }
        guard let sealed = try? Files.read(use.file(in: home), cap: 1_024),
            let bytes = key.show(sealed, context: use.context),
            let pin = try? PIN(wireBytes: bytes), pin.left <= use.triesAtMost
        else { throw .damaged }
        self = pin
        self.use = use
    }

    /// Gives a home another one.
    package static func set(
        _ text: String,
        of home: Home,
        _ key: DataKey,
        by stretch: Stretch,
        for use: Use = .pin
    ) throws(PINFault) {
        precondition(fits(text), "whoever typed it was told what a PIN is")
        var chance = SystemChance()
        let salt = chance.bytes(Stretch.saltBytes)
        guard let stretched = stretched(text, salt, by: stretch) else { throw .noMemory }
        try PIN(salt: salt, stretched: stretched, use).keep(in: home, key)
    }

    /// Whether that is it.
    ///
    /// The try is counted, and on disk, before it is looked at: whoever pulls the plug at a wrong
    /// one has used it up.
    package mutating func check(
        _ stretched: [UInt8],
        in home: Home,
        _ key: DataKey
    ) throws(PINFault) -> Verdict {
        guard left > 0 else { return .wrong(question) }
        left -= 1
        try keep(in: home, key)
        guard Self.isSame(Self.verifier(stretched), verifier) else { return .wrong(question) }
        left = use.triesAtMost
        try keep(in: home, key)
        return .right
    }

    /// In a time that does not depend on where they differ.
    private static func isSame(_ one: Hash, _ other: Hash) -> Bool {
        zip(one.bytes.array, other.bytes.array).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func keep(in home: Home, _ key: DataKey) throws(PINFault) {
        var chance = SystemChance()
        let sealed = key.hide(wireBytes, context: use.context, chance: &chance)
        do {
            try Files.write(sealed, to: use.file(in: home), isSecret: true)
        } catch {
            throw .files(error)
        }
    }

    static let missing = "a PIN is asked for, and none is here; 'tally policy --pin' sets one"
}

extension PIN: WireValue {
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
        salt = try reader.data(exactly: Stretch.saltBytes)
        (verifier, left) = (try reader.value(), try reader.number(0...Use.unblock.triesAtMost))
    }
}

/// Why a PIN cannot be asked about.
package enum PINFault: Error, Hashable, Sendable {
    /// It was changed by somebody, or is of another home.
    case damaged
    case noMemory
    case files(HostFault)
}

extension PINFault {
    package var words: String {
        switch self {
        case .damaged: "the file that knows the PIN was changed; 'tally policy --pin' sets another"
        case .noMemory: "there is not enough memory to look at a PIN"
        case .files: "the file that knows the PIN cannot be written"
        }
    }
}
