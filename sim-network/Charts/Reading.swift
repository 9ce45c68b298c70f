import Wallet
package import World

// From what happened to what is drawn.

extension Chart {
    /// Everything of a run that the view asks for; `peers` is how many homes it had.
    package init(_ events: [TraceEvent], peers: Int, _ view: View = View()) {
        let isStranger = { (event: TraceEvent) -> Bool in
            if case .delivered(_, let from) = event.what { return from >= peers }
            return false
        }
        var shown = view.peers ?? Array(0..<peers)
        // Only what no home sent comes from a stranger; a home's own may bear his address too.
        let sent = Set(events.compactMap(\.sentNumber))
        let strange = events.contains { event in
            guard isStranger(event), case .delivered(let number, _) = event.what else {
                return false
            }
            return !sent.contains(number) && shown.contains(event.peer)
        }
        if strange { shown.append(peers) }
        let trades = Self.trades(events)
        let names = shown.map { number in
            if number >= peers { return Self.stranger }
            return Self.name(number, view.names, trades[number])
        }
        let crooks = Set(shown.indices.filter { trades[shown[$0]] != nil })
        let chart = Chart(lanes: shown, names: names, crooks: crooks)
        var reader = ChartReader(chart, view)
        for event in events { reader.read(event) }
        self = reader.finished()
    }
}

extension Chart {
    /// Who keeps to no rule, by the numbers of the homes.
    static func trades(_ events: [TraceEvent]) -> [Int: Crook.Trade] {
        var trades: [Int: Crook.Trade] = [:]
        for event in events {
            if case .turned(let trade) = event.what { trades[event.peer] = trade }
        }
        return trades
    }

    static func name(_ number: Int, _ names: [String], _ trade: Crook.Trade?) -> String {
        let name = names.indices.contains(number) ? names[number] : "home \(number)"
        return name + (trade.map { ", " + $0.words } ?? "")
    }
}

extension TraceEvent {
    fileprivate var sentNumber: UInt64? {
        if case .sent(let number, _, _, _) = what { number } else { nil }
    }
}

private struct ChartReader {
    var chart: Chart
    private let view: Chart.View
    /// The flight of each datagram, the first of its copies.
    private var flights: [UInt64: Int] = [:]
    /// What left before the view begins, by its label and its sender.
    private var earlier: [UInt64: (label: String, from: Int)] = [:]
    /// What left before the view ends and comes to its end after it.
    private var later: Set<Int> = []
    /// The last row in which something happened on a lane.
    private var touched: [Int]
    private var last: UInt64?
    private static let pause: UInt64 = 10_000
    /// What takes longer is drawn where it leaves and where it arrives.
    private static let quick: UInt64 = 500

    init(_ chart: Chart, _ view: Chart.View) {
        (self.chart, self.view) = (chart, view)
        touched = Array(repeating: -1, count: chart.lanes.count)
    }

    mutating func read(_ event: TraceEvent) {
        let lane = chart.lanes.firstIndex(of: event.peer)
        guard (view.from...max(view.from, view.until)).contains(event.milliseconds) else {
            if case .sent(let number, _, let kind, _) = event.what, let lane {
                earlier[number] = (label(kind), lane)
            }
            if event.milliseconds > view.until { readLater(event) }
            return
        }
        switch event.what {
        case .sent(let number, let to, let kind, _): leave(event, number, lane, to, label(kind))
        case .lost(let number, let loss): lose(event, number, loss)
        case .delivered(let number, let from): arrive(event, number, lane, from)
        case .dropped(let number):
            if let flight = flights[number] { chart.flights[flight].end = .unopened }
        case .balance(let available, let held): balance(lane, available, held)
        case .settled: return
        case .weather(let kind, _):
            guard lane != nil || chart.lanes.count > 2 else { return }
            add(event, .weather(lane), kind.name, lane)
        case .healed: add(event, .healed, "the storm is over, everything is mended", nil)
        case .synced, .crashed, .restarted, .stands, .denied, .inert, .turned, .tried, .reader,
            .served, .contact:
            guard let lane else { return }
            happen(event, lane)
        }
    }

    /// After the last row only what becomes of what is under way matters.
    private mutating func readLater(_ event: TraceEvent) {
        switch event.what {
        case .delivered(let number, _), .lost(let number, _):
            if let flight = flights[number] { later.insert(flight) }
        case .sent, .dropped, .synced, .settled, .crashed, .restarted, .stands, .balance,
            .denied, .inert, .weather, .healed, .turned, .tried, .reader, .served, .contact:
            return
        }
    }

    func finished() -> Chart {
        var chart = chart
        for (index, flight) in chart.flights.enumerated() where flight.ends == nil {
            guard let leaves = flight.leaves else { continue }
            // Its receiver went down in the moment in which it came.
            chart.rows[leaves].remark = later.contains(index) ? "arrives later" : "never arrives"
        }
        return chart
    }

    private mutating func happen(_ event: TraceEvent, _ lane: Int) {
        switch event.what {
        case .synced(let steps):
            add(event, .synced(lane), steps == 1 ? "sync" : "sync, \(steps) steps", lane)
        case .crashed(let crash): add(event, .crashed(lane), crash.words, lane)
        case .restarted(let inert):
            add(event, .restarted(lane), inert ? "is back, inert" : "is back", lane)
        case .stands(_, let side, let word, let amount):
            let who = side == .buyer ? "buyer" : "seller"
            add(event, .stands(lane), "\(who) \(word.rawValue) \(money(amount))", lane)
        case .denied: add(event, .told(lane), "is told that it cannot be", lane)
        case .inert: add(event, .told(lane), "turns inert", lane)
        case .turned, .tried: add(event, .tried(lane), event.words, lane)
        case .reader, .served, .contact: add(event, .told(lane), event.words, lane)
        case .sent, .lost, .delivered, .dropped, .balance, .settled, .weather, .healed: return
        }
    }

    // MARK: Messages

    private mutating func leave(
        _ event: TraceEvent,
        _ number: UInt64,
        _ from: Int?,
        _ to: Int,
        _ label: String
    ) {
        guard let from, let to = chart.lanes.firstIndex(of: to) else { return }
        let row = add(event, .leaves(chart.flights.count), "", from)
        guard let row else { return }
        flights[number] = chart.flights.count
        chart.flights.append(
            Chart.Flight(number: number, label: label, from: from, to: to, leaves: row)
        )
    }

    private mutating func lose(_ event: TraceEvent, _ number: UInt64, _ loss: TraceEvent.Loss) {
        guard let flight = flights[number] else { return }
        end(flight, event, .lost(loss), loss.words)
    }

    private mutating func arrive(_ event: TraceEvent, _ number: UInt64, _ to: Int?, _ from: Int) {
        guard let to else { return }
        if let flight = flights[number] { return end(flight, event, .arrived, "") }
        let known = earlier[number]
        guard let from = known?.from ?? chart.lanes.firstIndex(of: from), from != to else { return }
        let flight = Chart.Flight(
            number: number,
            label: known?.label ?? "?",
            from: from,
            to: to,
            leaves: nil
        )
        flights[number] = chart.flights.count
        chart.flights.append(flight)
        end(chart.flights.count - 1, event, .arrived, "")
    }

    /// A flight comes to its end: in the row it left in when nothing came in between.
    private mutating func end(
        _ index: Int,
        _ event: TraceEvent,
        _ end: Chart.Flight.End,
        _ remark: String
    ) {
        var index = index
        let isAgain = chart.flights[index].ends != nil
        if isAgain {
            // One more copy of the same datagram.
            let old = chart.flights[index]
            let copy = Chart.Flight(
                number: old.number,
                label: old.label,
                from: old.from,
                to: old.to,
                leaves: nil
            )
            index = chart.flights.count
            chart.flights.append(copy)
            flights[old.number] = index
        }
        let flight = chart.flights[index]
        chart.flights[index].end = end
        if let leaves = flight.leaves, isStraight(flight, leaves, event, end) {
            chart.flights[index].ends = leaves
            chart.rows[leaves].remark = remark
            touched[flight.to] = max(touched[flight.to], leaves)
            return
        }
        let words = [isAgain ? "once more" : "", remark].filter { !$0.isEmpty }
        chart.flights[index].ends =
            add(event, .ends(index), words.joined(separator: ", "), flight.to)
    }

    private func isStraight(
        _ flight: Chart.Flight,
        _ leaves: Int,
        _ event: TraceEvent,
        _ end: Chart.Flight.End
    ) -> Bool {
        let took = event.milliseconds - chart.rows[leaves].milliseconds
        // What the air swallows is lost where it left.
        if case .lost(let loss) = end, loss != .down { return true }
        return took <= Self.quick && touched[flight.to] < leaves
    }

    // MARK: Rows

    private mutating func balance(_ lane: Int?, _ available: UInt64, _ held: UInt64) {
        guard let lane, let last = chart.rows.indices.last,
            chart.rows[last].mark == .stands(lane)
        else { return }
        let parts = [money(available) + " free", held > 0 ? money(held) + " held" : ""]
        chart.rows[last].remark += "; " + parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    @discardableResult
    private mutating func add(
        _ event: TraceEvent,
        _ mark: Chart.Mark,
        _ remark: String,
        _ lane: Int?
    ) -> Int? {
        guard chart.rows.count < view.rows else {
            chart.left += 1
            return nil
        }
        let now = event.milliseconds
        if let last, now - last >= Self.pause {
            chart.rows.append(Chart.Row(milliseconds: last, mark: .gap, remark: later(now - last)))
        }
        last = now
        chart.rows.append(Chart.Row(milliseconds: now, mark: mark, remark: remark))
        if let lane { touched[lane] = chart.rows.count - 1 }
        return chart.rows.count - 1
    }

    private func later(_ milliseconds: UInt64) -> String {
        let seconds = milliseconds / 1_000
        return seconds < 120 ? "\(seconds) s later" : "\(seconds / 60) min later"
    }
}
