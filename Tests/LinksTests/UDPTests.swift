import Links
import Testing
import Words

/// The air over the loopback interface, with sockets that are real.
@Suite(.serialized) struct UDPTests {
    struct Always: Chance {
        let byte: UInt8
        mutating func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
    }

    static func link(
        on network: String = "lo",
        lost: UInt64 = 0,
        callPort: UInt16 = 17_557
    ) throws -> UDP {
        var settings = UDP.Settings()
        (settings.networks, settings.callPort) = ([network], callPort)
        settings.lostPerMille = lost
        return try UDP(settings, chance: Always(byte: 0))
    }

    static func loopback(_ port: UInt16) -> Address {
        Endpoint(.four([127, 0, 0, 1]), port: port).address
    }

    /// All that comes within a second, until there are so many; of what each datagram opens.
    static func heard(
        by link: UDP,
        atLeast count: Int,
        isKnown: (UInt64) -> Bool = { _ in true },
        opens: ([UInt8]) -> Bool = { _ in true }
    ) throws -> [([UInt8], Address)] {
        let waiting = try Waiting()
        for file in link.files { waiting.add(file) }
        var all: [([UInt8], Address)] = []
        for round in 0..<20 where all.count < count {
            _ = waiting.wait(atMost: 50)
            link.receive(atMost: 100, at: UInt64(round), isKnown: isKnown) {
                all.append(($0, $1))
                return opens($0)
            }
        }
        return all
    }

    /// What has the head of a datagram of ours, and another end for each mark.
    static func frame(_ mark: UInt8, kind: UInt8 = 1, count: Int = 200) -> [UInt8] {
        var frame = [UInt8](repeating: mark, count: count)
        (frame[0], frame[9]) = (1, kind)
        return frame
    }

    /// A look-up as it ought to be, but for what stands in it.
    static func call(_ mark: UInt8) -> [UInt8] {
        var call = frame(mark, kind: 5, count: Limits.lookupBytes)
        let hash = Digest.hash(Digest.Domain("tally1 lookup"), call, 10..<call.count)
        call.replaceSubrange(1..<9, with: hash.bytes.array[..<8])
        return call
    }

    @Test func `a datagram arrives, with where it came from`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        ada.send(Self.frame(7), to: Self.loopback(bob.port))
        let heard = try Self.heard(by: bob, atLeast: 1)
        #expect(heard.map(\.0) == [Self.frame(7)])
        #expect(heard.first?.1 == Self.loopback(ada.port))
    }

    @Test func `a call to everybody goes where somebody is said to be, on our networks`() throws {
        let (ada, bob) = (try Self.link(), try Self.link(callPort: 17_558))
        let far = Endpoint(.four([192, 0, 2, 1]), port: bob.port)
        let near = Endpoint(.four([127, 0, 0, 1]), port: bob.port)
        #expect(ada.isNear(near) && !ada.isNear(far))
        ada.hints = [far, near]
        ada.broadcast(Self.call(1))
        #expect(try Self.heard(by: bob, atLeast: 1).map(\.0) == [Self.call(1)])
    }

    @Test func `of many places each has its turn`() throws {
        let ada = try Self.link()
        let others = try (0..<UDP.hintsAtOnce + 4).map { _ in try Self.link(callPort: 17_558) }
        ada.hints = others.map { Endpoint(.four([127, 0, 0, 1]), port: $0.port) }
        for mark in 0..<UInt8(2) { ada.broadcast(Self.call(mark)) }
        for other in others { #expect(try Self.heard(by: other, atLeast: 1).count >= 1) }
    }

    @Test func `what can be none of ours is let go unread`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        var others = [[], [1], Self.frame(1, count: 50), Self.frame(1, kind: 0)]
        others += [3, 5, 6, 255].map { Self.frame(1, kind: $0) }
        others.append([2] + Self.frame(1).dropFirst())
        others.append(Self.frame(1, count: Limits.datagramBytes + 1))
        for one in others { ada.send(one, to: Self.loopback(bob.port)) }
        ada.send(Self.frame(3, count: Limits.datagramBytes), to: Self.loopback(bob.port))
        ada.send(Self.frame(2), to: Self.loopback(bob.port))
        let heard = try Self.heard(by: bob, atLeast: 2)
        #expect(heard.map(\.0.count) == [Limits.datagramBytes, 200])
    }

    @Test func `what follows on a way that nobody knows is let go`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        for mark in 1...4 as ClosedRange<UInt8> {
            ada.send(Self.frame(mark, kind: 2), to: Self.loopback(bob.port))
            ada.send(Self.frame(mark, kind: 4), to: Self.loopback(bob.port))
        }
        ada.send(Self.frame(9), to: Self.loopback(bob.port))
        let known = UInt64(0x0303_0303_0303_0303)
        let heard = try Self.heard(by: bob, atLeast: 3, isKnown: { $0 == known })
        // Both end alike, and are two all the same.
        let wanted = [Self.frame(3, kind: 2), Self.frame(3, kind: 4), Self.frame(9)]
        #expect(heard.map(\.0) == wanted)
    }

    @Test func `what was opened once is not opened again, and what was not may be`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        for _ in 0..<3 { ada.send(Self.frame(1), to: Self.loopback(bob.port)) }
        for _ in 0..<3 { ada.send(Self.frame(2), to: Self.loopback(bob.port)) }
        for _ in 0..<3 { ada.send(Self.call(4), to: Self.loopback(bob.port)) }
        ada.send(Self.frame(3), to: Self.loopback(bob.port))
        let heard = try Self.heard(by: bob, atLeast: 8, opens: { $0[1] != 2 })
        let (other, call) = (Self.frame(2), Self.call(4))
        let wanted = [Self.frame(1), other, other, other, call, call, call, Self.frame(3)]
        #expect(heard.map(\.0) == wanted)
    }

    @Test func `what was recorded is not opened again after much else was`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        let waiting = try Waiting()
        for file in bob.files { waiting.add(file) }
        func taken(_ marks: [UInt32]) -> Int {
            for mark in marks {
                var frame = Self.frame(1, kind: 2)
                for at in 0..<4 { frame[20 + at] = UInt8(truncatingIfNeeded: mark >> (8 * at)) }
                ada.send(frame, to: Self.loopback(bob.port))
            }
            _ = waiting.wait(atMost: 200)
            var count = 0
            bob.receive(atMost: 1_000, at: 0) { _, _ in
                count += 1
                return true
            }
            return count
        }
        let recorded = [UInt32](0..<10)
        #expect(taken(recorded) == 10)
        var others = 0
        for round in 1...1_000 as ClosedRange<UInt32> {
            others += taken((0..<20).map { round * 20 + $0 })
        }
        #expect(others == 20_000)
        #expect(taken(recorded) == 0)
    }

    @Test func `what came on a network that it was not told to use is let go`() throws {
        let other = Interface.all()?.first { !$0.isLoopback && $0.hasFour }
        // A host with loopback alone cannot show it; the tests in namespaces do.
        guard let other else { return }
        let (ada, bob, cleo) = (try Self.link(), try Self.link(on: other.name), try Self.link())
        for link in [bob, cleo] { ada.send(Self.frame(1), to: Self.loopback(link.port)) }
        #expect(try Self.heard(by: cleo, atLeast: 1).count == 1)
        #expect(try Self.heard(by: bob, atLeast: 1).isEmpty)
    }

    @Test func `networks are looked at once, and again only when something changed`() throws {
        let ada = try Self.link()
        #expect(!ada.look(at: 10_000))
        #expect(!ada.look(at: 20_000))
        #expect(ada.patience == nil || ada.patience == 5_000)
    }

    @Test func `a call is heard by all who listen on a host, and by nobody else`() throws {
        let (caller, one, two, deaf) = (
            try Self.link(), try Self.link(), try Self.link(), try Self.link()
        )
        try one.hearCalls()
        try two.hearCalls()
        caller.broadcast(Self.call(7))
        for listener in [one, two] {
            let heard = try Self.heard(by: listener, atLeast: 1)
            #expect(!heard.isEmpty && heard.allSatisfy { $0.0 == Self.call(7) })
        }
        #expect(try Self.heard(by: deaf, atLeast: 1).isEmpty)
    }

    @Test func `a call to one address reaches its own port`() throws {
        let (caller, one, two) = (try Self.link(), try Self.link(), try Self.link())
        try two.hearCalls()
        caller.callees = [Self.loopback(one.port)]
        caller.broadcast(Self.call(9))
        #expect(try Self.heard(by: one, atLeast: 1).map(\.0) == [Self.call(9)])
        #expect(try Self.heard(by: two, atLeast: 1).isEmpty)
    }

    @Test func `no more than twenty calls a second are passed on`() throws {
        let (caller, one) = (try Self.link(), try Self.link())
        for mark in 0..<50 { caller.send(Self.call(UInt8(mark)), to: Self.loopback(one.port)) }
        caller.send(Self.frame(1), to: Self.loopback(one.port))
        let heard = try Self.heard(by: one, atLeast: Answering.places + 1)
        // Of one source half of them, so that others find a place.
        #expect(heard.count == Answering.places / 2 + 1)
        #expect(heard.last?.0 == Self.frame(1))
    }

    @Test func `first messages that have to be opened are passed on up to a bound`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        let waiting = try Waiting()
        for file in bob.files { waiting.add(file) }
        var (opened, mark) = (UInt64(0), UInt32(0))
        for _ in 0..<Openings.perShare / 20 + 10 {
            for _ in 0..<20 {
                mark += 1
                var frame = Self.frame(1)
                for at in 0..<4 { frame[20 + at] = UInt8(truncatingIfNeeded: mark >> (8 * at)) }
                ada.send(frame, to: Self.loopback(bob.port))
            }
            _ = waiting.wait(atMost: 1_000)
            bob.receive(atMost: 100, at: 0, opened: { opened }) { _, _ in
                opened += 1
                // What it says is nonsense: it was opened all the same.
                return false
            }
        }
        #expect(opened == Openings.perShare)
        ada.send(Self.frame(2, kind: 2), to: Self.loopback(bob.port))
        _ = waiting.wait(atMost: 1_000)
        var others = 0
        bob.receive(atMost: 100, at: 0) { _, _ in
            others += 1
            return true
        }
        #expect(others == 1)
    }

    @Test func `a call whose tag is wrong takes no place`() throws {
        let (caller, one) = (try Self.link(), try Self.link())
        var forged = Self.call(1)
        forged[8] ^= 1
        for _ in 0..<50 { caller.send(forged, to: Self.loopback(one.port)) }
        caller.send(Self.call(2), to: Self.loopback(one.port))
        #expect(try Self.heard(by: one, atLeast: 1).map(\.0) == [Self.call(2)])
    }

    @Test func `the seam for loss loses what it is told to`() throws {
        let (ada, bob) = (try Self.link(lost: 1), try Self.link())
        #expect(ada.send(Self.frame(1), to: Self.loopback(bob.port)))
        #expect(try Self.heard(by: bob, atLeast: 1).isEmpty)
    }

    @Test func `a network that is not there is named`() {
        var settings = UDP.Settings()
        settings.networks = ["nowhere"]
        #expect(throws: LinkFault.noInterface("nowhere")) {
            try UDP(settings, chance: Always(byte: 0))
        }
    }

    @Test func `a port that somebody has is named`() throws {
        let ada = try Self.link()
        var settings = UDP.Settings()
        (settings.networks, settings.port) = (["lo"], ada.port)
        #expect(throws: LinkFault.portTaken(ada.port)) {
            try UDP(settings, chance: Always(byte: 0))
        }
    }
}
