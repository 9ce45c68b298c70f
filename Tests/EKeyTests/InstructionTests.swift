import EKey
import Testing

/// Commands and responses as ISO/IEC 7816-4 has them.
@Suite struct InstructionTests {
    static let sizes = [0, 1, 2, 254, 255, 256, 257, 65_534, 65_535]
    static let lengths: [Int?] = [nil, 1, 2, 255, 256, 257, 65_535, 65_536]

    @Test(arguments: sizes, lengths)
    func `what is written is read as the same`(_ size: Int, _ expected: Int?) throws {
        let data = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let one = Instruction(cla: 0x80, ins: 0x10, 3, 4, data: data, expected: expected)
        let read = try #require(Instruction(one.bytes))
        // Nothing and 256 bytes at most is short; nothing is longer than it has to be.
        #expect(read == one)
        #expect(one.bytes.count <= 4 + 3 + size + 3)
    }

    @Test func `each known form is read`() throws {
        let forms: [([UInt8], Int, Int?)] = [
            ([0, 1, 2, 3], 0, nil), ([0, 1, 2, 3, 0], 0, 256), ([0, 1, 2, 3, 9], 0, 9),
            ([0, 1, 2, 3, 1, 8], 1, nil), ([0, 1, 2, 3, 1, 8, 0], 1, 256),
            ([0, 1, 2, 3, 0, 0, 0], 0, 65_536), ([0, 1, 2, 3, 0, 1, 0], 0, 256),
            ([0, 1, 2, 3, 0, 0, 2, 8, 8], 2, nil), ([0, 1, 2, 3, 0, 0, 1, 8, 0, 0], 1, 65_536),
        ]
        for (bytes, count, expected) in forms {
            let one = try #require(Instruction(bytes), "\(bytes)")
            #expect(one.data.count == count && one.expected == expected, "\(bytes)")
        }
    }

    @Test(
        arguments: [
            [], [0], [0, 1, 2], [0, 1, 2, 3, 2, 8], [0, 1, 2, 3, 1, 8, 0, 0], [0, 1, 2, 3, 0, 0],
            [0, 1, 2, 3, 0, 0, 0, 1], [0, 1, 2, 3, 0, 0, 1, 8, 0],
            [0, 1, 2, 3, 0, 0, 1, 8, 0, 0, 0],
            [0, 1, 2, 3, 0, 0, 2, 8],
        ] as [[UInt8]]
    )
    func `lengths that fit nothing are no command`(_ bytes: [UInt8]) {
        #expect(Instruction(bytes) == nil)
    }

    @Test(arguments: [1, 2, 7, 255, 1_000])
    func `however it is cut into parts, it comes whole`(_ most: Int) throws {
        let data = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let whole = Instruction(cla: 0x80, ins: 0x10, data: data, expected: 256)
        var channel = Channel()
        let parts = whole.parts(of: most)
        for part in parts.dropLast() {
            #expect(channel.take(part.bytes) == .answer(Reply()))
        }
        #expect(channel.take(try #require(parts.last).bytes) == .perform(whole))
    }

    @Test func `another command ends a chain, and what is too long is dropped`() throws {
        var channel = Channel()
        let part = Instruction(cla: 0x90, ins: 0x10, data: [1, 2])
        let last = Instruction(cla: 0x80, ins: 0x10, data: [3])
        let other = Instruction(ins: 0x84)
        #expect(channel.take(part.bytes) == .answer(Reply()))
        #expect(channel.take(other.bytes) == .perform(other))
        #expect(channel.take(last.bytes) == .perform(last))
        #expect(channel.take(part.bytes) == .answer(Reply()))
        channel.reset()
        #expect(channel.take(last.bytes) == .perform(last))
        let big = Instruction(cla: 0x90, ins: 0x10, data: [UInt8](repeating: 1, count: 65_535))
        #expect(channel.take(big.bytes) == .answer(Reply()))
        #expect(channel.take(part.bytes) == .answer(Reply([], .noRoom)))
        #expect(channel.take(last.bytes) == .perform(last))
        #expect(channel.take([1, 2]) == .answer(Reply([], .wrongLength)))
    }

    @Test(arguments: [1, 100, 255, 256, 65_536])
    func `a long response is fetched piece by piece`(_ most: Int) throws {
        let data = (0..<1_500).map { UInt8(truncatingIfNeeded: $0 / 3) }
        var channel = Channel()
        var reply = channel.cut(Reply(data, Status(0x6A88)), to: most)
        var (got, rounds) = (reply.data, 0)
        while let left = reply.status.left {
            #expect(left == min(1_500 - got.count, 256))
            let fetch = Instruction(.fetch, expected: most)
            guard case .answer(let next) = channel.take(fetch.bytes) else {
                Issue.record("fetching is answered at once")
                return
            }
            (reply, rounds) = (next, rounds + 1)
            got += reply.data
        }
        #expect(got == data && reply.status == Status(0x6A88))
        #expect(rounds == (1_500 - 1) / most)
        let fetch = Instruction(.fetch, expected: most)
        #expect(channel.take(fetch.bytes) == .answer(Reply([], .notNow)))
    }

    @Test func `any other command drops what was not fetched`() {
        var channel = Channel()
        _ = channel.cut(Reply([UInt8](repeating: 1, count: 300)), to: 10)
        _ = channel.take(Instruction(.challenge).bytes)
        let fetch = Instruction(.fetch, expected: 256)
        #expect(channel.take(fetch.bytes) == .answer(Reply([], .notNow)))
    }

    @Test func `wherever a line is cut, the same messages come`() {
        let messages: [[UInt8]] = [[], [4], [1, 2, 3], [UInt8](repeating: 9, count: 700)]
        let bytes = messages.flatMap(Frames.framed)
        for cut in 0...bytes.count {
            var frames = Frames()
            #expect(frames.take(bytes[..<cut]) + frames.take(bytes[cut...]) == messages)
        }
    }

    @Test func `the answer to reset is one`() {
        let answer = Power.answerToReset
        #expect(answer.dropFirst().reduce(0, ^) == 0)
        #expect(answer[1] & 15 == 6 && answer.count == 11)
    }
}
