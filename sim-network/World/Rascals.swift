import Cables
import Disks
import EKey
import Node
import Wallet
import Wire
import Words

/// What a reader that keeps to no rule has heard and may make use of.
struct Loot {
    /// The PIN, once it was typed there.
    var pin: [UInt8]?
    private var datagrams: [Carried] = []
    /// Offers that the eKey was shown.
    private(set) var offers: [PaymentID] = []
    private static let most = 64

    mutating func add(_ one: Carried?) {
        guard let one else { return }
        if datagrams.count == Self.most { datagrams.removeFirst() }
        datagrams.append(one)
    }

    mutating func add(_ news: News) {
        guard case .standing(let standing) = news, standing.side == .buyer,
            standing.word == .offered
        else { return }
        if offers.count == Self.most { offers.removeFirst() }
        offers.append(standing.payment)
    }

    /// What it makes of datagrams: some are dropped, doubled, changed, sent elsewhere, in another
    /// order, or are old ones.
    func spoiled(_ all: [Carried], _ dice: inout Dice) -> [Carried] {
        var made: [Carried] = []
        for one in all {
            switch dice.below(12) {
            case 0: continue
            case 1: made += [one, one]
            case 2:
                var bytes = one.datagram
                guard !bytes.isEmpty else { continue }
                bytes[dice.below(bytes.count)] ^= 1 << UInt8(dice.below(8))
                made.append(Carried(bytes, one.address))
            case 3: made.append(Carried(one.datagram, Peer.address(dice.below(8))))
            case 4: if !datagrams.isEmpty { made.append(datagrams[dice.below(datagrams.count)]) }
            case _: made.append(one)
            }
        }
        if made.count > 1, dice.chance(1, in: 4) { made.swapAt(0, dice.below(made.count)) }
        return Array(made.prefix(Incoming.most))
    }
}

/// Somebody who has an eKey that is not his, for a while.
struct KeyThief {
    let until: UInt64
    /// He has its reader too.
    let hasReader: Bool
    let line: Line
    /// How often he has tried the code that unblocks: beyond a few the holder would lose it.
    var codes = 0
}

extension World {
    /// A reader that keeps to no rule does something of its own.
    func misbehave(_ eKey: EKeyPeer) {
        let fam = eKey.fam
        guard eKey.dice.chance(1, in: 4), let reading = fam.reading, let line = fam.line else {
            return
        }
        switch eKey.dice.below(6) {
        case 0:
            guard !line.said.isEmpty else { return }
            note(eKey, .saidAgain)
            _ = try? line.answer(to: line.said[eKey.dice.below(line.said.count)], isCode: false)
        case 1:
            note(eKey, .askedWithoutPIN)
            reading.shut()
            guard (try? reading.open()) != nil else { return }
            _ = try? reading.ask(words(anything(eKey)))
        case 2, 3:
            guard let pin = fam.loot.pin, let payment = anOffer(eKey) else { return }
            note(eKey, .acceptedOther)
            _ = try? reading.ask(words(.accept(payment, share: [], pin: pin)))
        case 4:
            note(eKey, .loosened)
            _ = try? reading.ask(words(.wish(.policy(Policy()))))
        case _:
            note(eKey, .unpaired)
            reading.shut()
            stranger(Line(to: eKey, isPaired: false), eKey)
        }
    }

    /// Whoever is paired with nothing asks all the same.
    private func stranger(_ line: Line, _ eKey: EKeyPeer) {
        let reading = reader(line)
        guard (try? reading.open()) != nil else { return }
        _ = try? reading.exchange(Incoming())
        _ = try? reading.ask(words(anything(eKey)))
        reading.shut()
    }

    private func reader(_ line: Line) -> Reading {
        let chance = stream(
            seed,
            .reader,
            1 << 40 | Int(truncatingIfNeeded: counts.events & 0xFFFFFF)
        )
        return Reading(line, nil, chance: chance, isSigned: craft.isSigned)
    }

    private func anOffer(_ eKey: EKeyPeer) -> PaymentID? {
        let offers = eKey.fam.loot.offers
        return offers.isEmpty ? nil : offers[eKey.dice.below(offers.count)]
    }

    private func anything(_ eKey: EKeyPeer) -> Asking {
        if let payment = anOffer(eKey) { return .accept(payment, share: [], pin: nil) }
        return switch eKey.dice.below(3) {
        case 0: .wish(.listen(true))
        case 1: .wish(.call)
        case _: .pending
        }
    }

    // MARK: A thief

    /// Somebody takes it away, and gives it back when he is tired of it.
    func take(_ eKey: EKeyPeer) {
        guard eKey.thief == nil, eKey.isInUse else { return }
        eKey.fam.reading?.shut()
        eKey.cable.plug()
        let hasReader = eKey.dice.chance(1, in: 3)
        eKey.thief = KeyThief(
            until: now + 10_000 + eKey.dice.upTo(40_000),
            hasReader: hasReader,
            line: Line(to: eKey, isPaired: hasReader)
        )
        note(eKey, .stolen)
        heap.push(.reader(eKey.peer, .steal), at: now + 500)
    }

    func giveBack(_ eKey: EKeyPeer) {
        guard let thief = eKey.thief else { return }
        thief.line.shut()
        eKey.thief = nil
        note(eKey, .returned)
        wake(eKey, at: now + 1)
    }

    /// He tries the next thing.
    func steal(_ eKey: EKeyPeer) {
        guard let thief = eKey.thief else { return }
        guard now < thief.until, !isHealing else { return giveBack(eKey) }
        heap.push(.reader(eKey.peer, .steal), at: now + 100 + eKey.dice.upTo(1_500))
        guard eKey.isOn, eKey.peer.pausedUntil <= now else { return }
        if !eKey.cable.isIn { eKey.cable.plug() }
        let key = ReaderKey(eKey: eKey.peer.key, identity: eKey.fam.key)
        let reading = Reading(
            thief.line,
            thief.hasReader ? key : nil,
            chance: stream(seed, .reader, 1 << 41 | Int(truncatingIfNeeded: now)),
            isSigned: craft.isSigned
        )
        guard (try? reading.open()) != nil else { return }
        attempt(eKey, reading)
        eKey.thief?.line.shut()
    }

    private func attempt(_ eKey: EKeyPeer, _ reading: Reading) {
        switch eKey.dice.below(9) {
        case 0, 1: guess(eKey, reading)
        case 2, 3: guessInTheDark(eKey, reading)
        case 4:
            eKey.cable.loosen(after: 1 + eKey.dice.below(40))
            guess(eKey, reading)
        case 5:
            note(eKey, .askedWithoutPIN)
            _ = try? reading.ask(words(anything(eKey)))
        case 6: _ = try? reading.exchange(Incoming())
        case 7:
            guard let codes = eKey.thief?.codes, codes < 2 else { return }
            eKey.thief?.codes += 1
            let code = other(than: eKey.code, &eKey.dice)
            _ = try? reading.unblock(code, to: Array("0000".utf8))
        case _:
            note(eKey, .loosened)
            _ = try? reading.data(3)
            if let name = Text("a friend") { try? reading.pair(eKey.fam.key.key, as: name) }
            _ = try? reading.say(Instruction(.destroy))
        }
    }

    /// The holder chose no number that anybody would guess.
    private func other(than code: [UInt8], _ dice: inout Dice) -> [UInt8] {
        let digits = EKeyPeer.digits(code.count, &dice)
        return digits == code ? digits.map { $0 == 0x39 ? 0x30 : $0 + 1 } : digits
    }

    private func guess(_ eKey: EKeyPeer, _ reading: Reading) {
        note(eKey, .guessed)
        _ = try? reading.verify(other(than: eKey.watch.pin, &eKey.dice))
    }

    /// The power is pulled while the try is looked at, in the hope that it does not count.
    private func guessInTheDark(_ eKey: EKeyPeer, _ reading: Reading) {
        note(eKey, .guessedInTheDark)
        (eKey.peer.ending, eKey.peer.fuse) = (.powerCut, 1 + eKey.dice.below(10))
        _ = try? reading.verify(other(than: eKey.watch.pin, &eKey.dice))
        if eKey.peer.node != nil { eKey.peer.fuse = nil }
    }
}
