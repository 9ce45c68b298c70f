internal import Command
internal import Homes
internal import Host
internal import Keypad
internal import Sealing
internal import Station
internal import Wire
internal import Words

/// Where a tree of keys lives: its issuing key, sealed, and beside it what was handed on and
/// sold, hidden under the same seal.
struct KeypadHome {
    let home: Home

    init(_ request: Request, _ scene: Scene) throws(Complaint) {
        home = try Opening.home(request, scene)
    }

    var folder: String { home.folder }
    var keys: String { folder + "/kdc.keys" }
    var issued: String { folder + "/kdc.issued" }
    var ended: String { folder + "/kdc.ended" }
    var presses: String { folder + "/meters" }
    var isMade: Bool { Files.exists(keys) }

    /// Makes a home of these keys; nothing is there before all is.
    func make(_ sealed: SealedPaper) throws(Complaint) {
        try Making.makeAbove(home)
        do {
            if !Files.exists(folder) { try Files.makePrivateDirectory(folder) }
            try Files.make(sealed.wireBytes, at: keys)
        } catch {
            throw Complaint(error, writing: folder)
        }
        // Of two who make it at once both would be told that they did.
        guard try KeyFiles.read(keys) == sealed else { throw made }
    }

    private var made: Complaint {
        Complaint(
            .refused,
            "home-made",
            "there is a tree of keys in \(quoted(folder)) already",
            hint: "use it, or name another folder with --home"
        )
    }

    func mayBeMade() throws(Complaint) {
        guard !isMade else { throw made }
        try Making.mayBeMade(home)
    }

    /// Opens it, for this process alone.
    func open(_ request: Request, _ scene: Scene) throws(Complaint) -> OpenTree {
        guard isMade else {
            throw Complaint(
                .notFound,
                "no-tree",
                "there is no tree of keys in \(quoted(folder))",
                hint: "'tally kdc init' makes one; --home DIR names another folder"
            )
        }
        let before = try KeyFiles.read(keys)
        let (paper, data) = try KeyFiles.open(keys, in: home, request, scene)
        guard case .issuing(let issuing) = paper else {
            throw KeyFiles.notIssuing(keys)
        }
        let held: FileLock?
        do {
            held = try FileLock.take(folder + "/kdc.lock")
        } catch {
            throw Complaint(error, writing: folder)
        }
        guard let held else {
            throw Complaint(
                .failed,
                "held",
                "another tally sells or makes keys in \(quoted(folder))",
                hint: "it is done in a moment: try again"
            )
        }
        // A passphrase may take long to be typed, and another may have renewed the key meanwhile.
        guard try KeyFiles.read(keys) == before else {
            held.free()
            throw Complaint(
                .failed,
                "changed",
                "the key of \(quoted(folder)) was changed while this waited",
                hint: "nothing was done: type it again"
            )
        }
        return try OpenTree(home: self, present: issuing, data: data, held: held)
    }
}

/// A tree of keys, as long as one process has it open.
struct OpenTree {
    let home: KeypadHome
    private(set) var issuing: IssuingKeys
    private let data: DataKey
    private let held: FileLock

    fileprivate init(
        home: KeypadHome,
        present: IssuingKey,
        data: DataKey,
        held: FileLock
    ) throws(Complaint) {
        (self.home, self.data, self.held) = (home, data, held)
        issuing = IssuingKeys(present)
        guard let bytes = try shown(home.ended, "ended") else { return }
        do {
            issuing = try IssuingKeys(present, endedBytes: bytes)
        } catch {
            throw damaged(home.ended)
        }
    }

    /// Where in the tree this home stands.
    var path: IssuePath { issuing.present.path }

    func close() { held.free() }

    /// Goes on with these.
    ///
    /// The ended ones are kept before the present one takes its place: a home that lost power in
    /// between has its own twice, and is as it was.
    func keep(_ keys: IssuingKeys) throws(Complaint) {
        try keep(keys.endedBytes, at: home.ended, "ended")
        var chance = SystemChance()
        let sealed = try KeyFiles.read(home.keys)
        let paper = KeyPaper.issuing(keys.present).wireBytes
        do {
            let next = sealed.with(paper, by: data, chance: &chance)
            try Files.write(next.wireBytes, to: home.keys, isSecret: true)
        } catch {
            throw Complaint(error, writing: home.keys)
        }
    }

    // MARK: What was handed on

    func book() throws(Complaint) -> IssueBook {
        guard let bytes = try shown(home.issued, "issued") else { return IssueBook() }
        return try read(bytes, home.issued)
    }

    func keep(_ book: IssueBook) throws(Complaint) {
        try keep(book.wireBytes, at: home.issued, "issued")
    }

    // MARK: Meters

    func press(_ meter: MeterName, _ use: KeyUse) throws(Complaint) -> TokenPress? {
        let path = home.presses + "/" + name(meter, use)
        guard let bytes = try shown(path, "meter " + name(meter, use)) else { return nil }
        let press: TokenPress = try read(bytes, path)
        guard (press.meter, press.use) == (meter, use) else { throw damaged(path) }
        return press
    }

    /// On the disk when it returns.
    func keep(_ press: TokenPress) throws(Complaint) {
        do {
            // Its name is durable with what is in it.
            if !Files.exists(home.presses) { try Files.makePrivateDirectory(home.presses) }
        } catch {
            throw Complaint(error, writing: home.presses)
        }
        let name = name(press.meter, press.use)
        try keep(press.wireBytes, at: home.presses + "/" + name, "meter " + name)
    }

    /// All of them, in the order of their names.
    func all() throws(Complaint) -> [TokenPress] {
        var found: [TokenPress] = []
        for file in Files.names(in: home.presses).sorted() {
            let isTest = file.hasSuffix(Self.test)
            let bare = isTest ? String(file.dropLast(Self.test.count)) : file
            guard let meter = MeterName(bare) else { continue }
            if let press = try press(meter, isTest ? .test : .real) { found.append(press) }
        }
        return found
    }

    private static let test = ".test"

    private func name(_ meter: MeterName, _ use: KeyUse) -> String {
        switch use {
        case .real: meter.string
        case .test: meter.string + Self.test
        }
    }

    // MARK: Hidden files

    private func context(_ what: String) -> [UInt8] { Array("kdc \(what)".utf8) }

    /// nil where there is no such file yet.
    private func shown(_ path: String, _ what: String) throws(Complaint) -> [UInt8]? {
        guard Files.exists(path) else { return nil }
        let hidden: [UInt8]
        do {
            hidden = try Files.read(path, cap: Limits.pressBytes)
        } catch {
            throw Complaint(error, reading: path)
        }
        guard let bytes = data.show(hidden, context: context(what)) else { throw damaged(path) }
        return bytes
    }

    private func read<Value: WireValue>(
        _ bytes: [UInt8],
        _ path: String
    ) throws(Complaint) -> Value {
        do { return try Value(wireBytes: bytes) } catch { throw damaged(path) }
    }

    private func keep(_ bytes: [UInt8], at path: String, _ what: String) throws(Complaint) {
        var chance = SystemChance()
        let hidden = data.hide(bytes, context: context(what), chance: &chance)
        do {
            try Files.write(hidden, to: path, isSecret: true)
        } catch {
            throw Complaint(error, writing: path)
        }
    }

    private func damaged(_ path: String) -> Complaint {
        Complaint(
            .failed,
            "damaged",
            "\(quoted(path)) is damaged, or of another home",
            hint: "put back a copy of it from a backup of this home, and sell nothing to that"
                + " meter before you know its last number"
        )
    }
}
