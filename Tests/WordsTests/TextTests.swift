import Testing
import Words

@Suite struct TextTests {
    /// The ranges of docs/PROTOCOL section 2, stated here a second time.
    static let refused: [ClosedRange<UInt32>] = [
        0x00...0x1F, 0x7F...0x9F, 0x061C...0x061C, 0x200B...0x200F, 0x2028...0x202E,
        0x2060...0x206F, 0xFEFF...0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF,
    ]

    @Test func `every character is shown or refused as the protocol says`() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let shown = !Self.refused.contains { $0.contains(value) }
            if Text.mayBeShown(scalar) != shown { Issue.record("U+\(String(value, radix: 16))") }
        }
    }

    @Test(arguments: refused)
    func `one bad character spoils a line, its neighbours do not`(_ range: ClosedRange<UInt32>) {
        for bad in [range.lowerBound, range.upperBound].compactMap(Unicode.Scalar.init) {
            #expect(Text("paid to \(bad)Eve") == nil)
            #expect(Text("\(bad)") == nil)
        }
        for good in [range.lowerBound &- 1, range.upperBound + 1].compactMap(Unicode.Scalar.init) {
            #expect(Text("a\(good)b") != nil)
        }
    }

    @Test func `lines compare by bytes, not by looks`() throws {
        let one = try #require(Text("caf\u{E9}"))
        let other = try #require(Text("cafe\u{301}"))
        #expect(one.string == other.string)
        #expect(one != other)
        #expect(Set([one, other]).count == 2)
        #expect(one == Text("caf\u{E9}"))
        #expect((one.byteCount, other.byteCount) == (5, 6))
        #expect(Text("")?.byteCount == 0)
        #expect(Text("naïve – “日本” 🙂") != nil)
    }
}
