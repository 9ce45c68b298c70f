package import Wire
package import Words

/// What makes an eKey of a wallet: its readers, its button, and what befell it.
package struct EKeyRecord: Hashable, Sendable {
    /// From which amount on a yes needs the button; nil where there is none.
    package var button: Amount?
    package var readers: [Paired] = []
    package private(set) var events: [Happening] = []
    /// What banks have told it.
    package var loaded = Loaded()

    private static let eventBytes = 256

    package init() {}

    package mutating func note(_ event: String, at moment: Moment) {
        // Of characters of at most four bytes.
        var text = ""
        text.unicodeScalars.append(contentsOf: event.unicodeScalars.prefix(Self.eventBytes / 4))
        events.append(Happening(text, at: moment))
        if events.count > Happening.most { events.removeFirst() }
    }
}

extension EKeyRecord: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(2)
        writer.optional(button)
        writer.list(readers)
        writer.array(events.count)
        for one in events {
            writer.array(2)
            writer.value(one.moment)
            writer.text(one.text)
        }
        writer.value(loaded)
    }

    package init(from reader: inout Reader) throws(WireError) {
        // One of before banks wrote to eKeys has four things in it, and says that it is the first.
        let count = try reader.array(4...5)
        try reader.version(UInt64(count) - 3)
        (button, readers) = (try reader.optional(), try reader.list(atMost: Paired.most))
        for _ in 0..<(try reader.array(atMost: Happening.most)) {
            try reader.array(2)
            let moment: Moment = try reader.value()
            events.append(Happening(try reader.text(atMost: Self.eventBytes), at: moment))
        }
        if count == 5 { loaded = try reader.value() }
    }
}
