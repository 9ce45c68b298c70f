package import Money
package import Wire
package import Words

// The short messages of a payment, and what all of them have in common.

/// REFUSE: the buyer will not pay this offer.
///
/// Nothing has been asked for, so nothing is owed.
package struct Refuse: Statement {
    package static let kind = Kind.refuse
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let offer: Hash
    package let reason: Text

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        (payment, offer) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        reason = try reader.reason()
    }

    package static func object(answering offer: Offer, reason: Text) -> Object {
        Object(
            .refuse,
            from: offer.signed.object.receiver,
            to: offer.seller,
            payment: offer.payment,
            answering: offer.hash,
            content: reasonContent(reason)
        )
    }
}

/// DECLINE: the seller will not take what ACCEPT showed, and says why.
///
/// It tells the floor too: a wallet that was rolled back mostly shows units that it has passed
/// on before, and must learn of it here, before it shows them to somebody who knows less.
package struct Decline: Statement {
    package static let kind = Kind.decline
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let accept: Hash
    package let reason: Text
    package let floor: SignedPlace?

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        (payment, accept) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        try reader.array(2)
        reason = try reader.shown(atMost: Limits.refusalBytes)
        floor = try reader.floor(of: signed.object.receiver)
    }

    package static func object(
        by seller: Key,
        answering accept: Accept,
        reason: Text,
        floor: SignedPlace?
    ) -> Object {
        var content = Writer(reserving: 512)
        content.array(2)
        content.text(reason)
        content.optional(floor)
        return Object(
            .decline,
            from: seller,
            to: accept.buyer,
            payment: accept.payment,
            answering: accept.hash,
            content: content.bytes
        )
    }
}

/// ASK: the buyer wants to see which handover of its own a COMMIT means.
package struct Ask: Statement {
    package static let kind = Kind.ask
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let commit: Hash

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        (payment, commit) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        try reader.array(0)
    }

    package static func object(answering commit: Commit) -> Object {
        Object(
            .ask,
            from: commit.receiver,
            to: commit.sender,
            payment: commit.payment,
            answering: commit.signed.object.hash,
            content: [0x80]
        )
    }
}

/// SHOW: this one.
package struct Show: Statement {
    package static let kind = Kind.show
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let commit: Hash
    package let handover: Handover

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        (payment, commit) = (try signed.object.requiredPayment, try signed.object.requiredAnswers)
        try reader.array(1)
        handover = try reader.value()
    }

    package static func object(answering ask: Ask, handover: Handover) -> Object {
        var content = Writer(reserving: 2_048)
        content.array(1)
        content.value(handover)
        return Object(
            .show,
            from: ask.receiver,
            to: ask.sender,
            payment: ask.payment,
            answering: ask.commit,
            content: content.bytes
        )
    }
}

/// COMMIT or ABORT: the seller's word, whoever brings it.
package enum Decision: Hashable, Sendable {
    case commit(Commit)
    case abort(Abort)

    package init(reading signed: SignedObject) throws(WireError) {
        switch signed.object.kind {
        case .commit: self = .commit(try Commit(reading: signed))
        case .abort: self = .abort(try Abort(reading: signed))
        case .stick, .window, .handover, .committed, .revocation, .name, .register, .bill, .invoice,
            .personalisation, .settings, .quote, .meterReceipt, .delivery, .here, .offer,
            .accept,
            .refuse, .decline, .commitRequest, .ask, .show, .welcome, .request, .answer, .warn:
            throw WireError(.outOfRange, at: 0)
        }
    }

    package var signed: SignedObject {
        switch self {
        case .commit(let commit): commit.signed
        case .abort(let abort): abort.signed
        }
    }

    package var payment: PaymentID {
        switch self {
        case .commit(let commit): commit.payment
        case .abort(let abort): abort.payment
        }
    }
}

extension Decision: WireValue {
    package func write(to writer: inout Writer) { writer.value(signed) }

    package init(from reader: inout Reader) throws(WireError) {
        try self.init(reading: try reader.value())
    }
}

private func reasonContent(_ reason: Text) -> [UInt8] {
    var content = Writer(reserving: Limits.refusalBytes + 4)
    content.array(1)
    content.text(reason)
    return content.bytes
}

extension Reader {
    fileprivate mutating func reason() throws(WireError) -> Text {
        try array(1)
        return try shown(atMost: Limits.refusalBytes)
    }

    /// A signature of the receiver's own.
    mutating func floor(of receiver: Key) throws(WireError) -> SignedPlace? {
        let at = position
        let floor: SignedPlace? = try optional()
        guard floor.map({ $0.header.payer == receiver }) ?? true else {
            throw WireError(.outOfRange, at: at)
        }
        return floor
    }

    mutating func detail() throws(WireError) -> Text? {
        try array(atMost: 1) == 0 ? nil : try shown(atMost: Limits.profileBytes)
    }

    /// One's own certificate and that of the office which gave it.
    package mutating func certificateChain() throws(WireError) -> [[UInt8]] {
        var chain: [[UInt8]] = []
        for _ in 0..<(try array(atMost: 2)) {
            chain.append(try data(atMost: Limits.certificateBytes))
        }
        return chain
    }
}

extension Writer {
    mutating func detail(_ text: Text?) {
        array(text == nil ? 0 : 1)
        if let text { self.text(text) }
    }

    package mutating func certificateChain(_ chain: [[UInt8]]) {
        array(chain.count)
        for certificate in chain { data(certificate) }
    }
}
