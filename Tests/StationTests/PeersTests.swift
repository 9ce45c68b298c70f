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
        #expect(one.says?.string == "Town" && one.saysRole == .office)
        #expect(one.name == nil && one.key == nil && one.role == nil)
        #expect(one.ways == .avahi && one.reach == .unasked && one.seconds == nil)
        peers.found([], at: 1)
        #expect(peers.count == 0)
    }

    @Test func `an office that answers is known by its key, whatever it is announced as`() throws {
        var peers = Peers()
        peers.found([Self.find("Bakery", .shop, Self.place(1))], at: 0)
        let (key, root) = (try Self.key(1), try Self.key(2))
        peers.welcomed(by: key, root: root, from: Self.place(1).address, [], at: 5)
        peers.found([Self.find("Bakery", .shop, Self.place(1))], at: 6)
        let all = peers.listed(at: 1_005)
        let one = try #require(all.first)
        #expect(all.count == 1)
        #expect(one.role == .office && one.key == key && one.root == root)
        #expect(one.says?.string == "Bakery" && one.saysRole == .shop && one.ways == .avahi)
        #expect(one.reach == .answers && one.seconds == 1)
        // Where it answers too it is the same.
        peers.welcomed(by: key, root: root, from: Self.place(2).address, .broadcast, at: 7)
        #expect(peers.listed(at: 7).count == 1)
        #expect(peers.listed(at: 7)[0].addresses.count == 2)
    }

    @Test func `an announcement that names others' addresses shows no key at its own`() throws {
        var peers = Peers()
        let (evil, town) = (Self.place(66), Self.place(1))
        let plant = Self.find("Bank", .office, evil, town)
        let (key, root) = (try Self.key(1), try Self.key(2))
        for isEarly in [true, false] {
            if isEarly { peers.found([plant], at: 0) }
            peers.welcomed(by: key, root: root, from: town.address, [], at: 1)
            peers.met(try Self.key(3), name: Text("Ada"), at: Self.place(3).address, at: 1)
            peers.found([plant], at: 2)
            let all = peers.listed(at: 3)
            let office = try #require(all.first { $0.key == key })
            #expect(office.addresses == [town.address] && office.root == root)
            let liar = try #require(all.first { $0.addresses.contains(evil.address) })
            #expect(liar.addresses == [evil.address] && liar.reach == .unasked)
            #expect(liar.key == nil && liar.root == nil && liar.role == nil)
            let ada = try #require(all.first { $0.name != nil })
            #expect(ada.role == .wallet && ada.says == nil)
        }
    }

    @Test func `an answer from somebody's address changes nothing of him`() throws {
        var peers = Peers()
        let at = Self.place(1).address
        peers.met(try Self.key(1), name: Text("Ada"), at: at, at: 0)
        // Somebody else says that he is an office there, and a buyer.
        peers.welcomed(by: try Self.key(66), root: try Self.key(67), from: at, [], at: 1)
        peers.answered(try Self.hash(66), screen: 666, from: at, .broadcast, at: 2)
        let all = peers.listed(at: 3)
        #expect(all.count == 3)
        let ada = try #require(all.first { $0.name?.string == "Ada" })
        #expect(ada.key == (try Self.key(1)) && ada.root == nil && ada.screen == nil)
        #expect(ada.role == .wallet && ada.ways == .payment && ada.seconds == 0)
        // Nor does another number on a screen.
        peers.answered(try Self.hash(5), screen: 4_711, from: at, .broadcast, at: 4)
        #expect(peers.listed(at: 5).compactMap(\.screen).sorted() == [666, 4_711])
    }

    @Test func `a buyer who answers on two ways, and again, is one`() throws {
        var peers = Peers()
        let (one, other) = (Self.place(1).address, Self.place(2).address)
        peers.answered(try Self.hash(1), screen: 4_711, from: one, .broadcast, at: 0)
        peers.answered(try Self.hash(1), screen: 4_711, from: other, .broadcast, at: 0)
        peers.answered(try Self.hash(3), screen: 4_711, from: other, .broadcast, at: 1)
        peers.answered(try Self.hash(2), screen: 17, from: Self.place(3).address, [], at: 1)
        #expect(peers.listed(at: 1).count == 2)
        // It was announced as well, which makes it no third.
        peers.found([Self.find("ab12", .wallet, Self.place(2))], at: 1)
        #expect(peers.listed(at: 1).count == 2)
        let buyer = try #require(peers.listed(at: 1).first { $0.screen == 4_711 })
        #expect(buyer.ways == [.broadcast, .avahi] && buyer.role == .wallet)
        #expect(Set(buyer.addresses) == [one, other])
        // Whoever has the same number elsewhere, under another answer, is somebody else.
        peers.answered(try Self.hash(4), screen: 4_711, from: Self.place(9).address, [], at: 2)
        #expect(peers.listed(at: 2).count == 3)
    }

    @Test func `who is asked and does not answer is told as silent`() throws {
        var peers = Peers()
        let at = Self.place(1)
        peers.found([Self.find("ab12", .wallet, at)], at: 0)
        _ = peers.ask(typed: [], at: 10) { _ in true }
        #expect(peers.listed(at: 11)[0].reach == .unasked)
        #expect(peers.listed(at: 10 + Peers.patience)[0].reach == .silent)
        peers.answered(try Self.hash(1), screen: 1, from: at.address, [], at: 2_000)
        #expect(peers.listed(at: 2_001)[0].reach == .answers)
        _ = peers.ask(typed: [], at: 3_000) { _ in true }
        #expect(peers.listed(at: 3_001)[0].reach == .answers)
        // Asking again and again puts nothing off.
        _ = peers.ask(typed: [], at: 4_000) { _ in true }
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

    @Test func `who was announced and answered stays known by the answer`() throws {
        var peers = Peers()
        let find = Self.find("ab12", .wallet, Self.place(1))
        peers.found([find], at: 0)
        peers.answered(try Self.hash(1), screen: 1, from: Self.place(1).address, .broadcast, at: 0)
        #expect(peers.listed(at: 1).map(\.ways) == [[.broadcast, .avahi]])
        peers.found([], at: 1)
        #expect(peers.listed(at: 1).map(\.ways) == [.broadcast])
    }

    @Test func `never more than so many are known, and who was heard stays`() throws {
        var peers = Peers()
        peers.met(try Self.key(201), name: Text("Ada"), at: Self.place(9_999).address, at: 0)
        for round in 0..<5 {
            let flood = (0..<500).map {
                Self.find("\(round) \($0)", .wallet, Self.place(round * 500 + $0))
            }
            peers.found(flood, at: UInt64(round))
        }
        for number in 0..<1_000 {
            peers.typed(Self.place(20_000 + number).address, at: 10)
        }
        #expect(peers.count == 1 + Board.findsAtMost + Peers.typedAtMost)
        #expect(peers.listed(at: 11).first?.name?.string == "Ada")
        // Of what was typed the last is known.
        #expect(peers.listed(at: 11).last?.addresses == [Self.place(20_999).address])
        // What is only announced drives nobody out who was heard.
        for byte in 0..<UInt8(200) {
            let at = Self.place(1, port: 100 + UInt16(byte)).address
            peers.met(try Self.key(byte), name: nil, at: at, at: 20)
        }
        #expect(peers.listed(at: 31).count == Peers.most)
        #expect(peers.listed(at: 31).count { $0.key != nil } == 201)
        // Of those who were heard, who was heard the longest ago gives way.
        for number in 0..<400 {
            let at = Self.place(40_000 + number).address
            peers.answered(try Self.hash(9), screen: UInt64(number), from: at, [], at: 40)
        }
        #expect(peers.listed(at: 41).allSatisfy { $0.screen != nil })
    }

    // MARK: Whom to ask

    @Test func `many places are asked in turns, few at each host, and typed ones always`() {
        var peers = Peers()
        let crowd = (0..<100).map { Self.find("\($0)", .wallet, Self.place($0)) }
        // One host says that twenty are there.
        let many = (0..<20).map {
            Self.find("many \($0)", .shop, Self.place(500, port: UInt16(4_000 + $0)))
        }
        peers.found(crowd + many, at: 0)
        let typed = Self.place(900).address
        var all: [Address] = []
        for number in 0..<15 {
            let round = peers.ask(typed: [typed], at: UInt64(number)) { _ in true }
            #expect(round.greetings == [typed] && round.calls.first == typed)
            #expect(round.calls.count <= 1 + Peers.asksAtOnce)
            let there = round.calls.count { address in
                many.contains { $0.places[0].address == address }
            }
            #expect(there <= Peers.asksPerHost)
            all += round.calls
        }
        for find in crowd + many { #expect(all.contains(find.places[0].address)) }
    }

    @Test func `who was silent twice rests, and who answered does not`() throws {
        var peers = Peers()
        let (quiet, awake) = (Self.place(1), Self.place(2))
        peers.found([Self.find("a", .wallet, quiet), Self.find("b", .wallet, awake)], at: 0)
        var asked: [Int] = []
        for number in 0..<4 {
            let now = UInt64(number) * 600
            let round = peers.ask(typed: [], at: now) { _ in true }
            asked.append(round.calls.count)
            #expect(round.greetings.isEmpty && round.calls.contains(awake.address))
            peers.answered(try Self.hash(1), screen: 1, from: awake.address, [], at: now + 1)
        }
        #expect(asked == [2, 2, 1, 1])
        let later = peers.ask(typed: [], at: 600 + Peers.restsFor) { _ in true }
        #expect(later.calls.contains(quiet.address))
    }

    @Test func `only what was typed just now is asked beyond our own networks`() {
        var peers = Peers()
        let (far, near) = (Self.place(1), Self.place(2))
        peers.found([Self.find("a", .office, far), Self.find("b", nil, near)], at: 0)
        peers.typed(Self.place(3).address, at: 0)
        let round = peers.ask(typed: [], at: 0) { $0 == near }
        #expect(round.calls == [near.address] && round.greetings == [near.address])
    }

    @Test func `of each family one place is asked, and an office is greeted alone`() throws {
        var peers = Peers()
        let six = Endpoint(
            .six([0xFE, 0x80] + [UInt8](repeating: 1, count: 14), interface: 2),
            port: 7_000
        )
        peers.found([Self.find("Town", .office, Self.place(1), Self.place(2), six)], at: 0)
        peers.home(Self.place(5).address, at: 0)
        let round = peers.ask(typed: [], at: 0) { _ in true }
        #expect(round.calls.isEmpty)
        #expect(
            Set(round.greetings)
                == [Self.place(1).address, six.address, Self.place(5).address]
        )
        let home = try #require(peers.listed(at: 0).first { $0.ways == .home })
        #expect(home.addresses == [Self.place(5).address] && home.role == nil)
    }

    @Test func `what a node asks itself is no look-up of somebody else's`() throws {
        var (scout, other) = (Scout(for: try Self.key(1)), Scout(for: try Self.key(2)))
        func take(_ datagram: [UInt8]) -> Scout.Heard?? { scout.take(datagram, at: 1) }
        let (mine, others) = (scout.ask(at: 0), other.ask(at: 0))
        let (said, its) = (try #require(mine), try #require(others))
        for datagram in [said.everybody, said.some, said.offices] {
            #expect(take(datagram) == .some(nil))
        }
        #expect(take(its.everybody) == nil && take(its.offices) == nil)
    }
}
