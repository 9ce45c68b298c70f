import Links
import Nearby
import Testing
import Words

/// What is kept of what neighbours announce.
@Suite struct BoardTests {
    static func place(_ name: String, network: Int32 = 2, family: Int32 = 0) -> Board.Place {
        Board.Place(network: network, family: family, name: Array(name.utf8))
    }

    static func endpoint(_ host: UInt8, port: UInt16 = 4_000) -> Endpoint {
        Endpoint(.four([10, 0, 0, host]), port: port)
    }

    static func card(_ role: Advert.Role) throws -> Card {
        try #require(Card(Advert(role, name: nil, port: 1, networks: nil).record))
    }

    @Test func `a name is asked where it is, once, and again after a while`() throws {
        var board = Board()
        board.heard(Self.place("Town"), at: 5)
        board.heard(Self.place("Town"), at: 6)
        #expect(board.count == 1 && board.nextDue == 5)
        let (asked, nobody) = (board.ask(at: 5), board.ask(at: 5))
        #expect(asked == Self.place("Town") && nobody == nil && board.nextDue == nil)
        board.answered(Self.place("Town"), (try Self.card(.office), Self.endpoint(1)), at: 7)
        let found = Find(
            service: Array("Town".utf8),
            name: try #require(Text("Town")),
            role: .office,
            places: [Self.endpoint(1)]
        )
        #expect(board.finds == [found])
        #expect(board.nextDue == 7 + Board.asksAgain)
        board.gone(Self.place("Town"))
        #expect(board.finds.isEmpty)
    }

    @Test func `one who is found on several ways is one`() throws {
        var board = Board()
        let six = Endpoint(
            .six([0xFE, 0x80] + [UInt8](repeating: 1, count: 14), interface: 2),
            port: 7
        )
        for (family, at) in [(Int32(0), Self.endpoint(1)), (1, six), (2, Self.endpoint(1))] {
            let place = Self.place("a", family: family)
            board.heard(place, at: 0)
            board.answered(place, (try Self.card(.wallet), at), at: 0)
        }
        #expect(board.finds.map(\.places) == [[Self.endpoint(1), six]])
    }

    @Test func `an answer that is not had again is forgotten, and its change is noticed`() throws {
        var board = Board()
        let place = Self.place("a")
        board.heard(place, at: 0)
        board.answered(place, (try Self.card(.wallet), Self.endpoint(1)), at: 0)
        board.answered(place, (try Self.card(.wallet), Self.endpoint(2)), at: 1_000)
        #expect(board.finds.map(\.places) == [[Self.endpoint(2)]])
        _ = board.ask(at: 1_000 + Board.asksAgain)
        board.answered(place, nil, at: 1_000 + Board.asksAgain)
        board.forget(at: 999 + Board.forgets)
        #expect(board.finds.count == 1)
        board.forget(at: 1_000 + Board.forgets)
        #expect(board.finds.isEmpty && board.count == 1)
    }

    @Test func `whoever was not among all that was said anew is gone`() {
        var board = Board()
        for name in ["a", "b"] { board.heard(Self.place(name), at: 0) }
        board.begin(on: nil, at: 1)
        board.heard(Self.place("b"), at: 1)
        board.sweep(on: nil)
        let left = board.ask(at: 1)
        #expect(board.count == 1 && left == Self.place("b"))
    }

    @Test func `whoever asked and is gone leaves nobody behind who is never asked again`() {
        var board = Board()
        board.heard(Self.place("a"), at: 0)
        let first = board.ask(at: 0)
        board.fallDeaf(at: 9)
        let again = board.ask(at: 9)
        #expect(first == Self.place("a") && again == first)
    }

    @Test func `thousands of names take a bounded place, and the silent ones give way`() throws {
        var board = Board()
        for number in 0..<5_000 { board.heard(Self.place("flood \(number)"), at: 0) }
        #expect(board.count == Board.entriesAtMost && board.hasMissed)
        // Nobody is behind the first of them: so somebody new finds room.
        let asked = board.ask(at: 0)
        let silent = try #require(asked)
        board.answered(silent, nil, at: 0)
        board.heard(Self.place("Town"), at: 1)
        board.answered(Self.place("Town"), (try Self.card(.office), Self.endpoint(1)), at: 1)
        #expect(board.finds.map(\.name.string) == ["Town"])
        #expect(board.count == Board.entriesAtMost)
        board.begin(on: nil, at: 1)
        #expect(!board.hasMissed)
    }

    @Test func `of one place only so many count, and others of its host as well`() throws {
        var board = Board()
        for number in 0..<100 {
            let place = Self.place("\(number)")
            board.heard(place, at: 0)
            let at = Self.endpoint(1, port: 4_000)
            board.answered(place, (try Self.card(.shop), at), at: 0)
        }
        #expect(board.finds.count == Board.perPlace)
        board.heard(Self.place("Town"), at: 1)
        let at = Self.endpoint(1, port: 4_001)
        board.answered(Self.place("Town"), (try Self.card(.office), at), at: 1)
        #expect(board.finds.count == Board.perPlace + 1)
    }

    @Test func `whoever fills it from one host keeps out nobody of another`() throws {
        var board = Board()
        for number in 0..<Board.entriesAtMost {
            let place = Self.place("\(number)")
            board.heard(place, at: 0)
            let at = Self.endpoint(1, port: UInt16(2_000 + number))
            board.answered(place, (try Self.card(.shop), at), at: 0)
        }
        board.heard(Self.place("Town"), at: 1)
        board.answered(Self.place("Town"), (try Self.card(.office), Self.endpoint(2)), at: 1)
        #expect(board.count == Board.entriesAtMost)
        #expect(board.finds.count == Board.findsAtMost)
        #expect(board.finds.contains { $0.name.string == "Town" })
    }

    @Test func `whoever has answered us gives way to nobody`() throws {
        var board = Board()
        for number in 0..<Board.entriesAtMost {
            let place = Self.place("\(number)")
            board.heard(place, at: 0)
            let at = Self.endpoint(1, port: UInt16(2_000 + number))
            board.answered(place, (try Self.card(.shop), at), at: 0)
        }
        let last = "\(Board.entriesAtMost - 1)"
        #expect(!board.finds.contains { $0.name.string == last })
        board.prove([Self.endpoint(1, port: UInt16(2_000 + Board.entriesAtMost - 1))])
        board.heard(Self.place("Town"), at: 1)
        // He is the newest of the host that has the most, and would be the first to go.
        #expect(board.finds.contains { $0.name.string == last })
        #expect(board.count == Board.entriesAtMost)
    }

    @Test func `names behind which is nobody keep nobody waiting who has answered`() throws {
        var board = Board()
        board.heard(Self.place("Town"), at: 0)
        board.answered(Self.place("Town"), (try Self.card(.office), Self.endpoint(1)), at: 0)
        for number in 0..<100 { board.heard(Self.place("dead \(number)"), at: 1) }
        let due = Board.asksAgain
        func ask(at now: UInt64) -> Board.Place? { board.ask(at: now) }
        for _ in 0..<Board.strangersAtOnce {
            let dead = try #require(ask(at: 1))
            #expect(dead != Self.place("Town"))
        }
        #expect(ask(at: 1) == nil && board.nextDue == due)
        #expect(ask(at: due) == Self.place("Town"))
    }

    @Test func `a name behind which nobody was ever found is left alone for longer and longer`() {
        var board = Board()
        board.heard(Self.place("dead"), at: 0)
        var (now, waits) = (UInt64(0), [UInt64]())
        for _ in 0..<12 {
            let asked = board.ask(at: now)
            #expect(asked == Self.place("dead"))
            board.answered(Self.place("dead"), nil, at: now)
            let due = board.nextDue ?? now
            waits.append(due - now)
            now = due
        }
        #expect(waits.first == 4_000 && waits.last == 600_000)
    }

    @Test func `what was known outlives a daemon that comes back soon`() throws {
        var board = Board()
        board.heard(Self.place("Town"), at: 0)
        board.answered(Self.place("Town"), (try Self.card(.office), Self.endpoint(1)), at: 0)
        board.fallDeaf(at: 1_000)
        // Falling deaf again is no new beginning.
        board.fallDeaf(at: 20_000)
        #expect(board.deafUntil == 1_000 + Board.deafFor)
        board.forget(at: 999 + Board.deafFor)
        #expect(board.finds.count == 1)
        board.forget(at: 1_000 + Board.deafFor)
        #expect(board.count == 0)
    }

    @Test func `after a long outage what is heard anew stays`() throws {
        var board = Board()
        board.heard(Self.place("Old"), at: 0)
        board.fallDeaf(at: 0)
        let back = 2 * Board.deafFor
        board.begin(on: nil, at: back)
        #expect(board.count == 0 && board.deafUntil == nil)
        board.heard(Self.place("Town"), at: back + 1)
        board.answered(
            Self.place("Town"),
            (try Self.card(.office), Self.endpoint(1)),
            at: back + 1
        )
        // Not all has been said by now, and a round or two went by.
        board.forget(at: back + 2)
        board.forget(at: back + 3)
        #expect(board.finds.map(\.name.string) == ["Town"])
    }

    @Test func `networks that are not used are forgotten, and each is swept alone`() {
        var board = Board()
        for network in 1...3 as ClosedRange<Int32> {
            board.heard(Self.place("a", network: network), at: 0)
        }
        board.begin(on: [1, 2], at: 1)
        #expect(board.count == 2)
        board.heard(Self.place("a", network: 1), at: 1)
        board.sweep(on: 1)
        #expect(board.count == 2)
        board.sweep(on: 2)
        #expect(board.count == 1)
        board.begin(on: [], at: 2)
        #expect(board.count == 0)
    }

    @Test func `nobody is asked but hosts of the network on which they are announced`() {
        let lan = Interface(
            name: "eth0",
            number: 2,
            isLoopback: false,
            own: [
                .init([10, 0, 0, 7], mask: [255, 255, 255, 0], broadcast: [10, 0, 0, 255]),
                .init(Self.six(1), mask: Self.sixty, broadcast: nil),
            ]
        )
        let own = Interface.Own([127, 0, 0, 1], mask: [255, 0, 0, 0], broadcast: nil)
        let loop = Interface(name: "lo", number: 1, isLoopback: true, own: [own])
        let tunnel = Interface(
            name: "vpn",
            number: 3,
            isLoopback: false,
            own: [.init([10, 8, 0, 1], mask: [255, 255, 255, 0], broadcast: nil)]
        )
        func isAsked(_ host: Endpoint.Host, _ port: UInt16, _ on: Int32, ours: Bool = false) -> Bool
        {
            let at = Endpoint(host, port: port)
            return Board.isAsked(at, on: on, isOurs: ours, [loop, lan, tunnel])
        }
        #expect(isAsked(.four([10, 0, 0, 8]), 4_000, 2))
        #expect(isAsked(.six(Self.six(2), interface: 0), 4_000, 2))
        // No service of the system, nobody beyond, no host of another network.
        #expect(!isAsked(.four([10, 0, 0, 8]), 53, 2))
        #expect(!isAsked(.four([192, 0, 2, 1]), 4_000, 2))
        #expect(!isAsked(.four([10, 8, 0, 9]), 4_000, 2))
        #expect(!isAsked(.four([10, 0, 0, 255]), 4_000, 2))
        #expect(!isAsked(.four([10, 0, 0, 8]), 4_000, 9))
        // This host itself only if it is it that says so.
        #expect(!isAsked(.four([127, 0, 0, 1]), 4_000, 2, ours: true))
        #expect(!isAsked(.four([127, 0, 0, 1]), 4_000, 1))
        #expect(isAsked(.four([127, 0, 0, 1]), 4_000, 1, ours: true))
        #expect(!isAsked(.four([10, 0, 0, 7]), 4_000, 2))
        #expect(isAsked(.four([10, 0, 0, 7]), 4_000, 2, ours: true))
    }

    static let sixty = [UInt8](repeating: 255, count: 8) + [UInt8](repeating: 0, count: 8)

    static func six(_ last: UInt8) -> [UInt8] {
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [last]
    }

    @Test func `whoever has too many addresses, or too many do, is bounded too`() throws {
        var board = Board()
        for number in 0..<200 {
            let host = UInt8(number)
            for network in 0..<2 {
                let place = Self.place(
                    number < 20 ? "one" : "\(number)",
                    network: Int32(number * 2 + network)
                )
                board.heard(place, at: 0)
                board.answered(place, (try Self.card(.wallet), Self.endpoint(host)), at: 0)
            }
        }
        #expect(board.finds.count == Board.findsAtMost)
        #expect(board.finds.allSatisfy { $0.places.count <= Board.placesPerFind })
    }
}
