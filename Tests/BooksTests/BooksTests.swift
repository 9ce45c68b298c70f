import Books
import Disks
import JournalTrials
import Ledger
import Store
import Testing
import Words

@Suite struct BooksTests {
    /// Books with some history: two accounts, four seals' worth of money and sticks.
    static func lived(
        _ disks: [FaultyDisk],
        groups: Int = 14,
        seed: UInt64 = 5,
        sealEvery: UInt64 = 4
    ) throws -> [Books.Entry] {
        try Desk.make(disks, sealEvery: sealEvery)
        let books = try Desk.open(disks)
        var customers = Customers(seed: seed)
        var entries: [Books.Entry] = []
        for _ in 0..<groups { entries += Books.booked(try books.write(customers.group(of: 2))) }
        try books.close()
        return entries
    }

    @Test func `what was booked is there when the books are opened again`() throws {
        let disk = FaultyDisk(seed: 1)
        let entries = try Self.lived([disk])
        let books = try Desk.open([disk])
        #expect(books.number == UInt64(entries.count) && books.founding == Desk.founding)
        for entry in entries { #expect(try books.entry(of: entry.request) == entry) }
        let audit = try books.audit()
        #expect(audit.entries == books.number + 1 && audit.seals == books.number / 4)
        #expect(audit.ledger == books.ledger && audit.sticks > 0)
        #expect(audit.ledger[.outstanding] > .zero)
    }

    @Test func `what asks again gets the same entry, and other things under its name nothing`()
        throws
    {
        let disk = FaultyDisk(seed: 1)
        try Desk.make([disk])
        let books = try Desk.open([disk])
        let opening = Desk.draft(1, .opening(.person, Desk.text("Ada")))
        let deposit = Desk.draft(2, Desk.cash(.deposit, 16, 500), memo: "cash")
        let first = try books.write([opening, deposit, deposit])
        guard case .booked(let entry) = first[1] else {
            Issue.record("\(first)")
            return
        }
        #expect(first[2] == .again(entry))
        #expect(try books.write([deposit]) == [.again(entry)])
        let others = [
            Desk.draft(2, Desk.cash(.deposit, 16, 501), memo: "cash"),
            Desk.draft(2, Desk.cash(.withdrawal, 16, 500), memo: "cash"),
            Desk.draft(2, Desk.cash(.deposit, 16, 500)),
        ]
        for other in others {
            #expect(try books.write([other]) == [.refused(.requestUsed(2))])
        }
        #expect(books.number == 2 && books.ledger.balance(.firstHolder)?.units == 500)
    }

    @Test func `what is refused leaves no trace and is no matter for what stands beside it`() throws
    {
        let disk = FaultyDisk(seed: 1)
        try Desk.make([disk])
        let books = try Desk.open([disk])
        let ada = Account.firstHolder
        let outcomes = try books.write([
            Desk.draft(1, .opening(.person, Desk.text("Ada"))),
            Desk.draft(2, Desk.cash(.withdrawal, 16, 1)),
            Desk.draft(3, .opening(.merchant, Desk.text("Ada"))),
            Desk.draft(4, Desk.cash(.deposit, 17, 1)),
            Desk.draft(5, Desk.cash(.deposit, 16, 1)),
        ])
        #expect(
            Array(outcomes[1...3]) == [
                .refused(.ledger(.short(ada, has: .zero))),
                .refused(.ledger(.nameTaken(Desk.text("Ada")))),
                .refused(.ledger(.noSuchAccount(Account(number: 17)))),
            ]
        )
        #expect(books.number == 2)
        // A request that was refused was not used.
        #expect(
            Books.booked(try books.write([Desk.draft(2, Desk.cash(.deposit, 16, 3))])).count == 1
        )
    }

    @Test func `what was said is found again by what it is about, and by its act`() throws {
        let disk = FaultyDisk(seed: 1)
        let entries = try Self.lived([disk], groups: 300)
        let books = try Desk.open([disk])
        let said = entries.filter { $0.booked.word != nil }
        #expect(said.count > 60)
        for matter in Books.Matter.allCases {
            var found: [Books.Entry] = []
            try books.entries(of: matter) { found.append($0) }
            #expect(found == said.filter { $0.booked.number == matter.rawValue })
            #expect(!found.isEmpty)
        }
        for about in Set(said.compactMap { $0.booked.word?.about }) {
            let places = said.compactMap(\.booked.word).filter { $0.about == about }.map(\.place)
            #expect(try books.entry(about: about)?.booked.word?.place == places.max())
            for place: UInt64 in 0..<42 {
                let wanted = places.filter { $0 >= place }.min()
                #expect(try books.entry(about: about, from: place)?.booked.word?.place == wanted)
            }
        }
        #expect(try books.entry(about: Desk.request(1)) == nil)
    }

    @Test func `a statement is what was posted, the newest first`() throws {
        let disk = FaultyDisk(seed: 1)
        let entries = try Self.lived([disk], groups: 400)
        let books = try Desk.open([disk])
        for holder in books.ledger.holders {
            let mine = entries.reversed().filter { entry in
                entry.booked.act?.postings.contains { $0.account == holder.account } == true
            }
            var (seen, after) = ([Books.Line](), holder.balance)
            try books.lines(of: holder.account) {
                seen.append($0)
                return true
            }
            #expect(seen.map(\.entry) == Array(mine))
            for line in seen {
                #expect(line.after == after)
                after = after.adding(line.amount.negated) ?? .zero
            }
            #expect(after == .zero)
        }
        #expect(books.ledger.holders.count > 20)
    }

    @Test func `another key, another program's file and somebody else's lock are told apart`()
        throws
    {
        let disk = FaultyDisk(seed: 1)
        _ = try Self.lived([disk])
        #expect(throws: BooksError.otherKey(.first)) {
            try Books.open(Desk.disks([disk]), hiding: Veil(seed: 2))
        }
        let books = try Desk.open([disk])
        #expect(throws: BooksError.held(.first)) { try Desk.open([disk]) }
        try books.close()
        #expect(throws: BooksError.made(.first)) { try Desk.make([disk]) }
        try foreign(disk, ["PRAGMA user_version=9"])
        #expect(throws: BooksError.newer(.first, schema: 9)) { try Desk.open([disk]) }
        try foreign(disk, ["PRAGMA user_version=1"])
        #expect(throws: BooksError.older(.first, schema: 1)) { try Desk.open([disk]) }
        #expect(throws: BooksError.missing(.first)) { try Desk.open([FaultyDisk(seed: 2)]) }
        let other = FaultyDisk(seed: 3)
        try foreign(other, ["CREATE TABLE a(b)"])
        #expect(throws: BooksError.damaged(.first, .schema)) { try Desk.open([other]) }
        let none = FaultyDisk(seed: 4)
        #expect(throws: BooksError.missing(.first)) { try Desk.open([none]) }
        #expect(none.image().names.isEmpty)
    }

    /// What another program does to the file.
    private func foreign(_ disk: FaultyDisk, _ statements: [String]) throws {
        let connection = try Desk.foreign(disk)
        for statement in statements { try connection.run(statement) }
    }

    @Test(arguments: ["entry", "posting", "founding", "account", "stick", "word", "seal", "sealed"])
    func `no row can be changed or removed`(table: String) throws {
        let disk = FaultyDisk(seed: 1)
        _ = try Self.lived([disk])
        let connection = try Desk.foreign(disk)
        let count = try connection.number("SELECT count(*) FROM \(table)")
        #expect(try #require(count) > 0)
        for statement in ["UPDATE \(table) SET rowid=rowid", "DELETE FROM \(table)"] {
            let error = #expect(throws: StoreError.self) { try connection.run(statement) }
            // SQLITE_CONSTRAINT_TRIGGER
            #expect(error?.code == 1_811)
        }
        #expect(try connection.number("SELECT count(*) FROM \(table)") == count)
    }
}

/// The disk fails under books: they stop, and tell the truth when they are opened again.
@Suite struct BooksFaultTests {
    private struct Run {
        var told: [Books.Entry] = []
        var asked: Set<Hash> = []
        var error: BooksError?
    }

    /// Opens, writes and closes until something fails.
    private func run(_ disks: [FaultyDisk]) -> Run {
        var run = Run()
        do {
            let books = try Desk.open(disks)
            var customers = Customers(seed: 9)
            for _ in 0..<6 where run.error == nil {
                let group = customers.group(of: 3)
                run.asked.formUnion(group.map(\.request))
                run.error = write(group, books, &run.told)
            }
            if run.error == nil { try books.close() }
        } catch {
            run.error = error
        }
        return run
    }

    private func write(
        _ group: [Books.Draft],
        _ books: Books,
        _ told: inout [Books.Entry]
    ) -> BooksError? {
        do {
            told += Books.booked(try books.write(group))
            return nil
        } catch {
            // Stopped means stopped.
            #expect(throws: BooksError.stopped) { try books.write([]) }
            return error
        }
    }

    @Test(arguments: [false, true])
    func `any failing operation stops the books, and opening again is right`(onSecond: Bool) throws
    {
        var (number, stops, dice) = (1, 0, Dice(seed: 7))
        while true {
            let disks = [FaultyDisk(seed: 1), FaultyDisk(seed: 2)]
            try Desk.make(disks)
            let failing = disks[onSecond ? 1 : 0]
            failing.fault = .init(at: number, forEver: false)
            let run = run(disks)
            guard failing.faults > 0 else { break }
            if let error = run.error {
                stops += 1
                guard case .disk(let copy, _) = error, copy == (onSecond ? .second : .first) else {
                    Issue.record("operation \(number): \(error)")
                    return
                }
            }
            let books = try Desk.open(disks.map { FaultyDisk($0.image(), seed: 3) })
            for entry in run.told { #expect(try books.entry(of: entry.request) == entry) }
            #expect(books.number <= UInt64(run.asked.count))
            _ = try books.audit()
            try checkRestart(disks, run, &dice)
            number += 1
        }
        print("books: \(number - 1) operations failed, \(stops) stops")
        #expect(number > 60 && stops > 50)
    }

    /// The next process reads what is in the system's memory alone, where a sync failed; what it
    /// tells of that a power cut does not take back.
    private func checkRestart(_ disks: [FaultyDisk], _ run: Run, _ dice: inout Dice) throws {
        let survivors = disks.map { $0.survivor(seed: 4) }
        let books = try Desk.open(survivors)
        for entry in run.told { #expect(try books.entry(of: entry.request) == entry) }
        for _ in 0..<3 {
            let cut = survivors.map { FaultyDisk($0.crash(&dice), seed: 5) }
            let after = try Desk.open(cut)
            #expect(after.number == books.number && after.ledger == books.ledger)
        }
    }

    @Test func `a full disk stops the books, and room lets them go on`() throws {
        let disk = FaultyDisk(seed: 1)
        _ = try BooksTests.lived([disk])
        let books = try Desk.open([disk])
        disk.capacity = disk.bytesUsed
        let draft = Desk.draft(9_000, .opening(.person, Desk.text("Zoe")))
        let error = #expect(throws: BooksError.self) { try books.write([draft]) }
        guard case .disk(.first, let fault)? = error, fault.kind == .full else {
            Issue.record("\(String(describing: error))")
            return
        }
        disk.capacity = nil
        let after = FaultyDisk(disk.image(), seed: 2)
        let again = try Desk.open([after])
        #expect(Books.booked(try again.write([draft])).count == 1)
        _ = try again.audit()
    }
}
