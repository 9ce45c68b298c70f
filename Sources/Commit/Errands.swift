package import Money
package import Wire
package import Words

// What a wallet and its office say to each other: docs/PROTOCOL section 13.

/// What becomes of units that go back to their office.
package enum Use: Hashable, Sendable, CaseIterable {
    /// They are credited.
    case redeemed
    /// A meter has used them up.
    case consumed

    /// The memo of an OFFER that takes what was consumed, and of no other.
    package static let memo: Text = {
        guard let memo = Text("consumed") else { preconditionFailure("plain letters") }
        return memo
    }()
}

/// An office's answer to a HELLO: who it is.
package struct Welcome: Statement {
    package static let kind = Kind.welcome
    package static let answersSomething = true

    package let signed: SignedObject
    /// Who certified it.
    package let root: Key
    package let certificate: [UInt8]
    /// What its clock says.
    package let moment: Moment

    package var office: Key { sender }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        try reader.array(3)
        root = try reader.value()
        certificate = try reader.data(atMost: Self.certificateBytes)
        moment = try reader.value()
    }

    /// With all that is around it, it fits one datagram.
    package static let certificateBytes = 640

    package static func object(
        by office: Key,
        answering hello: Hello,
        root: Key,
        certificate: [UInt8],
        moment: Moment
    ) -> Object {
        var content = Writer(reserving: 768)
        content.array(3)
        content.value(root)
        content.data(certificate)
        content.value(moment)
        return Object(
            .welcome,
            from: office,
            to: Key(hello.sealingKey.bytes),
            answering: hello.name,
            content: content.bytes
        )
    }
}

/// What a wallet asks of its office.
package struct Request: Statement {
    package static let kind = Kind.request
    package static let namesPayment = true

    package let signed: SignedObject
    package let hash: Hash
    /// It names this errand, as a payment is named.
    package let payment: PaymentID
    package let want: Want

    package enum Want: Hashable, Sendable {
        /// To be certified; the secret is its code's.
        case enrol(secret: UInt64, sealingKey: SealingKey)
        /// A stick, out of the account; or bought for that price with its customer's money.
        case charge(Asset, Amount, paying: Amount? = nil)
        /// Units back into the account; whoever has this id on its screen pays them.
        case redeem(Asset, Amount, id: UInt64, as: Use = .redeemed)
        /// Hands in what it has signed, and learns what there is to know.
        case sync(epoch: Epoch, next: UInt64, handovers: [Handover], known: UInt64)
        /// Another life, after the epoch that is over.
        case renew(Epoch)
        /// Shows what others have signed.
        case show(Showing)
        /// How its account stands: its bills from after a number on, and what units cost.
        case enquire(after: UInt64)
        case payBill(UInt64, Asset, Amount)
    }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        hash = signed.object.hash
        payment = try signed.object.requiredPayment
        want = try reader.value()
    }

    package static func object(
        by key: Key,
        to office: Key,
        payment: PaymentID,
        _ want: Want
    ) -> Object {
        Object(.request, from: key, to: office, payment: payment, content: want.wireBytes)
    }
}

extension Request.Want: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        switch self {
        case .enrol(let secret, let sealingKey):
            writer.number(1)
            writer.array(2)
            writer.number(secret)
            writer.value(sealingKey)
        case .charge(let asset, let amount, let price):
            writer.number(price == nil ? 2 : 10)
            writer.array(price == nil ? 2 : 3)
            writer.value(asset)
            writer.value(amount)
            if let price { writer.value(price) }
        case .redeem(let asset, let amount, let id, let use):
            writer.number(use == .redeemed ? 3 : 7)
            writer.array(3)
            writer.value(asset)
            writer.value(amount)
            writer.number(id)
        case .sync(let epoch, let next, let handovers, let known):
            writer.number(4)
            writer.array(4)
            writer.value(epoch)
            writer.number(next)
            writer.list(handovers)
            writer.number(known)
        case .renew(let epoch):
            writer.number(5)
            writer.array(1)
            writer.value(epoch)
        case .show(let showing):
            writer.number(6)
            writer.value(showing)
        case .enquire(let after):
            writer.number(8)
            writer.array(1)
            writer.number(after)
        case .payBill(let number, let asset, let amount):
            writer.number(9)
            writer.array(3)
            writer.number(number)
            writer.value(asset)
            writer.value(amount)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let at = reader.position
        switch try reader.number() {
        case 1:
            try reader.array(2)
            self = .enrol(
                secret: try reader.number(0...Code.secrets),
                sealingKey: try reader.value()
            )
        case 2:
            try reader.array(2)
            self = .charge(try reader.value(), try reader.value())
        case 3: self = try Self.redeem(&reader, as: .redeemed)
        case 7: self = try Self.redeem(&reader, as: .consumed)
        case 4:
            try reader.array(4)
            self = .sync(
                epoch: try reader.value(),
                next: try reader.number(),
                handovers: try reader.list(atMost: Self.handoversAtOnce),
                known: try reader.number()
            )
        case 5:
            try reader.array(1)
            self = .renew(try reader.value())
        case 6: self = .show(try reader.value())
        case 8:
            try reader.array(1)
            self = .enquire(after: try reader.number())
        case 9:
            try reader.array(3)
            self = .payBill(try reader.number(), try reader.value(), try reader.value())
        case 10:
            try reader.array(3)
            self = .charge(
                try reader.value(),
                try reader.value(),
                paying: try reader.value()
            )
        case _: throw WireError(.outOfRange, at: at)
        }
    }

    private static func redeem(_ reader: inout Reader, as use: Use) throws(WireError) -> Self {
        try reader.array(3)
        return .redeem(
            try reader.value(),
            try reader.value(),
            id: try reader.number(Here.ids),
            as: use
        )
    }

    /// Of one sync; more are handed in by the next.
    package static let handoversAtOnce = 16
    package static let handoverBytes = 40_960
}

/// What an office says to a request.
package struct Answer: Statement {
    package static let kind = Kind.answer
    package static let namesPayment = true
    package static let answersSomething = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let request: Hash
    /// When it was booked, or refused.
    package let moment: Moment
    package let outcome: Outcome

    package struct Outcome: Hashable, Sendable {
        /// Its name; nil when what was asked for is done.
        package var refusal: Text?
        package var certificates: [[UInt8]] = []
        package var papers: [SignedObject] = []
        package var numbers: [UInt64] = []

        package init() {}

        package init(refusal: Text, _ numbers: [UInt64] = []) {
            (self.refusal, self.numbers) = (refusal, numbers)
        }
    }

    package static let certificatesAtMost = 4
    package static let papersAtMost = 8
    package static let numbersAtMost = 4

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        (payment, request) = (
            try signed.object.requiredPayment, try signed.object.requiredAnswers
        )
        try reader.array(5)
        moment = try reader.value()
        var outcome = Outcome()
        let refusal = try reader.shown(atMost: Limits.refusalBytes)
        outcome.refusal = refusal.byteCount == 0 ? nil : refusal
        for _ in 0..<(try reader.array(atMost: Self.certificatesAtMost)) {
            outcome.certificates.append(try reader.data(atMost: Limits.certificateBytes))
        }
        outcome.papers = try reader.list(atMost: Self.papersAtMost)
        for _ in 0..<(try reader.array(atMost: Self.numbersAtMost)) {
            outcome.numbers.append(try reader.number())
        }
        self.outcome = outcome
    }

    package static func object(
        by office: Key,
        to request: Request,
        moment: Moment,
        _ outcome: Outcome
    ) -> Object {
        var content = Writer(reserving: 2_048)
        content.array(5)
        content.value(moment)
        content.text(outcome.refusal?.string ?? "")
        content.array(outcome.certificates.count)
        for certificate in outcome.certificates { content.data(certificate) }
        content.list(outcome.papers)
        content.array(outcome.numbers.count)
        for number in outcome.numbers { content.number(number) }
        return Object(
            .answer,
            from: office,
            to: request.sender,
            payment: request.payment,
            answering: request.hash,
            content: content.bytes
        )
    }
}
