import Sealing
import StandIns
import Words

/// Whoever signs: cheaply, or, where another program is to check it, with a real key.
struct Hand: Signing {
    let key: Key
    private let identity: Identity?
    private let standIn: StandInSigner

    /// The same name, the same key.
    init(_ name: String, isReal: Bool = false) {
        standIn = StandInSigner(name)
        var chance = SeededChance(seed: standIn.key.bytes.words.0)
        identity = isReal ? Identity(chance: &chance) : nil
        key = identity?.key ?? standIn.key
    }

    func sign(_ hash: Hash) -> Signature { identity?.sign(hash) ?? standIn.sign(hash) }
}

/// Checks what hands sign.
struct Eye: Checking {
    let isReal: Bool

    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        isReal
            ? Ed25519().isSigned(bytes: signedBytes(hash), by: key, with: signature)
            : StandInChecking().isSigned(hash, by: key, with: signature)
    }

    func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        try StandInChecking().certificate(der, issuedBy: issuer)
    }
}
