package import Words

// How each word of the house is written. A type that has rules of its own checks them here,
// so that a value that was read is a value that could have been made.

extension Hash: WireValue {
    package func write(to writer: inout Writer) { writer.data(bytes) }
    package init(from reader: inout Reader) throws(WireError) { self.init(try reader.data32()) }
}

extension Key: WireValue {
    package func write(to writer: inout Writer) { writer.data(bytes) }
    package init(from reader: inout Reader) throws(WireError) { self.init(try reader.data32()) }
}

extension SealingKey: WireValue {
    package func write(to writer: inout Writer) { writer.data(bytes) }
    package init(from reader: inout Reader) throws(WireError) { self.init(try reader.data32()) }
}

extension Signature: WireValue {
    package func write(to writer: inout Writer) { writer.data(r, s) }

    package init(from reader: inout Reader) throws(WireError) {
        let range = try reader.dataRange(exactly: 64)
        let span = reader.bytes.span.extracting(range)
        self.init(r: Bytes32(span.extracting(0..<32)), s: Bytes32(span.extracting(32..<64)))
    }
}

extension Salt: WireValue {
    package func write(to writer: inout Writer) { writer.data(self) }

    package init(from reader: inout Reader) throws(WireError) {
        let range = try reader.dataRange(exactly: 16)
        self.init(reader.bytes.span.extracting(range))
    }
}

extension PaymentID: WireValue {
    package func write(to writer: inout Writer) { writer.data(self) }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        guard let id = PaymentID(try reader.data(exactly: Self.byteCount)) else {
            throw WireError(.outOfRange, at: start)
        }
        self = id
    }
}

extension Amount: WireValue {
    package func write(to writer: inout Writer) { writer.number(units) }
    package init(from reader: inout Reader) throws(WireError) {
        self = try reader.made(Amount.init)
    }
}

extension Epoch: WireValue {
    package func write(to writer: inout Writer) { writer.number(number) }
    package init(from reader: inout Reader) throws(WireError) {
        self = try reader.made(Epoch.init)
    }
}

extension Day: WireValue {
    package func write(to writer: inout Writer) { writer.number(number) }
    package init(from reader: inout Reader) throws(WireError) { self = try reader.made(Day.init) }
}

extension Moment: WireValue {
    package func write(to writer: inout Writer) { writer.number(seconds) }
    package init(from reader: inout Reader) throws(WireError) {
        self = try reader.made(Moment.init)
    }
}

extension Asset: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.text(code)
        writer.number(UInt64(scale))
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let start = reader.position
        let code = try reader.text(atMost: Limits.assetCodeBytes)
        guard Asset.isCode(code) else { throw WireError(.badText, at: start) }
        let scaleAt = reader.position
        let scale = UInt8(exactly: try reader.number())
        guard let scale, let asset = Asset(code: code, scale: scale) else {
            throw WireError(.outOfRange, at: scaleAt)
        }
        self = asset
    }
}

extension Writer {
    package mutating func text(_ text: Text) { self.text(text.string) }
}

extension Reader {
    /// A line that may be shown to a person.
    package mutating func shown(atMost cap: Int) throws(WireError) -> Text {
        let start = position
        guard let text = Text(try text(atMost: cap)) else { throw WireError(.badText, at: start) }
        return text
    }

    /// A number that a type makes itself of, or refuses.
    fileprivate mutating func made<Value>(
        _ make: (UInt64) -> Value?
    ) throws(WireError) -> Value {
        let start = position
        guard let value = make(try number()) else { throw WireError(.outOfRange, at: start) }
        return value
    }
}
