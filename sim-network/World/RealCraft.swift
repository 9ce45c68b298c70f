import Certificates
import Disks
import Sealing
import Wallet
import Wire
import Words

import struct Money.Verified

/// The cryptography that ships, with keys from the world's seed instead of the system's chance.
struct RealCraft: Craft {
    let checks: Checks
    let office: any Signing
    let root: Key
    let paper: [UInt8]
    let rootPaper: [UInt8]
    private let issuer: Authority
    private let identity: Identity
    private let sealing: SealingSecret
    private let seed: UInt64

    init(seed: UInt64) {
        let signed: BytesChecking = { bytes, key, signature in
            Ed25519().isSigned(bytes: bytes, by: key, with: signature)
        }
        var dice = stream(seed, .keys)
        let top = Identity(chance: &dice)
        let own = Identity(chance: &dice)
        let secret: SealingSecret
        do {
            let authority = try Authority.root(
                Self.holder(top.key, SealingSecret(chance: &dice).key, as: .office),
                chance: &dice,
                sign: { top.sign(bytes: $0) }
            )
            secret = SealingSecret(chance: &dice)
            rootPaper = authority.der
            paper = try authority.certify(
                Self.holder(own.key, secret.key, as: .office),
                chance: &dice,
                sign: { top.sign(bytes: $0) }
            )
            issuer = try Authority(der: paper, issuedBy: top.key, checking: signed)
        } catch {
            preconditionFailure("an office of our own making can be certified: \(error)")
        }
        (self.seed, checks, office, root) = (seed, Checks(signed), own, top.key)
        (identity, sealing) = (own, secret)
    }

    var checking: any Checking { checks }

    var officeTools: PeerTools {
        var dice = stream(seed, .keys, 3)
        let ring = KeyRing(chance: &dice)
        let (own, secret) = (identity, sealing)
        return PeerTools(
            keys: OfficeKeys(own, ring.keys),
            sealing: secret.key,
            hiding: ring.data,
            desk: { EnvelopeDesk(identity: own.key, sealing: [secret]) }
        )
    }

    func check(_ job: Job, _ verified: inout Verified) -> Verdict {
        job.run(checks, &verified)
    }

    var isSigned: @Sendable (Hash, Key, Signature) -> Bool {
        { [checks] in checks.isSigned($0, by: $1, with: $2) }
    }

    func tools(_ name: String) -> PeerTools {
        var dice = stream(seed ^ quickHash(Array(name.utf8), seed: 0), .keys, 1)
        let ring = KeyRing(chance: &dice)
        return PeerTools(
            keys: ring.keys,
            sealing: ring.sealing.key,
            hiding: ring.data,
            desk: { EnvelopeDesk(identity: ring.identity.key, sealing: [ring.sealing]) }
        )
    }

    func certify(_ tools: PeerTools) -> [UInt8] {
        var dice = stream(seed ^ tools.key.bytes.words.0, .keys, 2)
        let holder = Self.holder(tools.key, tools.sealing, as: .wallet)
        do {
            return try issuer.certify(holder, chance: &dice, sign: { identity.sign(bytes: $0) })
        } catch {
            preconditionFailure("a wallet of our own making can be certified: \(error)")
        }
    }

    func certify(_ key: Key, _ sealing: SealingKey, from: Moment, until: Moment) -> [UInt8]? {
        var dice = stream(seed ^ key.bytes.words.0, .keys, 2)
        let holder = Self.holder(key, sealing, as: .wallet, from: from, until: until)
        return try? issuer.certify(holder, chance: &dice, sign: { identity.sign(bytes: $0) })
    }

    private static func holder(
        _ key: Key,
        _ sealing: SealingKey,
        as role: Role,
        from: Moment = Dates.first,
        until: Moment = Dates.last
    ) -> Holder {
        Holder(
            key: key,
            sealingKey: sealing,
            roles: [role],
            notBefore: from,
            notAfter: until
        )
    }
}

/// The office's identity is made with its certificate; the rest of its keys is a ring's.
private final class OfficeKeys: Keys {
    let identity: any Signing
    private let others: any Keys

    init(_ identity: any Signing, _ others: any Keys) {
        (self.identity, self.others) = (identity, others)
    }

    func payment(in epoch: Epoch, chance: inout any Chance) -> PaymentID {
        others.payment(in: epoch, chance: &chance)
    }

    func isOwn(_ payment: PaymentID) -> Bool { others.isOwn(payment) }
    func oneTime(chance: inout any Chance) -> any Signing { others.oneTime(chance: &chance) }
}
