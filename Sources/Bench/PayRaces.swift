internal import Command
internal import Homes
internal import Host
internal import Links
internal import Sealing
internal import Station
internal import Words

/// What the rounds have brought so far: of each side a figure for every round.
struct PayRaces {
    var one = Race()
    var many = Race()
    var eight: [PayRun] = []
    var node: NodeRace?
    var old: OldRace?
    /// One more run of each, in which the processor's work was told apart.
    var oneByPart: PayRun?
    var manyByPart: PayRun?
    private var postgres: [Double] = []
    private var cashu: [Double] = []
    private var cashuEight: [Double] = []
    /// What was left out, and why.
    private(set) var notes: [String] = []

    struct Race {
        var ours: [PayRun] = []
        var theirs: [Reference] = []
    }

    struct Reference: Sendable {
        let paid, complete, perSecond: Double
    }

    /// Runs what others use, if it is installed; if not, that is said once.
    mutating func note(
        _ part: PayBench.Part,
        _ yardstick: Yardstick,
        _ words: [String]
    ) throws(Complaint) {
        let isSequential = words.first == "seq"
        let count = part == .postgres ? "4000" : isSequential ? "40" : "80"
        guard let line = try yardstick.runIfThere(words + [count]) else {
            let note = "\(part.rawValue) is left out: it is not installed ('make bench' says how)"
            if !notes.contains(note) { notes.append(note) }
            return
        }
        let perSecond = try line.number(before: " payments/s")
        switch part {
        case .postgres: postgres.append(perSecond)
        case _ where isSequential: cashu.append(perSecond)
        case _: cashuEight.append(perSecond)
        }
    }
}

extension PayRaces {
    var rows: [PayRow] {
        rowsOfOne + rowsOfMany + (node?.rows ?? []) + rowsOfOthers + (old?.rows ?? [])
    }

    private var rowsOfOne: [PayRow] {
        guard !one.theirs.isEmpty else { return [] }
        return [
            PayRow(
                "one after the other: seller paid, µs",
                .atMost(1.25),
                ours: one.ours.map { median($0.paid) },
                theirs: one.theirs.map(\.paid)
            ),
            PayRow(
                "one after the other: complete, µs",
                .atMost(1.25),
                ours: one.ours.map { median($0.complete) },
                theirs: one.theirs.map(\.complete)
            ),
            PayRow("  from OFFER, µs", ours: one.ours.map { median($0.whole) }),
        ] + Self.cost(one.ours, oneByPart)
    }

    private var rowsOfMany: [PayRow] {
        guard !many.theirs.isEmpty else { return [] }
        return [
            PayRow(
                "32 under way: payments a second",
                .atLeast(0.8),
                ours: many.ours.map(\.perSecond),
                theirs: many.theirs.map(\.perSecond)
            )
        ] + Self.cost(many.ours, manyByPart)
    }

    private var rowsOfOthers: [PayRow] {
        var rows: [PayRow] = []
        if !postgres.isEmpty {
            rows.append(
                PayRow(
                    "32 under way, beside PostgreSQL: a second",
                    .atLeast(1.3),
                    ours: many.ours.map(\.perSecond),
                    theirs: postgres
                )
            )
        }
        if !cashu.isEmpty {
            rows.append(
                PayRow(
                    "one after the other, beside Cashu: a second",
                    .atLeast(40),
                    ours: one.ours.map(\.perSecond),
                    theirs: cashu
                )
            )
            rows.append(
                PayRow(
                    "8 at once, beside Cashu: a second",
                    .atLeast(100),
                    ours: eight.map(\.perSecond),
                    theirs: cashuEight
                )
            )
        }
        return rows
    }

    /// What a payment costs either side, whole and by part.
    private static func cost(_ runs: [PayRun], _ byPart: PayRun?) -> [PayRow] {
        var rows: [PayRow] = []
        for (name, of) in [
            ("seller", { (run: PayRun) in run.seller }), ("buyer", { (run: PayRun) in run.buyer }),
        ] {
            rows.append(PayRow("  processor, \(name), µs a payment", ours: runs.map { of($0).cpu }))
            if let byPart {
                for (part, micros) in zip(partNames, of(byPart).byPart) {
                    rows.append(PayRow("    \(part), \(name)", ours: [micros]))
                }
            }
            let memory = runs.map { Double(of($0).memory) / 1_000_000 }
            rows.append(PayRow("  memory, \(name), MB", ours: memory))
        }
        return rows
    }

    private static let partNames = ["public key", "symmetric", "journal and SQLite", "rest"]
}

/// One seller and many buyers, whose answers were made beforehand.
struct NodeRace {
    private var replay: Crowd
    private let seller: PayHome
    private let folder: PayFolder
    private let air: UDP
    private let waiting: Waiting
    private var ours: [PayRun.Telling] = []
    var theirs: [Double] = []

    private static let buyers = 64
    private static let each = 48

    init(_ bench: PayBench, _ folder: PayFolder) throws(Complaint) {
        self.folder = try PayFolder(in: folder.path)
        seller = try bench.homes(in: self.folder).seller
        replay = try Crowd(
            seller,
            buyers: Self.buyers,
            each: Self.each,
            bench.money,
            at: bench.scene.now
        )
        do {
            var settings = UDP.Settings()
            settings.networks = Interface.loopback.map(\.name)
            air = try UDP(settings, chance: SystemChance())
            waiting = try Waiting()
        } catch {
            throw Complaint(.link(error), seller.home)
        }
        for file in air.files { waiting.add(file) }
    }

    mutating func run(_ bench: PayBench) throws(Complaint) {
        let place = try PayFolder(in: folder.path)
        let copy = try seller.copied(into: place)
        let seat = try PayPair.seat(copy, ["--rehearsed", "\(bench.scene.now.seconds)"])
        let order = "serve \(Self.each) \(Self.buyers) \(air.port)"
        try PayPair.heard { () throws(Partner.Fault) in try seat.partner.say(order) }
        _ = replay.play(on: air, waiting, quietAtMost: 5_000)
        ours.append(
            try PayPair.heard { () throws(Partner.Fault) in
                _ = try seat.partner.line(within: 30_000)
                return try PayPair.tells(seat)
            }
        )
    }

    var rows: [PayRow] {
        [
            PayRow(
                "64 buyers of one seller: payments a second",
                .atLeast(0.7),
                ours: ours.map(\.perSecond),
                theirs: theirs
            ),
            PayRow(
                "  processor, seller, µs a payment",
                ours: ours.map { $0.cost(of: Self.each * Self.buyers).cpu }
            ),
        ]
    }
}

/// A wallet with a past beside a new one.
struct OldRace {
    private let old: PayHome
    private let folder: PayFolder
    private let past: Int
    private var fresh: [PayRun] = []
    private var paying: [PayRun] = []
    private var paid: [PayRun] = []
    /// Seconds.
    private var starts: [Double] = []

    init(_ bench: PayBench, _ folder: PayFolder) throws(Complaint) {
        self.folder = try PayFolder(in: folder.path)
        past = bench.past
        old = try bench.homes(in: self.folder).buyer
        let (scene, all) = (bench.scene, bench.past)
        let received = min(1_000, all / 2)
        let began = scene.stopwatch()
        try OldWallet.make(
            old,
            paid: all - received,
            received: received,
            bench.money,
            at: scene.now
        ) { done in
            guard done % 25_600 == 0 || done == all else { return }
            let seconds = (scene.stopwatch() - began) / 1_000_000_000
            scene.tell("an old wallet: \(done) of \(all) payments, \(seconds) s\n")
        }
    }

    mutating func run(_ bench: PayBench, _ folder: PayFolder) throws(Complaint) {
        fresh.append(try bench.pay(folder, 150, atOnce: 1))
        let place = try PayFolder(in: self.folder.path)
        let homes = try bench.homes(in: place)
        let payer = try PayPair.seat(old)
        let till = PayPair(seller: try PayPair.seat(homes.seller), buyer: payer)
        paying.append(try till.run(150 + PayRun.warmUp, atOnce: 1))
        // As if the plug was pulled: what it wrote last is in the log alone.
        payer.partner.kill()
        let payee = try PayPair.seat(old)
        starts.append(Double(payee.nanoseconds) / 1e9)
        let shop = PayPair(seller: payee, buyer: try PayPair.seat(homes.buyer))
        paid.append(try shop.run(150 + PayRun.warmUp, atOnce: 1))
        payee.partner.kill()
        starts.append(Double(try PayPair.seat(old).nanoseconds) / 1e9)
    }

    var rows: [PayRow] {
        let new = fresh.map { median($0.complete) }
        return [
            PayRow(
                "\(past) past payments, pays: complete, µs",
                .atMost(1.2),
                ours: paying.map { median($0.complete) },
                theirs: new
            ),
            PayRow(
                "\(past) past payments, is paid: complete, µs",
                .atMost(1.2),
                ours: paid.map { median($0.complete) },
                theirs: new
            ),
            PayRow("  start after a kill, s", .atMost(2), ours: starts),
            PayRow(
                "  memory, MB",
                ours: paying.map { Double($0.buyer.memory) / 1_000_000 },
                theirs: fresh.map { Double($0.buyer.memory) / 1_000_000 }
            ),
        ]
    }
}
