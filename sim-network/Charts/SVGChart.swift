import World

/// A chart as a picture: legible on paper and without telling colours apart, because every sign
/// has a shape of its own.
extension Chart {
    /// The whole picture as a file of its own.
    package func svg(_ heading: Heading) -> String {
        let picture = Picture(self)
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + picture.document(heading.title, heading.facts.map { "\($0.0): \($0.1)" })
    }

    /// The picture as part of a page that says the rest itself.
    var inlineSVG: String { Picture(self).document("", []) }

    /// What stands above a chart.
    package struct Heading: Sendable {
        let title: String
        let facts: [(String, String)]

        package init(_ title: String, _ facts: [(String, String)]) {
            (self.title, self.facts) = (title, facts)
        }
    }
}

private struct Picture {
    private let chart: Chart
    private let lane: Int
    private static let left = 110
    private static let rowHeight = 24
    private static let remarks = 420
    /// A message whose ends are further apart is drawn as two halves.
    private static let longest = 14

    init(_ chart: Chart) {
        self.chart = chart
        lane = chart.lanes.count <= 2 ? 300 : chart.lanes.count <= 4 ? 220 : 150
    }

    private var right: Int { x(max(0, chart.lanes.count - 1)) }
    private func x(_ lane: Int) -> Int { Self.left + lane * self.lane + 40 }

    // MARK: The document

    /// Blue, vermilion and green of Okabe and Ito, which most eyes tell apart; in print they
    /// are three greys.
    private static let style = """
        text{font:13px sans-serif;fill:#111}
        .time{font:11px monospace;fill:#444;text-anchor:end}
        .lane{stroke:#555;stroke-width:1.5}
        .crook{stroke:#d55e00;stroke-width:6}
        .hollow{stroke:#fff;stroke-width:2.5}
        .trick{font-weight:bold;text-anchor:middle;fill:#d55e00;font-size:17px}
        .down{stroke:#777;stroke-width:2;stroke-dasharray:2 5}
        .name{font-weight:bold;text-anchor:middle}
        .message{stroke:#0072b2;stroke-width:1.6;fill:none}
        .half{stroke:#0072b2;stroke-width:1.6;stroke-dasharray:5 4;fill:none}
        .lost{stroke:#d55e00;stroke-width:1.6;stroke-dasharray:7 4;fill:none}
        .cross{stroke:#d55e00;stroke-width:2.6;fill:none}
        .tip{fill:#0072b2}
        .unopened{fill:#fff;stroke:#0072b2}
        .label{font-size:12px;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}
        .sync{fill:#009e73;stroke:#111}
        .bolt{fill:#111}
        .back{fill:#fff;stroke:#111;stroke-width:1.6}
        .sees{fill:#f0e442;stroke:#111}
        .remark{font-size:12px}
        .soft{fill:#555;font-style:italic}
        .healed{stroke:#009e73;stroke-width:2;stroke-dasharray:2 4}
        """

    func document(_ title: String, _ facts: [String]) -> String {
        let head = heading(title, facts)
        let top = head.height + 56
        let width = max(right + Self.remarks, chart.crooks.isEmpty ? 0 : 1_060)
        let height = top + (chart.rows.count + 2) * Self.rowHeight
        var out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\""
        out += " width=\"\(width)\" height=\"\(height)\" role=\"img\">\n"
        out += "<title>" + escaped(title.isEmpty ? "message sequence chart" : title) + "</title>\n"
        out += "<style>\(Self.style)</style>\n"
        out += "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        out += head.text + names(y: top - 28) + lanes(top) + rows(top)
        if chart.left > 0 {
            let y = top + (chart.rows.count + 1) * Self.rowHeight
            out += text(Self.left, y, "soft", "and \(chart.left) rows more, not shown")
        }
        return out + "</svg>\n"
    }

    private func heading(_ title: String, _ facts: [String]) -> (text: String, height: Int) {
        guard !title.isEmpty else { return (legend(y: 22), 34) }
        var out = "<text x=\"20\" y=\"28\" style=\"font-size:18px;font-weight:bold\">"
        out += escaped(title) + "</text>\n"
        for (index, fact) in facts.enumerated() {
            out += text(20, 50 + 18 * index, "remark", fact)
        }
        let y = 62 + 18 * facts.count
        return (out + legend(y: y), y + 12)
    }

    private func legend(y: Int) -> String {
        var out = arrow(20, y, 70, y, .arrived) + text(78, y + 4, "remark", "message")
        out += arrow(150, y, 200, y, .lost(.weather)) + text(212, y + 4, "remark", "lost")
        out += arrow(256, y, 306, y, .unopened) + text(314, y + 4, "remark", "not opened")
        out += dot(402, y) + text(414, y + 4, "remark", "sync")
        out += bolt(464, y) + text(478, y + 4, "remark", "power cut, stop")
        out += ring(592, y) + text(604, y + 4, "remark", "back")
        out += diamond(656, y) + text(670, y + 4, "remark", "what a person sees")
        guard !chart.crooks.isEmpty else { return out }
        out += text(810, y + 6, "trick", "‡")
        return out + text(822, y + 4, "remark", "what one tries who keeps to no rule")
    }

    private func names(y: Int) -> String {
        chart.lanes.indices.map { text(x($0), y, "name", chart.name($0)) }.joined()
    }

    // MARK: Lanes and rows

    /// Each lane as a line for every span in which it is up or down.
    private func lanes(_ top: Int) -> String {
        let down = chart.down
        let bottom = chart.rows.count
        return chart.lanes.indices.map { lane in
            var (out, start, isDown) = ("", 0, false)
            for row in 0...bottom {
                let next = row < bottom ? down[row].contains(lane) : isDown
                guard next != isDown || row == bottom else { continue }
                let end = row == bottom ? bottom + 1 : row
                let (from, to) = (self.y(top, start) - 12, self.y(top, end) - 12)
                out += span(lane, from, to, isDown: isDown)
                (start, isDown) = (row, next)
            }
            return out
        }.joined()
    }

    /// A part of a lane; a crook's is a double line.
    private func span(_ lane: Int, _ from: Int, _ to: Int, isDown: Bool) -> String {
        let ends = ((x(lane), from), (x(lane), to))
        if isDown { return line(ends.0, ends.1, "down") }
        guard chart.crooks.contains(lane) else { return line(ends.0, ends.1, "lane") }
        return line(ends.0, ends.1, "crook") + line(ends.0, ends.1, "hollow")
    }

    private func y(_ top: Int, _ row: Int) -> Int { top + row * Self.rowHeight }

    private func rows(_ top: Int) -> String {
        var (out, before) = ("", "")
        for (index, row) in chart.rows.enumerated() {
            let y = y(top, index)
            let time = row.mark == .gap ? "" : seconds(row.milliseconds)
            if time != before, !time.isEmpty { out += text(Self.left - 16, y + 4, "time", time) }
            if !time.isEmpty { before = time }
            out += mark(row, index, top) + remark(row, y)
        }
        return out
    }

    private func remark(_ row: Chart.Row, _ y: Int) -> String {
        guard !row.remark.isEmpty else { return "" }
        switch row.mark {
        case .gap, .healed: return text(right + 36, y + 4, "remark soft", row.remark)
        case .leaves, .ends, .weather(nil): return text(right + 36, y + 4, "remark", row.remark)
        case .synced(let lane), .crashed(let lane), .restarted(let lane), .stands(let lane),
            .told(let lane), .tried(let lane), .weather(.some(let lane)):
            let said = chart.name(lane) + ": " + row.remark
            return text(right + 36, y + 4, "remark", said)
        }
    }

    private func mark(_ row: Chart.Row, _ index: Int, _ top: Int) -> String {
        let y = y(top, index)
        switch row.mark {
        case .leaves(let number): return leaves(chart.flights[number], index, top)
        case .ends(let number): return ends(chart.flights[number], index, top)
        case .synced(let lane): return dot(x(lane), y)
        case .crashed(let lane): return bolt(x(lane), y)
        case .restarted(let lane): return ring(x(lane), y)
        case .stands(let lane), .told(let lane): return diamond(x(lane), y)
        case .tried(let lane): return text(x(lane), y + 6, "trick", "‡")
        case .weather(let lane):
            return lane.map { text(x($0), y + 5, "name", "≈") } ?? ""
        case .healed: return line((Self.left, y), (right + 30, y), "healed")
        case .gap:
            return chart.lanes.indices.map { text(x($0), y + 5, "name", "⋮") }.joined()
        }
    }

    // MARK: Messages

    private func leaves(_ flight: Chart.Flight, _ row: Int, _ top: Int) -> String {
        let (start, end, y) = (x(flight.from), x(flight.to), y(top, row))
        guard let last = flight.ends, last - row <= Self.longest else {
            // Its end is far below, or there is none.
            let half = start + (end - start) / 2
            return line((start, y), (half, y), "half")
                + label(start, half, y, "\(flight.label) #\(flight.number)")
        }
        if case .lost(let loss) = flight.end, loss != .down {
            let stop = start + (end - start) * 2 / 3
            return arrow(start, y, stop, y, flight.end) + label(start, stop, y, flight.label)
        }
        let below = last == row ? y + Self.rowHeight / 3 : self.y(top, last)
        let middle = (y + below) / 2
        return arrow(start, y, end, below, flight.end) + label(start, end, middle, flight.label)
    }

    private func ends(_ flight: Chart.Flight, _ row: Int, _ top: Int) -> String {
        // The whole arrow stands where it left.
        if let leaves = flight.leaves, row - leaves <= Self.longest { return "" }
        let (end, y) = (x(flight.to), y(top, row))
        let half = x(flight.from) + (end - x(flight.from)) / 2
        return arrow(half, y, end, y, flight.end, style: "half")
            + label(half, end, y, "\(flight.label) #\(flight.number)")
    }

    private func arrow(
        _ x1: Int,
        _ y1: Int,
        _ x2: Int,
        _ y2: Int,
        _ end: Chart.Flight.End,
        style: String = "message"
    ) -> String {
        let step = x2 > x1 ? -1 : 1
        switch end {
        case .lost:
            return line((x1, y1), (x2, y2), "lost")
                + line((x2 - 5, y2 - 5), (x2 + 5, y2 + 5), "cross")
                + line((x2 - 5, y2 + 5), (x2 + 5, y2 - 5), "cross")
        case .arrived, .flying, .unopened:
            let tip = end == .unopened ? "unopened" : "tip"
            let back = x2 + 10 * step
            return line((x1, y1), (x2, y2), style)
                + "<path class=\"\(tip)\" d=\"M\(x2) \(y2)L\(back) \(y2 - 4)"
                + "L\(back) \(y2 + 4)Z\"/>\n"
        }
    }

    // MARK: Signs

    private func label(_ x1: Int, _ x2: Int, _ y: Int, _ name: String) -> String {
        text((x1 + x2) / 2, y - 3, "label", name)
    }

    private func line(_ from: (Int, Int), _ to: (Int, Int), _ style: String) -> String {
        "<line class=\"\(style)\" x1=\"\(from.0)\" y1=\"\(from.1)\""
            + " x2=\"\(to.0)\" y2=\"\(to.1)\"/>\n"
    }

    private func text(_ x: Int, _ y: Int, _ style: String, _ words: String) -> String {
        "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\">\(escaped(words))</text>\n"
    }

    private func dot(_ x: Int, _ y: Int) -> String {
        "<circle class=\"sync\" cx=\"\(x)\" cy=\"\(y)\" r=\"5\"/>\n"
    }

    private func ring(_ x: Int, _ y: Int) -> String {
        "<circle class=\"back\" cx=\"\(x)\" cy=\"\(y)\" r=\"6\"/>\n"
    }

    private func diamond(_ x: Int, _ y: Int) -> String {
        "<path class=\"sees\" d=\"M\(x) \(y - 7)l7 7l-7 7l-7 -7Z\"/>\n"
    }

    private func bolt(_ x: Int, _ y: Int) -> String {
        "<path class=\"bolt\" d=\"M\(x + 3) \(y - 11)l-10 13h6l-3 10l11 -14h-6l4 -9Z\"/>\n"
    }
}

/// Text that markup cannot take for itself.
func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": out += "&amp;"
        case "<": out += "&lt;"
        case ">": out += "&gt;"
        case "\"": out += "&quot;"
        case _ where scalar.value < 0x20 && scalar != "\n": out += " "
        case _: out.unicodeScalars.append(scalar)
        }
    }
    return out
}
