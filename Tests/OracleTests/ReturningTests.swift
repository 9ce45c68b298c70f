import Oracle
import Testing
import Words

/// Restarts, restored homes, and keys that are not honest.
@Suite struct ReturningTests {
    func street() -> Street {
        var street = Street("anna", "bert", "cleo")
        street.issue(100, to: 0)
        return street
    }

    // MARK: Restarts

    @Test func `a restart finds what was acknowledged`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        for who in 0..<3 {
            street.oracle.restarted(who, street.disks[who].recovered, inFlight: nil)
        }
        street.sell(deed)
        street.oracle.restarted(1, street.disks[1].recovered, inFlight: nil)
        street.finish(deed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test(arguments: [false, true])
    func `a group in flight is there as a whole or not at all`(_ isThere: Bool) {
        var street = street()
        let deed = street.deed(0, 1, 60)
        let step = street.heldStep(deed)
        var disk = street.disks[0]
        if isThere { disk.write(step) }
        street.oracle.restarted(0, disk.recovered, inFlight: [step])
        #expect(street.oracle.violations == [])
        #expect(street.oracle.balance(0).held == (isThere ? 60 : 0))
        street.oracle.said(0, deed.passing.agreed)
        #expect(street.broken == (isThere ? [] : [.durableBeforeSaid]))
    }

    @Test(arguments: [false, true])
    func `a record that changes no row is told by its number`(_ isThere: Bool) {
        var street = street()
        let deed = street.deed(0, 1, 60)
        let step = street.cancelledStep(deed)
        var disk = street.disks[1]
        if isThere { disk.write(step) }
        street.oracle.restarted(1, disk.recovered, inFlight: [step])
        street.oracle.said(1, deed.abort)
        #expect(street.broken == (isThere ? [] : [.durableBeforeSaid]))
    }

    @Test func `acknowledged: half of a group`() {
        var street = street()
        var disk = street.disks[0]
        var steps: [Step] = []
        for amount: UInt64 in [60, 30] {
            steps.append(street.heldStep(street.deed(0, 1, amount)))
        }
        disk.write(steps[0])
        street.oracle.restarted(0, disk.recovered, inFlight: steps)
        #expect(street.broken == [.acknowledged])
    }

    @Test func `acknowledged: a record that is gone`() {
        var street = street()
        let before = street.disks[0]
        street.hold(street.deed(0, 1, 60))
        street.oracle.restarted(0, before.recovered, inFlight: nil)
        #expect(street.broken == [.acknowledged])
    }

    @Test func `acknowledged: a finished payment that is gone shows by the number alone`() {
        var street = street()
        let before = street.disks[1]
        street.cancel(street.deed(0, 1, 60))
        street.oracle.restarted(1, before.recovered, inFlight: nil)
        #expect(street.broken == [.acknowledged])
    }

    @Test func `acknowledged: a row that is another`() {
        var street = street()
        var disk = DiskModel()
        disk.write(street.setUp(selfPut(street.keys[1], epoch: 9)))
        street.oracle.restarted(1, disk.recovered, inFlight: nil)
        #expect(street.broken == [.acknowledged])
    }

    // MARK: Restored homes

    @Test func `what a restored home owned is stranded, whatever its old rows say`() {
        var street = street()
        let old = street.disks[0]
        street.pay(0, 1, 60)
        street.oracle.restored(0, old.recovered)
        #expect(street.oracle.balance(0) == (0, 0))
        #expect(street.oracle.totals.stranded == 40)
        street.tell(0, street.setUp(selfPut(street.keys[0], inert: "restored")))
        street.pay(1, 2, 60)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `a payment that a restored payer forgot waits for the office`() {
        var street = street()
        let old = street.disks[0]
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.oracle.restored(0, old.recovered)
        street.sell(deed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.strandedPayments == 1)
        #expect(street.oracle.totals.both == 60)
        // Shown its own signature, it marks the units as spent.
        street.finish(deed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.strandedPayments == 0)
        #expect(street.oracle.totals.both == 0)
    }

    @Test func `a restored payer hears the old decision again`() {
        var street = street()
        let paid = street.deed(0, 1, 60)
        street.hold(paid)
        let old = street.disks[0]
        street.sell(paid)
        street.finish(paid)
        street.oracle.restored(0, old.recovered)
        street.tell(0, street.boughtStep(paid))
        street.oracle.said(0, paid.committed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `what comes back to a restored payer is stranded`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.oracle.restored(0, street.disks[0].recovered)
        street.cancel(deed)
        street.keep(deed)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.stranded == 100)
    }

    @Test func `inert: a restored home that pays`() {
        var street = street()
        let old = street.disks[0]
        street.pay(0, 1, 60)
        street.oracle.restored(0, old.recovered)
        street.hold(street.deed(0, 1, 20))
        #expect(street.broken == [.inertActs])
    }

    @Test func `decided once: a restored payee that no longer knows`() {
        var street = street()
        let old = street.disks[1]
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.oracle.restored(1, old.recovered)
        street.oracle.said(1, deed.abort)
        #expect(street.broken == [.decidedOnce])
    }

    // MARK: Dishonest keys

    /// Anna is cloned and pays both others with the same units.
    func cloned(parent: Parent? = nil, released: Bool = false, swapped: Bool = false) -> Street {
        var street = street()
        street.oracle.dishonest(street.keys[0])
        let first = street.deed(0, 1, 60)
        var bits = first.passing.bits
        bits[0].parent = parent
        if released { bits[0].releases = [first.abort] }
        let second = street.deed(0, 2, bits)
        for deed in swapped ? [second, first] : [first, second] { street.sell(deed) }
        return street
    }

    @Test func `units spent twice are counted apart, and somebody is convicted`() {
        var street = cloned()
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == 60)
        #expect(street.oracle.totals.available == 160)
        // They go on as any others do.
        street.pay(1, 2, 60)
        street.pay(2, 1, 120)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `convict: units that are there twice under another parent`() {
        var street = cloned(parent: Parent(handover: name("nothing"), number: 0))
        street.oracle.atRest()
        #expect(street.broken == [.convict])
    }

    @Test(arguments: [false, true])
    func `convict: a release that was carried excuses, whichever came first`(_ swapped: Bool) {
        var street = cloned(released: true, swapped: swapped)
        street.oracle.atRest()
        #expect(street.broken == [.convict])
    }

    @Test func `a payee that uses what it aborted is convicted`() {
        var street = street()
        street.oracle.dishonest(street.keys[1])
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        let parent = Parent(handover: deed.passing.hash, number: 0)
        var bits = deed.passing.bits
        bits[0].parent = parent
        street.sell(street.deed(1, 2, bits))
        #expect(street.oracle.totals.both == 60)
        #expect(street.oracle.totals.duplicated == 0)
        street.keep(deed)
        #expect(street.oracle.totals.duplicated == 60)
        #expect(street.oracle.totals.both == 0)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.balance(0) == (100, 0))
    }

    /// Anna forks to two liars, who pay honest people with the two branches.
    @Test(arguments: [true, false])
    func `a fork deeper in the chain is found in what honest disks keep`(_ isKept: Bool) {
        var street = Street("anna", "bert", "cleo", "dora", "emil")
        street.issue(100, to: 0)
        for liar in 0..<3 { street.oracle.dishonest(street.keys[liar]) }
        let one = street.deed(0, 1, 60)
        for fork in [one, street.deed(0, 2, one.passing.bits)] {
            var bits = fork.passing.bits
            bits[0].parent = Parent(handover: fork.passing.hash, number: 0)
            let deed = street.deed(fork.payee, fork.payee + 2, bits)
            if isKept { street.tell(deed.payee, street.setUp(fork.link)) }
            street.sell(deed)
        }
        street.oracle.atRest()
        #expect(street.oracle.totals.duplicated == 60)
        #expect(street.broken == (isKept ? [] : [.convict]))
    }

    @Test func `what is issued to an ended epoch is stranded`() {
        var street = street()
        street.oracle.restored(0, street.disks[0].recovered)
        street.issue(50, to: 0)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.stranded == 150)
    }

    @Test func `a liar that pays what it was paid duplicates nothing`() {
        var street = street()
        street.oracle.dishonest(street.keys[1])
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.tell(0, street.boughtStep(deed))
        var bits = deed.passing.bits
        bits[0].parent = Parent(handover: deed.passing.hash, number: 0)
        street.sell(street.deed(1, 2, bits))
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.duplicated == 0)
        #expect(street.oracle.balance(2) == (60, 0))
    }

    @Test func `a key that turns dishonest in the middle keeps the sums`() {
        var street = street()
        let (open, told) = (street.deed(0, 1, 20), street.deed(0, 1, 60))
        street.hold(open)
        var late = told
        late.passing.bits[0] = Bit(stick: told.passing.bits[0].stick, lo: 20, hi: 80)
        street.hold(late)
        street.sell(late)
        street.oracle.dishonest(street.keys[0])
        #expect(street.oracle.totals.held == 0)
        street.sell(open)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.available == 100)
    }
}
