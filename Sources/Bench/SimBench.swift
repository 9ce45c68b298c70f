internal import Command
internal import Host
internal import SimVerbs
internal import World

import struct Command.Report

/// `tally bench sim`: the simulator's payments beside those of a bare program in C.
enum SimBench {
    /// One kind of cryptography: what is run on either side, and what ours must reach.
    struct Race {
        let cryptography: Cryptography
        /// What the yardstick calls it.
        let mode: String
        let seeds: UInt64
        /// How many payments the yardstick makes: as long as ours take or longer, so that its
        /// start weighs little.
        let payments: Int
        let target: Double
    }

    static let races = [
        Race(cryptography: .real, mode: "1", seeds: 2, payments: 800, target: 0.5),
        Race(cryptography: .standIn, mode: "3", seeds: 4, payments: 20_000, target: 0.12),
    ]

    /// How many times as long as the scenario has it.
    private static let perStreet = 8

    /// Pairs of runs, each of other seeds.
    private static let rounds = 9

    static let act: @Sendable (Request, Scene) throws(Complaint) -> Report = {
        (request, scene) throws(Complaint) in
        let program = request["--yardstick"] ?? ".build/bench/simpay"
        var street = try Scenarios.find("clean-street")
        // Long enough that what a journal does now and then is done in it too.
        street.payments *= perStreet
        street.seconds *= UInt64(perStreet)
        street.units *= UInt64(perStreet)
        var results: [Result] = []
        for race in races {
            var result = Result(race: race)
            for round in 0..<rounds {
                // Whoever comes second finds a warmer machine: so they take turns.
                if round % 2 == 0 {
                    try result.theirs(program)
                    try result.ours(street, round)
                } else {
                    try result.ours(street, round)
                    try result.theirs(program)
                }
            }
            results.append(result)
        }
        return Report(
            lines: [head] + results.flatMap(\.lines),
            json: .object([("bench", .string("sim")), ("rows", .array(results.map(\.json)))])
        )
    }

    private static let head =
        "payments a second".padded(34) + "ours".padded(left: 11) + "theirs".padded(left: 11)
        + "ratio".padded(left: 8) + "target".padded(left: 8)
}

extension SimBench {
    /// What some worlds cost, part by part.
    final class Cost {
        private(set) var nanoseconds = [UInt64](repeating: 0, count: Part.allCases.count)
        private var part = Part.homes
        private var since = Process.threadNanoseconds

        /// From now on it is that part's time.
        func enter(_ next: Part) {
            let now = Process.threadNanoseconds
            nanoseconds[part.rawValue] += now &- since
            (part, since) = (next, now)
        }

        subscript(_ part: Part) -> Double { Double(nanoseconds[part.rawValue]) }
        var all: Double { Double(nanoseconds.reduce(0, +)) }
    }

    struct Result {
        let race: Race
        /// One number for each round: payments, or virtual seconds, in a second.
        private(set) var own: [Double] = []
        private(set) var bare: [Double] = []
        private(set) var ownByClock: [Double] = []
        private(set) var bareByClock: [Double] = []
        private(set) var virtual: [Double] = []
        /// Microseconds for one payment.
        private(set) var parts: [Part: [Double]] = [:]

        init(race: Race) { self.race = race }
    }
}

extension SimBench.Result {
    mutating func ours(_ street: Scenario, _ round: Int) throws(Complaint) {
        let first = 1 + UInt64(round) * race.seeds
        var (payments, milliseconds) = (0, UInt64(0))
        let cost = SimBench.Cost()
        let start = Process.nanoseconds
        for seed in first..<first + race.seeds {
            cost.enter(.homes)
            let world = World(
                street,
                seed: seed,
                with: race.cryptography,
                journals: .shipped
            )
            world.onPart = { cost.enter($0) }
            let report = world.run()
            guard report.breach == nil, report.payments == street.payments else {
                throw Complaint(
                    .broken,
                    "bench",
                    "seed \(seed) of clean-street does not make its payments",
                    hint: "tally sim replay clean-street \(seed)"
                )
            }
            payments += report.payments
            milliseconds += report.milliseconds
        }
        cost.enter(.homes)
        let clock = Double(Process.nanoseconds &- start)
        own.append(Double(payments) * 1e9 / cost[.paying])
        // The clock does not say whose time it was: as much of it as of the processor's.
        ownByClock.append(Double(payments) * 1e9 / (clock * cost[.paying] / cost.all))
        virtual.append(Double(milliseconds) * 1e6 / clock)
        for part in Part.allCases {
            parts[part, default: []].append(cost[part] / 1_000 / Double(payments))
        }
    }

    mutating func theirs(_ program: String) throws(Complaint) {
        let start = Process.nanoseconds
        let child: Child
        do {
            child = try Child(
                running: program,
                ["memvfs-wal", race.mode, String(race.payments)]
            )
        } catch {
            throw Complaint(
                .failed,
                "yardstick",
                "the yardstick \(quoted(program)) \(Yardstick.said(error))",
                hint: "make bench compiles bench/simpay.c"
            )
        }
        let clock = Double(Process.nanoseconds &- start)
        guard child.output.contains("n=\(race.payments):"), child.cpuNanoseconds > 0 else {
            throw Complaint(
                .failed,
                "yardstick",
                "\(quoted(program)) does not say what bench/simpay.c says",
                hint: "make bench compiles bench/simpay.c"
            )
        }
        bare.append(Double(race.payments) * 1e9 / Double(child.cpuNanoseconds))
        bareByClock.append(Double(race.payments) * 1e9 / clock)
    }
}

// MARK: What is told

extension SimBench.Result {
    private var name: String { "\(race.cryptography.rawValue) cryptography" }
    private var ratio: Double { Self.ratio(own, bare) }
    private var isMet: Bool { ratio >= race.target }

    /// The median of the pairs' own ratios: both halves of a pair share its weather.
    static func ratio(_ own: [Double], _ bare: [Double]) -> Double {
        median(zip(own, bare).map { $0 / $1 })
    }

    private func micros(_ part: Part) -> Double { median(parts[part] ?? [0]) }

    var lines: [String] {
        let all = Part.allCases.map(micros).reduce(0, +)
        return [
            name.padded(34) + decimals(median(own), 0).padded(left: 11)
                + decimals(median(bare), 0).padded(left: 11)
                + decimals(ratio, 3).padded(left: 8) + decimals(race.target, 2).padded(left: 8)
                + (isMet ? "" : "  below its target"),
            "  by the clock".padded(34) + decimals(median(ownByClock), 0).padded(left: 11)
                + decimals(median(bareByClock), 0).padded(left: 11)
                + decimals(Self.ratio(ownByClock, bareByClock), 3).padded(left: 8),
            "  µs a payment: \(decimals(micros(.paying), 0)) from COMMIT-REQUEST,"
                + " \(decimals(micros(.meeting), 0)) before it,"
                + " \(decimals(micros(.homes), 0)) for the homes; whole"
                + " \(decimals(1e6 / all, 0)) a second",
            "  \(decimals(median(virtual), 0)) virtual seconds in a real one",
        ]
    }

    var json: JSON {
        .object([
            ("name", .string(name)), ("ours", .decimal(decimals(median(own), 0))),
            ("theirs", .decimal(decimals(median(bare), 0))),
            ("ratio", .decimal(decimals(ratio, 3))),
            ("target", .decimal(decimals(race.target, 2))), ("met", .flag(isMet)),
            ("clockRatio", .decimal(decimals(Self.ratio(ownByClock, bareByClock), 3))),
            ("payingMicroseconds", .decimal(decimals(micros(.paying), 1))),
            ("meetingMicroseconds", .decimal(decimals(micros(.meeting), 1))),
            ("homesMicroseconds", .decimal(decimals(micros(.homes), 1))),
            ("virtualSeconds", .decimal(decimals(median(virtual), 0))),
        ])
    }
}
