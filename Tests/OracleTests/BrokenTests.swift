import Oracle
import Testing
import Wire
import Words

/// Each invariant is shown a story that breaks it, so that none is kept by not being looked at.
@Suite struct BrokenTests {
    /// Anna has 100, Bert and Cleo have nothing.
    func street() -> Street {
        var street = Street("anna", "bert", "cleo")
        street.issue(100, to: 0)
        return street
    }

    @Test func `conservation: a stick without its units`() {
        var street = street()
        let lost = stick(30, to: street.keys[1], "lost", asset: Street.euro)
        street.tell(1, street.setUp(stickPut(lost)))
        #expect(street.broken == [.conservation])
        #expect(street.oracle.violations.first?.sentence == "30 units are gone")
    }

    @Test func `conservation: units that come from nowhere are told once`() {
        var street = street()
        let bit = Bit(stick: street.free[0][0].stick, lo: 0, hi: 10)
        street.tell(1, street.setUp(bit.put))
        street.pay(0, 2, 50)
        #expect(street.broken.filter { $0 == .conservation }.count == 1)
        #expect(street.broken.contains(.oneHand))
    }

    @Test func `one hand: units of another, for as many of one's own`() {
        var street = street()
        street.pay(0, 1, 20)
        let mine = street.free[1][0]
        var other = mine
        (other.lo, other.hi) = (60, 80)
        let step = Step(
            entries: [LogEntry(kind: 17, bytes: [0x81, 0x01])],
            changes: [mine.remove, other.put]
        )
        street.tell(1, step)
        #expect(Set(street.broken) == [.oneHand])
        #expect(street.oracle.violations.contains { $0.homes == [1, 0] })
        #expect(street.oracle.violations.contains { $0.sentence.hasSuffix("in nobody's hands") })
    }

    @Test func `one hand: a lock that was lost`() {
        var street = street()
        let first = street.deed(0, 1, 30)
        street.hold(first)
        // The same units once more, in a step that takes other ones away.
        var again = street.deed(0, 2, 30)
        let cut = street.cut(again)
        again.passing.bits = first.passing.bits
        let row = again.open(0)
        street.tell(0, again.step(1, cut, .open(row, toCome: Deed.toCome)))
        #expect(street.broken.contains(.oneHand))
        #expect(street.broken.contains(.handedOverOnce))
    }

    @Test func `one hand: a stick that nobody was issued`() {
        var street = street()
        street.tell(1, street.setUp(Bit(stick: name("forged"), lo: 0, hi: 10).put))
        #expect(street.broken == [.oneHand, .conservation])
    }

    @Test func `atomicity: a payer cancels and the payee has recorded nothing`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.keep(deed)
        #expect(street.broken == [.atomicity])
    }

    @Test func `atomicity: a payee forgets before the payer has recorded`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.tell(1, street.completeStep(deed))
        #expect(street.broken == [.atomicity])
    }

    @Test func `atomicity: paid at one side and cancelled at the other`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.keep(deed)
        #expect(street.broken.first == .atomicity)
        #expect(street.oracle.violations.first?.homes == [0, 1])
        #expect(street.oracle.violations.first?.payment == deed.id)
    }

    @Test func `atomicity: the payer has paid before the payee recorded`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.tell(0, street.boughtStep(deed))
        #expect(street.broken.first == .atomicity)
    }

    @Test func `atomicity: the payee is paid by one who never held it`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.sell(deed)
        #expect(street.broken.first == .atomicity)
    }

    @Test func `durable before said: AGREED`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.oracle.said(0, deed.passing.agreed)
        #expect(street.broken == [.durableBeforeSaid])
        street.hold(deed)
        #expect(street.broken == [.durableBeforeSaid])
    }

    @Test func `durable before said: AGREED with another content`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        var other = deed
        other.passing.bits[0].hi = 70
        other.passing.counter += 1
        street.oracle.said(0, other.passing.agreed)
        #expect(street.broken == [.durableBeforeSaid])
    }

    @Test func `durable before said: COMMIT`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.oracle.said(1, deed.commit)
        #expect(street.broken == [.durableBeforeSaid])
        street.sell(deed)
        #expect(street.broken == [.durableBeforeSaid])
        var other = deed
        other.receiptAmount = 61
        street.oracle.said(1, other.commit)
        #expect(street.broken == [.durableBeforeSaid, .durableBeforeSaid])
    }

    @Test func `durable before said: COMMITTED`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.oracle.said(0, deed.committed)
        #expect(street.broken == [.durableBeforeSaid])
    }

    @Test func `durable before said: ABORT`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.oracle.said(1, deed.abort)
        #expect(street.broken == [.durableBeforeSaid])
    }

    @Test func `decided once: said after the other was recorded`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.cancel(deed)
        street.keep(deed)
        street.oracle.said(1, deed.commit)
        #expect(street.broken == [.decidedOnce])
    }

    @Test func `decided once: recorded after the other`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.finish(deed)
        street.tell(1, street.cancelledStep(deed))
        #expect(street.broken == [.decidedOnce])
    }

    @Test func `handed over once: the release is not carried`() {
        var street = street()
        let first = street.deed(0, 1, 60)
        street.hold(first)
        street.cancel(first)
        street.keep(first)
        var again = street.deed(0, 2, 100)
        for at in again.passing.bits.indices { again.passing.bits[at].releases = [] }
        street.hold(again)
        street.sell(again)
        street.finish(again)
        #expect(street.broken == [.handedOverOnce])
    }

    @Test func `handed over once: another payment's release excuses nothing`() {
        var street = street()
        let first = street.deed(0, 1, 60)
        street.hold(first)
        street.cancel(first)
        street.keep(first)
        var again = street.deed(0, 2, 100)
        let stranger = street.deed(0, 1, 60)
        for at in again.passing.bits.indices where !again.passing.bits[at].releases.isEmpty {
            again.passing.bits[at].releases = [stranger.abort]
        }
        street.hold(again)
        #expect(street.broken == [.handedOverOnce])
    }

    @Test func `handed over once: two contents in one place`() {
        var street = street()
        let first = street.deed(0, 1, 10)
        street.hold(first)
        var second = street.deed(0, 1, 20)
        second.passing.counter = first.passing.counter
        street.hold(second)
        #expect(Set(street.broken) == [.handedOverOnce, .course])
    }

    @Test func `course: a total that leaves out what was aborted`() {
        var street = street()
        let first = street.deed(0, 1, 60)
        street.hold(first)
        street.cancel(first)
        street.keep(first)
        var second = street.deed(0, 1, 40)
        second.passing.total = 40
        street.hold(second)
        #expect(street.broken == [.course])
        let sentence = "its total is 40, and those before it come to 100"
        #expect(street.oracle.violations.first?.sentence == sentence)
    }

    @Test func `course: another handover before it, a lower counter, leaves that do not open`() {
        for bend in [
            { (passing: inout Passing) in passing.previous = nil },
            { $0.previous = name("another") }, { $0.counter = 1 },
            { $0.closed = 2 }, { $0.closed = 4 },
        ] as [(inout Passing) -> Void] {
            var street = street()
            street.pay(0, 1, 10)
            street.pay(0, 1, 10)
            var third = street.deed(0, 1, 20)
            bend(&third.passing)
            street.hold(third)
            #expect(Set(street.broken).subtracting([.handedOverOnce]) == [.course])
        }
    }

    @Test func `signature: evidence that somebody else signed`() {
        /// One payment, and one that is cancelled; and what is said of both, twice.
        func run(_ oracle: Oracle) -> (Street, [(Hash, Key)]) {
            var street = Street("anna", "bert", telling: oracle)
            street.issue(100, to: 0)
            let good = street.deed(0, 1, 30)
            street.hold(good)
            street.sell(good)
            street.finish(good)
            let bad = street.deed(0, 1, 20)
            street.hold(bad)
            street.cancel(bad)
            street.keep(bad)
            street.oracle.said(1, good.commit)
            let said = [
                (good.passing.hash, good.passing.payer), (bad.passing.hash, bad.passing.payer),
                (good.commit.object.hash, good.passing.payee),
                (good.committed.object.hash, good.passing.payer),
                (bad.abort.object.hash, bad.passing.payee),
            ]
            return (street, said)
        }
        let (_, said) = run(Oracle())
        for (wrong, by) in said {
            let (street, _) = run(Oracle { hash, key, _ in hash != wrong || key != by })
            #expect(street.broken == [.signature])
            #expect(street.oracle.violations.first?.homes == [street.keys[0] == by ? 0 : 1])
        }
        #expect(run(Oracle { _, _, signature in signature == nobodys }).0.broken == [])
        #expect(run(Oracle { _, _, _ in false }).0.broken.count == said.count)
    }

    @Test func `once only: a payment ends twice`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.finish(deed)
        street.tell(1, street.completeStep(deed))
        #expect(street.broken == [.onceOnly])
        street.tell(0, street.boughtStep(deed))
        #expect(street.broken == [.onceOnly, .onceOnly])
    }

    @Test func `once only: a payee is credited again`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.finish(deed)
        street.sell(deed)
        #expect(street.broken.first == .onceOnly)
    }

    @Test func `once only: one payment with two handovers`() {
        var street = street()
        let first = street.deed(0, 1, 10)
        street.hold(first)
        var second = street.deed(0, 1, 20)
        second.passing.payment = first.id
        street.hold(second)
        #expect(street.broken.first == .onceOnly)
    }

    @Test(arguments: ["deal", "receipt", "asset", "units", "undo"])
    func `amounts: what was agreed, taken, credited and confirmed is the same`(_ what: String) {
        var street = street()
        var deed = street.deed(0, 1, 60)
        switch what {
        case "deal": deed.dealAmount = 61
        case "receipt": deed.receiptAmount = 61
        case "asset": deed.payeeAsset = .named("USD")
        case _: break
        }
        var held = street.heldStep(deed)
        if what == "undo" {
            var less = deed
            less.passing.bits[0].hi -= 1
            let taken = list(less.passing.bits.map(\.taken))
            let row = list(
                number(1),
                number(0),
                deed.deal(street.keys[1], Street.euro),
                deed.passing.whole,
                taken
            )
            held = deed.step(1, held.changes, .open(row, toCome: Deed.toCome))
        }
        street.tell(0, held)
        var paid = street.paidStep(deed)
        if what == "units" {
            var less = street.free[1][0]
            less.hi -= 1
            paid = deed.step(4, [less.put], paid.standing)
        }
        street.tell(1, paid)
        #expect(street.broken.first == .amount)
        #expect(what == "units" || Set(street.broken) == [.amount])
    }

    @Test func `amounts: a stick of another asset`() {
        var street = street()
        street.issue(50, to: 1, asset: .named("USD"))
        street.hold(street.deed(1, 2, 50))
        #expect(street.broken == [.amount])
    }

    @Test func `signer: a statement under another key`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.sell(deed)
        street.oracle.said(2, deed.commit)
        #expect(street.broken == [.signer])
    }

    @Test func `signer: HERE and REFUSE are under a key of their own`() {
        func here(_ key: Key) -> SignedObject {
            let content = list(value(Salt(high: 1, low: 1)), number(7))
            return SignedObject(
                Object(
                    .here,
                    from: key,
                    to: name("look-up").asKey,
                    answering: name("it"),
                    content: content
                ),
                nobodys
            )
        }
        func refuse(_ key: Key, _ deed: Deed) -> SignedObject {
            let content = list(text("person"))
            return SignedObject(
                Object(
                    .refuse,
                    from: key,
                    to: deed.passing.payee,
                    payment: deed.id,
                    answering: deed.passing.offer,
                    content: content
                ),
                nobodys
            )
        }
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.oracle.said(0, here(key("once")))
        street.oracle.said(0, refuse(key("once"), deed))
        #expect(street.broken == [])
        street.oracle.said(0, here(street.keys[0]))
        street.oracle.said(0, refuse(street.keys[0], deed))
        street.oracle.said(1, refuse(key("once"), deed))
        #expect(street.broken == [.signer, .signer, .signer])
    }

    @Test func `inert: such a wallet agrees to nothing and decides nothing`() {
        var street = street()
        street.tell(0, street.setUp(selfPut(street.keys[0], inert: "restored")))
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        #expect(street.broken == [.inertActs])
        street.tell(1, street.setUp(selfPut(street.keys[1], inert: "cut")))
        street.cancel(deed)
        #expect(street.broken == [.inertActs, .inertActs])
    }

    @Test func `inert: nobody decides for an epoch that is not its own`() {
        var street = street()
        street.tell(1, street.setUp(selfPut(street.keys[1], epoch: 2)))
        street.cancel(street.deed(0, 1, 60))
        #expect(street.broken == [.inertActs])
    }

    @Test(arguments: ["key", "row", "record", "self", "stick", "open", "finished"])
    func `rows: what cannot be read or fits nothing is named`(_ what: String) {
        var street = street()
        let bit = street.free[0][0]
        let deed = street.deed(0, 1, 100)
        switch what {
        case "key":
            var other = bit
            other.hi = 90
            street.tell(0, street.setUp(.put(.piece, key: bit.rowKey, bytes: other.row)))
        case "row": street.tell(0, street.setUp(.put(.piece, key: bit.rowKey, bytes: [0x80])))
        case "record":
            let held = street.heldStep(deed)
            street.tell(0, deed.step(2, held.changes, held.standing))
        case "self": street.tell(0, street.setUp(selfPut(street.keys[1])))
        case "stick":
            let one = stick(5, to: street.keys[1], "x", asset: Street.euro)
            let key = [1] + name("another").bytes.array
            street.tell(1, street.setUp(.put(.piece, key: key, bytes: list(number(1), value(one)))))
        case "open":
            street.tell(0, deed.step(1, [], .open([0x80], toCome: Deed.toCome)))
        case _: street.tell(0, deed.step(2, [], .finished([0x80])))
        }
        #expect(street.broken.first == .rows)
    }

    @Test func `rest: nobody is left in doubt`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.oracle.atRest()
        #expect(street.broken == [.rest])
        #expect(street.oracle.strandedPayments == 0)
    }

    @Test func `rest: a payment with an inert wallet waits for the office`() {
        var street = street()
        let deed = street.deed(0, 1, 60)
        street.hold(deed)
        street.tell(1, street.setUp(selfPut(street.keys[1], inert: "cut")))
        street.oracle.atRest()
        #expect(street.broken == [])
        #expect(street.oracle.strandedPayments == 1)
    }

    @Test func `serial: money that moved without a payment`() {
        var street = street()
        let bit = street.free[0][0]
        street.tell(0, street.setUp(bit.remove))
        street.tell(1, street.setUp(bit.put))
        street.oracle.atRest()
        #expect(street.oracle.totals.imbalance == 0)
        #expect(street.broken.suffix(2) == [.serial, .serial])
    }

    @Test func `the serial model adds and takes away`() {
        let events: [MoneyEvent] = [
            .issued(to: 0, amount: 10), .paid(from: 0, to: 1, amount: 7),
            .paid(from: 1, to: 2, amount: 2),
        ]
        #expect(Oracle.Serial(homes: 3, replaying: events).balances == [3, 5, 2])
    }
}

extension Hash {
    fileprivate var asKey: Key { Key(bytes) }
}
