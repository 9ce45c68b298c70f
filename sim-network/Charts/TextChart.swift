import World

/// A chart for a terminal: one line in a row, lanes as columns.
extension Chart {
    package var text: [String] {
        let canvas = Canvas(self)
        var lines = [canvas.head]
        for (row, down) in zip(rows, down) { lines.append(canvas.line(row, down)) }
        if left > 0 { lines.append("and \(left) rows more, not shown") }
        return lines
    }

    /// What the signs mean that are in it.
    package var legend: [String] {
        let others = "║ somebody who keeps to no rule   ‡ what he tries"
        return Self.legend + (crooks.isEmpty ? [] : [others])
    }

    /// What the signs mean that any chart may have.
    package static let legend = [
        "──▶ a message   ──✗ lost   ──▷ not opened   ● sync   ◆ what a person sees",
        "↯ power cut or stop   ○ back   │ up   ┊ down   #N the same datagram further down",
    ]
}

private struct Canvas {
    private let chart: Chart
    private let gap: Int
    private let width: Int
    private static let margin = 12

    init(_ chart: Chart) {
        self.chart = chart
        gap = chart.lanes.count <= 2 ? 34 : chart.lanes.count <= 4 ? 24 : 18
        width = Self.margin + gap * max(0, chart.lanes.count - 1) + 8
    }

    private func column(_ lane: Int) -> Int { Self.margin + 2 + lane * gap }

    var head: String {
        var line = Array(repeating: Character(" "), count: width + gap)
        for lane in chart.lanes.indices {
            let name = Array(chart.name(lane).prefix(gap - 2))
            let start = max(Self.margin + 1, column(lane) - name.count / 2)
            for (offset, character) in name.enumerated() { line[start + offset] = character }
        }
        return "    seconds" + trimmed(String(line.dropFirst(11)))
    }

    func line(_ row: Chart.Row, _ down: Set<Int>) -> String {
        var line = Array(repeating: Character(" "), count: width)
        for lane in chart.lanes.indices {
            let up: Character = chart.crooks.contains(lane) ? "║" : "│"
            line[column(lane)] = down.contains(lane) ? "┊" : up
        }
        draw(row, on: &line)
        let time = row.mark == .gap ? "" : seconds(row.milliseconds)
        let who = remarked(row)
        return trimmed(padded(time) + String(line.dropFirst(11)) + " " + who)
    }

    /// The remark, with whom it is about where that is not seen from the row.
    private func remarked(_ row: Chart.Row) -> String {
        guard let lane = chart.lane(of: row), !row.remark.isEmpty else { return row.remark }
        switch row.mark {
        case .leaves, .ends: return row.remark
        case _: return chart.name(lane) + ": " + row.remark
        }
    }

    private func padded(_ time: String) -> String {
        String(repeating: " ", count: max(0, 11 - time.count)) + time
    }

    private func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    private func draw(_ row: Chart.Row, on line: inout [Character]) {
        switch row.mark {
        case .leaves(let index):
            let flight = chart.flights[index]
            draw(flight, leaves: true, ends: flight.ends == flight.leaves, on: &line)
        case .ends(let index):
            draw(chart.flights[index], leaves: false, ends: true, on: &line)
        case .synced(let lane): line[column(lane)] = "●"
        case .crashed(let lane): line[column(lane)] = "↯"
        case .restarted(let lane): line[column(lane)] = "○"
        case .stands(let lane), .told(let lane): line[column(lane)] = "◆"
        case .tried(let lane): line[column(lane)] = "‡"
        case .weather(let lane): if let lane { line[column(lane)] = "≈" }
        case .healed:
            for index in Self.margin..<width where line[index] == " " { line[index] = "·" }
        case .gap: for lane in chart.lanes.indices { line[column(lane)] = "⋮" }
        }
    }

    /// An arrow, or the half of it that is seen in this row.
    private func draw(
        _ flight: Chart.Flight,
        leaves: Bool,
        ends: Bool,
        on line: inout [Character]
    ) {
        let (start, end) = (column(flight.from), column(flight.to))
        let step = start < end ? 1 : -1
        // From next to the sender's lane to next to the receiver's.
        var cells = Array(stride(from: start + step, to: end, by: step))
        let isLost = if case .lost(let loss) = flight.end { loss != .down } else { false }
        if leaves && ends && isLost { cells = Array(cells.prefix(cells.count * 2 / 3)) }
        if leaves && !ends { cells = Array(cells.prefix(cells.count * 2 / 3)) }
        if !leaves { cells = Array(cells.suffix(cells.count * 2 / 3)) }
        for cell in cells { line[cell] = leaves && ends ? "─" : "┄" }
        guard let tip = cells.last else { return }
        if ends { line[tip] = self.tip(flight.end, rightward: step > 0) }
        let name = leaves && ends ? flight.label : flight.label + " #\(flight.number)"
        let room = cells.dropLast().dropFirst()
        guard name.count <= room.count, let least = room.min() else { return }
        let offset = (room.count - name.count) / 2
        for (index, character) in name.enumerated() { line[least + offset + index] = character }
    }

    private func tip(_ end: Chart.Flight.End, rightward: Bool) -> Character {
        switch end {
        case .lost: "✗"
        case .unopened: rightward ? "▷" : "◁"
        case .arrived, .flying: rightward ? "▶" : "◀"
        }
    }
}
