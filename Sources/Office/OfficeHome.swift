package import Books
package import Certificates
package import Host
package import Journal
package import Sealing
internal import Station
package import Words

/// What lies in an office's home: the sealed keys, the certificates, the books, and, where the
/// root lives with it, the root's own keys.
///
/// Its keys have other names than a wallet's, so neither home is taken for the other; the root's
/// certificate has the same, because it is what `tally verify` trusts.
package struct OfficeHome: Hashable, Sendable {
    package let folder: String

    package init(_ folder: String) { self.folder = folder }

    /// The sealed keys of the office, which issue.
    package var keys: String { Home(folder).officeKeys }
    /// Those of a root; in a home of its own, or with its office.
    package var rootKeys: String { Home(folder).rootKeys }
    package var root: String { folder + "/root.crt" }
    package var certificate: String { folder + "/office.crt" }
    /// What asks a root elsewhere for a certificate, until it has answered.
    package var request: String { folder + "/office.request" }
    package var isMade: Bool { Files.exists(keys) }
    package var isRoot: Bool { Files.exists(rootKeys) }
    package var isCertified: Bool { Files.exists(certificate) }

    /// Whether this is the home of an office that a root has certified.
    package func isUsable() throws(OfficeFault) {
        guard isMade else { throw .notMade(folder) }
        try isNoSecond()
        guard isCertified else { throw .notCertified }
    }

    // MARK: Opening

    /// What is open of an office, by one process at a time.
    package struct Opened {
        package let ring: KeyRing
        package let books: Books
    }

    package func open(with lock: KeyFile.Lock) throws(OfficeFault) -> Opened {
        try isUsable()
        let ring = try unlock(keys, with: lock)
        let second = try second()
        if let second { try isStill(tiedTo: second) }
        let books = try opened(second, hiding: ring.data)
        // Once more, now that nobody else has either.
        if let second { try complete(second) }
        return Opened(ring: ring, books: books)
    }

    func opened(
        _ second: Tie?,
        hiding key: DataKey,
        filling copy: Copy? = nil
    ) throws(OfficeFault) -> Books {
        let folders = [folder] + [second?.folder].compactMap { $0 }
        do {
            return try Books.open(
                folders.map { Disk(folder: $0) },
                hiding: key,
                filling: copy
            )
        } catch {
            throw .books(error)
        }
    }

    package func unlock(
        _ path: String,
        with lock: KeyFile.Lock
    ) throws(OfficeFault) -> KeyRing {
        let bytes = try reading(path, cap: Limits.keyFileBytes)
        do {
            return try KeyFile.open(bytes, with: lock)
        } catch {
            throw .keys(error)
        }
    }

    /// What the root says of itself, and what it says of the office, where it has.
    package func certificates() throws(OfficeFault) -> (root: Certificate, office: Certificate?) {
        let root = try rootAuthority().certificate
        guard isCertified else { return (root, nil) }
        let der = try reading(certificate, cap: Limits.certificateBytes)
        return (
            root,
            try certified { () throws(CertificateFault) in
                try Certificate(der: der, issuedBy: root.key, checking: Self.isSigned)
            }
        )
    }

    func rootAuthority() throws(OfficeFault) -> Authority {
        let der = try reading(root, cap: Limits.certificateBytes)
        return try certified { () throws(CertificateFault) in
            let certificate = try Certificate(rootDER: der, checking: Self.isSigned)
            return try Authority(der: der, issuedBy: certificate.key, checking: Self.isSigned)
        }
    }

    package static let isSigned: BytesChecking = { bytes, key, signature in
        Ed25519().isSigned(bytes: bytes, by: key, with: signature)
    }

    // MARK: Files

    func reading(_ path: String, cap: Int) throws(OfficeFault) -> [UInt8] {
        do {
            return try Files.read(path, cap: cap)
        } catch {
            throw .reading(path, error)
        }
    }

    func writing(_ bytes: [UInt8], to path: String, isSecret: Bool = false) throws(OfficeFault) {
        do {
            try Files.write(bytes, to: path, isSecret: isSecret)
        } catch {
            throw .writing(path, error)
        }
    }

    func certified<Answer>(
        _ body: () throws(CertificateFault) -> Answer
    ) throws(OfficeFault) -> Answer {
        do { return try body() } catch { throw .certificate(error) }
    }
}

/// Why an office's home cannot be made, opened or certified.
package enum OfficeFault: Error, Hashable, Sendable {
    /// Something is there already: an office, or a root.
    case made(String)
    case notMade(String)
    case notCertified
    /// It is the second disk of the office in that home, and no home.
    case secondDisk(of: String)
    /// The second disk there says that the office has gone on without this home.
    case goneOn(without: String)
    /// What is there has keys of an office, and does not say whose second disk it is.
    case untied(String)
    /// The disk there was given up before; the one in use is not there.
    case wasGivenUp(String)
    /// The second disk there cannot be read, and may know what this home does not.
    case unreadSecond(String)
    /// It cannot be read, and its head knows of an entry that this home does not have.
    case knowsMore(String, last: UInt64, head: UInt64)
    /// Only that disk has this file, which it would be rid of.
    case onlyThere(String)
    /// A file of the home and the one like it on the second disk are not the same.
    case differing(String, String)
    /// There is something already where a home is to be.
    case occupied(String)
    /// An office could not go on from what is there.
    case noSecondDisk(String)
    /// What is to be a second disk is somebody's home.
    case someHome(String)
    /// It waits for no answer of a root.
    case certified
    case reading(String, HostFault)
    case writing(String, HostFault)
    case keys(KeyFileFault)
    case books(BooksError)
    case certificate(CertificateFault)
    /// Not what an office asks a root with.
    case notARequest
    /// Not what a root answers with.
    case notAnAnswer
    /// The answer is to another key.
    case otherOffice(Key)
    case noTime
    /// What the books say of the counter's matters follows from nothing.
    case matters
    case journal(JournalError)
    /// Units came back to this office, and the journal that knows which is gone.
    case journalMissing
    case counter(LogFault)
}
