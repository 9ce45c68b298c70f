package import Wire
package import Words

/// How far an eKey has come.
package enum Stage: UInt64, Hashable, Sendable, CaseIterable {
    /// It has keys, and knows no office.
    case blank = 0
    /// It has what it enrols by.
    case personalised = 1
    case enrolled = 2

    package var word: String {
        switch self {
        case .blank: "blank"
        case .personalised: "personalised"
        case .enrolled: "enrolled"
        }
    }
}

/// What offices have told an eKey, all of it in one place: one write, and it is there.
package struct Loaded: Hashable, Sendable {
    /// The root that it was made for, where it was made for one.
    package var madeFor: Key?
    package var personalisation: SignedObject?
    package var order: SignedObject?

    package init() {}

    package var mk: Personalisation? {
        personalisation.flatMap { try? Personalisation(reading: $0) }
    }

    private var newest: SettingsOrder? { order.flatMap { try? SettingsOrder(reading: $0) } }

    /// Those in force.
    package var settings: EKeySettings {
        newest?.settings ?? mk?.settings ?? EKeySettings()
    }

    /// The newest moment that an office has signed in these.
    package var moment: Moment? {
        [mk?.signed, newest?.signed].compactMap { $0 }.max()
    }
}

extension Loaded: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.optional(madeFor)
        writer.optional(personalisation)
        writer.optional(order)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        madeFor = try reader.optional()
        (personalisation, order) = (try reader.optional(), try reader.optional())
    }
}

/// The rules of LOAD (docs/PROTOCOL sections 20.3 and 20.5): what an eKey takes from a bank, and
/// from which one.
struct Loading {
    let inside: any Inside
    /// Whether the PIN was told in this session.
    let isHolder: Bool

    func load(_ letter: [UInt8], _ number: UInt8) throws(EKeyFailure) -> Reply {
        guard let letter = try? EKeyLetter(wireBytes: letter) else { return Reply([], .wrongData) }
        guard let signed = inside.open(letter) else { return refused(.damaged) }
        return number == 1 ? try personalise(signed) : try set(signed)
    }

    private func refused(_ status: Status) -> Reply { Reply([], status) }

    /// What the own office has signed is noted, once: what anybody can make, or say again, pushes
    /// nothing out of the log.
    private func refusedOwn(_ status: Status) -> Reply {
        let text = "a letter of its bank was refused, by \(status)"
        if inside.events.last?.text != text { inside.note(text) }
        return refused(status)
    }

    private func personalise(_ signed: SignedObject) throws(EKeyFailure) -> Reply {
        var loaded = try inside.loaded
        guard let mk = try? Personalisation(reading: signed) else { return refused(.damaged) }
        if loaded.personalisation == signed { return receipt(signed) }
        guard try inside.stage == .blank else { return refused(.notNow) }
        guard let root = root(of: mk.by, signed) else { return refused(.damaged) }
        guard loaded.madeFor.map({ $0 == root }) ?? true else { return refused(.otherRoot) }
        guard mk.until >= inside.now else { return refused(.tooLate) }
        loaded.personalisation = signed
        try inside.keep(loaded)
        inside.note("it was personalised")
        return receipt(signed)
    }

    private func set(_ signed: SignedObject) throws(EKeyFailure) -> Reply {
        var loaded = try inside.loaded
        guard let order = try? SettingsOrder(reading: signed) else { return refused(.damaged) }
        guard try inside.stage != .blank, let own = try inside.root else { return refused(.notNow) }
        if loaded.order == signed { return receipt(signed) }
        guard let root = root(of: order.by, signed) else { return refused(.damaged) }
        guard root == own else { return refused(.otherRoot) }
        let (now, new) = (loaded.settings, order.settings)
        guard new.number > now.number else { return refusedOwn(.tooLate) }
        if let button = new.button, let least = inside.button, button > least {
            return refusedOwn(.notNow)
        }
        // Until there is a wallet it is what that will begin with.
        let pin = try inside.stage == .enrolled ? inside.pinAbove : now.pin ?? .zero
        if !isHolder, now.isLoosened(by: new, pinNow: pin) {
            return refusedOwn(.notForThisSession)
        }
        loaded.order = signed
        try inside.keep(loaded)
        inside.note("its settings are those of number \(new.number)")
        return receipt(signed)
    }

    /// The root whose office has signed it.
    private func root(of by: Signatory, _ signed: SignedObject) -> Key? {
        guard let (root, office) = inside.chain(by), signed.object.sender == office,
            inside.isSigned(signed.object.hash, by: office, with: signed.signature)
        else { return nil }
        return root
    }

    private func receipt(_ signed: SignedObject) -> Reply {
        Reply(inside.sign(Self.loaded(signed.object.hash)).array)
    }

    static func loaded(_ hash: Hash) -> Hash { Digest.hash(domain, hash.bytes.array) }

    private static let domain = Digest.Domain("tally1 ekey has")
}

/// What a bank has to know of an eKey before it can write to it: docs/PROTOCOL section 17.4.
package struct EKeyWants: Hashable, Sendable, WireValue {
    package let sealingKey: SealingKey
    package let signature: Signature
    package let stage: Stage
    package let root: Key?

    init(_ inside: any Inside) throws(EKeyFailure) {
        sealingKey = inside.sealingKey
        signature = inside.sign(Self.hash(inside.identity, sealingKey))
        stage = try inside.stage
        let (own, madeFor) = (try inside.root, try inside.loaded.madeFor)
        root = own ?? madeFor
    }

    /// What an eKey signs of its sealing key.
    package static func hash(_ eKey: Key, _ sealingKey: SealingKey) -> Hash {
        Digest.hash(domain, eKey.bytes.array + sealingKey.bytes.array)
    }

    private static let domain = Digest.Domain("tally1 ekey box")

    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(1)
        writer.value(sealingKey)
        writer.value(signature)
        writer.number(stage.rawValue)
        writer.optional(root)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        try reader.version(1)
        (sealingKey, signature) = (try reader.value(), try reader.value())
        let at = reader.position
        guard let stage = Stage(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        self.stage = stage
        root = try reader.optional()
    }

    /// What whoever loaded something is answered: that this eKey has it.
    package static func receipt(of hash: Hash) -> Hash { Loading.loaded(hash) }
}

/// The settings in force, as an eKey tells them.
package struct EKeyRules: Hashable, Sendable, WireValue {
    package let settings: EKeySettings

    init(_ inside: any Inside) throws(EKeyFailure) { settings = try inside.loaded.settings }

    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.number(1)
        writer.value(settings)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try reader.version(1)
        settings = try reader.value()
    }
}
