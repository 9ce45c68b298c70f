package import Host
package import Sealing
internal import Wallet
internal import Wire
internal import Words

/// The person's PIN: docs/PROTOCOL section 9.
///
/// What is kept can tell whether a PIN is the right one, sealed under the home's own key, and how
/// many wrong ones may still come. It keeps off whoever finds the device unlocked; the passphrase
/// sets a new one.
package struct PIN: Hashable, Sendable {
    private var code: Passcode
    private let use: Use

    /// What it is good for: an eKey has a code besides that sets another PIN.
    package enum Use: Hashable, Sendable {
        case pin
        case unblock

        package var triesAtMost: UInt64 {
            switch self {
            case .pin: Passcode.pinTries
            case .unblock: Passcode.triesAtMost
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
    package static let digits = Passcode.digits

    /// Whether somebody may have that as a PIN.
    package static func fits(_ text: String) -> Bool { Passcode.fits(text.utf8) }

    /// What a PIN is made of before it is told to anybody; nil when the memory is not to be had.
    package static func stretched(_ text: String, _ salt: [UInt8], by stretch: Stretch) -> [UInt8]?
    {
        stretch.run(Array(text.utf8), salt, .moderate)
    }

    private init(_ code: Passcode, _ use: Use) { (self.code, self.use) = (code, use) }

    package var question: Question { Question(salt: code.salt, left: code.left) }

    // MARK: In a home

    /// nil where there is none.
    package init?(of home: Home, _ key: DataKey, for use: Use = .pin) throws(PINFault) {
        guard Files.exists(use.file(in: home)) else { return nil }
        guard let sealed = try? Files.read(use.file(in: home), cap: 1_024),
            let bytes = key.show(sealed, context: use.context),
            let code = try? Passcode(wireBytes: bytes), code.left <= use.triesAtMost
        else { throw .damaged }
        self.init(code, use)
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
        let code = Passcode(salt: salt, stretched: stretched, tries: use.triesAtMost)
        try PIN(code, use).keep(code, in: home, key)
    }

    /// Whether that is it: the try is on the disk before it is looked at.
    package mutating func check(
        _ stretched: [UInt8],
        in home: Home,
        _ key: DataKey
    ) throws(PINFault) -> Verdict {
        let pin = self
        let isRight = try code.check(stretched, tries: use.triesAtMost) { code throws(PINFault) in
            try pin.keep(code, in: home, key)
        }
        return isRight ? .right : .wrong(question)
    }

    private func keep(
        _ code: Passcode,
        in home: Home,
        _ key: DataKey
    ) throws(PINFault) {
        var chance = SystemChance()
        let sealed = key.hide(code.wireBytes, context: use.context, chance: &chance)
        do {
            try Files.write(sealed, to: use.file(in: home), isSecret: true)
        } catch {
            throw .files(error)
        }
    }

    static let missing = "a PIN is asked for, and none is here; 'tally policy --pin' sets one"
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
