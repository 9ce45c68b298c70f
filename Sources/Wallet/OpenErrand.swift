import Money
package import Words

/// What is under way with the office, as a person is shown it.
package struct OpenErrand: Hashable, Sendable {
    package enum Word: String, Hashable, Sendable, CaseIterable {
        case enrol, charge, redeem, sync, renew, show, enquire, bill, buy
    }

    package let id: PaymentID
    package let word: Word
    /// How much of what, where it is about money.
    package let asset: Asset?
    package let amount: Amount?
    /// Where the office is said to be.
    package let address: Address
    /// It was said to the office, or may have been: a charge that was stays asked for.
    package let isSaid: Bool

    /// Whether a stick comes of it, for what leaves an account.
    package var isCharge: Bool { [.charge, .buy].contains(word) }

    package init(
        id: PaymentID,
        word: Word,
        asset: Asset?,
        amount: Amount?,
        address: Address,
        isSaid: Bool
    ) {
        (self.id, self.word, self.asset, self.amount) = (id, word, asset, amount)
        (self.address, self.isSaid) = (address, isSaid)
    }
}

extension Wallet {
    /// In the order of their ids.
    package var errands: [OpenErrand] {
        asking.map { id, one in
            let (word, asset, amount) = one.errand.about
            return OpenErrand(
                id: id,
                word: word,
                asset: asset,
                amount: amount,
                address: one.address,
                isSaid: one.request != nil
            )
        }
        .sorted { $0.id.array.lexicographicallyPrecedes($1.id.array) }
    }

    /// How many revocations its office has said at syncs.
    package var revocationsSaid: Int { revocations.count - heardRevocations.count }
}

extension Errand {
    fileprivate var about: (OpenErrand.Word, Asset?, Amount?) {
        switch self {
        case .enrol: (.enrol, nil, nil)
        case .charge(let asset, let amount, paying: nil): (.charge, asset, amount)
        case .charge(let asset, let amount, _): (.buy, asset, amount)
        case .redeem(let asset, let amount, _): (.redeem, asset, amount)
        case .sync: (.sync, nil, nil)
        case .renew: (.renew, nil, nil)
        case .show: (.show, nil, nil)
        case .enquire: (.enquire, nil, nil)
        case .payBill(_, let asset, let amount): (.bill, asset, amount)
        }
    }
}
