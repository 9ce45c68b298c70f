internal import Command
internal import World

/// `tally sim run`.
enum SimRunning {
    static let act: @Sendable (Request, Scene) async throws(Complaint) -> Report = {
        (request, scene) async throws(Complaint) in
        let typed = request.arguments.first ?? ""
        let scenario = try Scenarios.find(typed)
        let seeds = try SeedSet.typed(request["--seeds"] ?? "1-100")
        let jobs = try request.number("--jobs", in: 1...256) ?? UInt64(max(1, scene.cores))
        let cryptography = request.cryptography
        var state = RunState(scenario, seeds, cryptography)
        if let file = request["--resume"] {
            state = try RunState.resumed(file, scenario, seeds, cryptography)
        }
        let stops = request["--keep-going"] == nil
        let known = state.broken
        let pace = Pace(scenario.name, all: seeds.count, before: state.done.count)
        let work = Undertaking(state, pace, keptIn: request["--resume"], scene)
        var breaches: [Breach] = []
        if !(stops && !known.isEmpty) {
            for gap in state.done.missing(of: seeds) {
                let reports = await Runner.run(
                    scenario,
                    seeds: gap,
                    jobs: Int(jobs),
                    with: cryptography,
                    stopsAtBreach: stops,
                    onProgress: { _, report in
                        work.take { state, pace in
                            state.add(report)
                            (pace.done, pace.broken) = (state.done.count, state.broken.count)
                        }
                    }
                )
                breaches += reports.compactMap(\.breach)
                if stops, !breaches.isEmpty { break }
            }
        }
        let (done, reached) = try work.finish()
        // Seeds that an earlier run found are looked at again: a file keeps only their numbers.
        let again = known.compactMap { World(scenario, seed: $0, with: cryptography).run().breach }
        let all = (breaches + again).sorted { $0.seed < $1.seed }
        let result = Result(state: done, pace: reached, breaches: all)
        return report(result, request, scenario, scene)
    }

    /// What it all came to.
    private struct Result {
        let state: RunState
        let pace: Pace
        let breaches: [Breach]
    }

    // MARK: The report

    /// How many broken seeds are told in full; all of them are counted.
    private static let mostTold = 10

    private static func report(
        _ result: Result,
        _ request: Request,
        _ scenario: Scenario,
        _ scene: Scene
    ) -> Report {
        let broken = told(result, request, scenario, scene)
        let paint = scene.paint(terminal: scene.outIsTerminal)
        let sums = result.state.sums
        let wanted = sums[.seeds] &* UInt64(scenario.payments)
        let title =
            "\(scenario.name), seeds \(SeedSet.text(result.state.seeds)):"
            + " \(grouped(sums[.seeds])) run, "
        let count = result.breaches.count
        let verdict = count == 0 ? paint.green("none broken") : paint.red("\(count) broken")
        var lines = [paint.bold(title) + verdict] + sums.report(ofPayments: wanted)
        lines.append("  " + "time".padded(11) + time(result))
        lines += broken.flatMap { $0.lines(paint) }
        if count > broken.count {
            let more = result.breaches.dropFirst(broken.count).map { String($0.seed) }
            lines += ["  broken too: seeds " + more.prefix(100).joined(separator: ", ")]
        }
        return Report(
            lines: lines,
            json: json(result, scenario, broken),
            exit: count == 0 ? .done : .broken
        )
    }

    /// The first one made smaller, some others as they are.
    private static func told(
        _ result: Result,
        _ request: Request,
        _ scenario: Scenario,
        _ scene: Scene
    ) -> [Broken] {
        let typed = request.arguments.first ?? ""
        return result.breaches.prefix(mostTold).enumerated().map { index, breach in
            guard index == 0 else {
                return Broken(breach, of: typed, request.cryptography)
            }
            let sums = result.state.sums
            return Broken.shrunk(
                scenario,
                typed: typed,
                breach,
                with: request.cryptography,
                events: sums[.events] / max(1, sums[.seeds]),
                into: request["--keep"] ?? ".",
                telling: scene
            )
        }
    }

    /// Virtual time, and how much faster than a clock it went; the latter of this run alone.
    private static func time(_ result: Result) -> String {
        let sums = result.state.sums
        let virtual = "\(grouped(sums[.milliseconds] / 1_000)) virtual seconds"
        guard let rate = result.pace.rate else { return virtual }
        let each = Double(sums[.milliseconds]) / 1_000 / Double(max(1, sums[.seeds]))
        return virtual + ", \(tenths(each * rate)) in a real one; \(tenths(rate)) seeds a second"
    }

    private static func json(
        _ result: Result,
        _ scenario: Scenario,
        _ broken: [Broken]
    ) -> JSON {
        let sums = result.state.sums
        var pairs: [(String, JSON)] = [
            ("scenario", .string(scenario.name)),
            ("scenarioHash", .string(result.state.scenario)),
            ("of", .string(SeedSet.text(result.state.seeds))),
        ]
        pairs += sums.json
        if let rate = result.pace.rate {
            let each = Double(sums[.milliseconds]) / 1_000 / Double(max(1, sums[.seeds]))
            let virtual = tenths(each * rate).filter { $0 != "," }
            pairs.append(("seedsPerSecond", .decimal(tenths(rate).filter { $0 != "," })))
            pairs.append(("virtualPerReal", .decimal(virtual)))
        }
        pairs.append(("brokenSeeds", .array(result.breaches.map { .number($0.seed) })))
        pairs.append(("broken", .array(broken.map(\.json))))
        return .object(pairs)
    }
}

extension Request {
    var cryptography: Cryptography { self["--real"] == nil ? .standIn : .real }

    /// A whole number that an option gives.
    func number(
        _ option: String,
        in range: ClosedRange<UInt64>
    ) throws(Complaint) -> UInt64? {
        guard let typed = self[option] else { return nil }
        let isDigits = typed.utf8.allSatisfy { (48...57).contains($0) }
        guard isDigits, let number = UInt64(typed), range.contains(number) else {
            throw Complaint(
                .usage,
                "bad-number",
                "\(option) is a whole number from \(range.lowerBound) to \(range.upperBound),"
                    + " and \(quoted(typed)) is none",
                hint: "write \(option) \(max(1, range.lowerBound)), or leave it out"
            )
        }
        return number
    }
}
