package import Wire
package import Words

// What a bank tells an eKey: docs/PROTOCOL section 20.

/// How an eKey is to behave, by an office's word; each nil where it stays as it is.
package struct EKeySettings: Hashable, Sendable {
    /// Only grows.
    package var number: UInt64 = 0
    /// From this amount on a yes needs the button, where there is one.
    package var button: Amount?
    /// From this amount on a payment needs the PIN.
    package var pin: Amount?
    /// Who may prove himself and be paired; nobody named is anybody who knows the PIN.
    package var readers: [Key] = []
    /// What its reader is to speak; empty where the office has no opinion.
    package var language = ""

    package static let languages = ["", "en", "de"]
    package static let numbers: ClosedRange<UInt64> = 0...UInt64(Int64.max)

    package init() {}

    /// Whether that reader may come at all.
    package func admits(_ reader: Key) -> Bool { readers.isEmpty || readers.contains(reader) }

    /// Whether more would be paid without asking, or to more readers, than under these.
    package func isLoosened(by new: EKeySettings, pinNow: Amount?) -> Bool {
        if let amount = new.pin, let now = pinNow, amount > now { return true }
        guard !readers.isEmpty else { return false }
        return new.readers.isEmpty || !new.readers.allSatisfy(readers.contains)
    }
}

extension EKeySettings: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(number)
        writer.optional(button)
        writer.optional(pin)
        writer.list(readers)
        writer.text(language)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        number = try reader.number(Self.numbers)
        (button, pin) = (try reader.optional(), try reader.optional())
        readers = try reader.list(atMost: Paired.most)
        let at = reader.position
        language = try reader.text(atMost: 2)
        guard Self.languages.contains(language) else { throw WireError(.badText, at: at) }
    }
}

/// What a window is to grant, as the holder was told.
package struct EKeyLimits: Hashable, Sendable, WireValue {
    package let asset: Asset
    package let largest: Amount
    package let ceiling: Amount
    package let guarantee: Amount

    package init(asset: Asset, largest: Amount, ceiling: Amount, guarantee: Amount) {
        (self.asset, self.largest) = (asset, largest)
        (self.ceiling, self.guarantee) = (ceiling, guarantee)
    }

    package func write(to writer: inout Writer) {
        writer.array(4)
        writer.value(asset)
        writer.value(largest)
        writer.value(ceiling)
        writer.value(guarantee)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        (asset, largest) = (try reader.value(), try reader.value())
        (ceiling, guarantee) = (try reader.value(), try reader.value())
    }
}

/// Who says it: a root's certificate, and that of the office below it.
package struct Signatory: Hashable, Sendable {
    package let root: [UInt8]
    package let office: [UInt8]

    package init(root: [UInt8], office: [UInt8]) { (self.root, self.office) = (root, office) }

    fileprivate func write(to writer: inout Writer) {
        writer.data(root)
        writer.data(office)
    }

    fileprivate init(from reader: inout Reader) throws(WireError) {
        root = try reader.data(atMost: Limits.certificateBytes)
        office = try reader.data(atMost: Limits.certificateBytes)
    }
}

/// Mk: what makes a blank eKey somebody's.
package struct Personalisation: Hashable, Sendable, WireValue {
    package let by: Signatory
    /// Of the code by which it enrols.
    package let secret: UInt64
    /// Where the office is, as a reader reads it.
    package let at: String
    package let name: Text
    package let limits: EKeyLimits
    package let settings: EKeySettings
    package let signed: Moment
    package let until: Moment

    package static let placeBytes = 64
    private static let secrets: ClosedRange<UInt64> = 0...(1 << 50 - 1)

    package init(
        by: Signatory,
        secret: UInt64,
        at: String,
        name: Text,
        limits: EKeyLimits,
        settings: EKeySettings,
        signed: Moment,
        until: Moment
    ) {
        precondition(Self.secrets.contains(secret), "a code's secret has 50 bits")
        precondition(at.utf8.count <= Self.placeBytes, "a place is short")
        (self.by, self.secret, self.at, self.name) = (by, secret, at, name)
        (self.limits, self.settings) = (limits, settings)
        (self.signed, self.until) = (signed, until)
    }

    package func write(to writer: inout Writer) {
        writer.array(10)
        writer.number(1)
        by.write(to: &writer)
        writer.number(secret)
        writer.text(at)
        writer.text(name)
        writer.value(limits)
        writer.value(settings)
        writer.value(signed)
        writer.value(until)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(10)
        try reader.version(1)
        by = try Signatory(from: &reader)
        secret = try reader.number(Self.secrets)
        at = try reader.text(atMost: Self.placeBytes)
        name = try reader.shown(atMost: Limits.nameBytes)
        limits = try reader.value()
        let settingsAt = reader.position
        settings = try reader.value()
        guard settings.number == 0 else { throw WireError(.outOfRange, at: settingsAt) }
        (signed, until) = (try reader.value(), try reader.value())
    }

    /// As the office says it to an eKey.
    package func object(from office: Key, to eKey: Key) -> Object {
        Object(.personalisation, from: office, to: eKey, content: wireBytes(reserving: 2_048))
    }

    package init(reading signed: SignedObject) throws(WireError) {
        try self.init(wireBytes: signed.content(of: .personalisation))
    }
}

/// Other settings than those of before.
package struct SettingsOrder: Hashable, Sendable, WireValue {
    package let by: Signatory
    package let settings: EKeySettings
    package let signed: Moment

    package init(by: Signatory, settings: EKeySettings, signed: Moment) {
        (self.by, self.settings, self.signed) = (by, settings, signed)
    }

    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(1)
        by.write(to: &writer)
        writer.value(settings)
        writer.value(signed)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        try reader.version(1)
        by = try Signatory(from: &reader)
        (settings, signed) = (try reader.value(), try reader.value())
    }

    package func object(from office: Key, to eKey: Key) -> Object {
        Object(.settings, from: office, to: eKey, content: wireBytes(reserving: 2_048))
    }

    package init(reading signed: SignedObject) throws(WireError) {
        try self.init(wireBytes: signed.content(of: .settings))
    }
}

extension SignedObject {
    /// What one of that kind, about no payment and in answer to nothing, says.
    fileprivate func content(of kind: Kind) throws(WireError) -> [UInt8] {
        guard object.kind == kind else { throw WireError(.outOfRange, at: 0) }
        guard object.payment == nil, object.answers == nil else {
            throw WireError(.wrongCount, at: 0)
        }
        return object.content
    }
}

/// One signed object, sealed to one eKey, in the datagrams of a first message.
package struct EKeyLetter: Hashable, Sendable, WireValue {
    package let datagrams: [[UInt8]]

    package static let most = 48

    package init(_ datagrams: [[UInt8]]) {
        precondition((1...Self.most).contains(datagrams.count), "a letter has a message in it")
        self.datagrams = datagrams
    }

    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.number(1)
        writer.array(datagrams.count)
        for one in datagrams { writer.data(one) }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try reader.version(1)
        var all: [[UInt8]] = []
        for _ in 0..<(try reader.array(1...Self.most)) {
            all.append(try reader.data(atMost: Limits.datagramBytes))
        }
        datagrams = all
    }
}
