package import Words

/// One line of an entry: an account, and what it gets or, below zero, gives.
package struct Posting: Hashable, Sendable {
    package let account: Account
    package let amount: Balance

    package init(account: Account, amount: Balance) {
        (self.account, self.amount) = (account, amount)
    }
}

/// Something that moves money in the books, and who it is booked to.
package struct Act: Hashable, Sendable {
    /// The numbers are under the books' MACs, so they never change.
    package enum Kind: UInt64, Hashable, Sendable, CaseIterable {
        /// Money came in from outside.
        case deposit = 2
        /// It went out again.
        case withdrawal = 3
        /// It left the account as a stick.
        case charge = 4
    }

    package let kind: Kind
    package let holder: Account
    package let amount: Amount

    package init(_ kind: Kind, _ holder: Account, _ amount: Amount) {
        (self.kind, self.holder, self.amount) = (kind, holder, amount)
    }

    /// What it posts, in the order of the accounts.
    package var postings: [Posting] {
        let (plus, minus) = (Balance(amount), Balance(amount).negated)
        func post(_ own: OwnAccount, _ amount: Balance) -> Posting {
            Posting(account: Account(own), amount: amount)
        }
        return switch kind {
        case .deposit: [post(.cash, minus), Posting(account: holder, amount: plus)]
        case .withdrawal: [post(.cash, plus), Posting(account: holder, amount: minus)]
        case .charge:
            [
                post(.backing, plus), post(.issued, minus), post(.outstanding, plus),
                Posting(account: holder, amount: minus),
            ]
        }
    }

    /// The act that postings are; nil when they are none of this kind.
    package init?(_ kind: Kind, _ postings: [Posting]) {
        guard let last = postings.last, last.account >= .firstHolder else { return nil }
        self.init(kind, last.account, last.amount.amount)
        guard self.postings == postings else { return nil }
    }
}
