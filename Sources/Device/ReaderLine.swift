package import EKey
internal import Host
package import Links

/// Why an eKey gave no answer.
package enum ReaderFault: Error, Hashable, Sendable {
    /// Nothing is at the other end: the cable is out, or the eKey does not run.
    case away(LineFault)
    /// Something is there, and has not answered for long.
    case silent
    /// What answers keeps to no form of ours.
    case strange
    /// It refused, by this number.
    case refused(Status)
    /// It is another eKey than the one of before.
    case another
    /// It does not prove that it is the one that it says.
    case unproven
}

/// A reader's end of the line to an eKey: one command, one answer.
package final class ReaderLine {
    private let path: String
    private var cord: Cord?
    private var frames = Frames()
    private let waiting: Waiting

    /// A PIN takes a second to be looked at, and a slow device several; all else is quick.
    private static let patienceForCodes: UInt64 = 20_000_000_000
    private static let patience: UInt64 = 4_000_000_000
    private static let codes: [Instruction.Name] = [.verify, .change, .unblock]
    private static let partBytes = 32_768

    package init(_ path: String) throws(LinkFault) {
        self.path = path
        waiting = try Waiting()
    }

    package var isOpen: Bool { cord != nil }

    package func open() throws(ReaderFault) {
        shut()
        do {
            let cord = try Cord.open(path)
            waiting.add(cord.file)
            self.cord = cord
        } catch {
            throw .away(error)
        }
        frames = Frames()
        put([Power.reset.rawValue])
    }

    package func shut() {
        put([Power.off.rawValue])
        if let cord { waiting.remove(cord.file) }
        cord = nil
    }

    /// Says it, in as many parts as it takes, and fetches all of the answer.
    package func say(_ one: Instruction) throws(ReaderFault) -> Reply {
        for part in one.parts(of: Self.partBytes) where part.isPart {
            let reply = try sayOne(part)
            guard reply.status == .done else { throw .refused(reply.status) }
        }
        guard var last = one.parts(of: Self.partBytes).last else { throw .strange }
        last.expected = 65_535 - 2
        var reply = try sayOne(last)
        while reply.status.left != nil {
            guard reply.data.count <= Self.answerBytes else { throw .strange }
            let next = try sayOne(Instruction(.fetch, expected: 65_535 - 2))
            guard !next.data.isEmpty else { throw .strange }
            reply = Reply(reply.data + next.data, next.status)
        }
        return reply
    }

    private static let answerBytes = 4 << 20

    private func put(_ message: [UInt8]) { cord?.say(Frames.framed(message)) }

    private func sayOne(_ one: Instruction) throws(ReaderFault) -> Reply {
        guard let cord else { throw .away(.nobody) }
        put(one.bytes)
        let isCode = Self.codes.contains { $0.cla == one.cla && $0.ins == one.ins }
        let patience = isCode ? Self.patienceForCodes : Self.patience
        let limit = Process.nanoseconds + patience
        while Process.nanoseconds < limit {
            cord.flush()
            waiting.add(cord.file, toWrite: cord.isBusy)
            _ = waiting.wait(atMost: 1_000)
            let messages = frames.take(cord.hear(atMost: 1 << 20))
            if let message = messages.first {
                guard messages.count == 1, let reply = Reply(message) else {
                    shut()
                    throw .strange
                }
                return reply
            }
            guard !cord.isOver, !cord.isHungUp else {
                shut()
                throw .away(.nobody)
            }
        }
        shut()
        throw .silent
    }
}
