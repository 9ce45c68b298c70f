import Keypad
import Testing
import Wire
import Words

@Suite struct DeskTests {
    private let amount = Made.amount(5_000)

    // MARK: Used, old, too far

    @Test func `a token counts once, also after a restart`() throws {
        var meter = Meter()
        #expect(meter.type(1) == .taken(Made.sale(1), amount))
        #expect(meter.type(1) == .used(Made.sale(1)))
        meter.desk = try TokenDesk(wireBytes: meter.disk)
        #expect(meter.type(1) == .used(Made.sale(1)))
        #expect(meter.desk.left == 5_000)
    }

    @Test func `tokens may come in any order within the window`() {
        var draws = Draws(4)
        for _ in 0..<20 {
            var meter = Meter()
            for number in (1...64).shuffled(using: &draws) {
                #expect(meter.type(number) == .taken(Made.sale(number), amount))
            }
            for number in 1...64 { #expect(meter.type(number) == .used(Made.sale(number))) }
            #expect(meter.desk.credited == 64 * 5_000)
        }
    }

    @Test func `what is below the window is old, taken or not`() {
        var meter = Meter()
        #expect(meter.type(2) == .taken(Made.sale(2), amount))
        #expect(meter.type(65) == .taken(Made.sale(65), amount))
        #expect(meter.type(1) == .old(Made.sale(1)))
        #expect(meter.type(2) == .used(Made.sale(2)))
        #expect(meter.type(66) == .taken(Made.sale(66), amount))
        #expect(meter.type(2) == .old(Made.sale(2)))
        #expect(meter.type(3) == .taken(Made.sale(3), amount))
    }

    @Test(arguments: [(500, true), (501, false), (999, false), (1_000, false), (1_500, false)])
    func `a first token may be 500 ahead`(_ number: Int, _ isTaken: Bool) {
        var meter = Meter()
        let wanted: Verdict =
            isTaken ? .taken(Made.sale(number), amount) : .wrong(lockedMinutes: 0)
        #expect(meter.type(number) == wanted)
    }

    @Test func `the edges of what is known lie where the protocol says`() {
        let newest = 20_000
        func verdict(_ number: Int) -> Verdict? {
            var meter = Meter(after: Made.sale(newest))
            return meter.type(number)
        }
        let wrong = Verdict.wrong(lockedMinutes: 0)
        #expect(verdict(newest + 501) == wrong)
        #expect(verdict(newest + 500) == .taken(Made.sale(newest + 500), amount))
        #expect(verdict(newest + 1) == .taken(Made.sale(newest + 1), amount))
        #expect(verdict(newest) == .used(Made.sale(newest)))
        #expect(verdict(newest - 63) == .used(Made.sale(newest - 63)))
        #expect(verdict(newest - 64) == .old(Made.sale(newest - 64)))
        #expect(verdict(newest - 499) == .old(Made.sale(newest - 499)))
        #expect(verdict(newest - 500) == .old(Made.sale(newest - 500)))
        #expect(verdict(newest - 8_499) == .old(Made.sale(newest - 8_499)))
        #expect(verdict(newest - 8_500) == wrong)
    }

    @Test func `the last number there is is taken, and nothing comes after it`() {
        let last = Int(Limits.saleNumber)
        var meter = Meter(after: Made.sale(last - 1))
        #expect(meter.type(last) == .taken(Made.sale(last), amount))
        #expect(meter.type(last) == .used(Made.sale(last)))
        #expect(meter.type(Made.token("00000000000000000000")) == .wrong(lockedMinutes: 0))
    }

    @Test func `one number with two amounts, as a seller that was put back sells, counts once`() {
        var meter = Meter()
        #expect(meter.type(1, 5_000) == .taken(Made.sale(1), amount))
        #expect(meter.type(1, 900_000) == .used(Made.sale(1)))
    }

    @Test func `two meters take each its own`() {
        var (first, second) = (Meter(), Meter(Made.top.meterKey(Made.name("M-1002"), .first)))
        let token = first.key.token(Made.sale(1), amount)
        #expect(second.type(token) == .wrong(lockedMinutes: 0))
        #expect(first.type(token) == .taken(Made.sale(1), amount))
        #expect(second.type(1) == .taken(Made.sale(1), amount))
    }

    @Test func `a changed key ends the old one, and a sale counts under one of them`() throws {
        var meter = Meter()
        let old = meter.key
        let new = Made.top.meterKey(Made.meter, try #require(Generation(2)))
        #expect(meter.type(1) == .taken(Made.sale(1), amount))
        let isChanged = meter.desk.change(to: new)
        #expect(isChanged)
        meter.key = new
        let unused = old.token(Made.sale(2), amount)
        #expect(meter.type(unused) == .wrong(lockedMinutes: 0))
        #expect(meter.type(1) == .used(Made.sale(1)))
        #expect(meter.type(2) == .taken(Made.sale(2), amount))
        let isBack = meter.desk.change(to: old)
        let isSame = meter.desk.change(to: new)
        let others = Made.top.meterKey(Made.name("M-9"), try #require(Generation(3)))
        let isOthers = meter.desk.change(to: others)
        #expect(!isBack && !isSame && !isOthers)
        #expect(meter.desk.left == 10_000)
    }

    @Test func `a device that takes over takes nothing that the earlier one may have taken`() {
        for last in [1, 5, 63, 64, 65, 700] {
            var meter = Meter(after: Made.sale(last))
            let first: Verdict = last > 64 ? .old(Made.sale(1)) : .used(Made.sale(1))
            #expect(meter.type(1) == first)
            #expect(meter.type(last) == .used(Made.sale(last)))
            #expect(meter.type(last + 1) == .taken(Made.sale(last + 1), amount))
        }
    }

    @Test func `with 64 tokens that are not used up the next is kept for later`() {
        var meter = Meter()
        for number in 1...64 { _ = meter.type(number) }
        #expect(meter.type(65) == .full(Made.sale(65)))
        #expect(meter.desk.tries == 0)
        #expect(meter.desk.serve(5_000) == 0)
        #expect(meter.type(65) == .taken(Made.sale(65), amount))
    }

    // MARK: Guessing

    @Test func `the fifth wrong try locks, and each further one doubles it up to 1024 minutes`() {
        var meter = Meter()
        for _ in 1...4 { #expect(meter.guess() == .wrong(lockedMinutes: 0)) }
        var locks: [UInt64] = []
        for _ in 5...17 {
            guard case .wrong(let minutes)? = meter.guess() else {
                Issue.record("a guess is wrong")
                return
            }
            locks.append(minutes)
            #expect(meter.guess() == .locked(minutes: minutes))
            meter.minute += minutes - 1
            #expect(meter.guess() == .locked(minutes: 1))
            meter.minute += 1
        }
        #expect(locks == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_024, 1_024])
    }

    @Test func `so many guesses fit into a day and a year as the protocol says`() {
        func guesses(in minutes: UInt64) -> Int {
            var meter = Meter()
            meter.minute = 0
            var count = 0
            while meter.minute < minutes {
                guard case .wrong(let locked)? = meter.guess(count) else { continue }
                count += 1
                meter.minute += locked
            }
            return count
        }
        #expect(guesses(in: 1_440) == 15)
        #expect(guesses(in: 525_600) == 527)
    }

    @Test func `while it is locked a good token is not looked at, and is good afterwards`() {
        var meter = Meter()
        for _ in 1...5 { _ = meter.guess() }
        let before = meter.desk
        #expect(meter.type(1) == .locked(minutes: 1))
        #expect(meter.desk == before && meter.isOnDisk)
        meter.minute += 1
        #expect(meter.type(1) == .taken(Made.sale(1), amount))
        #expect(meter.desk.tries == 0)
        for _ in 1...4 { #expect(meter.guess() == .wrong(lockedMinutes: 0)) }
    }

    @Test func `what was used or is old neither costs a try nor wins one`() {
        var meter = Meter()
        _ = meter.type(1)
        _ = meter.type(100)
        for _ in 1...4 { _ = meter.guess() }
        for _ in 1...10 {
            #expect(meter.type(100) == .used(Made.sale(100)))
            #expect(meter.type(1) == .old(Made.sale(1)))
        }
        #expect(meter.desk.tries == 4)
        #expect(meter.guess() == .wrong(lockedMinutes: 1))
    }

    @Test func `a clock that lost minutes only lengthens the lock, and a broken one traps nothing`()
    {
        var meter = Meter()
        meter.minute = 1_000
        for _ in 1...5 { _ = meter.guess() }
        meter.minute = 10
        #expect(meter.type(1) == .locked(minutes: 991))
        var broken = Meter()
        for _ in 1...100 {
            broken.minute = .max
            _ = broken.guess()
        }
        #expect(broken.desk.until <= UInt64(Int64.max) && broken.isOnDisk)
    }

    // MARK: Power

    @Test(arguments: [(1, false), (1, true), (2, false), (2, true)])
    func `the plug is pulled at each store of a good token, and it counts once`(
        _ store: Int,
        _ arrives: Bool
    ) {
        var meter = Meter()
        meter.plug = (store, arrives)
        #expect(meter.type(1) == nil)
        let isTaken = store == 2 && arrives
        #expect(meter.desk.left == (isTaken ? 5_000 : 0))
        #expect(meter.desk.tries == (isTaken || (store == 1 && !arrives) ? 0 : 1))
        #expect(meter.type(1) == (isTaken ? .used(Made.sale(1)) : .taken(Made.sale(1), amount)))
        #expect(meter.desk.left == 5_000 && meter.isOnDisk)
    }

    @Test func `pulling the plug wins no guess`() {
        var meter = Meter()
        var looked = 0
        for _ in 1...60 where meter.desk.until <= meter.minute {
            // As late as it can be: the verdict was known, and was stored nowhere.
            meter.plug = (2, false)
            _ = meter.guess()
            looked += 1
        }
        #expect(looked == 5)
        // A counter that never arrives is a guess that was never compared.
        var early = Meter()
        for _ in 1...60 {
            early.plug = (1, false)
            #expect(early.guess() == nil)
        }
        #expect(early.desk.tries == 0)
    }

    @Test func `any typing under any power cuts credits each sale once, and conserves`() {
        for seed in 1...60 as ClosedRange<UInt64> {
            var draws = Draws(seed)
            var meter = Meter()
            var taken: [SaleNumber: UInt64] = [:]
            var delivered: UInt64 = 0
            for _ in 0..<300 {
                meter.minute += .random(in: 0...40, using: &draws)
                if Int.random(in: 0..<4, using: &draws) == 0 {
                    meter.plug = (.random(in: 1...2, using: &draws), .random(using: &draws))
                }
                let number = Int.random(in: 1...120, using: &draws)
                let worth = number * 37
                let before = meter.desk
                let verdict =
                    Int.random(in: 0..<8, using: &draws) == 0
                    ? meter.guess(number) : meter.type(number, worth)
                meter.plug = nil
                if meter.desk.hasTaken(Made.sale(number)), !before.hasTaken(Made.sale(number)) {
                    #expect(taken.updateValue(UInt64(worth), forKey: Made.sale(number)) == nil)
                } else if case .taken? = verdict {
                    Issue.record("nothing is taken that is not marked")
                }
                let wanted = UInt64.random(in: 0...6_000, using: &draws)
                delivered += wanted - meter.desk.serve(wanted)
                let desk = meter.desk
                #expect(desk.credited == taken.values.reduce(0, +))
                #expect(desk.served == delivered && desk.left == desk.credited - delivered)
                #expect(desk.registers.reduce(0) { $0 + $1.left } == desk.left)
                #expect((try? TokenDesk(wireBytes: desk.wireBytes)) == desk)
                meter.save()
            }
        }
    }

    // MARK: Registers

    @Test func `what was taken first is served first, and nothing beyond what was bought`() {
        var meter = Meter()
        _ = meter.type(2, 100)
        _ = meter.type(1, 50)
        #expect(meter.desk.serve(30) == 0)
        #expect(meter.desk.registers.map(\.served) == [30, 0])
        #expect(meter.desk.registers.map(\.sale) == [Made.sale(2), Made.sale(1)])
        #expect(meter.desk.serve(80) == 0)
        #expect(meter.desk.registers.map(\.sale) == [Made.sale(1)])
        #expect(meter.desk.serve(100) == 60)
        #expect(meter.desk.left == 0 && meter.desk.served == 150 && meter.desk.registers.isEmpty)
        #expect(meter.desk.serve(1) == 1)
        #expect(meter.desk.serve(0) == 0)
    }
}
