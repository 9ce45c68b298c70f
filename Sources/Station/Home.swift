package import Host
package import Journal
package import Links
package import Sealing
package import Wallet
import Words

/// What lies in a home: the sealed keys, the root that is trusted, the journal, and while a node
/// runs, the socket on which it is asked.
package struct Home: Hashable, Sendable {
    package let folder: String

    package init(_ folder: String) { self.folder = folder }

    package var keys: String { folder + "/keys" }
    package var root: String { folder + "/root.crt" }
    /// What knows the person's PIN, where there is one.
    package var pin: String { folder + "/pin" }
    /// What knows the code that sets another PIN, of an eKey.
    package var unblock: String { folder + "/unblock" }
    /// Of a wallet in a device of its own: its readers, and what befell it.
    package var eKey: String { folder + "/ekey" }
    /// Whether the wallet here is one that only a reader gets to.
    package var isEKey: Bool { Files.exists(eKey) }
    /// What is secret by itself, the keys last.
    package var secrets: [String] { [pin, unblock, keys] }
    /// All that is ever put here, the keys last.
    package var everything: [String] {
        [
            "ekey.sock", Self.socket, "port", "office", "root.crt", "shared", "meter", "ekey",
            "journal.db-wal", "journal.db-shm", "journal.db", "journal.head", "journal.lock", "pin",
            "unblock", "keys",
        ].map { folder + "/" + $0 }
    }
    /// Of the reader before such a wallet: where that is, and who.
    package var fam: String { folder + "/fam" }
    package var isFam: Bool { Files.exists(fam) }
    /// What buyers let this seller know, where one did.
    package var shared: String { folder + "/shared" }
    /// What a meter's hardware keeps by itself, where a file stands in for it.
    var meter: String { folder + "/meter" }
    package static let socket = "node.sock"

    /// The port that its node had last.
    var port: UInt16? {
        guard let text = try? Files.read(portFile, cap: 16) else { return nil }
        return UInt16(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// Without it the next one is another, no more.
    func keep(port: UInt16) { try? Files.write(Array("\(port)\n".utf8), to: portFile) }

    private var portFile: String { folder + "/port" }

    /// Where its office was when it was asked last, as it was typed.
    package var office: String? {
        guard let text = try? Files.read(officeFile, cap: 256) else { return nil }
        let line = text.prefix { $0 != 0x0A }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    package func keep(office typed: String) {
        // Without it the next errand has to be told where.
        try? keep(typed)
    }

    private func keep(_ office: String) throws(HostFault) {
        try Files.write(Array("\(office)\n".utf8), to: officeFile)
    }

    private var officeFile: String { folder + "/office" }

    /// Whether somebody has made one here.
    package var isMade: Bool { Files.exists(keys) }

    /// The keys of an office and of a root have other names, so that neither is taken for a
    /// wallet's.
    package var officeKeys: String { folder + "/office.keys" }
    package var rootKeys: String { folder + "/root.keys" }

    /// Whether an office or a root lives here.
    package var isOffices: Bool { Files.exists(officeKeys) || Files.exists(rootKeys) }

    /// Makes a home with its keys, its root and the first step of its wallet, under a name that
    /// nobody else has: it becomes this home's when all is there (``take(_:)``).
    ///
    /// One that is not enrolled yet trusts no root.
    package func draft(
        _ ring: KeyRing,
        sealed: [UInt8],
        root certificate: [UInt8]?,
        owner: Wallet.Owner,
        office: String? = nil
    ) throws(HomeFault) -> Home {
        guard !isMade else { throw .made }
        var chance = SystemChance()
        let draft = Home(folder + "." + Hex.text(chance.bytes(8)))
        try Self.files { () throws(HostFault) in
            try Files.makePrivateDirectory(draft.folder)
        }
        // From here on what is removed was made here.
        do {
            try Self.files { () throws(HostFault) in
                if let certificate { try Files.write(certificate, to: draft.root) }
                if let office { try draft.keep(office) }
                try Files.write(sealed, to: draft.keys, isSecret: true)
            }
            try draft.found(ring, owner)
        } catch {
            draft.discard()
            throw error
        }
        return draft
    }

    /// Gives a draft this home's name, at once; of two who try only one can.
    package func take(_ draft: Home) throws(HomeFault) {
        do {
            try Files.rename(draft.folder, to: folder)
        } catch {
            draft.discard()
            throw isMade ? .made : .files(error)
        }
    }

    /// Removes a draft, which this process has made.
    package func discard() { Files.removeDirectory(folder) }

    private static func files<Answer>(
        _ body: () throws(HostFault) -> Answer
    ) throws(HomeFault) -> Answer {
        do { return try body() } catch { throw .files(error) }
    }

    private func found(_ ring: KeyRing, _ owner: Wallet.Owner) throws(HomeFault) {
        do throws(JournalError) {
            let (log, _) = try JournalLog.open(
                Disk(folder: folder),
                hiding: ring.data,
                chance: SystemChance()
            )
            try log.journal.write([Wallet.founded(owner).1])
            try log.journal.close()
        } catch {
            throw .journal(error)
        }
    }

    func open(
        with lock: KeyFile.Lock,
        at time: Time,
        _ seams: Seams
    ) throws(HomeFault) -> Residence {
        let ring = try unlock(with: lock)
        do throws(JournalError) {
            let (log, recovered) = try JournalLog.open(
                Disk(folder: folder),
                hiding: seams.hiding(ring.data),
                chance: PooledChance()
            )
            var wallet = try Self.wallet(recovered, at: time)
            if let finding = recovered.finding, let reason = Text(finding.short) {
                try log.journal.begin(anew: [wallet.begunAnew(reason)])
            }
            return Residence(home: self, ring: ring, log: log, wallet: wallet)
        } catch {
            throw .journal(error)
        }
    }

    /// A line to the node that runs in this home.
    package func call() throws(LineFault) -> Line {
        try Door.call(folder: folder, name: Self.socket)
    }

    /// The keys, out of their file.
    package func unlock(with lock: KeyFile.Lock) throws(HomeFault) -> KeyRing {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(keys, cap: Limits.keyFileBytes)
        } catch {
            throw isMade ? .files(error) : .notMade
        }
        do {
            return try KeyFile.open(bytes, with: lock)
        } catch {
            throw .keys(error)
        }
    }

    static func wallet(
        _ recovered: Recovered,
        at time: Time
    ) throws(JournalError) -> Wallet {
        do {
            if let wallet = try Wallet(recovering: recovered, at: time) { return wallet }
        } catch {
            throw .damaged(.row(error.table))
        }
        throw .damaged(.rows(live: true))
    }
}

extension Staleness {
    /// In a few words, as a wallet keeps it.
    fileprivate var short: String {
        switch self {
        case .cut: "the end of its journal was lost"
        case .older: "an older copy of its journal was put back"
        case .forked: "its journal was used after a newer one had been"
        case .headMissing: "the head of its journal is gone"
        case .headDamaged: "the head of its journal is damaged"
        }
    }
}

/// Why a home cannot be made or opened.
package enum HomeFault: Error, Hashable, Sendable {
    case made
    case notMade
    case files(HostFault)
    case keys(KeyFileFault)
    case journal(JournalError)
}
