package import Words

/// What a node has its neighbours told of itself: docs/PROTOCOL section 11.1.
package struct Advert: Hashable, Sendable {
    package enum Role: String, CaseIterable, Hashable, Sendable {
        case office, shop, wallet
    }

    package let role: Role
    /// nil is none that lasts: another is drawn whenever it is announced anew.
    package let name: Text?
    package let port: UInt16
    /// The numbers of the networks that it is said on; nil is all.
    package let networks: [UInt32]?
    /// Nothing that is said: in another era it is announced anew.
    package let era: UInt64

    package init(
        _ role: Role,
        name: Text?,
        port: UInt16,
        networks: [UInt32]?,
        era: UInt64 = 0
    ) {
        (self.role, self.name) = (role, name.flatMap { $0.byteCount == 0 ? nil : $0 })
        (self.port, self.networks, self.era) = (port, networks, era)
    }

    package static let service = "_tally._udp"

    /// Where those of one role alone can be asked for.
    package static func subtype(_ role: Role) -> String { "_\(role.rawValue)._sub.\(service)" }

    /// The TXT record, its entries in their order.
    package var record: [[UInt8]] {
        ["\(Card.versionKey)=\(Card.version)", "\(Card.roleKey)=\(role.rawValue)"]
            .map { Array($0.utf8) }
    }

    /// A name takes no more on the wire.
    package static let nameBytes = 63

    /// The name as it is announced: as much of it as fits.
    package var instance: String? { name.map { Self.cut($0.string) } }

    /// What a stranger calls itself, as a person may be shown it: short, and without what could
    /// make a screen lie.
    package static func shown(_ bytes: [UInt8]) -> Text {
        var clean = String.UnicodeScalarView()
        // A name that is longer than any can be is none of ours; its beginning is enough.
        for scalar in String(decoding: bytes.prefix(4 * nameBytes), as: UTF8.self).unicodeScalars {
            clean.append(Text.mayBeShown(scalar) ? scalar : "\u{FFFD}")
        }
        let cut = cut(String(clean))
        guard let text = Text(cut.isEmpty ? "?" : cut) else {
            preconditionFailure("what may not be shown was replaced")
        }
        return text
    }

    private static func cut(_ name: String) -> String {
        var (cut, count) = (String.UnicodeScalarView(), 0)
        for scalar in name.unicodeScalars {
            count += String(scalar).utf8.count
            guard count <= nameBytes else { break }
            cut.append(scalar)
        }
        return String(cut)
    }
}

/// What a TXT record says, when it is one of ours and of this version.
///
/// Anybody can say anything there: nothing but a place to ask follows from it.
package struct Card: Hashable, Sendable {
    /// nil is one that this version does not know.
    package let role: Advert.Role?

    static let versionKey = "txtvers"
    static let version = "1"
    static let roleKey = "role"
    /// More than so many are not looked at.
    package static let entriesAtMost = 16

    package init?(_ entries: [[UInt8]]) {
        guard entries.count <= Self.entriesAtMost,
            Self.value(of: Self.versionKey, in: entries) == Array(Self.version.utf8)
        else { return nil }
        let said = Self.value(of: Self.roleKey, in: entries)
        role = Advert.Role.allCases.first { Array($0.rawValue.utf8) == said }
    }

    /// What stands behind a key, whatever case that is written in: of several the first counts.
    private static func value(of key: String, in entries: [[UInt8]]) -> [UInt8]? {
        let key = Array(key.utf8)
        for entry in entries where entry.count > key.count && entry[key.count] == 0x3D {
            let isIt = zip(entry, key).allSatisfy { byte, wanted in
                (0x41...0x5A).contains(byte) ? byte + 0x20 == wanted : byte == wanted
            }
            if isIt { return Array(entry[(key.count + 1)...]) }
        }
        return nil
    }
}
