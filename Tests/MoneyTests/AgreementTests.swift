import Money
import StandIns
import Testing
import Wire
import Words

/// The handover that arrives in AGREED has to be the one that was proposed.
@Suite struct AgreementTests {
    let story = Story()
    let payment: PaymentID
    let offer = hash("offer")

    init() {
        var chance = SeededChance(seed: 9)
        payment = PaymentID(epoch: .first, random: chance.salt(), mac: chance.salt())
    }

    /// A handover like the good one, but for what a test changes.
    private struct Draft {
        var entries: [Entry]
        var payee: Key
        var counter: UInt64 = 7
        var epoch: UInt64 = 1
        var payment: PaymentID
        var offer: Hash
        var window: Hash
        var total: UInt64 = 150
        var signer: StandInSigner
    }

    private var draft: Draft {
        Draft(
            entries: story.entries,
            payee: story.dan.key,
            payment: payment,
            offer: offer,
            window: story.window.id,
            signer: story.bob
        )
    }

    private func made(_ draft: Draft) -> Handover {
        Handover(
            by: draft.signer,
            to: draft.payee,
            at: Place(epoch: must(Epoch(draft.epoch)), counter: draft.counter),
            entries: draft.entries,
            privates: Privates(
                payment: draft.payment,
                offer: draft.offer,
                window: draft.window,
                total: must(Amount(draft.total)),
                previous: nil
            ),
            salts: (0..<PrivateLeaf.count).map { Salt(high: 1, low: UInt64($0)) }
        )
    }

    private func refusal(_ handover: Handover, _ payee: Payee? = nil) -> String? {
        do {
            let taken = try (payee ?? story.payee).check(
                Agreement(handover),
                of: story.proposal,
                payment: payment,
                offer: offer,
                above: (payee ?? story.payee).floor(for: story.proposal),
                story.street.checking
            )
            return taken == handover ? nil : "another handover came out"
        } catch {
            return error.name
        }
    }

    @Test func `the handover that was proposed is taken`() {
        #expect(refusal(made(draft)) == nil)
    }

    @Test func `each thing that is not as proposed is refused by its name`() {
        var other = draft
        other.payee = story.cleo.key
        #expect(refusal(made(other)) == "not-to-me")
        other = draft
        other.signer = story.ada
        #expect(refusal(made(other)) == "other-payer")
        other = draft
        var chance = SeededChance(seed: 10)
        other.payment = PaymentID(epoch: .first, random: chance.salt(), mac: chance.salt())
        #expect(refusal(made(other)) == "other-payment")
        other = draft
        other.offer = hash("another offer")
        #expect(refusal(made(other)) == "other-offer")
        other = draft
        other.window = story.street.window(for: story.bob, largest: 500).id
        #expect(refusal(made(other)) == "other-window")
        other = draft
        other.entries = [story.second.entry(0, 250, 399)]
        #expect(refusal(made(other)) == "other-entries")
        other.entries = story.entries + [story.second.entry(0, 400, 410)]
        #expect(refusal(made(other)) == "other-entries")
        other = draft
        other.epoch = 2
        #expect(refusal(made(other)) == "other-epoch")
    }

    @Test func `a counter below the window's first or the known floor is refused`() {
        var low = draft
        low.counter = 0
        #expect(refusal(made(low)) == "below-first-counter")
        var payee = story.payee
        var street = story.street
        let known = street.handover(
            [story.second.entry(0, 450, 451)],
            from: story.bob,
            to: story.dan,
            counter: 7
        )
        payee.seen.learn(known.link(0))
        #expect(refusal(made(draft), payee) == "below-floor")
        var above = draft
        above.counter = 8
        #expect(refusal(made(above), payee) == nil)
    }

    @Test func `a total beyond the ceiling, or less than is known, is refused`() {
        var other = draft
        other.total = 100_001
        #expect(refusal(made(other)) == "above-ceiling")
        other.total = 100_000
        #expect(refusal(made(other)) == nil)
        other.total = 149
        #expect(refusal(made(other)) == "total")
        var payee = story.payee
        payee.seen.learn(total: must(Amount(1_000)), of: story.window.id)
        other.total = 1_149
        #expect(refusal(made(other), payee) == "total")
        other.total = 1_150
        #expect(refusal(made(other), payee) == nil)
    }

    @Test func `private leaves that are closed or say something else are refused`() {
        #expect(refusal(made(draft).showing([0, 1, 2, 3])) == "private-leaf")
    }

    @Test func `a revoked payer's handover beyond the last good place is refused`() {
        var payee = story.payee
        payee.verifier.learn(story.street.revocation(of: story.bob.key, epoch: 1, lastGood: 6))
        #expect(refusal(made(draft), payee) == "revoked")
    }

    @Test func `a signature of somebody else is refused`() throws {
        let good = made(draft)
        var bytes = good.wireBytes
        bytes[bytes.count - 1] ^= 1
        #expect(refusal(try Handover(wireBytes: bytes)) == "handover-signature")
    }

    @Test func `closing private leaves does not change the handover's name`() {
        let handover = made(draft)
        #expect(handover.showing([0, 1]).hash == handover.hash)
        #expect(handover.showing([]).isSigned(story.street.checking))
        #expect(handover.privates != nil)
        #expect(handover.showing([0, 1]).privates == nil)
    }
}
