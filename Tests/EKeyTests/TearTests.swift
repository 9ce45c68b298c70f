import EKey
import FuzzEntries
import Testing
import Words

/// The cable is pulled at every byte of every command, and of every answer: a command happened or
/// did not, and saying it again gives the same answer.
@Suite struct TearTests {
    /// Of an evening with an eKey: each is said again until it is answered.
    static let questions: [[UInt8]] = [
        [1, 1], [1] + [UInt8](repeating: 2, count: 700), [0, 3], [1, 4],
    ]

    /// A line that ends after so many bytes, to either side.
    private final class Cable {
        var left: Int
        init(_ left: Int) { self.left = left }

        func carry(_ bytes: [UInt8]) -> (part: ArraySlice<UInt8>, isWhole: Bool) {
            let part = bytes.prefix(left)
            left -= part.count
            return (part, part.count == bytes.count)
        }
    }

    /// What a reader hears; nil when the cable was out before all of it came.
    private static func say(
        _ one: Instruction,
        _ control: Control,
        _ cable: Cable,
        parts: Int
    ) -> Reply? {
        var (answer, frames) = (Reply(), Frames())
        var toSay = one.parts(of: parts)
        while !toSay.isEmpty {
            let (bytes, isWhole) = cable.carry(Frames.framed(toSay.removeFirst().bytes))
            for message in frames.take(bytes) {
                guard let said = control.take(message, at: 0) else { continue }
                guard cable.carry(Frames.framed(said)).isWhole, let reply = Reply(said) else {
                    return nil
                }
                answer = Reply(answer.data + reply.data, reply.status)
                if reply.status.left != nil { toSay.append(Instruction(.fetch, expected: 200)) }
            }
            guard isWhole else { return nil }
        }
        return answer
    }

    /// The evening, with the cable out once; what was answered, and what was done.
    private static func evening(
        cutAfter bytes: Int,
        parts: Int,
        losingPower: Bool
    ) throws -> (answers: [Reply], asked: [[UInt8]], used: Int) {
        let store = PretendInside.Store()
        var control = Control(PretendInside(store))
        let cable = Cable(bytes)
        let pin = Instruction(.verify, 0, 1, data: Array("2468".utf8))
        var answers: [Reply] = []
        func begin() throws {
            while say(pin, control, cable, parts: parts)?.status != .done {
                try plug()
            }
        }
        func plug() throws {
            #expect(cable.left == 0)
            cable.left = 1 << 30
            if losingPower { control = Control(PretendInside(store)) } else { control.reset() }
        }
        try begin()
        for (index, question) in questions.enumerated() {
            let data = bigEndianBytes(UInt64(index + 1)) + question
            let one = Instruction(.ask, data: data, expected: 200)
            var answer = say(one, control, cable, parts: parts)
            while answer == nil {
                try plug()
                try begin()
                answer = say(one, control, cable, parts: parts)
            }
            answers.append(try #require(answer))
        }
        return (answers, store.asked, bytes - cable.left)
    }

    @Test(arguments: [60, 255, 65_535])
    func `pulled at each byte, each question was asked once and answered alike`(
        _ parts: Int
    ) throws {
        let whole = try Self.evening(cutAfter: 1 << 30, parts: parts, losingPower: false)
        #expect(whole.asked == Self.questions)
        #expect(whole.used > 2_000)
        for cut in 0..<whole.used {
            let one = try Self.evening(cutAfter: cut, parts: parts, losingPower: false)
            #expect(one.answers == whole.answers, "after \(cut) bytes")
            #expect(one.asked == whole.asked, "after \(cut) bytes")
        }
    }

    /// What an eKey orders is nowhere before datagrams are exchanged, so to ask once more after
    /// power was gone is to ask for the first time; here it is seen twice at most, and in order.
    @Test func `power lost at each byte, each question is answered alike`() throws {
        let whole = try Self.evening(cutAfter: 1 << 30, parts: 255, losingPower: true)
        for cut in 0..<whole.used {
            let one = try Self.evening(cutAfter: cut, parts: 255, losingPower: true)
            #expect(one.answers == whole.answers, "after \(cut) bytes")
            var asked = one.asked
            if asked.count > Self.questions.count {
                let twice = try #require(
                    asked.indices.dropFirst().first { asked[$0] == asked[$0 - 1] }
                )
                asked.remove(at: twice)
            }
            #expect(asked == Self.questions, "after \(cut) bytes")
        }
    }
}
