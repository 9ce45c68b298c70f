import Oracle
import Testing
import Wire
import Words

/// What goes as it should is not found fault with, and adds up.
@Suite struct GoodStoryTests {
    @Test func `a street of payments keeps everything true`() {
        var street = Street("anna", "bert", "cleo")
        street.issue(1_000, to: 0)
        street.issue(500, to: 1)
        street.pay(0, 1, 300)
        street.pay(1, 2, 700)
        street.pay(2, 0, 650)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect((0..<3).map { street.oracle.balance($0).available } == [1_350, 100, 50])
        #expect(street.oracle.totals.issued == 1_500)
        #expect(street.oracle.totals.available == 1_500)
        #expect(street.oracle.totals.both == 0)
        #expect(street.oracle.strandedPayments == 0)
    }

    @Test func `between the two records units are counted on both sides`() {
        var street = Street("anna", "bert", "cleo")
        street.issue(100, to: 0)
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        #expect(street.oracle.balance(0) == (40, 60))
        #expect(street.oracle.totals.both == 0)
        street.sell(deed)
        #expect(street.oracle.totals.both == 60)
        // The payee spends them before the payer has heard of it.
        street.pay(1, 2, 60)
        #expect(street.oracle.balance(2) == (60, 0))
        street.finish(deed)
        #expect(street.oracle.balance(0) == (40, 0))
        #expect(street.oracle.totals.both == 0)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `cancelled units come back and are spent again with their release`() {
        var street = Street("anna", "bert", "cleo")
        street.issue(100, to: 0)
        let first = street.deed(0, 1, 70)
        street.hold(first)
        street.cancel(first)
        street.keep(first)
        #expect(street.oracle.balance(0) == (100, 0))
        let again = street.deed(0, 2, 100)
        #expect(again.passing.bits.contains { $0.releases == [first.abort] })
        street.hold(again)
        street.sell(again)
        street.finish(again)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.balance(2) == (100, 0))
    }

    @Test func `many payments run at once out of one piece, and end in any order`() {
        var street = Street("anna", "bert")
        street.issue(100, to: 0)
        var deeds: [Deed] = []
        for amount: UInt64 in [10, 20, 30, 40] {
            deeds.append(street.deed(0, 1, amount))
            street.hold(deeds[deeds.count - 1])
        }
        #expect(street.oracle.balance(0) == (0, 100))
        for at in [2, 0, 3] { street.sell(deeds[at]) }
        street.cancel(deeds[1])
        for at in [3, 2, 0] { street.finish(deeds[at]) }
        street.keep(deeds[1])
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.balance(0) == (20, 0))
        #expect(street.oracle.balance(1) == (80, 0))
    }

    @Test func `repeats say and change nothing new`() {
        var street = Street("anna", "bert")
        street.issue(100, to: 0)
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.oracle.said(0, deed.passing.agreed)
        street.sell(deed)
        street.oracle.said(1, deed.commit)
        street.finish(deed)
        street.oracle.said(0, deed.committed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `an ABORT of a payment nobody knew is in order`() {
        var street = Street("anna", "bert")
        street.issue(100, to: 0)
        let deed = street.deed(0, 1, 60)
        street.cancel(deed)
        street.hold(deed)
        street.keep(deed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `the same story has the same findings in the same order`() {
        func story() -> [Violation] {
            var street = Street("anna", "bert", "cleo")
            street.issue(100, to: 0)
            street.pay(0, 1, 60)
            let deed = street.deed(1, 2, 10)
            street.oracle.said(2, deed.commit)
            street.oracle.said(1, deed.passing.agreed)
            street.sell(deed)
            street.oracle.atRest()
            return street.oracle.violations
        }
        #expect(story().count > 3)
        #expect(story() == story())
    }

    @Test func `a violation is a line that a person can read`() {
        var street = Street("anna", "bert")
        street.issue(100, to: 0)
        let deed = street.deed(0, 1, 60)
        street.oracle.said(1, deed.commit)
        let line = "durable-before-said: home 1 payment 0000000000000001: "
        let what = "COMMIT is said and not on the disk"
        #expect(street.oracle.violations.map(\.description) == [line + what])
    }
}
