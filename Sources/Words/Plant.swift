#if Planted
/// Bugs that the simulator must find, to show that it would.
///
/// They are compiled in with the package trait `Planted` only, chosen for a run at run time, and
/// absent from what is shipped: every place that has one stands in `#if Planted`.
package enum Plant: String, Hashable, Sendable, CaseIterable {
    // What is told before it is on disk.
    case voteBeforeSync = "vote-before-sync"
    case commitBeforeSync = "commit-before-sync"
    case abortBeforeSync = "abort-before-sync"
    case committedBeforeSync = "committed-before-sync"
    case synchronousNormal = "synchronous-normal"

    // What is forgotten.
    case forgetCommit = "forget-commit"
    case memoryReplay = "memory-replay"
    case lockLost = "lock-lost"
    case counterRewound = "counter-rewound"
    case nothingResumed = "nothing-resumed"

    // What is decided wrongly.
    case unknownIsSuccess = "unknown-is-success"
    case inertDecides = "inert-decides"
    case abortNotFinal = "abort-not-final"
    case doubtExpires = "doubt-expires"

    // What is signed or taken wrongly.
    case agreeTwice = "agree-twice"
    case receiverUnsigned = "receiver-unsigned"
    case releaseNotCarried = "release-not-carried"
    case wholePieceLocked = "whole-piece-locked"
    case repeatToLostKey = "repeat-to-lost-key"
    case overlapAccepted = "overlap-accepted"
    case parentUnchecked = "parent-unchecked"
    case rangeUnchecked = "range-unchecked"

    // What an office's books say otherwise.
    case creditBeforeBooks = "credit-before-books"
    case creditForgotten = "credit-forgotten"
    case chargeAgain = "charge-again"
    case secondLater = "second-later"

    // What an office judges otherwise.
    case forkUnseen = "fork-unseen"
    case guaranteeAgain = "guarantee-again"
    case lastPaidFirst = "last-paid-first"
    case endedLapses = "ended-lapses"
    case denialUnheard = "denial-unheard"
    case revokedVoid = "revoked-void"

    // What an eKey lets whoever sits before it do.
    case tryCountedLate = "try-counted-late"
    case sessionOutlives = "session-outlives"
    case repeatDoneAgain = "repeat-done-again"
    case newsWithoutPIN = "news-without-pin"
    case acceptUnpressed = "accept-unpressed"
    case strangerAsks = "stranger-asks"

    // What a meter, or its office, counts otherwise.
    case servedBeforeSync = "served-before-sync"
    case countedLater = "counted-later"
    case groupAgain = "group-again"
    case countRewound = "count-rewound"
    case consumedOffered = "consumed-offered"
    case handInCredited = "hand-in-credited"
    case remainderUsed = "remainder-used"
    case usedUpOwed = "used-up-owed"

    /// The one that this run has.
    @TaskLocal package static var chosen: Plant?

    package var isHere: Bool { Self.chosen == self }
}
#endif
