import Foundation

/// One Swift file of the repository, as text and as code without comments and strings.
struct Source: Sendable, CustomStringConvertible {
    /// From the root of the repository, with `/`.
    let path: String
    let lines: [Substring]
    /// The same lines with comments, strings and quoted names blanked out, so that a rule about
    /// code does not trip over prose.
    let code: [Substring]

    var description: String { path }

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = blanked(text).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The room a file belongs to: its folder under Sources, sim-network or Tests.
    var room: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    var isTest: Bool { path.hasPrefix("Tests/") || path.hasPrefix("Fuzz/") }

    /// The modules it imports, each with its line.
    var imports: [(line: Int, module: String)] {
        code.enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                words[..<at].allSatisfy({ $0.hasPrefix("@") || Self.accessWords.contains($0) })
            else { return nil }
            // `import struct Module.Name` names the module after the kind.
            let kinds: Set<Substring> = [
                "struct", "class", "enum", "func", "protocol", "var", "let",
            ]
            let named = words[(at + 1)...].first { !kinds.contains($0) } ?? words[at + 1]
            return (index + 1, String(named.prefix { $0 != "." }))
        }
    }

    private static let accessWords: Set<Substring> = [
        "package", "public", "internal", "fileprivate", "private",
    ]
}

/// The text with everything that is no code turned into spaces; the lines stay where they are.
func blanked(_ text: String) -> String {
    var scanner = Scanner(characters: Array(text.utf8))
    return scanner.blank()
}

private struct Scanner {
    let characters: [UInt8]
    var at = 0
    var out: [UInt8] = []

    init(characters: [UInt8]) { self.characters = characters }

    /// What opens a stretch that is no code, what closes it, and whether `\` escapes in it.
    static let stretches: [(opening: String, closing: String, escapes: Bool)] = [
        ("//", "\n", false), ("/*", "*/", false), ("#\"", "\"#", false),
        ("\"\"\"", "\"\"\"", true), ("\"", "\"", true), ("`", "`", false),
    ]

    mutating func blank() -> String {
        while at < characters.count {
            if let found = Self.stretches.first(where: { looking($0.opening) }) {
                drop(found.opening.utf8.count)
                while at < characters.count, !looking(found.closing) {
                    drop(found.escapes && characters[at] == UInt8(ascii: "\\") ? 2 : 1)
                }
                drop(found.closing.utf8.count)
            } else {
                out.append(characters[at])
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    func looking(_ mark: String) -> Bool { characters[at...].starts(with: mark.utf8) }

    mutating func drop(_ count: Int) {
        for _ in 0..<count where at < characters.count {
            out.append(characters[at] == UInt8(ascii: "\n") ? characters[at] : 32)
            at += 1
        }
    }
}
