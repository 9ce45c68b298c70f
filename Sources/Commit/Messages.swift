package import Money
package import Wire
package import Words

// What the two of one payment say to each other: docs/PROTOCOL section 8.2.

/// A buyer's answer to a LOOKUP: nothing in it lasts.
package struct Here: Statement {
    package static let kind = Kind.here
    package static let answersSomething = true

    package let signed: SignedObject
    package let nonce: Salt
    /// What stands on the buyer's screen.
    package let id: UInt64

    /// The key made for this answer.
    package var oneTime: Key { sender }
    package var hash: Hash { signed.object.hash }
    package static let ids: ClosedRange<UInt64> = 0...9_999

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(2)
        nonce = try reader.value()
        id = try reader.number(Self.ids)
    }

    package static func object(
        by oneTime: Key,
        to lookup: Lookup,
        nonce: Salt,
        id: UInt64
    ) -> Object {
        var content = Writer()
        content.array(2)
        content.value(nonce)
        content.number(id)
        return Object(
            .here,
            from: oneTime,
            to: Key(lookup.sealingKey.bytes),
            answering: lookup.name,
            content: content.bytes
        )
    }
}

/// What a seller wants to be paid, and for what.
package struct Terms: Hashable, Sendable {
    package var asset: Asset
    package var amount: Amount
    package var memo: Text
    package var items: [Item] = []
    package var caps = Caps()
    package var device = DeviceClass.software
    package var wants: Wants = []
    /// For how long the offer stands.
    package var seconds: UInt64 = 120

    package init(asset: Asset, amount: Amount, memo: Text) {
        (self.asset, self.amount, self.memo) = (asset, amount, memo)
    }

    package struct Item: Hashable, Sendable {
        package let text: Text
        package let amount: Amount

        package init(text: Text, amount: Amount) { (self.text, self.amount) = (text, amount) }
    }

    /// Details that a seller asks for and gets with consent only.
    package struct Wants: OptionSet, Hashable, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }
        package static let shipping = Wants(rawValue: 1)
        package static let billing = Wants(rawValue: 2)
    }
}

extension Terms.Item: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.text(text)
        writer.value(amount)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        text = try reader.shown(atMost: Limits.itemBytes)
        amount = try reader.value()
    }
}

/// OFFER.
package struct Offer: Statement {
    package static let kind = Kind.offer
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let hash: Hash
    package let payment: PaymentID
    package let here: Hash
    package let nonce: Salt
    package let terms: Terms
    package let certificates: [[UInt8]]
    package let name: NameStatement?

    package var seller: Key { sender }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        hash = signed.object.hash
        (payment, here) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        try reader.array(10)
        nonce = try reader.value()
        terms = try Self.terms(&reader)
        certificates = try reader.certificateChain()
        name = try reader.optional()
    }

    private static func terms(_ reader: inout Reader) throws(WireError) -> Terms {
        let asset: Asset = try reader.value()
        let at = reader.position
        let amount: Amount = try reader.value()
        guard amount > .zero else { throw WireError(.outOfRange, at: at) }
        var terms = Terms(
            asset: asset,
            amount: amount,
            memo: try reader.shown(atMost: Limits.memoBytes)
        )
        let itemsAt = reader.position
        terms.items = try reader.list(atMost: Limits.itemsPerOffer)
        guard terms.items.isEmpty || Amount.sum(terms.items.map(\.amount)) == amount else {
            throw WireError(.outOfRange, at: itemsAt)
        }
        try reader.array(4)
        terms.caps.hops = Int(try reader.number(0...UInt64(Limits.hopsPerChain)))
        terms.caps.bytes = Int(try reader.number(0...UInt64(Limits.provenanceBytes)))
        terms.caps.releases = Int(try reader.number(0...UInt64(Limits.releasesPerEntry)))
        let deviceAt = reader.position
        guard let device = DeviceClass(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: deviceAt)
        }
        terms.device = device
        terms.wants = Terms.Wants(rawValue: try reader.number(0...3))
        terms.seconds = try reader.number(1...Limits.offerSeconds)
        return terms
    }

    package static func object(
        by seller: Key,
        answering here: Here,
        payment: PaymentID,
        nonce: Salt,
        terms: Terms,
        certificates: [[UInt8]],
        name: NameStatement?
    ) -> Object {
        var content = Writer(reserving: 1_600)
        content.array(10)
        content.value(nonce)
        content.value(terms.asset)
        content.value(terms.amount)
        content.text(terms.memo)
        content.list(terms.items)
        content.array(4)
        content.number(UInt64(terms.caps.hops))
        content.number(UInt64(terms.caps.bytes))
        content.number(UInt64(terms.caps.releases))
        content.number(terms.device.rawValue)
        content.number(terms.wants.rawValue)
        content.number(terms.seconds)
        content.certificateChain(certificates)
        content.optional(name)
        return Object(
            .offer,
            from: seller,
            to: here.oneTime,
            payment: payment,
            answering: here.hash,
            content: content.bytes
        )
    }
}

/// ACCEPT: what the buyer would hand over, and where it comes from.
package struct Accept: Statement {
    package static let kind = Kind.accept
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let hash: Hash
    package let payment: PaymentID
    package let offer: Hash
    package let shipping: Text?
    package let billing: Text?
    package let proposal: Proposal

    package var buyer: Key { sender }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        hash = signed.object.hash
        (payment, offer) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        try reader.array(3)
        (shipping, billing) = (try reader.detail(), try reader.detail())
        let at = reader.position
        proposal = try reader.value()
        guard proposal.payer == signed.object.sender else { throw WireError(.outOfRange, at: at) }
    }

    package static func object(
        answering offer: Offer,
        shipping: Text?,
        billing: Text?,
        proposal: Proposal
    ) -> Object {
        var content = Writer(reserving: 4_096)
        content.array(3)
        content.detail(shipping)
        content.detail(billing)
        content.value(proposal)
        return Object(
            .accept,
            from: proposal.payer,
            to: offer.seller,
            payment: offer.payment,
            answering: offer.hash,
            content: content.bytes
        )
    }
}

/// COMMIT-REQUEST: lock it and sign, above what I know of you.
package struct CommitRequest: Statement {
    package static let kind = Kind.commitRequest
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let accept: Hash
    package let total: Amount
    package let floor: SignedPlace?

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        (payment, accept) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        try reader.array(2)
        total = try reader.value()
        floor = try reader.floor(of: signed.object.receiver)
    }

    package static func object(
        by seller: Key,
        answering accept: Accept,
        total: Amount,
        floor: SignedPlace?
    ) -> Object {
        var content = Writer(reserving: 512)
        content.array(2)
        content.value(total)
        content.optional(floor)
        return Object(
            .commitRequest,
            from: seller,
            to: accept.buyer,
            payment: accept.payment,
            answering: accept.hash,
            content: content.bytes
        )
    }
}

/// AGREED: the handover, without the entries that ACCEPT fixed.
package struct Agreed: Statement {
    package static let kind = Kind.handover
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let offer: Hash
    package let agreement: Agreement
    /// The handover's name: what its payer signed.
    package let hash: Hash

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        (payment, offer) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        agreement = try Agreement(content: &reader, signature: signed.signature)
        hash = agreement.hash
        let header = agreement.header
        guard header.payer == signed.object.sender, header.payee == signed.object.receiver
        else { throw WireError(.outOfRange, at: 0) }
    }

    package static func message(_ handover: Handover, _ privates: Privates) -> SignedObject {
        let agreement = Agreement(handover)
        let object = Object(
            .handover,
            from: handover.header.payer,
            to: handover.header.payee,
            payment: privates.payment,
            answering: privates.offer,
            content: agreement.content
        )
        return SignedObject(object, handover.signature)
    }
}
