import Commit
import Money
import Wire
import Words

/// A buyer's machine in the hands of a test.
struct BuyerBench: Bench {
    /// Everything that can happen to it: what fits, and what is stale, repeated or another's.
    enum Input: String, CaseIterable {
        case consent
        case no
        case withdrawn
        case unitsGone = "units gone"
        case decline = "DECLINE"
        case strayDecline = "DECLINE to another ACCEPT"
        case request = "COMMIT-REQUEST"
        case requestAgain = "COMMIT-REQUEST again"
        case requestReplayed = "COMMIT-REQUEST again, replayed"
        case commit = "COMMIT"
        case strayCommit = "COMMIT of another handover"
        case otherCommit = "COMMIT of another payment"
        case abort = "ABORT"
        case otherAbort = "ABORT of another payment"
        case time
        case offerEnds = "time, the offer's end"
    }

    let story = Story()
    var machine: Buyer

    init() {
        machine = Buyer(
            offered: Offered(
                offer: story.offer(),
                deal: story.deal,
                digits: story.digits,
                until: Ticks(milliseconds: Story.stands)
            )
        )
    }

    init(recoveringAt milliseconds: UInt64) {
        let held = Held(
            story.deal,
            story.handover(),
            story.privates,
            [story.piece],
            at: Ticks(milliseconds: milliseconds)
        )
        machine = Buyer(recovering: held)
    }

    var state: String {
        switch machine.phase {
        case .offered: "offered"
        case .accepted: "accepted"
        case .held: "held"
        case .over(.paid): "paid"
        case .over(.cancelled): "cancelled"
        case .over(.refused(let reason)): "refused: " + reason.string
        case .over(.lapsed): "lapsed"
        }
    }

    mutating func feed(_ input: Input, at milliseconds: UInt64) -> [Effect] {
        let now = instant(milliseconds)
        switch input {
        case .consent: return machine.accept(story.accept, at: now)
        case .no: return machine.refuse(Reason.person, by: story.oneTime)
        case .withdrawn:
            _ = machine.withdraw()
            return []
        case .unitsGone:
            machine.giveUp(Reason.short)
            return []
        case .decline: return machine.decline(story.decline(story.accept))
        case .strayDecline: return machine.decline(story.decline(story.strayAccept))
        case .request:
            return machine.agree(
                story.handover(),
                story.privates,
                taking: [story.piece],
                at: now
            )
        case .requestAgain: return machine.repeatAgreed(heardFrom: story.address, at: now)
        case .requestReplayed:
            guard case .held(let held) = machine.phase else { return [] }
            return [.send(held.answer)]
        case .commit: return decide(.commit(story.commit(story.handover(), of: story.payment)))
        case .strayCommit:
            return decide(.commit(story.commit(story.handover(4), of: story.payment)))
        case .otherCommit:
            return decide(.commit(story.commit(story.handover(), of: story.otherPayment)))
        case .abort: return decide(.abort(story.abort(story.payment)))
        case .otherAbort: return decide(.abort(story.abort(story.otherPayment)))
        case .time, .offerEnds: return machine.wake(at: now)
        }
    }

    private mutating func decide(_ decision: Decision) -> [Effect] {
        machine.decide(decision, by: story.buyer)
    }

    /// How each state is come to.
    static let ways: [(state: String, inputs: [Input])] = [
        ("offered", []),
        ("accepted", [.consent]),
        ("held", [.consent, .request]),
        ("paid", [.consent, .request, .commit]),
        ("cancelled", [.consent, .request, .abort]),
        ("refused: person", [.no]),
        ("refused: short", [.consent, .decline]),
        ("lapsed", [.offerEnds]),
    ]
}
