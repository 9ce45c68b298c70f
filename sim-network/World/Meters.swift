import Commit
import Disks
import Meter
import Money
import Node
import Oracle
import Wallet
import Wire
import Words

// Meters at work beside their nodes: the machine that ships counts on a memory of its own, and has
// the wallet beside it use units up, group by group, wherever the power goes meanwhile.

extension World {
    /// The power comes: what its memory kept, and the wallet has, is where it goes on.
    func start(meterOf peer: Peer) {
        guard let seat = peer.meter, seat.meter == nil, let node = peer.node, !peer.isDead,
            !isSettling, peer.hasBegun
        else { return }
        let moment = peer.time(now).moment
        do {
            let (memory, kept) = try MeterMemory.open(peer.disk, peer.tools.hiding)
            guard !peer.isDead else { return fall(peer) }
            oracle.foundKept(peer.number, kept)
            var device = try kept.map { try Device(wireBytes: $0) }
            device = device ?? Device(perPulse: seat.perPulse, at: moment)
            guard let device else { preconditionFailure("a pulse is worth that") }
            let (served, credit) = (node.wallet.pulses, credit(of: peer, node))
            seat.start(Meter(seat.setting, device, served: served, credit: credit), memory)
        } catch {
            return stop(meterOf: peer, error)
        }
        seat.drawnTo = now
        if !node.wallet.isMeter {
            tell(peer, .wish(.meter))
            flush(peer)
        }
        follow(peer, seat.order { $0.powerUp(at: moment) })
        wakeMeter(of: peer)
    }

    /// A disk that fails takes its meter down with its home; anything else must not be.
    private func stop(meterOf peer: Peer, _ error: any Error) {
        if error is WireError { refuse(.journal, peer, "a meter's memory is damaged: \(error)") }
        fall(peer)
    }

    private func wakeMeter(of peer: Peer) {
        guard let seat = peer.meter, seat.meter != nil, peer.node != nil, !isSettling else {
            return
        }
        let wait = isHealing ? 20_000 + seat.dice.upTo(10_000) : 300 + seat.dice.upTo(1_500)
        heap.push(.meter(peer, life: peer.life), at: now + wait)
    }

    /// What was drawn since the last time is counted, and what came to the wallet seen.
    func step(meterOf peer: Peer) {
        guard let seat = peer.meter, seat.meter != nil, !isSettling else { return }
        draw(through: peer, seat)
        look(meterOf: peer)
        chargeWhenLow(peer, seat)
        wakeMeter(of: peer)
    }

    private func draw(through peer: Peer, _ seat: MeterSeat) {
        let (moment, passed) = (peer.time(now).moment, now - seat.drawnTo)
        seat.drawnTo = now
        // What its clock shows says what is drawn, and how long it was a clock that nobody sets.
        let end = max(moment.seconds * 1_000, passed)
        let energy = seat.load.energy(from: end - passed, to: end)
        follow(peer, seat.order { $0.draw(energy, at: moment) })
    }

    private func look(meterOf peer: Peer) {
        guard let seat = peer.meter, let meter = seat.meter, let node = peer.node else { return }
        let (credit, served) = (credit(of: peer, node), node.wallet.pulses)
        guard (credit, served) != (meter.credit, meter.served) else { return }
        let moment = peer.time(now).moment
        follow(peer, seat.order { $0.has(credit, served: served, at: moment) })
    }

    private func credit(of peer: Peer, _ node: Node) -> Amount {
        node.wallet.consumable(asset, at: peer.time(now).moment)
    }

    /// Its people see that little is left.
    private func chargeWhenLow(_ peer: Peer, _ seat: MeterSeat) {
        guard !isHealing, !seat.isBroke, seat.meter?.device.isLow == true, seat.charges < 6 else {
            return
        }
        let isAsking = visits.contains {
            guard case .charge = $0.want else { return false }
            return $0.who == peer.number && $0.stage != .over
        }
        guard !isAsking else { return }
        seat.charges += 1
        plan(.charge(scenario.units), of: peer, at: 1 + seat.dice.upTo(4_000))
    }

    // MARK: What it orders

    private func follow(_ peer: Peer, _ orders: [Meter.Order]) {
        for order in orders {
            guard peer.node != nil, let seat = peer.meter, let meter = seat.meter else { return }
            switch order {
            case .keep: keep(peer, seat, meter.device.wireBytes)
            case .contact(let isClosed):
                tracer.note(now, peer.number, .contact(isClosed: isClosed))
            case .consume(let group): consume(group, peer, seat)
            case .serve: preconditionFailure("nobody types tokens in a world")
            }
        }
    }

    private func keep(_ peer: Peer, _ seat: MeterSeat, _ bytes: [UInt8]) {
        oracle.keeps(peer.number, bytes)
        do {
            try seat.keep(bytes, peer.tools.hiding)
        } catch {
            return stop(meterOf: peer, error)
        }
        guard !peer.isDead else { return fall(peer) }
        oracle.kept(peer.number)
    }

    private func consume(_ group: Consumption, _ peer: Peer, _ seat: MeterSeat) {
        tell(peer, .wish(.consume(group)))
        flush(peer)
        guard let node = peer.node, !peer.isDead else { return }
        let (moment, served) = (peer.time(now).moment, node.wallet.pulses)
        let credit = credit(of: peer, node)
        if served < group.through { follow(peer, seat.order { $0.refused(at: moment) }) }
        follow(peer, seat.order { $0.has(credit, served: served, at: moment) })
    }

    /// Its wallet says that all pulses up to this number are served.
    func served(_ peer: Peer, through number: UInt64) {
        oracle.served(peer.number, through: number)
        counts.served += 1
        guard let node = peer.node, let seat = peer.meter else { return }
        let left = credit(of: peer, node).units
        tracer.note(now, peer.number, .served(units: number * seat.perPulse, left: left))
    }

    // MARK: The end

    /// When all is well again the meters stop in order: all that was counted is served, as far as
    /// there is something left.
    func stopMeters() {
        for peer in wallets {
            guard breach == nil, let seat = peer.meter, seat.meter != nil, peer.node != nil else {
                continue
            }
            draw(through: peer, seat)
            look(meterOf: peer)
            let moment = peer.time(now).moment
            follow(peer, seat.order { $0.powerDown(at: moment) })
            guard let meter = seat.meter, let node = peer.node else { continue }
            let (counter, served) = (meter.device.counter, node.wallet.pulses)
            if served > counter {
                refuse(.meter, peer, "\(served) pulses are served, and \(counter) counted")
            } else if served < counter, credit(of: peer, node).units >= meter.device.perPulse {
                refuse(.meter, peer, "\(counter) pulses are counted, and \(served) served")
            }
            seat.stop()
        }
    }

    /// What its meter has used up, and can be handed in at once.
    func toHandIn(_ peer: Peer, _ node: Node) -> UInt64 {
        node.wallet.balance(asset, at: peer.time(now).moment).consumedAtOnce.units
    }

    /// When nothing can be spent any more most devices come by the office once, and say what they
    /// have used up; who stays away has used up all of it.
    func comeAfterTheirDay(_ isLate: Bool) {
        if !isLate { pass(days: Self.daysToShow) }
        let coming = wallets.filter { peer in
            peer.crook == nil && (peer.meter == nil || peer.meter?.dice.chance(2, in: 3) == true)
        }
        for peer in coming {
            plan(.sync, of: peer, at: 1 + visitors.upTo(60_000))
            if peer.meter?.dice.chance(1, in: 2) == true {
                plan(.handIn, of: peer, at: 1 + visitors.upTo(60_000))
            }
        }
        advance(until: now + Self.sevenMinutes)
        for peer in coming where breach == nil && peer.node != nil {
            tell(peer, .wish(.register))
            flush(peer)
            for showing in itsOwnShowings(of: peer) {
                plan(.show(showing), of: peer, at: 1 + visitors.upTo(60_000))
            }
        }
        advance(until: now + Self.sevenMinutes)
    }
}

// MARK: Liars

extension World {
    /// Every other thief among meters is a meter to the office, with no load but what he says.
    func isMeterOfAThief(_ peer: Peer) -> Bool {
        scenario.meters > 0 && peer.number >= wallets.count - scenario.thieves
            && peer.number < wallets.count && peer.number.isMultiple(of: 2)
    }

    /// What a thief says that he has used up of the sticks he has had: any number will do for him.
    func registers(of crook: Crook) -> [Showing] {
        var sticks: [Hash] = []
        for one in crook.holdings where !sticks.contains(one.stick) { sticks.append(one.stick) }
        return sticks.prefix(16).map { stick in
            let units = crook.archive.stick(stick)?.units.units ?? 0
            let count = [0, 1, units / 2, units, units + 7][crook.dice.below(5)]
            let object = Register.object(
                by: crook.peer.key,
                to: office.certificate.key,
                stick,
                Office.amount(count)
            )
            var showing = Showing()
            showing.decisions = [.signed(object, by: crook.signer)]
            return showing
        }
    }

    /// When the day is closed they say that they have used up nothing: nobody hears it any more.
    func sayItTooLate() {
        for peer in wallets {
            guard let crook = peer.crook else { continue }
            for showing in registers(of: crook) {
                plan(.show(showing), of: peer, at: 1 + visitors.upTo(60_000))
            }
        }
        advance(until: now + Self.sevenMinutes)
    }
}
