internal import Charts
internal import Command
internal import Homes
internal import SimVerbs
internal import Wallet
internal import World

/// The demo's second part: one payment in heavy rain in which both sides lose power, played by
/// the simulator.
struct DemoStorm {
    static let scenario = "one-payment"
    private static let names = ["Ada", "Bob"]
    private let replay: Replay

    /// Takes the first seed whose story is worth showing, so that none is written down that a
    /// change of the world would make another story of.
    init() throws {
        let scenario = try Scenarios.find(Self.scenario)
        for seed in UInt64(1)...5_000 {
            var replay = Replay(scenario, seed: seed)
            replay.names = Self.names
            guard Story(replay.events).isWorthShowing, replay.report.breach == nil else { continue }
            self.replay = replay
            return
        }
        throw DemoFault(what: "no seed has a payment in which both sides lose power")
    }

    private var view: Chart.View {
        var view = Chart.View()
        view.until = Story(replay.events).end
        return view
    }

    func lines(_ paint: Paint) -> [String] {
        let (lost, sent) = (replay.report.counts.lost, replay.report.counts.sent)
        let command = "tally sim replay \(Self.scenario) \(replay.report.seed)"
        var lines = [
            "",
            paint.bold("Ada pays Bob 12.50 EUR in heavy rain, and both lose power on the way"),
            "  the simulator plays it, with the wallets that ship: \(lost) of"
                + " \(sent) datagrams were lost",
            "",
        ]
        lines += (Chart.legend + [""] + replay.chart(view).text)
            .map { $0.isEmpty ? "" : "  " + $0 }
        lines += [""] + replay.balanceLines.map { "  " + $0 }
        return lines + [
            "", "  '\(command) --chart payment.svg' draws it, and",
            "  'tally sim list' names worlds with more in them",
        ]
    }

    var json: JSON {
        .object([
            ("scenario", .string(Self.scenario)), ("seed", .number(replay.report.seed)),
            ("hash", .string(hexadecimal(replay.report.hash))),
            (
                "balances",
                .object(replay.balances.map { ($0.name, .string(money($0.available))) })
            ),
        ])
    }
}

/// What happened to the one payment of a run.
private struct Story {
    /// Which homes lost power while this payment, by its id, was under way.
    private var cut: [UInt64: Set<Int>] = [:]
    private var paid: Set<Int> = []
    private var last: UInt64 = 0
    private var losses = 0
    private var rows = 0
    private var endsWell = true
    /// When the last of the two saw that it was paid, and a moment more.
    private(set) var end: UInt64 = 0

    init(_ events: [TraceEvent]) {
        var screens: [Int: (payment: UInt64, word: PaymentStanding.Word)] = [:]
        for event in events {
            guard paid.count < 2 else {
                // It ends well: nobody is down while the last messages pass.
                if case .crashed = event.what, event.milliseconds <= end { endsWell = false }
                continue
            }
            switch event.what {
            case .stands(let payment, _, let word, _):
                screens[event.peer] = (payment, word)
                if word == .paid { paid.insert(event.peer) }
                (last, end) = (payment, event.milliseconds + 400)
            case .crashed(.powerCut):
                guard let screen = screens[event.peer], Self.isMidway(screen.word, event.peer)
                else { continue }
                cut[screen.payment, default: []].insert(event.peer)
            case .lost: losses += 1
            case .sent, .synced: rows += 1
            case .delivered, .dropped, .settled, .crashed, .restarted, .balance, .denied, .inert,
                .weather, .healed, .turned, .tried, .reader, .served, .contact:
                continue
            }
        }
    }

    /// Ada when she can no longer go back, Bob from when he has asked her for the money.
    private static func isMidway(_ word: PaymentStanding.Word, _ peer: Int) -> Bool {
        word == .held || peer == 1 && (word == .offered || word == .paid)
    }

    /// Both lose power in the middle, messages are lost, and it still fits on a page.
    var isWorthShowing: Bool {
        cut[last]?.count == 2 && paid.count == 2 && losses >= 3 && rows <= 50 && endsWell
    }
}
