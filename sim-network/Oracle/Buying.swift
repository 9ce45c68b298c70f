internal import Wire
internal import Words

// The payer's side.

extension Oracle {
    /// A row says that its units are locked and its AGREED may leave.
    mutating func hold(
        _ number: Int,
        _ fact: OpenFact,
        _ taken: [FreePiece],
        _ step: Step,
        _ at: Int
    ) -> Expected? {
        guard fact.handover.header.payer == homes[at].key else {
            report(.rows, [at], number, "it holds for another key's handover")
            return nil
        }
        let before = payments[number].buyer
        guard learn(number, fact, at) else { return nil }
        switch before {
        case .held:
            return Expected(payment: number)
        case .paid, .cancelled, .untold:
            // A home that was restored may meet what it has long ended.
            guard !isPast(buyer: number, at) else { return nil }
            report(.onceOnly, [at], number, "it holds again what has ended")
            return nil
        case .none:
            break
        }
        expectRecord(1, step, number, at)
        expectVoice(number, at, what: "agrees to pay")
        if fact.deal.peer != fact.handover.header.payee {
            report(.rows, [at], number, "the handover is to another key than the deal")
        }
        let entries = fact.handover.entries
        let isUndo =
            taken.count == entries.count
            && zip(taken, entries).allSatisfy {
                $0.origin == $1.origin && $0.lo == $1.lo && $0.hi == $1.hi
            }
        if !isUndo {
            report(.amount, [at], number, "what was taken is not what is handed over")
        }
        passOn(number, at)
        if !homes[at].hasEnded { goOn(number, at) }
        let spans = payments[number].spans
        guard !homes[at].hasEnded else {
            payments[number].buyer = .untold
            return nil
        }
        payments[number].buyer = .held
        homes[at].held &+= payments[number].amount
        totals.held &+= payments[number].amount
        for span in spans where span.stick >= 0 {
            hands[span.stick].give(span, to: .held(at, number))
        }
        guard !payments[number].isUse else {
            return Expected(usedGone: spans, touched: spans, payment: number)
        }
        return Expected(gone: spans, touched: spans, payment: number)
    }

    /// What a key passes on, it passes on once, or with the releases of all that went before.
    private mutating func passOn(_ number: Int, _ at: Int) {
        guard let handover = payments[number].handover, let hash = payments[number].hash else {
            return
        }
        place(handover.header, hash, number, at)
        for entry in handover.entries {
            let key = Passed(payer: handover.header.payer, origin: entry.origin)
            let met = passed[key, default: PassedOn()].add(entry.lo, entry.hi, by: Int32(number))
            for earlier in met where !excuses(entry, number, Int(earlier)) {
                let (lo, hi) = (entry.lo, entry.hi)
                report(
                    .handedOverOnce,
                    [at],
                    number,
                    "units \(lo)..<\(hi) were passed on before, and the release is not carried"
                )
            }
        }
    }

    /// Whether the later one of two carries the release of the earlier.
    func excuses(_ entry: EntryFact, _ number: Int, _ other: Int) -> Bool {
        guard other != number, let mine = payments[number].handover,
            let theirs = payments[other].handover
        else { return false }
        if theirs.header.place < mine.header.place { return entry.releases(theirs.header) }
        if mine.header.place < theirs.header.place {
            return theirs.entries.allSatisfy {
                $0.origin != entry.origin || $0.hi <= entry.lo || entry.hi <= $0.lo
                    || $0.releases(mine.header)
            }
        }
        return false
    }

    /// One place in the life of a key has one content.
    mutating func place(_ header: HeaderFact, _ hash: Hash, _ number: Int, _ at: Int) {
        let place = SignedAt(payer: header.payer, epoch: header.epoch, counter: header.counter)
        guard let known = places.updateValue(hash, forKey: place), known != hash else { return }
        report(
            .handedOverOnce,
            [at],
            number,
            "counter \(header.counter) of epoch \(header.epoch) stands on two handovers"
        )
    }

    /// A row says that the payee has it: the units are given up.
    mutating func bought(_ number: Int, _ commit: SignedObject, _ at: Int) -> Expected? {
        let payment = payments[number]
        switch payment.buyer {
        case .held:
            break
        case .paid:
            if !isPast(buyer: number, at) {
                report(.onceOnly, [at], number, "it pays a second time")
            }
            return nil
        case .cancelled:
            report(.atomicity, [at], number, "it has paid what it had cancelled")
            return nil
        case .none, .untold:
            report(.atomicity, [at], number, "it has paid what it never held")
            return nil
        }
        payments[number].buyer = .paid
        payments[number].commit = payment.commit ?? commit
        if commit.object.sender != payment.payee || commit.object.answers != payment.hash {
            report(.atomicity, [at], number, "the COMMIT is another's, or of another handover")
        }
        if let payee = honest(payment.payee) {
            if payment.seller != .paid && payment.seller != .complete {
                report(
                    .atomicity,
                    [at, payee],
                    number,
                    "the payer has paid, and the payee has not recorded COMMIT"
                )
            }
        } else if isDishonest(payment.payee), !payment.isCommitted {
            giveToDishonest(number, at)
        }
        unlock(number, at)
        return Expected(touched: payment.spans, payment: number)
    }

    /// A row says that the payee never takes it: the units are back.
    mutating func keep(_ number: Int, _ abort: SignedObject, _ at: Int) -> Expected? {
        let payment = payments[number]
        switch payment.buyer {
        case .held:
            break
        case .cancelled:
            if !isPast(buyer: number, at) {
                report(.onceOnly, [at], number, "it cancels again")
            }
            return nil
        case .paid:
            // What lost its newest state asks again, and a payee that was put back as a whole
            // decides anew: the proof is that payee's, and nothing of it is spent any more.
            guard isPast(buyer: number, at), isDishonest(payment.payee) else {
                report(.atomicity, [at], number, "it has cancelled what it had paid")
                return nil
            }
            return nil
        case .none, .untold:
            report(.atomicity, [at], number, "it has cancelled what it never held")
            return nil
        }
        payments[number].buyer = .cancelled
        if abort.object.sender != payment.payee {
            report(.atomicity, [at], number, "the ABORT is not the payee's")
        }
        if let payee = honest(payment.payee) {
            if payment.seller == .paid || payment.seller == .complete {
                report(
                    .atomicity,
                    [at, payee],
                    number,
                    "the payer has cancelled what the payee has been paid"
                )
            } else if payment.seller == .none {
                report(
                    .atomicity,
                    [at, payee],
                    number,
                    "the payer has cancelled, and the payee has not recorded ABORT"
                )
            }
        }
        unlock(number, at)
        let back = comeBack(number, at)
        guard isPast(buyer: number, at) else {
            guard !payment.isUse else {
                return Expected(usedCome: back, touched: payment.spans, payment: number)
            }
            return Expected(come: back, touched: payment.spans, payment: number)
        }
        homes[at].stranded &+= back.count64
        totals.stranded &+= back.count64
        for span in back where span.stick >= 0 {
            hands[span.stick].give(span, to: .free(at))
        }
        return Expected(touched: payment.spans, payment: number)
    }

    private mutating func unlock(_ number: Int, _ at: Int) {
        let payment = payments[number]
        homes[at].held &-= payment.amount
        totals.held &-= payment.amount
        if payment.isCommitted { totals.both &-= payment.amount }
        for span in payment.spans where span.stick >= 0 {
            _ = hands[span.stick].take(span, from: .held(at, number))
        }
    }
}
