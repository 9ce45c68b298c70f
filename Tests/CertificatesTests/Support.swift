import Certificates
import Foundation
import Sealing
import Testing
import Words

/// An office's house: a root, an office under it, and a holder under that.
struct House {
    let rootKey, officeKey, holderKey: Identity
    let sealing: SealingSecret
    let root, office: Authority
    let holder: [UInt8]

    init(from: Moment = moment(1_790_000_000), to: Moment = moment(1_900_000_000)) throws {
        var chance = SystemChance()
        (rootKey, officeKey) = (Identity(chance: &chance), Identity(chance: &chance))
        (holderKey, sealing) = (Identity(chance: &chance), SealingSecret(chance: &chance))
        let sealingKey = sealing.key
        func about(_ identity: Identity, _ roles: Set<Role>) -> Holder {
            Holder(
                key: identity.key,
                sealingKey: sealingKey,
                roles: roles,
                notBefore: from,
                notAfter: to
            )
        }
        root = try .root(about(rootKey, [.office]), chance: &chance, sign: rootKey.sign(bytes:))
        let der = try root.certify(
            about(officeKey, [.office]),
            chance: &chance,
            sign: rootKey.sign(bytes:)
        )
        office = try Authority(der: der, issuedBy: rootKey.key, checking: ed25519)
        holder = try office.certify(
            about(holderKey, [.wallet]),
            chance: &chance,
            sign: officeKey.sign(bytes:)
        )
    }

    func about(_ identity: Identity, _ roles: Set<Role>) -> Holder {
        Holder(
            key: identity.key,
            sealingKey: sealing.key,
            roles: roles,
            notBefore: moment(1_790_000_000),
            notAfter: moment(1_900_000_000)
        )
    }
}

let ed25519: BytesChecking = { Ed25519().isSigned(bytes: $0, by: $1, with: $2) }

func moment(_ seconds: UInt64) -> Moment {
    guard let moment = Moment(seconds) else { preconditionFailure("\(seconds) is no moment") }
    return moment
}

/// Why a certificate is refused, or nil when it is not.
func fault(_ der: [UInt8], _ issuer: Key) -> CertificateFault? {
    do {
        _ = try Certificate(der: der, issuedBy: issuer, checking: ed25519)
        return nil
    } catch {
        return error
    }
}

func fault(_ body: () throws(CertificateFault) -> Void) -> CertificateFault? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

/// A directory of its own, removed with the value.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tally-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ name: String, _ text: String) throws -> String {
        let file = url.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: url.appendingPathComponent(name)))
    }
}

/// Runs openssl; what it said and whether it was content.
func openssl(_ arguments: String...) throws -> (text: String, isContent: Bool) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: said, as: UTF8.self), process.terminationStatus == 0)
}
