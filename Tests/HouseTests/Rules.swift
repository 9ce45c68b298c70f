import Foundation

/// A place where a rule of the house is broken.
struct Finding: Hashable, Sendable {
    let line: Int
    let what: String
}

/// The rules that one file can keep or break by itself.
enum Rules {
    static let columns = 100
    static let linesPerFunction = 60
    static let linesPerFile = 600

    static func broken(in source: Source) -> [Finding] {
        let found =
            size(source) + functions(source) + leftovers(source) + access(source)
            + safety(source) + purity(source) + switches(source)
        return found.sorted { ($0.line, $0.what) < ($1.line, $1.what) }
    }

    static func size(_ source: Source) -> [Finding] {
        var found = source.lines.enumerated()
            .filter { $0.element.count > columns }
            .map { Finding(line: $0.offset + 1, what: "more than \(columns) columns") }
        if source.lines.count > linesPerFile + 1 {
            found.append(Finding(line: linesPerFile, what: "more than \(linesPerFile) lines"))
        }
        return found
    }

    static func functions(_ source: Source) -> [Finding] {
        Bodies(source.code).all
            .filter { $0.lineCount > linesPerFunction }
            .map { Finding(line: $0.line, what: "a function of \($0.lineCount) lines") }
    }

    /// What says that somebody meant to come back.
    static func leftovers(_ source: Source) -> [Finding] {
        // Written apart, so that this file does not find itself.
        matches(source.lines, "\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b", "a leftover")
            + matches(source.lines, "fatalError\\(\"(un|not )implemented", "an unwritten part")
            + matches(source.code, "\\btry!", "try!")
            + matches(source.code, "\\bas!", "as!")
    }

    /// One package, no public library.
    static func access(_ source: Source) -> [Finding] {
        matches(source.code, "\\b(public|open) (func|var|let|struct|enum|class|import)", "public")
    }

    static func safety(_ source: Source) -> [Finding] {
        guard !source.isTest, !Graph.unsafeRooms.contains(source.room) else { return [] }
        return matches(source.code, "\\bunsafe\\b|\\bUnsafe[A-Z]", "unsafe outside the boundary")
    }

    /// Pure rooms compute; what they need of the world is an argument.
    static func purity(_ source: Source) -> [Finding] {
        guard Graph.pureRooms.contains(source.room), !source.isTest else { return [] }
        let clocks = "\\b(Date|ContinuousClock|SuspendingClock|DispatchTime|clock_gettime)\\b"
        let chance = "SystemRandomNumberGenerator|\\.random\\(in|\\.randomElement|shuffled?\\(\\)"
        let files = "\\b(FileManager|FileHandle|fopen|socket|getenv|print)\\("
        return matches(source.code, clocks, "a clock in a pure room")
            + matches(source.code, chance, "chance in a pure room")
            + matches(source.code, files, "the world in a pure room")
    }

    /// In the core a new case must be a compile error everywhere it matters.
    static func switches(_ source: Source) -> [Finding] {
        guard Graph.coreRooms.contains(source.room), !source.isTest else { return [] }
        // Not the `default:` of a dictionary's subscript, which stands inside a line.
        return matches(source.code, "(^|[{};])\\s*default:", "default: in the core")
    }

    private static func matches(
        _ lines: [Substring],
        _ pattern: String,
        _ what: String
    ) -> [Finding] {
        lines.enumerated()
            .filter { $0.element.range(of: pattern, options: .regularExpression) != nil }
            .map { Finding(line: $0.offset + 1, what: what) }
    }
}

/// The bodies of functions, initialisers and computed properties in a file's code.
struct Bodies {
    struct Body: Hashable {
        let line: Int
        let lineCount: Int
    }

    private(set) var all: [Body] = []

    init(_ code: [Substring]) {
        for (index, line) in code.enumerated() where Self.declares(line) {
            guard let end = Self.end(of: index, in: code) else { continue }
            all.append(Body(line: index + 1, lineCount: end - index + 1))
        }
    }

    private static func declares(_ line: Substring) -> Bool {
        let pattern = "(^|[^.\\w])((func|subscript|deinit|var) ?|init[?(<])"
        return line.range(of: pattern, options: .regularExpression) != nil
    }

    /// The line of the brace that closes the body opened after this declaration; nil when it has
    /// none, as in a protocol.
    private static func end(of start: Int, in code: [Substring]) -> Int? {
        var (braces, brackets) = (0, 0)
        for (index, line) in code[start...].enumerated() {
            if index > 0, braces == 0, brackets == 0, !continues(line) { return nil }
            for character in line {
                switch character {
                case "(", "[": brackets += 1
                case ")", "]": brackets -= 1
                case "{": braces += 1
                case "}": braces -= 1
                default: continue
                }
                if character == "}", braces <= 0 { return braces == 0 ? start + index : nil }
            }
        }
        return nil
    }

    /// Whether a line after a declaration still belongs to its head.
    private static func continues(_ line: Substring) -> Bool {
        let words = line.drop { $0 == " " }
        return ["{", "->", "where", "throws", "async", ")"].contains { words.hasPrefix($0) }
    }
}
