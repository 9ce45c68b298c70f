package import Wire
package import Words

/// What was paid, in the payee's words: it stands inside its COMMIT.
package struct Receipt: Hashable, Sendable {
    package let offer: Hash
    package let asset: Asset
    package let amount: Amount
    package let moment: Moment

    package init(offer: Hash, asset: Asset, amount: Amount, moment: Moment) {
        (self.offer, self.asset, self.amount, self.moment) = (offer, asset, amount, moment)
    }
}

extension Receipt: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        writer.value(offer)
        writer.value(asset)
        writer.value(amount)
        writer.value(moment)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        self.init(
            offer: try reader.value(),
            asset: try reader.value(),
            amount: try reader.value(),
            moment: try reader.value()
        )
    }
}

/// The payee has been paid: names the payment and the one handover that paid it.
package struct Commit: Statement {
    package static let kind = Kind.commit
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let handover: Hash
    package let receipt: Receipt

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        receipt = try reader.value()
        (payment, handover) = (
            try signed.object.requiredPayment, try signed.object.requiredAnswers
        )
    }

    package static func object(
        by payee: Key,
        to payer: Key,
        payment: PaymentID,
        handover: Hash,
        receipt: Receipt
    ) -> Object {
        Object(
            .commit,
            from: payee,
            to: payer,
            payment: payment,
            answering: handover,
            content: receipt.wireBytes
        )
    }
}

/// The payee will never take this payment.
///
/// Carried by a later handover of the same units, it
/// is their release.
package struct Abort: Statement {
    package static let kind = Kind.abort
    package static let namesPayment = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let hash: Hash

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        hash = signed.object.hash
        try reader.array(0)
        payment = try signed.object.requiredPayment
    }

    package static func object(by payee: Key, to payer: Key, payment: PaymentID) -> Object {
        Object(.abort, from: payee, to: payer, payment: payment, content: emptyContent)
    }

    /// Whether this is the release of the handover with that header.
    package func releases(_ header: Header) -> Bool {
        sender == header.payee && receiver == header.payer
            && Header.hash(of: payment) == header.payment
    }
}

/// The payer has applied the decision.
package struct Committed: Statement {
    package static let kind = Kind.committed
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let decision: Hash

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(0)
        (payment, decision) = (
            try signed.object.requiredPayment, try signed.object.requiredAnswers
        )
    }

    package static func object(
        by payer: Key,
        to payee: Key,
        payment: PaymentID,
        decision: Hash
    ) -> Object {
        Object(
            .committed,
            from: payer,
            to: payee,
            payment: payment,
            answering: decision,
            content: emptyContent
        )
    }
}

private let emptyContent: [UInt8] = [0x80]

extension Object {
    package var requiredPayment: PaymentID {
        get throws(WireError) {
            guard let payment else { throw WireError(.wrongCount, at: 0) }
            return payment
        }
    }

    package var requiredAnswers: Hash {
        get throws(WireError) {
            guard let answers else { throw WireError(.wrongCount, at: 0) }
            return answers
        }
    }
}
