import Disks

// A case as a person reads and types it: `message 3 lost, place 17 torn, then place 4 torn`.

extension Sweep.Case: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        if let mishap = script.mishap {
            parts.append("message \(mishap.message) \(mishap.fate.rawValue)")
        }
        for (number, cut) in script.cuts.enumerated() {
            let then = number == 0 ? "" : cut.isInRecovery ? "recovery's " : "then "
            parts.append("\(then)place \(cut.at) \(cut.leaves.rawValue)")
        }
        return parts.isEmpty ? Self.fair : parts.joined(separator: ", ")
    }

    private static let fair = "no fault"

    /// Reads what ``description`` says; nil when the text is nothing of the kind.
    package init?(_ text: String) {
        var mishap: Script.Mishap?
        var cuts: [Script.Cut] = []
        for part in text == Self.fair ? [] : text.split(separator: ",") {
            let words = part.split(separator: " ").map(String.init)
            if cuts.isEmpty, mishap == nil, let read = Script.Mishap(words) {
                mishap = read
            } else if let cut = Script.Cut(words, isFirst: cuts.isEmpty), cuts.count < 3 {
                cuts.append(cut)
            } else {
                return nil
            }
        }
        script = Script(mishap: mishap, cuts: cuts)
        guard description == text else { return nil }
    }
}

extension Script.Mishap {
    fileprivate init?(_ words: [String]) {
        guard words.count >= 3, words[0] == "message", let number = Int(words[1]), number > 0,
            let fate = Script.Fate(rawValue: words[2...].joined(separator: " "))
        else { return nil }
        self.init(message: number, fate: fate)
    }
}

extension Script.Cut {
    fileprivate init?(_ words: [String], isFirst: Bool) {
        let start = isFirst ? 0 : 1
        guard words.count >= start + 3, words[start] == "place",
            let at = Int(words[start + 1]), at > 0,
            let leaves = Aftermath(rawValue: words[(start + 2)...].joined(separator: " ")),
            isFirst || ["then", "recovery's"].contains(words[0])
        else { return nil }
        self.init(at: at, leaves: leaves, isInRecovery: words[0] == "recovery's")
    }
}
