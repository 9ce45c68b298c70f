import Testing
import Words

@Suite struct NumbersTests {
    @Test func `an epoch is at least 1 and has an end`() throws {
        #expect(Epoch(0) == nil)
        #expect(Epoch(1) == .first)
        #expect(Epoch.first.next?.number == 2)
        let last = try #require(Epoch(Limits.amountUnits))
        #expect(last.next == nil)
        #expect(Epoch(Limits.amountUnits + 1) == nil)
        #expect(Epoch.first < last)
    }

    @Test func `a place is ordered by epoch, then counter`() throws {
        let two = try #require(Epoch(2))
        let places = [
            Place(epoch: .first, counter: 0), Place(epoch: .first, counter: .max),
            Place(epoch: two, counter: 0), Place(epoch: two, counter: 1),
        ]
        for (low, high) in zip(places, places.dropFirst()) {
            #expect(low < high && !(high < low))
        }
    }

    @Test func `a day has 86,400 moments and the last is in the year 9999`() throws {
        let last = try #require(Moment(Limits.momentSeconds))
        #expect(Moment(Limits.momentSeconds + 1) == nil)
        #expect(last.day.number == 2_932_896)
        #expect(Day(2_932_896) == last.day)
        #expect(Day(2_932_897) == nil)
        #expect(Moment(86_399)?.day.number == 0)
        #expect(Moment(86_400)?.day.number == 1)
        #expect(Day(0)?.advanced(by: 2_932_896) == last.day)
        #expect(Day(1)?.advanced(by: 2_932_896) == nil)
        #expect(Day(1)?.advanced(by: .max) == nil)
        #expect(Moment(1)?.advanced(by: Limits.momentSeconds - 1) == last)
        #expect(Moment(1)?.advanced(by: Limits.momentSeconds) == nil)
        #expect(Moment(1)?.advanced(by: .max) == nil)
    }

    @Test func `a payment's name reads as it was written`() throws {
        let id = PaymentID(
            epoch: try #require(Epoch(258)),
            random: Salt(high: 1, low: 2),
            mac: Salt(high: 3, low: .max)
        )
        #expect(
            Hex.text(id.array)
                == "0000000000000102" + "00000000000000010000000000000002"
                + "0000000000000003ffffffffffffffff"
        )
        #expect(PaymentID(id.array) == id)
        #expect(PaymentID(Array(id.array.dropLast())) == nil)
        #expect(PaymentID(id.array + [0]) == nil)
        #expect(PaymentID([UInt8](repeating: 0, count: 40)) == nil, "no epoch is 0")
        #expect(PaymentID([UInt8](repeating: 0xFF, count: 40)) == nil, "no epoch is that late")
    }

    @Test func `hexadecimal is pairs of digits and nothing else`() {
        let all = (0...255).map(UInt8.init)
        #expect(Hex.bytes(Hex.text(all)) == all)
        #expect(Hex.bytes("00fFAb") == [0x00, 0xFF, 0xAB])
        #expect(Hex.bytes("")?.isEmpty == true)
        for bad in ["0", "0g", "0 ", "0x00", "é0", "-1", "/0", ":0", "@0", "`0"] {
            #expect(Hex.bytes(bad) == nil, "\(bad)")
        }
    }

    @Test func `32 bytes keep their order and their places`() throws {
        let bytes = (0..<32).map { UInt8($0 * 7 + 1) }
        let value = try #require(Bytes32(bytes))
        #expect(value.array == bytes)
        #expect(Bytes32(bytes + [0]) == nil)
        #expect(Bytes32(Array(bytes.dropLast())) == nil)
        #expect(Bytes32(repeating: 0xA5).array == [UInt8](repeating: 0xA5, count: 32))
        for at in 0..<32 {
            var larger = bytes
            larger[at] += 1
            let other = try #require(Bytes32(larger))
            #expect(value < other && !(other < value) && value != other)
        }
    }

    @Test func `a signature is two halves in order`() throws {
        let bytes = (0..<64).map(UInt8.init)
        let signature = try #require(Signature(bytes))
        #expect(signature.array == bytes)
        #expect(signature.r.array == Array(bytes[..<32]))
        #expect(Signature(Array(bytes.dropLast())) == nil)
        #expect(Signature(bytes + [0]) == nil)
    }

    @Test func `what is signed begins with our own name`() throws {
        let hash = Hash(Bytes32(repeating: 9))
        #expect(signedBytes(hash) == Array("tally/1:".utf8) + [UInt8](repeating: 9, count: 32))
    }
}
