package import Ledger
package import Money
package import Words

/// What became of a stick: the books keep it, and later claims are answered with it.
package struct Settlement: Hashable, Sendable {
    package let stick: Hash
    package let units: Amount
    /// All of its units, in their order, each once.
    package let shares: [Share]
    /// What chains came to beyond that, in the order in which it is honoured.
    package let duplicates: [Duplicate]

    package struct Share: Hashable, Sendable {
        package let units: Units
        package let fate: Fate

        package init(units: Units, fate: Fate) { (self.units, self.fate) = (units, fate) }
    }

    package enum Fate: Hashable, Sendable {
        /// The office has paid for them before.
        case redeemed
        case consumed
        /// They go to the account of whoever holds them.
        case account(Key)
        /// They go back to a holder whose epoch in which it got them has ended.
        case returned(Key)
        /// Nobody claims them.
        case lapsed
    }

    package init(stick: Hash, units: Amount, shares: [Share], duplicates: [Duplicate]) {
        (self.stick, self.units) = (stick, units)
        (self.shares, self.duplicates) = (shares, duplicates)
    }
}

/// Units that somebody was given, and somebody else was settled with.
package struct Duplicate: Hashable, Sendable, Comparable {
    package let stick: Hash
    package let units: Units
    package let holder: Key
    /// The link that gave them; nil for a stick's owner.
    package let at: EntryReference?
    /// The case whose convict pays for them.
    package let id: CaseID
    package let rank: Rank

    package var convict: Key { id.convict }

    package static func < (a: Duplicate, b: Duplicate) -> Bool {
        if a.rank != b.rank { return a.rank < b.rank }
        return (a.stick, a.units.lo) < (b.stick, b.units.lo)
    }
}

/// Who comes first, where several were given the same units.
package struct Rank: Hashable, Sendable, Comparable {
    /// Those whom the office has paid already come first.
    let isPaidFor: Bool
    /// Whoever has no account can be given nothing, and keeps nobody else from it.
    let hasAccount: Bool
    /// Whoever was convicted comes after those who were not.
    let isConvict: Bool
    /// Chains with links that were aborted come after those without.
    let aborted: Int
    /// Those who came themselves, before what only a payer handed in.
    let shown: UInt64
    let handedIn: UInt64
    /// For want of anything better.
    let at: EntryReference?

    package static func < (a: Rank, b: Rank) -> Bool {
        func key(_ rank: Rank) -> (Int, Int, Int, Int, UInt64, UInt64) {
            (
                rank.isPaidFor ? 0 : 1, rank.hasAccount ? 0 : 1, rank.isConvict ? 1 : 0,
                rank.aborted, rank.shown, rank.handedIn
            )
        }
        if key(a) != key(b) { return key(a) < key(b) }
        guard let one = a.at, let other = b.at else { return a.at == nil && b.at != nil }
        return one < other
    }
}

/// A duplicate, and how much of it the convict's guarantee pays; the rest is a claim on it.
package struct Honoured: Hashable, Sendable {
    package let duplicate: Duplicate
    package let paid: Amount

    package var claim: Amount {
        guard let rest = duplicate.units.count.subtracting(paid) else {
            preconditionFailure("no more is paid than there is")
        }
        return rest
    }
}

/// What closing a day comes to.
package struct Closing: Hashable, Sendable {
    package let day: Day
    /// In the order of the sticks.
    package let settlements: [Settlement]
    /// In the order in which they were honoured, over all of the sticks.
    package let honoured: [Honoured]
    /// How many ends and links were looked at: it grows with the links as a line does, whoever
    /// signed them, and is held against them by tests.
    package let steps: Int
}

extension Settlement {
    /// Whether the shares are all units of the stick, each once.
    package var isWhole: Bool {
        var next: UInt64 = 0
        for share in shares {
            guard share.units.lo == next else { return false }
            next = share.units.hi
        }
        return next == units.units
    }

    /// What is to be booked, by the order of accounts; lapsed units last.
    ///
    /// What would go to somebody who has no account lapses.
    package func acts(_ account: (Key) -> Account?) -> [Act] {
        var (sums, lapsed) = ([Account: Amount](), Amount.zero)
        for share in shares {
            switch share.fate {
            case .redeemed, .consumed: break
            case .lapsed: lapsed = Self.sum(lapsed, share)
            case .account(let key), .returned(let key):
                if let account = account(key) {
                    sums[account] = Self.sum(sums[account] ?? .zero, share)
                } else {
                    lapsed = Self.sum(lapsed, share)
                }
            }
        }
        let settled = sums.sorted { $0.key < $1.key }.map { Act(.settlement, $0.key, $0.value) }
        return lapsed == .zero ? settled : settled + [Act(lapsing: lapsed)]
    }

    private static func sum(_ amount: Amount, _ share: Share) -> Amount {
        guard let sum = amount.adding(share.units.count) else {
            preconditionFailure("a stick's shares are at most the stick")
        }
        return sum
    }
}

extension Honoured {
    /// What is to be booked; nil when nothing is paid, or somebody has no account.
    package func act(_ account: (Key) -> Account?) -> Act? {
        guard paid > .zero, let victim = account(duplicate.holder),
            let convict = account(duplicate.convict), victim != convict
        else { return nil }
        return Act(honouring: victim, paid, from: convict)
    }
}
