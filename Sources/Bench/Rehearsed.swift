internal import Certificates
internal import Command
internal import Commit
internal import Homes
internal import Links
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

import struct Wallet.Wallet

/// What a seller draws and reads of the clock, the same in a rehearsal and when it is measured:
/// so that what buyers answered then fits now.
enum Rehearsed {
    /// A seller's chance until it has called; then the system's.
    final class Call: Chance {
        private var seeded = DemoChance.seeded(seed: 64, drawn: 0)
        private var system = SystemChance()
        var isOver = false

        func bytes(_ count: Int) -> [UInt8] {
            isOver ? system.bytes(count) : seeded.bytes(count)
        }
    }

    /// What a seller's keys name payments by: those with a buyer by that buyer and their number.
    final class Names {
        var next: (buyer: Hash, number: UInt64)?

        func around(_ keys: any Keys) -> any Keys { NamingKeys(keys: keys, names: self) }

        fileprivate func payment(
            in epoch: Epoch,
            _ keys: any Keys,
            _ chance: inout any Chance
        ) -> PaymentID {
            guard let next else { return keys.payment(in: epoch, chance: &chance) }
            let seed = bigEndianWord(next.buyer.bytes.array, 0) &+ next.number
            var drawn: any Chance = DemoChance.seeded(seed: seed, drawn: next.number)
            return keys.payment(in: epoch, chance: &drawn)
        }
    }

    private final class NamingKeys: Keys {
        private let keys: any Keys
        private let names: Names

        init(keys: any Keys, names: Names) { (self.keys, self.names) = (keys, names) }

        var identity: any Signing { keys.identity }

        func payment(in epoch: Epoch, chance: inout any Chance) -> PaymentID {
            names.payment(in: epoch, keys, &chance)
        }

        func isOwn(_ payment: PaymentID) -> Bool { keys.isOwn(payment) }

        func oneTime(chance: inout any Chance) -> any Signing { keys.oneTime(chance: &chance) }
    }
}

/// The answers of many buyers to one seller, made beforehand: for a call that is heard, and for
/// every payment after it.
struct Crowd {
    /// What one buyer hears and says, in the order in which it does.
    struct Part {
        /// How many bytes it hears, and what it says to that.
        var turns: [(heard: Int, says: [[UInt8]])] = []
        var next = 0
    }

    private var parts: [UInt64: Part] = [:]
    private let call: [UInt8]
    private let answers: [[UInt8]]
    let buyers: Int
    let payments: Int

    /// Rehearses `each` payments of each of so many buyers to this seller.
    init(
        _ seller: PayHome,
        buyers: Int,
        each: Int,
        _ money: DemoMoney,
        at now: Moment
    ) throws(Complaint) {
        (self.buyers, payments) = (buyers, buyers * each)
        let room = Rehearsal(at: now, checking: TrustedChecks())
        let (chance, names) = (Rehearsed.Call(), Rehearsed.Names())
        let till = room.sit(
            Wallet.founded(seller.owner).0,
            seller.ring,
            keys: names.around(seller.ring.keys),
            chance: chance
        )
        for _ in 0..<buyers { try Self.seat(at: room, seller.owner.key, money, now) }
        let record = Record()
        room.onParcel = { record.note($0) }
        var heres: [Hash] = []
        _ = room.wish(.call, of: till)
        chance.isOver = true
        room.run { number, news in
            if number == till, case .here(_, let name, _) = news { heres.append(name) }
        }
        guard heres.count == buyers, let call = record.call else { throw Self.torn }
        (self.call, answers) = (call, record.answers)
        let terms = try PaySide.terms()
        for number in 0..<each {
            var paid = 0
            for name in heres {
                names.next = (name, UInt64(number))
                _ = room.wish(.offer(terms, to: name), of: till)
            }
            room.run { seat, news in
                if seat == till, case .standing(let one) = news, one.word == .paid { paid += 1 }
            }
            guard paid >= buyers else { throw Self.torn }
        }
        parts = record.parts
    }

    private static func seat(
        at room: Rehearsal,
        _ seller: Key,
        _ money: DemoMoney,
        _ now: Moment
    ) throws(Complaint) {
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        guard let name = Text("buyer"), let much = Amount(10_000_000) else { throw torn }
        let owner = try money.owner(ring, name: name, at: now)
        let seat = room.sit(Wallet.founded(owner).0, ring)
        for gift in try money.gifts(to: owner, much, at: now) { _ = room.wish(gift, of: seat) }
        var policy = Policy()
        (policy.sellers, policy.left) = ([seller], .largest)
        _ = room.wish(.policy(policy), of: seat)
        _ = room.wish(.listen(true), of: seat)
    }

    private static let torn = Complaint(
        .failed,
        "bench",
        "the rehearsal of many buyers did not come to its end",
        hint: "run it again; if it stays so, this is a fault of Tally"
    )

    /// What the datagrams of one conversation have alike.
    private static func tag(_ datagram: [UInt8]) -> UInt64 {
        datagram.count < Datagram.headerBytes ? 0 : bigEndianWord(datagram, 1)
    }

    /// Writes down what buyers hear and say; the seller has seat 0.
    private final class Record {
        private(set) var call: [UInt8]?
        private(set) var answers: [[UInt8]] = []
        private(set) var parts: [UInt64: Part] = [:]
        /// The tag of a buyer's conversation, once it was heard.
        private var tags: [Int: UInt64] = [:]

        func note(_ parcel: Rehearsal.Parcel) {
            let datagram = parcel.datagram
            if parcel.from == 0 {
                if Lookup.looksLike(datagram) { return call = datagram }
                let tag = Crowd.tag(datagram)
                tags[parcel.to] = tag
                parts[tag, default: Part()].turns.append((datagram.count, []))
            } else if let tag = tags[parcel.from], let part = parts[tag] {
                parts[tag]?.turns[part.turns.count - 1].says.append(datagram)
            } else {
                answers.append(datagram)
            }
        }
    }
}

extension Crowd {
    /// Plays the buyers on that link, until all payments are made or the seller is silent.
    mutating func play(on air: UDP, _ waiting: Waiting, quietAtMost milliseconds: Int) -> Bool {
        var left = parts.values.reduce(0) { $0 + $1.turns.count }
        for tag in parts.keys { parts[tag]?.next = 0 }
        while left > 0 {
            guard !waiting.wait(atMost: milliseconds).isEmpty else { return false }
            air.receive(atMost: 256, at: 0) { datagram, address in
                if datagram == call {
                    for answer in answers { air.send(answer, to: address) }
                }
                if let says = hear(datagram) {
                    left -= 1
                    for one in says { air.send(one, to: address) }
                }
                // A seller's repeats are said word for word, and are to be heard here.
                return false
            }
        }
        return true
    }

    /// What a buyer says to this; nil when it is nothing that it waits for, as a repeat is.
    private mutating func hear(_ datagram: [UInt8]) -> [[UInt8]]? {
        let tag = Self.tag(datagram)
        guard let part = parts[tag], part.next < part.turns.count else { return nil }
        let turn = part.turns[part.next]
        guard turn.heard == datagram.count else { return nil }
        parts[tag]?.next += 1
        return turn.says
    }
}

/// Believes every signature: whoever uses it has made all of them.
struct TrustedChecks: Checking {
    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool { true }

    func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        try Checks.real.certificate(der, issuedBy: issuer)
    }
}
