import Keypad
import Testing
import Wire
import Words

/// The same numbers in every run.
struct Draws: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word &>> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word &>> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word &>> 31
    }
}

/// Values that have to be.
enum Made {
    static let top = IssuingKey(top: Bytes32(repeating: 7))
    static let meter = name("M-1001")
    static let key = top.meterKey(meter, .first)

    static func name(_ string: String) -> MeterName {
        guard let name = MeterName(string) else { preconditionFailure("\(string) is a name") }
        return name
    }

    static func sale(_ number: Int) -> SaleNumber {
        guard let sale = SaleNumber(UInt64(number)) else { preconditionFailure("\(number)") }
        return sale
    }

    static func amount(_ number: Int) -> WattHours {
        guard let amount = WattHours(UInt64(number)) else { preconditionFailure("\(number)") }
        return amount
    }

    static func step(_ name: String, _ generation: UInt64 = 1) -> IssueStep {
        guard let text = Text(name), let generation = Generation(generation),
            let step = IssueStep(name: text, generation: generation)
        else { preconditionFailure("\(name) is a name") }
        return step
    }

    static func token(_ digits: String) -> Token {
        guard let token = try? Token(typed: digits) else { preconditionFailure(digits) }
        return token
    }

    static func token(using draws: inout Draws) -> Token {
        let halves = (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0..<10_000_000_000, using: &draws))
            return String(repeating: "0", count: 10 - digits.count) + digits
        }
        return token(halves.joined())
    }
}

/// The plug was pulled.
struct PowerCut: Error, Hashable {}

/// A meter: a desk, and a disk that has of it what was stored.
struct Meter {
    var key: MeterKey
    var desk: TokenDesk
    private(set) var disk: [UInt8]
    var minute: UInt64 = 1
    /// At which store from now on the plug is pulled, and whether that one still arrives.
    var plug: (store: Int, arrives: Bool)?

    init(_ key: MeterKey = Made.key, after last: SaleNumber? = nil) {
        self.key = key
        desk = TokenDesk(for: key, after: last)
        disk = desk.wireBytes
    }

    /// What the meter says; nil when its power went meanwhile, after which it has started again.
    mutating func type(_ token: Token) -> Verdict? {
        var (stores, disk, plug) = (0, self.disk, self.plug)
        defer { self.disk = disk }
        do throws(PowerCut) {
            return try desk.take(token, with: key, at: minute) { desk throws(PowerCut) in
                stores += 1
                if let cut = plug, cut.store == stores {
                    if cut.arrives { disk = desk.wireBytes }
                    plug = nil
                    throw PowerCut()
                }
                disk = desk.wireBytes
            }
        } catch {
            guard let again = try? TokenDesk(wireBytes: disk) else {
                preconditionFailure("what was stored is read again")
            }
            (desk, self.plug) = (again, nil)
            return nil
        }
    }

    mutating func type(_ number: Int, _ amount: Int = 5_000) -> Verdict? {
        type(key.token(Made.sale(number), Made.amount(amount)))
    }

    /// What no seller ever sold.
    mutating func guess(_ number: Int = 1) -> Verdict? {
        type(Made.token("1234567890" + String(1_000_000_000 + number)))
    }

    mutating func save() { disk = desk.wireBytes }

    var isOnDisk: Bool { desk.wireBytes == disk }
}
