package import Words

/// An account of the books, by its number.
package struct Account: Hashable, Sendable, Comparable {
    package let number: UInt64

    package init(number: UInt64) { self.number = number }
    package init(_ own: OwnAccount) { number = own.rawValue }

    /// The books' own accounts come before it, holders' from it on.
    package static let firstHolder = Account(number: 16)

    package static func < (a: Account, b: Account) -> Bool { a.number < b.number }
}

/// What is counted on two sides, each of which sums to zero for itself.
package enum Side: Hashable, Sendable, CaseIterable {
    /// What the office has, and owes to whom.
    case money
    /// Where the units of all sticks have gone.
    case units
    /// What customers have paid for units, in the currency that these are sold for.
    case price
}

/// An account of the books themselves: docs/PROTOCOL section 12.
package enum OwnAccount: UInt64, Hashable, Sendable, CaseIterable {
    /// What was paid in and not paid out, below zero, as it lies with the office.
    case cash = 1
    /// What the office owes for sticks that are out.
    case backing = 2
    case earned = 3
    /// What was lost to forgers who could not pay for it, below zero.
    case fraud = 4
    /// What customers paid in and were not paid back, below zero, as it lies with the office.
    case takings = 5
    /// What units were sold for.
    case sales = 6
    /// All units there ever were, below zero.
    case issued = 8
    case outstanding = 9
    case redeemed = 10
    case consumed = 11
    case lapsed = 12

    package var side: Side {
        switch self {
        case .cash, .backing, .earned, .fraud: .money
        case .takings, .sales: .price
        case .issued, .outstanding, .redeemed, .consumed, .lapsed: .units
        }
    }

    /// Whether it never stands above zero; the others never stand below.
    package var isBelowZero: Bool {
        switch self {
        case .cash, .fraud, .takings, .issued: true
        case .backing, .earned, .sales, .outstanding, .redeemed, .consumed, .lapsed: false
        }
    }
}

package enum HolderKind: UInt64, Hashable, Sendable, CaseIterable {
    case person = 1
    case merchant = 2
    /// Buys units with the money of another currency.
    case customer = 3

    package var side: Side {
        switch self {
        case .person, .merchant: .money
        case .customer: .price
        }
    }
}

/// Somebody who has an account.
package struct AccountHolder: Hashable, Sendable {
    package let account: Account
    package let kind: HolderKind
    package let name: Text
    package internal(set) var balance: Balance
    /// Whether he may stand below zero: he owes what he paid twice.
    package internal(set) var isForger: Bool

    package init(
        account: Account,
        kind: HolderKind,
        name: Text,
        balance: Balance = .zero,
        isForger: Bool = false
    ) {
        (self.account, self.kind, self.name) = (account, kind, name)
        (self.balance, self.isForger) = (balance, isForger)
    }
}

/// Minor units, above or below zero.
///
/// Like ``Amount`` it has no `+`: no sum of the books can overflow unseen.
package struct Balance: Hashable, Sendable, Comparable {
    package let units: Int64

    package init?(_ units: Int64) {
        guard units.magnitude <= Limits.amountUnits else { return nil }
        self.units = units
    }

    private init(unchecked units: Int64) { self.units = units }
    package init(_ amount: Amount) { units = Int64(amount.units) }

    package static let zero = Balance(unchecked: 0)
    package var negated: Balance { Balance(unchecked: -units) }

    package func adding(_ other: Balance) -> Balance? { Balance(units + other.units) }

    /// How much it is, whichever way.
    package var amount: Amount {
        guard let amount = Amount(units.magnitude) else {
            preconditionFailure("a balance is at most an amount")
        }
        return amount
    }

    package static func < (a: Balance, b: Balance) -> Bool { a.units < b.units }
}
