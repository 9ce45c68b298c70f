import Commit
import Money
package import Words

/// What a wallet has, as a person is shown it.
package struct Balance: Hashable, Sendable {
    package var available = Amount.zero
    /// Agreed, and waiting for the decision.
    package var held = Amount.zero
    /// Asked for, and not yet handed over.
    package var incoming = Amount.zero
    /// The most one payment can carry now.
    package var largest = Amount.zero
    /// Its own in a life that has ended: the office gives it back when it is settled.
    package var stranded = Amount.zero

    package init() {}
}

extension Wallet {
    package func balance(_ asset: Asset, at moment: Moment) -> Balance {
        var balance = Balance()
        // Nobody can hold more than there is: offices issue sticks of an amount each, and what
        // is more than any money there can be is shown as that.
        balance.available = purse.balance(asset) ?? .largest
        balance.held =
            Amount.sum(
                buying.values.compactMap { buyer in
                    guard case .held(let held) = buyer.phase, held.deal.asset == asset else {
                        return nil
                    }
                    return held.deal.amount
                }
            ) ?? .largest
        balance.incoming =
            Amount.sum(
                selling.values.compactMap { seller in
                    guard case .requested(let requested) = seller.phase,
                        requested.deal.asset == asset
                    else { return nil }
                    return requested.deal.amount
                }
            ) ?? .largest
        balance.stranded = stranded.balance(asset) ?? .largest
        let now = Payee.clock(moment, newestSigned: clock)
        guard life == .live, let window = window(at: now), window.terms.asset == asset else {
            return balance
        }
        let chooser = Chooser(
            payer: owner.key,
            window: window,
            caps: Caps(),
            today: now.day,
            spent: course.total,
            archive: archive
        )
        balance.largest = chooser.largest(from: unpromised)
        return balance
    }

    /// The place of the next handover that it signs, in its epoch.
    package var nextCounter: UInt64 { course.counter }

    /// What its window has been used for.
    package var spent: Amount { course.total }

    /// All that it has, waits for, or may pay with; in the order of their codes.
    package var assets: [Asset] {
        var assets = Set((purse.pieces + stranded.pieces).map(\.asset))
        if let window { assets.insert(window.terms.asset) }
        assets.formUnion(buying.values.compactMap { $0.about?.asset })
        assets.formUnion(selling.values.compactMap { $0.about?.asset })
        return assets.sorted { ($0.code, $0.scale) < ($1.code, $1.scale) }
    }

    /// Everything that is not over, in the order of its ids.
    package var standings: [PaymentStanding] {
        let bought = buying.compactMap { payment, buyer in
            buyer.about.map { buyer.standing(payment, $0) }
        }
        let sold = selling.compactMap { payment, seller in
            seller.about.map { seller.standing(payment, $0) }
        }
        return (bought + sold).sorted {
            $0.payment.array.lexicographicallyPrecedes($1.payment.array)
        }
    }
}
