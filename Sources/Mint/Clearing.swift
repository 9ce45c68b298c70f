import Ledger
import Money
import Reckoning
package import Words

// Credit above what is held of whoever brings units back waits until all through whose hands they
// came have handed that in, or until their day is closed: docs/PROTOCOL section 14.7.

/// What is credited at once of a payment to the office, and how; and what waits.
struct Split: Hashable, Sendable {
    /// Nobody through whose hands they came can say anything else any more.
    var agreed = Parts()
    /// What is held of their payer answers for them.
    var guaranteed = Parts()
    var waiting = Parts()

    /// Whether everything is known to be whose it was.
    var isWhole: Bool { guaranteed.isEmpty && waiting.isEmpty }

    /// Units of sticks, in the order in which they came.
    struct Parts: Hashable, Sendable {
        private var all: [(stick: Hash, units: [Units])] = []

        var isEmpty: Bool { all.isEmpty }
        var sum: Amount { Amount.sum(all.flatMap(\.units).map(\.count)) ?? .largest }

        mutating func add(_ stick: Hash, _ units: [Units]) {
            guard !units.isEmpty else { return }
            if let index = all.firstIndex(where: { $0.stick == stick }) {
                all[index].units += units
            } else {
                all.append((stick, units))
            }
        }

        func cleared(_ payment: PaymentID, _ how: Cleared.How) -> [Cleared] {
            // A word of the books has room for so many, and is read with no more.
            all.flatMap { stick, units in
                units.sorted { $0.lo < $1.lo }.parts(of: Settled.rangesAtMost).map { ranges in
                    Cleared(stick: stick, payment: payment, how: how, ranges: ranges)
                }
            }
        }

        static func == (a: Parts, b: Parts) -> Bool {
            a.all.elementsEqual(b.all) { $0.stick == $1.stick && $0.units == $1.units }
        }

        func hash(into hasher: inout Hasher) {
            for part in all {
                hasher.combine(part.stick)
                hasher.combine(part.units)
            }
        }
    }
}

/// What came back, as long as it is not known whose it was.
struct Clearing: Sendable {
    private var received: [PaymentID: Received] = [:]
    /// Which payments wait for a handover to be handed in.
    private var awaiting: [Hash: Set<PaymentID>] = [:]
    private var ofPayer: [Key: Set<PaymentID>] = [:]
    /// What may be agreed by now.
    private var candidates: Set<PaymentID> = []

    struct Received: Hashable, Sendable {
        let payer: Key
        let handover: Hash
        let number: UInt64
        let moment: Moment
        var parts: [Part]
    }

    struct Part: Hashable, Sendable {
        let reference: EntryReference
        let stick: Hash
        let units: Units
        /// It was credited, and what is held of its payer answers for it.
        let isPaid: Bool

        func with(_ units: Units, isPaid: Bool) -> Part {
            Part(reference: reference, stick: stick, units: units, isPaid: isPaid)
        }
    }

    /// What waited, and waits no longer.
    struct Agreed: Hashable, Sendable {
        let payer: Key
        let cleared: Cleared
    }

    var isEmpty: Bool { received.isEmpty }

    /// In the order in which they came.
    var all: [(payment: PaymentID, received: Received)] {
        received.map { ($0.key, $0.value) }.sorted { $0.1.number < $1.1.number }
    }

    mutating func receive(_ redemption: Redemption, _ booked: Booked, _ reckoning: Reckoning) {
        let (handover, payment) = (redemption.handover, redemption.payment)
        var parts: [Part] = []
        for (index, entry) in handover.entries.enumerated() where reckoning.isOut(entry.stick) {
            let reference = EntryReference(handover.hash, index)
            let part = Part(
                reference: reference,
                stick: entry.stick,
                units: entry.units,
                isPaid: false
            )
            parts.append(part)
            for awaited in reckoning.awaited(reference, of: entry.stick) {
                awaiting[awaited.handover, default: []].insert(payment)
            }
        }
        received[payment] = Received(
            payer: redemption.payer,
            handover: handover.hash,
            number: booked.number,
            moment: booked.moment,
            parts: parts
        )
        ofPayer[redemption.payer, default: []].insert(payment)
        candidates.insert(payment)
    }

    mutating func handedIn(_ handover: Hash) {
        if let waiting = awaiting.removeValue(forKey: handover) { candidates.formUnion(waiting) }
    }

    /// The handover that brought them; nil when nothing of that payment waits.
    mutating func clear(_ cleared: Cleared) -> Hash? {
        guard let one = received[cleared.payment] else { return nil }
        let isPaid = cleared.how == .guaranteed
        var parts: [Part] = []
        for part in one.parts {
            guard part.stick == cleared.stick, !part.isPaid else {
                parts.append(part)
                continue
            }
            let rest = part.units.removing(cleared.ranges)
            for units in cleared.ranges {
                if isPaid, let taken = part.units.intersection(units) {
                    parts.append(part.with(taken, isPaid: true))
                }
            }
            parts += rest.map { part.with($0, isPaid: false) }
        }
        keep(parts, of: cleared.payment)
        return one.handover
    }

    /// Forgets what is of no stick that is out.
    mutating func keep(_ isOut: (Hash) -> Bool) {
        for (payment, one) in received {
            keep(one.parts.filter { isOut($0.stick) }, of: payment)
        }
        awaiting = awaiting.mapValues { $0.filter { received[$0] != nil } }
            .filter { !$0.value.isEmpty }
    }

    private mutating func keep(_ parts: [Part], of payment: PaymentID) {
        received[payment]?.parts = parts
        guard parts.isEmpty, let one = received.removeValue(forKey: payment) else { return }
        candidates.remove(payment)
        ofPayer[one.payer]?.remove(payment)
        if ofPayer[one.payer]?.isEmpty == true { ofPayer[one.payer] = nil }
    }

    mutating func takeAgreed(_ reckoning: Reckoning) -> [Agreed] {
        let waiting = candidates.compactMap { id in received[id].map { (id, $0) } }
        candidates = []
        return waiting.sorted { $0.1.number < $1.1.number }.flatMap { payment, one in
            var agreed = Split.Parts()
            for part in one.parts where !part.isPaid {
                agreed.add(
                    part.stick,
                    reckoning.agreed(part.units, in: part.reference, of: part.stick)
                )
            }
            return agreed.cleared(payment, .agreed).map { Agreed(payer: one.payer, cleared: $0) }
        }
    }

    /// What a key was credited for which what is held of it still answers.
    func guaranteed(of key: Key, _ reckoning: Reckoning) -> Amount {
        let parts = (ofPayer[key] ?? []).flatMap { received[$0]?.parts ?? [] }
        let left = parts.filter(\.isPaid).flatMap { part in
            part.units.removing(reckoning.agreed(part.units, in: part.reference, of: part.stick))
        }
        return Amount.sum(left.map(\.count)) ?? .largest
    }

    /// What of a key's waits.
    func waiting(of key: Key) -> Amount {
        let parts = (ofPayer[key] ?? []).flatMap { received[$0]?.parts ?? [] }
        return Amount.sum(parts.filter { !$0.isPaid }.map(\.units.count)) ?? .largest
    }
}

/// Units of a stick that came back with one payment, and are not credited yet.
package struct Uncleared: Hashable, Sendable {
    package let payment: PaymentID
    package let payer: Key
    /// When they came, and the number of that entry.
    package let moment: Moment
    package let number: UInt64
    package let stick: Hash
    package let amount: Amount
    /// When this day is closed, they go to whoever they are.
    package let settleUntil: Day
    /// Whose hand-in is missing; nobody's where that cannot help any more.
    package let awaited: [Key]
}

extension Mint {
    /// What came back and waits, in the order in which it came.
    package var waiting: [Uncleared] {
        court.clearing.all.flatMap { payment, one in
            var sticks: [Hash] = []
            for part in one.parts where !part.isPaid && !sticks.contains(part.stick) {
                sticks.append(part.stick)
            }
            return sticks.flatMap { waiting($0, payment, one) }
        }
    }

    /// What may be handed in, and what is to be settled in any case.
    private func waiting(
        _ stick: Hash,
        _ payment: PaymentID,
        _ one: Clearing.Received
    ) -> [Uncleared] {
        let reckoning = court.reckoning
        guard let settleUntil = reckoning.stick(stick)?.settleUntil else { return [] }
        let parts = one.parts.filter { $0.stick == stick && !$0.isPaid }
        var awaited: [Key] = []
        for key in parts.flatMap({ reckoning.awaited($0.reference, of: stick) }).map(\.payer)
        where !awaited.contains(key) {
            awaited.append(key)
        }
        let all = Amount.sum(parts.map(\.units.count)) ?? .largest
        let agreeable = parts.flatMap { part in
            reckoning.agreeable(part.units, in: part.reference, of: stick)
        }
        // Who is revoked hands in nothing any more.
        let isOpen = awaited.allSatisfy { members[$0].map { $0.revocation == nil } ?? false }
        let open = isOpen ? Amount.sum(agreeable.map(\.count)) ?? .largest : .zero
        let closed = all.subtracting(open) ?? .zero
        return [(open, awaited), (closed, [])].filter { $0.0 > .zero }.map { amount, awaited in
            Uncleared(
                payment: payment,
                payer: one.payer,
                moment: one.moment,
                number: one.number,
                stick: stick,
                amount: amount,
                settleUntil: settleUntil,
                awaited: awaited
            )
        }
    }

    /// Whether anything that came back waits, or is paid for before it is known whose it was.
    package var hasTakenBack: Bool { !court.clearing.isEmpty }

    /// How much of what a key brought back waits.
    package func waiting(of key: Key) -> Amount { court.clearing.waiting(of: key) }

    /// The credit of what waited; nil where there is no account that it could go to.
    func clearing(_ agreed: Clearing.Agreed, at moment: Moment) -> Draft? {
        members[agreed.payer].map { clearing(agreed.cleared, of: $0, at: moment) }
    }

    func clearing(_ cleared: Cleared, of member: Member, at moment: Moment) -> Draft {
        guard let sum = Amount.sum(cleared.ranges.map(\.count)) else {
            preconditionFailure("what a handover passes on is an amount")
        }
        let ruling = Ruling.cleared(Act(.clearing, member.account, sum), cleared)
        let memo = cleared.how == .agreed ? "cleared, paid by " : "at once, paid by "
        return Draft(
            request: ruling.request,
            moment: moment,
            memo: Self.memo(memo, member),
            deed: .ruled(ruling)
        )
    }

    static func memo(_ words: String, _ member: Member) -> Text {
        guard let memo = Text(words + member.name.string) else {
            preconditionFailure("names can be shown")
        }
        return memo
    }
}
