import Books
import Certificates
import Clerk
import Commit
import Foundation
import Ledger
import Links
import Mint
import Money
import Office
import Sealing
import Station
import Testing
import Wallet
import Words

/// An office's node and a wallet's, in one process, each on a socket of its own.
@Suite(.serialized) struct ServingTests {
    private final class Street {
        let town: Town
        let ada: Home
        private(set) var office: Station?
        private(set) var wallet: Station?
        private(set) var news: [News] = []
        private(set) var answers: [Answer] = []
        private let port: UInt16

        private static var settings: UDP.Settings {
            var settings = UDP.Settings()
            settings.networks = ["lo"]
            return settings
        }

        init() throws {
            town = try Town()
            ada = Home(town.home.folder + "/../ada")
            try town.invite(17)
            var phone = Phone()
            let answer = try town.ask(try phone.enrol(17, of: town))
            let window = try Self.settle(phone, answer, ada)
            let wallet = try Self.open(ada)
            self.wallet = wallet
            port = 0
            office = nil
            _ = wallet.wish(.open(window, certificates: [answer.outcome.certificates[1]]))
            try openOffice()
        }

        /// Makes a wallet's home of what enrolling brought.
        private static func settle(
            _ phone: Phone,
            _ answer: Answer,
            _ home: Home
        ) throws -> Window {
            let ders = answer.outcome.certificates
            let root = try Certificate(rootDER: ders[0], checking: OfficeHome.isSigned).key
            let window = try Window(reading: answer.outcome.papers[1])
            let owner = Wallet.Owner(
                key: phone.ring.identity.key,
                root: root,
                epoch: .first,
                certificates: [
                    Certified(key: phone.ring.identity.key, issuer: window.office, der: ders[2]),
                    Certified(key: window.office, issuer: root, der: ders[1]),
                ],
                name: try NameStatement(reading: answer.outcome.papers[0])
            )
            var chance = SystemChance()
            let sealed = try KeyFile.sealed(phone.ring, by: Town.lock, chance: &chance)
            try home.take(
                try home.draft(phone.ring, sealed: sealed, root: ders[0], owner: owner)
            )
            return window
        }

        private static func open(_ home: Home) throws -> Station {
            try Station(
                home,
                lock: Town.lock,
                settings,
                checking: Checks(OfficeHome.isSigned),
                cores: 1
            )
        }

        /// Opens the office's node; it has the port that it had before.
        func openOffice() throws {
            let (_, residence) = try town.home.counter(town.till, town.ring, at: town.now) { $0 }
            var seams = Seams()
            let now = Town.noon
            seams.clock = { now }
            office = try Station(
                residence,
                Self.settings,
                checking: Checks(OfficeHome.isSigned),
                cores: 1,
                seams: seams
            )
        }

        /// The process ends in order, or, where it is killed, as it stands.
        func closeOffice() throws {
            office?.close()
            office = nil
            try town.restart()
        }

        var address: Address {
            get throws {
                guard case .info(let info)? = office?.ask(.info) else { throw Lost() }
                return try Endpoint(typed: "127.0.0.1:\(info.port)").address
            }
        }

        struct Lost: Error {}

        /// Turns both until something is so.
        func run(until isSo: () -> Bool) throws {
            for _ in 0..<2_000 where !isSo() {
                if let office { _ = try office.turn(atMost: 2) }
                if let wallet {
                    for one in try wallet.turn(atMost: 2).news {
                        news.append(one)
                        if case .answered(let answer) = one { answers.append(answer) }
                    }
                }
            }
            #expect(isSo())
        }

        func balance() -> UInt64 {
            guard case .balances(let purses)? = wallet?.ask(.balances) else { return 0 }
            return purses.first?.balance.available.units ?? 0
        }
    }

    @Test func `a wallet charges, redeems and syncs, whatever the office's process does`() throws {
        let street = try Street()
        let town = street.town
        let wallet = try #require(street.wallet)
        _ = wallet.ask(.charge(Town.euro, Town.amount(300), at: try street.address))
        try street.run { street.balance() == 300 }
        #expect(town.till.books.ledger.balance(Town.ada)?.units == 200)
        #expect(town.till.books.ledger == town.till.mint.ledger)
        // What was charged is there after a restart of the office, and some comes back.
        try street.closeOffice()
        try street.openOffice()
        _ = wallet.ask(.redeem(Town.euro, Town.amount(120), at: try street.address))
        try street.run { town.till.books.ledger[.redeemed].units == 120 }
        try street.run { street.balance() == 180 }
        #expect(town.till.books.ledger.balance(Town.ada)?.units == 320)
        #expect(town.till.books.ledger == town.till.mint.ledger)
        // It hands in what it signed: the payment to the office.
        _ = wallet.ask(.sync(from: 1, at: try street.address))
        let before = street.answers.count
        try street.run { street.answers.count > before }
        let answer = try #require(street.answers.last)
        #expect(answer.outcome.refusal == nil && answer.outcome.numbers.first == 1)
        _ = try town.till.books.audit()
        try street.closeOffice()
        #expect(town.till.books.ledger[.redeemed].units == 120)
    }

    @Test func `what a meter has used up is booked as that, and is that after a restart`() throws {
        let street = try Street()
        let town = street.town
        let wallet = try #require(street.wallet)
        _ = wallet.ask(.charge(Town.euro, Town.amount(300), at: try street.address))
        try street.run { street.balance() == 300 }
        let group = Consumption(Town.amount(50), of: Town.euro, after: 0, through: 50)
        _ = wallet.wish(.consume(group))
        #expect(street.balance() == 250)
        _ = wallet.ask(
            .redeem(Town.euro, Town.amount(50), at: try street.address, as: .consumed)
        )
        try street.run { town.till.books.ledger[.consumed].units == 50 }
        let ledger = town.till.books.ledger
        #expect((ledger[.redeemed].units, ledger[.earned].units) == (0, 50))
        #expect(ledger.balance(Town.ada)?.units == 200 && ledger == town.till.mint.ledger)
        #expect(try town.till.auditUnits().map(\.out.units) == [250])
        try street.closeOffice()
        #expect(town.till.books.ledger == ledger && town.till.mint.ledger == ledger)
        #expect(try town.till.auditUnits().map(\.out.units) == [250])
        _ = try town.till.books.audit()
    }
}
