package import Wire
import Words

// How what a wallet does on its own, and what it may tell, are written.

extension Policy {
    static let sellersAtMost = 1_024

    /// Whether it could be read again.
    var fits: Bool { sellers.count <= Self.sellersAtMost }

    package func write(to writer: inout Writer) {
        writer.list(sellers)
        writer.optional(left)
        writer.optional(pinAbove)
    }

    package init(from reader: inout Reader) throws(WireError) {
        self.init()
        sellers = try reader.list(atMost: Self.sellersAtMost)
        (left, pinAbove) = (try reader.optional(), try reader.optional())
    }
}

extension Demands: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writeBody(to: &writer)
    }

    func writeBody(to writer: inout Writer) {
        writer.optional(emulatedFrom)
        writer.optional(hardwareFrom)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try self.init(body: &reader)
    }

    init(body reader: inout Reader) throws(WireError) {
        (emulatedFrom, hardwareFrom) = (try reader.optional(), try reader.optional())
    }
}

extension Profile {
    /// Whether it could be read again, and sent.
    var fits: Bool {
        [shipping, billing].allSatisfy { $0.map(\.byteCount) ?? 0 <= Limits.profileBytes }
    }

    package func write(to writer: inout Writer) {
        for text in [shipping, billing] {
            writer.array(text == nil ? 0 : 1)
            if let text { writer.text(text) }
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        self.init()
        shipping = try Self.text(from: &reader)
        billing = try Self.text(from: &reader)
    }

    private static func text(from reader: inout Reader) throws(WireError) -> Text? {
        try reader.array(atMost: 1) == 0 ? nil : try reader.shown(atMost: Limits.profileBytes)
    }
}
