package import Words

// What a home finds when it comes back.

extension Oracle {
    /// A restart: everything that was read back from that disk.
    ///
    /// It is what was acknowledged, or that and the whole of the group that was being written.
    package mutating func restarted(_ home: Int, _ recovered: Recovered, inFlight: [Step]?) {
        let at = lane(home)
        guard !homes[at].isDishonest else { return }
        let broken = homes[at].differs(from: recovered)
        let flight = inFlight.map { $0.reduce(0) { $0 + UInt64($1.entries.count) } } ?? 0
        let isLonger = recovered.number >= homes[at].newest + flight
        if let inFlight, flight > 0, isLonger,
            homes[at].after(inFlight).differs(from: recovered) == nil
        {
            durable(home, inFlight)
        } else if let broken {
            report(.acknowledged, [at], nil, broken)
            restored(home, recovered)
            return
        }
        homes[at].resume(at: recovered.number)
    }

    /// The home goes on from an older state than it had: its epoch ends.
    ///
    /// What it owned is stranded until the office gives it back. What it held stays in doubt:
    /// it may have forgotten the payment, its payee has not.
    package mutating func restored(_ home: Int, _ recovered: Recovered) {
        let at = lane(home)
        homes[at].replace(with: recovered)
        guard !homes[at].isDishonest else { return }
        homes[at].hasEnded = true
        homes[at].wasRestored = true
        homes[at].stranded &+= homes[at].available
        totals.stranded &+= homes[at].available
        totals.available &-= homes[at].available
        homes[at].available = 0
        strandUsed(at)
        reread(at)
    }

    /// An office goes on with another journal than it had, a new one or an older one, beside books
    /// that are the newest: what it was paid stands in them.
    package mutating func lostJournal(_ home: Int, _ recovered: Recovered) {
        let at = lane(home)
        homes[at].lostJournal = true
        homes[at].replace(with: recovered)
        let kept = homes[at].countedAnew
        let gone = homes[at].available &- kept
        homes[at].stranded &+= gone
        totals.stranded &+= gone
        totals.available &-= gone
        homes[at].available = kept
        // Nobody hears of it any more that its payers have been told.
        for number in payments.indices
        where payments[number].payee == homes[at].key && payments[number].seller == .paid {
            payments[number].seller = .complete
        }
    }

    /// The home is gone for good, with its key: its holder has said so at the office.
    package mutating func lost(_ home: Int) {
        let at = lane(home)
        homes[at].hasEnded = true
        homes[at].wasRestored = true
        homes[at].isLost = true
        homes[at].stranded &+= homes[at].available
        totals.stranded &+= homes[at].available
        totals.available &-= homes[at].available
        homes[at].available = 0
        strandUsed(at)
    }

    /// The office has opened another epoch for it: from now on it owns what comes to it, and
    /// nothing of what it had is free.
    mutating func beginAnew(_ at: Int) {
        homes[at].begins = false
        if !homes[at].hasEnded {
            homes[at].stranded &+= homes[at].available
            totals.stranded &+= homes[at].available
            totals.available &-= homes[at].available
            homes[at].available = 0
            strandUsed(at)
        }
        homes[at].hasEnded = false
        let free = homes[at].countedAnew
        guard free > 0 else { return }
        report(.inertActs, [at], nil, "\(free) units of an epoch that is over are free again")
    }

    /// Whether a payment is of a life of its payee, or of its payer, that is over by now.
    func isPast(seller number: Int, _ at: Int) -> Bool {
        homes[at].hasEnded || payments[number].id.epoch.number < homes[at].epoch
    }

    func isPast(buyer number: Int, _ at: Int) -> Bool {
        guard !homes[at].hasEnded, let handover = payments[number].handover else { return true }
        return handover.header.epoch < homes[at].epoch
    }
}
