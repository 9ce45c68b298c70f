import Wire
import Words

// Rows and statements, written by hand from docs/PROTOCOL: nothing here knows how a wallet or
// the oracle does it.

func name(_ text: String) -> Hash { Digest.hash(Digest.Domain("oracle tests"), Array(text.utf8)) }
func key(_ text: String) -> Key { Key(name(text).bytes) }
let nobodys = Signature(r: Bytes32(repeating: 1), s: Bytes32(repeating: 2))

extension Asset {
    static func named(_ code: String) -> Asset {
        guard let asset = Asset(code: code, scale: 2) else { preconditionFailure("a bad code") }
        return asset
    }
}

// Values as bytes; a list of them is a value again.

func number(_ value: UInt64) -> [UInt8] { bytes { $0.number(value) } }
func value(_ value: some WireValue) -> [UInt8] { bytes { $0.value(value) } }
func text(_ value: String) -> [UInt8] { bytes { $0.text(value) } }
func data(_ value: [UInt8]) -> [UInt8] { bytes { $0.data(value) } }
func list(_ items: [[UInt8]]) -> [UInt8] { bytes { $0.array(items.count) } + items.joined() }
func list(_ items: [UInt8]...) -> [UInt8] { list(items) }

private func bytes(_ body: (inout Writer) -> Void) -> [UInt8] {
    var writer = Writer()
    body(&writer)
    return writer.bytes
}

/// A parent, as entries and pieces name it.
struct Parent: Hashable {
    let handover: Hash
    let number: UInt64

    static func bytes(_ parent: Parent?) -> [UInt8] {
        parent.map { list(list(value($0.handover), OracleTests.number($0.number))) } ?? list()
    }
}

/// Units of one stick and parent: a free piece, or an entry.
struct Bit: Hashable {
    var stick: Hash
    var lo: UInt64
    var hi: UInt64
    var parent: Parent?
    var releases: [SignedObject] = []

    // `0x00 ‖ stick ‖ parent ‖ hi`
    var rowKey: [UInt8] {
        var key: [UInt8] = [0] + stick.bytes.array
        if let parent { key += parent.handover.bytes.array + [UInt8(parent.number)] }
        return key + bigEndianBytes(hi)
    }

    private var range: [[UInt8]] {
        [value(stick), number(lo), number(hi), Parent.bytes(parent)]
    }

    // `[1, [stick, lo, hi, parent], releases]`
    var row: [UInt8] { list(number(1), list(range), list(releases.map { value($0) })) }

    /// As it stands in a list of what was taken.
    var taken: [UInt8] { list(list(range), list(releases.map { value($0) })) }

    // `[stick, lo, hi, parent, releases]`
    var entry: [UInt8] { list(range + [list(releases.map { value($0) })]) }

    var put: Change { .put(.piece, key: rowKey, bytes: row) }
    var remove: Change { .remove(.piece, key: rowKey) }
}

/// `[[asset, units, spend-until, settle-until, signed]]` from the office to its first owner.
func stick(_ units: UInt64, to owner: Key, _ text: String, asset: Asset) -> SignedObject {
    let content = list(
        value(asset),
        number(units),
        number(20_000),
        number(20_030),
        number(1_700_000_000)
    )
    let request = name("request " + text)
    return SignedObject(
        Object(.stick, from: key("office"), to: owner, answering: request, content: content),
        nobodys
    )
}

func stickPut(_ stick: SignedObject) -> Change {
    let row = list(number(1), value(stick))
    return .put(.piece, key: [1] + stick.object.hash.bytes.array, bytes: row)
}

// `[1, key, root, epoch, inert]`
func selfPut(_ key: Key, epoch: UInt64 = 1, inert: String = "") -> Change {
    let row = list(number(1), value(key), value(name("root")), number(epoch), text(inert))
    return .put(.register, key: Array("self".utf8), bytes: row)
}

/// One handover, whole, and its name.
struct Passing {
    var payer: Key
    var payee: Key
    var epoch: UInt64 = 1
    var counter: UInt64
    var payment: PaymentID
    var bits: [Bit]
    var offer: Hash
    /// With this one.
    var total: UInt64
    var previous: Hash?
    /// The number of a leaf of which only the hash is told.
    var closed: Int?

    var header: [UInt8] {
        list(
            number(1),
            value(payer),
            value(payee),
            number(epoch),
            number(counter),
            value(Digest.hash(Digest.Domain("tally1 payment"), payment.array)),
            number(UInt64(bits.count))
        )
    }

    // payment, OFFER, window, total, previous
    private var values: [[UInt8]] {
        [
            data(payment.array), value(offer), value(name("window")), number(total),
            previous.map { list(value($0)) } ?? list(),
        ]
    }

    var privates: [UInt8] {
        let salt = value(Salt(high: 7, low: counter))
        return list(
            values.enumerated().map { number, leaf in
                number == closed ? list(value(leaves[number])) : list(salt, data(leaf))
            }
        )
    }

    private var leaves: [Hash] {
        let salt = Salt(high: 7, low: counter).array
        return values.enumerated().map { number, leaf in
            Digest.hash(Digest.Domain("tally1 private"), salt + [UInt8(number)] + leaf)
        }
    }

    var whole: [UInt8] {
        list(header, list(bits.map(\.entry)), privates, value(nobodys))
    }

    var root: Hash {
        var level = bits.map { Digest.hash(Digest.Domain("tally1 entry"), $0.entry) }
        while level.count > 1 {
            var next: [Hash] = []
            for at in stride(from: 0, to: level.count, by: 2) {
                let pair = level[at..<min(at + 2, level.count)]
                next.append(
                    pair.count == 1
                        ? level[at]
                        : Digest.hash(
                            Digest.Domain("tally1 node"),
                            pair.flatMap(\.bytes.array)
                        )
                )
            }
            level = next
        }
        return level[0]
    }

    var hash: Hash {
        let head = Digest.hash(Digest.Domain("tally1 header"), header)
        let secret = Digest.hash(
            Digest.Domain("tally1 privates"),
            leaves.flatMap(\.bytes.array)
        )
        let all = head.bytes.array + root.bytes.array + secret.bytes.array
        return Digest.hash(Digest.Domain("tally1 handover"), all)
    }

    var agreed: SignedObject {
        let content = list(header, privates, value(root))
        let object = Object(
            .handover,
            from: payer,
            to: payee,
            payment: payment,
            answering: offer,
            content: content
        )
        return SignedObject(object, nobodys)
    }
}
