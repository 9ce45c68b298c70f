package import Wire
package import Words

/// What an eKey is made of, behind its commands: codes, keys, the wallet, and its own history.
///
/// What the commands rest on is a seam, so that the rules can be tried without a disk, and with
/// one that fails at any moment.
package protocol Inside: AnyObject {
    var identity: Key { get }
    var device: DeviceClass { get }
    /// Of the program, as people read it.
    var version: String { get }

    // MARK: Codes

    /// How many wrong ones may still come; nil where none was ever set.
    func tries(left code: Secret) throws(EKeyFailure) -> UInt64?
    /// Whether that is it: the try is on the disk before it is looked at.
    func check(_ code: Secret, _ digits: [UInt8]) throws(EKeyFailure) -> Bool
    /// Whether digits could be a PIN at all.
    func couldBePIN(_ digits: [UInt8]) -> Bool
    /// Another PIN, with all its tries.
    func set(pin digits: [UInt8]) throws(EKeyFailure)

    // MARK: Keys

    func sign(_ hash: Hash) -> Signature
    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool
    func chance(_ count: Int) -> [UInt8]
    /// The one that was paired first stands first.
    var readers: [Paired] { get throws(EKeyFailure) }
    func keep(_ readers: [Paired]) throws(EKeyFailure)

    // MARK: The bank

    /// What letters to it are sealed to.
    var sealingKey: SealingKey { get }
    var stage: Stage { get throws(EKeyFailure) }
    /// The root that its wallet trusts, or is going to.
    var root: Key? { get throws(EKeyFailure) }
    /// From which amounts on it wants its button, where it has one, and the PIN.
    var button: Amount? { get }
    var pinAbove: Amount? { get }
    /// Never below what an office has signed to it.
    var now: Moment { get }
    var loaded: Loaded { get throws(EKeyFailure) }
    /// In one write: all of it is there, or nothing.
    func keep(_ loaded: Loaded) throws(EKeyFailure)
    /// What is in a letter to it; nil when it does not open.
    func open(_ letter: EKeyLetter) -> SignedObject?
    /// The keys of a root, and of an office that it certifies; nil when it does not.
    func chain(_ by: Signatory) -> (root: Key, office: Key)?

    // MARK: The wallet

    /// Who may ask that; nil when it is no question.
    func right(toAsk question: [UInt8]) -> Right?
    /// nil when the person has to press the button first.
    func ask(_ question: [UInt8]) throws(EKeyFailure) -> [UInt8]?
    /// What happened is told only where the PIN was; else it is kept.
    func exchange(_ incoming: Incoming, telling: Bool) throws(EKeyFailure) -> Outgoing
    /// Whether nothing would be lost with it.
    var isEmpty: Bool { get }
    func destroy() throws(EKeyFailure)

    // MARK: Looking after itself

    func inspect() -> [Finding]
    var events: [Happening] { get }
    func note(_ event: String)
}

/// A secret that a person knows.
package enum Secret: Hashable, Sendable {
    case pin
    case unblock
}

/// What a question needs: docs/PROTOCOL section 17.3.
package enum Right: Hashable, Sendable {
    /// A reader that is paired, or a verified PIN.
    case reader
    /// A verified PIN.
    case holder
    case nobody
}

/// Something in it has failed, and it does nothing more.
package struct EKeyFailure: Error, Hashable, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// A part that looked after itself.
package struct Finding: Hashable, Sendable {
    package let what: String
    package let isGood: Bool

    package init(_ what: String, isGood: Bool) { (self.what, self.isGood) = (what, isGood) }
}

/// What befell it, and when.
package struct Happening: Hashable, Sendable {
    package let moment: Moment
    package let text: String

    package static let most = 64

    package init(_ text: String, at moment: Moment) { (self.text, self.moment) = (text, moment) }
}
