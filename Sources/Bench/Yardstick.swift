package import Command
internal import Host

/// A program of bench/ that is run beside ours, and read.
package struct Yardstick: Sendable {
    let path: String
    /// What it is made of, and how to get it.
    let source: String

    package init(path: String, source: String) { (self.path, self.source) = (path, source) }

    /// Runs it, and says the line that it ends with.
    package func run(_ arguments: [String]) throws(Complaint) -> Line {
        do {
            let child = try Child(running: path, arguments)
            let last = child.output.split(separator: "\n").last.map(String.init) ?? ""
            return Line(text: last, yardstick: self)
        } catch {
            throw Complaint(
                .failed,
                "yardstick",
                "the yardstick \(quoted(path)) \(Self.said(error))",
                hint: "make bench compiles \(source)"
            )
        }
    }

    /// The same, or nil where it is not there, or says by its status that what it needs is not.
    package func runIfThere(_ arguments: [String]) throws(Complaint) -> Line? {
        do {
            let child = try Child(running: path, arguments)
            let last = child.output.split(separator: "\n").last.map(String.init) ?? ""
            return Line(text: last, yardstick: self)
        } catch {
            switch error {
            case .notRun(.missing), .ended(status: Self.notInstalled << 8): return nil
            case .notRun, .ended:
                throw Complaint(
                    .failed,
                    "yardstick",
                    "the yardstick \(quoted(path)) \(Self.said(error))",
                    hint: "see what it said above; --only leaves it out"
                )
            }
        }
    }

    /// What a script ends with when what it runs is not installed.
    private static let notInstalled: Int32 = 69

    static func said(_ fault: Child.Fault) -> String {
        switch fault {
        case .notRun(.missing): "is not there"
        case .notRun: "cannot be run"
        case .ended: "did not come to its end"
        }
    }

    /// What it says: words, and a number before or behind each.
    package struct Line: Sendable {
        let text: String
        let yardstick: Yardstick

        /// The number behind these words.
        package func number(after words: String) throws(Complaint) -> Double {
            guard let range = find(words) else { throw isOther }
            return try number(text[range.upperBound...].drop { $0 == " " })
        }

        /// The number before these words.
        package func number(before words: String) throws(Complaint) -> Double {
            guard let range = find(words),
                let word = text[..<range.lowerBound].split(separator: " ").last
            else { throw isOther }
            return try number(word)
        }

        private func number(_ text: Substring) throws(Complaint) -> Double {
            guard let number = Double(text.prefix { "0123456789.".contains($0) }), number > 0
            else { throw isOther }
            return number
        }

        private func find(_ words: String) -> Range<String.Index>? {
            var start = text.startIndex
            while start < text.endIndex {
                if text[start...].hasPrefix(words) {
                    return start..<text.index(start, offsetBy: words.count)
                }
                start = text.index(after: start)
            }
            return nil
        }

        private var isOther: Complaint {
            Complaint(
                .failed,
                "yardstick",
                "\(quoted(yardstick.path)) does not say what \(yardstick.source) says",
                hint: "make bench compiles \(yardstick.source)"
            )
        }
    }
}
