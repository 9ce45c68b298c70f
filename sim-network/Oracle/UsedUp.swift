internal import Wire
internal import Words

// What an office's books say of what meters have used up: acts 11, 12 and 28 of docs/PROTOCOL
// section 12. Exactly what was used up is booked so, once, and nobody is credited for it.

/// Whose units of which stick.
struct UseOf: Hashable, Sendable {
    let key: Key
    let stick: Hash
}

struct UsedUpFacts: Sendable {
    /// Invites by which a meter enrols, and the keys that did.
    var invites: Set<UInt64> = []
    var meters: Set<Key> = []
    /// What was handed in, what a settlement took as used up, and what meters have said.
    var handedIn: [UseOf: UInt64] = [:]
    var settled: [UseOf: UInt64] = [:]
    var said: [UseOf: UInt64] = [:]
    /// What meters have used up and others were paid for: nobody owes it to them.
    var unpaid: UInt64 = 0
}

/// `[1, key, ranges]` of an act 12.
struct UsedUpFact: Sendable {
    let key: Key
    var ranges: [(lo: UInt64, hi: UInt64)] = []

    init(_ word: BookedEntry.Word) throws(WireError) {
        var reader = Reader(word.bytes)
        try reader.array(3)
        try reader.version(1)
        key = try reader.value()
        for _ in 0..<(try reader.array(atMost: 1_000)) {
            try reader.array(2)
            ranges.append(try reader.units())
        }
        try reader.finish()
    }

    var sum: UInt64 { ranges.reduce(0) { $0 &+ ($1.hi - $1.lo) } }
}

extension Oracle {
    /// What a meter has handed in is booked as consumed: it came with the office's COMMIT, as what
    /// was used up, and no account has anything of it.
    mutating func handIn(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let fact = try take(entry, at) else { return }
        let number = payment(fact.payment, payer: fact.handover.header.payer)
        if !payments[number].isUse {
            report(.usedUp, [at], number, "what is booked as used up was paid to the office")
        }
        for one in fact.handover.entries {
            let use = UseOf(key: fact.handover.header.payer, stick: one.origin.stick)
            books?.usedUp.handedIn[use, default: 0] &+= one.hi - one.lo
            _ = books?.paidFor[use.stick, default: PassedOn()].add(one.lo, one.hi, by: -1)
        }
        expectUsedUp(entry, fact.handover.sum, at)
    }

    /// What was used up is credited to nobody.
    mutating func expectNoUse(_ id: PaymentID, _ payer: Key, _ at: Int) {
        let number = payment(id, payer: payer)
        guard payments[number].isUse else { return }
        report(.usedUp, [at], number, "what was handed in as used up is credited")
    }

    /// Units of a settled stick that a meter has used up.
    mutating func useUp(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let word = entry.word else { throw WireError(.wrongCount, at: 0) }
        let fact = try UsedUpFact(word)
        let use = UseOf(key: fact.key, stick: word.about)
        for (lo, hi) in fact.ranges {
            let met = books?.paidFor[word.about, default: PassedOn()].add(lo, hi, by: -1)
            if met?.isEmpty == false {
                report(.settledOnce, [at], nil, "units \(lo)..<\(hi) have gone elsewhere before")
            }
            expectHolder(fact.key, word.about, lo, hi, at)
        }
        if books?.usedUp.meters.contains(fact.key) == false, books?.usedUp.said[use] == nil {
            let lanes = holders[fact.key].map { [$0, at] } ?? [at]
            report(.usedUp, lanes, nil, "somebody who is no meter has used up \(fact.sum) units")
        }
        books?.usedUp.settled[use, default: 0] &+= fact.sum
        books?.judged.give(word.about, fact.ranges, to: fact.key)
        expectUsedUp(entry, fact.sum, at)
    }

    private mutating func expectUsedUp(_ entry: BookedEntry, _ units: UInt64, _ at: Int) {
        let units = Int64(bitPattern: units)
        expect(entry, [2: 0 &- units, 3: units, 9: 0 &- units, 11: units], .usedUp, at)
    }

    /// A meter has said how much of a stick it has used up: the greatest counts.
    mutating func say(_ signed: SignedObject, _ at: Int) throws(WireError) {
        guard signed.object.kind == .register else { return }
        let fact = try RegisterFact(signed)
        let use = UseOf(key: signed.object.sender, stick: fact.stick)
        let known = books?.usedUp.said[use] ?? 0
        books?.usedUp.said[use] = max(known, fact.count)
        guard let home = honest(use.key), !homes[home].wasRestored,
            homes[home].metered.counts[fact.stick]?.said != fact
        else { return }
        report(.usedUp, [home, at], nil, "the books have a register that its meter has not signed")
    }

    // MARK: When a day is closed

    /// What a meter has said that it used up is taken off what it had, else all of it.
    ///
    /// Of what others have nothing is used up but what they have said.
    mutating func checkUsedUp(_ at: Int) {
        guard let books else { return }
        let (has, used) = inHand(at)
        let all = Set(has.keys).union(books.usedUp.settled.keys)
        for use in all.sorted(by: UseOf.isBefore) {
            let isMeter = books.usedUp.meters.contains(use.key)
            let (there, said) = (books.usedUp.settled[use] ?? 0, books.usedUp.said[use])
            let most = said.map { $0 &- min($0, books.usedUp.handedIn[use] ?? 0) }
            let lanes = holders[use.key].map { [$0, at] } ?? [at]
            if let most, there > most {
                let what = "\(there) units count as used up when their stick is settled"
                report(.usedUp, lanes, nil, what + ", and \(most) were said to be")
            }
            guard let home = honest(use.key), !homes[home].wasRestored else { continue }
            let silent = isMeter ? has[use] ?? 0 : 0
            let left = said == nil ? silent : used[use] ?? 0
            // Where units may be there twice it is not known whose the lowest are.
            if !isJudgedLate, there != left {
                let what = "\(there) units count as used up when their stick is settled"
                report(.usedUp, lanes, nil, what + ", and \(left) were")
            }
        }
    }

    /// How many units of each stick each of the honest has, and of these has used up.
    private func inHand(_ office: Int) -> (has: [UseOf: UInt64], used: [UseOf: UInt64]) {
        var (has, used): ([UseOf: UInt64], [UseOf: UInt64]) = ([:], [:])
        for id in books?.sticks.keys.sorted() ?? [] {
            guard let number = stickNumbers[id] else { continue }
            for part in hands[number].parts {
                for hand in part.hands where hand.home >= 0 && !isGhost(hand) {
                    guard Int(hand.home) != office else { continue }
                    let use = UseOf(key: homes[Int(hand.home)].key, stick: id)
                    has[use, default: 0] &+= part.hi - part.lo
                    let isUsed =
                        hand.isUsed || hand.payment >= 0 && payments[Int(hand.payment)].isUse
                    if isUsed { used[use, default: 0] &+= part.hi - part.lo }
                }
            }
        }
        return (has, used)
    }

    /// What somebody with a meter did not get is what it has used up, and is booked as no more.
    ///
    /// Of which units that is taken off is the office's to say; of what others have it is looked
    /// at unit by unit.
    mutating func checkMissed(_ missed: [UseOf: Missed], _ at: Int) {
        guard let books else { return }
        let (has, used) = inHand(at)
        var unpaid: UInt64 = 0
        defer { self.books?.usedUp.unpaid = unpaid }
        for use in Set(missed.keys).union(used.keys).sorted(by: UseOf.isBefore) {
            guard books.usedUp.meters.contains(use.key), let home = honest(use.key) else {
                continue
            }
            let (missed, settled) = (missed[use] ?? Missed(), books.usedUp.settled[use] ?? 0)
            let taken = (books.usedUp.said[use] == nil ? has[use] : used[use]) ?? 0
            unpaid &+= missed.unexcused &+ missed.again
            let what =
                "of what it had of a stick \(taken) units are used up, \(settled) booked so, "
            if books.usedUp.said[use] != nil, missed.unexcused &+ settled > taken {
                let rest = "and \(missed.unexcused) more go to others, or to nobody"
                report(.settledOnce, [home, at], nil, what + rest)
            } else if missed.all &+ settled < taken, !homes[home].wasRestored {
                let rest = "and of the rest only \(missed.all) are not given to it"
                report(.usedUp, [home, at], nil, what + rest)
            }
        }
    }
}

/// What somebody has and did not get, when its stick is settled.
struct Missed: Sendable {
    var all: UInt64 = 0
    /// Without what went elsewhere for a reason.
    var unexcused: UInt64 = 0
    /// What went to it for what it had brought back, and not for these.
    var again: UInt64 = 0
}

extension BooksFacts {
    /// What somebody brought back of a stick that was not credited at once.
    func brought(_ use: UseOf) -> [Span] {
        received.values.filter { $0.header.payer == use.key }.flatMap(\.entries)
            .filter { $0.origin.stick == use.stick }
            .map { Span(stick: 0, lo: $0.lo, hi: $0.hi) }.sorted { $0.lo < $1.lo }
    }
}

extension UseOf {
    static func isBefore(_ a: UseOf, _ b: UseOf) -> Bool {
        (a.key, a.stick) < (b.key, b.stick)
    }
}
