import Nearby
package import Wire
import Words

// Who is near, as the talk has it.

extension Peer: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(11)
        writer.blobs(role.map { [Array($0.rawValue.utf8)] } ?? [])
        writer.blobs(saysRole.map { [Array($0.rawValue.utf8)] } ?? [])
        writer.shown(says)
        writer.shown(name)
        writer.optional(key)
        writer.optional(root)
        writer.numberOrNot(screen)
        writer.blobs(addresses.map(\.bytes))
        writer.number(ways.rawValue)
        writer.blobs([Array(reach.rawValue.utf8)])
        writer.numberOrNot(seconds)
    }

    package init(from reader: inout Reader) throws(WireError) {
        self.init()
        try reader.array(11)
        if try reader.array(atMost: 1) == 1 { role = try reader.word() }
        if try reader.array(atMost: 1) == 1 { saysRole = try reader.word() }
        says = try reader.shownOrNot()
        name = try reader.shownOrNot()
        key = try reader.optional()
        root = try reader.optional()
        screen = try reader.numberOrNot()
        for _ in 0..<(try reader.array(atMost: Peers.addressesAtMost)) {
            addresses.append(try reader.address())
        }
        ways = Ways(rawValue: try reader.number(0...Ways.all.rawValue))
        try reader.array(1)
        reach = try reader.word()
        seconds = try reader.numberOrNot()
    }
}

extension Writer {
    /// How it stands with Avahi; nil is that it is not to be asked.
    mutating func presence(_ presence: Herald.Presence?) {
        blobs(presence.map { [Array($0.rawValue.utf8)] } ?? [])
    }

    fileprivate mutating func numberOrNot(_ number: UInt64?) {
        array(number == nil ? 0 : 1)
        if let number { self.number(number) }
    }
}

extension Reader {
    mutating func presence() throws(WireError) -> Herald.Presence? {
        try array(atMost: 1) == 0 ? nil : try word()
    }

    fileprivate mutating func numberOrNot() throws(WireError) -> UInt64? {
        try array(atMost: 1) == 0 ? nil : try number()
    }

    /// One of some words, each of which has a meaning.
    fileprivate mutating func word<Word: RawRepresentable<String>>() throws(WireError) -> Word {
        let at = position
        let bytes = try data(atMost: 16)
        guard let word = Word(rawValue: String(decoding: bytes, as: UTF8.self)) else {
            throw WireError(.outOfRange, at: at)
        }
        return word
    }
}
