import Commit
import Money
import Wire
import Words

// Sticks that come by hand, and what is said of them: docs/PROTOCOL section 19.3.

extension Wallet {
    /// Has a delivery checked, or says of one that was taken what was said of it then.
    mutating func carry(
        _ delivery: Delivery,
        _ sticks: [Stick],
        _ certificates: [[UInt8]],
        _ tools: Tools
    ) {
        guard delivery.meter == owner.key, delivery.brings(sticks) else {
            return deny(.refused(Reason.unknown))
        }
        guard carried[delivery.id] == nil else { return sayAgain(delivery, tools) }
        guard life == .live else { return deny(.inert(reason)) }
        let provenance = Provenance(
            certificates: certificates,
            sticks: sticks,
            links: [],
            pieces: sticks.compactMap { stick in
                Units(0, stick.units.units).map {
                    Holding(stick: stick.id, units: $0, parent: nil)
                }
            }
        )
        let isOrdered = order(
            .delivery(delivery, provenance, verifier),
            .delivery(delivery, sticks)
        )
        if !isOrdered { deny(.tooMany) }
    }

    private mutating func sayAgain(_ delivery: Delivery, _ tools: Tools) {
        guard let receipt = carried[delivery.id] else { return }
        register(tools)
        orders.append(.tell(.carried(receipt, shown(beside: receipt), isAgain: true)))
    }

    /// A delivery is the office's, and so are its sticks: they are taken with what is said of them,
    /// in one step.
    mutating func take(
        _ delivery: Delivery,
        _ sticks: [Stick],
        _ certified: [Certified],
        at instant: Instant,
        _ tools: Tools
    ) {
        guard carried[delivery.id] == nil else { return sayAgain(delivery, tools) }
        guard life == .live else { return deny(.inert(reason)) }
        // Its office knows a later life of this key, which they were sold to.
        guard delivery.epoch <= owner.epoch else { return deny(.refused(Reason.laterLife)) }
        clock = sticks.map(\.issued).reduce(max(clock, delivery.issued)) { max($0, $1) }
        let now = moment(instant)
        var (states, changes) = ([MeterReceipt.State](), keep(certified))
        for stick in sticks {
            let came = came(stick, by: delivery, on: now.day)
            states.append(MeterReceipt.State(stick: stick.id, came))
            if came != .before { changes += add(stick, isOver: came == .ended) }
            changes += fetched(stick.id)
        }
        changes += registerChanges(tools)
        let object = MeterReceipt.object(
            answering: delivery,
            MeterReceipt.Content(
                number: delivery.number,
                highest: carried.values.map(\.content.number).reduce(delivery.number) {
                    max($0, $1)
                },
                pulses: pulses,
                states: states,
                registers: counts,
                finals: registersToShow.prefix(Limits.registersPerReceipt)
                    .map(\.signed.object.hash),
                moment: now
            )
        )
        guard
            let receipt = try? MeterReceipt(
                reading: .signed(object, by: tools.keys.identity)
            )
        else { preconditionFailure("what is said of a delivery can be read") }
        carried[delivery.id] = receipt
        note(
            entry(RecordKind.carried, 1) { $0.value(receipt) },
            changes + pieceChanges() + [
                .put(
                    .register,
                    key: Rows.carried(delivery.id),
                    bytes: row(1) { $0.value(receipt) }
                )
            ] + clockChange
        )
        orders.append(.tell(.carried(receipt, registersToShow, isAgain: false)))
    }

    private func came(
        _ stick: Stick,
        by delivery: Delivery,
        on today: Day
    ) -> MeterReceipt.Came {
        if archive.stick(stick.id) != nil { return .before }
        // Whoever lived here before may have been brought it, and have used it up.
        if delivery.epoch < owner.epoch { return .ended }
        if isOfPast(charge: stick.id) { return .ended }
        return stick.spendUntil < today ? .late : .taken
    }

    /// Those that are to be seen now, and whatever it named.
    private func shown(beside receipt: MeterReceipt) -> [Register] {
        let shown = registersToShow
        let named = Set(receipt.content.finals)
            .subtracting(shown.map(\.signed.object.hash))
        guard !named.isEmpty else { return shown }
        return shown
            + registers.keys.sorted().compactMap { registers[$0] }
            .filter { named.contains($0.signed.object.hash) }
    }

    /// How much it has used up of what it has something of, those that are to be spent first.
    private var counts: [MeterReceipt.Count] {
        var days: [Hash: Day] = [:]
        for piece in purse.pieces + consumed.pieces {
            days[piece.holding.stick] = piece.spendUntil
        }
        return days.keys.sorted { a, b in
            guard let one = days[a], let other = days[b], one != other else { return a < b }
            return one < other
        }.prefix(Limits.registersPerReceipt).sorted().map {
            MeterReceipt.Count(stick: $0, units: consumedOf[$0] ?? .zero)
        }
    }

    /// Keeps what whoever is beside this wallet cannot keep as well itself.
    mutating func keep(beside bytes: [UInt8]) {
        guard life == .live else { return deny(.inert(reason)) }
        guard bytes.count <= Limits.besideBytes else { return deny(.tooMany) }
        guard bytes != beside else { return }
        beside = bytes
        note(
            entry(RecordKind.settings, 0) { _ in },
            [.put(.register, key: Rows.beside, bytes: row(1) { $0.data(bytes) })]
        )
    }
}
