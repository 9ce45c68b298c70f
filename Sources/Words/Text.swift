/// A line of text that a person may be shown: a name, a memo, a reason.
///
/// It compares by bytes, because equal signatures need equal bytes and Swift's strings call
/// `é` and `e` + accent equal. It refuses what could make a screen lie: controls, line
/// breaks, and the marks that turn the direction of writing around.
package struct Text: Hashable, Sendable {
    package let string: String

    package init?(_ string: String) {
        guard string.unicodeScalars.allSatisfy(Self.mayBeShown) else { return nil }
        self.string = string
    }

    package var byteCount: Int { string.utf8.count }

    package static func mayBeShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F: false  // controls
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F: false  // invisible, direction
        case 0x061C, 0xFEFF, 0xFFF9...0xFFFB: false  // direction, byte order, annotation
        case 0xE0000...0xE0FFF: false  // tags
        default: true
        }
    }

    package static func == (a: Text, b: Text) -> Bool { a.string.utf8.elementsEqual(b.string.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in string.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }
}
