internal import Certificates
package import Money
package import Words

// How the words of the house look to a person.

extension Day {
    /// As in 2026-12-20.
    package var text: String {
        let midnight = Moment(number * Limits.secondsPerDay)
        guard let midnight else { preconditionFailure("every day has its first second") }
        return Civil(midnight).dayText
    }
}

extension Moment {
    /// As in 2026-12-20 14:05:00Z.
    package var text: String {
        let civil = Civil(self)
        let time = [civil.hour, civil.minute, civil.second].map { digits($0, 2) }
        return civil.dayText + " " + time.joined(separator: ":") + "Z"
    }
}

extension Civil {
    fileprivate var dayText: String {
        [digits(year, 4), digits(month, 2), digits(day, 2)].joined(separator: "-")
    }
}

private func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

/// The first 8 bytes of a key or hash, in groups of four digits.
package func short(_ bytes: Bytes32) -> String { grouped(bytes.array.prefix(8)) }
package func short(_ key: Key) -> String { short(key.bytes) }
package func short(_ hash: Hash) -> String { short(hash.bytes) }

private func grouped(_ bytes: some Sequence<UInt8>) -> String {
    let text = Array(Hex.text(bytes))
    return stride(from: 0, to: text.count, by: 4).map { String(text[$0..<min($0 + 4, text.count)]) }
        .joined(separator: " ")
}

/// The name of a root that people compare: docs/PROTOCOL section 7.
package func rootFingerprint(_ root: Key) -> String {
    let hash = Digest.hash(Digest.Domain("tally1 root"), root.bytes.array)
    return grouped(hash.bytes.array.prefix(16))
}

extension Bytes32 {
    package var hex: String { Hex.text(array) }
}

extension DeviceClass {
    package var word: String {
        switch self {
        case .software: "software"
        case .emulated: "emulated"
        case .hardware: "hardware"
        }
    }

    /// As somebody typed it.
    package static func typed(
        _ text: String,
        _ option: String
    ) throws(Complaint) -> DeviceClass {
        guard let device = allCases.first(where: { $0.word == text }) else {
            throw Complaint(
                .usage,
                "bad-class",
                "\(quoted(text)) is no class of devices",
                hint: "write \(option) and one of software, emulated, hardware"
            )
        }
        return device
    }
}

extension Role {
    package var word: String {
        switch self {
        case .wallet: "wallet"
        case .office: "office"
        case .bank: "bank"
        case .meter: "meter"
        }
    }
}

extension Units {
    package var text: String { "\(lo)..<\(hi)" }
}

/// As in 1 piece, 2 pieces.
package func counted(_ count: Int, _ word: String) -> String {
    guard count != 1 else { return "1 \(word)" }
    return "\(count) " + (word.hasSuffix("ry") ? "\(word.dropLast())ies" : "\(word)s")
}

/// Lines of a result, said once for people and once for programs.
package struct Facts: Sendable {
    package private(set) var lines: [String] = []
    package private(set) var pairs: [(String, JSON)] = []

    package init() {}

    package var json: JSON { .object(pairs) }

    package mutating func add(_ name: String, _ text: String, _ json: JSON? = nil) {
        line(name, text)
        pairs.append((Self.key(name), json ?? .string(text)))
    }

    /// For people alone.
    package mutating func line(_ name: String, _ text: String) {
        lines.append("  " + name.padded(16) + text)
    }

    /// For programs alone.
    package mutating func also(_ name: String, _ json: JSON) { pairs.append((name, json)) }

    package mutating func add(_ name: String, _ key: Key) {
        add(name, short(key), .string(key.bytes.hex))
    }

    package mutating func add(_ name: String, _ hash: Hash) {
        add(name, short(hash), .string(hash.bytes.hex))
    }

    package mutating func add(_ name: String, _ amount: Amount, _ asset: Asset) {
        line(name, asset.full(amount))
        also(Self.key(name), amount, asset)
    }

    package mutating func also(_ name: String, _ amount: Amount, _ asset: Asset) {
        also(
            name,
            .object([("amount", .string(asset.text(amount))), ("asset", .string(asset.code))])
        )
    }

    /// A name of several words, as programs read it.
    private static func key(_ name: String) -> String {
        name.split(separator: " ").enumerated().map { index, word in
            index == 0 ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
        }.joined()
    }
}
