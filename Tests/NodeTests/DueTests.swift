import Money
import Testing
import Wallet
import Words

/// By when something is to be done with money: said in time, and of all of it.
@Suite struct DueTests {
    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }

    private func dues(_ party: Party, day: UInt64) -> [Due] {
        party.street.time.moment = must(Moment((20_000 + day) * 86_400))
        return party.balance.dues
    }

    private func day(_ number: UInt64) -> Day { must(Day(20_000 + number)) }

    @Test func `money tells its days a week before the last to be spent, and from then on`() {
        let (_, alice, _) = meeting(1_000)
        func due(_ state: Due.State) -> Due {
            Due(state, amount(1_000), spendUntil: day(30), settleUntil: day(60))
        }
        #expect(dues(alice, day: 23) == [])
        for soon: UInt64 in [24, 30] {
            #expect(dues(alice, day: soon) == [due(.soon)])
            #expect(alice.balance.available == amount(1_000))
        }
        for late: UInt64 in [31, 60] {
            #expect(dues(alice, day: late) == [due(.overdue)])
            #expect((alice.balance.available, alice.balance.overdue) == (.zero, amount(1_000)))
            #expect(alice.balance.redeemable == amount(1_000))
            #expect(alice.balance.largest == .zero)
        }
        #expect(dues(alice, day: 61) == [due(.settled)])
        #expect((alice.balance.overdue, alice.balance.settled) == (.zero, amount(1_000)))
        #expect(alice.balance.redeemable == .zero)
    }

    @Test func `what is due on one day is one sum, and days come in their order`() {
        let (street, alice, _) = meeting(1_000)
        let certificates = [street.office.certificate.der, alice.ownCertificate]
        for (request, days, units) in [
            (2, 28, 30), (3, 28, 40), (4, 100, 500), (5, 25, 7), (6, 2, 1), (7, 3, 2),
        ] as [(UInt8, UInt64, UInt64)] {
            let stick = street.office.stick(units, to: alice.key, request: request, days: days)
            alice.wish(.charge(stick, certificates: certificates))
        }
        let found = dues(alice, day: 26)
        #expect(found.map(\.state) == [.soon, .soon, .overdue, .overdue, .overdue])
        #expect(found.map(\.amount.units) == [70, 1_000, 1, 2, 7])
        #expect(found.map(\.spendUntil.number) == [20_028, 20_030, 20_002, 20_003, 20_025])
        let balance = alice.balance
        #expect((balance.available, balance.overdue) == (amount(1_570), amount(10)))
        let late = dues(alice, day: 57)
        #expect(late.map(\.state) == [.overdue, .overdue, .settled])
        #expect(late.map(\.amount.units) == [70, 1_000, 10])
        #expect(late.last?.settleUntil == day(55))
    }

    @Test func `a clock that was set back does not make money good again`() {
        let (street, alice, _) = meeting(1_000)
        let days: UInt64 = 40 * 86_400
        alice.openWindow(street.office.window(for: alice.key, issuedAfter: days))
        #expect(dues(alice, day: 0).map(\.state) == [.overdue])
    }
}
