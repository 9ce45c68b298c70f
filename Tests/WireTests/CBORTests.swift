import FuzzEntries
import Testing
import Wire
import Words

@Suite struct CBORTests {
    /// What reading gives: the refusal, or nil when the bytes were read and written the same.
    static func refusal(_ shape: Shape, _ bytes: [UInt8]) -> WireError? {
        do {
            let again = try shape.recode(bytes)
            if again != bytes { Issue.record("\(shape) has two encodings: \(Hex.text(bytes))") }
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: CBORCases.bad)
    func `bad bytes are refused by name and place`(_ bad: CBORCases.Bad) throws {
        let bytes = try #require(Hex.bytes(bad.hex))
        #expect(Self.refusal(bad.shape, bytes) == WireError(bad.error, at: bad.position))
    }

    @Test(arguments: CBORCases.good.indices)
    func `good bytes are read whole, and every shorter or longer form is not`(_ index: Int) {
        let good = CBORCases.good[index]
        #expect(Self.refusal(good.shape, good.bytes) == nil)
        for count in good.bytes.indices {
            let cut = Array(good.bytes[..<count])
            #expect(Self.refusal(good.shape, cut) == WireError(.truncated, at: count))
        }
        let more = Self.refusal(good.shape, good.bytes + [0])
        #expect(more == WireError(.trailing, at: good.bytes.count))
    }

    @Test func `every kind of refusal and every shape has a case`() {
        let kinds = Set(CBORCases.bad.map(\.error))
        // Lists in one order are Money's; it has cases of its own.
        #expect(Set(WireError.Kind.allCases).subtracting(kinds) == [.notSorted])
        #expect(Set(CBORCases.good.map(\.shape)) == Set(Shape.allCases))
    }

    @Test func `of all inputs of one byte, exactly these are values`() {
        for byte in UInt8.min...UInt8.max {
            #expect((Self.refusal(.number, [byte]) == nil) == (byte < 24))
            #expect((Self.refusal(.data, [byte]) == nil) == (byte == 0x40))
            #expect((Self.refusal(.text, [byte]) == nil) == (byte == 0x60))
            #expect((Self.refusal(.item, [byte]) == nil) == Self.isItem(byte))
        }
    }

    /// Whether one byte is a whole item: a small number, or an empty string, text or array.
    static func isItem(_ byte: UInt8) -> Bool { byte < 24 || [0x40, 0x60, 0x80].contains(byte) }

    @Test func `of all inputs of two bytes, exactly these are values`() {
        var wrong = 0
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let number = first == 0x18 && second >= 24
                let data = first == 0x41
                let text = first == 0x61 && second < 0x80
                let array = first == 0x81 && Self.isItem(second)
                let bytes = [first, second]
                if (Self.refusal(.number, bytes) == nil) != number { wrong += 1 }
                if (Self.refusal(.data, bytes) == nil) != data { wrong += 1 }
                if (Self.refusal(.text, bytes) == nil) != text { wrong += 1 }
                let item = number || data || text || array
                if (Self.refusal(.item, bytes) == nil) != item { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    @Test func `every head of three bytes is answered, and read only when it is shortest`() {
        var wrong = 0
        for first in UInt8.min...UInt8.max {
            for high in UInt8.min...UInt8.max {
                for low: UInt8 in [0, 1, 23, 24, 127, 128, 255] {
                    let bytes = [first, high, low]
                    let isNumber = first == 0x19 && high > 0
                    if (Self.refusal(.number, bytes) == nil) != isNumber { wrong += 1 }
                    if let place = Self.refusal(.item, bytes)?.position, !(0...3).contains(place) {
                        wrong += 1
                    }
                }
            }
        }
        #expect(wrong == 0)
    }

    @Test(arguments: [0, 2, 3, 4] as [UInt8])
    func `a number or length longer than it has to be is refused`(_ major: UInt8) {
        let values: [UInt64] = [0, 23, 24, 255, 256, 65_535, 65_536, 0xFFFF_FFFF, 0x1_0000_0000]
        for value in values {
            let shortest =
                value < 24 ? 0 : value < 1 << 8 ? 1 : value < 1 << 16 ? 2 : value < 1 << 32 ? 4 : 8
            for width in [1, 2, 4, 8] where width > shortest {
                let info = UInt8(24 + width.trailingZeroBitCount)
                let tail = bigEndianBytes(value).suffix(width)
                let bytes = [major << 5 | info] + tail
                #expect(Self.refusal(.item, bytes) == WireError(.notShortest, at: 0))
            }
        }
    }

    @Test func `a huge claim costs nothing`() {
        let clock = ContinuousClock()
        let took = clock.measure {
            for first: UInt8 in [0x5B, 0x7B, 0x9B] {
                for top: UInt8 in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
                    let bytes = [first, top] + [UInt8](repeating: 0xFF, count: 7)
                    for shape in Shape.allCases {
                        for _ in 0..<100 where Self.refusal(shape, bytes) == nil {
                            Issue.record("\(shape) believed a claim of 2^56 bytes")
                        }
                    }
                }
            }
        }
        // 30,000 readings: memory set aside for a claim would take hours, or the machine.
        #expect(took < .seconds(10))
    }

    @Test func `no input makes the reader go deeper than its types`() {
        let deep = [UInt8](repeating: 0x81, count: 1_000_000)
        for shape in Shape.allCases { #expect(Self.refusal(shape, deep) != nil) }
        #expect(Self.refusal(.item, deep) == WireError(.overCap, at: Item.depth))
    }

    @Test func `random bytes and damaged values are answered by every shape`() {
        var dice = Dice(seed: 2)
        for round in 0..<20_000 {
            var bytes = CBORCases.good[round % CBORCases.good.count].bytes
            for _ in 0...(dice.next() % 3) {
                let at = Int(dice.next() % UInt64(bytes.count))
                bytes[at] = UInt8(truncatingIfNeeded: dice.next())
            }
            fuzzCBOR(bytes)
            let noise = (0..<dice.next() % 40).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            fuzzCBOR(noise)
        }
    }

    @Test func `equal objects have one hash, and every field is in it`() throws {
        let one = CBORCases.object
        #expect(Self.object() == one)
        #expect(one.hash == (try Object(wireBytes: one.wireBytes)).hash)
        let key = Key(Bytes32(repeating: 9))
        let hash = Hash(Bytes32(repeating: 9))
        let others = [
            Self.object(.abort), Self.object(from: key), Self.object(to: key),
            Self.object(payment: nil), Self.object(answering: hash), Self.object(answering: nil),
            Self.object(content: [1, 2]),
        ]
        #expect(Set(others.map(\.hash)).union([one.hash]).count == others.count + 1)
    }

    /// The case's object, with one field changed.
    static func object(
        _ kind: Kind = .commit,
        from sender: Key = CBORCases.key,
        to receiver: Key = CBORCases.other,
        payment: PaymentID? = CBORCases.payment,
        answering answers: Hash? = CBORCases.hash,
        content: [UInt8] = [1, 2, 3]
    ) -> Object {
        Object(
            kind,
            from: sender,
            to: receiver,
            payment: payment,
            answering: answers,
            content: content
        )
    }
}

/// SplitMix64: the same numbers from the same seed, in every run.
struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
