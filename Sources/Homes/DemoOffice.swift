package import Certificates
package import Money
package import Sealing
internal import Station
internal import Wire
package import Words

/// Where the demo's keys come from: the system, or a number for a transcript that repeats.
package enum DemoChance: Chance {
    case system(SystemChance)
    case seeded(seed: UInt64, drawn: UInt64)

    package mutating func bytes(_ count: Int) -> [UInt8] {
        switch self {
        case .system(var chance):
            return chance.bytes(count)
        case .seeded(let seed, var drawn):
            var bytes: [UInt8] = []
            while bytes.count < count {
                let block = bigEndianBytes(seed) + bigEndianBytes(drawn)
                bytes += Digest.hash(Self.domain, block).bytes.array
                drawn += 1
            }
            self = .seeded(seed: seed, drawn: drawn)
            return Array(bytes.prefix(count))
        }
    }

    package mutating func salt() -> Salt {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        let drawn = bytes(16)
        return Salt(high: word(drawn[..<8]), low: word(drawn[8...]))
    }

    private static let domain = Digest.Domain("tally demo")
}

/// The demo office with its root, and the day on which all of this happens.
package struct DemoOffice {
    package let root: KeyRing
    package let office: KeyRing
    package let rootAuthority: Authority
    package let authority: Authority
    package let now: Moment
    package let asset: Asset

    package init(
        _ now: Moment,
        _ chance: inout DemoChance,
        asset: Asset? = Asset(code: "EUR", scale: 2)
    ) throws {
        (root, office) = (KeyRing(chance: &chance), KeyRing(chance: &chance))
        let (rootKeys, keys) = (root.identity, office.identity)
        self.now = now
        self.asset = try found(asset)
        rootAuthority = try Authority.root(
            Self.holder(root, [.office], now, days: 3_650),
            chance: &chance,
            sign: { rootKeys.sign(bytes: $0) }
        )
        let der = try rootAuthority.certify(
            Self.holder(office, [.office], now, days: 1_000),
            chance: &chance,
            sign: { rootKeys.sign(bytes: $0) }
        )
        authority = try Checks.office(der, by: rootKeys.key)
        precondition(authority.certificate.key == keys.key, "the office is who was certified")
    }

    package static func holder(
        _ ring: KeyRing,
        _ roles: Set<Role>,
        _ now: Moment,
        days: UInt64
    ) throws -> Holder {
        Holder(
            key: ring.identity.key,
            sealingKey: ring.sealing.key,
            roles: roles,
            notBefore: now,
            notAfter: try found(now.advanced(by: days * Limits.secondsPerDay))
        )
    }

    /// A stick, signed by the office or by whoever says that it is one.
    package func stick(
        _ amount: Amount,
        to owner: Key,
        by issuer: Identity,
        _ chance: inout DemoChance,
        at moment: Moment? = nil
    ) throws -> Stick {
        let issued = moment ?? now
        let day = issued.day
        let object = Stick.object(
            office: issuer.key,
            owner: owner,
            request: Hash(try found(Bytes32(chance.bytes(32)))),
            asset: asset,
            units: amount,
            spendUntil: try found(day.advanced(by: 30)),
            settleUntil: try found(day.advanced(by: 60)),
            issued: issued
        )
        return try Stick(reading: .signed(object, by: issuer))
    }
}

/// The demo's own values are well made; one that is not ends it with an error of its own.
package struct DemoFault: Error {
    let what: String

    package init(what: String) { self.what = what }
}

package func found<Value>(_ value: Value?, _ what: String = "a value of the demo") throws -> Value {
    guard let value else { throw DemoFault(what: "\(what) is not there") }
    return value
}
