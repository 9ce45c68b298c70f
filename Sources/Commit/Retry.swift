package import Words

/// When to say something again: soon while the peer is believed to be there, seldom when it is
/// silent, and at once when it is heard again.
package struct Retry: Hashable, Sendable {
    private var delay = Self.soonest
    private var heard: Ticks
    /// Whether it is to be said to everybody this time: the peer has been silent for a while, and
    /// may be anywhere.
    package private(set) var isLost = false
    private var called: Ticks

    /// Milliseconds.
    package static let soonest: UInt64 = 100
    package static let present: UInt64 = 2_000
    package static let missed: UInt64 = 10_000
    package static let believed: UInt64 = 60_000
    package static let silent: UInt64 = 30_000
    package static let seldom: UInt64 = 3_600_000

    package init(at ticks: Ticks) { (heard, called) = (ticks, ticks) }

    /// The peer is there: begin anew.
    package mutating func hear(at ticks: Ticks) {
        heard = ticks
        delay = Self.soonest
    }

    /// The peer is there and nothing has changed: it is said again as seldom as before.
    package mutating func wait(at ticks: Ticks) { heard = ticks }

    /// When to say it next, having said it now.
    package mutating func next(_ instant: Instant) -> Ticks {
        let now = instant.ticks.milliseconds
        let since = max(heard, called)
        isLost = now >= since.milliseconds &+ Self.missed
        if isLost { called = instant.ticks }
        let isSilent = now >= heard.milliseconds &+ Self.believed
        if isSilent { delay = max(delay, Self.silent) }
        let spread = delay * 2 / 5
        // From four fifths to six fifths.
        let wait = delay - spread / 2 + instant.jitter % (spread + 1)
        delay = min(delay + delay / 2, isSilent ? Self.seldom : Self.present)
        return instant.ticks.advanced(by: wait)
    }
}
