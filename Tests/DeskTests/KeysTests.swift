import Testing
import Words

/// What a node has of its own.
@Suite struct KeysTests {
    @Test(arguments: Make.allCases)
    func `a node knows its own payments again, and no others`(make: Make) throws {
        let (alice, bob) = (make.party("alice", seed: 1), make.party("bob", seed: 2))
        let later = try #require(Epoch(7))
        for epoch in [Epoch.first, later] {
            let mine = alice.keys.payment(in: epoch, chance: &alice.chance)
            #expect(mine.epoch == epoch && alice.keys.isOwn(mine) && !bob.keys.isOwn(mine))
            #expect(alice.keys.payment(in: epoch, chance: &alice.chance) != mine)
            let bytes = mine.array
            for bit in 0..<bytes.count * 8 {
                var changed = bytes
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let payment = PaymentID(changed) else { continue }
                #expect(!alice.keys.isOwn(payment), "bit \(bit)")
            }
        }
        // The same node after a restart.
        #expect(
            make.party("alice", seed: 1).keys.isOwn(
                alice.keys.payment(in: later, chance: &alice.chance)
            )
        )
    }

    @Test(arguments: Make.allCases)
    func `a one-time key signs, and is nobody's`(make: Make) {
        let alice = make.party("alice", seed: 1)
        let (one, two) = (
            alice.keys.oneTime(chance: &alice.chance), alice.keys.oneTime(chance: &alice.chance)
        )
        #expect(Set([one.key, two.key, alice.key]).count == 3)
        let hash = Hash(Bytes32(repeating: 5))
        let signature = one.sign(hash)
        #expect(alice.checking.isSigned(hash, by: one.key, with: signature))
        #expect(!alice.checking.isSigned(hash, by: two.key, with: signature))
        #expect(!alice.checking.isSigned(Hash(Bytes32(repeating: 6)), by: one.key, with: signature))
    }
}
