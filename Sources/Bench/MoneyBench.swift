internal import Certificates
internal import Money
internal import Sealing
internal import Station
internal import Wire
internal import Words

/// Checking provenance, against the bare signature checks in it; reading and writing a
/// handover, against one of them.
package enum MoneyBench {
    package static func run() throws -> [Comparison] {
        var results: [Comparison] = []
        for hops in [1, 8, 32] {
            results.append(try provenance(hops))
        }
        results.append(try verifiedAgain(hops: 32))
        results.append(try handover())
        return results
    }

    /// Bytes read, chain walked, every signature checked; the certificates are known already.
    private static func provenance(_ hops: Int) throws -> Comparison {
        let chain = try BenchChain(hops: hops)
        let (bytes, known, raw) = (chain.bytes, try chain.knowingCertificates(), chain.raw)
        return Comparison(
            "provenance of \(hops) hop\(hops == 1 ? "" : "s")",
            target: 1.2,
            rounds: 61,
            count: 64 / (hops + 1),
            ours: {
                var verified = known
                return chain.isGood(bytes, &verified)
            },
            raw: { raw.run() }
        )
    }

    /// The same chain once more: what it costs, in signature checks of its links.
    private static func verifiedAgain(hops: Int) throws -> Comparison {
        let chain = try BenchChain(hops: hops)
        let (bytes, raw) = (chain.bytes, chain.raw)
        var verified = try chain.knowingCertificates()
        return Comparison(
            "provenance of \(hops) hops, verified before",
            target: 0.2,
            rounds: 61,
            count: 2,
            ours: { chain.isGood(bytes, &verified) },
            raw: { raw.run() }
        )
    }

    private static func handover() throws -> Comparison {
        let chain = try BenchChain(hops: 1)
        let handover = chain.handoverOfEight()
        let bytes = handover.wireBytes(reserving: 1_200)
        let again = try Handover(wireBytes: bytes).wireBytes(reserving: bytes.count)
        precondition(again == bytes, "the bench measures only what works")
        var raw = RawVerify()
        raw.add(handover.hash, by: handover.header.payer, with: handover.signature)
        return Comparison(
            "decode and encode a handover of 8 pieces",
            target: 0.04,
            rounds: 61,
            count: 40,
            ours: {
                guard let read = try? Handover(wireBytes: bytes) else { return false }
                // That the bytes are the same was seen above: to compare them here, one by one,
                // would take a fifth of the time and be neither decoding nor encoding.
                return read.wireBytes(reserving: bytes.count).count == bytes.count
            },
            raw: { raw.run() }
        )
    }
}

/// One stick that went through many hands, with real keys and certificates.
private struct BenchChain {
    private let root: Identity
    private let holder: Identity
    private let stick: Stick
    private let provenance: Provenance

    init(hops: Int) throws {
        var chance = SystemChance()
        let office = BenchOffice(&chance)
        root = office.root
        let people = (0...hops).map { _ in Identity(chance: &chance) }
        var archive = Archive()
        try office.certify([office.issuer] + people, in: &archive, &chance)
        stick = try office.stick(to: people[0].key)
        archive.add(stick)
        var parent: EntryReference?
        for hop in 0..<hops {
            let entry = Entry(stick: stick.id, units: Self.units(0, 1_000), parent: parent)
            let handover = Self.handover([entry], people[hop], people[hop + 1].key, &chance)
            archive.add(handover.link(0))
            parent = EntryReference(handover.hash, 0)
        }
        holder = people[hops]
        let piece = Holding(stick: stick.id, units: Self.units(0, 1_000), parent: parent)
        provenance = archive.provenance(of: [piece], heldBy: holder.key)
    }

    var bytes: [UInt8] { provenance.wireBytes(reserving: 64 * 1_024) }

    var raw: RawVerify {
        var raw = RawVerify()
        raw.add(stick.id, by: stick.office, with: stick.signed.signature)
        for link in provenance.links {
            raw.add(link.handover, by: link.header.payer, with: link.signature)
        }
        return raw
    }

    func knowingCertificates() throws -> Verified {
        var verified = Verified()
        _ = try Trust(root: root.key, provenance.certificates, &verified, Checks.real)
        return verified
    }

    func isGood(_ bytes: [UInt8], _ verified: inout Verified) -> Bool {
        guard let read = try? Provenance(wireBytes: bytes) else { return false }
        let verifier = Verifier(root: root.key)
        let lineages = try? read.lineages(of: holder.key, by: verifier, &verified, Checks.real)
        return lineages?.count == 1
    }

    /// Eight pieces of eight parents, as an old wallet hands them over.
    func handoverOfEight() -> Handover {
        var chance = SystemChance()
        let entries = (0..<8).map { index in
            let from = EntryReference(Hash(Bytes32(repeating: UInt8(index))), index)
            let lo = UInt64(index) * 1_000
            return Entry(stick: stick.id, units: Self.units(lo, lo + 725), parent: from)
        }
        return Self.handover(entries, holder, root.key, &chance)
    }

    private static func units(_ lo: UInt64, _ hi: UInt64) -> Units {
        guard let units = Units(lo, hi) else { preconditionFailure("\(lo) is below \(hi)") }
        return units
    }

    private static func handover(
        _ entries: [Entry],
        _ payer: Identity,
        _ payee: Key,
        _ chance: inout SystemChance
    ) -> Handover {
        func salt() -> Salt {
            let bytes = chance.bytes(32)
            return Salt(high: UInt64(bytes[0]), low: UInt64(bytes[1]))
        }
        let payment = PaymentID(epoch: .first, random: salt(), mac: salt())
        let some = Header.hash(of: payment)
        return Handover(
            by: payer,
            to: payee,
            at: Place(epoch: .first, counter: 1),
            entries: entries,
            privates: Privates(
                payment: payment,
                offer: some,
                window: some,
                total: .zero,
                previous: nil
            ),
            salts: (0..<PrivateLeaf.count).map { _ in salt() }
        )
    }
}

/// A root and the office under it.
private struct BenchOffice {
    let root: Identity
    let issuer: Identity

    init(_ chance: inout SystemChance) {
        (root, issuer) = (Identity(chance: &chance), Identity(chance: &chance))
    }

    /// Certifies the issuer first, then everybody else under it.
    func certify(
        _ keys: [Identity],
        in archive: inout Archive,
        _ chance: inout SystemChance
    ) throws {
        let top = try Authority.root(Self.holder(root.key, .office), chance: &chance) {
            root.sign(bytes: $0)
        }
        let der = try top.certify(Self.holder(issuer.key, .office), chance: &chance) {
            root.sign(bytes: $0)
        }
        let office = try Authority(der: der, issuedBy: root.key) {
            Ed25519().isSigned(bytes: $0, by: $1, with: $2)
        }
        archive.add(certificate: der, of: office.certificate)
        for identity in keys.dropFirst() {
            let leaf = try office.certify(Self.holder(identity.key, .wallet), chance: &chance) {
                issuer.sign(bytes: $0)
            }
            archive.add(
                certificate: leaf,
                of: try Checks.real.certificate(leaf, issuedBy: issuer.key)
            )
        }
    }

    func stick(to owner: Key) throws -> Stick {
        guard let asset = Asset(code: "EUR", scale: 2), let units = Amount(100_000),
            let day = Day(20_000), let last = Day(20_030), let now = Moment(1_700_000_000)
        else { preconditionFailure("the bench's own numbers are numbers") }
        let object = Stick.object(
            office: issuer.key,
            owner: owner,
            request: Hash(Bytes32(repeating: 1)),
            asset: asset,
            units: units,
            spendUntil: day,
            settleUntil: last,
            issued: now
        )
        return try Stick(reading: .signed(object, by: issuer))
    }

    private static func holder(_ key: Key, _ role: Role) -> Holder {
        guard let from = Moment(1_600_000_000), let to = Moment(1_900_000_000) else {
            preconditionFailure("the bench's own dates are dates")
        }
        return Holder(
            key: key,
            sealingKey: SealingKey(key.bytes),
            roles: [role],
            notBefore: from,
            notAfter: to
        )
    }
}
