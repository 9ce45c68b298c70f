package import Charts
internal import Command
internal import Host
package import World

/// `tally sim replay`: one seed again, looked at closely.
enum SimReplaying {
    static let act: @Sendable (Request, Scene) throws(Complaint) -> Report = {
        (request, scene) throws(Complaint) in
        let typed = request.arguments.first ?? ""
        let scenario = try Scenarios.find(typed)
        guard let seed = SeedSet.range(request.arguments.last ?? ""), seed.count == 1 else {
            throw Complaint(
                .usage,
                "bad-seed",
                "SEED is a whole number from 1, and \(quoted(request.arguments.last ?? ""))"
                    + " is none",
                hint: "write tally sim replay \(shellWord(typed)) 1"
            )
        }
        let format = try request["--chart"].map(ChartFormat.init(named:))
        let view = try view(request, scenario)
        let replay = Replay(scenario, seed: seed.lowerBound, with: request.cryptography)
        if let path = request["--chart"], let format {
            try replay.write(format, to: path, view)
        }
        return report(replay, request, view, scene)
    }

    private static func view(
        _ request: Request,
        _ scenario: Scenario
    ) throws(Complaint) -> Chart.View {
        var view = Chart.View()
        if let typed = request["--homes"] {
            view.peers = try homes(typed, of: scenario)
        }
        if let from = try request.number("--from", in: 0...1_000_000_000) {
            view.from = from * 1_000
        }
        if let until = try request.number("--until", in: 0...1_000_000_000) {
            view.until = until * 1_000
        }
        guard view.from <= view.until else {
            throw Complaint(
                .usage,
                "bad-span",
                "--until comes before --from",
                hint: "both are virtual seconds from the beginning of the run"
            )
        }
        view.rows = Int(try request.number("--rows", in: 1...1_000_000) ?? 2_000)
        return view
    }

    private static func homes(
        _ typed: String,
        of scenario: Scenario
    ) throws(Complaint) -> [Int] {
        var homes: [Int] = []
        for part in typed.split(separator: ",", omittingEmptySubsequences: false) {
            let home = Int(part)
            guard let home, (0..<scenario.homes).contains(home), !homes.contains(home) else {
                throw Complaint(
                    .usage,
                    "bad-homes",
                    "--homes are numbers from 0 to \(scenario.homes - 1) with commas between"
                        + " them, each once, and \(quoted(typed)) is something else",
                    hint: "write --homes 0,1"
                )
            }
            homes.append(home)
        }
        return homes
    }

    /// More lanes than this do not fit beside one another in a terminal.
    private static let mostLanes = 6

    static func report(
        _ replay: Replay,
        _ request: Request,
        _ view: Chart.View,
        _ scene: Scene
    ) -> Report {
        let paint = scene.paint(terminal: scene.outIsTerminal)
        var lines = [paint.bold(replay.title)]
        lines += replay.facts.map { "  " + $0.0.padded(11) + $0.1 }
        let asksForOther = request["--trace"] != nil || request["--chart"] != nil
        if request["--text"] != nil || !asksForOther {
            var shown = view
            if view.peers == nil, replay.scenario.homes > mostLanes {
                shown.peers = replay.mostInteresting(mostLanes)
                lines.append(
                    "  the chart has \(mostLanes) homes of"
                        + " \(replay.scenario.homes); --homes picks others"
                )
            }
            let chart = replay.chart(shown)
            lines += [""] + chart.legend + [""] + chart.text
        }
        if request["--trace"] != nil {
            lines += [""] + replay.events.filter(view.shows).map(\.line)
        }
        lines += [""] + replay.balanceLines
        if let path = request["--chart"] { lines.append("the chart is in \(path)") }
        return Report(
            lines: lines,
            json: replay.json,
            exit: replay.report.breach == nil ? .done : .broken
        )
    }
}

/// What a chart's file is.
enum ChartFormat {
    case svg
    case html

    init(named path: String) throws(Complaint) {
        if path.hasSuffix(".svg") {
            self = .svg
        } else if path.hasSuffix(".html") {
            self = .html
        } else {
            throw Complaint(
                .usage,
                "chart-format",
                "a chart is an SVG or an HTML file, and \(quoted(path)) does not say which",
                hint: "let its name end in .svg or .html"
            )
        }
    }
}

/// A seed that was run once more, with everything that happened.
package struct Replay {
    let scenario: Scenario
    package let report: World::Report
    package let events: [TraceEvent]
    let title: String
    private let drawn: Weather
    package var names: [String] = []

    package init(_ scenario: Scenario, seed: UInt64, with cryptography: Cryptography = .standIn) {
        self.init(
            running: World(scenario, seed: seed, keepsTrace: true, with: cryptography),
            titled: "\(scenario.name), seed \(seed)"
        )
    }

    /// A world that keeps its trace and has not been run yet.
    init(running world: World, titled title: String) {
        (scenario, self.title) = (world.scenario, title)
        report = world.run()
        (events, drawn) = (world.tracer.events, world.drawn)
        if scenario.hasOffice {
            names = (0..<scenario.peers).map { "home \($0)" } + ["office"]
        }
    }

    var facts: [(String, String)] {
        let counts = report.counts
        let ends = counts.ends.reduce(0, +)
        let breach = report.breach
        return [
            ("weather", weather),
            (
                "payments",
                "\(report.payments) of \(scenario.payments) paid, \(counts.cancelled) tries"
                    + " cancelled, \(counts.refused) refused"
            ),
            (
                "faults",
                "\(counts.lost) of \(counts.sent) datagrams lost, "
                    + counted(Int(ends), "crash").replacing("crashs", with: "crashes")
            ),
            ("hash", hexadecimal(report.hash)),
            (
                "result",
                breach.map { "broken at \(seconds($0.milliseconds)) s: \($0.sentence)" }
                    ?? "nothing broken"
            ),
        ]
    }

    /// What this seed made of the scenario's faults.
    private var weather: String {
        let kinds = FaultKind.allCases.filter { drawn[$0] > 0 }
        guard !kinds.isEmpty else { return "fair" }
        return kinds.map { "\($0.name) \($0.text(drawn[$0]...drawn[$0]))" }
            .joined(separator: ", ")
    }

    package func chart(_ view: Chart.View) -> Chart {
        var view = view
        view.names = names
        return Chart(events, peers: scenario.homes, view)
    }

    package var balances: [Balance] {
        Balance.last(
            of: events,
            peers: scenario.homes,
            began: { peer in
                let hasSticks = scenario.trade == .anyone || peer == 0
                return hasSticks ? UInt64(scenario.sticks) * scenario.units : 0
            },
            names: names
        )
    }

    package var balanceLines: [String] {
        let width = max(11, (balances.map(\.name.count).max() ?? 0) + 2)
        return ["balances after it"]
            + balances.map { balance in
                let name = "  " + balance.name.padded(width)
                guard balance.isCounted else { return name + Balance.uncounted }
                let held = balance.held > 0 ? "  and \(money(balance.held)) held" : ""
                return name + money(balance.available).padded(left: 10) + held
            }
    }

    /// The homes that something broke at, then those that more happened to than to others.
    func mostInteresting(_ count: Int) -> [Int] {
        var happened = [Int](repeating: 0, count: scenario.homes)
        for event in events where happened.indices.contains(event.peer) {
            happened[event.peer] += 1
        }
        let broken = (report.breach?.homes ?? []).filter(happened.indices.contains)
        let rest = happened.indices.filter { !broken.contains($0) }
            .sorted { (happened[$1], $0) < (happened[$0], $1) }
        return (broken + rest).prefix(count).sorted()
    }

    func write(
        _ format: ChartFormat,
        to path: String,
        _ view: Chart.View
    ) throws(Complaint) {
        let heading = Chart.Heading(title, facts)
        let text =
            switch format {
            case .svg: chart(view).svg(heading)
            case .html: chart(view).page(heading, balances: balances, trace: events)
            }
        do {
            try Files.write(Array(text.utf8), to: path)
        } catch {
            throw Complaint(error, writing: path)
        }
    }

    var json: JSON {
        var pairs: [(String, JSON)] = [
            ("scenario", .string(scenario.name)), ("seed", .number(report.seed)),
        ]
        pairs += facts.map { ($0.0, .string($0.1)) }
        let homes = balances.map { balance in
            JSON.object(
                [("home", .string(balance.name))]
                    + (balance.isCounted
                        ? [
                            ("free", .string(money(balance.available))),
                            ("held", .string(money(balance.held))),
                        ] : [])
            )
        }
        pairs.append(("balances", .array(homes)))
        if let breach = report.breach {
            pairs.append(("broken", .string(breach.name)))
        }
        pairs.append(("trace", .array(events.map(Self.json))))
        return .object(pairs)
    }

    private static func json(_ event: TraceEvent) -> JSON {
        var pairs: [(String, JSON)] = [("milliseconds", .number(event.milliseconds))]
        if event.peer >= 0 { pairs.append(("home", .number(UInt64(event.peer)))) }
        return .object(pairs + [("what", .string(event.words))])
    }
}

extension Scenario {
    /// How many homes there are in its world: the office's is the last.
    fileprivate var homes: Int { peers + (hasOffice ? 1 : 0) }
}
