import Oracle
import Testing
import Wire
import Words

/// A home that was put back, and the epoch that its office opens for it.
@Suite struct LivesTests {
    /// Anna has 100, and her home was put back to when she had them all.
    private func restored(paid: UInt64 = 0) -> (Street, [Bit]) {
        var street = Street("anna", "bert")
        street.issue(100, to: 0)
        let (disk, bits) = (street.disks[0], street.free[0])
        if paid > 0 { street.pay(0, 1, paid) }
        street.oracle.restored(0, disk.recovered)
        street.disks[0] = disk
        street.tell(0, street.setUp(selfPut(street.keys[0], inert: "an older state")))
        return (street, bits)
    }

    /// The step in which the next epoch begins: nothing that was free is.
    private func begin(_ street: inout Street, giving up: [Bit]) {
        let log = LogEntry(kind: 22, bytes: [0x81, 0x01])
        let own = selfPut(street.keys[0], epoch: 2)
        street.tell(0, Step(entries: [log], changes: up.map(\.remove) + [own]))
        street.free[0] = []
    }

    @Test(arguments: [0, 40] as [UInt64])
    func `who begins anew owns what comes to him from then on`(paid: UInt64) {
        var (street, bits) = restored(paid: paid)
        #expect(street.oracle.balance(0) == (0, 0))
        begin(&street, giving: bits)
        street.issue(50, to: 0)
        #expect(street.oracle.balance(0) == (50, 0))
        street.epoch = Epoch(2) ?? .first
        if paid > 0 { street.pay(1, 0, paid) }
        #expect(street.oracle.balance(0) == (50 + paid, 0))
        #expect(street.oracle.totals.stranded == 100 - paid)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `inert: what a life had that is over is free again`() {
        var (street, _) = restored()
        begin(&street, giving: [])
        #expect(street.broken == [.inertActs])
    }

    @Test func `conservation: what was stranded comes back out of nothing`() {
        var (street, bits) = restored()
        begin(&street, giving: bits)
        street.tell(0, street.setUp(bits[0].put))
        #expect(street.broken == [.oneHand, .conservation])
    }

    @Test func `what a life agreed to that is over comes back to nobody's hand to spend`() {
        var street = Street("anna", "bert")
        street.issue(100, to: 0)
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        let (disk, rest) = (street.disks[0], street.free[0])
        street.oracle.restored(0, disk.recovered)
        begin(&street, giving: rest)
        street.cancel(deed)
        street.tell(0, deed.step(3, [], .finished(deed.finished(0, 0))))
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
        #expect(street.oracle.totals.stranded == 100 && street.oracle.balance(0) == (0, 0))
    }

    @Test func `a stick that the life before asked for is not the next one's to spend`() {
        var (street, bits) = restored()
        begin(&street, giving: bits)
        let late = stick(50, to: street.keys[0], "late", asset: Street.euro)
        street.tell(0, street.setUp(stickPut(late)))
        #expect(street.oracle.balance(0) == (0, 0) && street.oracle.totals.stranded == 150)
        street.oracle.atRest()
        #expect(street.oracle.violations == [])
    }

    @Test func `innocent: only the key of a device that is lost is taken back`() {
        var market = Market()
        market.charge(1, 100)
        market.street.oracle.lost(1)
        #expect(market.oracle.totals.stranded == 100 && market.oracle.balance(1) == (0, 0))
        for (act, who) in [(19, 1), (19, 0), (22, 1)] as [(UInt64, Int)] {
            var entry = market.entry(act)
            entry.word = BookedEntry.Word(
                about: Hash(market.street.keys[who].bytes),
                place: 0,
                bytes: []
            )
            market.write(entry)
        }
        #expect(market.broken == [.innocent, .innocent])
    }

    /// Anna paid Bert, whose home was put back: his units go to Anna when their stick is settled.
    @Test(arguments: [false, true])
    func `settled once: nobody has forgotten it but he`(isPayerPutBack: Bool) {
        var market = Market()
        market.charge(0, 300)
        market.street.pay(0, 1, 100)
        let stick = market.street.free[0][0].stick
        for who in isPayerPutBack ? [0, 1] : [1] {
            market.street.oracle.restored(who, market.street.disks[who].recovered)
        }
        var entry = market.entry(6, [16: 300, 2: -300, 9: -300, 10: 300])
        let ranges = list(list(number(0), number(300)))
        entry.word = BookedEntry.Word(
            about: stick,
            place: 0,
            bytes: list(number(1), value(market.street.keys[0]), number(2), ranges)
        )
        market.write(entry)
        market.write(market.entry(24))
        #expect(market.broken == (isPayerPutBack ? [] : [.settledOnce]))
        #expect(market.oracle.madeGood.forgotten == (isPayerPutBack ? 100 : 0))
    }
}
