import Ledger
import Store
import Words

/// The books on one disk: rows in, rows out, and nothing about what they mean.
final class Shelf {
    static let name = "books.db"
    static let lockName = "books.lock"
    /// The WAL goes back into the database when it has so many frames.
    static let checkpointFrames = 1_000

    let copy: Copy
    private let connection: Connection
    private let chain: Chain
    private var head: Head
    private var prepared: [String: Statement] = [:]

    /// Takes the lock and opens the database; makes one only where books are to be made, because
    /// a disk that is not mounted looks like an empty one.
    init(
        _ disk: Disk,
        _ copy: Copy,
        _ chain: Chain,
        _ settings: Books.Settings,
        making: Bool = false
    ) throws(BooksError) {
        (self.copy, self.chain) = (copy, chain)
        let isThere = try Self.asking(copy) { () throws(StoreError) in try disk.holds(Self.name) }
        guard isThere || making else { throw .missing(copy) }
        do {
            let lock = try File(disk, Self.lockName, for: .lock)
            try lock.lock()
            try disk.renewLog(of: Self.name)
            connection = try Connection(disk, Self.name, under: lock)
            head = try Head(disk, chain)
        } catch {
            throw BooksError(error, copy)
        }
        try prepare(settings)
    }

    /// Sets SQLite up, and reads back what it made of it.
    private func prepare(_ settings: Books.Settings) throws(BooksError) {
        let wanted: [(String, String, String)] = [
            // First of all: exclusive from the first read on, no shared-memory file is needed.
            ("locking_mode", "EXCLUSIVE", "exclusive"), ("page_size", "4096", "4096"),
            ("journal_mode", "WAL", "wal"),
            ("synchronous", "\(settings.synchronous.rawValue)", "\(settings.synchronous.rawValue)"),
            ("temp_store", "2", "2"), ("mmap_size", "0", ""), ("cache_spill", "0", "0"),
            ("cell_size_check", "1", "1"), ("trusted_schema", "0", "0"),
        ]
        for (name, value, answer) in wanted {
            let said = try asking { () throws(StoreError) in
                try connection.run("PRAGMA \(name)=\(value)")
                return answer.isEmpty ? "" : try connection.text("PRAGMA \(name)")
            }
            guard said == answer else { throw .setting(copy, name) }
        }
    }

    /// Whether there are books in it; throws when there is something else.
    func isMade() throws(BooksError) -> Bool {
        let version = try number("PRAGMA user_version") ?? 0
        guard (0...Int64(SQL.version)).contains(version) else {
            throw .newer(copy, schema: Int(version))
        }
        guard version == 0 || version == SQL.version else {
            throw .older(copy, schema: Int(version))
        }
        var found: [String] = []
        try rows(SQL.readSchema) { found.append($0.text(0)) }
        guard version == 0 ? found.isEmpty : found.sorted() == SQL.schema.sorted() else {
            throw .damaged(copy, .schema)
        }
        return version > 0
    }

    /// Makes the tables, with their first entry, at once.
    func make(_ first: Leaf) throws(BooksError) {
        try asking { () throws(StoreError) in
            try connection.run("BEGIN IMMEDIATE")
            for statement in SQL.schema { try connection.run(statement) }
            try connection.run("PRAGMA user_version=\(SQL.version)")
            try insert(first)
            try connection.run("COMMIT")
            try mark(first)
        }
    }

    /// How far the head says that the books had come; nil when it cannot be read.
    var mark: Mark? { head.mark }

    private func mark(_ leaf: Leaf) throws(StoreError) {
        try head.write(Mark(number: leaf.entry.number, link: leaf.link), chain)
    }

    /// Has the head know this entry, in a slot that a power cut leaves as it is.
    func anchor(_ number: UInt64, _ link: [UInt8]) throws(BooksError) {
        try asking { () throws(StoreError) in
            try head.write(Mark(number: number, link: link), chain)
            try head.sync()
        }
    }

    /// Adds entries in one transaction; when it returns, they are durable.
    func add(_ leaves: [Leaf]) throws(BooksError) {
        if connection.walFrames >= Self.checkpointFrames { try checkpoint() }
        try asking { () throws(StoreError) in
            try statement("BEGIN IMMEDIATE").run()
            for leaf in leaves { try insert(leaf) }
            try statement("COMMIT").run()
            if let last = leaves.last { try mark(last) }
        }
    }

    func checkpoint() throws(BooksError) {
        try asking { () throws(StoreError) in try connection.checkpoint() }
    }

    /// Copies the WAL back, and syncs the head.
    func settle() throws(BooksError) {
        try checkpoint()
        try asking { () throws(StoreError) in try head.sync() }
    }

    // MARK: Rows in

    private func insert(_ leaf: Leaf) throws(StoreError) {
        let entry = leaf.entry
        let number = Value.number(Int64(entry.number))
        try run(
            0,
            [
                number, .number(Int64(entry.moment.seconds)), .number(Int64(entry.booked.number)),
                .bytes(entry.request.bytes.array), .text(entry.memo.string), .bytes(leaf.link),
            ]
        )
        for (place, posting) in entry.booked.postings.enumerated() {
            try run(
                1,
                [
                    number, .number(Int64(place)), .number(Int64(posting.account.number)),
                    .number(posting.amount.units),
                ]
            )
        }
        switch entry.booked {
        case .founding(let made):
            try run(
                2,
                [
                    number, .text(made.asset.code), .number(Int64(made.asset.scale)),
                    .text(made.name.string), .bytes(made.office.bytes.array),
                    .number(Int64(made.sealEvery)),
                ]
            )
        case .account(let account, let kind, let name):
            try run(
                3,
                [
                    .number(Int64(account.number)), number, .number(Int64(kind.rawValue)),
                    .text(name.string),
                ]
            )
        case .cash, .movement, .matter: break
        case .charge(_, let stick):
            try run(
                4,
                [
                    .bytes(stick.id.bytes.array), number, .bytes(stick.owner.bytes.array),
                    .number(Int64(stick.units.units)), .number(Int64(stick.spendUntil.number)),
                    .number(Int64(stick.settleUntil.number)), .bytes(stick.paper),
                ]
            )
        }
        if let word = entry.booked.word { try insert(word, number) }
        guard let seal = leaf.seal else { return }
        try run(5, [number, .bytes(seal.mac)])
        for one in seal.balances {
            try run(6, [.number(Int64(one.account.number)), number, .number(one.amount.units)])
        }
    }

    private func insert(_ word: Books.Word, _ number: Value) throws(StoreError) {
        let about = Value.bytes(word.about.bytes.array)
        try run(7, [number, about, .number(Int64(word.place)), .bytes(word.bytes)])
    }

    private func run(_ index: Int, _ values: [Value]) throws(StoreError) {
        try statement(SQL.insert[index]).run(values)
    }

    // MARK: Rows out

    /// The entries of these numbers, with all their rows; a number that is missing is named.
    func leaves(_ range: ClosedRange<UInt64>) throws(BooksError) -> [Leaf] {
        var raw = try entries(range)
        for (index, one) in raw.enumerated()
        where one.number != Int64(range.lowerBound) + Int64(index) {
            throw .damaged(copy, .entry(range.lowerBound + UInt64(index)))
        }
        guard raw.count == range.count else {
            throw .damaged(copy, .entry(range.lowerBound + UInt64(raw.count)))
        }
        try addParts(to: &raw, range)
        var leaves: [Leaf] = []
        for (index, one) in raw.enumerated() {
            guard let leaf = one.leaf else {
                throw .damaged(copy, .entry(range.lowerBound + UInt64(index)))
            }
            leaves.append(leaf)
        }
        return leaves
    }

    private func entries(_ range: ClosedRange<UInt64>) throws(BooksError) -> [RawLeaf] {
        var raw: [RawLeaf] = []
        try rows(SQL.entries, Self.bounds(range)) {
            raw.append(
                RawLeaf(
                    number: $0.number(0),
                    moment: $0.number(1),
                    act: $0.number(2),
                    request: $0.bytes(3),
                    memo: $0.text(4),
                    link: $0.bytes(5)
                )
            )
        }
        return raw
    }

    private func addParts(
        to raw: inout [RawLeaf],
        _ range: ClosedRange<UInt64>
    ) throws(BooksError) {
        let bounds = Self.bounds(range)
        // What an index says of a row the row itself says otherwise, when a bit has changed.
        var stray = false
        func add(_ number: Int64, _ body: (inout RawLeaf) -> Void) {
            guard let entry = UInt64(exactly: number), range.contains(entry) else {
                stray = true
                return
            }
            body(&raw[Int(entry - range.lowerBound)])
        }
        try rows(SQL.postings, bounds) {
            let one = ($0.number(1), $0.number(2), $0.number(3))
            add($0.number(0)) { $0.postings.append(one) }
        }
        try rows(SQL.foundings, bounds) {
            let row = RawLeaf.Founding(
                asset: $0.text(1),
                scale: $0.number(2),
                name: $0.text(3),
                office: $0.bytes(4),
                every: $0.number(5)
            )
            add($0.number(0)) { $0.foundings.append(row) }
        }
        try rows(SQL.accounts, bounds) {
            let row = RawLeaf.Opened(number: $0.number(1), kind: $0.number(2), name: $0.text(3))
            add($0.number(0)) { $0.accounts.append(row) }
        }
        try rows(SQL.sticks, bounds) {
            let row = RawLeaf.Stick(
                id: $0.bytes(1),
                owner: $0.bytes(2),
                units: $0.number(3),
                spendUntil: $0.number(4),
                settleUntil: $0.number(5),
                paper: $0.bytes(6)
            )
            add($0.number(0)) { $0.sticks.append(row) }
        }
        try rows(SQL.words, bounds) {
            let row = RawLeaf.Word(about: $0.bytes(1), place: $0.number(2), bytes: $0.bytes(3))
            add($0.number(0)) { $0.words.append(row) }
        }
        try rows(SQL.seals, bounds) {
            let mac = $0.bytes(1)
            add($0.number(0)) { $0.seals.append(mac) }
        }
        try rows(SQL.sealed, bounds) {
            let one = ($0.number(1), $0.number(2))
            add($0.number(0)) { $0.sealed.append(one) }
        }
        guard !stray else { throw .damaged(copy, .file(code: Self.corrupt)) }
    }

    func last() throws(BooksError) -> UInt64? {
        if let entry = try number(SQL.early) {
            throw .damaged(copy, .stray("entry", entry: entry))
        }
        return try number(SQL.last).flatMap(UInt64.init(exactly:))
    }
    func lastSeal() throws(BooksError) -> UInt64? {
        try number(SQL.lastSeal).flatMap(UInt64.init(exactly:))
    }

    func link(of entry: UInt64) throws(BooksError) -> [UInt8]? {
        var found: [UInt8]?
        try rows(SQL.linkOf, [.number(Int64(entry))]) { found = $0.bytes(0) }
        return found
    }

    func entry(of request: Hash) throws(BooksError) -> UInt64? {
        var found: Int64?
        try rows(SQL.ofRequest, [.bytes(request.bytes.array)]) { found = $0.number(0) }
        return found.flatMap(UInt64.init(exactly:))
    }

    /// Whether a stick was issued in any entry.
    func holds(_ stick: Hash) throws(BooksError) -> Bool {
        var isThere = false
        try rows(SQL.ofStick, [.bytes(stick.bytes.array)]) { _ in isThere = true }
        return isThere
    }

    /// The first entry that issued a stick whose last day to settle is after this one.
    func firstStick(after day: Int64) throws(BooksError) -> UInt64? {
        var found: Int64?
        try rows(SQL.firstStick, [.number(day)]) {
            if !$0.isNull(0) { found = $0.number(0) }
        }
        return found.flatMap(UInt64.init(exactly:))
    }

    /// The entries of one act after a number, at most so many.
    func entries(of act: UInt64, after number: Int64, atMost count: Int) throws(BooksError)
        -> [UInt64]
    {
        var found: [Int64] = []
        let values = [Int64(act), number, Int64(count)].map { Value.number($0) }
        try rows(SQL.ofAct, values) { found.append($0.number(0)) }
        return found.compactMap(UInt64.init(exactly:))
    }

    /// The entry whose word is about something, at a place or the next after it; without a place
    /// the farthest.
    func entry(about: Hash, from place: UInt64?) throws(BooksError) -> UInt64? {
        var found: Int64?
        let values =
            [Value.bytes(about.bytes.array)]
            + [place].compactMap { $0 }
            .map { .number(Int64($0)) }
        try rows(place == nil ? SQL.farthest : SQL.about, values) { found = $0.number(0) }
        return found.flatMap(UInt64.init(exactly:))
    }

    /// All accounts' balances as they were sealed last, at this entry.
    func balances(at seal: UInt64) throws(BooksError) -> [(account: Int64, balance: Int64)] {
        var found: [(Int64, Int64)] = []
        let bounds = [Value.number(Int64(seal)), .number(Int64(seal))]
        try rows(SQL.balances, bounds) { found.append(($0.number(0), $0.number(1))) }
        return found
    }

    /// All accounts that were opened by then.
    func accounts(until entry: UInt64) throws(BooksError) -> [RawLeaf.Opened] {
        var found: [RawLeaf.Opened] = []
        try rows(SQL.accounts, Self.bounds(0...entry)) {
            found.append(
                RawLeaf.Opened(number: $0.number(1), kind: $0.number(2), name: $0.text(3))
            )
        }
        return found
    }

    /// The entries that posted to an account before one, the newest first.
    func entries(of account: Account, before: UInt64, atMost count: Int) throws(BooksError)
        -> [UInt64]
    {
        var found: [Int64] = []
        let values = [account.number, before, UInt64(count)].map { Value.number(Int64($0)) }
        try rows(SQL.of, values) { found.append($0.number(0)) }
        return found.compactMap(UInt64.init(exactly:))
    }

    /// A row that belongs to no entry, if there is one; and whether SQLite finds its file whole.
    func checkRest() throws(BooksError) {
        for (table, query) in SQL.strays {
            if let entry = try number(query) { throw .damaged(copy, .stray(table, entry: entry)) }
        }
        let said = try asking { () throws(StoreError) in try connection.text(SQL.check) }
        guard said == "ok" else { throw .damaged(copy, .file(code: Self.corrupt)) }
    }

    /// SQLITE_CORRUPT.
    private static let corrupt: Int32 = 11

    private static func bounds(_ range: ClosedRange<UInt64>) -> [Value] {
        [.number(Int64(range.lowerBound)), .number(Int64(range.upperBound))]
    }

    // MARK: Asking

    private func number(_ sql: String) throws(BooksError) -> Int64? {
        var found: Int64?
        try rows(sql) { if !$0.isNull(0) { found = $0.number(0) } }
        return found
    }

    private func rows(
        _ sql: String,
        _ values: [Value] = [],
        _ body: (borrowing Columns) -> Void
    ) throws(BooksError) {
        try asking { () throws(StoreError) in try statement(sql).rows(values, body: body) }
    }

    private func statement(_ sql: String) throws(StoreError) -> Statement {
        if let known = prepared[sql] { return known }
        let made = try Statement(connection, sql)
        prepared[sql] = made
        return made
    }

    private func asking<Answer>(
        _ body: () throws(StoreError) -> Answer
    ) throws(BooksError) -> Answer {
        try Self.asking(copy, body)
    }

    private static func asking<Answer>(
        _ copy: Copy,
        _ body: () throws(StoreError) -> Answer
    ) throws(BooksError) -> Answer {
        do {
            return try body()
        } catch {
            throw BooksError(error, copy)
        }
    }
}

extension BooksError {
    /// SQLITE_CONSTRAINT.
    private static let constraint: Int32 = 19

    fileprivate init(_ fault: StoreError, _ copy: Copy) {
        switch fault.kind {
        case .corrupt: self = .damaged(copy, .file(code: fault.code))
        case .busy: self = .held(copy)
        case .other where fault.code & 0xFF == Self.constraint:
            // What the books write fits what they have written.
            self = .damaged(copy, .file(code: fault.code))
        case .full, .io, .cannotOpen, .readOnly, .other: self = .disk(copy, fault)
        }
    }
}
