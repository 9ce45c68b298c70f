import Commit
import Testing
import Wire
import Words

@Suite struct LookupTests {
    private func bytes(_ byte: UInt8) -> Bytes32 { Bytes32(repeating: byte) }

    private var lookup: Lookup {
        let key = SealingKey(bytes(7))
        let promise = Lookup.promise(
            nonce: Salt(high: 1, low: 2),
            seller: Key(bytes(9)),
            sealingKey: key
        )
        return Lookup(sealingKey: key, promise: promise)
    }

    @Test func `a look-up is read back from its 512 bytes`() {
        #expect(lookup.datagram.count == 512)
        #expect(Lookup(lookup.datagram) == lookup)
    }

    @Test func `every flipped bit of a look-up makes it none, or another one`() {
        let datagram = lookup.datagram
        for bit in 0..<datagram.count * 8 {
            var flipped = datagram
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Lookup(flipped) == nil, "bit \(bit)")
        }
    }

    @Test(arguments: [0, 1, 9, 10, 100, 511, 513, 1_200])
    func `a look-up of another length is none`(count: Int) {
        let bytes = Array((lookup.datagram + lookup.datagram + lookup.datagram).prefix(count))
        #expect(Lookup(bytes) == nil)
    }

    @Test func `the promise holds nonce, seller and key`() {
        let (nonce, seller, key) = (Salt(high: 1, low: 2), Key(bytes(9)), SealingKey(bytes(7)))
        let promise = Lookup.promise(nonce: nonce, seller: seller, sealingKey: key)
        #expect(promise == lookup.promise)
        let others = [
            Lookup.promise(nonce: Salt(high: 1, low: 3), seller: seller, sealingKey: key),
            Lookup.promise(nonce: nonce, seller: Key(bytes(8)), sealingKey: key),
            Lookup.promise(nonce: nonce, seller: seller, sealingKey: SealingKey(bytes(8))),
        ]
        #expect(!others.contains(promise))
    }

    @Test func `six digits stay six, and depend on all four`() {
        let (a, b) = (Salt(high: 1, low: 2), Salt(high: 3, low: 4))
        let (s, o) = (Key(bytes(1)), Key(bytes(2)))
        let digits = Digits(sellerNonce: a, buyerNonce: b, seller: s, oneTime: o)
        #expect(digits.text.count == 6)
        let others = [
            Digits(sellerNonce: b, buyerNonce: b, seller: s, oneTime: o),
            Digits(sellerNonce: a, buyerNonce: a, seller: s, oneTime: o),
            Digits(sellerNonce: a, buyerNonce: b, seller: o, oneTime: o),
            Digits(sellerNonce: a, buyerNonce: b, seller: s, oneTime: s),
        ]
        #expect(Set(others.map(\.text) + [digits.text]).count == 5)
        // One in ten begins with a zero, and shows it.
        let many = (0..<200).map {
            Digits(
                sellerNonce: Salt(high: 0, low: UInt64($0)),
                buyerNonce: b,
                seller: s,
                oneTime: o
            ).text
        }
        #expect(many.allSatisfy { $0.count == 6 })
        #expect(many.contains { $0.hasPrefix("0") })
    }
}
