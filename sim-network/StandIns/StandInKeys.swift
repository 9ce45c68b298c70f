package import Words

/// What a node has of its own, from its name alone: the same name, the same keys.
package final class StandInKeys: Keys {
    private let signer: StandInSigner
    private let secret: Bytes32
    /// What its certificate says envelopes are sealed to.
    package let sealing: SealingKey

    package init(_ name: String) {
        signer = StandInSigner(name)
        secret = Digest.hash(Digest.Domain("standin payments"), Array(name.utf8)).bytes
        sealing = SealingKey(Digest.hash(Digest.Domain("standin sealing"), Array(name.utf8)).bytes)
    }

    package var identity: any Signing { signer }

    package func payment(in epoch: Epoch, chance: inout any Chance) -> PaymentID {
        let drawn = chance.bytes(16)
        func word(_ range: Range<Int>) -> UInt64 {
            drawn[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return named(epoch, Salt(high: word(0..<8), low: word(8..<16)))
    }

    package func isOwn(_ payment: PaymentID) -> Bool {
        named(payment.epoch, payment.random) == payment
    }

    package func oneTime(chance: inout any Chance) -> any Signing {
        StandInSigner(drawnFrom: &chance)
    }

    private func named(_ epoch: Epoch, _ random: Salt) -> PaymentID {
        var sum = QuickSum(secret)
        sum.add(epoch.number, random.high)
        sum.add(random.low, 0)
        sum.add(0, 0)
        return PaymentID(epoch: epoch, random: random, mac: Salt(high: sum.high, low: sum.low))
    }
}
