import Keypad
import Meter
import Testing
import Wallet
import Wire
import Words

func must<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("needed by the test") }
    return value
}

/// A wallet that does what PROTOCOL section 16.1 says, and whose disk is what it is.
struct Purse: Hashable {
    var credit: UInt64
    var pulses: UInt64 = 0

    mutating func consume(_ group: Consumption) -> Bool {
        guard group.through > pulses else { return true }
        guard group.after == pulses, group.units.units <= credit else { return false }
        credit -= group.units.units
        pulses = group.through
        return true
    }
}

/// A meter and its wallet, on a bench: what is ordered is done, until the plug is pulled.
struct Bench: Hashable {
    var purse: Purse
    /// What the hardware's own memory has.
    var memory: Device
    var meter: Meter
    var now: UInt64 = 20_000 * 86_400
    var isClosed = false
    /// Pulses that really were drawn: those of which the memory knows.
    var orders: [Meter.Order] = []
    /// Its keypad, as it is kept.
    var pad: Pad?
    /// How many of the next orders are done before the plug is pulled; nil is all.
    var left: Int?

    static let asset = must(Asset(code: "Wh", scale: 0))

    static func setting(low: UInt64 = 0) -> Meter.Setting {
        Meter.Setting(asset: asset, low: must(Amount(low)))
    }

    init(_ credit: UInt64, perPulse: UInt64 = 1, low: UInt64 = 0) {
        purse = Purse(credit: credit)
        memory = must(Device(perPulse: perPulse, at: must(Moment(now))))
        meter = Meter(
            Self.setting(low: low),
            memory,
            served: 0,
            credit: must(Amount(credit))
        )
        follow(meter.powerUp(at: moment))
    }

    var moment: Moment { must(Moment(now)) }
    var events: [Happening.What] { meter.device.events.map(\.what) }

    mutating func follow(_ all: [Meter.Order]) {
        for order in all {
            if left == 0 { return }
            left = left.map { $0 - 1 }
            orders.append(order)
            switch order {
            case .keep: memory = meter.device
            case .contact(let isClosed): self.isClosed = isClosed
            case .consume(let group):
                if purse.consume(group) { look() } else { follow(meter.refused(at: moment)) }
            case .serve(let pulses):
                pad = must(pad?.serving(pulses, ofPulse: memory.perPulse))
                look()
            }
        }
    }

    mutating func look() {
        follow(
            meter.has(
                must(Amount(purse.credit)),
                served: purse.pulses,
                tokens: tokens,
                at: moment
            )
        )
    }

    var tokens: Meter.Tokens {
        pad?.tokens(ofPulse: memory.perPulse, in: .first) ?? Meter.Tokens()
    }

    /// Somebody types the next sale of so many watt-hours.
    mutating func type(_ wattHours: UInt64) {
        var pad = self.pad ?? must(try? Pad(Self.key, after: nil, in: .first))
        let sale = must(SaleNumber(pad.desk.newest + 1))
        let token = Self.key.token(sale, must(WattHours(wattHours)))
        let verdict = pad.type(token, at: 0) { (_: Pad) in }
        guard verdict == .taken(sale, must(WattHours(wattHours))) else { return }
        self.pad = pad
        look()
    }

    static let key = IssuingKey(top: Bytes32(repeating: 7))
        .meterKey(must(MeterName("M-1")), .first)

    mutating func charge(_ units: UInt64) {
        purse.credit += units
        look()
    }

    /// So many watt-hours, in one second.
    mutating func draw(_ wattHours: UInt64) {
        now += 1
        follow(meter.draw(wattHours * LoadProfile.wattHour, at: moment))
    }

    /// All that is left is what the memory and the wallet's disk have.
    mutating func pullPlug() {
        let low = meter.setting.low
        isClosed = false
        left = nil
        meter = Meter(
            Self.setting(low: low.units),
            memory,
            served: purse.pulses,
            credit: must(Amount(purse.credit)),
            tokens: tokens
        )
        follow(meter.powerUp(at: moment))
    }

    /// Time goes on without a load, until nothing counted is left that is paid for.
    mutating func rest() {
        now += 100
        follow(meter.draw(0, at: moment))
    }
}

@Suite struct MeterTests {
    @Test func `without credit the contact stays open, and nothing is counted`() {
        var bench = Bench(0)
        #expect(!bench.isClosed && !bench.meter.device.isClosed)
        bench.draw(10)
        #expect(bench.meter.device.counter == 0 && bench.orders == [.keep])
    }

    @Test func `the contact opens with the last unit, and closes when credit comes`() {
        var bench = Bench(50)
        #expect(bench.isClosed)
        bench.draw(49)
        #expect(bench.isClosed && bench.meter.left.units == 1)
        bench.draw(1_000)
        #expect(!bench.isClosed && bench.purse == Purse(credit: 0, pulses: 50))
        #expect(bench.meter.device.counter == 50 && bench.meter.device.remainder == 0)
        bench.draw(1_000)
        #expect(bench.meter.device.counter == 50)
        bench.charge(5)
        #expect(bench.isClosed)
        bench.draw(5)
        #expect(!bench.isClosed && bench.purse == Purse(credit: 0, pulses: 55))
        let contact = bench.events.filter { [.contactOpened, .contactClosed].contains($0) }
        #expect(contact == [.contactClosed, .contactOpened, .contactClosed, .contactOpened])
    }

    @Test func `a pulse that more is asked for than there is left is not begun`() {
        var bench = Bench(25, perPulse: 10)
        bench.draw(100)
        #expect(bench.meter.device.counter == 2 && bench.purse == Purse(credit: 5, pulses: 2))
        #expect(!bench.isClosed && bench.meter.left.units == 5)
    }

    @Test func `pulses are served in groups, or when they have been counted for a while`() {
        var bench = Bench(1_000)
        bench.draw(9)
        #expect(bench.purse.pulses == 0 && bench.meter.counted == 9)
        bench.draw(1)
        #expect(bench.purse.pulses == 10)
        bench.draw(3)
        bench.now += 58
        bench.follow(bench.meter.draw(0, at: bench.moment))
        #expect(bench.purse.pulses == 10)
        bench.rest()
        #expect(bench.purse.pulses == 13)
    }

    @Test func `what its hardware keeps is kept before its pulses are consumed`() {
        var bench = Bench(100)
        bench.orders = []
        bench.draw(12)
        let group = Consumption(must(Amount(12)), of: Bench.asset, after: 0, through: 12)
        #expect(bench.orders == [.keep, .consume(group)])
    }

    @Test func `it warns once of little credit, and again when there was more meanwhile`() {
        var bench = Bench(100, low: 20)
        bench.draw(80)
        #expect(!bench.events.contains { if case .lowCredit = $0 { true } else { false } })
        for _ in 0..<5 { bench.draw(1) }
        bench.charge(10)
        bench.draw(10)
        let warned = bench.events.compactMap { one -> UInt64? in
            if case .lowCredit(let left) = one { left.units } else { nil }
        }
        #expect(warned == [19, 15])
        #expect(bench.events.contains(.credit(must(Amount(10)))))
    }

    @Test
    func `credit that goes elsewhere opens the contact, and what was counted is served first`() {
        var bench = Bench(20)
        bench.draw(8)
        bench.purse.credit = 3
        bench.look()
        #expect(!bench.isClosed && bench.events.contains(.creditGone(must(Amount(17)))))
        #expect(bench.purse == Purse(credit: 0, pulses: 3) && bench.meter.counted == 5)
        bench.charge(6)
        #expect(bench.isClosed && bench.meter.left.units == 1)
        bench.rest()
        #expect(bench.purse == Purse(credit: 1, pulses: 8) && bench.meter.counted == 0)
    }

    @Test func `a group that the wallet does not take is not asked for again and again`() {
        var bench = Bench(100)
        bench.purse.pulses = 7
        bench.draw(10)
        bench.draw(10)
        #expect(bench.events.filter { $0 == .notServed }.count == 1)
        #expect(bench.purse == Purse(credit: 100, pulses: 7))
        bench.look()
        bench.draw(10)
        #expect(bench.purse.pulses == 30 && bench.meter.counted == 0)
    }

    @Test func `a clock that is set back, and a counter that fell behind, are events`() {
        var bench = Bench(100)
        bench.draw(15)
        bench.now -= 3_600
        bench.follow(bench.meter.draw(0, at: bench.moment))
        #expect(bench.events.contains(.clockBack(3_600)))
        bench.memory = must(Device(perPulse: 1, at: bench.moment))
        bench.pullPlug()
        #expect(bench.events.contains(.counterBehind(15)))
        bench.draw(20)
        #expect(bench.purse == Purse(credit: 65, pulses: 35))
    }

    @Test func `power that goes with a word, and without one, is told apart`() {
        var bench = Bench(100)
        bench.follow(bench.meter.powerDown(at: bench.moment))
        bench.pullPlug()
        bench.pullPlug()
        #expect(
            bench.events == [
                .powerUp, .contactClosed, .powerDown, .powerUp, .contactClosed, .powerCut,
                .contactClosed,
            ]
        )
        #expect(bench.meter.powerDown(at: bench.moment).contains(.contact(isClosed: false)))
    }

    @Test func `what was used today begins anew with the day`() {
        var bench = Bench(100)
        bench.draw(30)
        #expect(bench.meter.device.today == 30)
        bench.now += 86_400
        bench.follow(bench.meter.draw(0, at: bench.moment))
        bench.draw(12)
        #expect(bench.meter.device.today == 12)
    }

    @Test func `the log keeps the newest, and says how many there were`() throws {
        var bench = Bench(100)
        for _ in 0..<500 { bench.pullPlug() }
        let device = bench.meter.device
        #expect(device.events.count == Device.eventsAtMost)
        #expect(device.happened == 1_002)
        let bytes = device.wireBytes
        #expect(bytes.count <= Device.bytesAtMost)
        #expect(try Device(wireBytes: bytes) == device)
    }

    // MARK: Power cuts

    /// A meter's day, with the plug pulled after so many orders.
    private func run(_ dice: inout Dice, cutAfter: Int?) -> Bench {
        var bench = Bench(dice.below(40), perPulse: 1 + dice.below(3), low: dice.below(10))
        bench.left = cutAfter
        var charged = bench.purse.credit
        for _ in 0..<30 {
            switch dice.below(6) {
            case 0:
                let more = dice.below(30)
                charged += more
                bench.charge(more)
            case 1: bench.now += dice.below(90)
            case 2 where bench.left != 0 && cutAfter == nil: bench.pullPlug()
            case _: bench.draw(dice.below(9))
            }
            if bench.left == 0 { bench.pullPlug() }
            let perPulse = bench.memory.perPulse
            let served = bench.purse.pulses * perPulse
            #expect(bench.purse.credit + served == charged, "nothing is gained and nothing lost")
            #expect(bench.memory.counter >= bench.purse.pulses, "what is served was counted")
            #expect(bench.memory.counter * perPulse <= charged, "never more than is owned")
        }
        bench.rest()
        bench.rest()
        #expect(bench.meter.counted == 0 && bench.purse.pulses == bench.memory.counter)
        return bench
    }

    @Test(arguments: 0..<60)
    func `served is what was counted, wherever the power is cut`(_ seed: UInt64) {
        var dice = Dice(seed)
        _ = run(&dice, cutAfter: nil)
        for cut in 0..<40 {
            var dice = Dice(seed)
            _ = run(&dice, cutAfter: cut)
        }
    }
}

/// Numbers from a seed: the same ones each time.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func below(_ count: UInt64) -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % count
    }
}
