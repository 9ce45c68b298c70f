import Meter
import Testing
import Wire
import Words

@Suite struct LoadProfileTests {
    @Test(
        arguments: [
            ("", .empty, 1), ("# nothing\n\n", .empty, 3), ("00:00", .words(1), 1),
            ("00:00 1 2", .words(3), 1), ("0:00 1", .time("0:00"), 1),
            ("24:00 1", .time("24:00"), 1),
            ("00:60 1", .time("00:60"), 1), ("0000 1", .time("0000"), 1),
            ("00:0x 1", .time("00:0x"), 1),
            ("00:00 -1", .watts("-1"), 1), ("00:00 1.5", .watts("1.5"), 1),
            ("00:00 100001", .watts("100001"), 1), ("00:00 1kW", .watts("1kW"), 1),
            ("00:00 1\n# a\n00:00 2", .order, 3), ("07:00 1\n06:59 2", .order, 2),
            ("00:00 1\r", .watts("1\r"), 1), ("00:00\r1\n", .words(1), 1),
            ("\r\n00:00 1\r\r\n", .watts("1\r"), 2), ("00:00 1\u{301}", .watts("1\u{301}"), 1),
        ] as [(String, LoadProfileFault.Why, Int)]
    )
    func `what is no profile is refused with its line`(
        _ text: String,
        _ why: LoadProfileFault.Why,
        _ line: Int
    ) {
        let fault = #expect(throws: LoadProfileFault.self) { try LoadProfile(text) }
        #expect(fault?.why == why && fault?.line == line)
    }

    @Test func `lines, comments and blank lines are read`() throws {
        let profile = try LoadProfile("# a flat\n\n06:30  900 # breakfast\r\n\t23:59\t0")
        #expect(profile.steps == [.init(minute: 390, watts: 900), .init(minute: 1_439, watts: 0)])
        #expect(LoadProfile(watts: 100_001) == nil)
        // What follows a sign of its own may be seen as one with it.
        #expect(try LoadProfile("00:00 5#\u{301} a\n#\u{301}\r\n").steps.map(\.watts) == [5])
    }

    @Test func `what is not UTF-8 is refused, in a comment too`() {
        for (bytes, line) in [("00:00 1\n#", 2), ("", 1), ("00:00 ", 1), ("\r\n\n", 3)] {
            let fault = #expect(throws: LoadProfileFault.self) {
                try LoadProfile(Array(bytes.utf8) + [0xC3])
            }
            #expect(fault?.why == .text && fault?.line == line)
        }
    }

    @Test func `a day begins as the one before it ended`() throws {
        let profile = try LoadProfile("06:00 100\n18:00 300")
        let (hour, day) = (UInt64(3_600_000), LoadProfile.dayMilliseconds)
        #expect(profile.energy(from: 0, to: 6 * hour) == 6 * 300 * hour)
        #expect(profile.energy(from: 0, to: day) == 12 * 100 * hour + 12 * 300 * hour)
        #expect(profile.energy(from: 17 * hour, to: day + 7 * hour) == (200 + 3_600) * hour)
        #expect(profile.energy(from: 5, to: 5) == 0 && profile.energy(from: 6, to: 5) == 0)
    }

    @Test(arguments: 0..<40)
    func `however time is cut, the parts come to the whole`(_ seed: UInt64) throws {
        var dice = Dice(seed)
        var (text, minute) = ("", dice.below(200))
        while minute < 1_440 {
            func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
            text += "\(two(minute / 60)):\(two(minute % 60)) \(dice.below(4_000))\n"
            minute += 1 + dice.below(300)
        }
        let profile = try LoadProfile(text.isEmpty ? "00:00 7" : text)
        let start = dice.below(3 * LoadProfile.dayMilliseconds)
        var (at, sum) = (start, UInt64(0))
        for _ in 0..<200 {
            let next = at + dice.below(5_400_000)
            sum += profile.energy(from: at, to: next)
            at = next
        }
        #expect(sum == profile.energy(from: start, to: at))
    }

    @Test func `a device that cannot be is refused`() throws {
        let device = must(Device(perPulse: 1, at: must(Moment(86_400 * 20_000))))
        let bytes = device.wireBytes
        #expect(try Device(wireBytes: bytes) == device)
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try Device(wireBytes: Array(bytes[..<count])) }
        }
        #expect(Device(perPulse: 0, at: must(Moment(0))) == nil)
        for index in bytes.indices {
            for value: UInt8 in [0x00, 0x01, 0x18, 0x80, 0xFF] {
                var other = bytes
                other[index] = value
                // It is read as what writes those bytes, or not at all.
                if let read = try? Device(wireBytes: other) { #expect(read.wireBytes == other) }
            }
        }
    }
}
