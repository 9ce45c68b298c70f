import Testing
import Wire
import Words

@Suite struct FragmentTests {
    private func parts(_ whole: [UInt8], number: UInt64 = 1) throws -> [(Fragment, [UInt8])] {
        let ranges = Fragment.parts(of: whole.count)
        return try ranges.enumerated().map { index, range in
            let fragment = Fragment(number: number, index: index, count: ranges.count)
            return (try #require(fragment), Array(whole[range]))
        }
    }

    @Test(arguments: [1_025, 2_048, 2_049, 5_000, 49_151, 49_152])
    func `a message cut up comes together again in any order`(count: Int) throws {
        let whole = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 256) }
        let parts = try parts(whole)
        #expect(parts.dropLast().allSatisfy { $0.1.count == 1_024 })
        for order in [Array(parts), parts.reversed(), parts.shuffled()] {
            var assembly = Assembly(for: parts[0].0)
            for (index, (fragment, bytes)) in order.enumerated() {
                let found = try assembly.take(bytes, of: fragment)
                #expect(found == (index == parts.count - 1 ? whole : nil))
                #expect(assembly.holds == index + 1)
            }
        }
    }

    @Test func `a part that is there already is ignored`() throws {
        let whole = [UInt8](repeating: 1, count: 2_000)
        let parts = try parts(whole)
        var assembly = Assembly(for: parts[0].0)
        #expect(try assembly.take(parts[0].1, of: parts[0].0) == nil)
        let before = assembly
        #expect(try assembly.take([UInt8](repeating: 2, count: 1_024), of: parts[0].0) == nil)
        #expect(assembly == before)
        #expect(try assembly.take(parts[1].1, of: parts[1].0) == whole)
    }

    @Test func `a part of another message or another cut is refused and changes nothing`() throws {
        let parts = try parts([UInt8](repeating: 1, count: 3_000))
        var assembly = Assembly(for: parts[0].0)
        _ = try assembly.take(parts[0].1, of: parts[0].0)
        let before = assembly
        let wrong = [
            (try #require(Fragment(number: 2, index: 1, count: 3)), 1_024),
            (try #require(Fragment(number: 1, index: 1, count: 4)), 1_024),
            (try #require(Fragment(number: 1, index: 1, count: 3)), 1_023),
            (try #require(Fragment(number: 1, index: 2, count: 3)), 0),
            (try #require(Fragment(number: 1, index: 2, count: 3)), 1_025),
        ]
        for (fragment, count) in wrong {
            #expect(throws: EnvelopeFault.fragment) {
                try assembly.take([UInt8](repeating: 1, count: count), of: fragment)
            }
            #expect(assembly == before)
        }
    }

    @Test func `no other numbering of parts exists`() {
        for (index, count) in [(0, 1), (-1, 2), (2, 2), (0, 49), (48, 48)] {
            #expect(Fragment(number: 0, index: index, count: count) == nil)
        }
        #expect(Fragment.mostParts == 48)
    }

    @Test func `padding has one form`() throws {
        let message = SignedObject(
            Object(
                .name,
                from: Key(Bytes32(repeating: 1)),
                to: Key(Bytes32(repeating: 2)),
                content: [1, 2, 3]
            ),
            Signature(r: Bytes32(repeating: 3), s: Bytes32(repeating: 4))
        )
        let padded = message.padded
        #expect(try SignedObject(padded: padded) == message)
        func fault(_ bytes: [UInt8]) -> EnvelopeFault? {
            do {
                _ = try SignedObject(padded: bytes)
                return nil
            } catch {
                return error
            }
        }
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(fault([]) == .padding)
        #expect(fault(zeros) == .padding)
        #expect(fault(padded + zeros) == .padding)
        #expect(fault(padded.dropLast()) == .padding)
        #expect(fault(padded.dropLast() + [1]) == .padding)
        #expect(fault([0x80] + zeros.dropLast()) == .statement(WireError(.truncated, at: 0)))
        for size in 0..<200 {
            let whole = SignedObject.paddedSize(size)
            #expect(whole % 32 == 0 && (1...32).contains(whole - size))
        }
    }
}
