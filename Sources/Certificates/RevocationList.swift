package import Words

/// An authority's list of certificates that count no more (X.509 CRL), for other programs.
///
/// Wallets believe revocation statements (docs/PROTOCOL section 6), which say from which
/// handover on; a list can only say that a certificate ended.
package struct RevocationList: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let serial: Bytes16
        package let revoked: Moment

        package init(serial: Bytes16, revoked: Moment) {
            (self.serial, self.revoked) = (serial, revoked)
        }
    }

    package let issuer: Key
    package let issuerSerial: Bytes16
    /// Lists of one issuer are numbered upwards.
    package let number: UInt64
    package let thisUpdate: Moment
    package let nextUpdate: Moment
    /// In the order of their serials, each once.
    package let entries: [Entry]

    /// The list as `authority` signs it.
    ///
    /// A certificate revoked twice keeps its first date.
    package init(
        of authority: Authority,
        number: UInt64,
        thisUpdate: Moment,
        nextUpdate: Moment,
        entries: [Entry]
    ) throws(CertificateFault) {
        guard thisUpdate <= nextUpdate else { throw .unusable("it ends before it begins") }
        var first: [Bytes16: Moment] = [:]
        for entry in entries {
            first[entry.serial] = min(entry.revoked, first[entry.serial] ?? entry.revoked)
        }
        issuer = authority.certificate.key
        issuerSerial = authority.certificate.serial
        (self.number, self.thisUpdate, self.nextUpdate) = (number, thisUpdate, nextUpdate)
        self.entries = first.map { Entry(serial: $0, revoked: $1) }
            .sorted { isBefore($0.serial, $1.serial) }
    }

    package func signed(_ sign: BytesSigning) throws(CertificateFault) -> [UInt8] {
        let signed = toBeSigned
        let der = Form.signed(signed, sign(signed))
        guard der.count <= Limits.revocationListBytes else { throw .tooLarge(bytes: der.count) }
        return der
    }

    private var toBeSigned: [UInt8] {
        let list = entries.map {
            DER.sequence(DER.item(0x02, bytes($0.serial)), DER.time($0.revoked))
        }
        let extensions = DER.sequence(
            authorityKeyID(issuer),
            plain(ObjectID.listNumber, DER.integer(number))
        )
        return DER.sequence(
            DER.integer(1),
            ObjectID.ed25519Algorithm,
            name(issuerSerial),
            DER.time(thisUpdate),
            DER.time(nextUpdate),
            list.isEmpty ? [] : DER.sequence(list),
            DER.item(0xA0, extensions)
        )
    }
}

extension RevocationList {
    /// The list that `der` is, once it is known to be the word of `issuer`.
    package init(
        der: [UInt8],
        issuedBy issuer: Key,
        checking isSigned: BytesChecking
    ) throws(CertificateFault) {
        guard der.count <= Limits.revocationListBytes else { throw .tooLarge(bytes: der.count) }
        let parsed = try ParsedList(der)
        guard parsed.usesEd25519 else { throw .notEd25519 }
        guard let id = parsed.value(of: ObjectID.authorityKeyID),
            Array(id.dropFirst(4)) == keyID(issuer)
        else { throw .wrongIssuer }
        try self.init(parsed, issuer: issuer)
        guard let signature = Signature(parsed.signature) else {
            throw .malformed("an Ed25519 signature has 64 bytes")
        }
        let signed = toBeSigned
        guard Form.signed(signed, signature) == der else {
            throw .malformed("not in the one form a list of Tally has")
        }
        guard isSigned(signed, issuer, signature) else { throw .badSignature }
    }

    private init(_ parsed: borrowing ParsedList, issuer: Key) throws(CertificateFault) {
        guard let name = parsed.issuerName, let issuerSerial = serial(name) else {
            throw .malformed("its issuer's name")
        }
        guard let from = Civil.moment(parsed.thisUpdate),
            let to = Civil.moment(parsed.nextUpdate), from <= to
        else { throw .malformed("its dates") }
        guard let number = parsed.value(of: ObjectID.listNumber), (3...11).contains(number.count)
        else { throw .missing("list number") }
        var entries: [Entry] = []
        for entry in parsed.entries {
            guard let serial = serial(entry.serial), let date = Civil.moment(entry.date),
                entries.last.map({ isBefore($0.serial, serial) }) ?? true
            else { throw .malformed("entry \(entries.count)") }
            entries.append(Entry(serial: serial, revoked: date))
        }
        self.issuer = issuer
        self.issuerSerial = issuerSerial
        self.number = number[2...].reduce(0) { $0 << 8 | UInt64($1) }
        (thisUpdate, nextUpdate, self.entries) = (from, to, entries)
    }
}

private func isBefore(_ a: Bytes16, _ b: Bytes16) -> Bool {
    (a.high, a.low) < (b.high, b.low)
}
