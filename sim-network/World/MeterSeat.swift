import Disks
import JournalTrials
import Meter
import Store
import Words

/// Where a meter sits: what is drawn through it, and what stays while its power comes and goes.
final class MeterSeat {
    let setting: Meter.Setting
    let perPulse: UInt64
    let load: LoadProfile
    /// While its power is there.
    private(set) var meter: Meter?
    private(set) var memory: MeterMemory?
    /// Up to when it has drawn.
    var drawnTo: UInt64 = 0
    /// Its account has nothing more for it.
    var isBroke = false
    /// How often it was charged because little was left.
    var charges = 0
    /// Chance of what its people do.
    var dice: Dice

    init(_ asset: Asset, _ dice: Dice) {
        var dice = dice
        var setting = Meter.Setting(asset: asset, low: Office.amount(UInt64(20 + dice.below(200))))
        setting.pulsesPerGroup = UInt64(1 + dice.below(12))
        setting.secondsPerGroup = UInt64(2 + dice.below(30))
        perPulse = [1, 1, 3, 10][dice.below(4)]
        load = Self.load(&dice)
        (self.setting, self.dice) = (setting, dice)
    }

    /// A kitchen in the morning, at which every world begins, and a lamp or nothing later on.
    private static func load(_ dice: inout Dice) -> LoadProfile {
        var lines: [String] = []
        for minute in 0..<5 { lines.append("08:0\(minute) \(20 + dice.below(400))") }
        lines.append("08:05 \([0, 0, 1, 9][dice.below(4)])")
        do {
            return try LoadProfile(lines.joined(separator: "\n"))
        } catch {
            preconditionFailure("a profile of the world's own: \(error)")
        }
    }

    func start(_ meter: Meter, _ memory: MeterMemory) {
        (self.meter, self.memory) = (meter, memory)
    }

    func stop() { (meter, memory) = (nil, nil) }

    /// Has the meter do something, and says what it orders.
    func order(_ body: (inout Meter) -> [Meter.Order]) -> [Meter.Order] {
        guard var meter else { return [] }
        let orders = body(&meter)
        self.meter = meter
        return orders
    }

    func keep(_ bytes: [UInt8], _ hiding: any Hiding) throws {
        try memory?.keep(bytes, hiding, &dice)
    }
}

/// The memory of a meter's hardware, as a file of its home stands in for it: what it keeps is what
/// the file `meter` holds (docs/PROTOCOL section 16.5).
///
/// A disk here knows no renaming. So there are two places, written in turn: of the newest all is
/// there after its sync, and until then the one before it.
final class MeterMemory {
    private let file: File
    private var number: UInt64
    private static let placeBytes = 20_480
    private static let context = Array("tally meter".utf8)
    private static let name = "meter"

    /// Opens it, and says what it kept; nil before the first time.
    static func open(
        _ disk: FaultyDisk,
        _ hiding: any Hiding
    ) throws -> (memory: MeterMemory, kept: [UInt8]?) {
        let file = try File(Disk(system: disk.system, folder: Home.folder), name, for: .data)
        var (newest, kept, raw): (UInt64, [UInt8]?, [UInt8]) = (0, nil, [])
        for place in 0..<2 {
            let head = try file.read(4, at: place * placeBytes)
            guard head.count == 4 else { continue }
            let count = Int(head[0]) << 8 | Int(head[1])
            let sealed = try file.read(count, at: place * placeBytes + 4)
            guard let plain = hiding.show(sealed, context: context), plain.count > 8 else {
                continue
            }
            let number = plain.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard number > newest else { continue }
            (newest, kept, raw) = (number, Array(plain.dropFirst(8)), head + sealed)
        }
        if kept != nil {
            // What is seen may be what a process that was killed has written, or a sync that failed
            // has left: it is on the disk when it is written anew. The other place is, until then.
            try file.write(raw, at: Int(newest & 1) * placeBytes)
            try file.sync()
        }
        return (MeterMemory(file, newest), kept)
    }

    private init(_ file: File, _ number: UInt64) { (self.file, self.number) = (file, number) }

    /// On the disk when it returns.
    func keep(_ bytes: [UInt8], _ hiding: any Hiding, _ dice: inout Dice) throws {
        let next = number + 1
        var plain = (0..<8).map { UInt8(truncatingIfNeeded: next >> UInt64(56 - 8 * $0)) }
        plain += bytes
        let sealed = hiding.hide(plain, context: Self.context, chance: &dice)
        let head = [UInt8(sealed.count >> 8), UInt8(sealed.count & 0xFF), 0, 0]
        try file.write(head + sealed, at: Int(next & 1) * Self.placeBytes)
        try file.sync()
        number = next
    }
}
