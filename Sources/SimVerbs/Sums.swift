internal import Command
internal import World

/// What many seeds come to together; the order in which they came does not matter.
struct Sums: Hashable, Sendable {
    enum Field: String, CaseIterable {
        case seeds, payments, cancelled, refused, stranded
        case powerCuts, kills, faults, replaced, rotten, rotNamed, restarts, inert
        case brought, learned, automatic
        case sent, delivered, lost, unopened, corrupted, spoofed, replayed, strange, cuts
        case syncs, steps, points, events, milliseconds
        /// The hash of hashes: each trace's hash mixed with its seed, summed up.
        case hash
    }

    private var values = [UInt64](repeating: 0, count: Field.allCases.count)

    subscript(_ field: Field) -> UInt64 {
        get { values[Self.place(field)] }
        set { values[Self.place(field)] = newValue }
    }

    private static func place(_ field: Field) -> Int {
        guard let place = Field.allCases.firstIndex(of: field) else {
            preconditionFailure("every field is one of all")
        }
        return place
    }

    mutating func add(_ report: World::Report) {
        let counts = report.counts
        let ends = { (crash: TraceEvent.Crash) in counts.ends[Int(crash.rawValue)] }
        let added: [(Field, UInt64)] = [
            (.seeds, 1), (.payments, UInt64(report.payments)), (.cancelled, counts.cancelled),
            (.refused, counts.refused), (.stranded, UInt64(report.stranded)),
            (.powerCuts, ends(.powerCut)), (.kills, ends(.kill)), (.faults, ends(.fault)),
            (.replaced, ends(.replaced)), (.rotten, counts.rotten),
            (.rotNamed, counts.rotNamed), (.brought, counts.brought),
            (.learned, counts.learned), (.automatic, counts.automatic), (.restarts, counts.boots),
            (.inert, counts.inert),
            (.sent, counts.sent), (.delivered, counts.delivered), (.lost, counts.lost),
            (.unopened, counts.dropped), (.corrupted, counts.corrupted),
            (.spoofed, counts.spoofed), (.replayed, counts.replayed),
            (.strange, counts.strange), (.cuts, counts.cuts), (.syncs, counts.groups),
            (.steps, counts.steps), (.points, counts.points), (.events, counts.events),
            (.milliseconds, report.milliseconds),
            (.hash, Self.mixed(report.hash, report.seed)),
        ]
        for (field, value) in added { self[field] &+= value }
    }

    /// Two rounds of a multiplication folded onto itself, so that no two traces can stand in
    /// for each other by changing places.
    private static func mixed(_ hash: UInt64, _ seed: UInt64) -> UInt64 {
        var word = hash ^ seed &* 0x9E37_79B9_7F4A_7C15
        for _ in 0..<2 {
            let product = word.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            word = product.low ^ product.high &+ hash
        }
        return word
    }

    // MARK: As text

    /// One line for each field, for a file.
    var lines: [String] { Field.allCases.map { "\($0.rawValue) \(self[$0])" } }

    mutating func read(_ name: String, _ value: String) -> Bool {
        guard let field = Field(rawValue: name), let number = UInt64(value) else { return false }
        self[field] = number
        return true
    }

    var json: [(String, JSON)] {
        Field.allCases.filter { $0 != .hash }.map { ($0.rawValue, .number(self[$0])) }
            + [("hash", .string(hexadecimal(self[.hash])))]
    }

    /// The report that people read.
    func report(ofPayments wanted: UInt64) -> [String] {
        let rows: [(String, String)] = [
            ("payments", payments(wanted)), ("crashes", crashes), ("datagrams", datagrams),
            (
                "disk",
                "\(grouped(self[.syncs])) syncs of \(grouped(self[.steps])) steps,"
                    + " \(grouped(self[.points])) places where the power could have gone"
            ),
            ("hash", hexadecimal(self[.hash])),
        ]
        return rows.map { "  " + $0.0.padded(11) + $0.1 }
    }

    private func payments(_ wanted: UInt64) -> String {
        var parts = ["\(grouped(self[.payments])) of \(grouped(wanted)) paid"]
        parts += some(.cancelled, "tries cancelled") + some(.refused, "refused")
        parts += some(.automatic, "said yes to by a device")
        parts += some(.brought, "decisions by hand") + some(.learned, "revocations learnt")
        return (parts + some(.stranded, "left to the office")).joined(separator: ", ")
    }

    private var crashes: String {
        let parts =
            some(.powerCuts, "power cuts") + some(.kills, "kills")
            + some(.faults, "stops by a fault of the disk")
            + some(.replaced, "disks put back") + some(.rotten, "with a bit changed at rest")
            + some(.rotNamed, "of these named") + some(.restarts, "restarts")
            + some(.inert, "homes inert at the end")
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    private var datagrams: String {
        let parts =
            some(.lost, "lost") + some(.unopened, "not opened") + some(.corrupted, "spoiled")
            + some(.spoofed, "under another's address") + some(.replayed, "sent again much later")
            + some(.strange, "from a stranger") + some(.cuts, "ways cut")
        return (["\(grouped(self[.sent])) sent"] + parts).joined(separator: ", ")
    }

    private func some(_ field: Field, _ words: String) -> [String] {
        self[field] == 0 ? [] : ["\(grouped(self[field])) \(words)"]
    }
}

/// As in 12,345,678.
func grouped(_ number: UInt64) -> String {
    var (out, count) = ("", 0)
    for digit in String(number).reversed() {
        if count > 0, count.isMultiple(of: 3) { out.append(",") }
        out.append(digit)
        count += 1
    }
    return String(out.reversed())
}

package func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
