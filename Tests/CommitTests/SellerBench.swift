import Commit
import Money
import StandIns
import Wire
import Words

/// A seller's machine in the hands of a test.
struct SellerBench: Bench {
    /// Everything that can happen to it: what fits, and what is stale, repeated or another's.
    enum Input: String, CaseIterable {
        case sell
        case refuse = "REFUSE"
        case strayRefuse = "REFUSE of another OFFER"
        case accept = "ACCEPT, in order"
        case strayAccept = "ACCEPT of another OFFER, in order"
        case acceptNotInOrder = "ACCEPT, not in order"
        case strayNotInOrder = "ACCEPT of another OFFER, not in order"
        case acceptAgain = "ACCEPT again"
        case agreed = "AGREED, in order"
        case agreedNotInOrder = "AGREED, not in order"
        case agreedAgain = "AGREED again"
        case agreedReplayed = "AGREED again, replayed"
        case cancelled = "person cancels"
        case withdrawn = "person withdraws"
        case inert = "turns inert"
        case committed = "COMMITTED"
        case strayCommitted = "COMMITTED to another COMMIT"
        case time
        case offerEnds = "time, the offer's end"
    }

    let story = Story()
    var machine: Seller

    init() {
        machine = Seller(
            offering: Offering(
                story.offer(),
                digits: story.digits,
                until: Ticks(milliseconds: Story.stands),
                at: instant(0).time
            )
        )
    }

    init(recoveringAt milliseconds: UInt64) {
        let paid = Paid(
            story.deal(with: story.buyer.key),
            story.handover(),
            story.commit(story.handover(), of: story.payment),
            at: Ticks(milliseconds: milliseconds)
        )
        machine = Seller(recovering: paid)
    }

    var state: String {
        switch machine.phase {
        case .offering: "offering"
        case .requested: "requested"
        case .paid: "paid"
        case .over(.complete): "complete"
        case .over(.cancelled(let reason)): "cancelled: " + reason.string
        case .over(.refused(let reason)): "refused: " + reason.string
        case .over(.lapsed): "lapsed"
        case .over(.abandoned): "abandoned"
        }
    }

    mutating func feed(_ input: Input, at milliseconds: UInt64) -> [Effect] {
        let now = instant(milliseconds)
        switch input {
        case .sell: return machine.begin(at: now)
        case .refuse: return machine.refuse(story.refuse(story.offer()))
        case .strayRefuse: return machine.refuse(story.refuse(story.offer("tea")))
        case .accept: return request(story.accept, at: now)
        case .strayAccept: return request(story.strayAccept, at: now)
        case .acceptNotInOrder: return decline(story.accept)
        case .strayNotInOrder: return decline(story.strayAccept)
        case .acceptAgain:
            guard case .requested(let requested) = machine.phase else { return [] }
            return [.send(requested.answer)]
        case .agreed:
            return machine.settle(
                story.handover(),
                heardFrom: story.address,
                by: story.seller,
                at: now
            )
        case .agreedNotInOrder:
            return machine.cancel(Reason.name(.otherEntries), by: story.seller)
        case .agreedAgain: return machine.repeatCommit(heardFrom: story.address, at: now)
        case .agreedReplayed:
            guard case .paid(let paid) = machine.phase else { return [] }
            return [.send(paid.answer)]
        case .cancelled: return machine.cancel(Reason.person, by: story.seller)
        case .withdrawn:
            machine.withdraw()
            return []
        case .inert:
            machine.abandon()
            return []
        case .committed:
            return machine.complete(
                story.committed(story.commit(story.handover(), of: story.payment))
            )
        case .strayCommitted:
            return machine.complete(
                story.committed(story.commit(story.handover(4), of: story.payment))
            )
        case .time, .offerEnds: return machine.wake(at: now, by: story.seller)
        }
    }

    private mutating func request(_ accept: Accept, at now: Instant) -> [Effect] {
        machine.request(
            accept,
            story.shown,
            story.deal(with: story.buyer.key),
            above: Payee.Floor(place: nil, total: .zero),
            nil,
            by: story.seller,
            at: now
        )
    }

    private mutating func decline(_ accept: Accept) -> [Effect] {
        machine.decline(accept, Reason.short, nil, by: story.seller)
    }

    /// How each state is come to.
    static let ways: [(state: String, inputs: [Input])] = [
        ("offering", []),
        ("requested", [.accept]),
        ("paid", [.accept, .agreed]),
        ("complete", [.accept, .agreed, .committed]),
        ("cancelled: other-entries", [.accept, .agreedNotInOrder]),
        ("cancelled: person", [.accept, .cancelled]),
        ("cancelled: lapsed", [.accept, .offerEnds]),
        ("refused: short", [.acceptNotInOrder]),
        ("refused: person", [.withdrawn]),
        ("lapsed", [.offerEnds]),
        ("refused: inert", [.inert]),
        ("abandoned", [.accept, .inert]),
    ]
}
