import Commit
import Money
import Wire
package import Words

// What a wallet uses up itself: docs/PROTOCOL section 16.

/// Units that are to count as used up: a group of pulses of a meter's counter.
package struct Consumption: Hashable, Sendable {
    package let asset: Asset
    package let units: Amount
    /// What the counter showed with the group before, and shows with this one.
    package let after: UInt64
    package let through: UInt64

    package init(_ units: Amount, of asset: Asset, after: UInt64, through: UInt64) {
        (self.asset, self.units) = (asset, units)
        (self.after, self.through) = (after, through)
    }
}

extension Wallet {
    /// Gives units up for good: what is to be spent first, and of one stick from the front.
    mutating func consume(_ group: Consumption, at instant: Instant) {
        // It is on the disk: what was said of it may have been lost with the power.
        guard group.through > pulses else { return orders.append(.tell(.served(through: pulses))) }
        guard life == .live else { return deny(.inert(reason)) }
        guard group.after == pulses, group.units > .zero else {
            return deny(.refused(Reason.pulses))
        }
        let free = consumable(group.asset, on: moment(instant).day)
        let most = Amount.sum(free.map(\.amount)) ?? .largest
        guard group.units <= most else { return deny(.short(.short(most: most))) }
        var left = group.units
        var counts: [Hash: Amount] = [:]
        for piece in free where left > .zero {
            guard let cut = piece.units.cut(min(left, piece.amount)) else { break }
            let (stick, count) = (piece.holding.stick, cut.taken.count)
            guard let taken = purse.take([piece.entry(cut.taken)]),
                let sum = (consumedOf[stick] ?? .zero).adding(count)
            else { preconditionFailure("what is free can be taken, and a stick has an end") }
            for one in taken { consumed.put(one) }
            (consumedOf[stick], counts[stick]) = (sum, sum)
            left = left.subtracting(count) ?? .zero
        }
        (pulses, isMeter) = (group.through, true)
        let changes = counts.keys.sorted().map { countChange($0) }
        #if Planted
        if Plant.servedBeforeSync.isHere, group.after == 0 {
            return orders.append(.tell(.served(through: pulses)))
        }
        #endif
        note(
            entry(RecordKind.consumed, 3) { writer in
                writer.value(group.asset)
                writer.value(group.units)
                writer.number(group.through)
            },
            pieceChanges() + changes + [pulsesChange]
        )
        orders.append(.tell(.served(through: pulses)))
    }

    private var pulsesChange: Change {
        let pulses = pulses
        return .put(.register, key: Rows.pulses, bytes: row(1) { $0.number(pulses) })
    }

    private func countChange(_ stick: Hash) -> Change {
        let (count, said) = (consumedOf[stick] ?? .zero, registers[stick])
        return .put(
            .piece,
            key: Rows.key(register: stick),
            bytes: row(2) { writer in
                writer.value(count)
                writer.optional(said)
            }
        )
    }

    /// From now on it says what it has used up, be that nothing.
    mutating func beMeter() {
        guard !isMeter else { return }
        isMeter = true
        note(entry(RecordKind.settings, 0) { _ in }, [pulsesChange])
    }

    /// Signs what was used up of sticks that are past their last day to be spent: of these it uses
    /// up no more, whatever its clock says later.
    ///
    /// That the day is past an office has said: this device's own clock may have jumped, and what
    /// is signed stays so. A wallet does not know whether its office takes it for a meter's, so it
    /// signs of all that a meter could count.
    mutating func register(_ tools: Tools) {
        guard life == .live else { return }
        let changes = registerChanges(tools)
        guard !changes.isEmpty else { return }
        note(entry(RecordKind.settings, 0) { _ in }, changes + clockChange)
    }

    /// The same, as rows of a step that says more.
    mutating func registerChanges(_ tools: Tools) -> [Change] {
        let sticks = sticksOfUse.filter { id, isOver in isOver && registers[id] == nil }
            .keys.sorted()
        for id in sticks {
            guard let stick = archive.stick(id) else { continue }
            let count = consumedOf[id] ?? .zero
            let object = Register.object(by: owner.key, to: stick.office, id, count)
            let signed = SignedObject.signed(object, by: tools.keys.identity)
            guard let said = try? Register(reading: signed) else { continue }
            (consumedOf[id], registers[id]) = (count, said)
        }
        return sticks.map { countChange($0) }
    }

    /// The registers that its office is to see: those of sticks of which it has something.
    var registersToShow: [Register] {
        sticksOfUse.keys.sorted().compactMap { registers[$0] }
    }

    /// The sticks that a meter could use up and of which it has something, be it handed over and
    /// not decided; and whether an office has said that their last day to be spent is past.
    private var sticksOfUse: [Hash: Bool] {
        var own = purse.pieces + consumed.pieces
        for buyer in buying.values {
            // What was agreed to in another life is not this one's to speak of.
            guard case .held(let held) = buyer.phase,
                held.handover.header.place.epoch == owner.epoch
            else { continue }
            own += held.taken
        }
        var sticks: [Hash: Bool] = [:]
        for piece in own where isMeter || piece.asset.isMetered {
            sticks[piece.holding.stick] = piece.spendUntil < clock.day
        }
        return sticks
    }

    /// What may be used up on a day, in the order in which it is.
    private func consumable(_ asset: Asset, on today: Day) -> [Piece] {
        unpromised.pieces.filter { piece in
            piece.asset == asset && piece.spendUntil >= today
                && registers[piece.holding.stick] == nil
        }.sorted { a, b in
            (a.spendUntil, a.holding.stick, a.units.lo) < (
                b.spendUntil, b.holding.stick, b.units.lo
            )
        }
    }

    /// How much a meter may still use up.
    package func consumable(_ asset: Asset, at moment: Moment) -> Amount {
        guard life == .live else { return .zero }
        let today = Payee.clock(moment, newestSigned: clock).day
        return Amount.sum(consumable(asset, on: today).map(\.amount)) ?? .largest
    }
}
