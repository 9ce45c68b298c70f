import Oracle
import Testing
import Words

/// What comes back to a payer when a payee that is not honest signs ABORT.
@Suite struct ComingBackTests {
    /// Anna holds 60 for Bert, who keeps to no rule.
    func held() -> (Street, Deed) {
        var street = Street("anna", "bert", "cleo")
        street.issue(100, to: 0)
        street.oracle.dishonest(street.keys[1])
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        return (street, deed)
    }

    /// Bert passes on a part of what was handed to him.
    func passOn(_ deed: Deed, _ lo: UInt64, _ hi: UInt64, to who: Int, _ street: inout Street) {
        var bit = deed.passing.bits[0]
        (bit.lo, bit.hi, bit.parent) = (lo, hi, Parent(handover: deed.passing.hash, number: 0))
        street.sell(street.deed(1, who, [bit]))
    }

    /// The free pieces of somebody become others together with ABORT.
    func keep(_ deed: Deed, _ old: [Bit], _ new: [Bit], _ street: inout Street) {
        let keys = new.map(\.rowKey)
        street.free[deed.payer].removeAll { old.contains($0) }
        street.free[deed.payer] += new
        let gone = old.filter { !keys.contains($0.rowKey) }
        street.tell(
            deed.payer,
            deed.step(3, gone.map(\.remove) + new.map(\.put), .finished(deed.finished(0, 0)))
        )
    }

    func released(_ deed: Deed) -> Bit {
        var bit = deed.passing.bits[0]
        bit.releases.append(deed.abort)
        return bit
    }

    @Test func `what was aborted and never passed on is there once`() {
        var (street, deed) = held()
        passOn(deed, 0, 20, to: 2, &street)
        street.keep(deed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == 20)
        #expect(street.oracle.totals.available == 120)
        // What is passed on after that has no excuse either.
        passOn(deed, 20, 50, to: 2, &street)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == 50)
        #expect(street.oracle.balance(0) == (100, 0))
        #expect(street.oracle.balance(2) == (50, 0))
    }

    @Test func `convict: a part of what was aborted, under another parent`() {
        var (street, deed) = held()
        var bit = deed.passing.bits[0]
        (bit.hi, bit.parent) = (20, Parent(handover: name("nothing"), number: 0))
        street.sell(street.deed(1, 2, [bit]))
        street.keep(deed)
        street.oracle.atRest()
        #expect(street.broken == [.convict])
        #expect(street.oracle.totals.duplicated == 20)
    }

    @Test(arguments: [false, true])
    func `a payer who was paid with it meanwhile has it once`(_ twice: Bool) {
        var (street, deed) = held()
        passOn(deed, 0, 60, to: 0, &street)
        #expect(street.oracle.balance(0) == (100, 60))
        let longer = street.free[0].filter { $0.parent != nil }
        keep(deed, twice ? [] : longer, [released(deed)], &street)
        #expect(street.broken.first == (twice ? .amount : nil))
        guard !twice else { return }
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == 0)
        #expect(street.oracle.balance(0) == (100, 0))
    }

    @Test func `of what is back already, only the rest comes`() {
        var (street, deed) = held()
        passOn(deed, 10, 30, to: 0, &street)
        passOn(deed, 30, 40, to: 2, &street)
        keep(deed, street.free[0].filter { $0.parent != nil }, [released(deed)], &street)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == 10)
        #expect(street.oracle.balance(0) == (100, 0))
    }

    /// Anna has passed on to Cleo what came back, when Bert's ABORT brings it once more.
    @Test(arguments: [false, true])
    func `what is there twice may become one again`(_ isPaid: Bool) {
        var (street, deed) = held()
        passOn(deed, 0, 60, to: 0, &street)
        let longer = street.free[0].filter { $0.parent != nil }
        let second = street.deed(0, 2, longer)
        street.hold(second)
        street.keep(deed)
        #expect(street.oracle.totals.duplicated == 60)
        #expect(street.oracle.balance(0) == (100, 60))
        if isPaid {
            street.sell(second)
            street.finish(second)
        } else {
            street.cancel(second)
            keep(second, [], [], &street)
        }
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == (isPaid ? 60 : 0))
        #expect(street.oracle.balance(0) == (100, 0))
        #expect(street.oracle.balance(2) == (isPaid ? 60 : 0, 0))
    }

    /// Bert has recorded COMMIT, nobody saw it, his whole disk was put back, and he says ABORT.
    @Test(arguments: [0, 25, 60] as [UInt64])
    func `a life that was replaced leaves twice what it passed on`(_ passed: UInt64) {
        var street = Street("anna", "bert", "cleo")
        street.issue(100, to: 0)
        let old = street.disks[1]
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.tell(1, street.paidStep(deed))
        if passed > 0 { street.pay(1, 2, passed) }
        street.oracle.dishonest(street.keys[1])
        street.oracle.restored(1, old.recovered)
        street.oracle.said(1, deed.abort)
        street.keep(deed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == passed)
        #expect(street.oracle.balance(0) == (100, 0))
        #expect(street.oracle.balance(2) == (passed, 0))
    }

    @Test func `what comes back to a restored payer comes once`() {
        var (street, deed) = held()
        passOn(deed, 0, 20, to: 0, &street)
        passOn(deed, 20, 30, to: 2, &street)
        street.oracle.restored(0, street.disks[0].recovered)
        keep(deed, street.free[0].filter { $0.parent != nil }, [released(deed)], &street)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.stranded == 100)
        #expect(street.oracle.totals.duplicated == 10)
    }
}
