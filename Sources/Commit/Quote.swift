package import Money
package import Wire
package import Words

/// What units cost a member, and what its customer has: docs/PROTOCOL section 13.2, enquire.
package struct Quote: Statement {
    package static let kind = Kind.quote
    package static let answersSomething = true

    package let signed: SignedObject
    package let asset: Asset
    package let tariff: Text
    package let currency: Asset
    package let price: Price
    package let money: Amount
    package let moment: Moment

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(6)
        asset = try reader.value()
        tariff = try reader.shown(atMost: Limits.nameBytes)
        currency = try reader.value()
        price = try reader.value()
        money = try reader.value()
        moment = try reader.value()
    }

    package static func object(
        by office: Key,
        to request: Request,
        _ asset: Asset,
        tariff: Text,
        _ price: Price,
        of money: Amount,
        in currency: Asset,
        at moment: Moment
    ) -> Object {
        var content = Writer()
        content.array(6)
        content.value(asset)
        content.text(tariff)
        content.value(currency)
        content.value(price)
        content.value(money)
        content.value(moment)
        return Object(
            .quote,
            from: office,
            to: request.sender,
            answering: request.hash,
            content: content.bytes
        )
    }
}
