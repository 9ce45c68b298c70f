internal import Wire
internal import Words

// What a step makes of its payment.

extension Oracle {
    /// What the step should have moved; nil when it belongs to no payment that changes.
    mutating func applyStanding(_ step: Step, _ at: Int) -> Expected? {
        guard !step.payment.isEmpty else { return nil }
        guard let id = PaymentID(step.payment) else {
            report(.rows, [at], nil, "a step's payment is no payment's name")
            return nil
        }
        switch step.standing {
        case .unchanged:
            return nil
        case .open(let bytes, _):
            guard let fact = try? OpenFact(bytes) else {
                report(.rows, [at], nil, "an open payment's row is unreadable")
                return nil
            }
            let number = payment(id, payer: fact.handover.header.payer)
            switch fact.side {
            case .held(let taken, let isUse):
                expectUse(number, fact, isUse, at)
                return hold(number, fact, taken, step, at)
            case .paid(let commit):
                return sell(number, fact, commit, step, at)
            }
        case .finished(let bytes):
            guard let fact = try? FinishedFact(bytes) else {
                report(.rows, [at], nil, "a finished payment's row is unreadable")
                return nil
            }
            return finish(id, fact, step, at)
        }
    }

    private mutating func finish(
        _ id: PaymentID,
        _ fact: FinishedFact,
        _ step: Step,
        _ at: Int
    ) -> Expected? {
        guard let decision = fact.decision, decision.object.payment == id else {
            report(.rows, [at], nil, "a finished payment's row has no decision of that payment")
            return nil
        }
        let payer = fact.isSeller ? decision.object.receiver : homes[at].key
        let number = payment(id, payer: payer)
        let kind: UInt64
        switch (fact.isSeller, fact.isPaid) {
        case (false, true): kind = 2
        case (false, false): kind = 3
        case (true, true): kind = 5
        case (true, false): kind = 6
        }
        expectRecord(kind, step, number, at)
        guard decision.object.kind == (fact.isPaid ? .commit : .abort) else {
            report(.rows, [at], number, "the decision of a finished payment is another one")
            return nil
        }
        switch (fact.isSeller, fact.isPaid) {
        case (false, true): return bought(number, decision, at)
        case (false, false): return keep(number, decision, at)
        case (true, true): return complete(number, decision, at)
        case (true, false): return cancel(number, decision, at)
        }
    }

    /// The log says in its record what the rows say.
    mutating func expectRecord(_ kind: UInt64, _ step: Step, _ number: Int, _ at: Int) {
        guard !step.entries.contains(where: { $0.kind == kind }) else { return }
        report(.rows, [at], number, "rows of a step without its record, kind \(kind)")
    }

    /// What a payment is, from whichever side is heard of first; the other has to say the same.
    ///
    /// False when it says something else.
    mutating func learn(_ number: Int, _ fact: OpenFact, _ at: Int) -> Bool {
        let (deal, handover) = (fact.deal, fact.handover)
        if let known = payments[number].handover, known.raw == handover.raw {
            return agree(number, deal, at)
        }
        let hash = handover.hash
        if let known = payments[number].hash {
            guard known == hash else {
                report(.onceOnly, [at], number, "one payment has two handovers")
                return false
            }
            return agree(number, deal, at)
        }
        payments[number].handover = handover
        payments[number].hash = hash
        payments[number].payee = handover.header.payee
        payments[number].spans = spans(handover)
        payments[number].amount = handover.sum
        payments[number].asset = deal.asset
        payments[number].isUse = isUse(deal, handover)
        if handover.header.payment != HeaderFact.hash(of: payments[number].id) {
            report(.rows, [at], number, "the handover is of another payment")
        }
        for entry in handover.entries {
            if let stick = stickNumbers[entry.origin.stick], sticks[stick].asset != deal.asset {
                report(.amount, [at], number, "the handover passes on another asset")
            }
        }
        return agree(number, deal, at)
    }

    private mutating func agree(_ number: Int, _ deal: DealFact, _ at: Int) -> Bool {
        if deal.amount != payments[number].amount {
            report(
                .amount,
                [at],
                number,
                "agreed were \(deal.amount), the entries come to \(payments[number].amount)"
            )
        }
        if let handover = payments[number].handover,
            isUse(deal, handover) != payments[number].isUse
        {
            report(.amount, [at], number, "the two sides mean another use of it")
        }
        if deal.asset != payments[number].asset {
            report(.amount, [at], number, "the two sides count another asset")
        }
        return true
    }

    private func spans(_ handover: HandoverFact) -> [Span] {
        handover.entries.map {
            Span(stick: stickNumbers[$0.origin.stick] ?? -1, lo: $0.lo, hi: $0.hi)
        }.normal
    }

    /// Whether a home may begin or decide something now, of that payment's epoch.
    mutating func expectVoice(_ number: Int, _ at: Int, what: String) {
        if homes[at].isSilent {
            report(.inertActs, [at], number, "an inert wallet \(what)")
        } else if what.hasPrefix("decides"), homes[at].epoch != 0,
            payments[number].id.epoch.number != homes[at].epoch
        {
            report(.inertActs, [at], number, "a wallet \(what) for another epoch than its own")
        }
    }

    /// The home behind a key, if there is an honest one.
    func honest(_ key: Key?) -> Int? {
        guard let key, !dishonestKeys.contains(key) else { return nil }
        return holders[key]
    }

    func isDishonest(_ key: Key?) -> Bool { key.map(dishonestKeys.contains) ?? false }
}
