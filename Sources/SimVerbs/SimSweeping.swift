internal import Charts
internal import Command
internal import World

/// `tally sim sweep`.
enum SimSweeping {
    static let act: @Sendable (Request, Scene) async throws(Complaint) -> Report = {
        (request, scene) async throws(Complaint) in
        let number = try request.number("--depth", in: 1...3) ?? 1
        guard let depth = Sweep.Depth(rawValue: Int(number)) else {
            preconditionFailure("every number from 1 to 3 is a depth")
        }
        let seed = try request.number("--seed", in: 1...SeedSet.largest) ?? 1
        if let typed = request["--only"] { return try only(typed, seed, request, scene) }
        let jobs = try request.number("--jobs", in: 1...256) ?? UInt64(max(1, scene.cores))
        let plan = Sweep.plan(depth, seed: seed)
        var state = SweepState(plan)
        if let file = request["--resume"] { state = try SweepState.resumed(file, plan) }
        let stops = request["--keep-going"] == nil
        let known = state.broken
        let earlier = state.report
        let begun = SweepPace(all: plan.stems.count, before: earlier.stems)
        let work = Undertaking(state, begun, keptIn: request["--resume"], scene)
        var found: [SweepReport.Found] = []
        if !(stops && !known.isEmpty) {
            found = await Sweep.run(
                plan,
                from: state.report.stems,
                jobs: Int(jobs),
                stopsAtBreach: stops,
                onProgress: { progress in
                    work.take { state, pace in
                        state.take(progress, after: earlier, &pace)
                    }
                }
            ).breaches
        }
        let (done, pace) = try work.finish()
        // What an earlier run found is looked at again: a file keeps only the cases.
        let again = known.compactMap { text in Sweep.Case(text).map { Broken($0, seed) } }
        let broken = again + found.map { Broken($0.what, $0.breach, seed) }
        return report(plan, done.report, broken, pace, scene)
    }

    /// A case in which something is broken.
    private struct Broken {
        let what: Sweep.Case
        let breach: Breach?
        private let seed: UInt64

        init(_ what: Sweep.Case, _ breach: Breach, _ seed: UInt64) {
            (self.what, self.breach, self.seed) = (what, breach, seed)
        }

        init(_ what: Sweep.Case, _ seed: UInt64) {
            (self.what, self.seed) = (what, seed)
            breach = Sweep.world(what, seed: seed).run().breach
        }

        var command: String {
            "tally sim sweep --only \(shellWord(what.description))"
                + (seed == 1 ? "" : " --seed \(seed)")
        }

        func lines(_ paint: Paint) -> [String] {
            let sentence = breach.map { "\($0.name): \($0.sentence)" } ?? "no more"
            return ["  " + paint.red("broken") + " \(what): \(sentence)", "    \(command)"]
        }

        var json: JSON {
            .object([
                ("case", .string(what.description)), ("broken", .string(breach?.name ?? "")),
                ("what", .string(breach?.sentence ?? "")), ("replay", .string(command)),
            ])
        }
    }

    // MARK: The report

    private static let mostTold = 10

    private static func report(
        _ plan: Sweep.Plan,
        _ report: SweepReport,
        _ broken: [Broken],
        _ pace: SweepPace,
        _ scene: Scene
    ) -> Report {
        let paint = scene.paint(terminal: scene.outIsTerminal)
        let isEqual = report.ran == report.computed
        let title =
            "sweep, depth \(plan.depth.rawValue), seed \(plan.seed):"
            + " \(grouped(UInt64(report.ran))) runs, "
        let verdict =
            broken.isEmpty ? paint.green("none broken") : paint.red("\(broken.count) broken")
        let rows: [(String, String)] = [
            ("payment", places(plan)), ("stems", stems(plan, report)),
            ("computed", product(plan, report)),
            (
                "ran",
                grouped(UInt64(report.ran)) + " in which every power cut came at its place: "
                    + (isEqual ? "equal to what was computed" : paint.red("not what was computed"))
            ),
        ]
        var lines = [paint.bold(title) + verdict]
        lines += rows.map { "  " + $0.0.padded(11) + $0.1 }
        if let rate = pace.rate { lines += ["  " + "time".padded(11) + "\(tenths(rate)) runs/s"] }
        lines += broken.prefix(mostTold).flatMap { $0.lines(paint) }
        if broken.count > mostTold {
            lines += ["  and \(broken.count - mostTold) more; --json has them all"]
        }
        return Report(
            lines: lines,
            json: json(plan, report, broken),
            exit: broken.isEmpty && isEqual ? .done : .broken
        )
    }

    private static func places(_ plan: Sweep.Plan) -> String {
        let acts = CrashPoint.Act.allCases.filter { plan.road.count($0) > 0 }
        let parts = acts.map { "\($0.rawValue) \(plan.road.count($0))" }
        return "\(plan.places) places when nothing else happens ("
            + parts.joined(separator: ", ") + "), \(plan.messages) messages"
    }

    private static func stems(_ plan: Sweep.Plan, _ report: SweepReport) -> String {
        let what =
            switch plan.depth {
            case .single: "no fault, and each message lost, doubled, or held until a restart"
            case .pairs: "each place with each of what it leaves"
            case .recoveries: "each pair of places with each of what they leave"
            }
        let done = report.stems == plan.stems.count ? "" : "\(report.stems) of "
        return done + "\(grouped(UInt64(plan.stems.count))): \(what)"
    }

    private static func product(_ plan: Sweep.Plan, _ report: SweepReport) -> String {
        let each = plan.stems.first?.leaves.count ?? 0
        return "\(grouped(UInt64(report.places))) places × \(each) ways to be left ="
            + " \(grouped(UInt64(report.computed)))"
    }

    private static func json(
        _ plan: Sweep.Plan,
        _ report: SweepReport,
        _ broken: [Broken]
    ) -> JSON {
        let acts = CrashPoint.Act.allCases.map { act in
            (act.rawValue, JSON.number(UInt64(plan.road.count(act))))
        }
        return .object([
            ("depth", .number(UInt64(plan.depth.rawValue))), ("seed", .number(plan.seed)),
            ("messages", .number(UInt64(plan.messages))), ("places", .object(acts)),
            ("stems", .number(UInt64(plan.stems.count))),
            ("stemsDone", .number(UInt64(report.stems))),
            ("placesOfStems", .number(UInt64(report.places))),
            ("computed", .number(UInt64(report.computed))),
            ("ran", .number(UInt64(report.ran))), ("broken", .array(broken.map(\.json))),
        ])
    }

    // MARK: One case

    private static func only(
        _ typed: String,
        _ seed: UInt64,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        guard let one = Sweep.Case(typed) else {
            throw Complaint(
                .usage,
                "bad-case",
                "\(quoted(typed)) is no case of a sweep",
                hint: "write --only 'place 17 torn' or --only 'message 3 lost, place 40 kept,"
                    + " then place 4 kept': what is left is kept, lost, torn, or torn and"
                    + " reordered"
            )
        }
        let format = try request["--chart"].map(ChartFormat.init(named:))
        let world = Sweep.world(one, seed: seed)
        let replay = Replay(running: world, titled: "sweep, seed \(seed): \(one)")
        if let path = request["--chart"], let format {
            try replay.write(format, to: path, Chart.View())
        }
        var report = SimReplaying.report(replay, request, Chart.View(), scene)
        if !one.cameAbout(on: world.road) {
            let lines = "  not every power cut of it came about: there are no so many places"
            report.lines.insert(lines, at: 1)
        }
        return report
    }
}
