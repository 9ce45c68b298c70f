import Certificates
import Foundation
import Sealing
import TestSupport
import Testing
import Words

/// docs/vectors/certificates.json.
struct CertificateVectors: Codable {
    struct Good: Codable {
        var name, issuer, issuerSerial, der: String
        var serial, key, sealingKey: String
        var roles: [UInt64]
        var device, notBefore, notAfter: UInt64
    }

    struct List: Codable {
        var name, issuer, issuerSerial, der: String
        var number, thisUpdate, nextUpdate: UInt64
        /// Serial and moment.
        var entries: [[String]]
    }

    struct Bad: Codable {
        var name, fault, issuer, der: String
    }

    var good: [Good]
    var lists: [List]
    var bad: [Bad]
}

/// Chance that counts, so that a certificate is the same every time.
private struct CountingChance: Chance {
    private var next: UInt8

    init(_ first: UInt8) { next = first }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            defer { next &+= 1 }
            return next
        }
    }
}

@Suite struct CertificateVectorTests {
    private var chance = CountingChance(0)
    private let rootKey, officeKey, holderKey: Identity
    private let sealing: SealingSecret
    private let from = moment(1_790_000_000)

    init() {
        rootKey = Identity(chance: &chance)
        officeKey = Identity(chance: &chance)
        holderKey = Identity(chance: &chance)
        sealing = SealingSecret(chance: &chance)
    }

    private func about(
        _ key: Key,
        _ roles: Set<Role>,
        _ device: DeviceClass = .software,
        until: UInt64 = 1_900_000_000
    ) -> Holder {
        Holder(
            key: key,
            sealingKey: sealing.key,
            roles: roles,
            device: device,
            notBefore: from,
            notAfter: moment(until)
        )
    }

    private func authorities() throws -> (root: Authority, office: Authority) {
        var chance = chance
        let root = try Authority.root(
            about(rootKey.key, [.office], until: 3_000_000_000),
            chance: &chance,
            sign: rootKey.sign(bytes:)
        )
        let der = try root.certify(
            about(officeKey.key, [.office, .bank]),
            chance: &chance,
            sign: rootKey.sign(bytes:)
        )
        return (root, try Authority(der: der, issuedBy: rootKey.key, checking: ed25519))
    }

    private func holder(_ roles: Set<Role>, _ device: DeviceClass) throws -> [UInt8] {
        var chance = CountingChance(77)
        return try authorities().office.certify(
            about(holderKey.key, roles, device),
            chance: &chance,
            sign: officeKey.sign(bytes:)
        )
    }

    private func good(
        _ name: String,
        _ der: [UInt8],
        by issuer: Certificate
    ) throws -> CertificateVectors.Good {
        let read = try Certificate(der: der, issuedBy: issuer.key, checking: ed25519)
        return .init(
            name: name,
            issuer: Hex.text(issuer.key.bytes.array),
            issuerSerial: hex(issuer.serial),
            der: Hex.text(der),
            serial: hex(read.serial),
            key: Hex.text(read.key.bytes.array),
            sealingKey: Hex.text(read.sealingKey.bytes.array),
            roles: read.roles.map(\.rawValue).sorted(),
            device: read.device.rawValue,
            notBefore: read.notBefore.seconds,
            notAfter: read.notAfter.seconds
        )
    }

    private func hex(_ serial: Bytes16) -> String {
        Hex.text(bigEndianBytes(serial.high) + bigEndianBytes(serial.low))
    }

    private func list(
        _ name: String,
        _ number: UInt64,
        _ entries: [RevocationList.Entry]
    ) throws -> CertificateVectors.List {
        let office = try authorities().office
        let list = try RevocationList(
            of: office,
            number: number,
            thisUpdate: from,
            nextUpdate: moment(2_600_000_000),
            entries: entries
        )
        return .init(
            name: name,
            issuer: Hex.text(officeKey.key.bytes.array),
            issuerSerial: hex(office.certificate.serial),
            der: Hex.text(try list.signed(officeKey.sign(bytes:))),
            number: number,
            thisUpdate: from.seconds,
            nextUpdate: 2_600_000_000,
            entries: list.entries.map { [hex($0.serial), String($0.revoked.seconds)] }
        )
    }

    /// The holder's certificate with other bytes in its signed part, and the office's
    /// signature over them: what an office could do that does not keep to the form.
    private func resigned(
        _ der: [UInt8],
        _ old: [UInt8],
        _ new: [UInt8],
        by signer: Identity? = nil
    ) throws -> [UInt8] {
        precondition(old.count == new.count, "lengths stand in the bytes around")
        var signed = Array(der[4..<der.count - 74])
        let at = try #require(
            signed.indices.last { signed[$0...].starts(with: old) },
            "\(Hex.text(old))"
        )
        signed.replaceSubrange(at..<at + old.count, with: new)
        let signature = (signer ?? officeKey).sign(bytes: signed)
        return der[..<4] + signed + der[(der.count - 74)..<(der.count - 64)] + signature.array
    }

    private typealias Entry = (String, String, [UInt8])

    private func bad() throws -> [CertificateVectors.Bad] {
        let (office, der) = (try authorities().office, try holder([.wallet], .software))
        let keyAt = try #require(der.firstRange(of: holderKey.key.bytes.array)).lowerBound
        let whole: [Entry] = [
            ("1025 bytes", "too-large", der + [UInt8](repeating: 0, count: 1_025 - der.count)),
            ("nothing", "malformed", []),
            ("a byte short", "malformed", Array(der.dropLast())),
            ("a byte more", "malformed", der + [0]),
            ("an outer length in three bytes", "malformed", [0x30, 0x83, 0] + der[2...]),
            ("the root's word", "wrong-issuer", office.der),
        ]
        let flipped: [Entry] = [
            (
                "a flipped bit of the signature", "bad-signature",
                der.dropLast() + [der[der.count - 1] ^ 1]
            ),
            (
                "a flipped bit of the key", "malformed",
                Array(der[..<keyAt]) + [der[keyAt] ^ 1]
                    + der[(keyAt + 1)...]
            ),
        ]
        let serial = Array(hex(office.certificate.serial).utf8)
        let list = whole + (try badExtensions(der)) + (try badFields(der, issuer: serial)) + flipped
        let issuer = Hex.text(officeKey.key.bytes.array)
        return list.map { .init(name: $0, fault: $1, issuer: issuer, der: Hex.text($2)) }
    }

    private static let arc: [UInt8] = [
        0x69, 0x82, 0xC2, 0xB9, 0xE8, 0x80, 0xD5, 0xDB, 0xAA, 0x80, 0xA1, 0x98, 0x97, 0x93,
        0xF9, 0xA4, 0xA8, 0x91, 0x85, 0x43,
    ]

    private func badExtensions(_ der: [UInt8]) throws -> [Entry] {
        let arc = Self.arc
        func value(_ last: UInt8, _ value: [UInt8]) -> [UInt8] {
            arc + [last, 0x04, UInt8(value.count)] + value
        }
        return [
            (
                "another key's algorithm", "not-ed25519",
                try resigned(
                    der,
                    [0x06, 0x03, 0x2B, 0x65, 0x70, 0x03],
                    [0x06, 0x03, 0x2B, 0x65, 0x71, 0x03]
                )
            ),
            ("no sealing key", "missing", try resigned(der, arc + [1], arc + [9])),
            ("no roles", "missing", try resigned(der, arc + [2], arc + [9])),
            ("no device class", "missing", try resigned(der, arc + [3], arc + [9])),
            (
                "a role nobody knows", "malformed",
                try resigned(der, value(2, [3, 2, 7, 0x80]), value(2, [3, 2, 3, 0x88]))
            ),
            (
                "no role at all", "malformed",
                try resigned(der, value(2, [3, 2, 7, 0x80]), value(2, [3, 2, 7, 0]))
            ),
            (
                "role bits that are not counted", "malformed",
                try resigned(der, value(2, [3, 2, 7, 0x80]), value(2, [3, 2, 6, 0x80]))
            ),
            (
                "a device class nobody knows", "malformed",
                try resigned(der, value(3, [2, 1, 0]), value(3, [2, 1, 3]))
            ),
            (
                "an office that is no authority", "malformed",
                try resigned(der, value(2, [3, 2, 7, 0x80]), value(2, [3, 2, 6, 0x40]))
            ),
        ]
    }

    private func badFields(_ der: [UInt8], issuer name: [UInt8]) throws -> [Entry] {
        let usage: [UInt8] = [0x55, 0x1D, 0x0F, 0x01, 0x01, 0xFF, 0x04, 0x04, 0x03, 0x02, 0x07]
        let arc = Self.arc
        return [
            (
                "another key usage", "malformed",
                try resigned(der, usage + [0x80], usage + [0x40])
            ),
            (
                "its issuer in capitals", "malformed",
                try resigned(
                    der,
                    name,
                    Array(String(decoding: name, as: UTF8.self).uppercased().utf8)
                )
            ),
            (
                "a serial that begins with other bits", "malformed",
                try resigned(der, [0x02, 0x10, 0x4D], [0x02, 0x10, 0x0D])
            ),
            (
                "it ends before it begins", "malformed",
                try resigned(der, Array("300317174640Z".utf8), Array("200317174640Z".utf8))
            ),
            (
                "a date that no calendar has", "malformed",
                try resigned(der, Array("300317174640Z".utf8), Array("300230174640Z".utf8))
            ),
            (
                "signed by its own key", "bad-signature",
                try resigned(der, arc + [3], arc + [3], by: holderKey)
            ),
        ]
    }

    @Test func `the certificate vectors are what the code makes`() throws {
        let (root, office) = try authorities()
        let vectors = CertificateVectors(
            good: [
                try good("a root, beyond 2049", root.der, by: root.certificate),
                try good("an office", office.der, by: root.certificate),
                try good("a wallet", holder([.wallet], .software), by: office.certificate),
                try good(
                    "a meter of hardware",
                    holder([.wallet, .meter], .hardware),
                    by: office.certificate
                ),
                try good("a bank, emulated", holder([.bank], .emulated), by: office.certificate),
            ],
            lists: [
                try list("an empty list", 1, []),
                try list(
                    "two entries",
                    128,
                    [
                        .init(serial: Bytes16(high: 5 << 60, low: 2), revoked: moment(5)),
                        .init(
                            serial: Bytes16(high: 4 << 60, low: .max),
                            revoked: moment(2_524_608_000)
                        ),
                    ]
                ),
            ],
            bad: try bad()
        )
        try VectorFiles.compare(vectors, "certificates.json")
    }

    @Test func `every bad certificate fails as its vector says`() throws {
        let stored: CertificateVectors = try VectorFiles.read("certificates.json")
        for bad in stored.bad {
            let issuer = try #require(Hex.bytes(bad.issuer).flatMap(Bytes32.init))
            let found = fault(try #require(Hex.bytes(bad.der)), Key(issuer))
            #expect(found.map(name) == bad.fault, "\(bad.name): \(found as Any)")
        }
    }

    private func name(_ fault: CertificateFault) -> String {
        switch fault {
        case .tooLarge: "too-large"
        case .malformed: "malformed"
        case .notEd25519: "not-ed25519"
        case .wrongIssuer: "wrong-issuer"
        case .badSignature: "bad-signature"
        case .missing: "missing"
        case .unusable: "unusable"
        }
    }
}
