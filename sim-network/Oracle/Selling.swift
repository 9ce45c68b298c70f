internal import Wire
internal import Words

// The payee's side.

extension Oracle {
    /// A row says that it has been paid: the units are its own, and COMMIT may leave.
    mutating func sell(
        _ number: Int,
        _ fact: OpenFact,
        _ commit: SignedObject,
        _ step: Step,
        _ at: Int
    ) -> Expected? {
        guard fact.handover.header.payee == homes[at].key else {
            report(.rows, [at], number, "it is paid by a handover to another key")
            return nil
        }
        let before = payments[number].seller
        guard learn(number, fact, at) else { return nil }
        switch before {
        case .paid:
            return Expected(payment: number)
        case .complete:
            if !isPast(seller: number, at) {
                report(.onceOnly, [at], number, "it is paid again")
            }
            return nil
        case .cancelled, .none:
            break
        }
        expectRecord(4, step, number, at)
        expectVoice(number, at, what: "decides COMMIT")
        if payments[number].decided(commit: true) { reportTwoDecisions(number, at) }
        guard !homes[at].hasEnded else { return nil }
        payments[number].seller = .paid
        payments[number].commit = commit
        checkReceipt(number, fact.deal, commit, at)
        checkPayer(number, at)
        expectNoFork(number, at)
        credit(number, at)
        let spans = payments[number].spans
        return Expected(come: spans, touched: spans, payment: number)
    }

    private mutating func checkReceipt(
        _ number: Int,
        _ deal: DealFact,
        _ commit: SignedObject,
        _ at: Int
    ) {
        let (object, payment) = (commit.object, payments[number])
        guard object.kind == .commit, object.sender == homes[at].key,
            object.receiver == payment.payer, object.payment == payment.id,
            object.answers == payment.hash
        else {
            report(.rows, [at], number, "the COMMIT is not its own of this handover")
            return
        }
        guard let receipt = try? ReceiptFact(object.content) else {
            report(.rows, [at], number, "the receipt is unreadable")
            return
        }
        if receipt.amount != payment.amount || receipt.asset != deal.asset
            || receipt.offer != deal.offer
        {
            report(
                .amount,
                [at],
                number,
                "the receipt says \(receipt.amount), the entries come to \(payment.amount)"
            )
        }
    }

    /// Nobody is paid by one who does not hold it.
    private mutating func checkPayer(_ number: Int, _ at: Int) {
        let payment = payments[number]
        guard !isDishonest(payment.payer) else { return }
        guard let payer = honest(payment.payer) else {
            report(.atomicity, [at], number, "it is paid by a key that nobody has")
            return
        }
        switch payment.buyer {
        case .held, .paid: break
        case .none, .untold:
            report(.atomicity, [payer, at], number, "the payee is paid, the payer never held it")
        case .cancelled:
            report(.atomicity, [payer, at], number, "the payee is paid, the payer has cancelled")
        }
    }

    private mutating func credit(_ number: Int, _ at: Int) {
        let payment = payments[number]
        payments[number].isCommitted = true
        if isDishonest(payment.payer) {
            takeFromDishonest(number, at)
        } else if payment.buyer == .held {
            totals.both &+= payment.amount
        }
        if let payer = holders[payment.payer] {
            events.append(.paid(from: payer, to: at, amount: payment.amount))
        }
    }

    /// A row says that the payer knows: nothing is left to be said.
    mutating func complete(_ number: Int, _ commit: SignedObject, _ at: Int) -> Expected? {
        let payment = payments[number]
        switch payment.seller {
        case .paid:
            payments[number].seller = .complete
        case .complete:
            if !isPast(seller: number, at), !homes[at].lostJournal {
                report(.onceOnly, [at], number, "it completes again")
            }
            return nil
        case .none, .cancelled:
            report(.atomicity, [at], number, "it completes what it was not paid")
            return nil
        }
        if let payer = honest(payment.payer), payment.buyer != .paid {
            report(
                .atomicity,
                [payer, at],
                number,
                "the payee has forgotten it, and the payer has not recorded COMMIT"
            )
        }
        if commit.object != payment.commit?.object {
            report(.rows, [at], number, "the decision is another than was recorded")
        }
        return homes[at].hasEnded ? nil : Expected(payment: number)
    }

    /// A row says that it will never be paid, and ABORT may leave.
    mutating func cancel(_ number: Int, _ abort: SignedObject, _ at: Int) -> Expected? {
        let payment = payments[number]
        guard abort.object.sender == homes[at].key else {
            report(.rows, [at], number, "the ABORT is not its own")
            return nil
        }
        if payment.seller == .cancelled {
            if abort.object != payment.abort?.object, !homes[at].lostJournal {
                report(.rows, [at], number, "the ABORT is another than was recorded")
            }
            return nil
        }
        expectVoice(number, at, what: "decides ABORT")
        payments[number].abort = abort
        payments[number].payee = payment.payee ?? homes[at].key
        if payments[number].decided(commit: false) { reportTwoDecisions(number, at) }
        guard payment.seller == .none else { return nil }
        payments[number].seller = .cancelled
        if payment.buyer == .paid, let payer = honest(payment.payer) {
            report(
                .atomicity,
                [payer, at],
                number,
                "the payee has cancelled what the payer has paid"
            )
        }
        return homes[at].hasEnded ? nil : Expected(payment: number)
    }

    mutating func reportTwoDecisions(_ number: Int, _ at: Int) {
        report(.decidedOnce, [at], number, "COMMIT and ABORT of one payment are signed")
    }
}
