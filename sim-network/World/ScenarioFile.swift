/// Why a scenario file is none: the line, counted from 1, and what is wrong with it.
package struct ScenarioFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let reason: String

    package init(line: Int, reason: String) { (self.line, self.reason) = (line, reason) }

    package var description: String { "line \(line): \(reason)" }
}

// One thing in each line, a name and what is said of it: docs/SIMULATOR has the whole of it.
//
//     peers     6
//     amounts   1-500
//     loss      maybe 5-30 %

extension Scenario {
    /// Reads a scenario file; `name` is what it is called.
    package init(named name: String, reading text: String) throws(ScenarioFault) {
        self.init(name: name)
        var seen: Set<String> = []
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard let first = words.first else { continue }
            let key = String(first)
            guard seen.insert(key).inserted else {
                throw ScenarioFault(line: number, reason: "'\(key)' is said twice")
            }
            var reader = LineReader(number, key, words.dropFirst().map(String.init))
            try read(key, &reader)
            try reader.finish()
        }
        for needed in ["strains", "finds"] where !seen.contains(needed) {
            throw ScenarioFault(line: number, reason: "nothing says what it '\(needed)'")
        }
        if thieves + liars >= peers {
            throw ScenarioFault(line: number, reason: "nobody is left who is honest")
        }
        if seen.contains("limit"), picked == 0 {
            throw ScenarioFault(line: number, reason: "a 'limit' is for sellers that are 'picked'")
        }
        if thieves == 0, trade == .ring || seen.contains("clones") {
            throw ScenarioFault(line: number, reason: "a ring and its 'clones' need 'thieves'")
        }
        try checkOffice(seen, number)
        try checkEKeys(seen, number)
        if trade == .chain, sticks == 0 {
            throw ScenarioFault(line: number, reason: "a chain begins with a stick")
        }
    }

    /// What has to do with an office where there is none, and what an office's world has not.
    private func checkOffice(_ seen: Set<String>, _ line: Int) throws(ScenarioFault) {
        guard hasOffice else {
            let kinds: [FaultKind] = [.officePowerCut, .officeKill, .lost] + Self.ofTwoDisks
            for word in ["redemptions", "syncs", "settles", "disks", "meters"] + kinds.map(\.name)
            where seen.contains(word) {
                throw ScenarioFault(line: line, reason: "'\(word)' needs an 'office'")
            }
            return
        }
        // Of these the office would have to be told, or to judge, what is not tried here yet.
        let kinds: [FaultKind] = [.rollback, .bitRot, .revocation]
        for word in ["liars"] + kinds.map(\.name) where seen.contains(word) {
            throw ScenarioFault(line: line, reason: "'\(word)' goes with no 'office'")
        }
        for word in Self.ofTwoDisks.map(\.name) where seen.contains(word) && disks < 2 {
            throw ScenarioFault(line: line, reason: "'\(word)' needs 'disks 2'")
        }
        if trade == .chain {
            throw ScenarioFault(line: line, reason: "a chain goes with no 'office'")
        }
        if meters + thieves + spares > peers {
            throw ScenarioFault(line: line, reason: "there are fewer 'peers' than have 'meters'")
        }
        if spares > 0, thieves > 0 || 2 * spares >= peers {
            let reason = "of those whose devices are 'lost' half are others, and none thieves"
            throw ScenarioFault(line: line, reason: reason)
        }
    }

    /// What has to do with eKeys where there are none, and what a world with eKeys has not.
    private func checkEKeys(_ seen: Set<String>, _ line: Int) throws(ScenarioFault) {
        let kinds: [FaultKind] = [.unplugged, .readerRestart, .stolen]
        guard eKeys > 0 else {
            for word in ["bad-readers", "button"] + kinds.map(\.name) where seen.contains(word) {
                throw ScenarioFault(line: line, reason: "'\(word)' needs 'ekeys'")
            }
            return
        }
        guard eKeys + thieves + liars <= peers, badReaders <= eKeys else {
            let reason = "so many 'ekeys', or 'bad-readers' before them, there cannot be"
            throw ScenarioFault(line: line, reason: reason)
        }
        // Of these an eKey would have to be told in other ways, which are not tried here yet.
        let others: [FaultKind] = [.restore, .rollback, .bitRot]
        for word in ["office", "picked", "pin"] + others.map(\.name) where seen.contains(word) {
            throw ScenarioFault(line: line, reason: "'\(word)' goes with no 'ekeys'")
        }
    }

    /// What only one of two disks may do.
    private static let ofTwoDisks: [FaultKind] = [.officeLie, .officeRot, .officeDiskLost]

    private mutating func read(_ key: String, _ line: inout LineReader) throws(ScenarioFault) {
        switch key {
        case "strains": strains = try line.rest()
        case "finds": finds = try line.rest()
        case "peers": peers = Int(try line.number(2...1_000))
        case "payments": payments = Int(try line.number(0...1_000_000))
        case "amounts": amounts = try line.range(1...1_000_000_000)
        case "sticks":
            sticks = Int(try line.number(0...255))
            try line.word("of")
            units = try line.number(1...1_000_000_000)
        case "span":
            seconds = try line.number(1...1_000_000)
            try line.word("s")
        case "refusals": refusals = try line.share().upperBound
        case "thieves": thieves = Int(try line.number(0...100))
        case "clones": clones = Int(try line.number(2...100))
        case "liars": liars = Int(try line.number(0...100))
        case "picked": picked = try line.share().upperBound
        case "limit": limit = try line.number(0...1_000_000_000)
        case "pin": pin = try line.number(1...1_000_000_000)
        case "wants": wants = try line.share().upperBound
        case "office":
            let word = try line.next()
            guard word == "yes" else {
                throw line.fault("'\(word)' where 'yes' is meant")
            }
            hasOffice = true
        case "meters": meters = Int(try line.number(1...100))
        case "disks": disks = Int(try line.number(1...2))
        case "settles":
            try line.word("yes")
            settles = true
        case "redemptions": redemptions = Int(try line.number(0...100_000))
        case "syncs": syncs = Int(try line.number(0...100_000))
        case "ekeys": eKeys = Int(try line.number(1...1_000))
        case "bad-readers": badReaders = Int(try line.number(0...1_000))
        case "button": button = try line.number(1...1_000_000_000)
        case "attempts": attempts = Int(try line.number(1...1_000))
        case "trade":
            let word = try line.next()
            guard let known = Trade(rawValue: word) else {
                throw line.fault("'\(word)' is no way to trade: 'anyone', 'chain' or 'ring'")
            }
            trade = known
        case _:
            guard let kind = FaultKind.allCases.first(where: { $0.name == key }) else {
                throw line.fault("nothing is called '\(key)'")
            }
            faults.append(try line.reading(kind))
        }
    }
}

/// The words of one line, taken one after the other.
private struct LineReader {
    private let line: Int
    private let key: String
    private var words: [String]

    init(_ line: Int, _ key: String, _ words: [String]) {
        (self.line, self.key, self.words) = (line, key, words)
    }

    func fault(_ reason: String) -> ScenarioFault { ScenarioFault(line: line, reason: reason) }

    mutating func next() throws(ScenarioFault) -> String {
        guard !words.isEmpty else { throw fault("something is missing after '\(key)'") }
        return words.removeFirst()
    }

    mutating func rest() throws(ScenarioFault) -> String {
        guard !words.isEmpty else { throw fault("something is missing after '\(key)'") }
        defer { words = [] }
        return words.joined(separator: " ")
    }

    mutating func word(_ wanted: String) throws(ScenarioFault) {
        let found = try next()
        guard found == wanted else { throw fault("'\(found)' where '\(wanted)' is meant") }
    }

    func finish() throws(ScenarioFault) {
        if let word = words.first { throw fault("'\(word)' is too much") }
    }

    mutating func number(_ bounds: ClosedRange<UInt64>) throws(ScenarioFault) -> UInt64 {
        try Self.number(try next(), bounds, fault)
    }

    private static func number(
        _ text: String,
        _ bounds: ClosedRange<UInt64>,
        _ fault: (String) -> ScenarioFault
    ) throws(ScenarioFault) -> UInt64 {
        guard let number = UInt64(text) else { throw fault("'\(text)' is no number") }
        guard bounds.contains(number) else {
            throw fault("\(number) is not from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// `5` or `5-30`.
    mutating func range(
        _ bounds: ClosedRange<UInt64>
    ) throws(ScenarioFault) -> ClosedRange<UInt64> {
        let text = try next()
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2 else { throw fault("'\(text)' is no range") }
        let low = try Self.number(parts[0], bounds, fault)
        let high = parts.count == 2 ? try Self.number(parts[1], bounds, fault) : low
        guard low <= high else { throw fault("'\(text)' ends before it begins") }
        return low...high
    }

    /// Per cent, with at most one decimal, in thousandths.
    mutating func share() throws(ScenarioFault) -> ClosedRange<UInt64> {
        let text = try next()
        var ends: [UInt64] = []
        for part in text.split(separator: "-", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: ".", omittingEmptySubsequences: false)
            guard (1...2).contains(pieces.count), let whole = UInt64(pieces[0]), whole <= 100,
                pieces.count == 1 || pieces[1].utf8.count == 1,
                let tenth = pieces.count == 1 ? 0 : UInt64(pieces[1]), whole * 10 + tenth <= 1_000
            else { throw fault("'\(part)' is no share of 100 with one decimal") }
            ends.append(whole * 10 + tenth)
        }
        guard ends.count <= 2, let low = ends.first, let high = ends.last, low <= high else {
            throw fault("'\(text)' is no range")
        }
        try word("%")
        return low...high
    }

    mutating func reading(_ kind: FaultKind) throws(ScenarioFault) -> Scenario.Fault {
        var isSure = true
        if words.first == "maybe" {
            words.removeFirst()
            isSure = false
        }
        switch kind.unit {
        case .share: return .init(kind, try share(), isSure: isSure)
        case .milliseconds:
            let range = try range(0...1_000_000)
            try word("ms")
            return .init(kind, range, isSure: isSure)
        case .times:
            let range = try range(0...100_000)
            try word("times")
            return .init(kind, range, isSure: isSure)
        }
    }
}
