import Money
import Words

/// Where units can have come to: the last link of a chain, or the stick's owner.
struct End: Hashable, Sendable {
    let at: EntryReference?
    let holder: Key
    /// Which of the ends passed units on to it; of the stick's owner none.
    let above: Int?
    /// Links of its chain that were aborted and used all the same.
    let aborted: Int
    /// How the office has paid for them.
    let redemption: Redemption?
    /// They came back, and the office has not paid for them yet; the holder is who brought them.
    var isWaiting = false
}

/// All ends of a stick, and which units came to each: some to none, when they lapse, and some to
/// several, when somebody cheated.
///
/// They are as many as the links, and so are the stretches of units, give or take: which ends
/// a unit came to is found by going along them, and written down nowhere.
struct Ends: Sendable {
    private(set) var all: [End] = []
    private(set) var reaches: [Reach] = []
    /// Whose payers have acknowledged a COMMIT, as far as somebody asked.
    fileprivate var acknowledged: [PaymentName: Bool] = [:]

    struct Reach: Sendable {
        let units: Units
        let end: Int
    }

    fileprivate mutating func add(_ end: End) -> Int {
        all.append(end)
        return all.count - 1
    }

    /// What is left to an end of its units; `taken` stand in the order in which they begin.
    fileprivate mutating func add(_ units: Units, without taken: [Units], to end: Int) {
        var reached = units.lo
        for one in taken {
            if let left = Units(reached, one.lo) { reaches.append(Reach(units: left, end: end)) }
            reached = max(reached, one.hi)
        }
        if let left = Units(reached, units.hi) { reaches.append(Reach(units: left, end: end)) }
    }
}

/// What is known of a link's payment.
private enum Standing: Hashable {
    /// Its payee was paid, or claims to have been.
    case live
    /// Aborted, and used all the same; whether its payer acknowledged a COMMIT.
    case contested(isAcknowledged: Bool)
    /// Nobody has decided or claims; whether the payer says that it holds no COMMIT.
    case open(isDenied: Bool)

    /// Whether its payer has nothing left of the units: else they were never passed on, everything
    /// was aborted, or nothing committed.
    var isPassedOn: Bool {
        switch self {
        case .live: true
        case .contested(let isAcknowledged): isAcknowledged
        case .open(let isDenied): !isDenied
        }
    }
}

extension Reckoning {
    func ends(of tree: StickTree) -> Ends {
        var ends = Ends()
        guard let all = Units(0, tree.stick.units.units) else { return ends }
        let owner = End(
            at: nil,
            holder: tree.stick.owner,
            above: nil,
            aborted: 0,
            redemption: nil
        )
        follow(owner, all, of: all, links: 0, in: tree, &ends)
        return ends
    }

    /// From an end that has these units, of those of its link, on to those that it passed them on
    /// to.
    private func follow(
        _ end: End,
        _ units: Units,
        of whole: Units,
        links: Int,
        in tree: StickTree,
        _ ends: inout Ends
    ) {
        let own = ends.add(end)
        var taken: [Units] = []
        // A longer chain is shown to nobody, so it leads nowhere.
        let below = links < Self.linksPerChain ? tree.below(end.at, by: end.holder) : []
        for twig in below where whole.contains(twig.units) {
            guard let passing = passing(twig), passing.name.payee != end.holder,
                let standing = standing(of: twig.reference.handover, passing, &ends)
            else { continue }
            let parts = valid(twig, passing, in: tree).compactMap { $0.intersection(units) }
            if standing.isPassedOn { taken += parts }
            let isContested: Bool
            switch standing {
            case .live: isContested = false
            case .contested: isContested = true
            case .open: continue
            }
            let next = End(
                at: twig.reference,
                holder: passing.name.payee,
                above: own,
                aborted: end.aborted + (isContested ? 1 : 0),
                redemption: nil
            )
            for part in parts {
                if passing.redemption == nil {
                    follow(next, part, of: twig.units, links: links + 1, in: tree, &ends)
                } else {
                    addReturned(part, by: passing, next, in: tree, &ends)
                }
            }
        }
        ends.add(units, without: taken.sorted { $0.lo < $1.lo }, to: own)
    }

    /// What came back to the office has come to its end, be it paid for or not.
    private func addReturned(
        _ units: Units,
        by passing: Passing,
        _ link: End,
        in tree: StickTree,
        _ ends: inout Ends
    ) {
        for one in tree.returned(meeting: units) where one.reference == link.at {
            guard let part = one.units.intersection(units) else { continue }
            var end = End(
                at: link.at,
                holder: one.isPaid ? passing.name.payee : passing.name.payer,
                above: link.above,
                aborted: link.aborted,
                redemption: one.isPaid ? one.use : nil
            )
            end.isWaiting = !one.isPaid
            ends.add(part, without: [], to: ends.add(end))
        }
    }

    /// The units of a link that no revocation voids: all of them, or those that the office has
    /// paid for.
    private func valid(_ twig: Twig, _ passing: Passing, in tree: StickTree) -> [Units] {
        guard isBeyondRevocation(passing) else { return [twig.units] }
        return tree.paid(through: twig)
    }

    func isBeyondRevocation(_ passing: Passing) -> Bool {
        #if Planted
        if Plant.revokedVoid.isHere { return revoked[passing.name.payer] != nil }
        #endif
        return revoked[passing.name.payer].map { passing.place > $0 } ?? false
    }

    /// Nothing when it was aborted and not used.
    private func standing(
        of hash: Hash,
        _ passing: Passing,
        _ ends: inout Ends
    ) -> Standing? {
        if passing.redemption != nil { return .live }
        switch (isCommitted(hash, passing), isAborted(passing)) {
        case (true, true):
            let known = ends.acknowledged[passing.name]
            let isAcknowledged = known ?? (payments[passing.name]?.isPaidForPayer == true)
            ends.acknowledged[passing.name] = isAcknowledged
            return .contested(isAcknowledged: isAcknowledged)
        case (true, false): return .live
        case (false, true): return nil
        case (false, false): break
        }
        let (payer, payee) = (passing.name.payer, passing.name.payee)
        let said = sayings[hash]
        if said?.committed != nil || said?.claims[payee] != nil { return .live }
        #if Planted
        if Plant.denialUnheard.isHere { return .open(isDenied: offices.contains(payee)) }
        #endif
        // What an office did not commit to, it knows that it holds no COMMIT of; and a wallet that
        // began anew may have forgotten the payment, so that it can neither deny nor show anything.
        let hasBegunAnew = epochs[payer].map { $0 > passing.place.epoch } ?? false
        return .open(
            isDenied: offices.contains(payee) || hasBegunAnew
                || said?.denials[payer] != nil
        )
    }
}
