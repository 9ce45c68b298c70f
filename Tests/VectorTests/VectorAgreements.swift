import Certificates
import Money
import Sealing
import Station
import Testing
import Wire
import Words

extension VectorStory {
    /// A handover like the good one, but for what a case changes.
    struct Draft {
        var entries: [Entry]
        var payer: Identity
        var payee: Key
        var counter: UInt64 = 7
        var epoch: UInt64 = 1
        var payment: PaymentID
        var offer = hash("offer")
        var window: Hash
        var total: UInt64 = 150
        var shown: Set<Int> = [0, 1, 2, 3, 4]
    }

    /// One by Bob to Dan under the good window.
    func draft(
        _ payment: PaymentID,
        _ entries: [Entry],
        counter: UInt64,
        total: UInt64
    ) -> Draft {
        Draft(
            entries: entries,
            payer: bob,
            payee: dan.key,
            counter: counter,
            payment: payment,
            window: window.id,
            total: total
        )
    }

    func made(_ draft: Draft) -> Handover {
        Handover(
            by: draft.payer,
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
            salts: (0..<PrivateLeaf.count).map { Salt(high: 3, low: UInt64($0)) }
        ).showing(draft.shown)
    }

    mutating func addAgreements() throws {
        let payment = street.payment()
        let good = Draft(
            entries: entries,
            payer: bob,
            payee: dan.key,
            payment: payment,
            window: window.id
        )
        var street = self.street
        let known = street.handover([second.entry(0, 450, 451)], from: bob, to: dan.key, counter: 7)
        func change(_ edit: (inout Draft) -> Void) -> Handover {
            var draft = good
            edit(&draft)
            return made(draft)
        }
        let otherPayment = street.payment()
        let (ada, cleo, first) = (self.ada, self.cleo.key, self.first.hash)
        let other = [second.entry(0, 250, 399)]
        let cases: [(String, Handover, String)] = [
            ("as proposed", made(good), "good"),
            ("to another", change { $0.payee = cleo }, "not-to-me"),
            ("by another", change { $0.payer = ada }, "other-payer"),
            ("of another payment", change { $0.payment = otherPayment }, "other-payment"),
            ("of another offer", change { $0.offer = hash("x") }, "other-offer"),
            ("under another window", change { $0.window = first }, "other-window"),
            ("of other entries", change { $0.entries = other }, "other-entries"),
            ("of more entries", change { $0.entries += other }, "other-entries"),
            ("in another epoch", change { $0.epoch = 2 }, "other-epoch"),
            ("before the window's first", change { $0.counter = 0 }, "below-first-counter"),
            ("beyond the ceiling", change { $0.total = 100_001 }, "above-ceiling"),
            ("with a total below its amount", change { $0.total = 149 }, "total"),
            ("with a closed leaf", change { $0.shown = [0, 1, 2, 3] }, "private-leaf"),
        ]
        for (name, handover, result) in cases {
            try agree(name, handover, payment, result)
        }
        try agree("at a known place", made(good), payment, "below-floor", seen: [known.link(0)])
        let above = change { $0.counter = 8 }
        try agree("above the floor", above, payment, "good", seen: [known.link(0)])
        let most = must(Amount(1_000))
        try agree("below a known total", change { $0.total = 1_149 }, payment, "total", total: most)
        try agree("at a known total", change { $0.total = 1_150 }, payment, "good", total: most)
        try addMeanwhile(made(good), payment)
        try addExpired(made(good), payment)
        var bytes = made(good).wireBytes
        bytes[bytes.count - 1] ^= 2
        let unsigned = try Handover(wireBytes: bytes)
        try agree("not signed", unsigned, payment, "handover-signature")
    }

    /// The handover may come so late that nobody could present its units any more.
    private mutating func addExpired(_ good: Handover, _ payment: PaymentID) throws {
        let next = must(stick.spendUntil.advanced(by: 1)).number * Limits.secondsPerDay
        for (moment, name, result) in [
            (next - 1, "in the last second to spend in", "good"),
            (next, "after spend until", "stick-expired"),
        ] {
            try agree(name, good, payment, result, now: must(Moment(moment)))
        }
    }

    /// Other payments went on between proposal and handover.
    private mutating func addMeanwhile(_ good: Handover, _ payment: PaymentID) throws {
        var street = self.street
        let held = [Holding(stick: stick.id, units: must(Units(399, 401)), parent: nil)]
        try agree(
            "of units that came in meanwhile",
            good,
            payment,
            "overlaps-held",
            held: held
        )
        let elsewhere = street.handover(
            [second.entry(0, 260, 270)],
            from: bob,
            to: cleo.key,
            counter: 3
        )
        let seen = [elsewhere.link(0)]
        try agree("of units seen elsewhere", good, payment, "release-missing", seen: seen)
    }

    mutating func agree(
        _ name: String,
        _ handover: Handover,
        _ payment: PaymentID,
        _ result: String,
        of other: Proposal? = nil,
        seen: [Link] = [],
        held: [Holding] = [],
        revocations: [Revocation] = [],
        total: Amount? = nil,
        now: Moment? = nil
    ) throws {
        let proposal = other ?? self.proposal
        var payee = self.payee
        payee.amount = proposal.amount
        payee.held = held
        payee.now = now ?? payee.now
        for link in seen { payee.seen.learn(link) }
        for revocation in revocations { payee.verifier.learn(revocation) }
        if let total { payee.seen.learn(total: total, of: window.id) }
        let found: String
        do {
            _ = try payee.check(
                Agreement(handover),
                of: proposal,
                payment: payment,
                offer: hash("offer"),
                above: payee.floor(for: proposal),
                Checks.real
            )
            found = "good"
        } catch {
            found = error.name
        }
        #expect(found == result, "\(name)")
        var form = form(payee, seen: seen, revocations: revocations)
        if let total {
            form.totals = [
                MoneyVectors.Total(window: Hex.text(window.id.bytes.array), total: total.units)
            ]
        }
        file.agreements.append(
            MoneyVectors.AgreementCase(
                name: name,
                proposal: Hex.text(proposal.wireBytes),
                handover: Hex.text(handover.wireBytes),
                payment: Hex.text(payment.array),
                offer: Hex.text(hash("offer").bytes.array),
                payee: form,
                result: result
            )
        )
    }
}
