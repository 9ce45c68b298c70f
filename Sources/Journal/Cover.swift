import Wire
package import Words

/// Turns what the journal says into what stands in its columns, and back.
///
/// Bodies are padded, then sealed for their place; keys are replaced by keyed hashes; rows and
/// records are marked. Each keyed hash begins with a byte that says what it is of.
struct Cover {
    let hiding: any Hiding

    private enum Purpose: UInt8 {
        case key = 1
        case row = 2
        case link = 3
        case head = 4
    }

    static let blindBytes = 16

    /// What stands in a column instead of a key: the same for the same key, and nothing to
    /// anyone without the data key.
    func blind(_ key: [UInt8], in table: Table) -> [UInt8] {
        let hash = hiding.mac([Purpose.key.rawValue, table.rawValue] + key)
        return Array(hash.bytes.array.prefix(Self.blindBytes))
    }

    // MARK: Rows

    /// A row's body, and its mark.
    func sealRow(
        _ key: [UInt8],
        _ bytes: [UInt8],
        _ place: RowPlace,
        _ chance: inout some Chance
    ) -> (body: [UInt8], mark: Hash) {
        let size = Self.paddedSize(key.count + bytes.count + 16, from: Self.smallestRow)
        var writer = Writer(reserving: size)
        writer.array(2)
        writer.data(key)
        writer.data(bytes)
        let (plain, context) = (padded(writer.take(), from: Self.smallestRow), place.context)
        let body = hiding.hide(plain, context: context, chance: &chance)
        return (body, mark(context, body))
    }

    func openRow(_ body: [UInt8], _ place: RowPlace) -> Row? {
        guard let plain = hiding.show(body, context: place.context),
            let content = unpadded(plain, from: Self.smallestRow)
        else { return nil }
        var reader = Reader(content)
        do {
            try reader.array(2)
            let row = Row(
                key: try reader.data(atMost: .max),
                bytes: try reader.data(atMost: .max)
            )
            try reader.finish()
            return row
        } catch {
            return nil
        }
    }

    /// What a row adds to the sum of its table.
    func mark(_ place: RowPlace, _ body: [UInt8]) -> Hash { mark(place.context, body) }

    private func mark(_ context: [UInt8], _ body: [UInt8]) -> Hash {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + context.count + body.count)
        bytes.append(Purpose.row.rawValue)
        bytes.append(contentsOf: context)
        bytes.append(contentsOf: body)
        return hiding.mac(bytes)
    }

    // MARK: Records

    func sealRecord(
        _ number: UInt64,
        _ said: Said,
        _ chance: inout some Chance
    ) -> [UInt8] {
        hiding.hide(
            padded(said.wireBytes(), from: Self.smallestRecord),
            context: Self.recordContext(number),
            chance: &chance
        )
    }

    func openRecord(_ number: UInt64, _ body: [UInt8]) -> Said? {
        guard let plain = hiding.show(body, context: Self.recordContext(number)),
            let content = unpadded(plain, from: Self.smallestRecord)
        else { return nil }
        var reader = Reader(content)
        do {
            let said = try Said(from: &reader)
            try reader.finish()
            return said
        } catch {
            return nil
        }
    }

    /// The MAC that ties a record to the one before it, to the rows as they were laid down, and
    /// to where that was.
    func link(
        _ previous: [UInt8],
        _ number: UInt64,
        laid: UInt64,
        _ roots: [UInt8],
        _ body: [UInt8]
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(19 + previous.count + roots.count + body.count)
        bytes.append(Purpose.link.rawValue)
        bytes.append(UInt8(previous.count))
        bytes.append(contentsOf: previous)
        bytes.append(UInt8(roots.count))
        bytes.append(contentsOf: roots)
        append(number, to: &bytes)
        append(laid, to: &bytes)
        bytes.append(contentsOf: body)
        return hiding.mac(bytes).bytes.array
    }

    // MARK: The head

    func headMAC(_ bytes: [UInt8]) -> [UInt8] {
        hiding.mac([Purpose.head.rawValue] + bytes).bytes.array
    }

    private static func recordContext(_ number: UInt64) -> [UInt8] {
        var context: [UInt8] = []
        context.reserveCapacity(9)
        context.append(0)
        append(number, to: &context)
        return context
    }

    // MARK: Padding

    /// The smallest size of a row's body, and of a record's, which says more; up to
    /// ``largestStep`` sizes double, from there on they are multiples of it.
    ///
    /// So what a stranger reads off a length is one of few classes.
    static let smallestRow = 256
    static let smallestRecord = 512
    static let largestStep = 4_096

    static func paddedSize(_ count: Int, from smallest: Int) -> Int {
        var size = smallest
        while size < count + 1, size < largestStep { size *= 2 }
        return size > count ? size : (count + largestStep) / largestStep * largestStep
    }

    /// Pads in place where nobody else holds the bytes.
    private func padded(_ bytes: consuming [UInt8], from smallest: Int) -> [UInt8] {
        let size = Self.paddedSize(bytes.count, from: smallest)
        var out = bytes
        out.reserveCapacity(size)
        out.append(0x80)
        out.append(contentsOf: repeatElement(0, count: size - out.count))
        return out
    }

    private func unpadded(_ bytes: [UInt8], from smallest: Int) -> [UInt8]? {
        guard let end = bytes.lastIndex(where: { $0 != 0 }), bytes[end] == 0x80,
            Self.paddedSize(end, from: smallest) == bytes.count
        else { return nil }
        return Array(bytes[..<end])
    }
}

/// Where a row lies: nowhere else will its body open.
package struct RowPlace: Hashable, Sendable {
    package var table: Table
    package var blind: [UInt8]
    /// The record that was written with it.
    package var written: UInt64

    var context: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(9 + blind.count)
        bytes.append(table.rawValue)
        bytes.append(contentsOf: blind)
        append(written, to: &bytes)
        return bytes
    }
}

/// Appends a number as eight bytes, the highest first.
func append(_ number: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: number &>> shift))
    }
}

/// The number that eight bytes are, the highest first.
func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 &<< 8 | UInt64($1) }
}
