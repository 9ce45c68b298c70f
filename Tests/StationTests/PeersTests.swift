import Links
import Nearby
import Station
import Testing
import Words

/// Who is near, as long as that is worth knowing.
@Suite struct PeersTests {
    static func hash(_ byte: UInt8) throws -> Hash {
        Hash(try #require(Bytes32([UInt8](repeating: byte, count: 32))))
    }

    static func key(_ byte: UInt8) throws -> Key { Key(try hash(byte).bytes) }

    static func place(_ host: Int, port: UInt16 = 4_000) -> Endpoint {
        Endpoint(.four([10, 0, UInt8(host >> 8), UInt8(host & 255)]), port: port)
    }

    static func find(_ name: String, _ role: Advert.Role?, _ places: Endpoint...) -> Find {
        Find(
            service: Array(name.utf8),
            name: Advert.shown(Array(name.utf8)),
            role: role,
            places: places
        )
    }

    @Test func `whoever is announced is known, and not believed`() throws {
        var peers = Peers()
        peers.found([Self.find("Town", .office, Self.place(1))], at: 0)
        let one = try #require(peers.listed(at: 0).first)
        #expect(one.says?.string == "Town" && one.name == nil && one.key == nil)
        #expect(one.role == .office && one.ways == .avahi && one.reach == .unasked)
        peers.found([], at: 1)
        #expect(peers.count == 0)
    }

    @Test func `an office that answers is known by its key, whatever it is announced as`() throws {
        var peers = Peers()
        peers.found([Self.find("Bakery", .shop, Self.place(1))], at: 0)
        let (key, root) = (try Self.key(1), try Self.key(2))
        peers.welcomed(by: key, root: root, from: Self.place(1).address, [], at: 5)
        peers.found([Self.find("Bakery", .shop, Self.place(1))], at: 6)
        let one = try #require(peers.listed(at: 1_005).first)
        #expect(one.role == .office && one.key == key && one.root == root)
        #expect(one.reach == .answers && one.seconds == 1)
        // Where it answers too it is the same.
        peers.welcomed(by: key, root: root, from: Self.place(2).address, .broadcast, at: 7)
        #expect(peers.count == 1)
        #expect(peers.listed(at: 7)[0].addresses.count == 2)
    }

    @Test func `a buyer who answers on two ways is one`() throws {
        var peers = Peers()
        let (one, other) = (Self.place(1).address, Self.place(2).address)
        peers.answered(try Self.hash(1), screen: 4_711, from: one, .broadcast, at: 0)
        peers.answered(try Self.hash(1), screen: 4_711, from: other, .broadcast, at: 0)
        peers.answered(try Self.hash(2), screen: 17, from: Self.place(3).address, [], at: 0)
        #expect(peers.count == 2)
        // It was announced as well, which makes it no third.
        peers.found([Self.find("ab12", .wallet, Self.place(2))], at: 1)
        #expect(peers.count == 2)
        let buyer = try #require(peers.listed(at: 1).first { $0.screen == 4_711 })
        #expect(buyer.ways == [.broadcast, .avahi] && buyer.role == .wallet)
    }

    @Test func `who is asked and does not answer is told as silent`() throws {
        var peers = Peers()
        peers.found([Self.find("ab12", .wallet, Self.place(1))], at: 0)
        peers.asked([Self.place(1).address], at: 10)
        #expect(peers.listed(at: 11)[0].reach == .unasked)
        #expect(peers.listed(at: 10 + Peers.patience)[0].reach == .silent)
        peers.heard(Self.place(1).address, at: 2_000)
        #expect(peers.listed(at: 2_001)[0].reach == .answers)
        peers.asked([Self.place(1).address], at: 3_000)
        #expect(peers.listed(at: 3_001)[0].reach == .answers)
        #expect(peers.listed(at: 3_000 + Peers.patience)[0].reach == .silent)
    }

    @Test func `what was heard long ago tells no more that somebody can be reached`() throws {
        var peers = Peers()
        peers.met(try Self.key(1), name: Text("Ada"), at: Self.place(1).address, at: 0)
        #expect(peers.listed(at: Peers.answersFor - 1)[0].reach == .answers)
        #expect(peers.listed(at: Peers.answersFor)[0].reach == .unasked)
        #expect(peers.listed(at: Peers.forgets - 1).count == 1)
        #expect(peers.listed(at: Peers.forgets).isEmpty)
    }

    @Test func `an address that somebody else has now is not the former one's`() throws {
        var peers = Peers()
        peers.met(try Self.key(1), name: Text("Ada"), at: Self.place(1).address, at: 0)
        peers.met(try Self.key(2), name: Text("Bob"), at: Self.place(1).address, at: 1)
        let all = peers.listed(at: 1)
        #expect(all.map { $0.name?.string } == ["Bob"])
    }

    @Test func `who goes on to be announced after he was heard is known by that`() throws {
        var peers = Peers()
        let find = Self.find("ab12", .wallet, Self.place(1))
        peers.found([find], at: 0)
        peers.answered(try Self.hash(1), screen: 1, from: Self.place(1).address, .broadcast, at: 0)
        peers.found([], at: 1)
        #expect(peers.listed(at: 1).map(\.ways) == [.broadcast])
    }

    @Test func `never more than so many are known, and who was heard stays`() throws {
        var peers = Peers()
        peers.met(try Self.key(1), name: Text("Ada"), at: Self.place(9_999).address, at: 0)
        for round in 0..<5 {
            let flood = (0..<128).map {
                Self.find("\(round) \($0)", .wallet, Self.place(round * 128 + $0))
            }
            peers.found(flood, at: UInt64(round))
        }
        for number in 0..<1_000 {
            peers.typed(Self.place(20_000 + number).address, at: 10)
        }
        #expect(peers.count == Peers.most)
        #expect(peers.listed(at: 11).contains { $0.name?.string == "Ada" })
        // What is only announced drives nobody out who was heard.
        for byte in 0..<UInt8(200) {
            let at = Self.place(1, port: 100 + UInt16(byte)).address
            peers.met(try Self.key(byte), name: nil, at: at, at: 20)
        }
        let others = (0..<128).map { Self.find("late \($0)", .shop, Self.place(30_000 + $0)) }
        peers.found(others, at: 30)
        #expect(peers.count <= Peers.most)
        #expect(peers.listed(at: 31).count { $0.key != nil } == 200)
    }
}
