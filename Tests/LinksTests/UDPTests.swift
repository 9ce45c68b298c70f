import Links
import Testing
import Words

/// The air over the loopback interface, with sockets that are real.
@Suite(.serialized) struct UDPTests {
    struct Always: Chance {
        let byte: UInt8
        mutating func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
    }

    static func link(lost: UInt64 = 0, callPort: UInt16 = 17_557) throws -> UDP {
        var settings = UDP.Settings()
        (settings.networks, settings.callPort, settings.lostPerMille) = (["lo"], callPort, lost)
        return try UDP(settings, chance: Always(byte: 0))
    }

    static func loopback(_ port: UInt16) -> Address {
        Endpoint(.four([127, 0, 0, 1]), port: port).address
    }

    /// All that comes within a second, until there are so many.
    static func heard(by link: UDP, atLeast count: Int) throws -> [([UInt8], Address)] {
        let waiting = try Waiting()
        for file in link.files { waiting.add(file) }
        var all: [([UInt8], Address)] = []
        for round in 0..<20 where all.count < count {
            _ = waiting.wait(atMost: 50)
            _ = link.receive(atMost: 100, at: UInt64(round)) { all.append(($0, $1)) }
        }
        return all
    }

    static func call(_ mark: UInt8) -> [UInt8] {
        var call = [UInt8](repeating: mark, count: Limits.lookupBytes)
        call[9] = 5
        return call
    }

    @Test func `a datagram arrives, with where it came from`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        ada.send([1, 2, 3], to: Self.loopback(bob.port))
        let heard = try Self.heard(by: bob, atLeast: 1)
        #expect(heard.map(\.0) == [[1, 2, 3]])
        #expect(heard.first?.1 == Self.loopback(ada.port))
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
        caller.send([1], to: Self.loopback(one.port))
        let heard = try Self.heard(by: one, atLeast: 21)
        #expect(heard.count == 21)
        #expect(heard.last?.0 == [1])
    }

    @Test func `a datagram that is longer than any of ours is passed over`() throws {
        let (ada, bob) = (try Self.link(), try Self.link())
        let long = [UInt8](repeating: 1, count: Limits.datagramBytes + 1)
        ada.send(long, to: Self.loopback(bob.port))
        ada.send([UInt8](long.dropLast()), to: Self.loopback(bob.port))
        ada.send([], to: Self.loopback(bob.port))
        ada.send([2], to: Self.loopback(bob.port))
        let heard = try Self.heard(by: bob, atLeast: 2)
        #expect(heard.map(\.0.count) == [Limits.datagramBytes, 1])
    }

    @Test func `the seam for loss loses what it is told to`() throws {
        let (ada, bob) = (try Self.link(lost: 1), try Self.link())
        #expect(ada.send([1], to: Self.loopback(bob.port)))
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
