package import EKey
internal import Host
package import Links
internal import Sealing
package import Station
internal import Wire
package import Words

/// A reader before an eKey: it opens sessions, asks what its user asks, and carries datagrams.
///
/// What was not answered when the cable came out is said again, by its number, once it is in: so it
/// was done once.
package final class EKeyReader {
    private let line: ReaderLine
    private let pairing: Pairing?
    /// Who is at the other end.
    package private(set) var eKey: Key?
    /// How many sessions were begun: each begins without a PIN.
    package private(set) var sessions = 0

    package init(_ path: String, _ pairing: Pairing? = nil) throws(LinkFault) {
        (line, self.pairing) = (try ReaderLine(path), pairing)
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
        if let pairing, said.key != pairing.eKey { throw .another }
        var chance = SystemChance()
        let challenge = chance.bytes(32)
        let answer = try done(Instruction(.proveOut, data: challenge))
        guard let signature = Signature(answer),
            Ed25519().isSigned(
                Paired.outbound(challenge, eKey: said.key),
                by: said.key,
                with: signature
            )
        else { throw .unproven }
        eKey = said.key
        if let pairing { try prove(pairing, to: said.key) }
    }

    private func prove(_ pairing: Pairing, to eKey: Key) throws(ReaderFault) {
        let challenge = try done(Instruction(.challenge))
        let hash = Paired.inbound(challenge, eKey: eKey, reader: pairing.identity.key)
        let proof = ReaderProof(
            key: pairing.identity.key,
            signature: pairing.identity.sign(hash)
        )
        // One that was forgotten meanwhile can still be paired anew, with the PIN.
        _ = try line.say(Instruction(.proveIn, data: proof.wireBytes))
    }

    private func done(_ one: Instruction) throws(ReaderFault) -> [UInt8] {
        let reply = try line.say(one)
        guard reply.status == .done else { throw .refused(reply.status) }
        return reply.data
    }

    // MARK: Codes

    /// What it said to a PIN.
    package func verify(_ pin: String) throws(ReaderFault) -> Status {
        try line.say(Instruction(.verify, 0, 1, data: Array(pin.utf8))).status
    }

    package func change(_ old: String, to new: String) throws(ReaderFault) -> Status {
        let change = CodeChange(old: Array(old.utf8), new: Array(new.utf8))
        return try line.say(Instruction(.change, 0, 1, data: change.wireBytes)).status
    }

    package func unblock(_ code: String, to new: String) throws(ReaderFault) -> Status {
        let change = CodeChange(old: Array(code.utf8), new: Array(new.utf8))
        return try line.say(Instruction(.unblock, 0, 1, data: change.wireBytes)).status
    }

    /// Has it know this reader from now on.
    package func pair(
        _ pairing: Pairing,
        as name: Text,
        insteadOf old: Key? = nil
    ) throws(ReaderFault) {
        let paired = Paired(key: pairing.identity.key, name: name)
        let data = old.map { PairedInstead(paired, of: $0).wireBytes } ?? paired.wireBytes
        _ = try done(Instruction(.pair, data: data))
    }

    package func data(_ number: UInt8) throws(ReaderFault) -> [UInt8] {
        try done(Instruction(.data, 1, number))
    }

    // MARK: The bank

    /// What a bank has to know of it, of which the eKey has signed what matters.
    package func wants() throws(ReaderFault) -> EKeyWants {
        guard let wants = try? EKeyWants(wireBytes: try data(4)), let eKey,
            Ed25519().isSigned(
                EKeyWants.hash(eKey, wants.sealingKey),
                by: eKey,
                with: wants.signature
            )
        else { throw .unproven }
        return wants
    }

    package func settings() throws(ReaderFault) -> EKeySettings {
        guard let rules = try? EKeyRules(wireBytes: try data(5)) else { throw .strange }
        return rules.settings
    }

    /// The eKey's signature under what it has taken; what it has is taken once.
    package func load(_ letter: EKeyLetter, _ number: UInt8) throws(ReaderFault) -> Signature {
        let one = Instruction(.load, number, 0, data: letter.wireBytes(reserving: 4_096))
        guard let signature = Signature(try saidAgain(one)) else { throw .strange }
        return signature
    }

    // MARK: The wallet

    package func ask(_ question: Question) throws(ReaderFault) -> Told {
        let answer = try numbered(.ask, question.wireBytes(reserving: 256))
        guard let told = try? Told(wireBytes: answer) else { throw .strange }
        return told
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
        var chance = SystemChance()
        let one = Instruction(name, data: chance.bytes(Control.numberBytes) + body)
        return try saidAgain(one)
    }

    /// Once more where the line broke meanwhile, by the same number.
    private func saidAgain(_ one: Instruction) throws(ReaderFault) -> [UInt8] {
        do {
            return try done(one)
        } catch {
            guard case .away = error else { throw error }
            Process.pause(milliseconds: Self.pause)
            try open()
            return try done(one)
        }
    }

    private static let pause: UInt32 = 200
}
