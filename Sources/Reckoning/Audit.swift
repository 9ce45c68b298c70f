package import Ledger
package import Money
package import Words

/// The proof that each unit of each stick is in exactly one of outstanding, redeemed, consumed
/// and lapsed, and that the ledger says the same.
///
/// It is fed stick by stick, so that it needs no more memory than one of them.
package struct Audit: Hashable, Sendable {
    package private(set) var sums = Sums()

    package struct Sums: Hashable, Sendable {
        package internal(set) var issued: UInt64 = 0
        package internal(set) var outstanding: UInt64 = 0
        package internal(set) var redeemed: UInt64 = 0
        package internal(set) var consumed: UInt64 = 0
        package internal(set) var lapsed: UInt64 = 0
    }

    /// Where the books say that some units of a stick went.
    package struct Gone: Hashable, Sendable {
        package let units: Units
        package let to: Account

        package enum Account: Hashable, Sendable { case redeemed, consumed, lapsed }

        package init(_ units: Units, to account: Account) { (self.units, to) = (units, account) }
    }

    package init() {}

    /// Adds a stick of which this went somewhere, in any order; what is not named is still out,
    /// which nothing of a settled stick may be.
    package mutating func add(
        _ stick: Hash,
        of units: Amount,
        isSettled: Bool,
        _ gone: [Gone]
    ) throws(AuditFault) {
        var (next, after) = (UInt64(0), sums)
        for one in gone.sorted(by: { $0.units.lo < $1.units.lo }) {
            guard one.units.lo >= next else { throw .twice(stick: stick, unit: one.units.lo) }
            if one.units.lo > next, isSettled { throw .missing(stick: stick, unit: next) }
            guard one.units.hi <= units.units else {
                throw .outside(stick: stick, unit: max(one.units.lo, units.units))
            }
            after.outstanding += one.units.lo - next
            let count = one.units.count.units
            switch one.to {
            case .redeemed: after.redeemed += count
            case .consumed: after.consumed += count
            case .lapsed: after.lapsed += count
            }
            next = one.units.hi
        }
        if next < units.units, isSettled { throw .missing(stick: stick, unit: next) }
        after.outstanding += units.units - next
        after.issued += units.units
        guard after.issued <= Limits.amountUnits else { throw .tooMuch(stick: stick) }
        sums = after
    }

    /// Adds a stick that is out, as the reckoning knows it.
    package mutating func add(
        _ stick: Issued,
        in reckoning: Reckoning
    ) throws(AuditFault) {
        guard let tree = reckoning.trees[stick.id], tree.stick == stick else {
            throw .missing(stick: stick.id, unit: 0)
        }
        let gone = tree.redeemed.filter(\.isPaid).map {
            Gone($0.units, to: $0.use == .redeemed ? .redeemed : .consumed)
        }
        try add(stick.id, of: stick.units, isSettled: false, gone)
    }

    /// Adds a stick that was settled.
    package mutating func add(_ settlement: Settlement) throws(AuditFault) {
        let gone = settlement.shares.map { share in
            switch share.fate {
            case .redeemed, .account, .returned: Gone(share.units, to: .redeemed)
            case .consumed: Gone(share.units, to: .consumed)
            case .lapsed: Gone(share.units, to: .lapsed)
            }
        }
        try add(settlement.stick, of: settlement.units, isSettled: true, gone)
    }

    /// Throws unless the ledger has as many units in each place.
    package func agree(with ledger: Ledger) throws(AuditFault) {
        let places: [(OwnAccount, UInt64)] = [
            (.issued, sums.issued), (.outstanding, sums.outstanding), (.redeemed, sums.redeemed),
            (.consumed, sums.consumed), (.lapsed, sums.lapsed), (.backing, sums.outstanding),
        ]
        for (account, units) in places where ledger[account].amount.units != units {
            throw .balance(account, sticks: units, books: ledger[account])
        }
    }
}

/// The first unit that is not in exactly one place.
package enum AuditFault: Error, Hashable, Sendable {
    case twice(stick: Hash, unit: UInt64)
    case missing(stick: Hash, unit: UInt64)
    case outside(stick: Hash, unit: UInt64)
    /// It was paid for as one that had come back, and had not.
    case notReceived(stick: Hash, unit: UInt64)
    /// With this stick there are more units than any money there can be.
    case tooMuch(stick: Hash)
    /// The sticks say one thing of an account, the books another.
    case balance(OwnAccount, sticks: UInt64, books: Balance)
}
