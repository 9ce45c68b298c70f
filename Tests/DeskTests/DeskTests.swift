import Testing
import Wire
import Words

/// One secret key per conversation: whoever sends the first message draws it, and answers go
/// back under it.
@Suite struct DeskTests {
    /// Alice and Bob, and the way on which Bob has opened Alice's first message.
    private func acquainted(_ make: Make) throws -> (alice: Party, bob: Party, way: Way) {
        let (alice, bob) = (make.party("alice", seed: 1), make.party("bob", seed: 2))
        let way = try #require(alice.begin(to: bob.sealing))
        let hello = alice.says(to: bob.key)
        let sent = try alice.seal(hello, on: way, isFirst: true)
        #expect(sent.count == 1)
        let found = try #require(try bob.open(sent[0]))
        #expect(found.message == hello)
        return (alice, bob, found.way)
    }

    @Test(arguments: Make.allCases)
    func `answers go back under the key of the question`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        bob.desk.listen(way)
        for mark in 1...4 as ClosedRange<UInt8> {
            let answer = bob.says(to: alice.key, mark: mark)
            let sent = try bob.seal(answer, on: way)
            #expect(try Datagram(sent[0]).kind == .following)
            let found = try #require(try alice.open(sent[0]))
            #expect(found.message == answer && found.way == way)
            let next = alice.says(to: bob.key, mark: mark)
            let heard = try bob.open(alice.seal(next, on: found.way)[0])
            #expect(heard?.message == next && heard?.way == way)
        }
        // The answer needs no listening, the next message does.
        let (carol, dave, other) = try acquainted(make)
        let answer = dave.says(to: carol.key)
        #expect(try carol.open(dave.seal(answer, on: other)[0])?.message == answer)
        let next = try carol.seal(carol.says(to: dave.key), on: other)[0]
        #expect(dave.refusal(next) == .tag)
        dave.desk.listen(other)
        #expect(dave.refusal(next) == nil)
    }

    @Test(arguments: Make.allCases)
    func `a message thrown back at its sender is refused`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        bob.desk.listen(way)
        let says = alice.says(to: bob.key)
        #expect(alice.refusal(try alice.seal(says, on: way, isFirst: true)[0]) == .tag)
        #expect(alice.refusal(try alice.seal(says, on: way)[0]) == .notForMe)
        let answer = bob.says(to: alice.key)
        #expect(bob.refusal(try bob.seal(answer, on: way)[0]) == .notForMe)
    }

    @Test(arguments: Make.allCases)
    func `a message to somebody else is refused`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        let carol = make.party("carol", seed: 3)
        let says = alice.says(to: bob.key)
        #expect(carol.refusal(try alice.seal(says, on: way, isFirst: true)[0]) == .tag)
        #expect(carol.refusal(try alice.seal(says, on: way)[0]) == .tag)
        // Bob seals what Alice said to him anew, to Carol.
        let other = try #require(bob.begin(to: carol.sealing))
        #expect(carol.refusal(try bob.seal(says, on: other, isFirst: true)[0]) == .notForMe)
        let hello = try #require(
            try carol.open(bob.seal(bob.says(to: carol.key), on: other, isFirst: true)[0])
        )
        carol.desk.listen(hello.way)
        #expect(carol.refusal(try bob.seal(says, on: other)[0]) == .notForMe)
    }

    @Test(arguments: Make.allCases)
    func `what is sealed to an announced key is for that key alone`(make: Make) throws {
        let (alice, bob) = (make.party("alice", seed: 1), make.party("bob", seed: 2))
        let (one, two) = (
            bob.desk.announce(chance: &bob.chance), bob.desk.announce(chance: &bob.chance)
        )
        #expect(one != two && one != bob.sealing)
        func refusal(to receiver: Key, sealedTo key: SealingKey) throws -> EnvelopeFault? {
            let way = try #require(alice.begin(to: key))
            return bob.refusal(try alice.seal(alice.says(to: receiver), on: way, isFirst: true)[0])
        }
        let keys = [(one, Key(one.bytes)), (two, Key(two.bytes)), (bob.sealing, bob.key)]
        for (key, receiver) in keys {
            for (_, other) in keys {
                let wanted: EnvelopeFault? = other == receiver ? nil : .notForMe
                #expect(try refusal(to: other, sealedTo: key) == wanted)
            }
        }
        bob.desk.withdraw(one)
        #expect(try refusal(to: Key(one.bytes), sealedTo: one) == .tag)
        #expect(try refusal(to: Key(two.bytes), sealedTo: two) == nil)
        #expect(try refusal(to: bob.key, sealedTo: bob.sealing) == nil)
        // A certified key was never announced.
        bob.desk.withdraw(bob.sealing)
        #expect(try refusal(to: bob.key, sealedTo: bob.sealing) == nil)
    }

    @Test(arguments: Make.allCases)
    func `a one-time key gets answers while it is admitted`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        let mine = alice.keys.oneTime(chance: &alice.chance).key
        let answer = try bob.seal(bob.says(to: mine), on: way)[0]
        #expect(alice.refusal(answer) == .notForMe)
        alice.desk.admit(mine)
        #expect(try alice.open(answer)?.message.object.receiver == mine)
        // In answers only: nobody could know it before.
        let other = try #require(bob.begin(to: alice.sealing))
        #expect(
            alice.refusal(try bob.seal(bob.says(to: mine), on: other, isFirst: true)[0])
                == .notForMe
        )
        alice.desk.dismiss(mine)
        #expect(alice.refusal(answer) == .notForMe)
        alice.desk.dismiss(alice.key)
        #expect(alice.refusal(try bob.seal(bob.says(to: alice.key), on: way)[0]) == nil)
    }

    @Test(arguments: Make.allCases)
    func `an unknown way is refused, and one begun by the peer takes no first message`(
        make: Make
    ) throws {
        let (alice, bob, way) = try acquainted(make)
        let carol = make.party("carol", seed: 3)
        #expect(carol.refusesToSeal(on: way) == .tag)
        #expect(carol.refusesToSeal(on: way, isFirst: true) == .tag)
        #expect(bob.refusesToSeal(on: way) == nil)
        #expect(bob.refusesToSeal(on: way, isFirst: true) == .sealedKey)
        bob.desk.listen(way)
        #expect(bob.refusesToSeal(on: way, isFirst: true) == .sealedKey)
        #expect(alice.refusesToSeal(on: way, isFirst: true) == nil)
        // To listen to what nobody brought is nothing.
        carol.desk.listen(way)
        #expect(carol.refusal(try alice.seal(alice.says(to: carol.key), on: way)[0]) == .tag)
    }

    @Test(arguments: Make.allCases)
    func `ways nobody listens to are bounded, the oldest go first`(make: Make) throws {
        let (alice, bob) = (make.party("alice", seed: 1), make.party("bob", seed: 2))
        let ways = try (0...Limits.waysUnheard).map { _ in
            let way = try #require(alice.begin(to: bob.sealing))
            _ = try bob.open(alice.seal(alice.says(to: bob.key), on: way, isFirst: true)[0])
            return way
        }
        for way in ways { bob.desk.listen(way) }
        let refusals = try ways.map {
            bob.refusal(try alice.seal(alice.says(to: bob.key), on: $0)[0])
        }
        #expect(refusals == [.tag] + Array(repeating: nil, count: Limits.waysUnheard))
        // What is listened to is not among them.
        for _ in 0...Limits.waysUnheard {
            let way = try #require(alice.begin(to: bob.sealing))
            _ = try bob.open(alice.seal(alice.says(to: bob.key), on: way, isFirst: true)[0])
        }
        #expect(bob.refusal(try alice.seal(alice.says(to: bob.key), on: ways[1])[0]) == nil)
    }

    @Test(arguments: Make.allCases)
    func `a first message that came again counts as new`(make: Make) throws {
        let (alice, bob) = (make.party("alice", seed: 1), make.party("bob", seed: 2))
        func first(_ way: Way) throws {
            _ = try bob.open(alice.seal(alice.says(to: bob.key), on: way, isFirst: true)[0])
        }
        let ways = try (0..<2).map { _ in try #require(alice.begin(to: bob.sealing)) }
        for way in ways { try first(way) }
        try first(ways[0])
        for _ in 1..<Limits.waysUnheard { try first(#require(alice.begin(to: bob.sealing))) }
        #expect(bob.refusesToSeal(on: ways[0]) == nil)
        #expect(bob.refusesToSeal(on: ways[1]) == .tag)
    }

    @Test(arguments: Make.allCases)
    func `what is forgotten is forgotten, whoever began it`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        let first = try alice.seal(alice.says(to: bob.key), on: way, isFirst: true)[0]
        let next = try alice.seal(alice.says(to: bob.key), on: way)[0]
        let answer = try bob.seal(bob.says(to: alice.key), on: way)[0]
        // Before it was listened to.
        bob.desk.forget(way)
        bob.desk.listen(way)
        #expect(bob.refusal(next) == .tag && bob.refusesToSeal(on: way) == .tag)
        // And after, when the first message brings it back.
        #expect(try bob.open(first)?.way == way)
        bob.desk.listen(way)
        #expect(bob.refusal(next) == nil)
        bob.desk.forget(way)
        #expect(bob.refusal(next) == .tag && bob.refusesToSeal(on: way) == .tag)

        #expect(alice.refusal(answer) == nil)
        alice.desk.forget(way)
        #expect(alice.refusal(answer) == .tag && alice.refusesToSeal(on: way) == .tag)
        #expect(alice.refusesToSeal(on: way, isFirst: true) == .tag)
    }

    @Test(arguments: Make.allCases)
    func `a key that hides nothing is not begun to`(make: Make) {
        let alice = make.party("alice", seed: 1)
        #expect(alice.begin(to: SealingKey(Bytes32(repeating: 0))) == nil)
    }

    @Test(arguments: Make.allCases)
    func `a long message comes in parts, in any order, under a known way alone`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        let long = alice.says(to: bob.key, bytes: 30_000)
        let parts = try alice.seal(long, on: way)
        #expect(parts.count == 30)
        #expect(parts.allSatisfy { bob.refusal($0) == .tag })
        bob.desk.listen(way)
        for order in [parts, parts.reversed(), parts.shuffled()] {
            for part in order.dropLast() {
                for _ in 0..<2 { #expect(try bob.open(part) == nil) }
            }
            let found = try #require(try bob.open(order[order.count - 1]))
            #expect(found.message == long && found.way == way)
        }
        let first = try alice.seal(long, on: way, isFirst: true)
        #expect(first.count == 30 && first.allSatisfy { bob.refusal($0) == .notAwaited })
        let carol = make.party("carol", seed: 3)
        #expect(first.allSatisfy { carol.refusal($0) == .tag })
    }

    @Test(arguments: Make.allCases)
    func `a first message that comes again spares the halves that are here`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        bob.desk.listen(way)
        let long = alice.says(to: bob.key, bytes: 3_000)
        let parts = try alice.seal(long, on: way)
        for part in parts.dropLast() { #expect(try bob.open(part) == nil) }
        let again = try alice.seal(alice.says(to: bob.key), on: way, isFirst: true)[0]
        #expect(try bob.open(again)?.way == way)
        bob.desk.listen(way)
        // The repeat is cut and numbered as the first sending was.
        let repeated = try alice.seal(long, on: way)
        #expect(try bob.open(repeated[repeated.count - 1])?.message == long)
    }

    @Test(arguments: Make.allCases)
    func `half messages of a way are bounded, the oldest go first`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        bob.desk.listen(way)
        let count = UInt8(Limits.assembliesPerConversation)
        let sent = try (0...count).map { mark in
            try alice.seal(alice.says(to: bob.key, mark: mark, bytes: 2_500), on: way)
        }
        for parts in sent {
            for part in parts.dropLast() { #expect(try bob.open(part) == nil) }
        }
        let last = try sent.reversed().map { parts in
            try bob.open(parts[parts.count - 1])?.message.object.content.first
        }
        #expect(last == (1...count).reversed() + [nil])
    }

    @Test(arguments: Make.allCases)
    func `what is longer than a message may be is not sealed`(make: Make) throws {
        let (alice, bob, way) = try acquainted(make)
        for isFirst in [true, false] {
            #expect(throws: EnvelopeFault.tooLong) {
                try alice.seal(alice.says(to: bob.key, bytes: 49_000), on: way, isFirst: isFirst)
            }
        }
    }
}
