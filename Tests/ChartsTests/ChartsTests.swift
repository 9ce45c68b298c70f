import Charts
import Foundation
import Testing
import Wallet
import Wire
import World

/// Charts kept as files.
///
/// TALLY_WRITE_VECTORS=1 writes them anew.
@Suite struct ChartVectors {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "kept")

    static func compare(_ text: String, with name: String) throws {
        let url = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] != nil {
            try text.write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(try String(contentsOf: url, encoding: .utf8) == text, "\(name)")
        }
    }

    /// One of everything that can stand in a chart.
    static let everything: [TraceEvent] = {
        let what: [(UInt64, Int, TraceEvent.What)] = [
            (10, 0, .sent(1, to: 1, nil, bytes: 80)), (10, 0, .sent(2, to: 2, nil, bytes: 80)),
            (14, 1, .delivered(1, from: 0)), (15, 2, .delivered(2, from: 0)),
            (20, 1, .sent(3, to: 0, .here, bytes: 300)), (20, 1, .lost(3, .weather)),
            (30, 1, .sent(4, to: 0, .here, bytes: 300)), (31, 0, .delivered(4, from: 1)),
            (31, 0, .dropped(4)), (40, 0, .weather(.pause, 0)),
            (50, 0, .sent(5, to: 1, .offer, bytes: 500)), (55, 1, .synced(steps: 1)),
            (56, 1, .delivered(5, from: 0)),
            (56, 1, .stands(payment: 7, .buyer, .offered, amount: 1_250)),
            (56, 1, .balance(available: 5_000, held: 0)),
            (60, 1, .sent(6, to: 0, .handover, bytes: 900)), (60, 1, .lost(6, .partition)),
            (70, 1, .stands(payment: 7, .buyer, .held, amount: 1_250)),
            (70, 1, .balance(available: 3_750, held: 1_250)), (80, 1, .crashed(.powerCut)),
            (90, 0, .sent(7, to: 1, .commit, bytes: 400)), (95, 0, .lost(7, .down)),
            (99, 0, .delivered(5, from: 0)), (120, 1, .restarted(inert: false)),
            (130, 2, .crashed(.kill)), (20_000, 2, .restarted(inert: true)),
            (20_010, 0, .delivered(99, from: 3)), (20_010, 0, .dropped(99)),
            (20_020, 1, .settled), (20_030, 1, .delivered(5, from: 0)), (20_040, 0, .denied),
            (20_050, 2, .inert), (20_060, -1, .healed),
            (20_070, 0, .sent(8, to: 9, .commit, bytes: 9)), (20_070, 0, .lost(8, .nobody)),
        ]
        return what.map { TraceEvent(milliseconds: $0.0, peer: $0.1, what: $0.2) }
    }()

    static let heading = Chart.Heading("a <chart> & \"more\"", [("weather", "loss 30 % & wind")])

    @Test func `one of everything, as text`() throws {
        let lines = Chart.legend + Chart(Self.everything, peers: 3).text
        try Self.compare(lines.joined(separator: "\n") + "\n", with: "everything.txt")
        let trace = Self.everything.map(\.line).joined(separator: "\n") + "\n"
        try Self.compare(trace, with: "everything.trace")
    }

    @Test func `one of everything, as a picture and as a page`() throws {
        let chart = Chart(Self.everything, peers: 3)
        try Self.compare(chart.svg(Self.heading), with: "everything.svg")
        let balances = Balance.last(of: Self.everything, peers: 3, began: { _ in 5_000 })
        let page = chart.page(Self.heading, balances: balances, trace: Self.everything)
        try Self.compare(page, with: "everything.html")
    }

    @Test func `two lanes have more room, and names`() throws {
        var view = Chart.View()
        (view.peers, view.names, view.until) = ([1, 0], ["Ada", "Bob"], 130)
        let chart = Chart(Self.everything, peers: 3, view)
        try Self.compare(chart.text.joined(separator: "\n") + "\n", with: "two.txt")
    }
}

@Suite struct ChartTests {
    private static func event(
        _ milliseconds: UInt64,
        _ peer: Int,
        _ what: TraceEvent.What
    ) -> TraceEvent {
        TraceEvent(milliseconds: milliseconds, peer: peer, what: what)
    }

    /// Well-formed markup that loads nothing and runs nothing.
    @Test func `picture and page are well formed and stand alone`() throws {
        let chart = Chart(ChartVectors.everything, peers: 3)
        let svg = chart.svg(ChartVectors.heading)
        let page = chart.page(ChartVectors.heading, balances: [], trace: ChartVectors.everything)
        for text in [svg, page] {
            for foreign in ["<script", "href=", "src=", "url(", "@import", "onload"] {
                #expect(!text.contains(foreign), "\(foreign)")
            }
            #expect(text.contains("a &lt;chart&gt; &amp; &quot;more&quot;"))
            #expect(!text.contains("<chart>"))
        }
        #expect(Self.isWellFormed(svg) && Self.isWellFormed(page))
        #expect(!Self.isWellFormed(svg.replacing("</svg>", with: "")))
        #expect(!Self.isWellFormed(page.replacing("&lt;", with: "<")))
    }

    /// Whether every tag is closed by its own, and nothing stands free that is a sign of markup.
    private static func isWellFormed(_ text: String) -> Bool {
        let bare = text.replacing(/<\?xml[^>]*>|<!doctype html>|<meta [^>]*>/, with: "")
            .replacing(/<style>[^<]*<\/style>/, with: "")
        let tag = /<(\/?)([a-z0-9]+)((?: [a-zA-Z0-9:-]+="[^"<>]*")*)(\/?)>/
        var open: [Substring] = []
        for match in bare.matches(of: tag) {
            if match.output.1 == "/" {
                guard open.popLast() == match.output.2 else { return false }
            } else if match.output.4.isEmpty {
                open.append(match.output.2)
            }
        }
        let rest = bare.replacing(tag, with: "").replacing(/&(lt|gt|amp|quot);/, with: "")
        return open.isEmpty && !rest.contains { "<>&".contains($0) }
    }

    @Test func `what overtakes is drawn where it leaves and where it arrives`() {
        let events = [
            Self.event(1, 0, .sent(1, to: 1, .offer, bytes: 1)),
            Self.event(2, 0, .sent(2, to: 1, .offer, bytes: 1)),
            Self.event(3, 1, .delivered(2, from: 0)), Self.event(4, 1, .delivered(1, from: 0)),
        ]
        let text = Chart(events, peers: 2).text
        #expect(text.count == 4)
        #expect(text[1].contains("OFFER #1") && !text[1].contains("▶"))
        #expect(text[2].contains("─▶│") && !text[2].contains("#"))
        #expect(text[3].contains("OFFER #1") && text[3].contains("▶│"))
    }

    @Test func `a slow message is not drawn as if it were quick`() {
        let events = [
            Self.event(1, 0, .sent(1, to: 1, .offer, bytes: 1)),
            Self.event(900, 1, .delivered(1, from: 0)),
        ]
        #expect(Chart(events, peers: 2).text.count == 3)
    }

    @Test func `a view leaves out other homes and other times`() {
        var view = Chart.View()
        (view.peers, view.from, view.until) = ([0, 2], 15, 20_000)
        let text = Chart(ChartVectors.everything, peers: 3, view).text.joined(separator: "\n")
        #expect(text.contains("home 0") && text.contains("home 2") && !text.contains("home 1"))
        #expect(text.contains("LOOKUP"), "what left before is known when it arrives")
        #expect(!text.contains("inert\n"))
    }

    @Test func `a long chart ends, and says how much is left`() {
        var view = Chart.View()
        view.rows = 3
        let chart = Chart(ChartVectors.everything, peers: 3, view)
        #expect(chart.left > 10)
        #expect(chart.text.count == 1 + 3 + 1)
        #expect(chart.text.last == "and \(chart.left) rows more, not shown")
        #expect(chart.svg(ChartVectors.heading).contains("rows more, not shown"))
    }

    @Test func `who keeps to no rule has a lane of his own kind`() {
        let events =
            [Self.event(5, 2, .turned(.thief))] + ChartVectors.everything
            + [Self.event(20_080, 2, .tried(.beyond))]
        let chart = Chart(events, peers: 3)
        let text = chart.text
        #expect(text[0].contains("home 2, thief") && text[0].contains("home 1 "))
        let lines = text.dropFirst().filter { $0.contains("home 2, thief:") }
        #expect(lines.contains { $0.contains("‡") && $0.contains("more units than") })
        // He alone: the others are drawn as ever, and he is dotted while he is down.
        #expect(text[2].count { $0 == "║" } == 1 && text[2].count { $0 == "│" } == 3)
        #expect(chart.legend.last?.contains("║") == true)
        #expect(Chart(ChartVectors.everything, peers: 3).legend == Chart.legend)
        let svg = chart.svg(ChartVectors.heading)
        #expect(svg.contains("class=\"crook\"") && svg.contains(">‡</text>"))
        #expect(svg.contains(">home 2, thief</text>") && Self.isWellFormed(svg))
        let honest = Chart(ChartVectors.everything, peers: 3).svg(ChartVectors.heading)
        #expect(!honest.contains("class=\"crook\"") && !honest.contains(">‡</text>"))
        let balances = Balance.last(of: events, peers: 3, began: { _ in 5_000 })
        #expect(balances.map(\.isCounted) == [true, true, false])
        let page = chart.page(ChartVectors.heading, balances: balances, trace: events)
        #expect(page.contains("<td>home 2, thief</td><td colspan=\"2\">nobody counts"))
        #expect(Self.isWellFormed(page))
    }

    /// A real thief: everything that reaches him and leaves him is in the chart, by its name.
    @Test func `a thief's messages and tricks are in the chart`() throws {
        var scenario = Scenario(name: "two thieves")
        (scenario.peers, scenario.payments, scenario.thieves) = (3, 12, 1)
        scenario.liars = 1
        let world = World(scenario, seed: 4, keepsTrace: true)
        let report = world.run()
        var view = Chart.View()
        view.rows = 100_000
        let text = Chart(world.tracer.events, peers: 3, view).text
        #expect(text[0].contains("home 1, liar") && text[0].contains("home 2, thief"))
        let tried = text.count { $0.contains("‡") }
        let honest = [Crook.Trick.own, .agreed, .commit].map { report.counts.tricks[$0.rawValue] }
        #expect(tried > 2)
        #expect(tried - 2 == Int(report.counts.tricks.reduce(0, +) - honest.reduce(0, +)))
        let arrows = text.reduce(0) { $0 + $1.count { "▶◀▷◁".contains($0) } }
        #expect(arrows == Int(report.counts.delivered))
        #expect(text.contains { $0.contains("║") && $0.contains("ACCEPT") })
    }

    /// The colours of the signs are told apart by their shapes as well.
    @Test func `a real run's chart shows its losses and its crashes`() throws {
        var scenario = Scenario(name: "one")
        (scenario.peers, scenario.payments, scenario.attempts) = (2, 3, 9)
        scenario.faults = [
            .init(.loss, 300...300, isSure: true), .init(.powerCut, 30...30, isSure: true),
        ]
        let world = World(scenario, seed: 3, keepsTrace: true)
        let report = world.run()
        #expect(report.breach == nil)
        var view = Chart.View()
        view.rows = 100_000
        let text = Chart(world.tracer.events, peers: 2, view).text
        func count(_ sign: Character) -> Int { text.reduce(0) { $0 + $1.count { $0 == sign } } }
        #expect(UInt64(count("✗")) == report.counts.lost)
        #expect(UInt64(count("↯")) == report.counts.ends.reduce(0, +))
        #expect(UInt64(count("●")) == report.counts.groups)
        #expect(count("▶") + count("◀") + count("▷") + count("◁") == Int(report.counts.delivered))
    }
}
