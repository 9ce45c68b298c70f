internal import Certificates
internal import Host
package import Sealing
internal import Wire
package import Words

/// What an office asks a root elsewhere with, by a file: docs/PROTOCOL section 12.
package struct RootRequest: Hashable, Sendable {
    package let name: Text
    package let asset: Asset
    package let key: Key
    package let sealingKey: SealingKey
    package let asked: Moment
    private let signature: Signature

    private static let title = "tally office"
    private static let domain = Digest.Domain("tally1 office")

    init(_ plan: OfficeHome.Plan, _ ring: KeyRing, at now: Moment) {
        (name, asset, asked) = (plan.name, plan.asset, now)
        (key, sealingKey) = (ring.identity.key, ring.sealing.key)
        signature = ring.identity.sign(
            Self.hash(name, asset, key, sealingKey, asked)
        )
    }

    /// Whoever made it had the key that it asks for; the name is his own word.
    package init(_ bytes: [UInt8]) throws(OfficeFault) {
        var reader = Reader(bytes)
        do {
            try reader.array(8)
            guard try reader.text(atMost: 16) == Self.title else { throw OfficeFault.notARequest }
            try reader.version(1)
            name = try reader.shown(atMost: Limits.nameBytes)
            asset = try reader.value()
            key = try reader.value()
            sealingKey = try reader.value()
            asked = try reader.value()
            signature = try reader.value()
            try reader.finish()
        } catch {
            throw .notARequest
        }
        let hash = Self.hash(name, asset, key, sealingKey, asked)
        guard name.byteCount > 0, Ed25519().isSigned(hash, by: key, with: signature) else {
            throw .notARequest
        }
    }

    package var bytes: [UInt8] {
        var writer = Writer()
        writer.array(8)
        Self.write(name, asset, key, sealingKey, asked, to: &writer)
        writer.value(signature)
        return writer.bytes
    }

    private static func hash(
        _ name: Text,
        _ asset: Asset,
        _ key: Key,
        _ sealingKey: SealingKey,
        _ asked: Moment
    ) -> Hash {
        var writer = Writer()
        writer.array(7)
        write(name, asset, key, sealingKey, asked, to: &writer)
        return Digest.hash(domain, writer.bytes)
    }

    private static func write(
        _ name: Text,
        _ asset: Asset,
        _ key: Key,
        _ sealingKey: SealingKey,
        _ asked: Moment,
        to writer: inout Writer
    ) {
        writer.text(title)
        writer.number(1)
        writer.text(name)
        writer.value(asset)
        writer.value(key)
        writer.value(sealingKey)
        writer.value(asked)
    }
}

extension OfficeHome {
    /// Signs what an office asks, with the root of this home: two certificates as PEM, the root's
    /// own first.
    package func answer(
        _ request: RootRequest,
        at now: Moment,
        with lock: KeyFile.Lock
    ) throws(OfficeFault) -> [UInt8] {
        guard isRoot else { throw .notMade(folder) }
        let keys = try unlock(rootKeys, with: lock).identity
        let authority = try rootAuthority()
        let der = try authority.office(request.key, request.sealingKey, keys, now)
        let text = PEM.text(authority.der, .certificate) + PEM.text(der, .certificate)
        return Array(text.utf8)
    }

    /// What a root answered, once it is known to be about this office's key.
    package struct Answer: Sendable {
        package let root: Key
        package let office: Certificate
        fileprivate let ders: [[UInt8]]
    }

    package func reads(_ answer: [UInt8], key: Key) throws(OfficeFault) -> Answer {
        guard isMade else { throw .notMade(folder) }
        guard !isCertified else { throw .certified }
        let text = String(validating: answer, as: UTF8.self)
        guard let text, let ders = PEM.blocks(text, .certificate), ders.count == 2 else {
            throw .notAnAnswer
        }
        let (root, office) = try certified { () throws(CertificateFault) in
            let root = try Certificate(rootDER: ders[0], checking: Self.isSigned)
            let office = try Certificate(
                der: ders[1],
                issuedBy: root.key,
                checking: Self.isSigned
            )
            return (root, office)
        }
        guard office.key == key, office.roles.contains(.office) else {
            throw .otherOffice(office.key)
        }
        return Answer(root: root.key, office: office, ders: ders)
    }

    /// Takes an answer: from now on this office has its root.
    package func take(_ answer: Answer) throws(OfficeFault) {
        try writing(answer.ders[0], to: root)
        // The office counts as certified when this is there, and it comes last.
        try writing(answer.ders[1], to: certificate)
        do {
            try Files.remove(request)
        } catch {
            throw .writing(request, error)
        }
    }
}

extension Authority {
    /// The certificate of an office.
    func office(
        _ key: Key,
        _ sealingKey: SealingKey,
        _ keys: Identity,
        _ now: Moment
    ) throws(OfficeFault) -> [UInt8] {
        let holder = Holder(
            key: key,
            sealingKey: sealingKey,
            roles: [.office],
            notBefore: now,
            notAfter: try OfficeHome.end(now, OfficeHome.officeDays)
        )
        var chance = SystemChance()
        do {
            return try certify(holder, chance: &chance, sign: { keys.sign(bytes: $0) })
        } catch {
            throw .certificate(error)
        }
    }
}
