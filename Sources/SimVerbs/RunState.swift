internal import Command
internal import Host
internal import World

/// How far a run of many seeds has come: what a file keeps so that it can be gone on with.
struct RunState: Keepable {
    /// The scenario by its content, and the cryptography where it is not the stand-in.
    let scenario: String
    let seeds: ClosedRange<UInt64>
    var done = SeedSet()
    var sums = Sums()
    var broken: [UInt64] = []
    /// One seed with the hash it came to, so that another program's file is not gone on with.
    var sample: (seed: UInt64, hash: UInt64)?

    init(_ scenario: Scenario, _ seeds: ClosedRange<UInt64>, _ cryptography: Cryptography) {
        let mark = cryptography == .standIn ? "" : "-" + cryptography.rawValue
        (self.scenario, self.seeds) = (Scenarios.hash(scenario) + mark, seeds)
    }

    mutating func add(_ report: World::Report) {
        done.insert(report.seed)
        sums.add(report)
        if report.breach != nil { broken.append(report.seed) }
        if sample == nil { sample = (report.seed, report.hash) }
    }

    // MARK: The file

    private static let first = "tally sim run, format 1"

    var text: String {
        var lines = [Self.first, "scenario \(scenario)", "of \(SeedSet.text(seeds))"]
        lines += ["done \(done.text)"] + broken.sorted().map { "broken \($0)" }
        if let sample { lines.append("sample \(sample.seed) \(hexadecimal(sample.hash))") }
        return (lines + sums.lines).joined(separator: "\n") + "\n"
    }

    /// nil when the text is no such file's.
    init?(_ text: String) {
        var lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard lines.count > 4, lines.removeFirst().joined(separator: " ") == Self.first,
            lines[0].count == 2, lines[0][0] == "scenario", lines[1].count == 2,
            lines[1][0] == "of", let seeds = SeedSet.range(lines[1][1])
        else { return nil }
        (scenario, self.seeds) = (lines[0][1], seeds)
        for line in lines.dropFirst(2) {
            guard read(line) else { return nil }
        }
        guard UInt64(done.count) == sums[.seeds] else { return nil }
    }

    private mutating func read(_ line: [String]) -> Bool {
        switch (line[0], line.count) {
        case ("done", 1): return true
        case ("done", 2):
            guard let set = SeedSet(line[1]) else { return false }
            done = set
            return true
        case ("broken", 2):
            guard let seed = UInt64(line[1]) else { return false }
            broken.append(seed)
            return true
        case ("sample", 3):
            guard let seed = UInt64(line[1]), let hash = UInt64(line[2], radix: 16) else {
                return false
            }
            sample = (seed, hash)
            return true
        case (_, 2): return sums.read(line[0], line[1])
        case _: return false
        }
    }
}

extension RunState {
    private static let mostBytes = 16_777_216

    /// What a file of an earlier run says, or a new one when there is none.
    static func resumed(
        _ path: String,
        _ scenario: Scenario,
        _ seeds: ClosedRange<UInt64>,
        _ cryptography: Cryptography
    ) throws(Complaint) -> RunState {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, cap: mostBytes)
        } catch {
            if error == .missing { return RunState(scenario, seeds, cryptography) }
            throw Complaint(error, reading: path)
        }
        guard let state = RunState(String(decoding: bytes, as: UTF8.self)) else {
            throw Complaint(
                .refused,
                "no-state",
                "\(quoted(path)) was not written by 'tally sim run --resume'",
                hint: "name another file; one that is not there is made"
            )
        }
        let new = RunState(scenario, seeds, cryptography)
        guard state.scenario == new.scenario, state.seeds == seeds else {
            throw Complaint(
                .refused,
                "other-run",
                "\(quoted(path)) is of another run: its scenario is \(state.scenario) with"
                    + " --seeds \(SeedSet.text(state.seeds)), and yours is \(new.scenario) with"
                    + " --seeds \(SeedSet.text(seeds))",
                hint: "give the same scenario and seeds, or name another file"
            )
        }
        if let sample = state.sample,
            World(scenario, seed: sample.seed, with: cryptography).run().hash != sample.hash
        {
            throw Complaint(
                .refused,
                "other-program",
                "\(quoted(path)) was written by another version of Tally, in which seed"
                    + " \(sample.seed) went otherwise",
                hint: "begin anew with another file"
            )
        }
        return state
    }
}
