// The other way round: what the reader in ScenarioFile makes of this text is the scenario.

extension Scenario {
    /// The scenario as a file; `comment` stands at its top.
    package func text(_ comment: String) -> String {
        var lines = ["# \(comment)", line("strains", strains), line("finds", finds)]
        lines += [line("peers", "\(peers)"), line("payments", "\(payments)")]
        lines += [line("amounts", Self.text(amounts)), line("sticks", "\(sticks) of \(units)")]
        lines += [line("span", "\(seconds) s"), line("trade", trade.rawValue)]
        lines += [line("refusals", "\(Self.share(refusals)) %"), line("attempts", "\(attempts)")]
        lines.append(line("thieves", "\(thieves)"))
        if clones > 1 { lines.append(line("clones", "\(clones)")) }
        if !hasOffice { lines.append(line("liars", "\(liars)")) }
        if picked > 0 {
            lines += [line("picked", "\(Self.share(picked)) %"), line("limit", "\(limit)")]
        }
        if pin > 0 { lines.append(line("pin", "\(pin)")) }
        if wants > 0 { lines.append(line("wants", "\(Self.share(wants)) %")) }
        if hasOffice {
            lines += [line("office", "yes"), line("redemptions", "\(redemptions)")]
            lines.append(line("syncs", "\(syncs)"))
            if meters > 0 { lines.append(line("meters", "\(meters)")) }
            if disks > 1 { lines.append(line("disks", "\(disks)")) }
            if settles { lines.append(line("settles", "yes")) }
        }
        if eKeys > 0 {
            lines.append(line("ekeys", "\(eKeys)"))
            if badReaders > 0 { lines.append(line("bad-readers", "\(badReaders)")) }
            if button > 0 { lines.append(line("button", "\(button)")) }
        }
        lines += faults.map { line($0.kind.name, $0.text) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: max(1, 14 - name.count)) + value
    }

    fileprivate static func text(_ range: ClosedRange<UInt64>) -> String {
        range.lowerBound == range.upperBound
            ? "\(range.lowerBound)"
            : "\(range.lowerBound)-\(range.upperBound)"
    }

    /// Thousandths as per cent.
    fileprivate static func share(_ thousandths: UInt64) -> String {
        thousandths.isMultiple(of: 10)
            ? "\(thousandths / 10)"
            : "\(thousandths / 10).\(thousandths % 10)"
    }
}

extension Scenario.Fault {
    /// What stands after its name: `maybe 5-30 %`.
    package var text: String { (isSure ? "" : "maybe ") + kind.text(range) }
}

extension FaultKind {
    /// A number or a range of them with its unit, as a scenario file says it.
    package func text(_ range: ClosedRange<UInt64>) -> String {
        guard unit == .share else { return Scenario.text(range) + " " + unit.rawValue }
        let (low, high) = (Scenario.share(range.lowerBound), Scenario.share(range.upperBound))
        return (low == high ? low : low + "-" + high) + " %"
    }
}
