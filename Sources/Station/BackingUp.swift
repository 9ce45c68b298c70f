import Host
import Journal
package import Sealing
import Wallet
package import Words

// A home into a file, and out of it.

extension Home {
    /// Writes a backup of this home, whose journal is open and at rest, and reads it back.
    func backUp(
        to path: String,
        _ journal: Journal,
        of key: Key,
        _ data: DataKey,
        at now: Moment
    ) throws(BackupFault) -> Backup {
        // An older backup of this wallet gives way; nothing else does.
        guard !Files.exists(path) || Backup.isOne(path, of: key) else { throw .inTheWay(path) }
        var small: [[UInt8]] = []
        var contents: [Backup.Content] = []
        for name in Backup.small where Files.exists(folder + "/" + name) {
            do {
                small.append(try Files.read(folder + "/" + name, cap: Backup.partBytes))
            } catch {
                throw .reading(folder + "/" + name, error)
            }
            var content = Backup.Content(name)
            // A content of nothing has no part.
            if let bytes = small.last, !bytes.isEmpty { content.add(bytes) }
            contents.append(content)
        }
        // What follows is told first, so all of it is looked at twice.
        try imaged(journal) { name, _ in
            contents.append(Backup.Content(name))
            return true
        } part: { bytes in
            contents[contents.count - 1].add(bytes)
            return true
        }
        let backup = Backup(of: key, at: now, contents, data)
        try write(backup, small, journal, to: path)
        // What cannot be read back is no backup.
        guard try Backup.read(path, into: nil) == backup else { throw .damaged(path) }
        try? Files.write(Array("\(now.seconds)\n".utf8), to: backedUpFile)
        return backup
    }

    private func write(
        _ backup: Backup,
        _ small: [[UInt8]],
        _ journal: Journal,
        to path: String
    ) throws(BackupFault) {
        var fault: HostFault?
        do throws(HostFault) {
            let draft = try Draft(path)
            try draft.add(backup.head)
            for bytes in small { try draft.add(bytes) }
            do throws(BackupFault) {
                try imaged(journal) { _, _ in
                    true
                } part: { bytes in
                    do throws(HostFault) { try draft.add(bytes) } catch { fault = error }
                    return fault == nil
                }
            } catch {
                throw HostFault.system("the journal cannot be read")
            }
            if let fault { throw fault }
            try draft.finish()
        } catch {
            throw .writing(path, error)
        }
    }

    private func imaged(
        _ journal: Journal,
        begin: (String, Int) -> Bool,
        part: ([UInt8]) -> Bool
    ) throws(BackupFault) {
        do {
            try journal.image(begin: begin, part: part)
        } catch {
            throw .home(.journal(error))
        }
    }

    private var backedUpFile: String { folder + "/backup" }

    /// When the last backup was made, if one was.
    package var backedUp: Moment? {
        guard let text = try? Files.read(backedUpFile, cap: 32) else { return nil }
        return UInt64(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self))
            .flatMap(Moment.init)
    }

    /// Makes this home out of a backup: its wallet is inert, for it cannot know what a later
    /// state of itself has spent.
    package func restore(
        from path: String,
        with lock: KeyFile.Lock
    ) throws(BackupFault) -> Backup {
        guard !isMade else { throw .home(.made) }
        var chance = SystemChance()
        let draft = Home(folder + "." + Hex.text(chance.bytes(8)))
        do {
            try Files.makePrivateDirectory(draft.folder)
        } catch {
            throw .writing(draft.folder, error)
        }
        do throws(BackupFault) {
            let backup = try Backup.read(path, into: draft.folder)
            let ring = try Self.homely { () throws(HomeFault) in try draft.unlock(with: lock) }
            guard backup.isWritten(under: ring.data), ring.identity.key == backup.key else {
                throw .notSealed
            }
            try Self.homely { () throws(HomeFault) in try draft.end(ring, backup) }
            try Self.homely { () throws(HomeFault) in try take(draft) }
            return backup
        } catch {
            draft.discard()
            throw error
        }
    }

    private static func homely<Answer>(
        _ body: () throws(HomeFault) -> Answer
    ) throws(BackupFault) -> Answer {
        do { return try body() } catch { throw .home(error) }
    }

    /// The first that a restored journal says: this life is over.
    private func end(_ ring: KeyRing, _ backup: Backup) throws(HomeFault) {
        let time = Time(ticks: Ticks(milliseconds: 0), moment: backup.moment)
        guard let text = Text("it was restored from a backup") else {
            preconditionFailure("a reason is plain text")
        }
        do throws(JournalError) {
            let (log, recovered) = try JournalLog.open(
                Disk(folder: folder),
                hiding: ring.data,
                chance: SystemChance()
            )
            guard recovered.finding == nil else { throw .damaged(.rows(live: true)) }
            var wallet = try Self.wallet(recovered, at: time)
            try log.journal.write([wallet.begunAnew(text)])
            try log.journal.close()
        } catch {
            throw .journal(error)
        }
    }
}

extension Backup {
    /// The sealed keys that a backup begins with: to know what opens them.
    package static func keys(in path: String) throws(BackupFault) -> [UInt8] {
        func reading<Answer>(
            _ body: () throws(HostFault) -> Answer
        ) throws(BackupFault) -> Answer {
            do { return try body() } catch { throw .reading(path, error) }
        }
        let source = try reading { () throws(HostFault) in try Source(path) }
        let head = try reading { () throws(HostFault) in try source.read(headBytes) }
        guard let first = try Backup(head: head).contents.first, first.name == "keys",
            first.size <= UInt64(Limits.keyFileBytes)
        else { throw .notABackup }
        return try reading { () throws(HostFault) in try source.read(Int(first.size)) }
    }

    /// Whether a file begins as a backup of that wallet does.
    static func isOne(_ path: String, of key: Key) -> Bool {
        guard let source = try? Source(path), let head = try? source.read(headBytes) else {
            return false
        }
        return (try? Backup(head: head))?.key == key
    }

    /// Reads all of a backup, and puts its files into a folder if one is named.
    ///
    /// What it says is believed only after ``isWritten(under:)``.
    static func read(_ path: String, into folder: String?) throws(BackupFault) -> Backup {
        let source: Source
        let head: [UInt8]
        do {
            source = try Source(path)
            head = try source.read(headBytes)
        } catch {
            throw .reading(path, error)
        }
        let backup = try Backup(head: head)
        for content in backup.contents {
            let found: Content
            do throws(HostFault) {
                let draft = try folder.map { folder throws(HostFault) in
                    try Draft(folder + "/" + content.name)
                }
                found = try parts(of: content, source) { part throws(HostFault) in
                    try draft?.add(part)
                }
                try draft?.finish()
            } catch {
                throw .reading(folder ?? path, error)
            }
            guard found == content else { throw .damaged(content.name) }
        }
        // What comes after it was not written with it.
        guard let rest = try? source.read(1), rest.isEmpty else { throw .damaged("its end") }
        return backup
    }

    private static func parts(
        of content: Content,
        _ source: Source,
        _ take: ([UInt8]) throws(HostFault) -> Void
    ) throws(HostFault) -> Content {
        var found = Content(content.name)
        while found.size < content.size {
            let left = min(UInt64(partBytes), content.size - found.size)
            let part = try source.read(Int(left))
            guard !part.isEmpty else { break }
            found.add(part)
            try take(part)
        }
        return found
    }
}
