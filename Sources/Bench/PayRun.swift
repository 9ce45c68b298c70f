package import Command
internal import Host
internal import Station
internal import Words

/// One run of ours: two fresh homes, two processes, so many payments, and what was noted of them.
package struct PayRun: Sendable {
    /// Microseconds for each payment, from the moment COMMIT-REQUEST was about to be signed: until
    /// the seller's COMMIT was on disk, and until both sides had synced their last record.
    package private(set) var paid: [Double] = []
    package private(set) var complete: [Double] = []
    /// From the moment OFFER was about to be signed until both had.
    package private(set) var whole: [Double] = []
    package private(set) var perSecond = 0.0
    package let seller: Cost
    package let buyer: Cost

    /// What one side took of the machine.
    package struct Cost: Sendable {
        /// Microseconds of the processor for one payment.
        package let cpu: Double
        /// The same, as far as it is told apart.
        fileprivate let parts: [Double]
        package let memory: UInt64

        /// By part, and last what is left.
        package var byPart: [Double] { parts + [max(0, cpu - parts.reduce(0, +))] }
    }

    /// The first ones of a run find cold caches, and are not counted.
    package static let warmUp = 20

    /// What two sides told of the payments between them.
    package init(seller: Telling, buyer: Telling) throws(Complaint) {
        let (sold, bought) = (seller.payments, buyer.payments)
        var all: [(offered: UInt64, requested: UInt64, paid: UInt64, complete: UInt64)] = []
        for (id, marks) in sold {
            guard let mine = marks.complete, let theirs = bought[id]?.recorded else {
                throw Self.torn(id)
            }
            all.append((mine.offered, mine.requested, mine.recorded, max(mine.finished, theirs)))
        }
        guard all.count > Self.warmUp, bought.count == sold.count else { throw Self.torn("") }
        all.sort { $0.offered < $1.offered }
        let counted = all.dropFirst(Self.warmUp)
        for one in counted {
            paid.append(Double(one.paid - one.requested) / 1_000)
            complete.append(Double(one.complete - one.requested) / 1_000)
            whole.append(Double(one.complete - one.offered) / 1_000)
        }
        let last = all.map(\.complete).max() ?? 0
        if let first = counted.first?.offered {
            perSecond = Double(counted.count) * 1e9 / Double(last - first)
        }
        self.seller = seller.cost(of: all.count)
        self.buyer = buyer.cost(of: all.count)
    }

    private static func torn(_ id: String) -> Complaint {
        Complaint(
            .failed,
            "bench",
            "the two sides do not tell of the same payments\(id.isEmpty ? "" : ": \(id)")",
            hint: "run it again; if it stays so, this is a fault of Tally"
        )
    }
}

extension PayRun {
    /// What one side tells.
    package struct Telling: Sendable {
        package private(set) var payments: [String: Marks] = [:]
        private var cpu = 0.0
        package private(set) var memory: UInt64 = 0
        private var parts: [Double] = []

        package init() {}

        package struct Marks: Sendable {
            fileprivate var points = [UInt64?](repeating: nil, count: Gauge.Point.allCases.count)

            fileprivate subscript(_ point: Gauge.Point) -> UInt64? { points[point.rawValue] }

            /// A seller's payment from its offer to its end.
            fileprivate var complete: Complete? {
                guard let offered = self[.offered], let requested = self[.requested],
                    let recorded = self[.recorded], let finished = self[.finished]
                else { return nil }
                return (offered, requested, recorded, finished)
            }

            /// When a buyer's was over.
            fileprivate var recorded: UInt64? { self[.finished] }
        }

        fileprivate typealias Complete = (
            offered: UInt64, requested: UInt64, recorded: UInt64, finished: UInt64
        )

        /// Takes a line in; false after the last one, and nil for one that says nothing known.
        package mutating func take(_ line: String) -> Bool? {
            let words = line.split(separator: " ")
            if words.first == "told" {
                let numbers = words.dropFirst().compactMap { UInt64($0) }
                guard numbers.count == 2 + Gauge.Part.allCases.count else { return nil }
                (cpu, memory) = (Double(numbers[0]), numbers[1])
                parts = numbers[2...].map { Double($0) }
                return false
            }
            guard words.count == 3, let number = Int(words[1]),
                let point = Gauge.Point(rawValue: number), let moment = UInt64(words[2])
            else { return nil }
            payments[String(words[0]), default: Marks()].points[point.rawValue] = moment
            return true
        }

        /// How many of its payments were complete in a second, from its first offer on.
        var perSecond: Double {
            let ends = payments.values.compactMap { $0[.finished] }
            let first = payments.values.compactMap { $0[.offered] }.min() ?? 0
            guard let last = ends.max(), last > first else { return 0 }
            return Double(ends.count) * 1e9 / Double(last - first)
        }

        func cost(of count: Int) -> Cost {
            Cost(
                cpu: cpu / 1_000 / Double(count),
                parts: parts.map { $0 / 1_000 / Double(count) },
                memory: memory
            )
        }
    }
}

/// Two processes that pay each other, and whoever tells them to.
struct PayPair {
    let seller: Seat
    let buyer: Seat

    /// One of them.
    struct Seat {
        let partner: Partner
        /// What it said when it was there.
        let key: String
        let port: String
        /// How long it took from opening the keys to being on the air.
        let nanoseconds: UInt64
    }

    static func seat(_ home: PayHome, _ options: [String] = []) throws(Complaint) -> Seat {
        let words = ["bench", "side", "--home", home.home.folder, "--key-file", home.keyFile]
        return try heard {
            () throws(Partner.Fault) in
            let one = try Partner(running: Process.program, words + options)
            let said = try one.line(within: Self.patience).split(separator: " ").map(String.init)
            guard said.count == 4, said[0] == "ready", let took = UInt64(said[3]) else {
                throw .ended
            }
            return Seat(partner: one, key: said[1], port: said[2], nanoseconds: took)
        }
    }

    /// Milliseconds; a side that is at work for longer gives up by itself.
    private static let patience = 600_000

    /// Makes so many payments, so many at once, and says what was noted.
    func run(_ count: Int, atOnce: Int) throws(Complaint) -> PayRun {
        let (seller, buyer) = (seller, buyer)
        let (sold, bought) = try Self.heard { () throws(Partner.Fault) in
            try buyer.partner.say("buy \(seller.key)")
            _ = try buyer.partner.line(within: Self.patience)
            try seller.partner.say("sell \(count) \(atOnce) \(buyer.port)")
            _ = try seller.partner.line(within: Self.patience)
            return (try Self.tells(seller), try Self.tells(buyer))
        }
        return try PayRun(seller: sold, buyer: bought)
    }

    static func tells(_ seat: Seat) throws(Partner.Fault) -> PayRun.Telling {
        var telling = PayRun.Telling()
        try seat.partner.say("tell")
        while true {
            guard let isMore = telling.take(try seat.partner.line(within: patience)) else {
                throw .ended
            }
            if !isMore { return telling }
        }
    }

    /// Does something with the two, and says in words what went wrong.
    static func heard<Answer>(
        _ body: () throws(Partner.Fault) -> Answer
    ) throws(Complaint) -> Answer {
        do {
            return try body()
        } catch {
            let what =
                switch error {
                case .notRun: "cannot be started"
                case .ended: "ended early; what it said stands above"
                case .silent: "is silent"
                }
            throw Complaint(
                .failed,
                "bench",
                "a side of the bench \(what)",
                hint: "run it again; nothing else may use the machine meanwhile"
            )
        }
    }
}
