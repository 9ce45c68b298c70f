package import Wire
package import Words

/// What a reader brings from the networks, and takes there: docs/PROTOCOL section 17.2.
package struct Incoming: Hashable, Sendable {
    package var datagrams: [Carried] = []

    package static let most = 48

    package init() {}
}

/// A datagram, and from or to where.
package struct Carried: Hashable, Sendable {
    /// nil is to everybody.
    package let address: Address?
    package let datagram: [UInt8]

    package init(_ datagram: [UInt8], _ address: Address?) {
        (self.datagram, self.address) = (datagram, address)
    }
}

/// What goes the other way: datagrams, how many milliseconds the eKey can do without, and news.
package struct Outgoing: Hashable, Sendable {
    package var datagrams: [Carried] = []
    package var patience: UInt64 = 0
    /// Of what happened, in the words of the talk between node and verbs.
    package var news: [[UInt8]] = []

    package static let most = 512
    package static let newsBytes = 1 << 20

    package init() {}
}

extension Incoming: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.number(1)
        writer.array(datagrams.count)
        for one in datagrams {
            writer.array(2)
            writer.data(one.address?.bytes ?? [])
            writer.data(one.datagram)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try reader.version(1)
        for _ in 0..<(try reader.array(atMost: Self.most)) {
            try reader.array(2)
            let address = try reader.carriedAddress()
            datagrams.append(Carried(try reader.data(atMost: Limits.datagramBytes), address))
        }
    }
}

extension Outgoing: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        writer.number(1)
        writer.array(datagrams.count)
        for one in datagrams {
            writer.array(2)
            writer.array(one.address == nil ? 0 : 1)
            if let address = one.address { writer.data(address.bytes) }
            writer.data(one.datagram)
        }
        writer.number(patience)
        writer.array(news.count)
        for one in news { writer.data(one) }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        try reader.version(1)
        for _ in 0..<(try reader.array(atMost: Self.most)) {
            try reader.array(2)
            let isSome = try reader.array(atMost: 1) == 1
            let address = isSome ? try reader.carriedAddress() : nil
            datagrams.append(Carried(try reader.data(atMost: Limits.datagramBytes), address))
        }
        patience = try reader.number()
        for _ in 0..<(try reader.array(atMost: 256)) {
            news.append(try reader.data(atMost: Self.newsBytes))
        }
    }
}

extension Reader {
    fileprivate mutating func carriedAddress() throws(WireError) -> Address {
        let at = position
        guard let address = Address(try data(atMost: Limits.addressBytes)) else {
            throw WireError(.outOfRange, at: at)
        }
        return address
    }
}

/// What a reader is paired by: its key, and what it is called.
package struct Paired: Hashable, Sendable, WireValue {
    package let key: Key
    package let name: Text

    package static let most = 4
    package static let nameBytes = 64

    package init(key: Key, name: Text) { (self.key, self.name) = (key, name) }

    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(key)
        writer.text(name)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        (key, name) = (try reader.value(), try reader.shown(atMost: Self.nameBytes))
    }

    // MARK: What the two sign

    package static func inbound(_ challenge: [UInt8], eKey: Key, reader: Key) -> Hash {
        Digest.hash(inDomain, challenge + eKey.bytes.array + reader.bytes.array)
    }

    package static func outbound(_ challenge: [UInt8], eKey: Key) -> Hash {
        Digest.hash(outDomain, eKey.bytes.array + challenge)
    }

    private static let inDomain = Digest.Domain("tally1 ekey in")
    private static let outDomain = Digest.Domain("tally1 ekey out")
}

/// The same, of one who takes another's place.
package struct PairedInstead: Hashable, Sendable, WireValue {
    package let reader: Paired
    package let old: Key

    package init(_ reader: Paired, of old: Key) { (self.reader, self.old) = (reader, old) }

    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.value(reader.key)
        writer.text(reader.name)
        writer.value(old)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        let key: Key = try reader.value()
        self.reader = Paired(key: key, name: try reader.shown(atMost: Paired.nameBytes))
        old = try reader.value()
    }
}

/// An old code and the new PIN that is to hold from now on.
package struct CodeChange: Hashable, Sendable, WireValue {
    package let old: [UInt8]
    package let new: [UInt8]

    package init(old: [UInt8], new: [UInt8]) { (self.old, self.new) = (old, new) }

    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.data(old)
        writer.data(new)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        (old, new) = (try reader.data(atMost: 16), try reader.data(atMost: 16))
    }
}
