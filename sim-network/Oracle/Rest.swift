internal import Words

// At rest: the network has healed, everybody has been heard, and nothing moves any more.

extension Oracle {
    /// After healing: nothing is in doubt, nothing is locked, and all that there is adds up.
    package mutating func atRest() {
        checkOpen()
        checkSums()
        checkSerial()
        checkConvicts()
        checkBooksAtRest()
    }

    private mutating func checkOpen() {
        strandedPayments = 0
        for number in payments.indices {
            let payment = payments[number]
            let isOpen = payment.buyer == .held || payment.seller == .paid
            guard isOpen else { continue }
            let (payer, payee) = (honest(payment.payer), honest(payment.payee))
            guard let payer, let payee, !homes[payer].isSilent, !homes[payee].isSilent,
                !isPast(buyer: number, payer), !isPast(seller: number, payee)
            else {
                strandedPayments += 1
                continue
            }
            let what = payment.buyer == .held ? "the payer is in doubt" : "the payee waits"
            report(.rest, [payer, payee], number, "after healing \(what)")
        }
    }

    /// Everything is counted once more, from the rows and from the hands.
    private mutating func checkSums() {
        var free = [UInt64](repeating: 0, count: homes.count)
        var used = free
        for stick in sticks.indices {
            for part in hands[stick].parts {
                for hand in part.hands where hand.home >= 0 && hand.payment < 0 {
                    let count = part.hi - part.lo
                    if hand.isUsed {
                        used[Int(hand.home)] &+= count
                    } else {
                        free[Int(hand.home)] &+= count
                    }
                }
            }
        }
        for at in homes.indices where !homes[at].isDishonest {
            let (available, stranded) = (homes[at].available, homes[at].stranded)
            if free[at] != available &+ stranded {
                let owned = available &+ stranded
                report(.oneHand, [at], nil, "it has \(owned) units, in its hands are \(free[at])")
            }
            if used[at] != homes[at].consumed {
                let what = "it has used up \(homes[at].consumed), in its hands are \(used[at])"
                report(.oneHand, [at], nil, what)
            }
            guard !homes[at].hasEnded else { continue }
            if homes[at].usedAnew != homes[at].consumed {
                let (rows, count) = (homes[at].usedAnew, homes[at].consumed)
                report(.conservation, [at], nil, "its rows have used up \(rows), not \(count)")
            }
            let counted = homes[at].countedAnew
            if counted != available {
                report(.conservation, [at], nil, "its rows have \(counted), not \(available)")
            }
        }
    }

    /// The payments, one after the other over plain numbers, come to the same balances.
    private mutating func checkSerial() {
        let serial = Serial(homes: homes.count, replaying: events)
        var waiting = [UInt64](repeating: 0, count: homes.count)
        for payment in payments where payment.buyer == .held && !payment.isCommitted {
            if let at = holders[payment.payer] { waiting[at] &+= payment.amount }
        }
        var common: Int64 = 0
        for at in homes.indices {
            guard !homes[at].isDishonest else {
                common += serial.balances[at]
                continue
            }
            let own = homes[at].available &+ homes[at].stranded &+ homes[at].consumed
            let there = own &+ waiting[at]
            guard serial.balances[at] != Int64(bitPattern: there) else { continue }
            let should = serial.balances[at]
            report(.serial, [at], nil, "it has \(there), one after the other gives \(should)")
        }
        let expected = common + Int64(totals.duplicated)
        if expected != Int64(loot) {
            report(.serial, [], nil, "the dishonest have \(loot), not \(expected)")
        }
    }
}
