import Ledger
import Money
import Reckoning
import StandIns
import Testing
import Words

/// Each unit of each stick is in one place, and the first that is not is named.
@Suite struct AuditTests {
    var village = Village()
    let ada = Hand("ada")

    static let stick = Hash(Bytes32(repeating: 7))

    @Test func `units in two places, in none or beyond the stick are named`() throws {
        let wrong: [(Bool, [(UInt64, UInt64)], AuditFault)] = [
            (false, [(3, 6), (0, 4)], .twice(stick: Self.stick, unit: 3)),
            (true, [(0, 10), (9, 10)], .twice(stick: Self.stick, unit: 9)),
            (true, [(0, 4), (5, 10)], .missing(stick: Self.stick, unit: 4)),
            (true, [(0, 9)], .missing(stick: Self.stick, unit: 9)),
            (true, [], .missing(stick: Self.stick, unit: 0)),
            (false, [(8, 11)], .outside(stick: Self.stick, unit: 10)),
            (false, [(12, 13)], .outside(stick: Self.stick, unit: 12)),
        ]
        for (isSettled, ranges, fault) in wrong {
            var audit = Audit()
            let gone = ranges.map { Audit.Gone(units($0.0, $0.1), to: .redeemed) }
            #expect(throws: fault) {
                try audit.add(Self.stick, of: amount(10), isSettled: isSettled, gone)
            }
            #expect(audit == Audit())
        }
        var audit = Audit()
        try audit.add(Self.stick, of: .largest, isSettled: false, [])
        #expect(throws: AuditFault.tooMuch(stick: Self.stick)) {
            try audit.add(Self.stick, of: amount(1), isSettled: false, [])
        }
    }

    @Test mutating func `a ledger that says something else is named`() throws {
        var ledger = Ledger()
        let account = try ledger.open(.person, must(Text("Ada")))
        try ledger.post(Act(.deposit, account, amount(30)).postings)
        try ledger.post(Act(.charge, account, amount(10)).postings)
        let stick = village.stick(10, to: ada)
        var audit = Audit()
        try audit.add(stick, in: village.reckoning)
        try audit.agree(with: ledger)
        try ledger.post(Act(.settlement, account, amount(4)).postings)
        #expect(
            throws: AuditFault.balance(.outstanding, sticks: 10, books: must(Balance(6)))
        ) { try audit.agree(with: ledger) }
        try ledger.post(Act(.charge, account, amount(4)).postings)
        #expect(throws: AuditFault.balance(.issued, sticks: 10, books: must(Balance(-14)))) {
            try audit.agree(with: ledger)
        }
        let elsewhere = Issued(
            id: stick.id,
            owner: stick.owner,
            units: amount(11),
            settleUntil: stick.settleUntil,
            epoch: nil,
            number: stick.number
        )
        #expect(throws: AuditFault.missing(stick: stick.id, unit: 0)) {
            try audit.add(elsewhere, in: village.reckoning)
        }
    }

    @Test mutating func `each place is counted for itself`() throws {
        let back = village.pass(
            [village.stick(10, to: ada).entry(2, 5)],
            from: ada,
            to: village.office
        )
        let stick = village.reckoning.sticks[0]
        try village.show(back)
        try village.reckoning.redeem(back.handover.hash, as: .consumed)
        var audit = Audit()
        try audit.add(stick, in: village.reckoning)
        #expect(audit.sums.consumed == 3 && audit.sums.outstanding == 7)
        #expect(village.shares(stick) == "0..<2 ada, 2..<5 consumed, 5..<10 ada")
        let settlement = try #require(village.reckoning.settlement(of: stick.id))
        var after = Audit()
        try after.add(settlement)
        #expect(after.sums.consumed == 3 && after.sums.redeemed == 7)
        #expect(after.sums.issued == 10 && after.sums.outstanding == 0 && after.sums.lapsed == 0)
    }
}
