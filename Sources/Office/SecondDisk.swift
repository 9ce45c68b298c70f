internal import Books
internal import Host
package import Sealing
internal import Station
package import Words

// What a second disk has besides its copy of the books: all that an office needs to go on when
// the disk with its home is gone. A home and its second disk are tied by a number that both have,
// and who goes on from the disk draws another: so the home of before, should it come back, is none.

/// Which second disk belongs to a home, and by which number; homes from before there were ties
/// have none yet.
struct Tie: Hashable, Sendable {
    let folder: String
    let number: String?

    init(_ folder: String, _ number: String?) { (self.folder, self.number) = (folder, number) }

    init(_ file: [UInt8]) {
        let lines = file.split(separator: 0x0A, omittingEmptySubsequences: false)
        folder = String(decoding: lines[0], as: UTF8.self)
        let number = lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : ""
        self.number = number.isEmpty ? nil : number
    }

    var bytes: [UInt8] {
        Array([folder, number].compactMap { $0.map { $0 + "\n" } }.joined().utf8)
    }

    static func draw() -> String {
        var chance = SystemChance()
        return Hex.text(chance.bytes(16))
    }
}

extension OfficeHome {
    /// In a home: where its second disk is, and their tie.
    private var secondFile: String { folder + "/second-disk" }
    /// On a second disk: which home it belongs to, and their tie.
    private var firstFile: String { folder + "/first-disk" }

    /// The folder on the second disk, where there is one.
    package func secondFolder() throws(OfficeFault) -> String? { try second()?.folder }

    func second() throws(OfficeFault) -> Tie? { try tie(secondFile) }

    /// Whose second disk this is, where it is one.
    private func first() throws(OfficeFault) -> Tie? { try tie(firstFile) }

    private func tie(_ path: String) throws(OfficeFault) -> Tie? {
        guard Files.exists(path) else { return nil }
        return Tie(try reading(path, cap: 8_192))
    }

    func write(_ second: Tie) throws(OfficeFault) {
        try writing(second.bytes, to: secondFile)
    }

    /// Whether this is a home, and not what a home keeps on its second disk.
    func isNoSecond() throws(OfficeFault) {
        if let first = try first() { throw .secondDisk(of: first.folder) }
    }

    /// Whether the office has not gone on from its second disk without this home.
    func isStill(tiedTo second: Tie) throws(OfficeFault) {
        guard let first = try OfficeHome(second.folder).first() else { return }
        guard first.number == second.number else { throw .goneOn(from: second.folder) }
    }

    /// Sees that the second disk has all that this home has, but for the journal, on which nothing
    /// hangs that was told.
    ///
    /// Only while its books are open, so that nobody else goes on from it just now.
    func complete(_ second: Tie, as home: String? = nil) throws(OfficeFault) {
        try isStill(tiedTo: second)
        var second = second
        if second.number == nil {
            second = Tie(second.folder, Tie.draw())
            try write(second)
        }
        let disk = OfficeHome(second.folder)
        try disk.keep(Tie(Files.whole(home ?? folder), second.number).bytes, at: disk.firstFile)
        // The keys come last: a folder without them is taken for no office's.
        for (path, copy, isSecret) in [
            (root, disk.root, false), (certificate, disk.certificate, false),
            (rootKeys, disk.rootKeys, true), (keys, disk.keys, true),
        ] where Files.exists(path) {
            let bytes = try reading(path, cap: Limits.keyFileBytes + Limits.certificateBytes)
            try disk.keep(bytes, at: copy, isSecret: isSecret)
        }
    }

    private func keep(
        _ bytes: [UInt8],
        at path: String,
        isSecret: Bool = false
    ) throws(OfficeFault) {
        if let known = try? Files.read(path, cap: bytes.count), known == bytes { return }
        try writing(bytes, to: path, isSecret: isSecret)
    }

    /// Whether somebody has a home in this folder, or keeps one's keys there.
    var isAnybodys: Bool { isMade || isRoot || Home(folder).isMade }

    /// Takes back what this process has made on a second disk.
    func removeCopy() {
        removeBooks()
        for path in [keys, rootKeys, root, certificate, firstFile] { try? Files.remove(path) }
    }

    func removeBooks() {
        for name in Books.files { try? Files.remove(folder + "/" + name) }
    }

    // MARK: Another second disk

    /// Keeps a second copy in this folder from now on, in place of the one that there was; says how
    /// many entries were copied.
    ///
    /// Cut off in the middle, it has either no keys there yet, or is done at the next opening.
    package func keepSecond(
        at folder: String,
        with lock: KeyFile.Lock
    ) throws(OfficeFault) -> UInt64 {
        guard isMade else { throw .notMade(self.folder) }
        try isNoSecond()
        guard isCertified else { throw .notCertified }
        let ring = try unlock(keys, with: lock)
        let before = try second()
        // The one of before may be gone; while it is there, it can say that this home is none.
        if let before { try isStill(tiedTo: before) }
        let disk = OfficeHome(folder)
        let isOwn = before?.folder == folder
        guard isOwn || !disk.isAnybodys else { throw .someHome(folder) }
        if let before, !isOwn { try catchUp(with: before, ring) }
        let wasEmpty = !Self.holdsBooks(folder)
        let tie = Tie(folder, isOwn ? before?.number ?? Tie.draw() : Tie.draw())
        let books: Books
        do {
            books = try opened(tie, hiding: ring.data, filling: .second)
        } catch {
            // Who has them just now has made them.
            if wasEmpty, error != .books(.held(.second)) { disk.removeBooks() }
            throw error
        }
        try write(tie)
        try complete(tie)
        if let before, !isOwn { OfficeHome(before.folder).retire() }
        let copied = wasEmpty ? books.number + 1 : books.caughtUp
        try closing(books)
        return copied
    }

    /// Takes what the second disk of before may have that this home has not, where it can be read.
    private func catchUp(with second: Tie, _ ring: KeyRing) throws(OfficeFault) {
        guard Self.holdsBooks(second.folder) else { return }
        do {
            try closing(try opened(second, hiding: ring.data))
        } catch {
            switch error {
            case .books(.damaged(.second, _)), .books(.disk(.second, _)): break
            default: throw error
            }
        }
    }

    /// Nobody is to go on from a disk that is not written to any more.
    private func retire() {
        for path in [keys, rootKeys] { try? Files.remove(path) }
    }

    // MARK: Going on from a second disk

    /// What is left of an office whose home is gone.
    package struct Left: Sendable {
        /// Where the home was.
        package let home: String
        package let certificate: Certificate
        package let root: Key
    }

    /// Looks at a second disk.
    package func left() throws(OfficeFault) -> Left {
        guard let first = try first(), isMade, isCertified else {
            throw .noSecondDisk(folder)
        }
        let (root, office) = try certificates()
        guard let office else { throw .noSecondDisk(folder) }
        return Left(home: first.folder, certificate: office, root: root.key)
    }

    /// Makes this home anew of what a second disk has, which stays its second disk; says how many
    /// entries there are.
    package func recover(
        from folder: String,
        with lock: KeyFile.Lock
    ) throws(OfficeFault) -> UInt64 {
        guard !isMade, !isRoot else { throw .made(self.folder) }
        let disk = OfficeHome(folder)
        _ = try disk.left()
        let ring = try disk.unlock(disk.keys, with: lock)
        let tie = Tie(folder, Tie.draw())
        var entries: UInt64 = 0
        try drafted { draft throws(OfficeFault) in
            for (path, copy, isSecret) in [
                (disk.root, draft.root, false), (disk.certificate, draft.certificate, false),
                (disk.rootKeys, draft.rootKeys, true), (disk.keys, draft.keys, true),
            ] where Files.exists(path) {
                let bytes = try reading(path, cap: Limits.keyFileBytes + Limits.certificateBytes)
                try draft.writing(bytes, to: copy, isSecret: isSecret)
            }
            try draft.write(tie)
            let books = try draft.opened(tie, hiding: ring.data, filling: .first)
            // From here on the home of before is none, whatever becomes of this one: it is said
            // while nobody else has the books, and before anything is written to them.
            try disk.writing(Tie(Files.whole(self.folder), tie.number).bytes, to: disk.firstFile)
            entries = books.number + 1
            try closing(books)
        } undo: { _ in
        }
        return entries
    }

    private func closing(_ books: Books) throws(OfficeFault) {
        do { try books.close() } catch { throw .books(error) }
    }
}
