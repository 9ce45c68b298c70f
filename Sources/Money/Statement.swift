package import Wire
package import Words

/// An object whose content this room understands, such as a stick, a window or a decision.
///
/// The signed object is kept as it came, so that what is passed on is what was signed.
package protocol Statement: Hashable, Sendable, WireValue {
    static var kind: Kind { get }
    /// Whether objects of this kind name a payment, and whether they answer something.
    static var namesPayment: Bool { get }
    static var answersSomething: Bool { get }
    var signed: SignedObject { get }
    /// Reads the content of an object of the right kind and shape.
    init(_ signed: SignedObject, content: inout Reader) throws(WireError)
}

extension Statement {
    package static var namesPayment: Bool { false }
    package static var answersSomething: Bool { false }

    /// The statement this object is, or what is wrong with it.
    package init(reading signed: SignedObject) throws(WireError) {
        let object = signed.object
        guard object.kind == Self.kind else { throw WireError(.outOfRange, at: 0) }
        guard (object.payment != nil) == Self.namesPayment,
            (object.answers != nil) == Self.answersSomething
        else { throw WireError(.wrongCount, at: 0) }
        var content = Reader(object.content)
        try self.init(signed, content: &content)
        try content.finish()
    }

    package func write(to writer: inout Writer) { writer.value(signed) }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        let signed: SignedObject = try reader.value()
        do {
            try self.init(reading: signed)
        } catch {
            // Positions inside the content are of little use outside; name the object.
            throw WireError(error.kind, at: start)
        }
    }

    package var sender: Key { signed.object.sender }
    package var receiver: Key { signed.object.receiver }
    package func isSigned(_ checking: some Checking) -> Bool { signed.isSigned(checking) }
}

/// Money the office issued at once to one key.
package struct Stick: Statement {
    package static let kind = Kind.stick
    /// Its request: without it, two sticks of one day and size would be one.
    package static let answersSomething = true

    package let signed: SignedObject
    package let id: Hash
    package let asset: Asset
    package let units: Amount
    package let spendUntil: Day
    package let settleUntil: Day
    package let issued: Moment

    package var office: Key { sender }
    package var owner: Key { receiver }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        id = signed.object.hash
        try reader.array(5)
        asset = try reader.value()
        let at = reader.position
        units = try reader.value()
        (spendUntil, settleUntil) = (try reader.value(), try reader.value())
        issued = try reader.value()
        // Whoever takes it on its last day needs one more to bring it to the office.
        guard units > .zero, spendUntil < settleUntil else {
            throw WireError(.outOfRange, at: at)
        }
    }

    /// What the office signs.
    ///
    /// The request is in it, so a repeated request is the same stick.
    package static func object(
        office: Key,
        owner: Key,
        request: Hash,
        asset: Asset,
        units: Amount,
        spendUntil: Day,
        settleUntil: Day,
        issued: Moment
    ) -> Object {
        var content = Writer()
        content.array(5)
        content.value(asset)
        content.value(units)
        content.value(spendUntil)
        content.value(settleUntil)
        content.value(issued)
        return Object(
            .stick,
            from: office,
            to: owner,
            answering: request,
            content: content.bytes
        )
    }
}

/// The office's permission to pay offline.
package struct Window: Statement {
    package static let kind = Kind.window

    package let signed: SignedObject
    package let id: Hash
    package let terms: Terms

    /// What a window grants.
    package struct Terms: Hashable, Sendable {
        package let epoch: Epoch
        package let asset: Asset
        package let device: DeviceClass
        package let largest: Amount
        package let ceiling: Amount
        package let guarantee: Amount
        package let firstCounter: UInt64
        package let notBefore: Moment
        package let notAfter: Moment
        package let issued: Moment

        package init(
            epoch: Epoch,
            asset: Asset,
            device: DeviceClass,
            largest: Amount,
            ceiling: Amount,
            guarantee: Amount,
            firstCounter: UInt64,
            notBefore: Moment,
            notAfter: Moment,
            issued: Moment
        ) {
            (self.epoch, self.asset, self.device) = (epoch, asset, device)
            (self.largest, self.ceiling, self.guarantee) = (largest, ceiling, guarantee)
            (self.firstCounter, self.issued) = (firstCounter, issued)
            (self.notBefore, self.notAfter) = (notBefore, notAfter)
        }
    }

    package var office: Key { sender }
    package var holder: Key { receiver }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        id = signed.object.hash
        terms = try reader.value()
    }

    package static func object(office: Key, holder: Key, _ terms: Terms) -> Object {
        Object(.window, from: office, to: holder, content: terms.wireBytes)
    }
}

extension Window.Terms: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(10)
        writer.value(epoch)
        writer.value(asset)
        writer.number(device.rawValue)
        writer.value(largest)
        writer.value(ceiling)
        writer.value(guarantee)
        writer.number(firstCounter)
        writer.value(notBefore)
        writer.value(notAfter)
        writer.value(issued)
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(10)
        (epoch, asset) = (try reader.value(), try reader.value())
        guard let device = DeviceClass(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: start)
        }
        self.device = device
        (largest, ceiling) = (try reader.value(), try reader.value())
        guarantee = try reader.value()
        firstCounter = try reader.number()
        (notBefore, notAfter) = (try reader.value(), try reader.value())
        issued = try reader.value()
        guard largest <= ceiling, notBefore <= notAfter else {
            throw WireError(.outOfRange, at: start)
        }
    }
}

/// Handovers of a key beyond this place are worth nothing.
package struct Revocation: Statement {
    package static let kind = Kind.revocation

    package let signed: SignedObject
    package let lastGood: Place
    package let reason: Text
    package let issued: Moment

    package var key: Key { receiver }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(4)
        lastGood = Place(epoch: try reader.value(), counter: try reader.number())
        reason = try reader.shown(atMost: Limits.reasonBytes)
        issued = try reader.value()
    }

    package static func object(
        office: Key,
        key: Key,
        lastGood: Place,
        reason: Text,
        issued: Moment
    ) -> Object {
        var content = Writer()
        content.array(4)
        content.value(lastGood.epoch)
        content.number(lastGood.counter)
        content.text(reason)
        content.value(issued)
        return Object(.revocation, from: office, to: key, content: content.bytes)
    }
}

/// Whose key this is, in the office's words; shown to the partner of a payment only.
package struct NameStatement: Statement {
    package static let kind = Kind.name

    package let signed: SignedObject
    package let name: Text
    package let issued: Moment

    package var key: Key { receiver }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(2)
        let start = reader.position
        name = try reader.shown(atMost: Limits.nameBytes)
        guard name.byteCount > 0 else { throw WireError(.badText, at: start) }
        issued = try reader.value()
    }

    package static func object(office: Key, key: Key, name: Text, issued: Moment) -> Object {
        var content = Writer()
        content.array(2)
        content.text(name)
        content.value(issued)
        return Object(.name, from: office, to: key, content: content.bytes)
    }
}

/// How much of a stick a meter has used up: it uses up no more of it from then on.
package struct Register: Statement {
    package static let kind = Kind.register

    package let signed: SignedObject
    package let stick: Hash
    package let count: Amount

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(2)
        (stick, count) = (try reader.value(), try reader.value())
    }

    package static func object(by meter: Key, to office: Key, _ stick: Hash, _ count: Amount)
        -> Object
    {
        var content = Writer()
        content.array(2)
        content.value(stick)
        content.value(count)
        return Object(.register, from: meter, to: office, content: content.bytes)
    }
}
