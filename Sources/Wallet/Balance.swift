import Commit
import Money
package import Words

/// What a wallet has, as a person is shown it.
package struct Balance: Hashable, Sendable {
    /// Free, and good to pay with today.
    package var available = Amount.zero
    /// Free, and past its last day to be spent: its office alone takes it.
    package var overdue = Amount.zero
    /// Past its last day to be settled, too: its office has settled it, or will.
    package var settled = Amount.zero
    /// Agreed, and waiting for the decision.
    package var held = Amount.zero
    /// Asked for, and not yet handed over.
    package var incoming = Amount.zero
    /// The most one payment can carry now.
    package var largest = Amount.zero
    /// Its own in a life that has ended: the office gives it back when it is settled.
    package var stranded = Amount.zero
    /// The most that its office can be given back in one payment.
    package var backAtOnce = Amount.zero
    /// Used up here, and not handed in to its office yet; how much of it goes in one payment.
    package var consumed = Amount.zero
    package var consumedAtOnce = Amount.zero
    /// What a meter may still use up, and the number of its counter up to which all is served.
    package var usable = Amount.zero
    package var pulses: UInt64 = 0
    /// What is hard to pay with, and its office makes fresh; in so many pieces.
    package var tired = Amount.zero
    package var tiredPieces = 0
    /// How much of that goes in one payment, once it is begun; then few crumbs stay.
    package var tiredAtOnce = Amount.zero
    /// What is to be done with some of it, and by when.
    package var dues: [Due] = []

    package init() {}

    /// What its office takes back, in as many payments as that takes.
    package var redeemable = Amount.zero
}

extension Wallet {
    package func balance(_ asset: Asset, at moment: Moment) -> Balance {
        var balance = Balance()
        let now = Payee.clock(moment, newestSigned: clock)
        // Nobody can hold more than there is: offices issue sticks of an amount each, and what
        // is more than any money there can be is shown as that.
        for piece in purse.pieces where piece.asset == asset { count(piece, now.day, &balance) }
        balance.dues = dues(asset, on: now.day)
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
        for piece in consumed.pieces where piece.asset == asset {
            countUsed(piece, now.day, &balance)
        }
        if asset.isMetered {
            (balance.usable, balance.pulses) = (consumable(asset, at: moment), pulses)
        }
        addRedeemable(asset, now.day, &balance)
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

    /// What its office would take of it: that needs a window of any date.
    private func addRedeemable(_ asset: Asset, _ today: Day, _ balance: inout Balance) {
        guard life == .live, let window, window.terms.asset == asset else { return }
        var chooser = Chooser(
            payer: owner.key,
            window: window,
            caps: .office,
            today: today,
            spent: course.total,
            archive: archive
        )
        chooser.redeemer = window.office
        let free = unpromised
        balance.backAtOnce = chooser.largest(from: free)
        let (all, tired) = chooser.redeemable(in: free)
        (balance.redeemable, balance.tired) = (all, tired.amount)
        balance.tiredPieces = tired.pieces.count
        balance.tiredAtOnce = chooser.tiredAtOnce(in: free)
        if balance.consumed > .zero {
            balance.consumedAtOnce = chooser.largest(from: unpromised(toHandIn: true))
        }
    }

    private func count(_ piece: Piece, _ today: Day, _ balance: inout Balance) {
        func add(_ sum: inout Amount) { sum = sum.adding(piece.amount) ?? .largest }
        switch state(of: piece, on: today) {
        // What is free is used up by nobody yet.
        case .soon, .used, nil: add(&balance.available)
        case .overdue: add(&balance.overdue)
        case .settled: add(&balance.settled)
        }
    }

    /// What was used up of a stick that is settled is handed in no more.
    private func countUsed(_ piece: Piece, _ today: Day, _ balance: inout Balance) {
        if stateOfUsed(piece, on: today) == .settled {
            balance.settled = balance.settled.adding(piece.amount) ?? .largest
        } else {
            balance.consumed = balance.consumed.adding(piece.amount) ?? .largest
        }
    }

    /// The place of the next handover that it signs, in its epoch.
    package var nextCounter: UInt64 { course.counter }

    /// What its window has been used for.
    package var spent: Amount { course.total }

    /// All that it has, waits for, or may pay with; in the order of their codes.
    package var assets: [Asset] {
        var assets = Set((purse.pieces + stranded.pieces + consumed.pieces).map(\.asset))
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
