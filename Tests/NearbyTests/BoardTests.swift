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
        board.begin()
        board.heard(Self.place("b"), at: 1)
        board.sweep()
        let left = board.ask(at: 1)
        #expect(board.count == 1 && left == Self.place("b"))
    }

    @Test func `whoever asked and is gone leaves nobody behind who is never asked again`() {
        var board = Board()
        board.heard(Self.place("a"), at: 0)
        let first = board.ask(at: 0)
        board.askNobody(at: 9)
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
        board.begin()
        #expect(!board.hasMissed)
    }

    @Test func `of one host only so many count`() throws {
        var board = Board()
        for number in 0..<100 {
            let place = Self.place("\(number)")
            board.heard(place, at: 0)
            let at = Self.endpoint(1, port: UInt16(1_000 + number))
            board.answered(place, (try Self.card(.shop), at), at: 0)
        }
        #expect(board.finds.count == Board.perHost)
        board.heard(Self.place("Town"), at: 1)
        board.answered(Self.place("Town"), (try Self.card(.office), Self.endpoint(2)), at: 1)
        #expect(board.finds.count == Board.perHost + 1)
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
