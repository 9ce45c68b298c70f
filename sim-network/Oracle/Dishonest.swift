internal import Wire
package import Words

/// Units that came to be there once more, and by whose handover.
struct Duplicate: Hashable, Sendable {
    let span: Span
    let payment: Int
}

// A key that is not honest any more. Nothing on its disk is believed; what honest disks say that
// it gave them is. The dishonest may pass units among themselves in any way, so they have all
// they have in common, and what one of them passes on that they have not is a duplicate: there
// must be signatures that convict somebody of it.

extension Oracle {
    /// A clone or liar: its key is not honest any more.
    package mutating func dishonest(_ key: Key) {
        guard dishonestKeys.insert(key).inserted else { return }
        for number in payments.indices where payments[number].payer == key {
            if payments[number].buyer == .held { letGo(number) }
        }
        for at in homes.indices where homes[at].key == key {
            loot &+= homes[at].available &+ homes[at].stranded
            totals.available &+= homes[at].stranded
            totals.stranded &-= homes[at].stranded
            (homes[at].available, homes[at].stranded) = (0, 0)
            homes[at].isDishonest = true
            lootUsed(at)
            for stick in sticks.indices {
                let all = Span(stick: stick, lo: 0, hi: sticks[stick].units)
                hands[stick].edit(all) { part in
                    for hand in part.hands.indices where part.hands[hand] == .free(at) {
                        part.hands[hand] = .dishonest
                    }
                }
            }
        }
    }

    /// What it held is its own again, or its payee's for good.
    private mutating func letGo(_ number: Int) {
        guard let at = holders[payments[number].payer] else { return }
        let payment = payments[number]
        payments[number].buyer = .untold
        homes[at].held &-= payment.amount
        totals.held &-= payment.amount
        if payment.isCommitted {
            totals.both &-= payment.amount
        } else {
            loot &+= payment.amount
            totals.available &+= payment.amount
        }
        for span in payment.spans where span.stick >= 0 {
            _ = hands[span.stick].take(span, from: .held(at, number))
            if !payment.isCommitted { hands[span.stick].give(span, to: .dishonest) }
        }
    }

    /// A dishonest payee has been paid by an honest payer.
    mutating func giveToDishonest(_ number: Int, _ payer: Int) {
        let payment = payments[number]
        loot &+= payment.amount
        totals.available &+= payment.amount
        for span in payment.spans where span.stick >= 0 {
            hands[span.stick].give(span, to: .dishonest)
        }
        if let payee = payment.payee.flatMap({ holders[$0] }) {
            events.append(.paid(from: payer, to: payee, amount: payment.amount))
        }
    }

    /// An honest payee has been paid by a dishonest payer, maybe with what is not there.
    mutating func takeFromDishonest(_ number: Int, _ at: Int) {
        for span in payments[number].spans where span.stick >= 0 {
            for use in uses(span) { commitByUse(use) }
            var (found, missing): (UInt64, [Span]) = (0, [])
            hands[span.stick].edit(span) { part in
                if let hand = part.hands.firstIndex(of: .dishonest) {
                    part.hands.remove(at: hand)
                    found &+= part.hi - part.lo
                } else {
                    part.copies += 1
                    missing.append(Span(stick: span.stick, lo: part.lo, hi: part.hi))
                }
            }
            loot &-= found
            totals.available &-= found
            for span in missing { duplicate(span, number) }
        }
    }

    /// A home that takes both prongs of one fork has not looked at what it has itself.
    mutating func expectNoFork(_ number: Int, _ at: Int) {
        guard let handover = payments[number].handover, isDishonest(handover.header.payer) else {
            return
        }
        for entry in handover.entries {
            let passed = Passed(payer: handover.header.payer, origin: entry.origin)
            let key = Taken(home: at, passed: passed)
            let met = taken[key, default: PassedOn()].add(entry.lo, entry.hi, by: Int32(number))
            for earlier in met where !excuses(entry, number, Int(earlier)) {
                report(
                    .handedOverOnce,
                    [at],
                    number,
                    "it takes units \(entry.lo)..<\(entry.hi) that were handed to it before"
                )
            }
        }
    }

    private mutating func duplicate(_ span: Span, _ number: Int) {
        totals.duplicated &+= span.count
        duplicates.append(Duplicate(span: span, payment: number))
    }

    /// Payments to dishonest payees whose units are used before a decision is heard of.
    private func uses(_ span: Span) -> [Int] {
        var found: [Int] = []
        hands[span.stick].look(span) { part in
            guard !part.hands.contains(.dishonest) else { return }
            for hand in part.hands where hand.payment >= 0 {
                let payment = payments[Int(hand.payment)]
                if !payment.isCommitted, isDishonest(payment.payee),
                    !found.contains(Int(hand.payment))
                {
                    found.append(Int(hand.payment))
                }
            }
        }
        return found
    }

    /// Passing units on is a COMMIT to whoever they came from.
    private mutating func commitByUse(_ number: Int) {
        payments[number].isCommitted = true
        totals.both &+= payments[number].amount
        if let payer = holders[payments[number].payer] { giveToDishonest(number, payer) }
    }

    /// A payer takes back what its payee aborted: the units that are new to it thereby.
    ///
    /// A payee that passed some of them on has given COMMIT by that, whatever it signs. What it
    /// has passed on is there twice from now on, unless the payer itself was paid with it: that
    /// counts once. What it has still got it has no more.
    mutating func comeBack(_ number: Int, _ at: Int) -> [Span] {
        let payment = payments[number]
        let isTaken = payment.isCommitted && isDishonest(payment.payee)
        var (back, twice): ([Span], [Span]) = ([], [])
        var (unspent, merged): (UInt64, UInt64) = (0, 0)
        for span in payment.spans {
            guard span.stick >= 0 else {
                back.append(span)
                continue
            }
            hands[span.stick].edit(span) { part in
                let units = Span(stick: span.stick, lo: part.lo, hi: part.hi)
                if part.hands.contains(.free(at)), isTaken || part.copies > 0 {
                    guard !isTaken else { return }
                    part.copies -= 1
                    merged &+= units.count
                    return
                }
                back.append(units)
                guard isTaken else { return }
                if let hand = part.hands.firstIndex(of: .dishonest) {
                    part.hands.remove(at: hand)
                    unspent &+= units.count
                } else {
                    part.copies += 1
                    twice.append(units)
                }
            }
        }
        loot &-= unspent
        totals.available &-= unspent
        totals.duplicated &-= merged
        for span in twice { duplicate(span, number) }
        tellOfReturn(number, at, returned: unspent &+ twice.count64, merged: merged)
        return back.normal
    }

    /// The same for plain numbers: all that comes and goes with ABORT is the dishonest's.
    private mutating func tellOfReturn(
        _ number: Int,
        _ at: Int,
        returned: UInt64,
        merged: UInt64
    ) {
        if returned > 0, let payee = payments[number].payee.flatMap({ holders[$0] }) {
            events.append(.paid(from: payee, to: at, amount: returned))
        }
        if merged > 0, let anybody = homes.firstIndex(where: { $0.isDishonest }) {
            events.append(.paid(from: at, to: anybody, amount: merged))
        }
    }

    // MARK: Convicts

    /// Provenance on honest disks is what convicts.
    mutating func keepLink(_ key: [UInt8], _ row: [UInt8]) {
        guard linkRows.insert(key).inserted, let link = try? LinkFact(row: row),
            dishonestKeys.contains(link.header.payer)
        else { return }
        links.append(link)
    }

    /// For every unit that is there twice, somebody's signatures contradict each other.
    mutating func checkConvicts() {
        guard !duplicates.isEmpty else { return }
        let proven = provenSpans()
        for duplicate in duplicates where !([duplicate.span].removing(proven)).isEmpty {
            let payee = payments[duplicate.payment].payee.flatMap { holders[$0] }
            report(
                .convict,
                payee.map { [$0] } ?? [],
                duplicate.payment,
                "\(duplicate.span.count) units are there twice, and nobody is convicted"
            )
        }
    }

    /// Units for which honest disks hold a fork or an equivocation by somebody dishonest.
    private func provenSpans() -> [Span] {
        var spans: [Span] = []
        let evidence = self.evidence()
        var byParent: [Passed: [LinkFact]] = [:]
        for link in evidence {
            let key = Passed(payer: link.header.payer, origin: link.entry.origin)
            for other in byParent[key, default: []] where isFork(link, other) {
                let (a, b) = (link.entry, other.entry)
                append(a.origin.stick, max(a.lo, b.lo), min(a.hi, b.hi), to: &spans)
            }
            byParent[key, default: []].append(link)
        }
        var names: [Hash: Int] = [:]
        for number in payments.indices {
            if let hash = payments[number].hash { names[hash] = number }
        }
        for link in evidence {
            guard let parent = link.entry.origin.handover, let number = names[parent],
                payments[number].buyer == .cancelled, payments[number].payee == link.header.payer
            else { continue }
            append(link.entry.origin.stick, link.entry.lo, link.entry.hi, to: &spans)
        }
        return union(spans)
    }

    /// What tells one signed entry from all others: two of one handover may be the same units of
    /// two sticks, or of one, which is a fork.
    private struct Signed: Hashable {
        let payment: Hash
        let counter: UInt64
        let origin: Origin
        let lo: UInt64
        let hi: UInt64
        let number: UInt64

        init(_ link: LinkFact) {
            number = link.number
            (payment, counter) = (link.header.payment, link.header.counter)
            (origin, lo, hi) = (link.entry.origin, link.entry.lo, link.entry.hi)
        }
    }

    /// What honest disks hold of dishonest signatures.
    private func evidence() -> [LinkFact] {
        var seen: Set<Signed> = []
        var all: [LinkFact] = []
        func add(_ link: LinkFact) {
            guard dishonestKeys.contains(link.header.payer) else { return }
            if seen.insert(Signed(link)).inserted { all.append(link) }
        }
        for link in links { add(link) }
        for payment in payments {
            guard let handover = payment.handover else { continue }
            for (number, entry) in handover.entries.enumerated() {
                add(LinkFact(header: handover.header, entry: entry, number: UInt64(number)))
            }
        }
        return all
    }

    private func isFork(_ a: LinkFact, _ b: LinkFact) -> Bool {
        guard a.entry.lo < b.entry.hi, b.entry.lo < a.entry.hi else { return false }
        if a.header.place < b.header.place { return !b.entry.releases(a.header) }
        if b.header.place < a.header.place { return !a.entry.releases(b.header) }
        return true
    }

    private func append(_ stick: Hash, _ lo: UInt64, _ hi: UInt64, to spans: inout [Span]) {
        guard let number = stickNumbers[stick] else { return }
        spans.append(Span(stick: number, lo: lo, hi: hi))
    }

    private func union(_ spans: [Span]) -> [Span] {
        var out: [Span] = []
        for span in spans.sorted(by: { ($0.stick, $0.lo) < ($1.stick, $1.lo) }) {
            if let last = out.last, last.stick == span.stick, span.lo <= last.hi {
                out[out.count - 1].hi = max(last.hi, span.hi)
            } else {
                out.append(span)
            }
        }
        return out
    }
}
