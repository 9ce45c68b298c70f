import FuzzEntries
import Wire
import Words

extension CBORCases {
    static let bad: [Bad] = badHeads + badNumbers + badStrings + badLists + badWords + badObjects

    private static func bad(
        _ shape: Shape,
        _ what: String,
        _ hex: String,
        _ error: WireError.Kind,
        at position: Int = 0
    ) -> Bad {
        Bad(shape: shape, what: what, hex: hex, error: error, position: position)
    }

    private static let badHeads = [
        bad(.number, "nothing", "", .truncated),
        bad(.number, "a second number after the first", "0001", .trailing, at: 1),
        bad(.number, "a negative number", "20", .wrongType),
        bad(.item, "a negative number", "20", .wrongType),
        bad(.item, "a map", "a0", .wrongType),
        bad(.item, "a tag", "c000", .wrongType),
        bad(.item, "false", "f4", .wrongType),
        bad(.item, "null", "f6", .wrongType),
        bad(.item, "a half float", "f93c00", .wrongType),
        bad(.item, "a double", "fb3ff0000000000000", .wrongType),
        bad(.item, "a break", "ff", .wrongType),
        bad(.item, "a map in an array", "81a0", .wrongType, at: 1),
        bad(.number, "the reserved length 28", "1c", .wrongType),
        bad(.data, "the reserved length 30", "5e", .wrongType),
        bad(.number, "a number without end", "1f", .wrongType),
        bad(.data, "a byte string in chunks", "5f4101ff", .indefinite),
        bad(.text, "a text in chunks", "7f6161ff", .indefinite),
        bad(.hashes, "an array until a break", "9fff", .indefinite),
        bad(.item, "an array until a break in an array", "819fff", .indefinite, at: 1),
    ]

    private static let badNumbers = [
        bad(.number, "23 in two bytes", "1817", .notShortest),
        bad(.number, "255 in three bytes", "1900ff", .notShortest),
        bad(.number, "65,535 in five bytes", "1a0000ffff", .notShortest),
        bad(.number, "2^32 - 1 in nine bytes", "1b00000000ffffffff", .notShortest),
        bad(.data, "a length of 1 in two bytes", "580101", .notShortest),
        bad(.text, "a length of 1 in three bytes", "79000161", .notShortest),
        bad(.hashes, "a count of 0 in nine bytes", "9b0000000000000000", .notShortest),
        bad(.number, "a length field cut off", "1b00000001", .truncated, at: 5),
        bad(.amount, "one unit more than all money", "1b00038d7ea4c68001", .outOfRange),
        bad(.amount, "the largest number", "1bffffffffffffffff", .outOfRange),
        bad(.epoch, "epoch 0", "00", .outOfRange),
        bad(.epoch, "an epoch too late", "1b00038d7ea4c68001", .outOfRange),
        bad(.day, "a day in the year 10000", "1a002cc0a1", .outOfRange),
        bad(.moment, "a second in the year 10000", "1b0000003afff44180", .outOfRange),
        bad(.amount, "text for a number", "6130", .wrongType),
    ]

    private static let badStrings = [
        bad(.data, "65 bytes where 64 may be", "5841" + "00".times(65), .overCap),
        bad(.data, "a claim of 2^64 - 1 bytes", "5bffffffffffffffff", .overCap),
        bad(.data, "a byte missing", "4201", .truncated, at: 2),
        bad(.text, "a byte missing", "6261", .truncated, at: 2),
        bad(.text, "a byte that begins no character", "61ff", .badText),
        bad(.text, "half a character", "61c3", .badText),
        bad(.text, "a slash in two bytes", "62c0af", .badText),
        bad(.text, "half of a surrogate pair", "63eda080", .badText),
        bad(.text, "a character beyond the last", "64f4908080", .badText),
        bad(.text, "bytes for a text", "4161", .wrongType),
        bad(.line, "a line break", "63610a62", .badText),
        bad(.line, "text turned around", "66" + "e280ae" + "657645", .badText),
        bad(.line, "an invisible space", "65" + "61" + "e2808b" + "62", .badText),
    ]

    private static let badLists = [
        bad(.hashes, "five where four may be", "85" + ("5820" + "33".times(32)).times(5), .overCap),
        bad(.hashes, "a claim of 2^64 - 1 elements", "9bffffffffffffffff", .overCap),
        bad(.hashes, "more elements claimed than bytes left", "8200", .truncated, at: 2),
        bad(.hashes, "an element of 31 bytes", "81581f" + "33".times(31), .wrongLength, at: 1),
        bad(.optionalHash, "two where one may be", "820000", .overCap),
        bad(.asset, "one element of two", "8163455552", .wrongCount),
        bad(.asset, "three elements of two", "83634555520200", .wrongCount),
    ]

    private static let badWords = [
        bad(.key, "31 bytes", "581f" + "11".times(31), .wrongLength),
        bad(.key, "33 bytes", "5821" + "11".times(33), .wrongLength),
        bad(.key, "33 bytes claimed, none there", "5821", .wrongLength),
        bad(.key, "32 bytes claimed, none there", "5820", .truncated, at: 2),
        bad(.key, "text", "7820" + "61".times(32), .wrongType),
        bad(.signature, "63 bytes", "583f" + "11".times(63), .wrongLength),
        bad(.salt, "17 bytes", "51" + "11".times(17), .wrongLength),
        bad(.payment, "39 bytes", "5827" + "00".times(39), .wrongLength),
        bad(.payment, "epoch 0", "5828" + "00".times(40), .outOfRange),
        bad(.asset, "a code that begins with a digit", "826231450c", .badText, at: 1),
        bad(.asset, "a code of nine letters", "8269" + "41".times(9) + "02", .overCap, at: 1),
        bad(.asset, "an empty code", "826002", .badText, at: 1),
        bad(.asset, "seven decimals", "826345555207", .outOfRange, at: 5),
        bad(.asset, "2^32 decimals", "82634555521b0000000100000000", .outOfRange, at: 5),
    ]

    private static let badObjects: [Bad] = {
        let start = "88" + "6574616c6c79" + "01"
        let keys = ("5820" + "11".times(32)) + ("5820" + "22".times(32))
        let named = "5828" + "0000000000000001" + "00".times(32)
        return [
            bad(.object, "seven elements of eight", "87", .wrongCount),
            bad(.object, "nothing after the count", "88", .truncated, at: 1),
            bad(
                .object,
                "another protocol",
                "88" + "6574616c6c7a" + "00".times(7),
                .badText,
                at: 1
            ),
            bad(
                .object,
                "version 2",
                "88" + "6574616c6c79" + "02" + "00".times(6),
                .version,
                at: 7
            ),
            bad(.object, "kind 0", start + "00" + "00".times(5), .outOfRange, at: 8),
            bad(.object, "kind 29", start + "181d" + "00".times(5), .outOfRange, at: 8),
            bad(.object, "a payment of 1 byte", start + "01" + keys + "4100", .wrongLength, at: 77),
            bad(
                .object,
                "a payment of 41 bytes",
                start + "01" + keys + "5829" + "00".times(41),
                .wrongLength,
                at: 77
            ),
            bad(
                .object,
                "a payment in epoch 0",
                start + "04" + keys + "5828" + "00".times(40),
                .outOfRange,
                at: 77
            ),
            bad(.object, "two answers", start + "04" + keys + named + "820000", .overCap, at: 119),
            bad(
                .object,
                "a content beyond the longest message",
                start + "01" + keys + "40" + "80" + "59c001",
                .overCap,
                at: 79
            ),
            bad(.signedObject, "three elements of two", "83000000", .wrongCount),
        ]
    }()
}

extension String {
    func times(_ count: Int) -> String { String(repeating: self, count: count) }
}
