package import Commit
package import Money
package import Words

/// How a payment stands, in the few words a person reads.
package struct PaymentStanding: Hashable, Sendable {
    package enum Word: String, Hashable, Sendable, CaseIterable {
        case offered
        /// Agreed, and waiting for the decision.
        case held
        case paid
        case cancelled
        case refused
    }

    package enum Side: Hashable, Sendable { case buyer, seller }

    package let payment: PaymentID
    package let word: Word
    package let side: Side
    package let about: About
    /// The six digits, while they are to be compared.
    package let digits: Digits?
    /// Why it is not further, by name.
    package let reason: Text?
    /// What happens next, in a sentence.
    package let next: String

    /// What is paid for, and with whom.
    package struct About: Hashable, Sendable {
        package let asset: Asset
        package let amount: Amount
        package let memo: Text
        package let peer: NameStatement?
        /// Since when; nil while nothing is agreed.
        package let begun: Moment?

        package init(
            asset: Asset,
            amount: Amount,
            memo: Text,
            peer: NameStatement?,
            begun: Moment?
        ) {
            (self.asset, self.amount, self.memo) = (asset, amount, memo)
            (self.peer, self.begun) = (peer, begun)
        }

        package init(_ deal: Deal) {
            (asset, amount, memo, peer) = (deal.asset, deal.amount, deal.memo, deal.name)
            begun = deal.begun
        }

        package init(_ terms: Terms) {
            (asset, amount, memo) = (terms.asset, terms.amount, terms.memo)
            (peer, begun) = (nil, nil)
        }
    }
}

extension PaymentStanding {
    package init(
        _ payment: PaymentID,
        _ word: Word,
        _ side: Side,
        _ about: About,
        digits: Digits?,
        reason: Text?,
        next: String
    ) {
        (self.payment, self.word, self.side, self.about) = (payment, word, side, about)
        (self.digits, self.reason, self.next) = (digits, reason, next)
    }
}

extension Buyer {
    package func standing(_ payment: PaymentID, _ about: PaymentStanding.About) -> PaymentStanding {
        func stands(
            _ word: PaymentStanding.Word,
            _ next: String,
            digits: Digits? = nil,
            reason: Text? = nil
        ) -> PaymentStanding {
            PaymentStanding(
                payment: payment,
                word: word,
                side: .buyer,
                about: about,
                digits: digits,
                reason: reason,
                next: next
            )
        }
        switch phase {
        case .offered(let offered):
            return stands(
                .offered,
                "compare the six digits, then accept or refuse",
                digits: offered.digits
            )
        case .accepted(let accepted):
            return stands(
                .offered,
                "the seller checks what it was shown",
                digits: accepted.offered.digits
            )
        case .held:
            return stands(
                .held,
                "the seller is asked until it says whether it was paid; nothing is lost meanwhile"
            )
        case .over(.paid):
            return stands(.paid, "nothing is left to do")
        case .over(.cancelled):
            return stands(.cancelled, "the money is free again")
        case .over(.refused(let reason)):
            return stands(.refused, "nothing was locked or paid", reason: reason)
        case .over(.lapsed):
            return stands(.cancelled, "nothing was locked or paid", reason: Reason.lapsed)
        }
    }
}

extension Seller {
    package func standing(_ payment: PaymentID, _ about: PaymentStanding.About) -> PaymentStanding {
        func stands(
            _ word: PaymentStanding.Word,
            _ next: String,
            digits: Digits? = nil,
            reason: Text? = nil
        ) -> PaymentStanding {
            PaymentStanding(
                payment: payment,
                word: word,
                side: .seller,
                about: about,
                digits: digits,
                reason: reason,
                next: next
            )
        }
        switch phase {
        case .offering(let offering):
            return stands(
                .offered,
                "the buyer compares the six digits and accepts or refuses",
                digits: offering.digits
            )
        case .requested(let requested):
            return stands(
                .offered,
                "what was shown is in order; the buyer is asked to hand over",
                digits: requested.offering.digits
            )
        case .paid:
            return stands(.paid, "the money is here; the buyer is told until it says it knows")
        case .over(.complete):
            return stands(.paid, "nothing is left to do")
        case .over(.cancelled(let reason)):
            return stands(.cancelled, "it will never be taken", reason: reason)
        case .over(.refused(let reason)):
            return stands(.refused, "nothing was asked for", reason: reason)
        case .over(.lapsed):
            return stands(.cancelled, "nothing was asked for", reason: Reason.lapsed)
        case .over(.abandoned):
            return stands(
                .cancelled,
                "this wallet takes it no more; if the buyer handed it over, the office decides",
                reason: Reason.inert
            )
        }
    }
}
