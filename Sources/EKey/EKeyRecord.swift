package import Wire
package import Words

/// What makes an eKey of a wallet: its readers, its button, and what befell it.
package struct EKeyRecord: Hashable, Sendable {
    /// From which amount on a yes needs the button; nil where there is none.
    package var button: Amount?
    package var readers: [Paired] = []
    package private(set) var events: [Happening] = []

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
        writer.array(4)
        writer.number(1)
        writer.optional(button)
        writer.list(readers)
        writer.array(events.count)
        for one in events {
            writer.array(2)
            writer.value(one.moment)
            writer.text(one.text)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        try reader.version(1)
        (button, readers) = (try reader.optional(), try reader.list(atMost: Paired.most))
        for _ in 0..<(try reader.array(atMost: Happening.most)) {
            try reader.array(2)
            let moment: Moment = try reader.value()
            events.append(Happening(try reader.text(atMost: Self.eventBytes), at: moment))
        }
    }
}
