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

/// The first leaf of an index, or of a table that is one, by its bytes: what no SQL can change,
/// a flipped bit or a hand on the file can.
struct IndexPage {
    /// Where it begins in the database.
    let start: Int
    /// Where its cells lie in the database, each its size and as many bytes, in order.
    let cells: [Range<Int>]

    init(_ name: String, of image: Image) throws {
        let bytes = image.bytes(of: Home.database)
        func number(_ at: Int, _ size: Int) -> Int {
            bytes[at..<at + size].reduce(0) { $0 << 8 | Int($1) }
        }
        var start = (try Self.root(name, of: image) - 1) * 4_096
        // An inner page's cell begins with the number of the page below it.
        while bytes[start] == 2 { start = (number(start + number(start + 12, 2), 4) - 1) * 4_096 }
        try #require(bytes[start] == 10)
        cells = (0..<number(start + 3, 2)).map { cell in
            let at = start + number(start + 8 + 2 * cell, 2)
            // A size above 127 takes two bytes, seven bits in each.
            let (high, low) = (Int(bytes[at]), Int(bytes[at + 1]))
            return at..<at + (high < 128 ? 1 + high : 2 + (high & 127) << 7 + low)
        }
        self.start = start
    }

    private static func root(_ name: String, of image: Image) throws -> Int {
        let disk = FaultyDisk(image, seed: 1)
        let foreign = try Connection(
            Disk(system: disk.system, folder: Home.folder),
            Home.databaseName
        )
        try foreign.run("PRAGMA locking_mode=EXCLUSIVE")
        let found = try foreign.number(
            """
            SELECT rootpage FROM sqlite_schema
            WHERE name='\(name)' OR name='sqlite_autoindex_\(name)_1'
            """
        )
        return Int(try #require(found))
    }

    /// The image after one cell was written over another of its size.
    func copying(_ from: Range<Int>, over to: Range<Int>, in image: Image) -> Image {
        var changed = image
        let cell = Array(image.bytes(of: Home.database)[from])
        changed.overwrite(Home.database, with: cell, at: to.lowerBound)
        return changed
    }

    /// Two cells that lie beside each other in order, and are of one size.
    var twins: (Range<Int>, Range<Int>)? {
        zip(cells, cells.dropFirst()).first { $0.count == $1.count }
    }
}
