package import Wire
import Words

/// What bytes can be read as.
///
/// Each basic value of docs/PROTOCOL section 2, an object of section 3, and any item at all. The
/// vectors name their shapes by these words.
package enum Shape: String, Sendable, CaseIterable {
    case number, data, text, item
    case amount, asset, epoch, day, moment
    case key, hash, sealingKey = "sealing-key", signature, salt, payment
    case line, hashes
    case optionalHash = "optional-hash"
    case object
    case signedObject = "signed-object"

    /// Longest strings of the shapes that have no limit of their own.
    package static let stringBytes = 64

    /// Reads the bytes as this and writes what was read.
    package func recode(_ bytes: [UInt8]) throws(WireError) -> [UInt8] {
        var reader = Reader(bytes)
        var writer = Writer()
        try copy(from: &reader, to: &writer)
        try reader.finish()
        return writer.bytes
    }

    private func copy(from reader: inout Reader, to writer: inout Writer) throws(WireError) {
        switch self {
        case .number: writer.number(try reader.number())
        case .data: writer.data(try reader.data(atMost: Self.stringBytes))
        case .text: writer.text(try reader.text(atMost: Self.stringBytes))
        case .line: writer.text(try reader.shown(atMost: Self.stringBytes))
        case .item: writer.value(try reader.value(Item.self))
        case .amount: writer.value(try reader.value(Amount.self))
        case .asset: writer.value(try reader.value(Asset.self))
        case .epoch: writer.value(try reader.value(Epoch.self))
        case .day: writer.value(try reader.value(Day.self))
        case .moment: writer.value(try reader.value(Moment.self))
        case .key: writer.value(try reader.value(Key.self))
        case .hash: writer.value(try reader.value(Hash.self))
        case .sealingKey: writer.value(try reader.value(SealingKey.self))
        case .signature: writer.value(try reader.value(Signature.self))
        case .salt: writer.value(try reader.value(Salt.self))
        case .payment: writer.value(try reader.value(PaymentID.self))
        case .hashes: writer.list(try reader.list(atMost: 4, of: Hash.self))
        case .optionalHash: writer.optional(try reader.optional(Hash.self))
        case .object: writer.value(try reader.value(Object.self))
        case .signedObject: writer.value(try reader.value(SignedObject.self))
        }
    }
}

/// Any canonical item.
///
/// Tally itself has no such tree; the tests do, to compare with programs that have nothing else.
package indirect enum Item: Hashable, Sendable {
    case number(UInt64)
    case data([UInt8])
    case text([UInt8])
    case array([Item])

    package static let depth = 16
    package static let count = 1_000
    package static let bytes = 65_536
}

extension Item: WireValue {
    package init(from reader: inout Reader) throws(WireError) {
        self = try Item.read(from: &reader, depth: 0)
    }

    private static func read(
        from reader: inout Reader,
        depth: Int
    ) throws(WireError) -> Item {
        let start = reader.position
        guard start < reader.bytes.count else { throw WireError(.truncated, at: start) }
        switch reader.bytes[start] >> 5 {
        case 0: return .number(try reader.number())
        case 2: return .data(try reader.data(atMost: bytes))
        case 3: return .text(Array(try reader.text(atMost: bytes).utf8))
        case 4:
            let count = try reader.array(atMost: count)
            guard depth < self.depth else { throw WireError(.overCap, at: start) }
            var items: [Item] = []
            for _ in 0..<count { items.append(try read(from: &reader, depth: depth + 1)) }
            return .array(items)
        default: throw WireError(.wrongType, at: start)
        }
    }

    package func write(to writer: inout Writer) {
        switch self {
        case .number(let value): writer.number(value)
        case .data(let bytes): writer.data(bytes)
        case .text(let bytes): writer.text(String(decoding: bytes, as: UTF8.self))
        case .array(let items): writer.list(items)
        }
    }
}
