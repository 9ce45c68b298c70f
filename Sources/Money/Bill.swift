package import Wire
package import Words

// What an office says of a bill: docs/PROTOCOL section 6.1.

/// The office's word that an account owes a biller something.
package struct Bill: Statement {
    package static let kind = Kind.bill

    package let signed: SignedObject
    package let terms: Terms
    package let issued: Moment

    /// What stands on a bill, and on its invoice.
    package struct Terms: Hashable, Sendable {
        package let number: UInt64
        package let biller: Text
        package let purpose: Text
        package let asset: Asset
        package let amount: Amount
        package let due: Day

        package init(
            number: UInt64,
            biller: Text,
            purpose: Text,
            asset: Asset,
            amount: Amount,
            due: Day
        ) {
            (self.number, self.biller, self.purpose) = (number, biller, purpose)
            (self.asset, self.amount, self.due) = (asset, amount, due)
        }
    }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(7)
        let number = try reader.number()
        let biller = try reader.name()
        terms = try Terms(number, biller, &reader)
        issued = try reader.value()
    }

    package static func object(
        office: Key,
        to holder: Key,
        _ terms: Terms,
        issued: Moment
    ) -> Object {
        var content = Writer()
        content.array(7)
        content.number(terms.number)
        content.text(terms.biller)
        terms.writeRest(to: &content)
        content.value(issued)
        return Object(.bill, from: office, to: holder, content: content.bytes)
    }
}

/// The office's word that a bill was paid, and out of whose account.
package struct Invoice: Statement {
    package static let kind = Kind.invoice
    package static let answersSomething = true

    package let signed: SignedObject
    package let terms: Bill.Terms
    package let holder: Text
    package let paid: Moment

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(8)
        let number = try reader.number()
        let biller = try reader.name()
        holder = try reader.name()
        terms = try Bill.Terms(number, biller, &reader)
        paid = try reader.value()
    }

    package static func object(
        office: Key,
        to payer: Key,
        request: Hash,
        _ terms: Bill.Terms,
        of holder: Text,
        paid: Moment
    ) -> Object {
        var content = Writer()
        content.array(8)
        content.number(terms.number)
        content.text(terms.biller)
        content.text(holder)
        terms.writeRest(to: &content)
        content.value(paid)
        return Object(
            .invoice,
            from: office,
            to: payer,
            answering: request,
            content: content.bytes
        )
    }
}

extension Bill.Terms {
    fileprivate init(
        _ number: UInt64,
        _ biller: Text,
        _ reader: inout Reader
    ) throws(WireError) {
        let start = reader.position
        self.init(
            number: number,
            biller: biller,
            purpose: try reader.shown(atMost: Limits.memoBytes),
            asset: try reader.value(),
            amount: try reader.value(),
            due: try reader.value()
        )
        guard purpose.byteCount > 0, amount > .zero else {
            throw WireError(.outOfRange, at: start)
        }
    }

    fileprivate func writeRest(to content: inout Writer) {
        content.text(purpose)
        content.value(asset)
        content.value(amount)
        content.value(due)
    }
}

extension Reader {
    /// A name that a person is shown.
    fileprivate mutating func name() throws(WireError) -> Text {
        let start = position
        let name = try shown(atMost: Limits.nameBytes)
        guard name.byteCount > 0 else { throw WireError(.badText, at: start) }
        return name
    }
}
