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
        /// Units of a stick came back, as credit.
        case redemption = 5
        /// Units of a settled stick went to whoever holds them.
        case settlement = 6
        /// Units of a settled stick went to nobody.
        case lapse = 7
        /// A forger pays somebody for units that he passed on twice.
        case honour = 8
        /// What a forger owes and will not pay is lost.
        case writeOff = 9
        /// Units that came back before, and waited, became credit.
        case clearing = 10
        /// Units came back that a meter has used up.
        case consumption = 11
        /// Units of a settled stick that a meter has used up.
        case usedUp = 12
        /// A holder's money goes to another's account, for a bill.
        case transfer = 13
        /// A customer's money came in from outside.
        case takings = 14
        /// A customer's money became units of an account.
        case sale = 15
        /// A customer's money went out again.
        case payback = 33
    }

    package let kind: Kind
    /// Whom it is booked to: of a lapse and a consumption the office itself, of an honour whoever
    /// is paid.
    package let holder: Account
    package let amount: Amount
    /// Who pays, where that is another holder: of an honour, a transfer, and a sale.
    package let payer: Account?
    /// What the payer of a sale gives for it.
    package let price: Amount?

    /// One that only one holder has a part in.
    package init(_ kind: Kind, _ holder: Account, _ amount: Amount) {
        precondition(
            ![.lapse, .consumption, .usedUp, .honour, .transfer, .sale].contains(kind),
            "a lapse and what is used up have no holder, what one pays another two"
        )
        self.init(kind, holder, amount, from: nil)
    }

    package init(lapsing amount: Amount) {
        self.init(.lapse, Account(.earned), amount, from: nil)
    }

    /// Handed in, or, when its stick is settled, counted as used up.
    package init(consuming amount: Amount, isSettled: Bool = false) {
        self.init(isSettled ? .usedUp : .consumption, Account(.earned), amount, from: nil)
    }

    package init(honouring holder: Account, _ amount: Amount, from payer: Account) {
        self.init(.honour, holder, amount, from: payer)
    }

    package init(transferring amount: Amount, from payer: Account, to holder: Account) {
        self.init(.transfer, holder, amount, from: payer)
    }

    package init(
        selling amount: Amount,
        to holder: Account,
        for price: Amount,
        of customer: Account
    ) {
        self.init(.sale, holder, amount, from: customer, for: price)
    }

    private init(
        _ kind: Kind,
        _ holder: Account,
        _ amount: Amount,
        from payer: Account?,
        for price: Amount? = nil
    ) {
        (self.kind, self.holder, self.amount) = (kind, holder, amount)
        (self.payer, self.price) = (payer, price)
    }

    /// What it posts, in the order of the accounts.
    package var postings: [Posting] {
        let (plus, minus) = (Balance(amount), Balance(amount).negated)
        func post(_ own: OwnAccount, _ amount: Balance) -> Posting {
            Posting(account: Account(own), amount: amount)
        }
        let gets = Posting(account: holder, amount: plus)
        let gives = Posting(
            account: payer ?? holder,
            amount: price.map { Balance($0).negated } ?? minus
        )
        func inOrder(_ a: Posting, _ b: Posting) -> [Posting] {
            a.account < b.account ? [a, b] : [b, a]
        }
        return switch kind {
        case .deposit: [post(.cash, minus), gets]
        case .withdrawal: [post(.cash, plus), gives]
        case .charge: [post(.backing, plus), post(.issued, minus), post(.outstanding, plus), gives]
        case .redemption, .settlement, .clearing:
            [post(.backing, minus), post(.outstanding, minus), post(.redeemed, plus), gets]
        case .lapse:
            [post(.backing, minus), gets, post(.outstanding, minus), post(.lapsed, plus)]
        case .consumption, .usedUp:
            [post(.backing, minus), gets, post(.outstanding, minus), post(.consumed, plus)]
        case .honour, .transfer: inOrder(gets, gives)
        case .takings: [post(.takings, minus), gets]
        case .payback: [post(.takings, plus), gives]
        case .sale:
            [post(.cash, minus), post(.sales, Balance(price ?? .zero))] + inOrder(gets, gives)
        case .writeOff: [post(.fraud, minus), gets]
        }
    }

    /// The act that postings are; nil when they are none of this kind.
    package init?(_ kind: Kind, _ postings: [Posting]) {
        let holders = postings.filter { $0.account >= .firstHolder }
        switch kind {
        case .lapse:
            guard let last = postings.last else { return nil }
            self.init(lapsing: last.amount.amount)
        case .consumption, .usedUp:
            guard let last = postings.last else { return nil }
            self.init(consuming: last.amount.amount, isSettled: kind == .usedUp)
        case .honour, .transfer, .sale:
            guard holders.count == 2, let gets = holders.first(where: { $0.amount > .zero }),
                let gives = holders.first(where: { $0.amount < .zero })
            else { return nil }
            self.init(
                kind,
                gets.account,
                gets.amount.amount,
                from: gives.account,
                for: kind == .sale ? gives.amount.amount : nil
            )
        case .deposit, .withdrawal, .charge, .redemption, .settlement, .writeOff, .clearing,
            .takings, .payback:
            guard let holder = holders.last else { return nil }
            self.init(kind, holder.account, holder.amount.amount)
        }
        guard self.postings == postings else { return nil }
    }
}
