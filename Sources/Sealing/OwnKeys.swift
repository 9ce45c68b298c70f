package import Words

/// What a key ring holds, as a node asks for it.
package final class OwnKeys: Keys {
    private let ring: KeyRing

    package init(_ ring: KeyRing) { self.ring = ring }

    package var identity: any Signing { ring.identity }

    package func payment(in epoch: Epoch, chance: inout any Chance) -> PaymentID {
        ring.payments.payment(in: epoch, chance: &chance)
    }

    package func isOwn(_ payment: PaymentID) -> Bool { ring.payments.isOwn(payment) }

    package func oneTime(chance: inout any Chance) -> any Signing { Identity(chance: &chance) }
}

extension KeyRing {
    /// These, for a node.
    package var keys: OwnKeys { OwnKeys(self) }
}
