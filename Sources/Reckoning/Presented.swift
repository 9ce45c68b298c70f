package import Money
package import Words

/// A payment as the header of its handover names it: what an ABORT is of.
package struct PaymentName: Hashable, Sendable, Comparable {
    package let payer: Key
    package let payee: Key
    package let payment: Hash

    package init(payer: Key, payee: Key, payment: Hash) {
        (self.payer, self.payee, self.payment) = (payer, payee, payment)
    }

    package init(_ header: Header) {
        self.init(payer: header.payer, payee: header.payee, payment: header.payment)
    }

    package init(_ abort: Abort) {
        self.init(
            payer: abort.receiver,
            payee: abort.sender,
            payment: Header.hash(of: abort.payment)
        )
    }

    package init(_ commit: Commit) {
        self.init(
            payer: commit.receiver,
            payee: commit.sender,
            payment: Header.hash(of: commit.payment)
        )
    }

    package init(_ committed: Committed) {
        self.init(
            payer: committed.sender,
            payee: committed.receiver,
            payment: Header.hash(of: committed.payment)
        )
    }

    package static func < (a: PaymentName, b: PaymentName) -> Bool {
        (a.payer, a.payee, a.payment) < (b.payer, b.payee, b.payment)
    }
}

/// Why a paper is not taken; nothing has changed then.
package enum TakeFault: Error, Hashable, Sendable {
    /// Its signer did not sign it.
    case signature
    /// A handover that is handed in has to have all its private leaves open, and of its payment.
    case leaves
    /// A redemption of a handover that is to no office of ours.
    case notToAnOffice
    /// A redemption some of whose entries have not been presented.
    case incomplete
    /// A redemption whose chain to the stick has not been presented whole, or does not fit.
    case chain(EntryReference)
    /// Units that were redeemed before.
    case redeemed(stick: Hash, Units)
    /// Units were paid for that had not come back, or had been paid for.
    case notWaiting(stick: Hash, Units)
    /// A redemption of units of a stick that is not out.
    case notOut(Hash)
}

/// What came of a paper that was taken.
package struct Taken: Hashable, Sendable {
    package var discoveries: [Discovery] = []
    /// Sticks in it that are not out: settled, or never issued here.
    ///
    /// Of them nothing is taken, and who asks about them is answered with the settlement.
    package var notOut: [Hash] = []

    package init() {}
}
