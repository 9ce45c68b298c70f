import Disks
import Journal
import JournalTrials
import Store
import Testing
import Words

extension Image {
    /// The same home with everything in its database, so that no frame of the WAL hides a page.
    func settled() throws -> Image {
        let disk = FaultyDisk(self, seed: 1)
        // Opening copies the WAL back.
        try Home.open(disk).0.close()
        var image = disk.image()
        image[Home.wal] = nil
        return image
    }
}

/// The one page of a small index, by its bytes: what no SQL can change, a flipped bit or a
/// hand on the file can.
struct IndexPage {
    /// Where it begins in the database.
    let start: Int
    /// Where its cells lie in the database, each its size and as many bytes, in order.
    let cells: [Range<Int>]

    init(_ name: String, of image: Image) throws {
        let disk = FaultyDisk(image, seed: 1)
        let foreign = try Connection(
            Disk(system: disk.system, folder: Home.folder),
            "journal.db"
        )
        try foreign.run("PRAGMA locking_mode=EXCLUSIVE")
        let found = try foreign.number(
            "SELECT rootpage FROM sqlite_schema WHERE name='\(name)'"
        )
        let start = (Int(try #require(found)) - 1) * 4_096
        let page = Array(image.bytes(of: Home.database)[start..<start + 4_096])
        func word(_ at: Int) -> Int { Int(page[at]) << 8 | Int(page[at + 1]) }
        // A leaf of an index; its cells begin with their size, here always of one byte.
        try #require(page[0] == 10)
        cells = (0..<word(3)).map { number in
            let at = word(8 + 2 * number)
            return start + at..<start + at + 1 + Int(page[at])
        }
        self.start = start
    }
}
