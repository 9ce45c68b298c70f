package import World

/// A chart as a page that needs nothing else: no script, no picture, no letter from elsewhere.
extension Chart {
    package func page(_ heading: Heading, balances: [Balance], trace: [TraceEvent]) -> String {
        var out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        out += "<meta name=\"viewport\" content=\"width=device-width\">\n"
        out += "<title>\(escaped(heading.title))</title>\n<style>\(Self.pageStyle)</style></head>\n"
        out += "<body><h1>\(escaped(heading.title))</h1>\n<table>\n"
        for (name, fact) in heading.facts {
            out += "<tr><th>\(escaped(name))</th><td>\(escaped(fact))</td></tr>\n"
        }
        out += "</table>\n<h2>What happened</h2>\n<div class=\"chart\">\n\(inlineSVG)</div>\n"
        out += table(balances)
        out += "<details><summary>The whole trace, \(trace.count) events</summary>\n<pre>\n"
        for event in trace { out += escaped(event.line) + "\n" }
        return out + "</pre></details></body></html>\n"
    }

    private static let pageStyle = """
        body{font:15px/1.45 sans-serif;margin:2em;color:#111;background:#fff}
        table{border-collapse:collapse}
        th,td{text-align:left;vertical-align:top;padding:.15em 1em .15em 0}
        td.number{text-align:right;font-variant-numeric:tabular-nums}
        .chart{overflow-x:auto}
        pre{font-size:12px}
        @media print{.chart{overflow:visible}svg{max-width:100%;height:auto}}
        """

    private func table(_ balances: [Balance]) -> String {
        guard !balances.isEmpty else { return "" }
        var out = "<h2>The balances after it</h2>\n<table>\n"
        out += "<tr><th>home</th><th>free</th><th>held</th></tr>\n"
        for balance in balances {
            out += "<tr><td>\(escaped(balance.name))</td>"
            guard balance.isCounted else {
                out += "<td colspan=\"2\">\(Balance.uncounted)</td></tr>\n"
                continue
            }
            out += "<td class=\"number\">\(money(balance.available))</td>"
            out += "<td class=\"number\">\(money(balance.held))</td></tr>\n"
        }
        return out + "</table>\n"
    }
}

/// What a home has, as it stood last.
package struct Balance: Hashable, Sendable {
    package let name: String
    package let available: UInt64
    package let held: UInt64
    /// Not so of those who keep to no rule.
    package let isCounted: Bool

    package static let uncounted = "nobody counts what he has"

    /// The balances that the homes of a run had at its end.
    ///
    /// A home that nothing was said of has what it began with.
    package static func last(
        of events: [TraceEvent],
        peers: Int,
        began: (Int) -> UInt64,
        names: [String] = []
    ) -> [Balance] {
        var known: [Int: (UInt64, UInt64)] = [:]
        for event in events {
            if case .balance(let available, let held) = event.what {
                known[event.peer] = (available, held)
            }
        }
        let trades = Chart.trades(events)
        return (0..<peers).map { peer in
            let (available, held) = known[peer] ?? (began(peer), 0)
            return Balance(
                name: Chart.name(peer, names, trades[peer]),
                available: available,
                held: held,
                isCounted: trades[peer] == nil
            )
        }
    }
}
