package import Wire
internal import Words

// Units that are there twice, as the books end it: somebody is convicted, one gets them, and
// the others what the convict guaranteed, as far as that goes.

/// What came of everything that was passed on twice, where a day was closed.
package struct MadeGood: Hashable, Sendable {
    package var cases = 0
    /// Units that the guarantees paid, and those that are left to claim.
    package var paid: UInt64 = 0
    package var left: UInt64 = 0
    /// What somebody who was put back has lost, because nobody knows of it any more.
    package var forgotten: UInt64 = 0

    package init() {}

    package init(cases: Int, paid: UInt64, left: UInt64) {
        (self.cases, self.paid, self.left) = (cases, paid, left)
    }
}

extension Oracle {
    package var madeGood: MadeGood {
        guard let judged = books?.judged else { return MadeGood() }
        var made = MadeGood(
            cases: judged.cases.count,
            paid: judged.repaid.values.reduce(0, &+),
            left: judged.claims
        )
        made.forgotten = judged.forgotten
        return made
    }

    // MARK: What is known of it

    /// What somebody dishonest says to an office: of him too it must be asked before it is
    /// answered.
    package mutating func overheard(_ message: SignedObject) {
        guard message.object.kind == .request else { return }
        remember(message.object)
    }

    mutating func remember(_ request: Object) {
        if let asked = AskedFact(request) { books?.asked[request.hash] = asked }
        guard isDishonest(request.sender), let claims = try? Self.claims(request) else { return }
        books?.judged.claimed.formUnion(claims)
    }

    /// `[6, [links, decisions, claims, denials]]`.
    private static func claims(_ request: Object) throws(WireError) -> [Hash] {
        var reader = Reader(request.content)
        try reader.array(2)
        guard try reader.number() == 6 else { return [] }
        try reader.array(4)
        for _ in 0..<(try reader.array(atMost: 64)) { _ = try LinkFact(whole: &reader) }
        for _ in 0..<(try reader.array(atMost: 32)) { let _: SignedObject = try reader.value() }
        var claims: [Hash] = []
        for _ in 0..<(try reader.array(atMost: 64)) { claims.append(try reader.value()) }
        return claims
    }

    mutating func guarantee(_ entry: BookedEntry) throws(WireError) {
        // Stories have members whose papers nobody asks for.
        guard let word = entry.word, !word.bytes.isEmpty else { return }
        let window = try word.window(ofEnrolment: entry.act == 17)
        books?.judged.guarantees[window.holder] = window.guarantee
    }

    mutating func present(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let word = entry.word else { throw WireError(.wrongCount, at: 0) }
        let presented = try PresentedFact(word)
        for signed in presented.decisions { try say(signed, at) }
        for link in presented.links {
            let fact = ShownFact(
                payee: link.header.payee,
                lo: link.entry.lo,
                hi: link.entry.hi,
                number: entry.number
            )
            books?.judged.shown[link.entry.origin.stick, default: []].append(fact)
        }
    }

    mutating func open(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let word = entry.word, !word.bytes.isEmpty else { return }
        var reader = Reader(word.bytes)
        try reader.array(3)
        try reader.version(1)
        let fact = try CaseFact(from: &reader)
        if fact.convict != Key(word.about.bytes) {
            report(.madeGood, [at], nil, "a case is opened against another than it is about")
        }
        if books?.judged.cases.updateValue(fact, forKey: fact.name) != nil {
            report(.madeGood, [at], nil, "a case is opened again")
        }
    }

    // MARK: What is made good

    mutating func honour(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let word = entry.word, let books else { throw WireError(.wrongCount, at: 0) }
        let fact = try DuplicateFact(word)
        let (convict, count) = (fact.about.convict, fact.hi - fact.lo)
        let holder = honest(fact.holder)
        let lanes = (holder.map { [$0] } ?? []) + [at]
        if books.judged.cases[fact.about.name] == nil || word.about != fact.about.name {
            report(.madeGood, lanes, nil, "\(count) units are made good in a case not opened")
        }
        if let accused = honest(convict) {
            report(.innocent, [accused, at], nil, "somebody honest pays for what others did")
        }
        if let holder, !has(holder, fact) {
            report(.madeGood, lanes, nil, "\(count) units are made good that it has not")
        }
        let wanted: [UInt64: Int64]
        let (from, to) = (books.accounts[convict], books.accounts[fact.holder])
        if entry.act == 8, let from, let to {
            let paid = Int64(bitPattern: fact.paid)
            wanted = [to: paid, from: 0 &- paid]
        } else {
            wanted = [:]
        }
        if entry.act == 8 ? fact.paid == 0 : fact.paid != 0 {
            report(.guarantee, lanes, nil, "\(fact.paid) are said to be paid by act \(entry.act)")
        }
        expect(entry, wanted, .guarantee, at)
        checkPaid(fact, lanes)
        checkOrder(fact, lanes)
        self.books?.judged.give(fact.stick, [(fact.lo, fact.hi)], to: fact.holder)
    }

    private func has(_ home: Int, _ fact: DuplicateFact) -> Bool {
        guard let number = stickNumbers[fact.stick] else { return false }
        var all = true
        hands[number].look(Span(stick: number, lo: fact.lo, hi: fact.hi)) { part in
            // What it brought back, and was not credited for, is its own still.
            let isIts = part.hands.contains { $0.home == home && !isGhost($0) }
            guard !isIts, !isBack(part.lo, part.hi, fact.stick, fact.holder) else { return }
            all = false
        }
        return all
    }

    /// All of it, while something is left of what the convict guaranteed.
    private mutating func checkPaid(_ fact: DuplicateFact, _ lanes: [Int]) {
        guard let books else { return }
        let (convict, count) = (fact.about.convict, fact.hi - fact.lo)
        let before = books.judged.repaid[convict] ?? 0
        let most = books.judged.guarantees[convict] ?? 0
        self.books?.judged.repaid[convict] = before &+ fact.paid
        if before &+ fact.paid > most || fact.paid > count {
            let sentence = "\(before &+ fact.paid) are paid of a guarantee of \(most)"
            return report(.guarantee, lanes, nil, sentence)
        }
        if books.judged.exhausted.contains(convict), fact.paid > 0 {
            report(.guarantee, lanes, nil, "it is paid, and somebody before it was not")
        }
        guard fact.paid < count else { return }
        self.books?.judged.exhausted.insert(convict)
        if honest(fact.holder) != nil { self.books?.judged.claims &+= count - fact.paid }
        let has = books.accounts[convict].map { books.balances[$0] ?? 0 } ?? 0
        guard before &+ fact.paid < most, has > 0, let to = books.accounts[fact.holder],
            to != books.accounts[convict]
        else { return }
        let left = most - before - fact.paid
        report(.guarantee, lanes, nil, "it is paid \(fact.paid) of \(count), and \(left) are left")
    }

    /// Who showed it first is paid first.
    ///
    /// Where somebody said no and used it all the same, those who were never told no come
    /// before; that is not looked at here.
    private mutating func checkOrder(_ fact: DuplicateFact, _ lanes: [Int]) {
        guard let judged = books?.judged, honest(fact.holder) != nil,
            judged.cases.values.allSatisfy(\.isFork)
        else { return }
        let numbers = judged.numbers(fact)
        // Of several the one that fits: a holder may have been paid with the same units twice.
        let next = numbers.filter { $0 >= judged.lastShown }.min()
        guard let number = next ?? (numbers.isEmpty ? .max : nil) else {
            return report(.guarantee, lanes, nil, "it was shown before others that are paid first")
        }
        books?.judged.lastShown = number
    }

    // MARK: When a day is closed

    /// Everybody honest has got what he has, or stands in the books with it.
    mutating func checkMadeGood(_ at: Int) {
        books?.judged.isClosed = true
        books?.judged.lastShown = 0
        guard let books, isJudgedLate else { return }
        var missed: [UseOf: Missed] = [:]
        for id in books.sticks.keys.sorted() {
            guard let number = stickNumbers[id] else { continue }
            for part in hands[number].parts { checkMadeGood(part, id, books, &missed, at) }
        }
        checkMissed(missed, at)
    }

    /// Whether it is known only when a day is closed who has what.
    var isJudgedLate: Bool {
        !dishonestKeys.isEmpty || homes.contains { $0.wasRestored }
    }

    private mutating func checkMadeGood(
        _ part: Hands.Part,
        _ stick: Hash,
        _ books: BooksFacts,
        _ missed: inout [UseOf: Missed],
        _ at: Int
    ) {
        for hand in part.hands where hand.home >= 0 && !isGhost(hand) {
            let home = Int(hand.home)
            if home == books.office {
                checkWaited(part, stick, books)
                continue
            }
            guard !homes[home].isDishonest else { continue }
            let key = homes[home].key
            let use = UseOf(key: key, stick: stick)
            // What it had handed in, and was paid with again by who had said no, it has anew.
            let brought = books.brought(use)
            let anew = books.judged.missing(stick, part.lo, part.hi, to: key, beside: brought)
            let missing = books.judged.missing(stick, part.lo, part.hi, to: key)
            missed[use, default: Missed()].all &+= anew.count64
            missed[use, default: Missed()].again &+= anew.count64 &- missing.count64
            guard let first = missing.first else { continue }
            if hand.payment >= 0, isGivenUp(Int(hand.payment), stick, first.lo, books) { continue }
            let isNobodys = books.judged.keys(stick, at: first.lo).isEmpty
            if hand.payment >= 0
                ? homes[home].wasRestored && isNobodys
                : isForgotten(home, stick, first.lo, books)
            {
                self.books?.judged.forgotten &+= missing.count64
                continue
            }
            if books.usedUp.meters.contains(key) {
                missed[use, default: Missed()].unexcused &+= missing.count64
                continue
            }
            let what = "units \(first.lo)..<\(first.hi) of its go to others, or to nobody"
            return report(.settledOnce, [home, at], nil, what)
        }
    }

    /// Of what was paid to the office what was not credited at once has been cleared since, or
    /// settled, or stands in the books with whoever brought it.
    private mutating func checkWaited(_ part: Hands.Part, _ stick: Hash, _ books: BooksFacts) {
        for brought in books.received.values {
            guard let home = honest(brought.header.payer), !homes[home].wasRestored else {
                continue
            }
            for entry in brought.entries where entry.origin.stick == stick {
                let (lo, hi) = (max(entry.lo, part.lo), min(entry.hi, part.hi))
                guard lo < hi else { continue }
                let missing = books.judged.missing(stick, lo, hi, to: brought.header.payer)
                guard let first = missing.first else { continue }
                let what = "units \(first.lo)..<\(first.hi) that it brought back are nobody's"
                report(.settledOnce, [home, books.office], nil, what)
            }
        }
    }

    /// Whether a payment that waits for its payee, who is dishonest, has gone to him or on.
    private func isGivenUp(
        _ number: Int,
        _ stick: Hash,
        _ unit: UInt64,
        _ books: BooksFacts
    ) -> Bool {
        guard isDishonest(payments[number].payee) else { return false }
        let keys = books.judged.keys(stick, at: unit)
        return keys.contains { isDishonest($0) }
            || payments[number].hash.map(books.judged.claimed.contains) == true
    }

    /// Whether somebody who was put back has lost what nobody knows of any more.
    ///
    /// He has forgotten that he was paid, and somebody who paid it to him or before him, who was
    /// never told and has denied it, or was put back himself, has it again; or nobody, where one
    /// has forgotten what he handed in and the other that he took it.
    private func isForgotten(
        _ home: Int,
        _ stick: Hash,
        _ unit: UInt64,
        _ books: BooksFacts
    ) -> Bool {
        guard homes[home].wasRestored, let number = stickNumbers[stick] else { return false }
        let keys = books.judged.keys(stick, at: unit)
        var (next, met): ([Key], Set<Key>) = ([homes[home].key], [])
        while let payee = next.popLast() {
            guard met.insert(payee).inserted else { continue }
            for payment in payments where payment.payee == payee {
                guard payment.spans.contains(where: { $0.stick == number && $0.has(unit) }) else {
                    continue
                }
                let hasForgotten = honest(payment.payer).map { homes[$0].wasRestored } == true
                let mayHave = hasForgotten || payment.buyer == .held
                if mayHave, keys.isEmpty || keys.contains(payment.payer) { return true }
                next.append(payment.payer)
            }
        }
        return false
    }

    // MARK: In the end

    /// The dishonest have what they paid in and were paid, and what is claimed of them.
    mutating func checkGain() {
        guard let books, books.judged.isClosed, !dishonestKeys.isEmpty else { return }
        let serial = Serial(homes: homes.count, replaying: events)
        var (gain, accounts) = (Int64(bitPattern: books.judged.claims), Set<UInt64>())
        // What a meter was paid by them and has used up it cannot claim, and has had.
        gain += Int64(bitPattern: books.usedUp.unpaid)
        for at in homes.indices where homes[at].isDishonest {
            gain += serial.balances[at]
            if let account = books.accounts[homes[at].key] { accounts.insert(account) }
        }
        // What somebody honest waits for may have been theirs to claim.
        for payment in payments where payment.buyer == .held && !payment.isCommitted {
            if isDishonest(payment.payee) { gain += Int64(bitPattern: payment.amount) }
        }
        // What they brought back is theirs as far as it goes, whenever it is credited.
        for brought in books.received.values where isDishonest(brought.header.payer) {
            gain += Int64(bitPattern: brought.sum)
        }
        for entry in books.entries where [2, 3, 4, 5].contains(entry.act) {
            for posting in entry.postings where accounts.contains(posting.account) {
                gain += posting.units
            }
        }
        let have = accounts.reduce(0) { $0 + (books.balances[$1] ?? 0) }
        guard have > gain else { return }
        let sentence = "the dishonest have \(have), and \(gain) is theirs or claimed of them"
        report(.guarantee, [books.office], nil, sentence)
    }
}
