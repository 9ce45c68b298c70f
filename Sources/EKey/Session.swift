import Words

/// The authentication module: who sits before the eKey, as far as it has proved that (docs/PROTOCOL
/// section 17.3).
package struct Session: Hashable, Sendable {
    /// How long a PIN is good after the last question.
    package static let idle: UInt64 = 600_000

    /// Until when the PIN counts.
    private var until: UInt64?
    private(set) var reader: Key?
    /// What EXTERNAL AUTHENTICATE answers, once.
    private var challenge: [UInt8]?

    package init() {}

    package func isVerified(at now: UInt64) -> Bool { until.map { now < $0 } ?? false }

    package func has(_ right: Right, at now: UInt64) -> Bool {
        #if Planted
        if Plant.strangerAsks.isHere, right != .nobody { return true }
        #endif
        return switch right {
        case .reader: reader != nil || isVerified(at: now)
        case .holder: isVerified(at: now)
        case .nobody: false
        }
    }

    mutating func verified(at now: UInt64) { until = now + Self.idle }

    mutating func unverified() { until = nil }

    /// Somebody with the PIN is still there.
    mutating func used(at now: UInt64) {
        if isVerified(at: now) { verified(at: now) }
    }

    mutating func challenged(_ bytes: [UInt8]) { challenge = bytes }

    /// What was asked for, which is used up by looking.
    mutating func takeChallenge() -> [UInt8]? {
        defer { challenge = nil }
        return challenge
    }

    mutating func proved(_ key: Key) { reader = key }
}
