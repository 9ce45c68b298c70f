internal import Wire
package import Words

/// Why an eKey gave no answer.
package enum ReaderFault: Error, Hashable, Sendable {
    /// Nothing is at the other end: the cable is out, or the eKey does not run. Where the system
    /// says that none can be there, these are its words.
    case away(String?)
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

/// A reader's end of the line to an eKey: one message, one answer.
package protocol ReaderLine: AnyObject {
    var isOpen: Bool { get }
    /// Whatever was on it before is over, and so is the session.
    func open() throws(ReaderFault)
    func shut()
    /// What is said to that message; to look at a code takes longer than all else.
    func answer(to message: [UInt8], isCode: Bool) throws(ReaderFault) -> [UInt8]
    /// Before a line that broke is tried once more.
    func rest()
}

/// What a reader is paired by, as it knows it itself.
package struct ReaderKey: Sendable {
    package let eKey: Key
    package let identity: any Signing

    package init(eKey: Key, identity: any Signing) { (self.eKey, self.identity) = (eKey, identity) }
}

/// A reader before an eKey: it opens sessions, asks what its user asks, and carries datagrams
/// (docs/PROTOCOL section 17).
///
/// What was not answered when the cable came out is said again, by its number, once it is in: so it
/// was done once.
package final class Reading {
    private let line: any ReaderLine
    private let key: ReaderKey?
    private let isSigned: (Hash, Key, Signature) -> Bool
    private var chance: any Chance
    /// Who is at the other end.
    package private(set) var eKey: Key?
    /// How many sessions were begun: each begins without a PIN.
    package private(set) var sessions = 0

    private static let partBytes = 32_768
    private static let expected = 65_535 - 2
    private static let answerBytes = 4 << 20
    private static let codes: [Instruction.Name] = [.verify, .change, .unblock]

    package init(
        _ line: any ReaderLine,
        _ key: ReaderKey?,
        chance: any Chance,
        isSigned: @escaping (Hash, Key, Signature) -> Bool
    ) {
        (self.line, self.key, self.chance, self.isSigned) = (line, key, chance, isSigned)
    }

    package var isOpen: Bool { line.isOpen }

    /// Begins a session: each proves to the other who it is.
    package func open() throws(ReaderFault) {
        try line.open()
        sessions += 1
        do {
            try greet()
        } catch {
            line.shut()
            throw error
        }
    }

    package func shut() { line.shut() }

    private func greet() throws(ReaderFault) {
        let hello = try done(Instruction(.select, 4, 0, data: Control.name))
        guard let said = try? EKeyHello(wireBytes: hello) else { throw .strange }
        if let key, said.key != key.eKey { throw .another }
        let challenge = chance.bytes(32)
        let answer = try done(Instruction(.proveOut, data: challenge))
        guard let signature = Signature(answer),
            isSigned(Paired.outbound(challenge, eKey: said.key), said.key, signature)
        else { throw .unproven }
        eKey = said.key
        if let key { try prove(key, to: said.key) }
    }

    private func prove(_ key: ReaderKey, to eKey: Key) throws(ReaderFault) {
        let challenge = try done(Instruction(.challenge))
        let own = key.identity.key
        let hash = Paired.inbound(challenge, eKey: eKey, reader: own)
        let proof = ReaderProof(key: own, signature: key.identity.sign(hash))
        // One that was forgotten meanwhile can still be paired anew, with the PIN.
        _ = try say(Instruction(.proveIn, data: proof.wireBytes))
    }

    // MARK: Commands

    /// Says it, in as many parts as it takes, and fetches all of the answer.
    package func say(_ one: Instruction) throws(ReaderFault) -> Reply {
        var parts = one.parts(of: Self.partBytes)
        guard var last = parts.popLast() else { throw .strange }
        for part in parts {
            let reply = try sayOne(part)
            guard reply.status == .done else { throw .refused(reply.status) }
        }
        last.expected = Self.expected
        var reply = try sayOne(last)
        while reply.status.left != nil {
            guard reply.data.count <= Self.answerBytes else { throw .strange }
            let next = try sayOne(Instruction(.fetch, expected: Self.expected))
            guard !next.data.isEmpty else { throw .strange }
            reply = Reply(reply.data + next.data, next.status)
        }
        return reply
    }

    private func sayOne(_ one: Instruction) throws(ReaderFault) -> Reply {
        let isCode = Self.codes.contains { $0.cla == one.cla && $0.ins == one.ins }
        guard let reply = Reply(try line.answer(to: one.bytes, isCode: isCode)) else {
            line.shut()
            throw .strange
        }
        return reply
    }

    private func done(_ one: Instruction) throws(ReaderFault) -> [UInt8] {
        let reply = try say(one)
        guard reply.status == .done else { throw .refused(reply.status) }
        return reply.data
    }

    // MARK: Codes

    /// What it said to a PIN.
    package func verify(_ pin: [UInt8]) throws(ReaderFault) -> Status {
        try say(Instruction(.verify, 0, 1, data: pin)).status
    }

    package func change(_ old: [UInt8], to new: [UInt8]) throws(ReaderFault) -> Status {
        let change = CodeChange(old: old, new: new)
        return try say(Instruction(.change, 0, 1, data: change.wireBytes)).status
    }

    package func unblock(_ code: [UInt8], to new: [UInt8]) throws(ReaderFault) -> Status {
        let change = CodeChange(old: code, new: new)
        return try say(Instruction(.unblock, 0, 1, data: change.wireBytes)).status
    }

    /// Has it know a reader from now on, in place of an old one where it names that.
    package func pair(
        _ reader: Key,
        as name: Text,
        insteadOf old: Key? = nil
    ) throws(ReaderFault) {
        let paired = Paired(key: reader, name: name)
        let data = old.map { PairedInstead(paired, of: $0).wireBytes } ?? paired.wireBytes
        _ = try done(Instruction(.pair, data: data))
    }

    package func data(_ number: UInt8) throws(ReaderFault) -> [UInt8] {
        try done(Instruction(.data, 1, number))
    }

    /// Hands in what a bank has written: what it has is taken once, so it is said again where the
    /// line broke.
    package func load(_ letter: [UInt8], _ number: UInt8) throws(ReaderFault) -> [UInt8] {
        try saidAgain(Instruction(.load, number, 0, data: letter))
    }

    // MARK: The wallet

    package func ask(_ question: [UInt8]) throws(ReaderFault) -> [UInt8] {
        try numbered(.ask, question)
    }

    package func exchange(_ incoming: Incoming) throws(ReaderFault) -> Outgoing {
        let answer = try numbered(.exchange, incoming.wireBytes(reserving: 4_096))
        guard let outgoing = try? Outgoing(wireBytes: answer) else { throw .strange }
        return outgoing
    }

    private func numbered(
        _ name: Instruction.Name,
        _ body: [UInt8]
    ) throws(ReaderFault) -> [UInt8] {
        try saidAgain(Instruction(name, data: chance.bytes(Control.numberBytes) + body))
    }

    /// Once more where the line broke meanwhile, by the same number.
    private func saidAgain(_ one: Instruction) throws(ReaderFault) -> [UInt8] {
        do {
            return try done(one)
        } catch {
            guard case .away = error else { throw error }
            line.rest()
            try open()
            return try done(one)
        }
    }
}
