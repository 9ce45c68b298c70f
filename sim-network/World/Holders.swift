import Cables
import Disks
import EKey
import Node
import Wallet
import Words

// What people do about their eKeys: they type the PIN, press the button, pull the cable and put it
// in again. And what is judged of it.

/// What befalls an eKey and its reader, and what is done there.
package enum ReaderAct: UInt64, Hashable, Sendable, CaseIterable {
    case plugged, unplugged, restarted
    case typed, mistyped, shut, unblocked
    case shown, pressed, declined
    case stolen, guessed, guessedInTheDark, returned
    case saidAgain, askedWithoutPIN, acceptedOther, loosened, unpaired, spoiled
}

extension World {
    // MARK: The PIN

    /// Somebody types the PIN; now and then it is the wrong one at first.
    func typePIN(_ eKey: EKeyPeer) {
        let fam = eKey.fam
        guard eKey.thief == nil, let reading = fam.reading, reading.isOpen, !fam.isUnlocked else {
            return
        }
        let isWrong = !isHealing && eKey.dice.chance(1, in: 8)
        let pin = isWrong ? EKeyPeer.digits(4, &eKey.dice) : eKey.watch.pin
        guard let status = try? reading.verify(pin) else { return wake(eKey, at: now + 1) }
        switch status {
        case .done:
            fam.unlocked = reading.sessions
            fam.loot.pin = pin
            note(eKey, .typed)
            // The person looks at the screen again.
            fam.asks.insert(Fam.Pending(asking: .pending), at: 0)
            if eKey.peer.purchases > 0 {
                fam.asks.append(Fam.Pending(asking: .wish(.listen(true))))
            }
            fam.dueAt = 0
            return wake(eKey, at: now)
        case .noTriesLeft:
            note(eKey, .shut)
            unblock(eKey)
        case _: note(eKey, .mistyped)
        }
        heap.push(.reader(eKey.peer, .type), at: now + 500 + eKey.dice.upTo(3_000))
    }

    /// With the code from the drawer, and another PIN.
    private func unblock(_ eKey: EKeyPeer) {
        let new = EKeyPeer.digits(4, &eKey.dice)
        guard let status = try? eKey.fam.reading?.unblock(eKey.code, to: new) else { return }
        if status == .done { note(eKey, .unblocked) }
    }

    // MARK: The button

    /// The eKey shows an offer; whoever has it in his hand looks at it after a while.
    func show(_ eKey: EKeyPeer, _ payment: PaymentID) {
        note(eKey, .shown)
        heap.push(.reader(eKey.peer, .press(payment)), at: now + 300 + eKey.dice.upTo(3_000))
    }

    func press(_ eKey: EKeyPeer, _ payment: PaymentID) {
        guard eKey.thief == nil, let inside = eKey.inside, eKey.isOn,
            eKey.peer.pausedUntil <= now, inside.pressing.wanted?.payment == payment
        else { return }
        if eKey.watch.willing.contains(payment) {
            eKey.watch.pressed.insert(payment)
            inside.press(for: payment)
            note(eKey, .pressed)
        } else {
            note(eKey, .declined)
            inside.decline(payment)
        }
    }

    // MARK: The cable

    func befall(_ eKey: EKeyPeer, _ kind: FaultKind) {
        switch kind {
        case .unplugged: unplug(eKey)
        case .readerRestart: restart(eKey)
        case .stolen: take(eKey)
        case _: return
        }
    }

    /// It has come out: it is in again at once, or after a while; where it feeds the eKey the
    /// power is gone too.
    func cableIsOut(_ eKey: EKeyPeer) {
        note(eKey, .unplugged)
        let isShort = eKey.dice.chance(1, in: 2)
        eKey.backAt = isHealing || isShort ? now : now + 100 + eKey.dice.upTo(20_000)
        guard eKey.isFed, !eKey.peer.isDead, eKey.peer.node != nil else { return }
        end(eKey.peer, .powerCut)
        fall(eKey.peer)
    }

    /// Somebody stumbles over it within its next bytes.
    func unplug(_ eKey: EKeyPeer) {
        let spans = [40, 400, 4_000]
        eKey.cable.loosen(after: 1 + eKey.dice.below(spans[eKey.dice.below(3)]))
    }

    /// A reader ends, and begins anew a while later.
    func restart(_ eKey: EKeyPeer) {
        guard eKey.thief == nil else { return }
        note(eKey, .restarted)
        eKey.fam.reading?.shut()
        connect(eKey)
        eKey.fam.downUntil = now + 500 + eKey.dice.upTo(15_000)
        wake(eKey, at: eKey.fam.downUntil)
    }

    /// Its holder has it, and a reader that keeps to the rules; the cable is in.
    func heal(_ eKey: EKeyPeer) {
        giveBack(eKey)
        eKey.cable.plug()
        (eKey.backAt, eKey.fam.downUntil, eKey.fam.isBad) = (0, 0, false)
        wake(eKey, at: now + 1)
    }

    // MARK: What must be true

    /// Its node says so; whoever is before it hears of it when he may.
    func happened(to eKey: EKeyPeer, _ news: News) {
        eKey.inside?.happened(news)
        watch(eKey, news)
        judge(eKey)
    }

    /// Looks at what has become of a payment of its.
    private func watch(_ eKey: EKeyPeer, _ news: News) {
        guard case .standing(let standing) = news, standing.side == .buyer,
            standing.word == .held
        else { return }
        let amount = standing.about.amount.units
        let hasButton = scenario.button > 0 && amount >= scenario.button
        let needs: EKeyWatch.Needs = hasButton ? .button : eKey.fam.isBad ? .nothing : .yes
        eKey.watch.agreed(standing.payment, standing.about.memo.string, needs)
    }

    func judge(_ eKey: EKeyPeer) {
        guard let (name, sentence) = eKey.watch.broken else { return }
        refuse(name, eKey.peer, sentence)
    }
}
