import Certificates
import Disks
import Sealing
import Wallet
import Wire
import Words

import struct Money.Verified

/// The cryptography that ships, with keys from the world's seed instead of the system's chance.
struct RealCraft: Craft {
    private let checking: Checks
    let office: any Signing
    let root: Key
    let paper: [UInt8]
    private let issuer: Authority
    private let identity: Identity
    private let seed: UInt64

    init(seed: UInt64) {
        let signed: BytesChecking = { bytes, key, signature in
            Ed25519().isSigned(bytes: bytes, by: key, with: signature)
        }
        var dice = stream(seed, .keys)
        let top = Identity(chance: &dice)
        let own = Identity(chance: &dice)
        do {
            let authority = try Authority.root(
                Self.holder(top.key, SealingSecret(chance: &dice).key, as: .office),
                chance: &dice,
                sign: { top.sign(bytes: $0) }
            )
            paper = try authority.certify(
                Self.holder(own.key, SealingSecret(chance: &dice).key, as: .office),
                chance: &dice,
                sign: { top.sign(bytes: $0) }
            )
            issuer = try Authority(der: paper, issuedBy: top.key, checking: signed)
        } catch {
            preconditionFailure("an office of our own making can be certified: \(error)")
        }
        (self.seed, checking, office, root) = (seed, Checks(signed), own, top.key)
        identity = own
    }

    func check(_ job: Job, _ verified: inout Verified) -> Verdict {
        job.run(checking, &verified)
    }

    var isSigned: @Sendable (Hash, Key, Signature) -> Bool {
        { [checking] in checking.isSigned($0, by: $1, with: $2) }
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

    private static func holder(_ key: Key, _ sealing: SealingKey, as role: Role) -> Holder {
        Holder(
            key: key,
            sealingKey: sealing,
            roles: [role],
            notBefore: Dates.first,
            notAfter: Dates.last
        )
    }
}
