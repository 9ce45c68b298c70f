/// How a datagram fails to be a message for us; the names are those of docs/PROTOCOL section 4.
package enum EnvelopeFault: Error, Hashable, Sendable {
    case tooLong
    case tooShort
    case version
    case kind
    /// Not for a key of ours, nor of a conversation we know. Most of the air is this.
    case tag
    /// Part of a long first message while nobody is waiting for one.
    case notAwaited
    /// The secret key does not open with our sealing key.
    case sealedKey
    /// The box does not open with the secret key, or stands under another header.
    case box
    /// A part that does not fit the other parts, or that no message has.
    case fragment
    case padding
    /// What came out is no canonical statement.
    case statement(WireError)
    /// A true statement to somebody else: sealed anew by its receiver, or reflected.
    case notForMe
    case signature

    package var name: String {
        switch self {
        case .tooLong: "too-long"
        case .tooShort: "too-short"
        case .version: "version"
        case .kind: "kind"
        case .tag: "tag"
        case .notAwaited: "not-awaited"
        case .sealedKey: "sealed-key"
        case .box: "box"
        case .fragment: "fragment"
        case .padding: "padding"
        case .statement(let error): error.kind.rawValue
        case .notForMe: "not-for-me"
        case .signature: "signature"
        }
    }
}
