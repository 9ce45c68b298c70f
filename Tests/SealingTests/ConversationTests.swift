import Sealing
import Testing
import Wire
import Words

/// What two devices say to each other over a network that repeats, reorders and loses.
@Suite struct ConversationTests {
    var chance = SeededChance(2)
    var alice = Device(10)
    var bob = Device(20)

    /// What a journal's table of answers does: once each, by payment, kind and hash.
    struct Answers {
        struct Name: Hashable {
            let payment: PaymentID?
            let kind: Kind
            let hash: Hash
        }

        var effects = 0
        private var known: Set<Name> = []

        mutating func take(_ message: SignedObject) {
            let object = message.object
            let name = Name(payment: object.payment, kind: object.kind, hash: object.hash)
            if known.insert(name).inserted { effects += 1 }
        }
    }

    @Test mutating func `a repeat sealed to a new key opens and has no second effect`() throws {
        let message = alice.says(.commit, to: bob)
        let hash = message.object.hash
        var answers = Answers()
        let first = try alice.sender(to: bob, &chance)
            .first(message, hash: hash, chance: &chance)[0]
        answers.take(try #require(try bob.receiver.open(first).message))
        // Bob comes back with a fresh sealing key; the old envelope is dead, the object is not.
        let fresh = SealingSecret(chance: &chance)
        bob.receiver = Envelope.Receiver(bob.identity.key, openingWith: [fresh])
        #expect(bob.refusal(first) == .tag)
        let again = try #require(Envelope.Sender(to: fresh.key, chance: &chance))
        let second = try again.first(message, hash: hash, chance: &chance)[0]
        #expect(second != first)
        let repeated = try #require(try bob.receiver.open(second).message)
        #expect(repeated == message && repeated.object.hash == hash)
        answers.take(repeated)
        #expect(answers.effects == 1)
        answers.take(alice.says(.abort, to: bob))
        #expect(answers.effects == 2)
    }

    @Test mutating func `no two envelopes of one message look alike`() throws {
        let message = alice.says(.commit, to: bob)
        let sender = alice.sender(to: bob, &chance)
        let hash = message.object.hash
        let sent = try (0..<8).map { _ in try sender.first(message, hash: hash, chance: &chance)[0]
        }
        #expect(Set(sent.map { Array($0[90...]) }).count == 8)
        #expect(Set(sent.map { Array($0[10..<90]) }).count == 1)
        for datagram in sent { #expect(try bob.receiver.open(datagram).message == message) }
    }

    @Test mutating func `a receiver opens with any of its keys`() throws {
        let live = SealingSecret(chance: &chance)
        var both = Envelope.Receiver(bob.identity.key, openingWith: [bob.sealing, live])
        let message = alice.says(.commit, to: bob)
        for key in [bob.sealing.key, live.key] {
            let sender = try #require(Envelope.Sender(to: key, chance: &chance))
            let sent = try sender.first(message, hash: message.object.hash, chance: &chance)[0]
            #expect(try both.open(sent).message == message)
        }
    }

    @Test mutating func `under load only a cookie's holder is opened`() throws {
        let cookie = chance.bytes(16)
        let message = alice.says(.commit, to: bob)
        let plain = try alice.sender(to: bob, &chance)
            .first(message, hash: message.object.hash, chance: &chance)[0]
        let sender = try #require(
            Envelope.Sender(to: bob.sealing.key, cookie: cookie, chance: &chance)
        )
        let shown = try sender.first(message, hash: message.object.hash, chance: &chance)[0]
        #expect(bob.refusal(shown) == .tag)
        bob.receiver = Envelope.Receiver(
            bob.identity.key,
            openingWith: [bob.sealing],
            cookie: cookie
        )
        #expect(bob.refusal(plain) == .tag)
        #expect(try bob.receiver.open(shown).message == message)
    }

    @Test mutating func `a key that hides nothing is not sealed to`() {
        for key in [Bytes32(repeating: 0), Bytes32(words: (1, 0, 0, 0))] {
            #expect(Envelope.Sender(to: SealingKey(key), chance: &chance) == nil)
        }
    }

    @Test mutating func `parts arrive in any order, twice, and among others`() throws {
        let sender = alice.sender(to: bob, &chance)
        let long = alice.says(.stick, to: bob, bytes: 9_000)
        let other = alice.says(.window, to: bob, bytes: 5_000)
        var parts = try sender.first(long, hash: long.object.hash, chance: &chance)
        parts += try sender.first(other, hash: other.object.hash, chance: &chance)
        parts += try sender.first(long, hash: long.object.hash, chance: &chance)
        bob.receiver.awaitsLongFirst = true
        for round in 0..<20 {
            var found: [SignedObject] = []
            for part in shuffled(parts, UInt64(round)) {
                if let message = try bob.receiver.open(part).message { found.append(message) }
            }
            #expect(found.contains(long) && found.contains(other))
            bob.receiver.awaitsLongFirst = false
            bob.receiver.awaitsLongFirst = true
        }
    }

    @Test mutating func `a repeat fills the holes of the first sending`() throws {
        let sender = alice.sender(to: bob, &chance)
        let hello = alice.says(.commit, to: bob)
        let first = try sender.first(hello, hash: hello.object.hash, chance: &chance)[0]
        bob.receiver.remember(try #require(try bob.receiver.open(first).key))
        let long = alice.says(.stick, to: bob, bytes: 9_000)
        let once = try sender.following(long, hash: long.object.hash, chance: &chance)
        let again = try sender.following(long, hash: long.object.hash, chance: &chance)
        var found: SignedObject?
        for at in once.indices where at % 2 == 0 { found = try bob.receiver.open(once[at]).message }
        #expect(found == nil)
        for at in once.indices where at % 2 == 1 {
            found = try bob.receiver.open(again[at]).message ?? found
        }
        #expect(found == long)
    }

    @Test mutating func `a long first message is taken only where one is awaited`() throws {
        let sender = alice.sender(to: bob, &chance)
        let long = alice.says(.stick, to: bob, bytes: 3_000)
        let parts = try sender.first(long, hash: long.object.hash, chance: &chance)
        #expect(parts.allSatisfy { bob.refusal($0) == .notAwaited })
        bob.receiver.awaitsLongFirst = true
        for part in parts.dropLast() { #expect(try bob.receiver.open(part).message == nil) }
        // Nobody waits any more: what was here is forgotten.
        bob.receiver.awaitsLongFirst = false
        bob.receiver.awaitsLongFirst = true
        #expect(try bob.receiver.open(parts[parts.count - 1]).message == nil)
        for part in parts.dropLast(2) { #expect(try bob.receiver.open(part).message == nil) }
        #expect(try bob.receiver.open(parts[parts.count - 2]).message == long)
    }

    @Test mutating func `strangers' half messages are bounded, the oldest go first`() throws {
        bob.receiver.awaitsLongFirst = true
        let long = alice.says(.stick, to: bob, bytes: 3_000)
        let sent = try (0..<Limits.assembliesOfStrangers + 1).map { _ in
            try alice.sender(to: bob, &chance)
                .first(long, hash: long.object.hash, chance: &chance)
        }
        for parts in sent { _ = try bob.receiver.open(parts[0]) }
        func rest(_ parts: [[UInt8]], _ receiver: inout Envelope.Receiver) throws -> SignedObject? {
            try parts.dropFirst().map { try receiver.open($0).message }.last ?? nil
        }
        #expect(try rest(sent[1], &bob.receiver) == long)
        #expect(try rest(sent[8], &bob.receiver) == long)
        #expect(try rest(sent[0], &bob.receiver) == nil)
    }

    @Test mutating func `any single flipped bit of a part is refused`() throws {
        let sender = alice.sender(to: bob, &chance)
        let long = alice.says(.stick, to: bob, bytes: 1_100)
        let hash = long.object.hash
        let first = try sender.first(long, hash: hash, chance: &chance)
        bob.receiver.awaitsLongFirst = true
        var key: MessageKey?
        for part in first { key = try bob.receiver.open(part).key ?? key }
        bob.receiver.remember(try #require(key))
        let next = try sender.following(long, hash: hash, chance: &chance)
        for part in [first[1], next[1]] {
            for bit in 0..<part.count * 8 {
                let broken = flipped(part, bit: bit)
                #expect(bob.refusal(broken) != nil, "bit \(bit)")
                let tagged = retagged(broken, for: bob.sealing.key)
                guard bit >= 9 * 8, bit / 8 != 9 else { continue }
                #expect(bob.refusal(tagged) != nil, "bit \(bit), tagged")
            }
        }
    }

    @Test mutating func `parts of one number agree in their count`() throws {
        let sender = alice.sender(to: bob, &chance)
        let (short, long) = (
            alice.says(.stick, to: bob, bytes: 2_000), alice.says(.stick, to: bob, bytes: 4_000)
        )
        bob.receiver.awaitsLongFirst = true
        // A lying sender gives two messages one number.
        let one = try sender.first(short, hash: short.object.hash, chance: &chance)
        let two = try sender.first(long, hash: short.object.hash, chance: &chance)
        _ = try bob.receiver.open(one[0])
        #expect(bob.refusal(two[1]) == .fragment)
        #expect(try one.dropFirst().map { try bob.receiver.open($0).message }.last == short)
    }

    private func shuffled(_ parts: [[UInt8]], _ seed: UInt64) -> [[UInt8]] {
        var (parts, chance) = (parts, SeededChance(seed))
        for at in parts.indices.reversed() {
            parts.swapAt(at, Int(chance.bytes(1)[0]) % (at + 1))
        }
        return parts
    }
}
