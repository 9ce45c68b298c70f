package import Words

/// What an object is.
///
/// The numbers are in its signature, so they never change.
package enum Kind: UInt64, Hashable, Sendable, CaseIterable {
    case stick = 1
    case window = 2
    case handover = 3
    case commit = 4
    case abort = 5
    case committed = 6
    case revocation = 7
    case name = 8
    /// How much of a stick a meter has used up.
    case register = 9
    /// What an account owes a biller, and that it was paid.
    case bill = 10
    case invoice = 11
    /// What makes an empty eKey somebody's, once.
    case personalisation = 12
    /// How an eKey is to behave from now on.
    case settings = 13

    // What goes to a meter by hand, and comes back.
    /// What became of a delivery, in the meter's words.
    case meterReceipt = 14
    /// Which sticks an office has a carrier bring.
    case delivery = 15

    // The messages of a payment.
    case here = 16
    case offer = 17
    case accept = 18
    case refuse = 19
    case decline = 20
    case commitRequest = 21
    case ask = 22
    case show = 23

    // What is said at an office's counter.
    case welcome = 24
    case request = 25
    case answer = 26

    /// Against whom two who pay each other warn one another.
    case warn = 27

    /// What an office sells units for.
    case quote = 28
}

/// A statement that stands on its own as evidence: who says it to whom, about which payment,
/// in answer to what.
///
/// The receiver is part of it: without that, whoever gets an object could seal it anew to
/// somebody else. No envelope and no ephemeral key is: a repeat is the same object.
package struct Object: Hashable, Sendable {
    package let kind: Kind
    package let sender: Key
    package let receiver: Key
    package let payment: PaymentID?
    package let answers: Hash?
    package let content: [UInt8]
    /// Computed once, for it is asked for wherever an object goes; nil where Money has another.
    private let name: Hash?

    package init(
        _ kind: Kind,
        from sender: Key,
        to receiver: Key,
        payment: PaymentID? = nil,
        answering answers: Hash? = nil,
        content: [UInt8]
    ) {
        (self.kind, self.sender, self.receiver) = (kind, sender, receiver)
        (self.payment, self.answers, self.content) = (payment, answers, content)
        var writer = Writer(reserving: 192 + content.count)
        if kind != .handover {
            Self.write(kind, sender, receiver, payment, answers, content, to: &writer)
        }
        name = kind == .handover ? nil : Digest.hash(Self.domain, writer.bytes)
    }

    /// The object's name, and what its sender signs.
    ///
    /// A handover has its own (Money).
    package var hash: Hash {
        #if Planted
        if Plant.receiverUnsigned.isHere, receiver != sender {
            return Object(
                kind,
                from: sender,
                to: sender,
                payment: payment,
                answering: answers,
                content: content
            ).hash
        }
        #endif
        return name ?? Digest.hash(Self.domain, wireBytes)
    }

    private static let domain = Digest.Domain("tally1 object")
}

extension Object: WireValue {
    package func write(to writer: inout Writer) {
        Self.write(kind, sender, receiver, payment, answers, content, to: &writer)
    }

    private static func write(
        _ kind: Kind,
        _ sender: Key,
        _ receiver: Key,
        _ payment: PaymentID?,
        _ answers: Hash?,
        _ content: [UInt8],
        to writer: inout Writer
    ) {
        writer.array(8)
        writer.text("tally")
        writer.number(1)
        writer.number(kind.rawValue)
        writer.value(sender)
        writer.value(receiver)
        if let payment { writer.value(payment) } else { writer.data([]) }
        writer.optional(answers)
        writer.data(content)
    }

    package init(from reader: inout Reader) throws(WireError) {
        let from = reader.position
        try reader.array(8)
        let start = reader.position
        guard try reader.text(atMost: 5) == "tally" else { throw WireError(.badText, at: start) }
        try reader.version(1)
        let kindAt = reader.position
        guard let kind = Kind(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: kindAt)
        }
        let (sender, receiver): (Key, Key) = (try reader.value(), try reader.value())
        let paymentAt = reader.position
        let named = try reader.data(emptyOr: PaymentID.byteCount)
        let payment = PaymentID(named)
        guard named.isEmpty || payment != nil else { throw WireError(.outOfRange, at: paymentAt) }
        let answers: Hash? = try reader.optional()
        let content = try reader.data(atMost: Limits.messageBytes)
        // Set when nothing can fail any more: a value half made is copied to be made whole.
        (self.kind, self.sender, self.receiver) = (kind, sender, receiver)
        (self.payment, self.answers, self.content) = (payment, answers, content)
        // What was read is canonical, so its hash is the hash of the bytes it was read from.
        name =
            kind == .handover
            ? nil : Digest.hash(Self.domain, reader.bytes, from..<reader.position)
    }
}

/// An object with its sender's signature: what travels, and what a judge is shown.
package struct SignedObject: Hashable, Sendable {
    package let object: Object
    package let signature: Signature

    package init(_ object: Object, _ signature: Signature) {
        (self.object, self.signature) = (object, signature)
    }

    package static func signed(_ object: Object, by signer: some Signing) -> SignedObject {
        SignedObject(object, signer.sign(object.hash))
    }

    package func isSigned(_ checking: some Checking) -> Bool {
        checking.isSigned(object.hash, by: object.sender, with: signature)
    }
}

extension SignedObject {
    /// A signature tells two apart as well as all of their bytes do.
    package func hash(into hasher: inout Hasher) { hasher.combine(signature) }
}

extension SignedObject: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(object)
        writer.value(signature)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        self.init(try reader.value(), try reader.value())
    }
}
