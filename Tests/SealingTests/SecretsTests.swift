import CSodium
import Sealing
import Testing
import Wire
import Words

@Suite struct SecretsTests {
    var chance = SeededChance(3)

    @Test func `the hash of the pure rooms is libsodium's, for every length and domain`() {
        let domains: [(Digest.Domain, String)] = [
            (Digest.Domain(""), ""), (Digest.Domain("tally1 object"), "tally1 object"),
            (Digest.Domain("sixteen letters!"), "sixteen letters!"),
        ]
        for (domain, name) in domains {
            let person = Array(name.utf8) + Array(repeating: 0, count: 16 - name.utf8.count)
            for count in 0...300 {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 101 &+ 7) }
                var expected = [UInt8](repeating: 0, count: 32)
                let status = unsafe crypto_generichash_blake2b_salt_personal(
                    &expected,
                    32,
                    bytes,
                    UInt64(count),
                    nil,
                    0,
                    nil,
                    person
                )
                #expect(status == 0)
                #expect(Digest.hash(domain, bytes).bytes.array == expected, "\(name), \(count)")
            }
        }
    }

    @Test func `chance that is fetched for many draws gives nothing twice, to no copy`() {
        let pooled = PooledChance()
        var holders: [any Chance] = [pooled, pooled]
        var drawn: Set<[UInt8]> = []
        for number in 0..<3_000 { drawn.insert(holders[number % 2].bytes(16 + number % 5 * 8)) }
        #expect(drawn.count == 3_000)
        // Nor does a part of one stand in another.
        #expect(Set(drawn.map { Array($0.prefix(8)) }).count == 3_000)
        #expect(Set(drawn.map { Array($0.suffix(8)) }).count == 3_000)
        #expect(pooled.bytes(0).isEmpty)
        #expect(pooled.bytes(100_000).count == 100_000)
    }

    @Test mutating func `a signature is its key's, over one thing only`() {
        let (mine, other) = (Identity(chance: &chance), Identity(chance: &chance))
        let hash = Hash(Bytes32(repeating: 1))
        let signature = mine.sign(hash)
        #expect(signature == mine.sign(hash))
        #expect(Ed25519().isSigned(hash, by: mine.key, with: signature))
        #expect(!Ed25519().isSigned(hash, by: other.key, with: signature))
        #expect(
            !Ed25519().isSigned(Hash(Bytes32(repeating: 2)), by: mine.key, with: signature)
        )
        // What is signed for another protocol is no statement of ours.
        let bare = mine.sign(bytes: hash.bytes.array)
        #expect(!Ed25519().isSigned(hash, by: mine.key, with: bare))
        for bit in 0..<512 {
            let broken = flipped(signature.array, bit: bit)
            let signature = Signature(broken)
            #expect(
                signature.map { Ed25519().isSigned(hash, by: mine.key, with: $0) } == false,
                "bit \(bit)"
            )
        }
        // A key of small order, for which one signature fits many messages.
        let small = Key(Bytes32(words: (1, 0, 0, 0)))
        let zero = Signature(r: Bytes32(words: (1, 0, 0, 0)), s: Bytes32(repeating: 0))
        #expect(!Ed25519().isSigned(hash, by: small, with: zero))
    }

    @Test mutating func `what a data key hides opens in its place alone`() {
        let (key, other) = (DataKey(chance: &chance), DataKey(chance: &chance))
        for count in [0, 1, 31, 500] {
            let bytes = chance.bytes(count)
            let hidden = key.hide(bytes, context: [1, 2], chance: &chance)
            #expect(hidden.count == count + 40)
            #expect(hidden != key.hide(bytes, context: [1, 2], chance: &chance))
            #expect(key.show(hidden, context: [1, 2]) == bytes)
            #expect(key.show(hidden, context: [1, 3]) == nil)
            #expect(other.show(hidden, context: [1, 2]) == nil)
            for bit in 0..<hidden.count * 8 {
                #expect(key.show(flipped(hidden, bit: bit), context: [1, 2]) == nil)
            }
            for cut in 0..<hidden.count {
                #expect(key.show(Array(hidden[..<cut]), context: [1, 2]) == nil)
            }
        }
        #expect(key.mac([1]) == key.mac([1]))
        #expect(key.mac([1]) != key.mac([1, 0]))
        #expect(key.mac([1]) != other.mac([1]))
    }

    @Test mutating func `a seller knows its own payment ids again`() throws {
        let (mine, other) = (PaymentSecret(chance: &chance), PaymentSecret(chance: &chance))
        let epoch = try #require(Epoch(3))
        let id = mine.payment(in: epoch, chance: &chance)
        #expect(id.epoch == epoch && mine.isOwn(id) && !other.isOwn(id))
        for bit in 0..<320 {
            guard let changed = PaymentID(flipped(id.array, bit: bit)) else { continue }
            #expect(!mine.isOwn(changed), "bit \(bit)")
        }
        #expect(id != mine.payment(in: epoch, chance: &chance))
    }

    @Test func `chance from the system does not repeat`() {
        var chance = SystemChance()
        let drawn = (0..<1_000).map { _ in chance.bytes(16) }
        #expect(Set(drawn).count == 1_000)
        #expect(chance.bytes(0).isEmpty)
    }

    @Test mutating func `a secret says nothing when it is printed`() {
        let ring = KeyRing(chance: &chance)
        var again = SeededChance(3)
        let seed = Hex.text(again.bytes(32))
        for text in [
            "\(ring)", String(reflecting: ring), "\(ring.identity)", "\(ring.data)",
        ] {
            #expect(!text.contains(seed) && !text.contains("0x"), "\(text)")
        }
    }
}
