package import EKey
internal import Host
package import Links
internal import Sealing
package import Station
internal import Wire
package import Words

/// A reader before an eKey of this host, in the words of the talk between a node and its verbs.
package final class EKeyReader {
    private let reading: Reading

    package init(_ path: String, _ pairing: Pairing? = nil) throws(LinkFault) {
        reading = Reading(
            try CordLine(path),
            pairing.map { ReaderKey(eKey: $0.eKey, identity: $0.identity) },
            chance: SystemChance(),
            isSigned: { Ed25519().isSigned($0, by: $1, with: $2) }
        )
    }

    package var isOpen: Bool { reading.isOpen }
    /// Who is at the other end.
    package var eKey: Key? { reading.eKey }
    /// How many sessions were begun: each begins without a PIN.
    package var sessions: Int { reading.sessions }

    package func open() throws(ReaderFault) { try reading.open() }
    package func shut() { reading.shut() }

    /// What it said to a PIN.
    package func verify(_ pin: String) throws(ReaderFault) -> Status {
        try reading.verify(Array(pin.utf8))
    }

    package func change(_ old: String, to new: String) throws(ReaderFault) -> Status {
        try reading.change(Array(old.utf8), to: Array(new.utf8))
    }

    package func unblock(_ code: String, to new: String) throws(ReaderFault) -> Status {
        try reading.unblock(Array(code.utf8), to: Array(new.utf8))
    }

    /// Has it know this reader from now on.
    package func pair(
        _ pairing: Pairing,
        as name: Text,
        insteadOf old: Key? = nil
    ) throws(ReaderFault) {
        try reading.pair(pairing.identity.key, as: name, insteadOf: old)
    }

    package func data(_ number: UInt8) throws(ReaderFault) -> [UInt8] { try reading.data(number) }

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
        let answer = try reading.load(letter.wireBytes(reserving: 4_096), number)
        guard let signature = Signature(answer) else { throw .strange }
        return signature
    }

    // MARK: The wallet

    package func ask(_ question: Question) throws(ReaderFault) -> Told {
        let answer = try reading.ask(question.wireBytes(reserving: 256))
        guard let told = try? Told(wireBytes: answer) else { throw .strange }
        return told
    }

    package func exchange(_ incoming: Incoming) throws(ReaderFault) -> Outgoing {
        try reading.exchange(incoming)
    }
}
