import JournalTrials
import StandIns
import Wallet
import Wire
import Words

import struct Money.Verified

/// What the keys, envelopes and certificates of a world are made of.
package enum Cryptography: String, Hashable, Sendable, CaseIterable {
    /// Cheap stand-ins of the same shapes: for all worlds but a few.
    case standIn = "stand-in"
    /// Ed25519, X25519, XChaCha20-Poly1305 and X.509, as they ship.
    case real
}

/// Makes all of that for one world, from its seed.
protocol Craft {
    var root: Key { get }
    var office: any Signing { get }
    /// The office's own certificate, by the root.
    var paper: [UInt8] { get }
    func check(_ job: Job, _ verified: inout Verified) -> Verdict
    /// The same look at a signature, for whoever judges from outside.
    var isSigned: @Sendable (Hash, Key, Signature) -> Bool { get }
    func tools(_ name: String) -> PeerTools
    /// A wallet's certificate, by the office.
    func certify(_ tools: PeerTools) -> [UInt8]
    /// The same for a key that the office has heard of, from a moment to another.
    func certify(_ key: Key, _ sealing: SealingKey, from: Moment, until: Moment) -> [UInt8]?
    /// The root's own certificate.
    var rootPaper: [UInt8] { get }
    var checking: any Checking { get }
    /// What the office has that nobody else knows, where it is a peer itself.
    var officeTools: PeerTools { get }
}

/// What one peer has of its own that nobody else knows.
struct PeerTools {
    let keys: any Keys
    /// What its certificate says envelopes are sealed to.
    let sealing: SealingKey
    let hiding: any Hiding
    /// A new one for each life: nothing on it outlives a restart.
    let desk: () -> any Desk

    var key: Key { keys.identity.key }
}

/// The lives of every certificate, and the moment at which every world begins.
enum Dates {
    static let dawn = moment(1_800_000_000)
    static let first = moment(1_700_000_000)
    static let last = moment(1_900_000_000)

    static func moment(_ seconds: UInt64) -> Moment {
        guard let moment = Moment(min(seconds, Limits.momentSeconds)) else {
            preconditionFailure("no second beyond the last")
        }
        return moment
    }
}

struct StandInCraft: Craft {
    let office: any Signing
    let root: Key
    let paper: [UInt8]
    let rootPaper: [UInt8]
    private let issuer = StandInSigner("office")
    private let seed: UInt64

    init(seed: UInt64) {
        let top = StandInSigner("root")
        (self.seed, office, root) = (seed, issuer, top.key)
        paper = Self.certify(issuer.key, SealingKey(issuer.key.bytes), by: top, as: .office)
        rootPaper = Self.certify(top.key, SealingKey(top.key.bytes), by: top, as: .office)
    }

    var checking: any Checking { StandInChecking() }

    var officeTools: PeerTools {
        let (key, sealing) = (issuer.key, SealingKey(issuer.key.bytes))
        let hiding = Veil(seed: seed ^ key.bytes.words.0)
        return PeerTools(keys: StandInKeys("office"), sealing: sealing, hiding: hiding) {
            StandInDesk(identity: key, sealing: [sealing])
        }
    }

    func check(_ job: Job, _ verified: inout Verified) -> Verdict {
        job.run(StandInChecking(), &verified)
    }

    var isSigned: @Sendable (Hash, Key, Signature) -> Bool {
        { StandInChecking().isSigned($0, by: $1, with: $2) }
    }

    func tools(_ name: String) -> PeerTools {
        let keys = StandInKeys(name)
        let (key, sealing) = (keys.identity.key, keys.sealing)
        let own = key.bytes.words.0
        return PeerTools(keys: keys, sealing: sealing, hiding: Veil(seed: seed ^ own)) {
            StandInDesk(identity: key, sealing: [sealing])
        }
    }

    func certify(_ tools: PeerTools) -> [UInt8] {
        Self.certify(tools.key, tools.sealing, by: issuer, as: .wallet)
    }

    func certify(_ key: Key, _ sealing: SealingKey, from: Moment, until: Moment) -> [UInt8]? {
        Self.certify(key, sealing, by: issuer, as: .wallet, from: from, until: until)
    }

    private static func certify(
        _ key: Key,
        _ sealing: SealingKey,
        by issuer: StandInSigner,
        as role: Role,
        from: Moment = Dates.first,
        until: Moment = Dates.last
    ) -> [UInt8] {
        let certificate = Certificate(
            key: key,
            sealingKey: sealing,
            issuer: issuer.key,
            serial: Salt(high: 7, low: key.bytes.words.0),
            roles: [role],
            device: .software,
            notBefore: from,
            notAfter: until
        )
        return StandInCertificate(certificate, by: issuer).wireBytes
    }
}
