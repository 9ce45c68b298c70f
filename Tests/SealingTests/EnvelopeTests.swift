import Sealing
import Testing
import Wire
import Words

@Suite struct EnvelopeTests {
    var chance = SeededChance(1)
    var alice = Device(10)
    var bob = Device(20)
    var carol = Device(30)

    @Test mutating func `a first message opens for its receiver, and following ones after it`()
        throws
    {
        let sender = alice.sender(to: bob, &chance)
        let commit = alice.says(.commit, to: bob)
        let first = try sender.first(commit, hash: commit.object.hash, chance: &chance)
        #expect(first.count == 1)
        let arrival = try bob.receiver.open(first[0])
        #expect(arrival.message == commit)
        try commit.check(Ed25519Checking(), hash: commit.object.hash)

        let abort = alice.says(.abort, to: bob)
        let next = try sender.following(abort, hash: abort.object.hash, chance: &chance)
        #expect(bob.refusal(next[0]) == .tag)
        bob.receiver.remember(try #require(arrival.key))
        #expect(try bob.receiver.open(next[0]).message == abort)
        bob.receiver.forget(try #require(arrival.key))
        #expect(bob.refusal(next[0]) == .tag)
    }

    @Test mutating func `what is meant for one opens for no other`() throws {
        let sender = alice.sender(to: bob, &chance)
        let message = alice.says(.commit, to: bob)
        let sent = try sender.first(message, hash: message.object.hash, chance: &chance)[0]
        #expect(carol.refusal(sent) == .tag)
        // The tag can be made by anyone who knows Carol; the secret key still is not hers.
        let forCarol = retagged(sent, for: carol.sealing.key)
        #expect(carol.refusal(forCarol) == .sealedKey)
    }

    @Test mutating func `a receiver cannot seal a statement anew to a third party`() throws {
        let message = alice.says(.commit, to: bob)
        let resealed = bob.sender(to: carol, &chance)
        let sent = try resealed.first(message, hash: message.object.hash, chance: &chance)[0]
        #expect(carol.refusal(sent) == .notForMe)
    }

    @Test mutating func `a message thrown back at its sender is refused`() throws {
        let sender = alice.sender(to: bob, &chance)
        let message = alice.says(.commit, to: bob)
        let sent = try sender.first(message, hash: message.object.hash, chance: &chance)[0]
        #expect(alice.refusal(sent) == .tag)
        let next = try sender.following(message, hash: message.object.hash, chance: &chance)[0]
        #expect(alice.refusal(next) == .tag)
        // Sealed anew by Bob to Alice it opens, and is a statement to somebody else.
        let back = bob.sender(to: alice, &chance)
        let reflected = try back.first(message, hash: message.object.hash, chance: &chance)[0]
        #expect(alice.refusal(reflected) == .notForMe)
    }

    @Test mutating func `a box does not open under another header`() throws {
        let one = alice.sender(to: bob, &chance)
        let message = alice.says(.commit, to: bob)
        let first = try one.first(message, hash: message.object.hash, chance: &chance)[0]
        let next = try one.following(message, hash: message.object.hash, chance: &chance)[0]
        let key = try #require(try bob.receiver.open(first).key)
        bob.receiver.remember(key)
        // The following box, the same key, but presented as a first message.
        let asFirst = retagged(
            Array(first[..<90]) + next[10...],
            for: bob.sealing.key
        )
        #expect(bob.refusal(asFirst) == .box)
        // The first message's box, presented as a following one.
        let asNext = Array(next[..<10]) + first[90...]
        #expect(bob.refusal(asNext) == .box)
        // The sealed key of another conversation before this box.
        let other = alice.sender(to: bob, &chance)
        let second = try other.first(message, hash: message.object.hash, chance: &chance)[0]
        let swapped = retagged(Array(second[..<90]) + first[90...], for: bob.sealing.key)
        #expect(bob.refusal(swapped) == .box)
    }

    @Test mutating func `any single flipped bit is refused`() throws {
        let sender = alice.sender(to: bob, &chance)
        let message = alice.says(.commit, to: bob)
        let first = try sender.first(message, hash: message.object.hash, chance: &chance)[0]
        let next = try sender.following(message, hash: message.object.hash, chance: &chance)[0]
        bob.receiver.remember(try #require(try bob.receiver.open(first).key))
        for bit in 0..<first.count * 8 {
            let broken = flipped(first, bit: bit)
            let plain = bob.refusal(broken)
            let expected: [EnvelopeFault] =
                switch bit / 8 {
                case 0: [.version]
                case 9: [.kind, .tag, .fragment]
                default: [.tag]
                }
            #expect(plain.map(expected.contains) == true, "bit \(bit): \(plain as Any)")
            // Whoever flips it can make the tag again. Behind it stand the seal and the box.
            guard bit >= 9 * 8 else { continue }
            let tagged = retagged(broken, for: bob.sealing.key)
            let deep = bob.refusal(tagged)
            let behind: [EnvelopeFault] =
                switch bit / 8 {
                case 9: [.kind, .tag, .fragment]
                case 10..<90: [.sealedKey]
                default: [.box]
                }
            #expect(deep.map(behind.contains) == true, "bit \(bit), tagged: \(deep as Any)")
        }
        for bit in 0..<next.count * 8 {
            let broken = flipped(next, bit: bit)
            let fault = bob.refusal(broken)
            let expected: [EnvelopeFault] =
                switch bit / 8 {
                case 0: [.version]
                case 1...8: [.tag]
                case 9: [.kind, .tag, .fragment, .tooShort]
                default: [.box]
                }
            #expect(fault.map(expected.contains) == true, "bit \(bit): \(fault as Any)")
        }
    }

    @Test mutating func `a datagram cut anywhere is refused`() throws {
        let sender = alice.sender(to: bob, &chance)
        let message = alice.says(.commit, to: bob)
        let first = try sender.first(message, hash: message.object.hash, chance: &chance)[0]
        let next = try sender.following(message, hash: message.object.hash, chance: &chance)[0]
        bob.receiver.remember(try #require(try bob.receiver.open(first).key))
        for count in 0..<first.count {
            let cut = Array(first[..<count])
            let found = bob.refusal(cut)
            #expect(found == (count <= 90 + 40 ? .tooShort : .tag), "at \(count)")
            guard count > 90 + 40 else { continue }
            let tagged = retagged(cut, for: bob.sealing.key)
            let deep = bob.refusal(tagged)
            #expect(deep == .box, "at \(count), tagged")
        }
        for count in 0..<next.count {
            let cut = Array(next[..<count])
            let found = bob.refusal(cut)
            #expect(found == (count <= 10 + 40 ? .tooShort : .box), "at \(count)")
        }
        #expect(
            bob.refusal(next + [0]) == .box
        )
    }

    @Test mutating func `another version is refused, outside and inside`() throws {
        let sender = alice.sender(to: bob, &chance)
        let message = alice.says(.commit, to: bob)
        var sent = try sender.first(message, hash: message.object.hash, chance: &chance)[0]
        for version in [0, 2, 255] as [UInt8] {
            sent[0] = version
            #expect(bob.refusal(sent) == .version)
        }
        // The version inside the signature: 0x88, text of five letters, and there it stands.
        var padded = message.padded
        #expect(padded[7] == 1)
        padded[7] = 0
        #expect(
            fault { () throws(EnvelopeFault) in _ = try SignedObject(padded: padded) }
                == .statement(WireError(.version, at: 7))
        )
    }

    @Test mutating func `what is too long is refused on both sides`() throws {
        #expect(
            bob.refusal([UInt8](repeating: 1, count: 1_201)) == .tooLong
        )
        let sender = alice.sender(to: bob, &chance)
        let around = alice.says(.stick, to: bob, bytes: 40_000).object.wireBytes.count - 40_000
        let room = Limits.messageBytes - around - 64 - 1
        let most = alice.says(.stick, to: bob, bytes: room)
        #expect(most.padded.count == Limits.messageBytes)
        let sent = try sender.first(most, hash: most.object.hash, chance: &chance)
        #expect(sent.count == 48)
        let over = alice.says(.stick, to: bob, bytes: room + 1)
        #expect(over.padded.count == Limits.messageBytes + 32)
        let fault = fault { () throws(EnvelopeFault) in
            _ = try sender.first(over, hash: over.object.hash, chance: &chance)
        }
        #expect(fault == .tooLong)
    }

    @Test mutating func `a signature by another key is refused`() throws {
        let honest = alice.says(.commit, to: bob)
        let forged = SignedObject(honest.object, carol.identity.sign(honest.object.hash))
        let sender = carol.sender(to: bob, &chance)
        let sent = try sender.first(forged, hash: forged.object.hash, chance: &chance)[0]
        let opened = try #require(try bob.receiver.open(sent).message)
        #expect(
            fault { () throws(EnvelopeFault) in
                try opened.check(Ed25519Checking(), hash: opened.object.hash)
            } == .signature
        )
    }

    @Test mutating func `every length up to a datagram's room travels in one`() throws {
        let sender = alice.sender(to: bob, &chance)
        let hello = alice.says(.commit, to: bob)
        let first = try sender.first(hello, hash: hello.object.hash, chance: &chance)[0]
        bob.receiver.remember(try #require(try bob.receiver.open(first).key))
        bob.receiver.awaitsLongFirst = true
        for count in 0..<1_200 {
            let message = alice.says(.name, to: bob, bytes: count)
            let size = message.padded.count
            #expect(size > count && size % 32 == 0)
            let next = try sender.following(message, hash: message.object.hash, chance: &chance)
            #expect((next.count == 1) == (size <= 1_120), "following, \(size)")
            var found: SignedObject?
            for datagram in next { found = try bob.receiver.open(datagram).message }
            #expect(found == message)
            let first = try sender.first(message, hash: message.object.hash, chance: &chance)
            #expect((first.count == 1) == (size <= 1_056), "first, \(size)")
            for datagram in first { found = try bob.receiver.open(datagram).message }
            #expect(found == message)
            #expect((first + next).allSatisfy { $0.count <= Limits.datagramBytes })
        }
    }
}
