import Keypad
import Testing
import Wire
import Words

@Suite struct RowTests {
    /// A desk's row, with one thing in it that could not have come about.
    struct Fields {
        var use: UInt64 = 1
        var meter = "M-1001"
        var generation: UInt64 = 1
        var newest: UInt64 = 5
        var window: UInt64 = 0b11001
        var tries: UInt64 = 2
        var until: UInt64 = 0
        var credited: UInt64 = 300
        var served: UInt64 = 120
        var registers: [[UInt64]] = [[5, 100, 20], [1, 100, 0]]

        var bytes: [UInt8] {
            var writer = Writer()
            writer.array(11)
            writer.number(1)
            writer.number(use)
            writer.text(meter)
            writer.number(generation)
            for number in [newest, window, tries, until, credited, served] {
                writer.number(number)
            }
            writer.array(registers.count)
            for register in registers {
                writer.array(register.count)
                for number in register { writer.number(number) }
            }
            return writer.bytes
        }

        func with(_ change: (inout Fields) -> Void) -> Fields {
            var fields = self
            change(&fields)
            return fields
        }
    }

    @Test func `a row that could have come about is read and written the same`() throws {
        let desk = try TokenDesk(wireBytes: Fields().bytes)
        #expect(desk.wireBytes == Fields().bytes)
        #expect(desk.left == 180 && desk.hasTaken(Made.sale(4)) == false)
        #expect([1, 2, 5].map { desk.hasTaken(Made.sale($0)) } == [true, true, true])
    }

    static let wrong: [(String, WireError.Kind, Fields)] = [
        ("use", .outOfRange, Fields().with { $0.use = 3 }),
        ("meter", .badText, Fields().with { $0.meter = "m" }),
        (
            "meter too long", .overCap,
            Fields().with { $0.meter = String(repeating: "M", count: 33) }
        ),
        ("generation", .outOfRange, Fields().with { $0.generation = 0 }),
        ("newest", .outOfRange, Fields().with { $0.newest = 1_000_000_001 }),
        ("the newest not taken", .outOfRange, Fields().with { $0.window = 0b10000 }),
        ("taken below 1", .outOfRange, Fields().with { $0.window = 0b111001 }),
        ("taken of none", .outOfRange, Fields().with { ($0.newest, $0.registers) = (0, []) }),
        ("tries", .outOfRange, Fields().with { $0.tries = 1_000_001 }),
        ("until", .outOfRange, Fields().with { $0.until = 1 << 63 }),
        ("credited", .outOfRange, Fields().with { $0.credited = 301 }),
        ("served", .outOfRange, Fields().with { $0.served = 119 }),
        (
            "less served than of a register", .outOfRange,
            Fields().with {
                ($0.served, $0.credited) = (10, 190)
            }
        ),
        (
            "a register of what was not taken", .outOfRange,
            Fields().with {
                $0.registers[1][0] = 3
            }
        ),
        ("a register ahead", .outOfRange, Fields().with { $0.registers[1][0] = 6 }),
        ("two of one sale", .outOfRange, Fields().with { $0.registers[1][0] = 5 }),
        (
            "the second begun", .outOfRange,
            Fields().with {
                ($0.registers[0][2], $0.registers[1][2]) = (10, 10)
            }
        ),
        (
            "one that is used up", .outOfRange,
            Fields().with {
                ($0.registers[0][2], $0.served) = (100, 200)
            }
        ),
        ("more served than there was", .outOfRange, Fields().with { $0.registers[0][2] = 101 }),
        ("an amount of nothing", .outOfRange, Fields().with { $0.registers[1][1] = 0 }),
        ("a register of two", .wrongCount, Fields().with { $0.registers[1] = [1, 100] }),
        (
            "too many", .overCap,
            Fields().with {
                $0.registers = Array(repeating: [1, 100, 0], count: 65)
            }
        ),
    ]

    @Test(arguments: wrong.indices)
    func `a row that could not is refused`(_ index: Int) {
        let (name, kind, fields) = Self.wrong[index]
        do {
            _ = try TokenDesk(wireBytes: fields.bytes)
            Issue.record("\(name) was read")
        } catch {
            #expect(error.kind == kind, "\(name): \(error)")
        }
    }

    @Test func `no changed byte of a row traps, and what is read is written the same`() {
        let good = Fields().bytes
        for at in good.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = good
                bytes[at] = byte
                guard let desk = try? TokenDesk(wireBytes: bytes) else { continue }
                #expect(desk.wireBytes == bytes)
            }
            #expect(throws: WireError.self) { try TokenDesk(wireBytes: Array(good[..<at])) }
        }
    }

    // MARK: The seller's

    @Test func `a press numbers its sales, and is read as it is written`() throws {
        let path = try #require(IssuePath([Made.step("Zhejiang")]))
        var press = TokenPress(Made.meter, below: path)
        #expect(press.last == nil)
        let now = try #require(Moment(1_800_000_000))
        #expect(press.sell(Made.amount(5_000), at: now) == Made.sale(1))
        #expect(press.change(below: path) == Generation(2))
        #expect(press.sell(Made.amount(1), at: now) == Made.sale(2))
        #expect(try TokenPress(wireBytes: press.wireBytes) == press)
        #expect(press[Made.sale(1)]?.generation == .first && press[Made.sale(3)] == nil)
        #expect(press[Made.sale(2)]?.generation == Generation(2))
    }

    @Test func `a sale told again is the same digits, and anew those of the present key`() throws {
        let path = try #require(IssuePath([Made.step("Zhejiang")]))
        let issuing = try #require(Made.top.key(at: path))
        let now = try #require(Moment(0))
        var press = TokenPress(Made.meter, below: path)
        let number = Made.sale(1)
        #expect(press.sell(Made.amount(5_000), at: now) == number)
        let token = try #require(press.token(of: number, anew: false, by: IssuingKeys(issuing)))
        #expect(token == issuing.meterKey(Made.meter, .first).token(number, Made.amount(5_000)))
        #expect(press.token(of: number, anew: true, by: IssuingKeys(Made.top)) == token)
        _ = press.change(below: path)
        #expect(press.token(of: number, anew: false, by: IssuingKeys(issuing)) == token)
        let anew = try #require(press.token(of: number, anew: true, by: IssuingKeys(issuing)))
        var meter = Meter(issuing.meterKey(Made.meter, try #require(Generation(2))))
        #expect(meter.type(token) == .wrong(lockedMinutes: 0))
        #expect(meter.type(anew) == .taken(number, Made.amount(5_000)))
        let other = try #require(Made.top.below(Made.step("Fujian")))
        #expect(press.token(of: number, anew: false, by: IssuingKeys(other)) == nil)
        #expect(press.key(of: try #require(Generation(3)), by: IssuingKeys(issuing)) == nil)
    }

    @Test func `a press whose sales are not in order of their keys is refused`() throws {
        var press = TokenPress(Made.meter, below: .top)
        let now = try #require(Moment(0))
        _ = press.sell(Made.amount(1), at: now)
        _ = press.change(below: .top)
        _ = press.sell(Made.amount(1), at: now)
        let good = press.wireBytes
        // The sales end in their generations and moments.
        var swapped = good
        (swapped[good.count - 6], swapped[good.count - 2]) = (2, 1)
        #expect(throws: WireError(.outOfRange, at: 0)) { try TokenPress(wireBytes: swapped) }
        var ahead = good
        ahead[good.count - 2] = 3
        #expect(throws: WireError(.outOfRange, at: 0)) { try TokenPress(wireBytes: ahead) }
        for count in good.indices {
            #expect(throws: WireError.self) { try TokenPress(wireBytes: Array(good[..<count])) }
        }
    }

    @Test func `a press is full at 20000 sales, and its keys at 1000`() throws {
        var press = TokenPress(Made.meter, below: .top)
        let now = try #require(Moment(0))
        for _ in 0..<Limits.salesPerMeter { _ = press.sell(Made.amount(1), at: now) }
        #expect(press.sell(Made.amount(1), at: now) == nil)
        for _ in 1..<Limits.keyGenerations { _ = press.change(below: .top) }
        #expect(press.change(below: .top) == nil && press.generation.number == 1_000)
        #expect(try TokenPress(wireBytes: press.wireBytes) == press)
    }
}
