import Keypad
import Meter
import Testing
import Wallet
import Wire
import Words

/// A keypad beside a meter's wallet (docs/PROTOCOL section 18.6).
@Suite struct PadTests {
    private static let top = IssuingKey(top: Bytes32(repeating: 7))

    private func key(_ generation: UInt64, _ name: String = "M-1", use: KeyUse = .real) -> MeterKey
    {
        Self.top.meterKey(must(MeterName(name)), must(Generation(generation)), for: use)
    }

    private func pad(after last: UInt64? = nil) -> Pad {
        must(try? Pad(key(1), after: last, in: .first))
    }

    private func token(_ sale: UInt64, _ wattHours: UInt64, _ generation: UInt64 = 1) -> Token {
        key(generation).token(must(SaleNumber(sale)), must(WattHours(wattHours)))
    }

    private func type(_ token: Token, _ pad: inout Pad, at minute: UInt64 = 0) -> Keypad.Verdict {
        pad.type(token, at: minute) { (_: Pad) in }
    }

    // MARK: One contact

    @Test func `digits close the contact, and it opens when they are used up`() {
        var bench = Bench(0)
        #expect(!bench.isClosed)
        bench.type(30)
        #expect(bench.isClosed && bench.meter.left.units == 30)
        bench.draw(100)
        #expect(!bench.isClosed && bench.tokens == Meter.Tokens(served: 30, left: 0))
        #expect(bench.purse == Purse(credit: 0, pulses: 0) && bench.memory.counter == 30)
        #expect(bench.events.contains(.credit(must(Amount(30)))))
    }

    @Test func `sticks have a last day, so they go first, and tokens serve the rest`() {
        var bench = Bench(15)
        bench.type(30)
        bench.draw(10)
        #expect(bench.purse == Purse(credit: 5, pulses: 10) && bench.tokens.left == 30)
        bench.draw(10)
        #expect(bench.purse == Purse(credit: 0, pulses: 15))
        bench.rest()
        #expect(bench.tokens == Meter.Tokens(served: 5, left: 25))
        // Whatever comes later goes before the tokens again.
        bench.charge(10)
        bench.draw(10)
        #expect(bench.purse == Purse(credit: 0, pulses: 25))
        #expect(bench.tokens == Meter.Tokens(served: 5, left: 25))
        #expect(bench.meter.servedInAll == 30 && bench.memory.counter == 30)
    }

    @Test func `what is kept of the counter stands before what tokens serve`() {
        var bench = Bench(0)
        bench.type(100)
        bench.orders = []
        bench.draw(12)
        #expect(bench.orders == [.keep, .serve(pulses: 12)])
    }

    @Test(arguments: 0..<40)
    func `served is what was counted, wherever the power is cut`(_ seed: UInt64) {
        for cut in [nil] + (0..<40).map(Optional.init) {
            var dice = Dice(seed)
            var bench = Bench(dice.below(20), perPulse: 1 + dice.below(3))
            bench.left = cut
            var (charged, typed) = (bench.purse.credit, UInt64(0))
            for _ in 0..<30 {
                let before = bench.pad?.desk.credited ?? 0
                switch dice.below(7) {
                case 0:
                    let more = dice.below(20)
                    charged += more
                    bench.charge(more)
                case 1: bench.type(1 + dice.below(30))
                case 2: bench.now += dice.below(90)
                case 3 where cut == nil: bench.pullPlug()
                case _: bench.draw(dice.below(9))
                }
                typed += (bench.pad?.desk.credited ?? 0) - before
                if bench.left == 0 { bench.pullPlug() }
                let pulse = bench.memory.perPulse
                #expect(bench.purse.credit + bench.purse.pulses * pulse == charged)
                let desk = bench.pad?.desk
                #expect((desk?.left ?? 0) + bench.tokens.served * pulse == typed)
                let served = bench.purse.pulses + bench.tokens.served
                #expect(bench.memory.counter >= served, "what is served was counted")
                #expect(bench.memory.counter * pulse <= charged + typed)
            }
            bench.left = nil
            for _ in 0..<3 { bench.rest() }
            #expect(bench.meter.counted == 0)
            #expect(bench.purse.pulses + bench.tokens.served == bench.memory.counter)
        }
    }

    @Test func `a pulse is whole watt-hours, or tokens serve none`() {
        let asset = must(Asset(code: "Wh", scale: 3))
        #expect(Pad.wattHours(ofPulse: 2_000, asset) == 2)
        #expect(Pad.wattHours(ofPulse: 1_500, asset) == nil)
        #expect(Pad.wattHours(ofPulse: 1, must(Asset(code: "Wh", scale: 0))) == 1)
        var one = pad()
        _ = type(token(1, 50), &one)
        #expect(one.tokens(ofPulse: nil, in: .first) == Meter.Tokens())
        #expect(one.tokens(ofPulse: 20, in: .first) == Meter.Tokens(served: 0, left: 2))
        #expect(one.serving(3, ofPulse: 20) == nil)
    }

    // MARK: Typing

    @Test func `taken, used, wrong and locked are told apart, and a lock lasts minutes of power`() {
        var one = pad()
        let sale = must(SaleNumber(1))
        #expect(type(token(1, 50), &one) == .taken(sale, must(WattHours(50))))
        #expect(type(token(1, 50), &one) == .used(sale))
        let guess = must(try? Token(typed: "12345678901234567890"))
        for _ in 0..<4 { #expect(type(guess, &one) == .wrong(lockedMinutes: 0)) }
        #expect(type(guess, &one) == .wrong(lockedMinutes: 1))
        #expect(type(token(2, 50), &one) == .locked(minutes: 1))
        // The minute that was counted before counts on.
        one = one.passed(to: 1).passed(to: 0)
        #expect(one.minute == 1 && one.locked(at: 0) == 0)
        #expect(type(token(2, 50), &one) == .taken(must(SaleNumber(2)), must(WattHours(50))))
    }

    @Test func `power that is cut while somebody types wins no try and loses no token`() throws {
        struct PowerCut: Error {}
        for stores in 0..<2 {
            for arrives in [false, true] {
                var (disk, count) = (pad(), 0)
                var one = disk
                #expect(throws: PowerCut.self) {
                    try one.type(token(1, 50), at: 3) { next in
                        guard count < stores else {
                            if arrives { disk = next }
                            throw PowerCut()
                        }
                        (disk, count) = (next, count + 1)
                    }
                }
                let wasTaken = stores == 1 && arrives
                #expect(disk.desk.tries == (wasTaken ? 0 : stores == 0 && !arrives ? 0 : 1))
                let again = type(token(1, 50), &disk, at: 3)
                let sale = must(SaleNumber(1))
                #expect(again == (wasTaken ? .used(sale) : .taken(sale, must(WattHours(50)))))
                #expect(disk.desk.credited == 50)
            }
        }
    }

    // MARK: Keys

    private func fault(
        _ pad: Pad,
        _ key: MeterKey,
        after last: UInt64? = nil,
        in epoch: Epoch = .first
    ) -> PadFault? {
        do {
            _ = try pad.loaded(with: key, after: last, in: epoch)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a later key of the same meter goes on with its desk`() throws {
        var one = pad()
        _ = type(token(3, 50), &one)
        let next = try one.loaded(with: key(2), after: nil, in: .first)
        #expect(next.desk.newest == 3 && next.desk.left == 50 && next.key == key(2))
        #expect(fault(one, key(1)) == .nothingNew)
        #expect(fault(next, key(1)) == .older(must(Generation(2))))
        #expect(fault(one, key(2), after: 9) == .lastKnown(3))
        #expect(fault(one, key(1, "M-2")) == .otherMeter(one.key.meter))
        #expect(fault(one, key(2, use: .test)) == .otherMeter(one.key.meter))
    }

    @Test func `production ends with the meter's own key`() throws {
        let test = try Pad(key(1, "TEST", use: .test), after: nil, in: .first)
        let real = try test.loaded(with: key(1), after: nil, in: .first)
        #expect(real.key == key(1) && real.desk.newest == 0)
    }

    @Test func `another life takes nothing that the one before may have taken`() throws {
        var one = pad()
        _ = type(token(3, 50), &one)
        one = must(one.serving(20, ofPulse: 1))
        let second = must(Epoch(2))
        #expect(one.tokens(ofPulse: 1, in: second) == Meter.Tokens(served: 20, left: 0))
        #expect(fault(one, key(1), after: 9, in: second) == .oldLife(.first))
        #expect(fault(one, key(2), in: second) == .lastMissing)
        var next = try one.loaded(with: key(2), after: 9, in: second)
        #expect(next.tokens(ofPulse: 1, in: second) == Meter.Tokens(served: 20, left: 0))
        #expect(type(token(9, 50, 2), &next) == .used(must(SaleNumber(9))))
        #expect(type(token(10, 50, 2), &next) == .taken(must(SaleNumber(10)), must(WattHours(50))))
    }

    @Test func `a home without a row, or with a test key's, takes nothing twice either`() throws {
        let second = must(Epoch(2))
        #expect(throws: PadFault.oldLife(.first)) { try Pad(key(1), after: 9, in: second) }
        #expect(throws: PadFault.lastMissing) { try Pad(key(2), after: nil, in: second) }
        var fresh = try Pad(key(2), after: 9, in: second)
        #expect(type(token(9, 50, 2), &fresh) == .used(must(SaleNumber(9))))
        // None was sold: that can be said too.
        #expect(try Pad(key(2), after: 0, in: second).desk.newest == 0)
        let test = try Pad(key(1, "TEST", use: .test), after: nil, in: .first)
        #expect(fault(test, key(1), after: 9, in: second) == .oldLife(.first))
        #expect(fault(test, key(2), in: second) == .lastMissing)
        #expect(fault(test, key(2), after: 9, in: second) == nil)
        let later = try Pad(key(2, "TEST", use: .test), after: 0, in: second)
        #expect(fault(later, key(1), after: 9, in: second) == .oldLife(.first))
    }

    @Test func `what was told and mistyped is told anew with a later key, before any is taken`()
        throws
    {
        let wrong = pad(after: 20_000)
        #expect(fault(wrong, key(1), after: 3) == .lastKnown(20_000))
        var right = try wrong.loaded(with: key(2), after: 3, in: .first)
        #expect(type(token(4, 50, 2), &right) == .taken(must(SaleNumber(4)), must(WattHours(50))))
        #expect(fault(right, key(3), after: 0) == .lastKnown(4))
    }

    @Test func `a row is read as it was written, and no other is`() throws {
        var one = pad(after: 5)
        _ = type(token(7, 50), &one, at: 9)
        one = must(one.serving(20, ofPulse: 1))
        #expect(try Pad(wireBytes: one.wireBytes) == one)
        let swapped = try one.loaded(with: key(2), after: nil, in: .first)
        var bytes = one.wireBytes
        let other = KeyPaper.meter(swapped.key).wireBytes
        let own = KeyPaper.meter(one.key).wireBytes
        let at = must(bytes.indices.first { bytes[$0...].starts(with: own) })
        bytes.replaceSubrange(at..<at + own.count, with: other)
        #expect(throws: WireError(.outOfRange, at: 0)) { try Pad(wireBytes: bytes) }
    }

    @Test func `the largest row fits where it is kept`() {
        var one = pad()
        for sale in 1...64 { _ = type(token(UInt64(sale), 1_000_000), &one) }
        #expect(one.desk.registers.count == 64)
        #expect(one.wireBytes.count + 2_048 < Limits.besideBytes)
    }
}
