internal import Wire
internal import Words

// An office's books, judged by what its disk and the wire say: what an account has follows from
// what was done with it, a request leads to one stick and one debit, and exactly the units that
// were handed to the office are paid for, once each.

extension Oracle {
    /// This home is an office, and its books are looked at.
    package mutating func keepsBooks(_ home: Int) { books = BooksFacts(office: lane(home)) }

    /// How many entries were told.
    package var bookedEntries: UInt64 { UInt64(books?.entries.count ?? 0) }

    /// These entries have become durable, and so much stands on the accounts.
    package mutating func booked(_ entries: [BookedEntry], balances: [UInt64: Int64]) {
        for entry in entries { book(entry) }
        checkBalances(balances)
    }

    /// The books were opened again: what was read of them, from an entry on.
    package mutating func reopened(
        _ entries: [BookedEntry],
        from first: UInt64,
        balances: [UInt64: Int64]
    ) {
        guard let books else { return }
        let told = books.entries.dropFirst(Int(first))
        if entries.count < told.count || !zip(entries, told).allSatisfy({ $0 == $1 }) {
            report(.acknowledged, [books.office], nil, "entries of its books are gone, or others")
            return
        }
        booked(Array(entries.dropFirst(told.count)), balances: balances)
    }

    private mutating func book(_ entry: BookedEntry) {
        guard var books else { return }
        let at = books.office
        if entry.number != UInt64(books.entries.count) {
            report(.booksBalance, [at], nil, "entry \(entry.number) comes out of its turn")
        }
        books.entries.append(entry)
        for posting in entry.postings {
            books.balances[posting.account, default: 0] &+= posting.units
        }
        self.books = books
        checkPostings(entry, at)
        do throws(WireError) {
            switch entry.act {
            case 2, 3, 9: owe(entry)
            case 8, 23:
                owe(entry)
                try honour(entry, at)
            case 6, 7: try settle(entry, at)
            case 24: checkClosed(at)
            case 4: try charge(entry, at)
            case 5: try credit(entry, at)
            case 26: try receive(entry, at)
            case 10: try clear(entry, at)
            case 11: try handIn(entry, at)
            case 12: try useUp(entry, at)
            case 16, 28:
                self.books?.invited[entry.number] = try entry.word?.account
                if entry.act == 28 { self.books?.usedUp.invites.insert(entry.number) }
            case 17:
                enrol(entry)
                try guarantee(entry)
            case 18: try guarantee(entry)
            case 19, 25: accuse(entry, at)
            case 21: try present(entry, at)
            case 22:
                accuse(entry, at)
                try open(entry, at)
            // An opening, and what tells of a key alone.
            case 0, 1, 20, 27: return
            case _:
                report(.booksBalance, [at], nil, "entry \(entry.number) is of no act known here")
            }
        } catch {
            report(.booksBalance, [at], nil, "entry \(entry.number) cannot be read: \(error)")
        }
    }

    // MARK: Sums

    private mutating func checkPostings(_ entry: BookedEntry, _ at: Int) {
        for isOfUnits in [false, true] {
            let sum = entry.postings.filter { $0.isOfUnits == isOfUnits }
                .reduce(0) { $0 &+ $1.units }
            guard sum != 0 else { continue }
            report(.booksBalance, [at], nil, "entry \(entry.number) does not come to nothing")
        }
        let (backing, out) = (books?.balances[2] ?? 0, books?.balances[9] ?? 0)
        if backing != out {
            report(.booksBalance, [at], nil, "\(out) units are out, and \(backing) backed")
        }
    }

    /// What was done with the accounts of those who have one, by the entry's own act.
    private mutating func owe(_ entry: BookedEntry) {
        for posting in entry.postings where posting.account >= 16 {
            books?.owed[posting.account, default: 0] &+= posting.units
        }
    }

    private mutating func checkBalances(_ balances: [UInt64: Int64]) {
        guard let books else { return }
        for (account, units) in balances.sorted(by: { $0.key < $1.key }) {
            let posted = books.balances[account] ?? 0
            if posted != units {
                let sentence = "account \(account) has \(units), and \(posted) was posted"
                report(.booksBalance, [books.office], nil, sentence)
            }
            let owed = books.owed[account] ?? 0
            if account >= 16, owed != units {
                let sentence = "account \(account) has \(units), what was done gives \(owed)"
                report(.booksBalance, [books.office], nil, sentence)
            }
        }
    }

    // MARK: Members

    private mutating func enrol(_ entry: BookedEntry) {
        guard let word = entry.word, let account = books?.invited[word.place] else { return }
        books?.accounts[Key(word.about.bytes)] = account
        guard books?.usedUp.invites.contains(word.place) == true else { return }
        books?.usedUp.meters.insert(Key(word.about.bytes))
    }

    /// Nobody is called a cheat who is none.
    private mutating func accuse(_ entry: BookedEntry, _ at: Int) {
        guard let word = entry.word, let accused = honest(Key(word.about.bytes)) else { return }
        // A key that is lost is taken back.
        guard entry.act != 19 || !homes[accused].isLost else { return }
        let what = [19: "revoked", 22: "convicted"][entry.act] ?? "told to begin anew"
        report(.innocent, [accused, at], nil, "somebody honest is \(what)")
    }

    // MARK: Charges

    private mutating func charge(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        let (stick, answers) = try StickFact.paper(entry.paper ?? [])
        guard let books else { return }
        self.books?.sticks[stick.id] = stick
        if isDishonest(stick.owner), let owner = holders[stick.owner] {
            // No disk of somebody dishonest says that it has come.
            _ = issue(stick, [0x82, 0x01] + (entry.paper ?? []), owner)
        }
        let owner = holders[stick.owner].map { [$0, at] } ?? [at]
        guard let answers, let asked = books.asked[answers] else {
            report(.chargedOnce, owner, nil, "a stick is issued that nobody has asked for")
            return
        }
        if self.books?.charged.insert(answers).inserted == false {
            report(.chargedOnce, owner, nil, "what was asked for once is debited again")
        }
        let isAsked =
            asked.key == stick.owner && asked.units == stick.units && asked.asset == stick.asset
        if !isAsked {
            report(.chargedOnce, owner, nil, "\(asked.units) were asked for, not \(stick.units)")
        }
        guard let account = books.accounts[stick.owner] else {
            report(.chargedOnce, owner, nil, "a stick is issued to somebody without an account")
            return
        }
        let units = Int64(bitPattern: stick.units)
        self.books?.owed[account, default: 0] &-= units
        expect(entry, [account: 0 &- units, 2: units, 8: 0 &- units, 9: units], .chargedOnce, at)
    }

    /// The postings are these and no others.
    mutating func expect(
        _ entry: BookedEntry,
        _ wanted: [UInt64: Int64],
        _ invariant: Invariant,
        _ at: Int
    ) {
        let isSame =
            entry.postings.count == wanted.count
            && entry.postings.allSatisfy { wanted[$0.account] == $0.units }
        guard !isSame else { return }
        report(invariant, [at], nil, "entry \(entry.number) does not post what it says")
    }

    /// A stick is somebody's when the office has it in its books: it is told and held after that.
    mutating func expectBooked(_ stick: StickFact, _ home: Int, said: Bool) {
        guard let books else { return }
        guard books.sticks[stick.id] != stick else { return }
        let (at, what) = (books.office, said ? "is told" : "is held")
        report(.stickBooked, [at, home], nil, "a stick \(what) that is not in the books")
    }

    // MARK: Redemptions

    private mutating func credit(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let fact = try take(entry, at) else { return }
        expectNoUse(fact.payment, fact.handover.header.payer, at)
        let units = Int64(bitPattern: fact.handover.sum)
        for one in fact.handover.entries {
            _ = books?.paidFor[one.origin.stick, default: PassedOn()].add(one.lo, one.hi, by: -1)
        }
        guard let account = books?.accounts[fact.handover.header.payer] else { return }
        books?.owed[account, default: 0] &+= units
        expect(entry, [account: units, 2: 0 &- units, 9: 0 &- units, 10: units], .creditedOnce, at)
    }

    /// Units came back, and what is credited of them is cleared by other entries.
    private mutating func receive(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let fact = try take(entry, at) else { return }
        expectNoUse(fact.payment, fact.handover.header.payer, at)
        books?.received[fact.payment] = fact.handover
        expect(entry, [:], .creditedOnce, at)
    }

    /// What came back and waited is credited: it had come, and is paid for once.
    private mutating func clear(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let word = entry.word else { throw WireError(.wrongCount, at: 0) }
        let fact = try ClearedFact(word)
        let (stick, units) = (word.about, Int64(bitPattern: fact.sum))
        guard let handover = books?.received[fact.payment] else {
            return report(.creditedOnce, [at], nil, "what is cleared has not come back")
        }
        for (lo, hi) in fact.ranges {
            let isOfIt = handover.entries.contains {
                $0.origin.stick == stick && $0.lo <= lo && hi <= $0.hi
            }
            let met = books?.paidFor[stick, default: PassedOn()].add(lo, hi, by: -1)
            if !isOfIt || met?.isEmpty == false {
                let what = "units \(lo)..<\(hi) are cleared that did not wait"
                report(.creditedOnce, [at], nil, what)
            }
        }
        books?.judged.give(stick, fact.ranges, to: handover.header.payer)
        guard let account = books?.accounts[handover.header.payer] else { return }
        books?.owed[account, default: 0] &+= units
        expect(entry, [account: units, 2: 0 &- units, 9: 0 &- units, 10: units], .creditedOnce, at)
    }

    /// What was paid to the office stands in its books, once.
    mutating func take(
        _ entry: BookedEntry,
        _ at: Int
    ) throws(WireError) -> CreditFact? {
        guard let word = entry.word else { throw WireError(.wrongCount, at: 0) }
        let fact = try CreditFact(word)
        let header = fact.handover.header
        let number = payment(fact.payment, payer: header.payer)
        let known = payments[number]
        let isDecided = known.seller == .paid || known.seller == .complete
        let isIts =
            known.hash == fact.handover.hash && header.payee == homes[at].key
            && known.commit?.object == fact.commit.object && Key(word.about.bytes) == header.payer
        if !isDecided || !isIts {
            report(.creditedOnce, [at], number, "it is credited without the office's COMMIT")
        }
        let name = PaymentName(id: fact.payment, payer: header.payer)
        if books?.credited.updateValue(fact.handover.sum, forKey: name) != nil {
            report(.creditedOnce, [at], number, "it is credited again")
        }
        for one in fact.handover.entries {
            let stick = one.origin.stick
            let met = books?.taken[stick, default: PassedOn()]
                .add(one.lo, one.hi, by: Int32(number))
            if met?.isEmpty == false {
                report(.creditedOnce, [at], number, "units \(one.lo)..<\(one.hi) come back twice")
            }
        }
        if books?.accounts[header.payer] == nil {
            report(.creditedOnce, [at], number, "its payer has no account")
        }
        return fact
    }

    // MARK: Settlement

    private mutating func settle(_ entry: BookedEntry, _ at: Int) throws(WireError) {
        guard let word = entry.word else { throw WireError(.wrongCount, at: 0) }
        let fact = try SettledFact(word, lapsed: entry.act == 7)
        let (stick, units) = (word.about, Int64(bitPattern: fact.sum))
        for (lo, hi) in fact.ranges {
            let met = books?.paidFor[stick, default: PassedOn()].add(lo, hi, by: -1)
            if met?.isEmpty == false {
                report(.settledOnce, [at], nil, "units \(lo)..<\(hi) have gone elsewhere before")
            }
            expectHolder(fact.holder, stick, lo, hi, at)
        }
        guard let holder = fact.holder else {
            return expect(
                entry,
                [2: 0 &- units, 3: units, 9: 0 &- units, 12: units],
                .settledOnce,
                at
            )
        }
        books?.settled &+= fact.sum
        books?.judged.give(stick, fact.ranges, to: holder)
        guard let account = books?.accounts[holder] else {
            return report(.settledOnce, [at], nil, "units go to somebody without an account")
        }
        books?.owed[account, default: 0] &+= units
        expect(entry, [account: units, 2: 0 &- units, 9: 0 &- units, 10: units], .settledOnce, at)
    }

    /// Whoever is given units has them, and nobody honest has what lapses.
    mutating func expectHolder(
        _ holder: Key?,
        _ stick: Hash,
        _ lo: UInt64,
        _ hi: UInt64,
        _ at: Int
    ) {
        // Where units may be there twice it is looked at when everything is known.
        guard !isJudgedLate, let number = stickNumbers[stick] else { return }
        var strange: Hand?
        hands[number].look(Span(stick: number, lo: lo, hi: hi)) { part in
            for hand in part.hands where hand.home >= 0 && !isGhost(hand) {
                // What the office has and did not pay for is that of whoever brought it.
                let isBack = Int(hand.home) == at && isBack(part.lo, part.hi, stick, holder)
                if homes[Int(hand.home)].key != holder, !isBack { strange = hand }
            }
        }
        guard let strange else { return }
        let what = "units \(lo)..<\(hi) of somebody's go to \(holder == nil ? "nobody" : "another")"
        report(.settledOnce, [Int(strange.home), at], nil, what)
    }

    /// Whether somebody brought all of these units back to the office.
    func isBack(_ lo: UInt64, _ hi: UInt64, _ stick: Hash, _ holder: Key?) -> Bool {
        let brought = books?.received.values.filter { $0.header.payer == holder } ?? []
        let ranges = brought.flatMap(\.entries).filter { $0.origin.stick == stick }
        var next = lo
        for one in ranges.sorted(by: { $0.lo < $1.lo }) where one.lo <= next {
            next = max(next, one.hi)
        }
        return next >= hi
    }

    /// Nothing is out any more of what the day was the last of; here that is everything.
    private mutating func checkClosed(_ at: Int) {
        checkMadeGood(at)
        checkUsedUp(at)
        guard let out = books?.balances[9], out != 0 else { return }
        report(.settledOnce, [at], nil, "\(out) units are out after the last day")
    }

    // MARK: On the wire

    /// What an office says stands in its books, and what somebody asks of it is remembered.
    mutating func saidOfOffice(_ object: Object, _ at: Int) {
        guard let books else { return }
        switch object.kind {
        case .request:
            remember(object)
            saidRegisters(object, at)
        case .answer where at == books.office:
            for paper in Self.papers(object) where paper.object.kind == .stick {
                guard let stick = try? StickFact(paper) else { continue }
                expectBooked(stick, holders[stick.owner] ?? at, said: true)
            }
        case .commit where at == books.office:
            guard let id = object.payment else { return }
            let name = PaymentName(id: id, payer: object.receiver)
            guard books.credited[name] == nil else { return }
            let number = payment(id, payer: object.receiver)
            let what = "a credit is told that is not in the books"
            report(.durableBeforeSaid, [at], number, what)
        case _: return
        }
    }

    // `[moment, refusal, certificates, papers, numbers]`
    private static func papers(_ object: Object) -> [SignedObject] {
        var reader = Reader(object.content)
        var papers: [SignedObject] = []
        do throws(WireError) {
            try reader.array(5)
            _ = try reader.number()
            _ = try reader.text(atMost: Limits.messageBytes)
            for _ in 0..<(try reader.array(atMost: 4)) {
                _ = try reader.slice(atMost: Limits.certificateBytes)
            }
            for _ in 0..<(try reader.array(atMost: 8)) { papers.append(try reader.value()) }
        } catch {
            return []
        }
        return papers
    }

    // MARK: At rest

    /// All that was paid to the office is credited, and every stick has come to whoever paid it.
    mutating func checkBooksAtRest() {
        guard let books else { return }
        let at = books.office
        for number in payments.indices where payments[number].payee == homes[at].key {
            let payment = payments[number]
            let isPaid = payment.buyer == .paid || payment.isCommitted
            let name = PaymentName(id: payment.id, payer: payment.payer)
            guard isPaid, books.credited[name] != payment.amount else { continue }
            report(.creditedOnce, [at], number, "\(payment.amount) were paid and not credited")
        }
        for stick in books.sticks.values.sorted(by: { $0.id < $1.id })
        where stickNumbers[stick.id] == nil {
            guard let owner = honest(stick.owner), !homes[owner].isSilent else { continue }
            report(.chargedOnce, [owner, at], nil, "\(stick.units) are debited, and no stick came")
        }
        let (out, redeemed) = (books.balances[9] ?? 0, books.balances[10] ?? 0)
        let free = homes[at].available &+ (homes[at].lostJournal ? homes[at].stranded : 0)
        let back = books.credited.values.reduce(0, &+)
        if back != free {
            let sentence = "the books have taken \(back) back, its wallet has \(free)"
            report(.creditedOnce, [at], nil, sentence)
        }
        checkGain()
        let issued = Int64(bitPattern: totals.issued)
        let (consumed, lapsed) = (books.balances[11] ?? 0, books.balances[12] ?? 0)
        // What was issued to a device that was lost, or put back, before it had it.
        let unseen = books.sticks.values.filter {
            stickNumbers[$0.id] == nil && honest($0.owner).map { homes[$0].wasRestored } == true
        }.reduce(0) { $0 + Int64(bitPattern: $1.units) }
        if out + redeemed + consumed + lapsed != issued + unseen {
            let sentence =
                "\(issued) are issued, \(out) out, \(redeemed) redeemed, \(consumed) consumed, "
                + "\(lapsed) lapsed"
            report(.booksBalance, [at], nil, sentence)
        }
    }
}
