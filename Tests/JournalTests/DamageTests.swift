import Disks
import Journal
import JournalTrials
import Store
import Testing
import Words

/// Somebody or something changed the files: each way is named.
@Suite struct DamageTests {
    let model: Model
    /// After an orderly stop, with history both in the database and in the WAL.
    let image: Image
    /// The same home some groups earlier, before the last checkpoint; and what it held.
    let earlier: Image
    let earlierModel: Model

    init() throws {
        let disk = FaultyDisk(seed: 1)
        var (model, traffic) = (Model(), Traffic(seed: 5))
        var journal = try Home.open(disk).0
        var earlier: (Image, Model)?
        func write(_ groups: Int) throws {
            for _ in 0..<groups {
                let steps = traffic.group(of: 3, after: model)
                try journal.write(steps)
                model.apply(steps)
            }
        }
        try write(9)
        try journal.close()
        earlier = (disk.image(), model)
        journal = try Home.open(disk).0
        try write(5)
        try journal.close()
        var lazy = Home.small
        lazy.checkpointFrames = 400
        journal = try Home.open(disk, lazy).0
        // What is left in the WAL alone.
        try write(2)
        try journal.close()
        (self.model, image) = (model, disk.image())
        (self.earlier, earlierModel) = try #require(earlier)
    }

    private func open(_ image: Image) throws(JournalError) -> (Journal, Recovered) {
        try Home.open(FaultyDisk(image, seed: 1))
    }

    /// The image after somebody else's SQLite ran these statements.
    private func edited(_ statements: String..., image: Image? = nil) throws -> Image {
        let disk = FaultyDisk(image ?? self.image, seed: 1)
        let foreign = try Connection(
            Disk(system: disk.system, folder: Home.folder),
            "journal.db"
        )
        try foreign.run("PRAGMA locking_mode=EXCLUSIVE")
        for statement in statements { try foreign.run(statement) }
        return disk.image()
    }

    @Test func `the image is good before anything is done to it`() throws {
        let (journal, recovered) = try open(image)
        #expect(try Home.agrees(journal, recovered, model))
        #expect(image.count(of: Home.wal) > 0 && earlierModel != model)
        #expect(!recovered.pieces.isEmpty && !recovered.open.isEmpty)
    }

    @Test(arguments: [Table.register, .piece, .outbox, .open])
    func `an edited, moved, removed, added or revived row is named`(table: Table) throws {
        let name = "\(table)"
        let flip = "substr(body,1,20)||x'00'||substr(body,22)"
        #expect(throws: JournalError.damaged(.row(table))) {
            try open(edited("UPDATE \(name) SET body = CAST(\(flip) AS BLOB)"))
        }
        let other = table == .register ? "piece" : "register"
        #expect(throws: JournalError.damaged(.row(table))) {
            try open(
                edited(
                    "UPDATE \(name) SET body = (SELECT body FROM \(other) LIMIT 1) "
                        + "WHERE key = (SELECT min(key) FROM \(name))"
                )
            )
        }
        #expect(throws: JournalError.damaged(.row(table))) {
            try open(edited("UPDATE \(name) SET written = written + 1"))
        }
        #expect(throws: JournalError.damaged(.rows(live: true))) {
            try open(
                edited("DELETE FROM \(name) WHERE key = (SELECT min(key) FROM \(name))")
            )
        }
    }

    @Test func `a row as it was before is named`() throws {
        // The piece of then under the key of now: it opens, and it is not what was last written.
        let old = try rows(earlier, "piece")
        let now = try rows(image, "piece")
        let gone = try #require(old.first { !now.contains($0) })
        #expect(throws: JournalError.damaged(.rows(live: true))) {
            try open(edited("INSERT OR REPLACE INTO piece VALUES(\(gone))"))
        }
        let same = try #require(old.first { now.contains($0) })
        _ = try open(edited("INSERT OR REPLACE INTO piece VALUES(\(same))"))
    }

    private func rows(_ image: Image, _ table: String) throws -> [String] {
        let disk = FaultyDisk(image, seed: 1)
        let foreign = try Connection(
            Disk(system: disk.system, folder: Home.folder),
            "journal.db"
        )
        try foreign.run("PRAGMA locking_mode=EXCLUSIVE")
        var rows: [String] = []
        try Statement(
            foreign,
            "SELECT quote(key)||','||written||','||quote(body) FROM \(table)"
        ).rows { rows.append($0.text(0)) }
        return rows
    }

    @Test(arguments: [Table.finished, .replay])
    func `an outcome or answer that was edited, removed or added is named when it is asked for`(
        table: Table
    ) throws {
        let key = try #require(
            table == .finished ? model.outcomes.first?.payment : model.answers.first?.key
        )
        for statement in [
            "DELETE FROM \(table) WHERE key = (SELECT max(key) FROM \(table))",
            "UPDATE \(table) SET written = written - 1",
            "UPDATE \(table) SET body = CAST(body||x'00' AS BLOB)",
            "INSERT INTO \(table) VALUES(x'00', 1, x'0102')",
        ] {
            let (journal, recovered) = try open(edited(statement))
            #expect(recovered == model.recovered)
            #expect(throws: JournalError.damaged(.rows(live: false))) {
                try journal.find(table, key)
            }
            #expect(throws: JournalError.stopped) { try journal.find(table, key) }
        }
    }

    @Test func `an index of history that names one outcome twice is named when it is asked for`()
        throws
    {
        let settled = try image.settled()
        let index = try IndexPage("finished_written", of: settled)
        let (one, two) = try #require(index.twins)
        for (from, to) in [(one, two), (two, one)] {
            let (journal, recovered) = try open(index.copying(from, over: to, in: settled))
            #expect(recovered == model.recovered)
            #expect(throws: JournalError.damaged(.rows(live: false))) {
                try journal.history(limit: 9)
            }
        }
        #expect(try open(settled).0.history(limit: 99) == model.outcomes)
    }

    /// Every row is there, so no sum tells; but a search goes by the order.
    @Test(arguments: ["finished_written", "finished", "replay"])
    func `rows of the archive out of order are named when it is asked for`(tree: String) throws {
        let settled = try image.settled()
        let index = try IndexPage(tree, of: settled)
        let (one, two) = try #require(index.twins)
        let half = index.copying(one, over: two, in: settled)
        var swapped = half
        let cell = Array(settled.bytes(of: Home.database)[two])
        swapped.overwrite(Home.database, with: cell, at: one.lowerBound)
        let (journal, recovered) = try open(swapped)
        #expect(recovered == model.recovered)
        #expect(throws: JournalError.damaged(.rows(live: false))) {
            try journal.find(.finished, [1])
        }
    }

    @Test func `a record that was changed, removed or moved is named`() throws {
        let last = model.recovered.number
        #expect(throws: JournalError.damaged(.record(last))) {
            try open(edited("UPDATE record SET body = x'0102' WHERE number = \(last)"))
        }
        #expect(throws: JournalError.damaged(.link(last))) {
            try open(edited("UPDATE record SET link = zeroblob(32) WHERE number = \(last)"))
        }
        #expect(throws: JournalError.damaged(.link(last))) {
            try open(edited("UPDATE record SET link = zeroblob(32) WHERE number = \(last - 1)"))
        }
        #expect(throws: JournalError.damaged(.link(last))) {
            try open(edited("UPDATE record SET roots = zeroblob(63) WHERE number = \(last)"))
        }
        // Rows were laid down before the newest record, which tells where.
        let laid = "(SELECT laid FROM record WHERE number = \(last))"
        #expect(throws: JournalError.damaged(.link(last))) {
            try open(edited("UPDATE record SET laid = laid + 1 WHERE number = \(last)"))
        }
        #expect(throws: JournalError.damaged(.recordsMissing)) {
            try open(edited("DELETE FROM record WHERE number = \(laid)"))
        }
        #expect(throws: JournalError.damaged(.recordsMissing)) {
            try open(edited("DELETE FROM record WHERE number = \(laid) + 1"))
        }
    }

    @Test(arguments: [1, 31, 33, 255, 256, 300, 70_000])
    func `a column of another size than was written is named`(size: Int) throws {
        let last = model.recovered.number
        for (column, number) in [("roots", last), ("link", last - 1), ("link", last)] {
            let edit = "UPDATE record SET \(column)=zeroblob(\(size)) WHERE number=\(number)"
            #expect(throws: JournalError.damaged(.link(last))) { try open(edited(edit)) }
        }
        #expect(throws: JournalError.damaged(.record(last))) {
            try open(
                edited("UPDATE record SET body=zeroblob(\(size)) WHERE number=\(last)")
            )
        }
    }

    @Test func `the audit finds what opening has no reason to read`() throws {
        let number: UInt64 = 3
        for (statement, damage) in [
            ("UPDATE record SET body = x'00' WHERE number = \(number)", Damage.record(number)),
            ("DELETE FROM record WHERE number = \(number)", .link(number + 1)),
        ] {
            let (journal, _) = try open(edited(statement))
            #expect(throws: JournalError.damaged(damage)) { try journal.audit() }
        }
    }

    @Test func `other tables than the journal's are named`() throws {
        for statement in [
            "CREATE TABLE more(a)", "DROP INDEX finished_written", "PRAGMA user_version=3",
            "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM piece; END",
        ] {
            #expect(throws: JournalError.damaged(.schema)) { try open(edited(statement)) }
        }
        #expect(throws: JournalError.newer(schema: 9)) {
            try open(edited("PRAGMA user_version=9"))
        }
        #expect(throws: JournalError.older(schema: 2)) {
            try open(edited("PRAGMA user_version=2"))
        }
    }

    // MARK: The head

    private func finding(_ image: Image) throws -> Staleness? {
        let (journal, recovered) = try open(image)
        guard let finding = recovered.finding else { return nil }
        // Inert: it is read, and not written.
        #expect(throws: JournalError.inert(finding)) {
            try journal.write([Step(entries: [LogEntry(kind: 1, bytes: [])])])
        }
        try journal.close()
        return finding
    }

    @Test func `a log whose end is gone is named`() throws {
        let head = model.recovered.number
        var cut = image
        cut[Home.wal] = nil
        guard case .cut(_, head) = try finding(cut) else {
            Issue.record("no WAL: \(try finding(cut) as Any)")
            return
        }
        cut = image
        // The WAL keeps frames of before; the newest ones are at its beginning.
        cut.cut(Home.wal, to: 4_000)
        guard case .cut(_, head) = try finding(cut) else {
            Issue.record("short WAL")
            return
        }
        cut = image
        cut.flip(Home.wal, bit: 32 * 8 + 24 * 8 + 7)
        guard case .cut(_, head) = try finding(cut) else {
            Issue.record("flipped WAL")
            return
        }
    }

    @Test func `an older database under a newer head is named, with its own head it is not`()
        throws
    {
        var mixed = image
        mixed[Home.database] = earlier[Home.database]
        mixed[Home.wal] = earlier[Home.wal]
        #expect(
            try finding(mixed)
                == .older(last: earlierModel.recovered.number, head: model.recovered.number)
        )
        // A whole older home cannot be told from a clone: the first peer that knows a later
        // counter tells.
        let (_, recovered) = try open(earlier)
        #expect(recovered == earlierModel.recovered)
    }

    @Test func `an older copy that was used is named when it meets the head it left behind`()
        throws
    {
        let disk = FaultyDisk(earlier, seed: 1)
        let (journal, _) = try Home.open(disk, seed: 99)
        while journal.number < model.recovered.number {
            try journal.write([Step(entries: [LogEntry(kind: 1, bytes: [])])])
        }
        try journal.close()
        var forked = disk.image()
        forked[Home.head] = image[Home.head]
        guard case .forked(let number) = try finding(forked) else {
            Issue.record("\(try finding(forked) as Any)")
            return
        }
        #expect((earlierModel.recovered.number + 1...model.recovered.number).contains(number))
    }

    @Test func `a head that is missing or damaged is named, a database that is missing too`()
        throws
    {
        var changed = image
        changed[Home.head] = nil
        #expect(try finding(changed) == .headMissing)
        changed = image
        for slot in [0, 4_096] { changed.flip(Home.head, bit: (slot + 20) * 8) }
        #expect(try finding(changed) == .headDamaged)
        changed = image
        changed[Home.database] = nil
        changed[Home.wal] = nil
        #expect(throws: JournalError.damaged(.databaseMissing)) { try open(changed) }
        changed = image
        changed.cut(Home.database, to: 0)
        #expect(throws: JournalError.damaged(.databaseMissing)) { try open(changed) }
        changed = image
        changed[Home.wal] = nil
        changed.overwrite(Home.database, with: Array("not a database".utf8), at: 0)
        #expect(throws: JournalError.damaged(.file(code: 26))) { try open(changed) }
    }

    @Test func `one damaged slot of the head is no loss`() throws {
        for slot in [0, 4_096] {
            var changed = image
            changed.flip(Home.head, bit: (slot + 20) * 8)
            #expect(try open(changed).1 == model.recovered)
        }
    }

    @Test func `an inert journal stays inert until it begins anew, then it is one again`() throws {
        var cut = image
        cut[Home.wal] = nil
        let disk = FaultyDisk(cut, seed: 1)
        for _ in 0..<2 { #expect(try Home.open(disk).1.finding != nil) }
        let (journal, recovered) = try Home.open(disk)
        let inert = Step(
            entries: [LogEntry(kind: 99, bytes: [1])],
            changes: [.put(.register, key: [42], bytes: [1])]
        )
        var images: [Image] = []
        disk.watch = { disk, _ in images.append(disk.image()) }
        try journal.begin(anew: [inert])
        disk.watch = nil
        try journal.write([Step(entries: [LogEntry(kind: 1, bytes: [])])])
        try journal.audit()
        try journal.close()
        let (_, again) = try Home.open(disk)
        #expect(again.finding == nil && again.number == recovered.number + 2)
        #expect(again.registers.contains(Row(key: [42], bytes: [1])))
        // Cut off while it begins anew, it is inert as before or has begun.
        for image in images {
            let (_, found) = try Home.open(FaultyDisk(image, seed: 1))
            #expect(found.finding != nil || found.registers == again.registers)
        }
        #expect(images.count > 5)
    }
}
