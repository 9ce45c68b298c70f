import Books
import Disks
import Ledger
import Testing
import Words

/// Books that lost their newest entries do not pass for the newest.
@Suite struct BooksHeadTests {
    static let head = Desk.folder + "/books.head"
    static let wal = Desk.database + "-wal"

    /// Books at two moments, the second with more entries.
    private func twoMoments(_ disk: FaultyDisk) throws -> (before: Image, after: Image, UInt64) {
        try Desk.make([disk])
        var books = try Desk.open([disk])
        var customers = Customers(seed: 3)
        for _ in 0..<4 { _ = try books.write(customers.group(of: 3)) }
        try books.close()
        let before = disk.image()
        books = try Desk.open([disk])
        for _ in 0..<4 { _ = try books.write(customers.group(of: 3)) }
        try books.close()
        return (before, disk.image(), books.number)
    }

    @Test func `an older copy under a newer head is named`() throws {
        let (before, after, last) = try twoMoments(FaultyDisk(seed: 1))
        let older = try Desk.open([FaultyDisk(before, seed: 2)])
        let floor = older.number
        var image = before
        image[Self.head] = after[Self.head]
        let disk = FaultyDisk(image, seed: 3)
        #expect(throws: BooksError.cut(last: floor, head: last)) { try Desk.open([disk]) }
        // With a second disk that has them, they come from there.
        let books = try Desk.open([disk, FaultyDisk(after, seed: 4)])
        #expect(books.number == last && books.caughtUp == last - floor)
        _ = try books.audit()
    }

    @Test func `a head that knows another history is named`() throws {
        let (before, after, _) = try twoMoments(FaultyDisk(seed: 1))
        let disk = FaultyDisk(before, seed: 2)
        let books = try Desk.open([disk])
        let parting = books.number
        var customers = Customers(seed: 77)
        for _ in 0..<30 { _ = try books.write(customers.group(of: 3)) }
        try books.close()
        var image = disk.image()
        image[Self.head] = after[Self.head]
        let error = #expect(throws: BooksError.self) { try Desk.open([FaultyDisk(image, seed: 3)]) }
        guard case .contradicting(let entry)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(entry > parting)
    }

    @Test func `without a head nothing passes for the newest`() throws {
        let (_, after, last) = try twoMoments(FaultyDisk(seed: 1))
        var images = [after, after]
        images[0][Self.head] = nil
        images[1].overwrite(Self.head, with: Array(repeating: 0, count: 8_192), at: 0)
        for image in images {
            let disk = FaultyDisk(image, seed: 2)
            #expect(throws: BooksError.headless) { try Desk.open([disk]) }
            // One of two is enough, and then both have one again.
            let twin = FaultyDisk(after, seed: 3)
            let books = try Desk.open([disk, twin])
            #expect(books.number == last)
            try books.close()
            #expect(try Desk.open([disk]).number == last)
        }
    }

    /// SQLite takes a log whose checksums fail for one that ends there, and says nothing.
    @Test func `whatever bit of the log flips, told entries are there or missed by name`() throws {
        let disk = FaultyDisk(seed: 1)
        try Desk.make([disk])
        let books = try Desk.open([disk])
        var customers = Customers(seed: 3)
        for _ in 0..<5 { _ = try books.write(customers.group(of: 2)) }
        let image = disk.image()
        var (named, silent, dice) = (0, 0, Dice(seed: 9))
        for _ in 0..<400 {
            var flipped = image
            flipped.flip(Self.wal, bit: dice.below(image.count(of: Self.wal) * 8))
            do throws(BooksError) {
                let after = try Desk.open([FaultyDisk(flipped, seed: 2)])
                #expect(after.number == books.number && after.ledger == books.ledger)
                silent += 1
            } catch {
                switch error {
                case .cut, .damaged, .missing: named += 1
                case let other: Issue.record("\(other)")
                }
            }
        }
        #expect(named > 100)
        print("flips of the log: \(named) named, \(silent) without effect")
    }
}
