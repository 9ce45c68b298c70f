import Certificates
import Commit
import Money
import Sealing
import Wire
package import Words

/// Asks who is near, apart from the wallet: what it asks leads to no payment.
///
/// It calls as a seller does, and greets offices as a wallet does, under keys of its own; whoever
/// answers tells no more than he tells any seller or any wallet.
package struct Scout {
    /// What was heard of somebody.
    package enum Heard: Hashable, Sendable {
        case here(Hash, screen: UInt64, isEverybody: Bool)
        case office(Key, root: Key)
    }

    private let desk: EnvelopeDesk
    private var rounds: [Round] = []
    private var chance: any Chance = SystemChance()

    /// One time of asking.
    private struct Round {
        /// To everybody, and to some places: so it is known how somebody was found.
        let everybody: Lookup
        let some: Lookup
        let hello: Hello
        let at: UInt64

        var keys: [SealingKey] { [everybody.sealingKey, some.sealingKey, hello.sealingKey] }

        func says(_ datagram: [UInt8]) -> Bool {
            [everybody.datagram, some.datagram, hello.datagram].contains(datagram)
        }
    }

    /// Answers to what was asked longer ago are not heard.
    private static let hears: UInt64 = 10_000
    private static let roundsAtOnce = 3
    /// More often nobody is asked.
    package static let asksAgain: UInt64 = 400
    /// Of one round: each costs a sealed key and a signature.
    private static let answersAtMost = 256
    private var answers = 0

    package init(for owner: Key) { desk = EnvelopeDesk(identity: owner, sealing: []) }

    /// How many sealed keys were opened so far.
    var opened: UInt64 { desk.opened }

    /// What to say to everybody, to some, and to offices; nil when that was said just now.
    package mutating func ask(
        at now: UInt64
    ) -> (everybody: [UInt8], some: [UInt8], offices: [UInt8])? {
        if let last = rounds.last, now < last.at + Self.asksAgain { return nil }
        rest(at: now)
        if rounds.count == Self.roundsAtOnce { withdraw(rounds.removeFirst()) }
        let round = Round(
            everybody: lookup(),
            some: lookup(),
            hello: Hello(sealingKey: desk.announce(chance: &chance)),
            at: now
        )
        rounds.append(round)
        answers = 0
        return (round.everybody.datagram, round.some.datagram, round.hello.datagram)
    }

    private mutating func lookup() -> Lookup {
        let key = desk.announce(chance: &chance)
        // It promises something that nobody can open: so no offer follows from it.
        guard let promise = Bytes32(chance.bytes(32)) else {
            preconditionFailure("32 bytes were drawn")
        }
        return Lookup(sealingKey: key, promise: Hash(promise))
    }

    /// Forgets what was asked long ago.
    mutating func rest(at now: UInt64) {
        while let first = rounds.first, first.at + Self.hears <= now {
            withdraw(rounds.removeFirst())
        }
    }

    private func withdraw(_ round: Round) {
        for key in round.keys { desk.withdraw(key) }
    }

    /// What a datagram says to us; nil when it is for somebody else.
    ///
    /// The inner nil is what was for us, and is no answer: our own asking too, which comes back to
    /// us from a group that we are in, and that our own wallet is not to answer.
    package mutating func take(_ datagram: [UInt8], at now: UInt64) -> Heard?? {
        guard !rounds.isEmpty else { return nil }
        rest(at: now)
        guard !rounds.contains(where: { $0.says(datagram) }) else { return .some(nil) }
        do throws(EnvelopeFault) {
            guard case .message(let message, let way) = try desk.open(datagram) else { return nil }
            defer { desk.forget(way) }
            guard answers < Self.answersAtMost else { return .some(nil) }
            answers += 1
            return .some(read(message))
        } catch {
            return error == .tag || error == .kind || error == .notAwaited ? nil : .some(nil)
        }
    }

    private func read(_ message: SignedObject) -> Heard? {
        let named = message.object.answers
        if let here = try? Here(reading: message) {
            let isEverybody = rounds.contains { $0.everybody.name == named }
            guard isEverybody || rounds.contains(where: { $0.some.name == named }),
                here.isSigned(Checks.real)
            else { return nil }
            return .here(here.hash, screen: here.id, isEverybody: isEverybody)
        }
        guard let welcome = try? Welcome(reading: message),
            rounds.contains(where: { $0.hello.name == named }), welcome.isSigned(Checks.real),
            let office = try? Checks.office(welcome.certificate, by: welcome.root),
            office.certificate.key == welcome.office
        else { return nil }
        return .office(welcome.office, root: welcome.root)
    }
}
