import Nearby
import Testing
import Words

/// What is said of a node to its neighbours, and what they may say of themselves.
@Suite struct AdvertTests {
    static func bytes(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

    @Test(arguments: Advert.Role.allCases)
    func `what is announced is read as it was meant`(_ role: Advert.Role) throws {
        let advert = Advert(role, name: Text("Town"), port: 7_600, networks: nil)
        #expect(advert.record == Self.bytes("txtvers=1", "role=\(role.rawValue)"))
        #expect(Card(advert.record)?.role == role)
        #expect(Advert.subtype(role) == "_\(role.rawValue)._sub._tally._udp")
    }

    @Test(
        arguments: [
            bytes("txtvers=1", "role=bank"), bytes("txtvers=1", "role="), bytes("txtvers=1"),
            bytes("txtvers=1", "role"), bytes("txtvers=1", "role=Shop"),
            bytes("txtvers=1", "\u{1B}[2J", "", "=", "role=shop2"),
        ]
    )
    func `a role that is not known here is none`(_ record: [[UInt8]]) throws {
        let card = try #require(Card(record))
        #expect(card.role == nil)
    }

    @Test(
        arguments: [
            [], bytes("role=shop"), bytes("txtvers=2", "role=shop"), bytes("txtvers=1 "),
            bytes("txtvers"), bytes("txtvers="), bytes("txtvers=2", "txtvers=1"),
            bytes("xtxtvers=1"), [[UInt8]](repeating: Array("txtvers=1".utf8), count: 17),
        ]
    )
    func `a record of another version, or of too many entries, is not ours`(
        _ record: [[UInt8]]
    ) {
        #expect(Card(record) == nil)
    }

    @Test func `keys are read whatever their case, and the first of several counts`() {
        let card = Card(Self.bytes("TXTVERS=1", "Role=office", "role=shop"))
        #expect(card?.role == .office)
    }

    @Test func `a wallet is announced by no name of its own`() {
        let advert = Advert(.wallet, name: nil, port: 1, networks: [1])
        #expect(advert.instance == nil)
    }

    @Test func `a long name is cut where a letter ends`() throws {
        let long = try #require(Text(String(repeating: "ö", count: 80)))
        let advert = Advert(.shop, name: long, port: 1, networks: nil)
        #expect(advert.instance == String(repeating: "ö", count: 31))
    }

    @Test func `what could make a screen lie is not shown`() {
        let name: [UInt8] = Array("Town\u{1B}[2J\u{202E}\n".utf8) + [0xFF, 0xC3]
        let shown = Advert.shown(name)
        #expect(shown.string == "Town\u{FFFD}[2J\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
        #expect(Advert.shown([]).string == "?")
        let long = Advert.shown([UInt8](repeating: 0x61, count: 100_000))
        #expect(long.byteCount == Advert.nameBytes)
    }
}
