internal import Command
internal import Host
internal import Words
package import World

/// How far a sweep has come: what a file keeps so that it can be gone on with.
package struct SweepState: Keepable {
    /// What makes two sweeps the same: depth, seed, and how its first run goes.
    let plan: String
    /// Of the stems that are done, all from the first on.
    package var report = SweepReport()
    /// What was found in them, as it is typed.
    var broken: [String] = []

    package init(_ plan: Sweep.Plan) {
        let acts = plan.road.places.map { "\($0.home) \($0.act.rawValue)" }
        let text =
            "\(plan.depth.rawValue) \(plan.seed) \(plan.stems.count) \(plan.messages)"
            + " \(plan.hash) " + acts.joined(separator: ",")
        let hash = Digest.hash(Digest.Domain("sim sweep"), Array(text.utf8))
        self.plan = hash.bytes.hex.prefixed(16)
    }

    mutating func take(_ report: SweepReport, after earlier: SweepReport) {
        self.report = earlier
        self.report.add(report)
        // Its cases stand in ``broken``.
        self.report.breaches = []
    }

    // MARK: The file

    private static let first = "tally sim sweep, format 1"

    package var text: String {
        let numbers = [
            "stems \(report.stems)", "places \(report.places)", "computed \(report.computed)",
            "ran \(report.ran)",
        ]
        return ([Self.first, "plan \(plan)"] + numbers + broken.map { "broken \($0)" })
            .joined(separator: "\n") + "\n"
    }

    /// nil when the text is no such file's.
    package init?(_ text: String) {
        var lines = text.split(separator: "\n").map(String.init)
        guard lines.count >= 6, lines.removeFirst() == Self.first else { return nil }
        func value(_ name: String) -> String? {
            guard let line = lines.first, line.hasPrefix(name + " ") else { return nil }
            lines.removeFirst()
            return String(line.dropFirst(name.count + 1))
        }
        guard let plan = value("plan"), let stems = value("stems").flatMap(Int.init),
            let places = value("places").flatMap(Int.init),
            let computed = value("computed").flatMap(Int.init),
            let ran = value("ran").flatMap(Int.init), min(stems, places, computed, ran) >= 0
        else { return nil }
        self.plan = plan
        (report.stems, report.places) = (stems, places)
        (report.computed, report.ran) = (computed, ran)
        while let one = value("broken") {
            guard Sweep.Case(one) != nil else { return nil }
            broken.append(one)
        }
        guard lines.isEmpty else { return nil }
    }

    private static let mostBytes = 1_048_576

    /// What a file of an earlier sweep says, or a new one when there is none.
    static func resumed(
        _ path: String,
        _ plan: Sweep.Plan
    ) throws(Complaint) -> SweepState {
        let new = SweepState(plan)
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, cap: mostBytes)
        } catch {
            if error == .missing { return new }
            throw Complaint(error, reading: path)
        }
        guard let state = SweepState(String(decoding: bytes, as: UTF8.self)) else {
            throw Complaint(
                .refused,
                "no-state",
                "\(quoted(path)) was not written by 'tally sim sweep --resume'",
                hint: "name another file; one that is not there is made"
            )
        }
        guard state.plan == new.plan, state.report.stems <= plan.stems.count else {
            throw Complaint(
                .refused,
                "other-run",
                "\(quoted(path)) is of another sweep, or of another version of Tally",
                hint: "give the same --depth and --seed, or name another file"
            )
        }
        return state
    }
}

extension SweepState {
    /// Takes what came of one run, or of a whole stem.
    mutating func take(
        _ progress: Sweep.Progress,
        after earlier: SweepReport,
        _ pace: inout SweepPace
    ) {
        switch progress {
        case .ran(let all):
            pace.ran(of: all)
        case .done(let report):
            take(report, after: earlier)
            let new = report.breaches.map(\.what.description)
            broken += new.filter { !broken.contains($0) }
            pace.stems = self.report.stems
        }
        pace.broken = broken.count
    }
}
