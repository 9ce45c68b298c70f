internal import Command
internal import World

#if Planted
internal import Charts
internal import Words
#endif

/// `tally sim plant`.
enum SimPlanting {
    static let act: @Sendable (Request, Scene) async throws(Complaint) -> Report = {
        (request, scene) async throws(Complaint) in
        #if Planted
        try await hunted(request, scene)
        #else
        throw Complaint(
            .refused,
            "no-plants",
            "this tally has no planted bugs: they are built in only to be looked for, and never"
                + " shipped",
            hint: "'make plant' looks for all of them; for a command that does, build one:"
                + " swift build -c release --traits Planted --scratch-path .build/planted"
                + " --product tally"
        )
        #endif
    }

    /// The bugs that can be named; none where none are built in.
    static var names: [String] {
        #if Planted
        Plant.allCases.map(\.rawValue)
        #else
        []
        #endif
    }
}

#if Planted
extension SimPlanting {
    private static func hunted(
        _ request: Request,
        _ scene: Scene
    ) async throws(Complaint) -> Report {
        let plants = try plants(request.arguments)
        let seeds = try SeedSet.typed(request["--seeds"] ?? "1-100")
        let jobs = Int(try request.number("--jobs", in: 1...256) ?? UInt64(max(1, scene.cores)))
        var scenarios: [Scenario] = []
        for name in request["--in"].map({ [$0] }) ?? Scenarios.names {
            scenarios.append(try Scenarios.find(name))
        }
        // A seed of the flea market is as long as a hundred of another.
        if request["--in"] == nil { scenarios.removeAll { $0.name == "flea-market" } }
        var trails: [(Plant, Hunt.Trail?)] = []
        for (number, plant) in plants.enumerated() {
            scene.tell(progress(number, plants.count, plant.rawValue, scene))
            let order =
                scenarios.filter { $0.finds == plant.rawValue }
                + scenarios.filter { $0.finds != plant.rawValue }
            var found: Hunt.Trail?
            for scenario in order where found == nil {
                let trail = await Hunt.run(plant, scenario, seeds: seeds, jobs: jobs)
                if trail.needed != nil { found = trail }
            }
            trails.append((plant, found))
        }
        if scene.errIsTerminal { scene.tell(Pace.wipe) }
        return report(trails, seeds, request, scene)
    }

    private static func plants(_ typed: [String]) throws(Complaint) -> [Plant] {
        guard !typed.isEmpty else { return Plant.allCases }
        var plants: [Plant] = []
        for name in typed {
            guard let plant = Plant(rawValue: name) else {
                throw Complaint(
                    .notFound,
                    "no-bug",
                    "there is no planted bug \(quoted(name))",
                    hint: nearest(name, names).map { "did you mean \($0)?" }
                        ?? "there are " + names.joined(separator: ", ")
                )
            }
            if !plants.contains(plant) { plants.append(plant) }
        }
        return plants
    }

    private static func progress(_ done: Int, _ all: Int, _ name: String, _ scene: Scene) -> String
    {
        let words = "\(done) of \(all) bugs, looking for \(name)"
        guard scene.errIsTerminal else { return "plant: \(words)\n" }
        return Pace.bar("plant", Double(done) / Double(all), words)
    }

    private static func report(
        _ trails: [(Plant, Hunt.Trail?)],
        _ seeds: ClosedRange<UInt64>,
        _ request: Request,
        _ scene: Scene
    ) -> Report {
        let paint = scene.paint(terminal: scene.outIsTerminal)
        let missed = trails.count { $0.1 == nil }
        let verdict =
            missed == 0 ? paint.green("all found") : paint.red("\(missed) not found")
        var lines = [
            paint.bold("\(counted(trails.count, "planted bug")), seeds \(SeedSet.text(seeds)): ")
                + verdict,
            "  " + "bug".padded(22) + "scenario".padded(16) + "seeds".padded(left: 6)
                + "  invariant",
        ]
        var rows: [JSON] = []
        for (plant, trail) in trails {
            guard let trail, let breach = trail.finds.first, let needed = trail.needed else {
                lines.append("  " + plant.rawValue.padded(22) + paint.red("not found"))
                rows.append(.object([("bug", .string(plant.rawValue))]))
                continue
            }
            lines.append(
                "  " + plant.rawValue.padded(22) + trail.scenario.padded(16)
                    + String(needed).padded(left: 6) + "  " + breach.name
            )
            rows.append(
                .object([
                    ("bug", .string(plant.rawValue)), ("scenario", .string(trail.scenario)),
                    ("seeds", .number(needed)), ("seed", .number(breach.seed)),
                    ("invariant", .string(breach.name)), ("what", .string(breach.sentence)),
                ])
            )
        }
        if request["--text"] != nil { lines += charts(trails, request, scene) }
        return Report(
            lines: lines,
            json: .object([("bugs", .array(rows))]),
            exit: missed == 0 ? .done : .refused
        )
    }

    /// The seed that found each, drawn with the bug in it.
    private static func charts(
        _ trails: [(Plant, Hunt.Trail?)],
        _ request: Request,
        _ scene: Scene
    ) -> [String] {
        trails.flatMap { plant, trail -> [String] in
            guard let trail, let breach = trail.finds.first,
                let scenario = try? Scenarios.find(request["--in"] ?? trail.scenario)
            else { return [] }
            let replay = Plant.$chosen.withValue(plant) {
                Replay(scenario, seed: breach.seed)
            }
            var view = Chart.View()
            // Up to what is broken is what shows it.
            view.until = breach.milliseconds
            return ["", plant.rawValue]
                + SimReplaying.report(replay, request, view, scene).lines
        }
    }
}
#endif
