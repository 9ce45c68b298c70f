import Books
import Disks
import Ledger
import Store
import Testing
import Words

/// Opened on two disks: what one lacks it gets, what contradicts is named.
@Suite struct TwoDisksTests {
    private func booked(_ disks: [FaultyDisk], groups: Int, seed: UInt64) throws {
        let books = try Desk.open(disks)
        var customers = Customers(seed: seed)
        for _ in 0..<groups { _ = try books.write(customers.group(of: 2)) }
        try books.close()
    }

    @Test(arguments: [Copy.first, .second])
    func `a disk that is behind is caught up, and both are the same then`(behind: Copy) throws {
        let disks = [FaultyDisk(seed: 1), FaultyDisk(seed: 2)]
        try Desk.make(disks)
        try booked(disks, groups: 3, seed: 1)
        let old = disks[behind.rawValue].image()
        // More than is copied in one transaction.
        try booked(disks, groups: 900, seed: 2)
        var now = disks
        now[behind.rawValue] = FaultyDisk(old, seed: 3)
        let books = try Desk.open(now)
        #expect(books.caughtUp > 1_000)
        let audit = try books.audit()
        try books.close()
        #expect(try Desk.open(now).caughtUp == 0)
        for disk in now {
            let alone = try Desk.open([disk])
            #expect(alone.ledger == audit.ledger && alone.number + 1 == audit.entries)
            try alone.close()
        }
    }

    @Test func `two that went different ways are named with the entry where they parted`() throws {
        let disks = [FaultyDisk(seed: 1), FaultyDisk(seed: 2)]
        try Desk.make(disks)
        try booked(disks, groups: 4, seed: 1)
        let parting = try Desk.open(disks)
        let last = parting.number
        try parting.close()
        // Each goes on alone, as if the other had been pulled out.
        try booked([disks[0]], groups: 9, seed: 2)
        try booked([disks[1]], groups: 12, seed: 3)
        let before = disks.map { $0.image().bytes(of: Desk.database) }
        #expect(throws: BooksError.contradicting(at: last + 1)) { try Desk.open(disks) }
        #expect(disks.map { $0.image().bytes(of: Desk.database) } == before)
    }

    @Test func `books of another office are no copy`() throws {
        let disks = [FaultyDisk(seed: 1), FaultyDisk(seed: 2)]
        try Desk.make([disks[0]], sealEvery: 4)
        try Desk.make([disks[1]], sealEvery: 5)
        #expect(throws: BooksError.contradicting(at: 0)) { try Desk.open(disks) }
    }

    @Test func `a disk without books is named and stays as it is`() throws {
        let disk = FaultyDisk(seed: 1)
        try Desk.make([disk])
        let empty = FaultyDisk(seed: 2)
        #expect(throws: BooksError.missing(.second)) { try Desk.open([disk, empty]) }
        #expect(throws: BooksError.missing(.first)) { try Desk.open([empty, disk]) }
        #expect(empty.image().names.isEmpty)
    }

    @Test(arguments: [Copy.first, .second])
    func `an empty disk is filled with all that the other has`(copy: Copy) throws {
        let whole = FaultyDisk(seed: 1)
        try Desk.make([whole])
        try booked([whole], groups: 900, seed: 2)
        let empty = FaultyDisk(seed: 2)
        let both = copy == .first ? [empty, whole] : [whole, empty]
        let books = try Desk.open(both, filling: copy)
        // More than is copied in one transaction, and the first that an empty one was given.
        #expect(books.caughtUp > 1_000 && books.caughtUp == books.number)
        let audit = try books.audit()
        try books.close()
        let alone = try Desk.open([empty])
        #expect(alone.ledger == audit.ledger && alone.number + 1 == audit.entries)
        #expect(try alone.audit().ledger == audit.ledger)
        try alone.close()
        // What is filled already is opened as it is.
        #expect(try Desk.open(both, filling: copy).caughtUp == 0)
    }

    @Test func `a filling that is cut anywhere goes on, and nothing of the other disk is lost`()
        throws
    {
        let whole = FaultyDisk(seed: 1)
        try Desk.make([whole])
        try booked([whole], groups: 60, seed: 2)
        let (ledger, number) = try state(of: whole)
        let empty = FaultyDisk(seed: 2)
        var (images, dice): ([(Image, Image)], Dice) = ([], Dice(seed: 3))
        for disk in [whole, empty] {
            disk.watch = { _, _ in
                images.append((whole.crash(&dice), empty.crash(&dice)))
            }
        }
        try Desk.open([whole, empty], filling: .second).close()
        for disk in [whole, empty] { disk.watch = nil }
        #expect(images.count > 10)
        for (index, image) in images.enumerated() {
            let cut = [FaultyDisk(image.0, seed: 4), FaultyDisk(image.1, seed: 5)]
            try Desk.open(cut, filling: .second).close()
            for disk in cut {
                let now = try state(of: disk)
                #expect(now.ledger == ledger && now.number == number, "cut \(index)")
            }
        }
    }

    private func state(of disk: FaultyDisk) throws -> (ledger: Ledger, number: UInt64) {
        let books = try Desk.open([disk])
        defer { try? books.close() }
        return (books.ledger, books.number)
    }

    @Test func `what is no copy, or not whole, fills nothing`() throws {
        let disks = [FaultyDisk(seed: 1), FaultyDisk(seed: 2)]
        try Desk.make([disks[0]], sealEvery: 4)
        try Desk.make([disks[1]], sealEvery: 5)
        #expect(throws: BooksError.contradicting(at: 0)) {
            try Desk.open(disks, filling: .second)
        }
        let empty = FaultyDisk(seed: 3)
        #expect(throws: BooksError.missing(.second)) {
            try Desk.open([empty, FaultyDisk(seed: 4)], filling: .first)
        }
        try booked([disks[0]], groups: 9, seed: 2)
        let foreign = try Desk.foreign(disks[0])
        try foreign.run("DROP TRIGGER entry_stays")
        try foreign.run("UPDATE entry SET memo='x' WHERE number=3")
        #expect(throws: BooksError.self) {
            try Desk.open([disks[0], empty], filling: .second)
        }
    }

    @Test func `nothing is told before both disks have it`() throws {
        let disks = [FaultyDisk(seed: 1), FaultyDisk(seed: 2)]
        try Desk.make(disks)
        let books = try Desk.open(disks)
        var customers = Customers(seed: 4)
        var dice = Dice(seed: 4)
        for _ in 0..<12 {
            let entries = Books.booked(try books.write(customers.group(of: 3)))
            for disk in disks {
                let cut = FaultyDisk(disk.crash(.lost, &dice), seed: 5)
                let alone = try Desk.open([cut])
                for entry in entries { #expect(try alone.entry(of: entry.request) == entry) }
            }
        }
    }
}
