internal import Words

/// How the command ends: the numbers never change, because scripts know them.
package enum Exit: Int32, Hashable, Sendable, CaseIterable {
    case done = 0
    case failed = 1
    case usage = 2
    case refused = 3
    case notFound = 4
    case noRoot = 5
    case broken = 6
    case pending = 7
    case inDoubt = 8
    case wrongPassphrase = 9

    package var meaning: String {
        switch self {
        case .done: "done, or proved"
        case .failed: "a file or the system failed"
        case .usage: "the command was not understood"
        case .refused: "refused, or not proved"
        case .notFound: "no such file, home, payment or scenario"
        case .noRoot: "no trusted root to check against"
        case .broken: "the simulator found something broken"
        case .pending: "nothing came of it in the time that was given"
        case .inDoubt: "agreed, and held until the seller's decision is known"
        case .wrongPassphrase: "the passphrase, the PIN or the key file is wrong or missing"
        }
    }
}

/// Why there is no result: what and why, then what to do.
package struct Complaint: Error, Hashable, Sendable {
    package let exit: Exit
    /// One word for programs.
    package let name: String
    package let what: String
    package let hint: String

    package init(_ exit: Exit, _ name: String, _ what: String, hint: String) {
        (self.exit, self.name, self.what, self.hint) = (exit, name, what, hint)
    }

    func text(_ paint: Paint) -> String {
        paint.red("error:") + " \(what)\n" + paint.bold("hint:") + " \(hint)\n"
    }

    var json: JSON {
        .object([
            (
                "error",
                .object([
                    ("name", .string(name)), ("exit", .number(UInt64(exit.rawValue))),
                    ("what", .string(what)), ("hint", .string(hint)),
                ])
            )
        ])
    }
}

/// A result, for people and for programs.
package struct Report: Sendable {
    package var lines: [String]
    package var json: JSON
    package var exit = Exit.done

    package init(lines: [String], json: JSON, exit: Exit = .done) {
        (self.lines, self.json, self.exit) = (lines, json, exit)
    }

    /// One thing more for programs.
    package mutating func add(_ name: String, _ value: JSON) {
        guard case .object(let pairs) = json else { preconditionFailure("a report is an object") }
        json = .object(pairs + [(name, value)])
    }

    package func text(asJSON: Bool) -> String {
        asJSON ? json.text + "\n" : lines.map { $0 + "\n" }.joined()
    }
}

/// JSON in the order it was said.
package indirect enum JSON: Sendable {
    case object([(String, JSON)])
    case array([JSON])
    case string(String)
    case number(UInt64)
    /// A measured number, to three decimals.
    case decimal(String)
    case flag(Bool)
    /// What is JSON already.
    case written(String)

    package var text: String {
        switch self {
        case .object(let pairs):
            "{" + pairs.map { Self.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .string(let text): Self.quoted(text)
        case .number(let number): String(number)
        case .decimal(let digits): digits
        case .flag(let flag): flag ? "true" : "false"
        case .written(let text): text
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

/// Colour, where it is wanted.
package struct Paint: Sendable {
    let isOn: Bool

    package init(isOn: Bool) { self.isOn = isOn }

    package func bold(_ text: String) -> String { wrapped(text, "1") }
    package func red(_ text: String) -> String { wrapped(text, "31") }
    package func green(_ text: String) -> String { wrapped(text, "32") }
    package func dim(_ text: String) -> String { wrapped(text, "2") }

    private func wrapped(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// What somebody typed, made safe to repeat on a terminal.
package func quoted(_ typed: String) -> String {
    let shown = typed.unicodeScalars.prefix(80).map { scalar in
        Text.mayBeShown(scalar) ? String(Character(scalar)) : "?"
    }
    return "'" + shown.joined() + (typed.unicodeScalars.count > 80 ? "…'" : "'")
}

extension String {
    package func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    package func padded(left width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
