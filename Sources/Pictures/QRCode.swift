internal import CQrencode

/// A text as the dark and light modules of a QR code.
///
/// The library says which module is dark; how that looks is plain text here.
package struct QRCode: Hashable, Sendable {
    package let side: Int
    private let dark: [Bool]

    /// Of a text in capital letters, digits and ` $%*+-./:`; nil where that is too long for one, or
    /// has anything else in it.
    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy(Self.isAlphanumeric) else { return nil }
        // It finds itself what can be written in half the room.
        // Unsafe: the text is lent for the call; what comes back is the library's, and is given
        // back below.
        guard
            let code = unsafe QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1)
        else { return nil }
        defer { unsafe QRcode_free(code) }
        let side = Int(unsafe code.pointee.width)
        guard side > 0, let data = unsafe code.pointee.data else { return nil }
        // Unsafe: the library says how wide it is, and has a byte for each module.
        dark = (0..<side * side).map { unsafe data[$0] & 1 == 1 }
        self.side = side
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x5A, 0x20, 0x24, 0x25, 0x2A, 0x2B, 0x2D, 0x2E, 0x2F: true
        case _: false
        }
    }

    /// Outside of it all is light.
    package func isDark(_ x: Int, _ y: Int) -> Bool {
        (0..<side).contains(x) && (0..<side).contains(y) && dark[y * side + x]
    }
}

extension QRCode {
    /// So many light modules have to stand around it.
    package static let margin = 4

    /// As a picture that any browser shows.
    package var svg: String {
        let whole = side + 2 * Self.margin
        var path = ""
        for y in 0..<side {
            for x in 0..<side where isDark(x, y) {
                path += "M\(x + Self.margin) \(y + Self.margin)h1v1h-1z"
            }
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(whole) \(whole)\""
            + " shape-rendering=\"crispEdges\"><rect width=\"\(whole)\" height=\"\(whole)\""
            + " fill=\"#fff\"/><path d=\"\(path)\"/></svg>\n"
    }

    /// As lines for a terminal, dark on light whatever its colours are: two modules above each
    /// other are one sign.
    package var blocks: [String] {
        let range = -Self.margin..<side + Self.margin
        return stride(from: range.lowerBound, to: range.upperBound, by: 2).map { y in
            let signs = range.map { x in
                switch (isDark(x, y), isDark(x, y + 1)) {
                case (false, false): " "
                case (true, false): "▀"
                case (false, true): "▄"
                case (true, true): "█"
                }
            }
            return "\u{1B}[30;107m" + signs.joined() + "\u{1B}[0m"
        }
    }
}
