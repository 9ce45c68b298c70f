/// Binary as lines of text that can be mailed: what `openssl` reads and writes.
package enum PEM {
    package enum Label: String, Hashable, Sendable, CaseIterable {
        case certificate = "CERTIFICATE"
        case revocationList = "X509 CRL"
    }

    package static func text(_ bytes: [UInt8], _ label: Label) -> String {
        let letters = encoded(bytes)
        var lines = ["-----BEGIN \(label.rawValue)-----"]
        for start in stride(from: 0, to: letters.count, by: lineLength) {
            let line = letters[start..<min(start + lineLength, letters.count)]
            lines.append(String(decoding: line, as: UTF8.self))
        }
        lines.append("-----END \(label.rawValue)-----")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every block of this label in a text, in order; nil when one of them is no base64 or has
    /// no end.
    ///
    /// What stands between the blocks is for people.
    package static func blocks(_ text: String, _ label: Label) -> [[UInt8]]? {
        let lines = text.split(whereSeparator: \.isNewline).map { String($0) }
        var (blocks, body): ([[UInt8]], [UInt8]?) = ([], nil)
        for line in lines {
            switch line {
            case "-----BEGIN \(label.rawValue)-----":
                guard body == nil else { return nil }
                body = []
            case "-----END \(label.rawValue)-----":
                guard let letters = body, let bytes = decoded(letters) else { return nil }
                blocks.append(bytes)
                body = nil
            default:
                body?.append(contentsOf: line.utf8)
            }
        }
        return body == nil ? blocks : nil
    }

    private static let lineLength = 64
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )
    private static let pad = UInt8(ascii: "=")

    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 {
                out.append(index <= group.count ? letters[word >> (18 - 6 * index) & 63] : pad)
            }
        }
        return out
    }

    /// nil unless the letters are exactly those that the bytes are written with.
    private static func decoded(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: 0, to: text.count, by: 4) {
            var word = 0
            for letter in text[start..<start + 4] {
                guard let value = letter == pad ? 0 : letters.firstIndex(of: letter) else {
                    return nil
                }
                word = word << 6 | value
            }
            out.append(contentsOf: [16, 8, 0].map { UInt8(word >> $0 & 255) })
        }
        let pads = text.reversed().prefix { $0 == pad }.count
        guard pads <= 2 else { return nil }
        out.removeLast(pads)
        return encoded(out) == text ? out : nil
    }
}
