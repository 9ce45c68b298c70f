import Testing
import Wire
import Words

/// Nothing that was changed on the way is taken, and it is refused for the same reason by every
/// desk.
@Suite struct DamageTests {
    private struct Heard {
        let alice: Party
        let bob: Party
        let way: Way
        let message: SignedObject
        let first: [UInt8]
        let next: [UInt8]
        let part: [UInt8]
    }

    private func heard(_ make: Make) throws -> Heard {
        let (alice, bob) = (make.party("alice", seed: 1), make.party("bob", seed: 2))
        let way = try #require(alice.begin(to: bob.sealing))
        let message = alice.says(to: bob.key)
        let first = try alice.seal(message, on: way, isFirst: true)[0]
        bob.desk.listen(try #require(try bob.open(first)).way)
        return Heard(
            alice: alice,
            bob: bob,
            way: way,
            message: message,
            first: first,
            next: try alice.seal(message, on: way)[0],
            part: try alice.seal(alice.says(to: bob.key, bytes: 1_100), on: way)[1]
        )
    }

    @Test(arguments: Make.allCases)
    func `any single flipped bit is refused`(make: Make) throws {
        let heard = try heard(make)
        func check(_ datagram: [UInt8], _ wanted: (Int) -> [EnvelopeFault]) {
            for bit in 0..<datagram.count * 8 {
                var broken = datagram
                broken[bit / 8] ^= 1 << UInt8(bit % 8)
                let fault = heard.bob.refusal(broken)
                #expect(fault.map(wanted(bit / 8).contains) == true, "bit \(bit): \(fault as Any)")
            }
        }
        check(heard.first) { byte in
            switch byte {
            case 0: [.version]
            case 9: [.kind, .tag, .fragment]
            default: [.tag]
            }
        }
        check(heard.next) { byte in
            switch byte {
            case 0: [.version]
            case 1...8: [.tag]
            case 9: [.kind, .tag, .fragment, .tooShort]
            default: [.box]
            }
        }
        check(heard.part) { byte in
            switch byte {
            case 0: [.version]
            case 1...8: [.tag]
            case 9: [.kind, .tag, .fragment, .box]
            case 10...17: [.box]
            case 18...19: [.box, .fragment]
            default: [.box]
            }
        }
        #expect(heard.bob.refusal(heard.first) == nil && heard.bob.refusal(heard.next) == nil)
    }

    @Test(arguments: Make.allCases)
    func `a datagram cut anywhere, or made longer, is refused`(make: Make) throws {
        let heard = try heard(make)
        for datagram in [heard.first, heard.next] {
            for count in 0..<datagram.count {
                #expect(heard.bob.refusal(Array(datagram[..<count])) != nil, "at \(count)")
            }
            #expect(heard.bob.refusal(datagram + [0]) != nil)
        }
        #expect(heard.bob.refusal([UInt8](repeating: 1, count: 1_201)) == .tooLong)
    }

    @Test(arguments: Make.allCases)
    func `a box opens under its own key and header alone`(make: Make) throws {
        let heard = try heard(make)
        // Alice's second key; its following message under the tag of the first.
        let other = try #require(heard.alice.begin(to: heard.bob.sealing))
        var next = try heard.alice.seal(heard.message, on: other)[0]
        Datagram.setTag(heard.way.number, in: &next)
        #expect(heard.bob.refusal(next) == .box)
        // The first message's box behind the head of a following one.
        let asNext = Array(heard.next[..<10]) + heard.first[90...]
        #expect(heard.bob.refusal(asNext) == .box)
    }

    @Test func `the frames and lengths are those of the real desk`() throws {
        let made = try Make.allCases.map(heard)
        for count in 0..<1_200 {
            let shapes = try made.map { heard in
                let says = heard.alice.says(to: heard.bob.key, bytes: count)
                return try [true, false].map { isFirst in
                    try heard.alice.seal(says, on: heard.way, isFirst: isFirst).map {
                        let read = try Datagram($0)
                        return [$0.count, Int(read.kind.rawValue), read.fragment?.index ?? -1]
                    }
                }
            }
            #expect(Set(shapes).count == 1, "\(count) bytes")
        }
    }
}
