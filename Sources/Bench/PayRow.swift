internal import Command

/// One figure of ours, beside what it is compared with.
package struct PayRow: Sendable {
    package let name: String
    package let ours: Double
    package let theirs: Double?
    /// The median of the pairs' own ratios: both halves of a pair share its weather.
    package let ratio: Double?
    package let target: Target?

    /// What the ratio has to be; without another side, what the figure itself has to be.
    package enum Target: Hashable, Sendable {
        case atMost(Double)
        case atLeast(Double)
    }

    package init(_ name: String, _ target: Target? = nil, ours: [Double], theirs: [Double] = []) {
        precondition(theirs.isEmpty || theirs.count == ours.count, "both sides have every round")
        (self.name, self.target, self.ours) = (name, target, median(ours))
        self.theirs = theirs.isEmpty ? nil : median(theirs)
        ratio = theirs.isEmpty ? nil : median(zip(ours, theirs).map { $0 / $1 })
    }

    /// nil where nothing is promised.
    package var isMet: Bool? {
        let value = ratio ?? ours
        return switch target {
        case .atMost(let most): value <= most
        case .atLeast(let least): value >= least
        case nil: nil
        }
    }

    static let head =
        "what".padded(44) + "ours".padded(left: 11) + "theirs".padded(left: 11)
        + "ratio".padded(left: 9) + "target".padded(left: 9)

    package var line: String {
        let bound =
            switch target {
            case .atMost(let most): "<= " + Self.short(most)
            case .atLeast(let least): ">= " + Self.short(least)
            case nil: ""
            }
        let verdict = isMet.map { $0 ? "  met" : "  missed" } ?? ""
        return name.padded(44) + Self.figure(ours).padded(left: 11)
            + (theirs.map(Self.figure) ?? "").padded(left: 11)
            + (ratio.map { decimals($0, 3) } ?? "").padded(left: 9)
            + bound.padded(left: 9) + verdict
    }

    private static func figure(_ value: Double) -> String {
        decimals(value, value < 100 ? 2 : 0)
    }

    private static func short(_ value: Double) -> String {
        decimals(value, value == value.rounded() ? 0 : 2)
    }

    var json: JSON {
        var pairs: [(String, JSON)] = [
            ("name", .string(name.trimmed)), ("ours", .decimal(decimals(ours, 3))),
        ]
        if let theirs { pairs.append(("theirs", .decimal(decimals(theirs, 3)))) }
        if let ratio { pairs.append(("ratio", .decimal(decimals(ratio, 3)))) }
        switch target {
        case .atMost(let most): pairs.append(("atMost", .decimal(decimals(most, 2))))
        case .atLeast(let least): pairs.append(("atLeast", .decimal(decimals(least, 2))))
        case nil: break
        }
        if let isMet { pairs.append(("met", .flag(isMet))) }
        return .object(pairs)
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
