/// What is to be done about being announced, whatever it is done with.
package struct Saying: Sendable {
    package enum Step: Hashable, Sendable {
        case nothing
        /// What was said is taken back.
        case withdraw
        /// Nothing is said any more but this, by this name.
        case say(Advert, as: String)
    }

    /// What came of a step, and what is told later.
    package enum Outcome: Hashable, Sendable {
        /// The daemon has it; whether it is said is told later.
        case given
        case said
        /// Somebody else has that name.
        case taken
        /// The daemon does not want it.
        case refused
        case withdrawn
    }

    private var wanted: Advert?
    private var name = ""
    private var isSaid = false
    private var isTaken = false
    private var isRefused = false
    private var renames = 0
    private var againAt: UInt64?
    /// The daemon may have something of ours: that is so until it was taken back.
    private var isOut = false

    package static let renamesAtOnce = 16
    package static let againAfter: UInt64 = 10_000

    package init() {}

    /// Under which name it is announced by now, if it is.
    package var announced: String? { isSaid ? name : nil }

    /// When there is something to do unless something else comes.
    package var due: UInt64? { isTaken || isRefused ? 0 : againAt }

    /// What to do now, that this is wanted; nil is nothing.
    package mutating func step(
        _ advert: Advert?,
        at now: UInt64,
        drawn: () -> String,
        other: (String) -> String
    ) -> Step {
        guard let advert else {
            if wanted != nil { againAt = nil }
            (wanted, isSaid, isTaken, isRefused) = (nil, false, false, false)
            let isDue = againAt.map { now >= $0 } ?? true
            return isOut && isDue ? .withdraw : .nothing
        }
        let (isNew, isDue) = (wanted != advert, againAt.map { now >= $0 } ?? false)
        guard isNew || isTaken || isRefused || isDue else { return .nothing }
        if isNew {
            (name, renames) = (advert.instance ?? drawn(), 0)
        } else if isTaken {
            renames += 1
            name = advert.instance == nil ? drawn() : other(name)
        }
        let mayTry = (isNew || !isRefused || isDue) && renames <= Self.renamesAtOnce
        (wanted, isSaid, isTaken, isRefused, againAt) = (advert, false, false, false, nil)
        guard mayTry else {
            // Somebody takes every name, or the daemon does not want it: later, then.
            (renames, againAt) = (0, now + Self.againAfter)
            return .nothing
        }
        isOut = true
        return .say(advert, as: name)
    }

    package mutating func note(_ outcome: Outcome, at now: UInt64) {
        isSaid = outcome == .said
        switch outcome {
        case .given, .said: break
        case .taken: isTaken = true
        case .refused: (renames, againAt) = (0, now + Self.againAfter)
        case .withdrawn: (isOut, againAt) = (false, nil)
        }
    }

    /// Later the daemon said that it has a name no more, or does not want it.
    package mutating func fail() { (isSaid, isRefused) = (false, true) }

    /// The daemon is busy with itself: it is told again when it is ready, and may have what it had.
    package mutating func stop() {
        (wanted, isSaid, isTaken, isRefused, againAt) = (nil, false, false, false, nil)
    }

    /// The daemon is gone, and has nothing of ours.
    package mutating func lose() {
        stop()
        isOut = false
    }
}
