import Commit
import Money
package import Wire
package import Words

// What payers ask about that was paid to a life that has ended: docs/PROTOCOL 8.9.

/// A handover to an epoch of this wallet that is over, of which nothing is known here.
package struct EndedPayment: Hashable, Sendable {
    package let payment: PaymentID
    package let handover: Hash
    package let payer: Key
    /// Whether the person says that it was paid: then the office may say COMMIT.
    package var isClaimed: Bool

    package init(payment: PaymentID, handover: Hash, payer: Key, isClaimed: Bool) {
        (self.payment, self.handover) = (payment, handover)
        (self.payer, self.isClaimed) = (payer, isClaimed)
    }

    /// More are not remembered: whoever asks in vain asks again.
    package static let most = 64
}

extension EndedPayment: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        writer.value(payment)
        writer.value(handover)
        writer.value(payer)
        writer.number(isClaimed ? 1 : 0)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        (payment, handover) = (try reader.value(), try reader.value())
        (payer, isClaimed) = (try reader.value(), try reader.number(0...1) == 1)
    }
}

extension Wallet {
    /// In the order of the payments' ids.
    package var endedPayments: [EndedPayment] {
        ended.values.sorted { $0.payment.array.lexicographicallyPrecedes($1.payment.array) }
    }

    /// Whether a payer's question about a payment to an earlier life of ours is worth a check.
    func isNew(_ agreed: Agreed) -> Bool {
        agreed.payment.epoch < owner.epoch && ended[agreed.payment] == nil
            && ended.count < EndedPayment.most
    }

    /// Its payer has signed it: the person may know whether it was paid.
    mutating func noteEnded(_ agreed: Agreed) {
        guard life == .live, isNew(agreed) else { return }
        keep(
            EndedPayment(
                payment: agreed.payment,
                handover: agreed.hash,
                payer: agreed.sender,
                isClaimed: false
            )
        )
    }

    /// The person says that this was paid: the office is told when it is next shown something.
    mutating func claim(_ payment: PaymentID) {
        guard var one = ended[payment] else { return deny(.noSuchPayment) }
        guard !one.isClaimed else { return deny(.nothingNew) }
        one.isClaimed = true
        keep(one)
    }

    private mutating func keep(_ one: EndedPayment) {
        ended[one.payment] = one
        note(
            entry(RecordKind.settings, 0) { _ in },
            [
                .put(
                    .register,
                    key: Rows.ended(one.payment),
                    bytes: row(1) { $0.value(one) }
                )
            ]
        )
    }
}
