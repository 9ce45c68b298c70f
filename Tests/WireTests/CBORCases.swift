import FuzzEntries
import Wire
import Words

/// Canonical bytes, good and bad, each with the shape it is read as.
///
/// docs/vectors/cbor.json is written from these lists.
enum CBORCases {
    struct Good: Sendable {
        let shape: Shape
        let what: String
        let bytes: [UInt8]
    }

    struct Bad: Sendable, CustomStringConvertible {
        let shape: Shape
        let what: String
        let hex: String
        let error: WireError.Kind
        let position: Int
        var description: String { "\(shape): \(what)" }
    }

    private static func written(
        _ shape: Shape,
        _ what: String,
        _ write: (inout Writer) -> Void
    ) -> Good {
        var writer = Writer()
        write(&writer)
        return Good(shape: shape, what: what, bytes: writer.bytes)
    }

    static let key = Key(Bytes32(repeating: 0x11))
    static let other = Key(Bytes32(repeating: 0x22))
    static let hash = Hash(Bytes32(repeating: 0x33))
    static let salt = Salt(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    static let payment = PaymentID(epoch: .first, random: salt, mac: Salt(high: 7, low: 8))
    static let object = Object(
        .commit,
        from: key,
        to: other,
        payment: payment,
        answering: hash,
        content: [1, 2, 3]
    )
    static let plain = Object(.stick, from: key, to: other, content: [])

    static let good: [Good] = numbers + strings + words + objects

    private static let numbers: [Good] =
        [
            0, 1, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296,
            1_000_000_000_000_000, .max,
        ].map { value in written(.number, "\(value)") { $0.number(value) } }

    private static let strings: [Good] =
        [0, 1, 23, 24, 32, 64].map { count in
            written(.data, "\(count) bytes") { $0.data([UInt8](repeating: 0xAB, count: count)) }
        }
        + ["", "a", "tally", "é€🙂", "\u{0}"].map { text in
            written(.text, "\(text.utf8.count) bytes of text") { $0.text(text) }
        }
        + [
            written(.line, "a line to be shown") { $0.text("Zwölf Äpfel, 12.50 €") },
            written(.hashes, "an empty list") { $0.list([Hash]()) },
            written(.hashes, "the longest list") { $0.list([hash, hash, hash, hash]) },
            written(.optionalHash, "nothing") { $0.optional(Hash?.none) },
            written(.optionalHash, "something") { $0.optional(hash) },
            written(.item, "arrays in arrays") { writer in
                writer.array(3)
                writer.array(0)
                writer.array(1)
                writer.text("x")
                writer.number(1_000)
            },
        ]

    private static let words: [Good] = [
        written(.amount, "no money") { $0.value(Amount.zero) },
        written(.amount, "all money") { $0.value(Amount.largest) },
        written(.epoch, "the first epoch") { $0.value(Epoch.first) },
        written(.key, "a key") { $0.value(key) },
        written(.hash, "a hash") { $0.value(hash) },
        written(.sealingKey, "a sealing key") { $0.value(SealingKey(key.bytes)) },
        written(.signature, "a signature") { $0.value(Signature(r: key.bytes, s: hash.bytes)) },
        written(.salt, "a salt") { $0.value(salt) },
        written(.payment, "a payment's name") { $0.value(payment) },
        written(.day, "the last day") { $0.number(2_932_896) },
        written(.moment, "the last second") { $0.number(Limits.momentSeconds) },
        written(.asset, "cents") { writer in
            writer.array(2)
            writer.text("EUR")
            writer.number(2)
        },
    ]

    private static let objects: [Good] = [
        written(.object, "an answer about a payment") { $0.value(object) },
        written(.object, "a statement about none") { $0.value(plain) },
        written(.signedObject, "a signed object") {
            $0.value(SignedObject(object, Signature(r: key.bytes, s: hash.bytes)))
        },
    ]
}
