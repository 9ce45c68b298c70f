package import Ledger
import Money
package import Words

/// Why a day is not closed.
package enum ClosingFault: Error, Hashable, Sendable {
    /// It is not after the last one that was.
    case closedBefore(Day)
}

extension Reckoning {
    /// The sticks that closing this day settles: their last day to settle is it, or lies before.
    package func due(_ day: Day) -> [Hash] {
        trees.values.lazy.map(\.stick).filter { $0.settleUntil <= day }.map(\.id).sorted()
    }

    /// What closing this day comes to; nothing changes until it is applied.
    ///
    /// `held` is what the office still holds of each convict and may pay with: the guarantee of
    /// its window, without what was paid out of it before. `account` is whose account is which;
    /// what `meters` have used up is not owed to them.
    package func closing(
        _ day: Day,
        held: [Key: Amount],
        meters: Set<Key> = [],
        _ account: (Key) -> Account?
    ) throws(ClosingFault) -> Closing {
        if let closed, day <= closed { throw .closedBefore(closed) }
        let convicts = convicts
        let settled = due(day).compactMap { settlement(of: $0, convicts, account) }
        let owed = settled.flatMap { self.duplicates(of: $0.settlement, without: meters) }
        #if Planted
        var duplicates = owed.sorted()
        if Plant.lastPaidFirst.isHere { duplicates.reverse() }
        #else
        let duplicates = owed.sorted()
        #endif
        return Closing(
            day: day,
            settlements: settled.map(\.settlement),
            honoured: Self.honour(duplicates, held, account),
            steps: settled.reduce(0) { $0 + $1.steps }
        )
    }

    /// Pays duplicates, in their order, as far as what is held of each convict goes.
    ///
    /// To whom nothing can be paid, nothing is: what it would have been is there for the next.
    package static func honour(
        _ duplicates: [Duplicate],
        _ held: [Key: Amount],
        _ account: (Key) -> Account?
    ) -> [Honoured] {
        var left = held
        return duplicates.map { duplicate in
            let own = account(duplicate.holder)
            guard let own, let convict = account(duplicate.convict), own != convict else {
                return Honoured(duplicate: duplicate, paid: .zero)
            }
            let rest = left[duplicate.convict] ?? .zero
            let paid = min(rest, duplicate.units.count)
            #if Planted
            if Plant.guaranteeAgain.isHere { return Honoured(duplicate: duplicate, paid: paid) }
            #endif
            left[duplicate.convict] = rest.subtracting(paid)
            return Honoured(duplicate: duplicate, paid: paid)
        }
    }

    /// What becomes of a stick that is out, were it settled now.
    package func settlement(of stick: Hash, _ account: (Key) -> Account?) -> Settlement? {
        settlement(of: stick, convicts, account)?.settlement
    }

    private func settlement(
        of stick: Hash,
        _ convicts: Set<Key>,
        _ account: (Key) -> Account?
    ) -> (settlement: Settlement, steps: Int)? {
        guard let tree = trees[stick] else { return nil }
        let sharing = Sharing(tree, in: self) { rank($0, in: tree, convicts, account) }
        let settlement = Settlement(
            stick: stick,
            units: tree.stick.units,
            shares: sharing.shares,
            duplicates: sharing.duplicates.sorted()
        )
        return (settlement, sharing.steps)
    }

    /// Who has units at an end, or brought them to the office.
    func whose(_ end: End) -> Key {
        guard end.redemption != nil, let at = end.at else { return end.holder }
        return handovers[at.handover]?.name.payer ?? end.holder
    }

    func fate(of end: End, in tree: StickTree) -> Settlement.Fate {
        switch end.redemption {
        case .redeemed: return .redeemed
        case .consumed: return .consumed
        case nil: break
        }
        // Whoever brought them back gave them up: nothing of them is returned to a lost life.
        if end.isWaiting { return .account(end.holder) }
        let got =
            end.at.map { epoch(of: $0.handover) }
            ?? tree.stick.epoch
        if let got, let present = epochs[end.holder], got < present {
            #if Planted
            if Plant.endedLapses.isHere { return .lapsed }
            #endif
            return .returned(end.holder)
        }
        return .account(end.holder)
    }

    /// The payee's epoch when a handover was made to it.
    private func epoch(of handover: Hash) -> Epoch? {
        handovers[handover].flatMap { $0.whole?.epoch ?? payments[$0.name]?.epoch }
    }

    private func rank(
        _ end: End,
        in tree: StickTree,
        _ convicts: Set<Key>,
        _ account: (Key) -> Account?
    ) -> Rank {
        let twig = end.at.flatMap { tree[$0] }
        let issued = end.at == nil ? tree.stick.number : nil
        return Rank(
            isPaidFor: end.redemption != nil,
            hasAccount: account(end.holder) != nil,
            isConvict: convicts.contains(end.holder),
            aborted: end.aborted,
            shown: issued ?? (end.isWaiting ? twig?.first : twig?.shown) ?? .max,
            handedIn: twig?.handedIn ?? .max,
            at: end.at
        )
    }

    enum Cheat {
        case forked(Key)
        case equivocated(PaymentName)
    }

    /// What two links of one parent, both used, say about who cheated; of one alone its payee did,
    /// for its payer still has the units.
    func cheat(_ one: Twig?, _ other: Twig?) -> Cheat? {
        guard let one, let other else {
            return (one ?? other).flatMap { passing($0) }.map { .equivocated($0.name) }
        }
        guard let a = passing(one), let b = passing(other) else { return nil }
        if forked(one, other) { return .forked(a.name.payer) }
        return .equivocated(a.place < b.place ? a.name : b.name)
    }
}

extension Reckoning {
    /// Forgets what this day settled; what became of it is in the books by now.
    package mutating func close(_ day: Day) {
        let settled = due(day)
        closed = max(closed ?? day, day)
        for stick in settled { forget(stick) }
        forget(before: trees.values.lazy.map(\.stick.number).min() ?? .max)
    }

    /// What was said of payments before the oldest stick that is out was issued.
    private mutating func forget(before oldest: UInt64) {
        payments = payments.compactMapValues { $0.since(oldest) }
        sayings = sayings.compactMapValues { $0.since(oldest) }
        // Somebody signed away a stick that was not issued yet.
        let stale = handovers.filter { ($0.value.whole?.last ?? .max) < oldest }
        for (hash, passing) in stale {
            handovers[hash]?.whole = nil
            forget(hash, awaiting: passing.whole?.previous)
        }
    }

    private mutating func forget(_ stick: Hash) {
        registers[stick] = nil
        guard let tree = trees.removeValue(forKey: stick) else { return }
        for twig in tree.twigs.values {
            let hash = twig.reference.handover
            if let parent = twig.parent, let payer = handovers[hash]?.name.payer {
                let user = User(handover: parent.handover, key: payer)
                uses[user] = uses[user]?.without(stick)
            }
        }
        for hash in Set(tree.twigs.keys.map(\.handover))
        where handovers[hash]?.forget(stick) == false {
            forget(handover: hash)
        }
    }

    private mutating func forget(handover hash: Hash) {
        guard let passing = handovers.removeValue(forKey: hash) else { return }
        let name = passing.name
        signed[name]?.remove(hash)
        if signed[name]?.isEmpty == true { signed[name] = nil }
        let spot = Spot(key: name.payer, place: passing.place)
        places[spot]?.remove(hash)
        if places[spot]?.handovers.isEmpty == true { places[spot] = nil }
        forget(hash, awaiting: passing.whole?.previous)
    }

    private mutating func forget(_ hash: Hash, awaiting previous: Hash?) {
        guard let previous else { return }
        awaited[previous]?.remove(hash)
        if awaited[previous]?.isEmpty == true { awaited[previous] = nil }
    }
}
