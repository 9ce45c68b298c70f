package import Commit
package import Ledger
package import Money
package import Wire
package import Words

/// What an entry of an office's books says was done, as far as the mint has to do with it:
/// docs/PROTOCOL section 12.
package enum Deed: Hashable, Sendable {
    case opened(HolderKind, Text)
    /// Money came in, or went out.
    case moved(Act)
    case charged(Act, Stick)
    /// Units came back, all of them as credit, or as used up: the act says which.
    case redeemed(Act, Redemption)
    /// Units came back, of which what is credited is cleared by entries of their own.
    case received(Redemption)
    case invited(Invite)
    case enrolled(Enrolment)
    /// An enrolled key has its next certificate.
    case certified(Certification)
    case permitted(Window)
    case revoked(Revocation)
    case handedIn(HandIn)
    /// What somebody showed of others' handovers.
    case shown(Key, Showing)
    /// What follows from all that was handed in and shown.
    case ruled(Ruling)
    /// Bills, and units that are sold.
    case traded(Trade)
}

/// Units that came back, by a payment to the office.
package struct Redemption: Hashable, Sendable {
    package let payment: PaymentID
    package let handover: Handover
    package let commit: Commit

    package init(_ handover: Handover, _ commit: Commit) {
        (payment, self.handover, self.commit) = (commit.payment, handover, commit)
    }

    package var payer: Key { handover.header.payer }
    /// Nobody else's request is this one: a payment is booked once, whoever books it.
    package var request: Hash { Self.request(of: payment) }

    package static func request(of payment: PaymentID) -> Hash {
        Digest.hash(domain, payment.array)
    }

    private static let domain = Digest.Domain("tally1 redeemed")

    func shown(part: UInt64) -> Hash {
        Digest.hash(Self.shownDomain, payment.array + bigEndianBytes(part))
    }

    private static let shownDomain = Digest.Domain("tally1 shown")

    var named: Redemption { Redemption(handover.named, commit) }
}

/// Somebody may enrol, by a code that the books do not know.
package struct Invite: Hashable, Sendable {
    /// What the books know of it.
    package let code: Hash
    package let account: Account
    /// What the office will say of the holder's name.
    package let name: Text
    package let limits: Limit
    package let expires: Moment
    /// What its certificate and its windows will say that its keys are kept in.
    package let device: DeviceClass
    /// Whether it is for a meter: what that still has when its stick is settled was used up.
    package let isMeter: Bool

    /// What a window will grant.
    package struct Limit: Hashable, Sendable {
        package let largest: Amount
        package let ceiling: Amount
        package let guarantee: Amount

        package init(largest: Amount, ceiling: Amount, guarantee: Amount) {
            (self.largest, self.ceiling, self.guarantee) = (largest, ceiling, guarantee)
        }
    }

    package init(
        code: Hash,
        account: Account,
        name: Text,
        limits: Limit,
        expires: Moment,
        device: DeviceClass = .software,
        isMeter: Bool = false
    ) {
        (self.code, self.account, self.name) = (code, account, name)
        (self.limits, self.expires) = (limits, expires)
        (self.device, self.isMeter) = (device, isMeter)
    }
}

/// A key became a member's.
package struct Enrolment: Hashable, Sendable {
    package let key: Key
    /// The number of the invite's entry.
    package let invite: UInt64
    package let sealingKey: SealingKey
    package let certificate: [UInt8]
    package let name: NameStatement
    package let window: Window

    package init(
        invite: UInt64,
        sealingKey: SealingKey,
        certificate: [UInt8],
        name: NameStatement,
        window: Window
    ) {
        (key, self.invite, self.sealingKey) = (window.holder, invite, sealingKey)
        (self.certificate, self.name, self.window) = (certificate, name, window)
    }
}

/// The next certificate of an enrolled key, of the same keys as the first.
package struct Certification: Hashable, Sendable {
    package let key: Key
    package let certificate: [UInt8]

    package init(key: Key, certificate: [UInt8]) {
        (self.key, self.certificate) = (key, certificate)
    }
}

/// A payer's own handovers, in the order of their counters and without a gap.
package struct HandIn: Hashable, Sendable {
    package let handovers: [Handover]

    package init?(_ handovers: [Handover]) {
        guard (1...Self.handoversAtMost).contains(handovers.count) else { return nil }
        let first = handovers[0].header
        for (index, handover) in handovers.enumerated() {
            let (counter, isOver) = first.place.counter.addingReportingOverflow(UInt64(index))
            guard !isOver, handover.header.payer == first.payer,
                handover.header.place == Place(epoch: first.place.epoch, counter: counter)
            else { return nil }
        }
        self.handovers = handovers
    }

    package static let handoversAtMost = 16

    /// The same, each with its name computed once for all who ask for it.
    var named: HandIn { HandIn(named: self) }

    private init(named other: HandIn) { handovers = other.handovers.map(\.named) }

    package var payer: Key { handovers[0].header.payer }
    package var epoch: Epoch { handovers[0].header.place.epoch }
    package var last: Handover { handovers[handovers.count - 1] }

    /// By what those of one key and epoch are found in the books.
    package static func about(_ key: Key, _ epoch: Epoch) -> Hash {
        Digest.hash(domain, key.bytes.array + bigEndianBytes(epoch.number))
    }

    private static let domain = Digest.Domain("tally1 handins")
}

// MARK: In the books

extension Deed {
    /// The same, each handover in it with its name computed once for all who ask for it.
    var named: Deed {
        switch self {
        case .handedIn(let handIn): .handedIn(handIn.named)
        case .redeemed(let act, let redemption): .redeemed(act, redemption.named)
        case .received(let redemption): .received(redemption.named)
        case .opened, .moved, .charged, .invited, .enrolled, .certified, .permitted, .revoked,
            .shown, .ruled, .traded:
            self
        }
    }

    /// The number of its act.
    package var number: UInt64 {
        switch self {
        case .opened: 1
        case .moved(let act), .charged(let act, _), .redeemed(let act, _): act.kind.rawValue
        case .invited(let invite): invite.isMeter ? 28 : 16
        case .enrolled: 17
        case .permitted: 18
        case .revoked: 19
        case .handedIn: 20
        case .shown: 21
        case .received: 26
        case .certified: 27
        case .ruled(let ruling): ruling.number
        case .traded(let trade): trade.number
        }
    }

    package var act: Act? {
        switch self {
        case .moved(let act), .charged(let act, _), .redeemed(let act, _): act
        case .ruled(let ruling): ruling.act
        case .traded(let trade): trade.act
        case .opened, .received, .invited, .enrolled, .certified, .permitted, .revoked, .handedIn,
            .shown:
            nil
        }
    }

    /// What the entry says, and by what it is found again; nil of what is said without words.
    package var word: Said? {
        switch self {
        case .opened, .moved, .charged: nil
        case .redeemed(_, let redemption), .received(let redemption): Said(redemption)
        case .invited(let invite): Said(invite)
        case .enrolled(let enrolment): Said(enrolment)
        case .certified(let certification): Said(certification)
        case .permitted(let window): Said(window)
        case .revoked(let revocation): Said(revocation)
        case .handedIn(let handIn): Said(handIn)
        case .shown(let key, let showing): Said(key, showing)
        case .ruled(let ruling): ruling.word
        case .traded(let trade): trade.word
        }
    }

    /// A word as the books keep it.
    package struct Said: Hashable, Sendable {
        package let about: Hash
        package let place: UInt64
        package let bytes: [UInt8]

        package init(about: Hash, place: UInt64, bytes: [UInt8]) {
            (self.about, self.place, self.bytes) = (about, place, bytes)
        }
    }

    /// What a word of this act says; the act is that of its postings, where it has any.
    package init(_ number: UInt64, _ act: Act?, _ said: Said) throws(WireError) {
        var reader = Reader(said.bytes)
        switch (number, act) {
        case (5, let act?), (11, let act?):
            self = .redeemed(act, try Redemption(&reader, said))
        case (16, nil): self = .invited(try Invite(&reader, said))
        case (28, nil): self = .invited(try Invite(&reader, said, isMeter: true))
        case (17, nil): self = .enrolled(try Enrolment(&reader, said))
        case (18, nil): self = .permitted(try Self.window(&reader, said))
        case (19, nil): self = .revoked(try Self.revocation(&reader, said))
        case (20, nil): self = .handedIn(try HandIn(&reader, said))
        case (26, nil): self = .received(try Redemption(&reader, said))
        case (27, nil): self = .certified(try Certification(&reader, said))
        case (21, nil): self = .shown(try Self.witness(said), try Self.showing(&reader))
        case _:
            if let trade = try Trade(number, act, said, &reader) {
                self = .traded(trade)
            } else {
                self = .ruled(try Ruling(number, act, said, &reader))
            }
        }
        try reader.finish()
    }
}

/// Writes a word: the version, then what `body` writes.
func wordBytes(_ count: Int, _ body: (inout Writer) -> Void) -> [UInt8] {
    var writer = Writer(reserving: 2_048)
    writer.array(count + 1)
    writer.number(1)
    body(&writer)
    return writer.take()
}

extension Reader {
    mutating func word(_ count: Int) throws(WireError) {
        try array(count + 1)
        try version(1)
    }
}

extension Deed.Said {
    fileprivate init(_ redemption: Redemption) {
        let bytes = wordBytes(3) { writer in
            writer.value(redemption.payment)
            writer.value(redemption.handover)
            writer.value(redemption.commit)
        }
        self.init(about: Hash(redemption.payer.bytes), place: 0, bytes: bytes)
    }

    fileprivate init(_ invite: Invite) {
        let isOfSoftware = invite.device == .software
        let bytes = wordBytes(isOfSoftware ? 6 : 7) { writer in
            writer.number(invite.account.number)
            writer.text(invite.name)
            writer.value(invite.limits.largest)
            writer.value(invite.limits.ceiling)
            writer.value(invite.limits.guarantee)
            writer.value(invite.expires)
            if !isOfSoftware { writer.number(invite.device.rawValue) }
        }
        self.init(about: invite.code, place: 0, bytes: bytes)
    }

    fileprivate init(_ enrolment: Enrolment) {
        let bytes = wordBytes(4) { writer in
            writer.value(enrolment.sealingKey)
            writer.data(enrolment.certificate)
            writer.value(enrolment.name)
            writer.value(enrolment.window)
        }
        self.init(about: Hash(enrolment.key.bytes), place: enrolment.invite, bytes: bytes)
    }

    fileprivate init(_ certification: Certification) {
        self.init(
            about: Hash(certification.key.bytes),
            place: 0,
            bytes: wordBytes(1) { $0.data(certification.certificate) }
        )
    }

    fileprivate init(_ window: Window) {
        self.init(
            about: Hash(window.holder.bytes),
            place: window.terms.firstCounter,
            bytes: wordBytes(1) { $0.value(window) }
        )
    }

    fileprivate init(_ revocation: Revocation) {
        self.init(
            about: Hash(revocation.key.bytes),
            place: 0,
            bytes: wordBytes(1) { $0.value(revocation) }
        )
    }

    fileprivate init(_ key: Key, _ showing: Showing) {
        let bytes = wordBytes(4) { showing.writeItems(to: &$0) }
        self.init(about: Hash(key.bytes), place: 0, bytes: bytes)
    }

    fileprivate init(_ handIn: HandIn) {
        self.init(
            about: HandIn.about(handIn.payer, handIn.epoch),
            place: handIn.last.header.place.counter,
            bytes: wordBytes(1) { $0.list(handIn.handovers) }
        )
    }
}

extension Deed {
    private static func window(
        _ reader: inout Reader,
        _ said: Said
    ) throws(WireError) -> Window {
        try reader.word(1)
        let at = reader.position
        let window: Window = try reader.value()
        guard Said(window) == said else { throw WireError(.outOfRange, at: at) }
        return window
    }

    private static func witness(_ said: Said) throws(WireError) -> Key {
        guard said.place == 0 else { throw WireError(.outOfRange, at: 0) }
        return Key(said.about.bytes)
    }

    private static func showing(_ reader: inout Reader) throws(WireError) -> Showing {
        try reader.word(4)
        return try Showing(itemsFrom: &reader)
    }

    private static func revocation(
        _ reader: inout Reader,
        _ said: Said
    ) throws(WireError) -> Revocation {
        try reader.word(1)
        let at = reader.position
        let revocation: Revocation = try reader.value()
        guard Said(revocation) == said else { throw WireError(.outOfRange, at: at) }
        return revocation
    }
}

extension Redemption {
    fileprivate init(_ reader: inout Reader, _ said: Deed.Said) throws(WireError) {
        try reader.word(3)
        let at = reader.position
        let payment: PaymentID = try reader.value()
        let (handover, commit): (Handover, Commit) = (try reader.value(), try reader.value())
        self.init(handover, commit)
        guard commit.payment == payment, commit.handover == handover.hash,
            commit.receiver == payer, Hash(payer.bytes) == said.about, said.place == 0
        else { throw WireError(.outOfRange, at: at) }
    }
}

extension Invite {
    fileprivate init(
        _ reader: inout Reader,
        _ said: Deed.Said,
        isMeter: Bool = false
    ) throws(WireError) {
        let isOfSoftware = try reader.array(7...8) == 7
        try reader.version(1)
        let account = Account(number: try reader.number())
        let name = try reader.shown(atMost: Limits.nameBytes)
        let at = reader.position
        let limits = Limit(
            largest: try reader.value(),
            ceiling: try reader.value(),
            guarantee: try reader.value()
        )
        self.init(
            code: said.about,
            account: account,
            name: name,
            limits: limits,
            expires: try reader.value(),
            device: isOfSoftware ? .software : try Self.device(&reader),
            isMeter: isMeter
        )
        guard account >= .firstHolder, name.byteCount > 0, limits.largest <= limits.ceiling,
            said.place == 0
        else { throw WireError(.outOfRange, at: at) }
    }
}

extension Invite {
    /// One that is not of software, of which nothing is said.
    private static func device(_ reader: inout Reader) throws(WireError) -> DeviceClass {
        let at = reader.position
        guard let device = DeviceClass(rawValue: try reader.number()), device != .software else {
            throw WireError(.outOfRange, at: at)
        }
        return device
    }
}

extension Enrolment {
    fileprivate init(_ reader: inout Reader, _ said: Deed.Said) throws(WireError) {
        try reader.word(4)
        let at = reader.position
        self.init(
            invite: said.place,
            sealingKey: try reader.value(),
            certificate: try reader.data(atMost: Limits.certificateBytes),
            name: try reader.value(),
            window: try reader.value()
        )
        guard name.key == key, Hash(key.bytes) == said.about else {
            throw WireError(.outOfRange, at: at)
        }
    }
}

extension Certification {
    fileprivate init(_ reader: inout Reader, _ said: Deed.Said) throws(WireError) {
        guard said.place == 0 else { throw WireError(.outOfRange, at: 0) }
        try reader.word(1)
        key = Key(said.about.bytes)
        certificate = try reader.data(atMost: Limits.certificateBytes)
    }
}

extension HandIn {
    fileprivate init(_ reader: inout Reader, _ said: Deed.Said) throws(WireError) {
        try reader.word(1)
        let at = reader.position
        let read = HandIn(try reader.list(atMost: Self.handoversAtMost))
        guard let read, Deed.Said(read) == said else { throw WireError(.outOfRange, at: at) }
        self = read
    }
}
