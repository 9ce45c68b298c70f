package import Wallet
package import Words

/// The button of an eKey: from an amount on, a yes counts once it was pressed for that offer
/// (docs/PROTOCOL section 17.3).
package struct Button: Hashable, Sendable {
    /// What is shown, to be pressed for: one at a time.
    package private(set) var wanted: PaymentStanding?
    /// What it was pressed for, until that was said yes to.
    private var pressed: Set<PaymentID> = []

    package init() {}

    /// What a yes comes to.
    package enum Verdict: Hashable, Sendable {
        case mayGo
        /// Not before the button was pressed; `isNew` when it is shown from now on.
        case notYet(isNew: Bool)
    }

    /// Whether a yes may go: `least` is from where on the button is asked for, nil where there is
    /// none, and `standing` what the wallet knows of the payment.
    package mutating func verdict(
        _ payment: PaymentID,
        _ standing: PaymentStanding?,
        from least: Amount?
    ) -> Verdict {
        #if Planted
        if Plant.acceptUnpressed.isHere { return .mayGo }
        #endif
        guard let least, !pressed.contains(payment) else { return .mayGo }
        // What is not there any more is said by the wallet.
        guard let standing, standing.about.amount >= least else { return .mayGo }
        // What is shown stays until it is answered or gone.
        guard wanted == nil else { return .notYet(isNew: false) }
        wanted = standing
        return .notYet(isNew: true)
    }

    /// The person has pressed it for that one, which was shown.
    package mutating func press(for payment: PaymentID) {
        guard wanted?.payment == payment else { return }
        pressed.insert(payment)
        wanted = nil
    }

    /// The person does not want to pay that one; false when it is not shown.
    package mutating func decline(_ payment: PaymentID) -> Bool {
        guard wanted?.payment == payment else { return false }
        wanted = nil
        return true
    }

    /// A yes has gone: the next one wants another press.
    package mutating func isUsed(for payment: PaymentID) { pressed.remove(payment) }

    /// What is no offer any more is not shown.
    package mutating func heed(_ news: [News]) {
        for case .standing(let standing) in news where standing.word != .offered {
            pressed.remove(standing.payment)
            if wanted?.payment == standing.payment { wanted = nil }
        }
    }
}

/// What happened, kept until somebody with the PIN is there to be told.
package struct Tidings: Sendable {
    private var news: [News] = []

    package static let most = 256

    package init() {}

    /// The newest are kept.
    package mutating func add(_ more: [News]) {
        news += more
        if news.count > Self.most { news.removeFirst(news.count - Self.most) }
    }

    /// What is told now, once.
    package mutating func told(_ telling: Bool) -> [News] {
        guard telling else { return [] }
        defer { news = [] }
        return news
    }
}
