package import Wire
package import Words

/// The main control module of an eKey: it takes what comes on the line, one message after the
/// other, and answers each (docs/PROTOCOL section 17).
///
/// It decides who may have what done and hands the rest to what it has inside. Time is an
/// argument, and only ends a session.
package final class Control {
    private let inside: any Inside
    private var channel = Channel()
    private var session = Session()
    private var last: Done?
    /// Why it does nothing more.
    package private(set) var failure: EKeyFailure?
    /// Keys and journal are gone.
    package private(set) var isDestroyed = false

    /// What was done last of what carries a number.
    private struct Done {
        let instruction: Instruction
        let reply: Reply

        func isSame(_ other: Instruction) -> Bool {
            instruction.ins == other.ins && instruction.data == other.data
        }
    }

    package static let name: [UInt8] = [0xF0] + Array("TALLY".utf8) + [1]
    package static let numberBytes = 8

    package init(_ inside: any Inside) { self.inside = inside }

    /// A line has begun or ended, or power was off for a moment: nobody is verified any more.
    package func reset() {
        channel.reset()
        #if Planted
        if Plant.sessionOutlives.isHere { return }
        #endif
        session = Session()
    }

    /// What is said to that message; nil where nothing is.
    package func take(_ message: [UInt8], at now: UInt64) -> [UInt8]? {
        if message.count == 1 {
            switch Power(rawValue: message[0]) {
            case .off, .on, .reset:
                reset()
                return nil
            case .what: return Power.answerToReset
            case nil: return nil
            }
        }
        switch channel.take(message) {
        case .answer(let reply): return reply.bytes
        case .perform(let one): return channel.cut(reply(one, now), to: one.expected).bytes
        }
    }

    private func reply(_ one: Instruction, _ now: UInt64) -> Reply {
        guard failure == nil, !isDestroyed else { return Reply([], .failed) }
        guard one.cla == 0 || one.cla == 0x80 else {
            return Reply([], (1...3).contains(one.cla) ? .noChannel : .noSuchClass)
        }
        let number = UInt16(one.cla) << 8 | UInt16(one.ins)
        guard let name = Instruction.Name(rawValue: number) else {
            return Reply([], .noSuchCommand)
        }
        do throws(EKeyFailure) {
            return try perform(name, one, now)
        } catch {
            failure = error
            inside.note("failed: \(error.reason)")
            return Reply([], .failed)
        }
    }

    private func perform(
        _ name: Instruction.Name,
        _ one: Instruction,
        _ now: UInt64
    ) throws(EKeyFailure) -> Reply {
        if let status = Self.wrong(name, one.p1, one.p2) { return Reply([], status) }
        switch name {
        case .select: return select(one.data)
        case .verify: return try verify(one.data, now)
        case .change: return try change(one.data, .pin)
        case .unblock: return try change(one.data, .unblock)
        case .challenge: return challenge(one.data)
        case .proveOut: return proveOut(one.data)
        case .proveIn: return try proveIn(one.data)
        case .data: return try data(one, now)
        // The channel has answered it.
        case .fetch: return Reply([], .notNow)
        case .ask, .exchange: return try numbered(name, one, now)
        case .pair: return try pair(one.data, now)
        case .load: return try load(one, now)
        case .destroy: return try destroy(one.data, now)
        }
    }

    private static func wrong(_ name: Instruction.Name, _ p1: UInt8, _ p2: UInt8) -> Status? {
        switch name {
        case .select: (p1, p2) == (4, 0) ? nil : .wrongParameters
        case .verify, .change, .unblock: (p1, p2) == (0, 1) ? nil : .wrongParameters
        case .data: p1 != 1 ? .wrongParameters : (1...5).contains(p2) ? nil : .noSuchData
        case .load: (1...2).contains(p1) && p2 == 0 ? nil : .wrongParameters
        case .challenge, .proveOut, .proveIn, .fetch, .ask, .exchange, .pair, .destroy:
            (p1, p2) == (0, 0) ? nil : .wrongParameters
        }
    }

    private func select(_ data: [UInt8]) -> Reply {
        guard data.isEmpty || data == Self.name else { return Reply([], .nothingOfThatName) }
        return Reply(EKeyHello(inside).wireBytes)
    }

    // MARK: Codes

    private func verify(_ digits: [UInt8], _ now: UInt64) throws(EKeyFailure) -> Reply {
        guard let left = try inside.tries(left: .pin) else { return Reply([], .notInUse) }
        if digits.isEmpty {
            return Reply([], session.isVerified(at: now) ? .done : .tries(left))
        }
        // What could be none is not worth a try.
        guard inside.couldBePIN(digits) else { return Reply([], .wrongData) }
        session.unverified()
        if let status = try wrong(.pin, digits) { return Reply([], status) }
        session.verified(at: now)
        return Reply()
    }

    private func change(_ data: [UInt8], _ code: Secret) throws(EKeyFailure) -> Reply {
        guard try inside.tries(left: code) != nil else { return Reply([], .notInUse) }
        guard let change = try? CodeChange(wireBytes: data), inside.couldBePIN(change.new) else {
            return Reply([], .wrongData)
        }
        session.unverified()
        if let status = try wrong(code, change.old) { return Reply([], status) }
        try inside.set(pin: change.new)
        inside.note(code == .pin ? "the PIN was changed" : "the PIN was set by the unblock code")
        return Reply()
    }

    /// nil when it is right.
    private func wrong(_ code: Secret, _ digits: [UInt8]) throws(EKeyFailure) -> Status? {
        guard try inside.tries(left: code) ?? 0 > 0 else { return .noTriesLeft }
        if try inside.check(code, digits) { return nil }
        let left = try inside.tries(left: code) ?? 0
        inside.note("a wrong \(code == .pin ? "PIN" : "unblock code"), \(left) more may come")
        return left == 0 ? .noTriesLeft : .tries(left)
    }

    // MARK: Proofs

    private func challenge(_ data: [UInt8]) -> Reply {
        guard data.isEmpty else { return Reply([], .wrongLength) }
        let bytes = inside.chance(16)
        session.challenged(bytes)
        return Reply(bytes)
    }

    private func proveOut(_ data: [UInt8]) -> Reply {
        guard (16...64).contains(data.count) else { return Reply([], .wrongLength) }
        return Reply(inside.sign(Paired.outbound(data, eKey: inside.identity)).array)
    }

    private func proveIn(_ data: [UInt8]) throws(EKeyFailure) -> Reply {
        guard let challenge = session.takeChallenge() else { return Reply([], .notNow) }
        guard let proof = try? ReaderProof(wireBytes: data) else { return Reply([], .wrongData) }
        let hash = Paired.inbound(challenge, eKey: inside.identity, reader: proof.key)
        guard try inside.readers.contains(where: { $0.key == proof.key }),
            try inside.loaded.settings.admits(proof.key),
            inside.isSigned(hash, by: proof.key, with: proof.signature)
        else { return Reply([], .notForThisSession) }
        session.proved(proof.key)
        return Reply()
    }

    private func pair(_ data: [UInt8], _ now: UInt64) throws(EKeyFailure) -> Reply {
        guard session.has(.holder, at: now) else { return Reply([], .notForThisSession) }
        let instead = try? PairedInstead(wireBytes: data)
        guard let reader = instead?.reader ?? (try? Paired(wireBytes: data)),
            reader.name.byteCount > 0
        else { return Reply([], .wrongData) }
        // Where the office has named them, no other, whoever knows the PIN.
        guard try inside.loaded.settings.admits(reader.key) else {
            return Reply([], .notForThisSession)
        }
        let others = try inside.readers.filter { $0.key != reader.key && $0.key != instead?.old }
        try inside.keep(others.suffix(Paired.most - 1) + [reader])
        inside.note("a reader was paired: \(reader.name.string)")
        return Reply()
    }

    // MARK: The wallet

    /// What the session may; where the office has named readers, only before one of them.
    private func has(_ right: Right, _ now: UInt64) throws(EKeyFailure) -> Bool {
        guard session.has(right, at: now) else { return false }
        let settings = try inside.loaded.settings
        return settings.readers.isEmpty || session.reader.map(settings.admits) ?? false
    }

    /// Done once, however often it is said: who lost the answer says it again.
    private func numbered(
        _ name: Instruction.Name,
        _ one: Instruction,
        _ now: UInt64
    ) throws(EKeyFailure) -> Reply {
        // Who knows the number is who was answered before, whatever befell the line meanwhile.
        #if Planted
        if Plant.repeatDoneAgain.isHere, let last, last.isSame(one) { self.last = nil }
        #endif
        if let last, last.isSame(one) { return last.reply }
        guard try has(.reader, now) else { return Reply([], .notForThisSession) }
        guard one.data.count > Self.numberBytes else { return Reply([], .wrongLength) }
        let number = one.data.prefix(Self.numberBytes)
        if let last, last.instruction.data.starts(with: number) { return Reply([], .wrongData) }
        let body = Array(one.data.dropFirst(Self.numberBytes))
        let reply = name == .ask ? try ask(body, now) : try exchange(body, now)
        if reply.status == .done { last = Done(instruction: one, reply: reply) }
        return reply
    }

    private func ask(_ question: [UInt8], _ now: UInt64) throws(EKeyFailure) -> Reply {
        guard let right = inside.right(toAsk: question) else { return Reply([], .wrongData) }
        guard try has(right, now) else { return Reply([], .notForThisSession) }
        let before = try inside.tries(left: .pin)
        guard let answer = try inside.ask(question) else { return Reply([], .notNow) }
        session.used(at: now)
        // A PIN may stand in a question too, and a wrong one ends the session as VERIFY's does.
        if let before, try inside.tries(left: .pin) ?? 0 < before { session.unverified() }
        return Reply(answer)
    }

    private func exchange(_ body: [UInt8], _ now: UInt64) throws(EKeyFailure) -> Reply {
        guard let incoming = try? Incoming(wireBytes: body) else { return Reply([], .wrongData) }
        var tells = session.isVerified(at: now)
        #if Planted
        if Plant.newsWithoutPIN.isHere { tells = true }
        #endif
        let outgoing = try inside.exchange(incoming, telling: tells)
        return Reply(outgoing.wireBytes(reserving: 4_096))
    }

    // MARK: Maintenance

    private func data(_ one: Instruction, _ now: UInt64) throws(EKeyFailure) -> Reply {
        if one.p2 == 3, try !has(.holder, now) { return Reply([], .notForThisSession) }
        guard one.data.isEmpty else { return Reply([], .wrongLength) }
        switch one.p2 {
        case 1:
            let facts = try EKeyFacts(
                inside,
                isVerified: session.isVerified(at: now),
                isPaired: session.reader != nil
            )
            return Reply(facts.wireBytes)
        case 2: return Reply(EKeyFindings(inside.inspect()).wireBytes)
        case 4: return Reply(try EKeyWants(inside).wireBytes)
        case 5: return Reply(try EKeyRules(inside).wireBytes)
        case _: return Reply(EKeyLog(inside.events).wireBytes)
        }
    }

    /// What a bank has to say comes in a letter, and speaks for itself.
    private func load(_ one: Instruction, _ now: UInt64) throws(EKeyFailure) -> Reply {
        guard !one.data.isEmpty else { return Reply([], .wrongLength) }
        let isHolder = session.has(.holder, at: now)
        let reply = try Loading(inside: inside, isHolder: isHolder).load(one.data, one.p1)
        if reply.status == .done { session.used(at: now) }
        return reply
    }

    // MARK: Its end

    private func destroy(_ data: [UInt8], _ now: UInt64) throws(EKeyFailure) -> Reply {
        guard try has(.holder, now) else { return Reply([], .notForThisSession) }
        guard data.isEmpty else { return Reply([], .wrongLength) }
        guard inside.isEmpty else { return Reply([], .notNow) }
        try inside.destroy()
        isDestroyed = true
        return Reply()
    }
}

/// A reader's key, and the proof that it has it.
package struct ReaderProof: Hashable, Sendable, WireValue {
    package let key: Key
    package let signature: Signature

    package init(key: Key, signature: Signature) { (self.key, self.signature) = (key, signature) }

    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(key)
        writer.value(signature)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        (key, signature) = (try reader.value(), try reader.value())
    }
}
