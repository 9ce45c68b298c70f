package import Wire
package import Words

// What goes to a meter by hand, and comes back: docs/PROTOCOL section 19.

/// Which sticks an office has a carrier bring to a meter, and the how manieth delivery it is.
package struct Delivery: Statement {
    package static let kind = Kind.delivery

    package let signed: SignedObject
    /// From 1 on, each with the next.
    package let number: UInt64
    /// Which life of the meter's key they were sold to, as the office knew it then.
    package let epoch: Epoch
    /// Their ids, sorted.
    package let sticks: [Hash]
    package let issued: Moment

    package var id: Hash { signed.object.hash }
    package var office: Key { sender }
    package var meter: Key { receiver }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(4)
        number = try reader.number(1...Limits.deliveries)
        epoch = try reader.value()
        let at = reader.position
        sticks = try reader.list(atMost: Limits.sticksPerProvenance)
        guard !sticks.isEmpty else { throw WireError(.wrongCount, at: at) }
        guard sticks.isStrictlySorted(by: \.self) else { throw WireError(.notSorted, at: at) }
        issued = try reader.value()
    }

    package static func object(
        office: Key,
        meter: Key,
        number: UInt64,
        to epoch: Epoch,
        sticks: [Hash],
        issued: Moment
    ) -> Object {
        var content = Writer()
        content.array(4)
        content.number(number)
        content.value(epoch)
        content.list(sticks.sorted())
        content.value(issued)
        return Object(.delivery, from: office, to: meter, content: content.bytes)
    }

    /// Whether it names these, of its own office and to its own meter, in their order.
    package func brings(_ sticks: [Stick]) -> Bool {
        sticks.map(\.id) == self.sticks
            && sticks.allSatisfy { $0.office == office && $0.owner == meter }
    }
}

/// What became of a delivery, in the words of the meter that took it.
package struct MeterReceipt: Statement {
    package static let kind = Kind.meterReceipt
    package static let answersSomething = true

    package let signed: SignedObject
    package let content: Content

    /// What it says.
    package struct Content: Hashable, Sendable {
        /// Of the delivery, and the highest that this meter has taken.
        package let number: UInt64
        package let highest: UInt64
        package let pulses: UInt64
        /// Of the delivery's sticks, in their order.
        package let states: [State]
        /// How much was used up so far of sticks of which there is something, in their order.
        package let registers: [Count]
        /// The hashes of the registers that go beside it, sorted: none of them can be cut out.
        package let finals: [Hash]
        package let moment: Moment

        package init(
            number: UInt64,
            highest: UInt64,
            pulses: UInt64,
            states: [State],
            registers: [Count],
            finals: [Hash] = [],
            moment: Moment
        ) {
            (self.number, self.highest, self.pulses) = (number, highest, pulses)
            (self.states, self.registers, self.moment) = (states, registers, moment)
            self.finals = finals.sorted()
        }
    }

    package struct State: Hashable, Sendable {
        package let stick: Hash
        package let came: Came

        package init(stick: Hash, _ came: Came) { (self.stick, self.came) = (stick, came) }
    }

    /// How a stick came to be the meter's.
    package enum Came: UInt64, Hashable, Sendable {
        case taken = 0
        /// It had it already, by whichever way.
        case before = 1
        /// Its last day to be used up was past: it is held, and not used up.
        case late = 2
        /// It was sold to an earlier life of the wallet, which may have used it up: so it counts.
        case ended = 3
    }

    package struct Count: Hashable, Sendable {
        package let stick: Hash
        package let units: Amount

        package init(stick: Hash, units: Amount) { (self.stick, self.units) = (stick, units) }
    }

    package var meter: Key { sender }
    package var office: Key { receiver }
    /// The hash of the delivery that it answers.
    package var delivery: Hash {
        guard let hash = signed.object.answers else {
            preconditionFailure("a receipt answers a delivery, or it is not read")
        }
        return hash
    }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        content = try reader.value()
    }

    package static func object(answering delivery: Delivery, _ content: Content) -> Object {
        Object(
            .meterReceipt,
            from: delivery.meter,
            to: delivery.office,
            answering: delivery.id,
            content: content.wireBytes
        )
    }

    /// Whether it can be what that delivery's meter said of it; its signature is looked at apart.
    package func answers(_ delivery: Delivery) -> Bool {
        self.delivery == delivery.id && meter == delivery.meter && office == delivery.office
            && content.number == delivery.number && content.highest >= content.number
            && content.states.map(\.stick) == delivery.sticks
    }

    /// Whether every register that it names is among these.
    package func hasAll(of registers: [Register]) -> Bool {
        Set(registers.map(\.signed.object.hash)).isSuperset(of: content.finals)
    }
}

extension MeterReceipt.Content: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(7)
        for number in [number, highest, pulses] { writer.number(number) }
        writer.list(states)
        writer.list(registers)
        writer.list(finals)
        writer.value(moment)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(7)
        number = try reader.number(1...Limits.deliveries)
        highest = try reader.number(1...Limits.deliveries)
        pulses = try reader.number()
        let statesAt = reader.position
        states = try reader.list(atMost: Limits.sticksPerProvenance)
        guard !states.isEmpty else { throw WireError(.wrongCount, at: statesAt) }
        guard states.isStrictlySorted(by: \.stick) else {
            throw WireError(.notSorted, at: statesAt)
        }
        let registersAt = reader.position
        registers = try reader.list(atMost: Limits.registersPerReceipt)
        guard registers.isStrictlySorted(by: \.stick) else {
            throw WireError(.notSorted, at: registersAt)
        }
        let finalsAt = reader.position
        finals = try reader.list(atMost: Limits.registersPerReceipt)
        guard finals.isStrictlySorted(by: \.self) else {
            throw WireError(.notSorted, at: finalsAt)
        }
        moment = try reader.value()
    }
}

extension MeterReceipt.State: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(stick)
        writer.number(came.rawValue)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        stick = try reader.value()
        let at = reader.position
        guard let came = MeterReceipt.Came(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        self.came = came
    }
}

extension MeterReceipt.Count: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(stick)
        writer.value(units)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        (stick, units) = (try reader.value(), try reader.value())
    }
}
