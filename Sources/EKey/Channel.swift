/// The communication module: what arrives in parts is put together, and what is long leaves in
/// parts (docs/PROTOCOL section 17.2).
package struct Channel: Sendable {
    package static let chainBytes = 65_536

    private var chain: Instruction?
    /// What is still to be fetched of the last response.
    private var rest: Reply?

    package init() {}

    /// What is to be done about bytes that came.
    package enum Step: Hashable, Sendable {
        /// Nothing but to say this.
        case answer(Reply)
        case perform(Instruction)
    }

    /// The session is over.
    package mutating func reset() { (chain, rest) = (nil, nil) }

    package mutating func take(_ bytes: [UInt8]) -> Step {
        guard var one = Instruction(bytes) else {
            reset()
            return .answer(Reply([], .wrongLength))
        }
        guard [0, 0x80].contains(one.cla & ~Instruction.part) else {
            reset()
            return .perform(one)
        }
        if one.cla == 0, one.ins == Instruction.Name.fetch.rawValue { return .answer(fetch(one)) }
        rest = nil
        let isPart = one.isPart
        one.cla &= ~Instruction.part
        if let chain, chain.continues(one) {
            one.data = chain.data + one.data
        }
        chain = nil
        guard one.data.count <= Self.chainBytes else { return .answer(Reply([], .noRoom)) }
        guard isPart else { return .perform(one) }
        chain = one
        return .answer(Reply())
    }

    /// As much of a reply as goes out at once.
    package mutating func cut(_ reply: Reply, to expected: Int?) -> Reply {
        // With its two bytes of status it has to fit into a message of the line.
        let most = min(expected ?? 256, Frames.messageBytes - 2)
        guard reply.data.count > most else { return reply }
        let left = Array(reply.data[most...])
        rest = Reply(left, reply.status)
        return Reply(Array(reply.data[..<most]), .more(left.count))
    }

    private mutating func fetch(_ one: Instruction) -> Reply {
        chain = nil
        guard one.p1 == 0, one.p2 == 0 else { return Reply([], .wrongParameters) }
        guard one.data.isEmpty else { return Reply([], .wrongLength) }
        guard let whole = rest else { return Reply([], .notNow) }
        rest = nil
        return cut(whole, to: one.expected)
    }
}

extension Instruction {
    /// Whether that is the next part of what this is the beginning of.
    fileprivate func continues(_ next: Instruction) -> Bool {
        (cla, ins, p1, p2) == (next.cla, next.ins, next.p1, next.p2)
    }
}

/// Messages on a line of bytes, each with its length before it: docs/PROTOCOL section 17.1.
package struct Frames: Sendable {
    package static let messageBytes = 65_535

    private var bytes: [UInt8] = []

    package init() {}

    /// Whether a message has begun and has not ended.
    package var isPartial: Bool { !bytes.isEmpty }

    /// Takes what has come, and returns what is whole by now.
    package mutating func take(_ more: some Sequence<UInt8>) -> [[UInt8]] {
        bytes += more
        var (messages, at) = ([[UInt8]](), 0)
        while bytes.count - at >= 2 {
            let count = Int(bytes[at]) << 8 | Int(bytes[at + 1])
            guard bytes.count - at - 2 >= count else { break }
            messages.append(Array(bytes[at + 2..<at + 2 + count]))
            at += 2 + count
        }
        bytes.removeFirst(at)
        return messages
    }

    package static func framed(_ message: [UInt8]) -> [UInt8] {
        precondition(message.count <= messageBytes, "a length has two bytes")
        return [UInt8(message.count >> 8), UInt8(message.count & 255)] + message
    }
}

/// What a message of one byte says: about power, not to the eKey's programs.
package enum Power: UInt8, Hashable, Sendable {
    case off = 0
    case on = 1
    case reset = 2
    case what = 4

    /// The answer to a reset: two protocols offered, and our name.
    package static let answerToReset: [UInt8] = {
        let body: [UInt8] = [0x86, 0x80, 0x01] + Array("TALLY1".utf8)
        return [0x3B] + body + [body.reduce(0, ^)]
    }()
}
