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
    /// Second disks of before that could not be told so yet.
    var givenUp: [GivenUp] = []

    struct GivenUp: Hashable, Sendable {
        let number: String
        let folder: String
    }

    init(_ folder: String, _ number: String?, givenUp: [GivenUp] = []) {
        (self.folder, self.number, self.givenUp) = (folder, number, givenUp)
    }

    init(_ file: [UInt8]) {
        let lines = file.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        folder = lines[0]
        number = lines.count > 1 && !lines[1].isEmpty ? lines[1] : nil
        for line in lines.dropFirst(2) {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            if words.count == 2 { givenUp.append(GivenUp(number: words[0], folder: words[1])) }
        }
    }

    var bytes: [UInt8] {
        let lines =
            [folder, number].compactMap { $0 } + givenUp.map { $0.number + " " + $0.folder }
        return Array(lines.map { $0 + "\n" }.joined().utf8)
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
        return Tie(try reading(path, cap: 65_536))
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
        let disk = OfficeHome(second.folder)
        // One with keys has said whose it is, before they came.
        guard let first = try disk.first() else {
            guard disk.isMade else { return }
            throw .untied(second.folder)
        }
        guard first.number != second.number else { return }
        let isOld = second.givenUp.contains { $0.number == first.number }
        throw isOld ? .wasGivenUp(second.folder) : .goneOn(without: second.folder)
    }

    /// What a second disk has as the home has it: the keys come last, for a folder without them is
    /// taken for no office's.
    private func shared(with disk: OfficeHome) -> [(here: String, there: String, isSecret: Bool)] {
        [
            (root, disk.root, false), (certificate, disk.certificate, false),
            (rootKeys, disk.rootKeys, true), (keys, disk.keys, true),
        ].filter { Files.exists($0.0) }
    }

    /// Sees that the second disk has all that this home has, but for the journal, on which nothing
    /// hangs that was told.
    ///
    /// Only while its books are open, so that nobody else goes on from it just now. These files
    /// never change: where the two differ one is damaged, and neither is written over.
    func complete(_ second: Tie, as home: String? = nil) throws(OfficeFault) {
        try isStill(tiedTo: second)
        var second = second
        if second.number == nil {
            second = Tie(second.folder, Tie.draw())
            try write(second)
        }
        let disk = OfficeHome(second.folder)
        let mine = Tie(Files.whole(home ?? folder), second.number, givenUp: second.givenUp)
        if try disk.first() != mine { try disk.writing(mine.bytes, to: disk.firstFile) }
        for (here, there, isSecret) in shared(with: disk) {
            let bytes = try reading(here, cap: Self.sharedBytes)
            if !Files.exists(there) {
                try writing(bytes, to: there, isSecret: isSecret)
            } else if try reading(there, cap: Self.sharedBytes) != bytes {
                throw .differing(here, there)
            }
        }
        try giveUp(second)
    }

    private static let sharedBytes = Limits.keyFileBytes + Limits.certificateBytes

    // MARK: Second disks of before

    /// What stands on a disk in place of a tie, once it was given up.
    private static let givenUp = "given-up"

    /// Has no one go on from disks that are not written to any more, as far as they are there.
    private func giveUp(_ second: Tie) throws(OfficeFault) {
        guard !second.givenUp.isEmpty else { return }
        var left = second
        left.givenUp = second.givenUp.filter { !isGivenUp($0, for: second) }
        if left != second { try write(left) }
    }

    /// Takes a disk its keys, and then its tie; false where it is not there, is another, cannot be
    /// written, or has what nobody else has.
    private func isGivenUp(_ one: Tie.GivenUp, for second: Tie) -> Bool {
        let disk = OfficeHome(one.folder)
        guard let first = try? disk.first() else { return false }
        guard first.number != Self.givenUp else { return true }
        guard first.number == one.number, (try? has(allOf: disk)) == true else { return false }
        do throws(HostFault) {
            for path in [disk.keys, disk.rootKeys] { try Files.remove(path) }
            try Files.write(Tie(second.folder, Self.givenUp).bytes, to: disk.firstFile)
            return true
        } catch {
            return false
        }
    }

    /// Whether each key and certificate on that disk is here too, and the same.
    private func has(allOf disk: OfficeHome) throws(OfficeFault) -> Bool {
        for (here, there) in [
            (root, disk.root), (certificate, disk.certificate), (keys, disk.keys),
            (rootKeys, disk.rootKeys),
        ] where Files.exists(there) {
            guard Files.exists(here) else { throw .onlyThere(there) }
            guard try reading(here, cap: Self.sharedBytes) == reading(there, cap: Self.sharedBytes)
            else { return false }
        }
        return true
    }

    // MARK: Another second disk

    /// Whether somebody has a home in this folder, or keeps one's keys there.
    private var isAnybodys: Bool { isMade || isRoot || Home(folder).isMade }

    /// Whether an office can be given its first second disk there, without touching anything.
    var isFree: Bool {
        !isAnybodys && ![root, certificate, firstFile].contains(where: Files.exists)
    }

    /// Takes back what this process has made on a second disk that was free.
    func removeCopy() {
        for name in Books.files { try? Files.remove(folder + "/" + name) }
        for path in [keys, rootKeys, root, certificate, firstFile] { try? Files.remove(path) }
    }

    /// How far books have come.
    package struct Newest: Hashable, Sendable {
        package let entries: UInt64
        package let moment: Moment
    }

    /// What is known of the second disk that this home has.
    package enum Reach: Hashable, Sendable {
        case none
        /// It was there, and has nothing that this home lacks.
        case read
        /// It cannot be read: what it has more, and who has gone on from it, is not known here.
        case unread(String, Newest)
    }

    /// Takes what the second disk has and this home has not, where it can be read.
    package func reach(_ ring: KeyRing) throws(OfficeFault) -> Reach {
        guard let second = try second() else { return .none }
        do {
            try isStill(tiedTo: second)
            try closing(try opened(second, hiding: ring.data))
            return .read
        } catch {
            switch error {
            case .untied, .wasGivenUp, .books(.damaged(.second, _)), .books(.disk(.second, _)),
                .books(.missing(.second)), .books(.otherKey(.second)):
                break
            default: throw error
            }
        }
        let newest = try newest(ring)
        // Its head may say more than its books can.
        let head = try? Files.read(second.folder + "/" + Books.headFile, cap: 65_536)
        if let said = head.flatMap({ Books.newest(by: $0, hiding: ring.data) }),
            said >= newest.entries
        {
            throw .knowsMore(second.folder, last: newest.entries - 1, head: said)
        }
        return .unread(second.folder, newest)
    }

    /// How far the books in this folder alone have come.
    private func newest(_ ring: KeyRing) throws(OfficeFault) -> Newest {
        let books = try opened(nil, hiding: ring.data)
        let last: Books.Entry?
        do { last = try books.last() } catch { throw .books(error) }
        try closing(books)
        guard let last else { throw .matters }
        return Newest(entries: last.number + 1, moment: last.moment)
    }

    /// What came of getting another second disk.
    package struct Kept: Hashable, Sendable {
        package let copied: UInt64
        /// Second disks of before that nobody could tell that they are none.
        package let notGivenUp: [String]
    }

    /// Whether what is in this folder is the second disk of this home, mounted wherever it is.
    ///
    /// One whose books are gone may have known more than this home.
    package func isTied(to folder: String) throws(OfficeFault) -> Bool {
        guard let number = try second()?.number,
            Files.exists(folder + "/" + Books.databaseFile)
        else { return false }
        return try OfficeHome(folder).first()?.number == number
    }

    /// Keeps a second copy in this folder from now on, in place of the one that there was.
    ///
    /// Cut off anywhere it is done by doing it again: there are no keys on the new disk before
    /// this home knows of it, and the one of before is remembered until it is given up.
    package func keepSecond(
        at folder: String,
        _ ring: KeyRing,
        losingUnread: Bool
    ) throws(OfficeFault) -> Kept {
        guard !Files.areSame(folder, self.folder) else { throw .someHome(folder) }
        if let before = try second(), try isTied(to: folder) {
            return try stay(Tie(folder, before.number, givenUp: before.givenUp), ring)
        }
        let reach = try reach(ring)
        if case .unread(let before, _) = reach, !losingUnread { throw .unreadSecond(before) }
        let (before, disk) = (try second(), OfficeHome(folder))
        if let before, reach == .read, Files.areSame(before.folder, folder) {
            // It was cut off before that disk had its tie.
            return try stay(before, ring)
        }
        try mayFill(disk, before)
        let books = try opened(Tie(folder, nil), hiding: ring.data, filling: .second)
        let copied = Self.copied(books)
        var tie = Tie(folder, Tie.draw(), givenUp: before?.givenUp ?? [])
        if let before, let number = before.number {
            tie.givenUp.append(Tie.GivenUp(number: number, folder: before.folder))
        }
        // It is filled now, so whatever it was before is over.
        let was = try disk.first()?.number
        tie.givenUp = tie.givenUp.filter { $0.number != was }.suffix(Self.givenUpAtMost)
        // Its books are this office's, so what it says of another home is over.
        for path in [disk.keys, disk.rootKeys, disk.firstFile] {
            do { try Files.remove(path) } catch { throw .writing(path, error) }
        }
        try write(tie)
        try complete(tie)
        try closing(books)
        return Kept(copied: copied, notGivenUp: try second()?.givenUp.map(\.folder) ?? [])
    }

    private static let givenUpAtMost = 16

    /// The second disk stays what it is, where it is now.
    private func stay(_ tie: Tie, _ ring: KeyRing) throws(OfficeFault) -> Kept {
        let books = try opened(tie, hiding: ring.data, filling: .second)
        let copied = books.caughtUp
        if try second() != tie { try write(tie) }
        try complete(tie)
        try closing(books)
        return Kept(copied: copied, notGivenUp: try second()?.givenUp.map(\.folder) ?? [])
    }

    /// Whether a disk may be filled: with nothing of anybody's, or with what this home has too, and
    /// is known to have been its own.
    private func mayFill(_ disk: OfficeHome, _ before: Tie?) throws(OfficeFault) {
        let first = try disk.first()?.number
        let wasOurs =
            first == Self.givenUp || first != nil && first == before?.number
            || before?.givenUp.contains { $0.number == first } == true
            || before.map { first == nil && Files.areSame($0.folder, disk.folder) } == true
        guard !Home(disk.folder).isMade, wasOurs || !disk.isAnybodys, try has(allOf: disk) else {
            throw .someHome(disk.folder)
        }
    }

    /// With the first entry, which an empty disk is given before it catches up.
    private static func copied(_ books: Books) -> UInt64 {
        books.caughtUp == books.number ? books.number + 1 : books.caughtUp
    }

    // MARK: Going on from a second disk

    /// What is left of an office whose home is gone.
    package struct Left: Sendable {
        /// Where the home was.
        package let home: String
        package let certificate: Certificate
        package let root: Key
        package let newest: Newest
    }

    /// Whether there is a second disk here, with all that is needed.
    package func isSecond() throws(OfficeFault) {
        guard try first() != nil, isMade, isCertified,
            Files.exists(folder + "/" + Books.databaseFile)
        else {
            throw .noSecondDisk(folder)
        }
    }

    /// Looks at a second disk.
    package func left(_ ring: KeyRing) throws(OfficeFault) -> Left {
        try isSecond()
        let (root, office) = try certificates()
        guard let office, let first = try first() else { throw .noSecondDisk(folder) }
        guard office.key == ring.identity.key else { throw .otherOffice(office.key) }
        return Left(
            home: first.folder,
            certificate: office,
            root: root.key,
            newest: try newest(ring)
        )
    }

    /// Makes this home anew of what a second disk has, which stays its second disk.
    ///
    /// Cut off before this home is there, it is done by doing it again; the home of before is none
    /// from the moment on when nothing but its name is missing.
    package func recover(from folder: String, _ ring: KeyRing) throws(OfficeFault) {
        try isToBe()
        let disk = OfficeHome(folder)
        try disk.isSecond()
        let before = try disk.reading(disk.firstFile, cap: 65_536)
        let tie = Tie(folder, Tie.draw(), givenUp: Tie(before).givenUp)
        var isTied = false
        try drafted { draft throws(OfficeFault) in
            let books = try draft.opened(tie, hiding: ring.data, filling: .first)
            try draft.write(tie)
            for (here, there, isSecret) in disk.shared(with: draft) {
                let bytes = try reading(here, cap: Self.sharedBytes)
                try draft.writing(bytes, to: there, isSecret: isSecret)
            }
            let mine = Tie(Files.whole(self.folder), tie.number, givenUp: tie.givenUp)
            try disk.writing(mine.bytes, to: disk.firstFile)
            isTied = true
            try closing(books)
        } undo: { _ in
            if isTied { try? disk.writing(before, to: disk.firstFile) }
        }
    }

    /// Whether a home could be made here: what could not be given this name is found before
    /// anything is said of another home.
    package func isToBe() throws(OfficeFault) {
        guard !isMade, !isRoot else { throw .made(folder) }
        guard Files.exists(folder) else { return }
        guard Files.names(in: folder).isEmpty, !Files.isLink(folder), !Files.isMountPoint(folder)
        else {
            throw .occupied(folder)
        }
    }

    private func closing(_ books: Books) throws(OfficeFault) {
        do { try books.close() } catch { throw .books(error) }
    }
}
