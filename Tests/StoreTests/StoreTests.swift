import Disks
import Store
import Testing
import Words

@Suite struct StoreTests {
    let disk = FaultyDisk(seed: 1)
    var place: Disk { Disk(system: disk.system, folder: "/home") }

    func table() throws -> Connection {
        let connection = try Connection(place, "a.db")
        try connection.run("PRAGMA locking_mode=EXCLUSIVE")
        try connection.run("PRAGMA journal_mode=WAL")
        try connection.run("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB, c TEXT) STRICT")
        return connection
    }

    @Test func `what is bound is what is read, empty and nothing included`() throws {
        let connection = try table()
        let insert = try Statement(connection, "INSERT INTO t VALUES(?,?,?)")
        try insert.run([.number(.min), .bytes([]), .text("")])
        try insert.run([.number(7), .bytes([0, 255, 0]), .text("é\u{0}x")])
        try insert.run([.number(.max), .nothing, .nothing])
        var seen: [String] = []
        try Statement(connection, "SELECT a, b, c, typeof(b), typeof(c) FROM t ORDER BY a").rows {
            seen.append(
                "\($0.number(0)) \($0.bytes(1)) \(Array($0.text(2).utf8)) \($0.isNull(1)) "
                    + $0.text(3) + $0.text(4)
            )
        }
        #expect(
            seen == [
                "-9223372036854775808 [] [] false blobtext",
                "7 [0, 255, 0] [195, 169, 0, 120] false blobtext",
                "9223372036854775807 [] [] true nullnull",
            ]
        )
    }

    @Test func `a column that holds another type than it is read as is damage`() throws {
        let connection = try table()
        for (sql, isNumber) in [
            ("SELECT CAST(? AS TEXT)", false), ("SELECT 7 WHERE ? NOTNULL", false),
            ("SELECT ?", true), ("SELECT 7.0 WHERE ? NOTNULL", true),
        ] {
            let statement = try Statement(connection, sql)
            for _ in 0..<2 {
                #expect(throws: StoreError(code: 11, .step)) {
                    try statement.rows([.bytes([49])]) { row in
                        _ = isNumber ? Int(row.number(0)) : row.bytes(0).count
                    }
                }
            }
            // It says nothing of the next run.
            try statement.rows([.bytes([49])]) { _ = $0.text(0) }
        }
    }

    @Test func `a lock that a connection was given is let go of when it closes`() throws {
        func locked() throws -> File {
            let lock = try File(place, "a.lock", for: .lock)
            try lock.lock()
            return lock
        }
        var connection: Connection? = try Connection(place, "a.db", under: locked())
        #expect(throws: StoreError.self) { try locked() }
        #expect(try connection?.number("SELECT 1") == 1)
        connection = nil
        _ = try locked()
    }

    @Test func `a refusal says what kind it is and never what was bound`() throws {
        let connection = try table()
        let insert = try Statement(connection, "INSERT INTO t VALUES(?,?,?)")
        try insert.run([.number(1), .nothing, .text("secret")])
        let fault = #expect(throws: StoreError.self) {
            try insert.run([.number(1), .nothing, .text("secret")])
        }
        #expect(fault?.kind == .other)
        #expect(fault?.activity == .step)
        #expect(fault?.description.contains("secret") == false)
        #expect(throws: StoreError(code: 1, .prepare)) {
            try Statement(connection, "SELECT nonsense")
        }
        // The statement is as good as new after it.
        try insert.run([.number(2), .nothing, .text("other")])
        #expect(try connection.number("SELECT count(*) FROM t") == 2)
    }

    @Test func `an I/O error and a full disk are told apart`() throws {
        let connection = try table()
        disk.capacity = disk.bytesUsed
        let full = #expect(throws: StoreError.self) {
            try connection.run("INSERT INTO t VALUES(1, zeroblob(9000), '')")
        }
        #expect(full?.kind == .full)
        disk.capacity = nil
        disk.fault = .init(at: 1, forEver: false)
        let failed = #expect(throws: StoreError.self) {
            try connection.run("INSERT INTO t VALUES(1, zeroblob(9000), '')")
        }
        #expect(failed?.kind == .io)
    }

    @Test func `the frames of the WAL are counted, and a checkpoint starts them anew`() throws {
        let connection = try table()
        try connection.run("INSERT INTO t VALUES(1, zeroblob(9000), '')")
        let before = connection.walFrames
        #expect(before >= 4)
        try connection.checkpoint()
        try connection.run("INSERT INTO t VALUES(2, x'', '')")
        #expect((1..<before).contains(connection.walFrames))
        #expect(try connection.wal().size() == disk.image().count(of: "/home/a.db-wal"))
    }

    @Test func `closing writes nothing`() throws {
        do {
            let connection = try table()
            try connection.run("INSERT INTO t VALUES(1, x'00', '')")
            disk.watch = { _, operation in Issue.record("\(operation) while closing") }
            _ = connection.walFrames
        }
        disk.watch = nil
        let again = try Connection(place, "a.db")
        try again.run("PRAGMA locking_mode=EXCLUSIVE")
        #expect(try again.number("SELECT count(*) FROM t") == 1)
    }

    @Test func `a file is read, written, synced and locked through the VFS`() throws {
        #expect(try place.holds("f") == false)
        let file = try File(place, "f", for: .data)
        try file.write([1, 2, 3], at: 2)
        #expect(try file.size() == 5)
        #expect(try file.read(10, at: 1) == [0, 1, 2, 3])
        #expect(try file.read(10, at: 9) == [])
        #expect(try place.holds("f"))
        try file.sync()
        #expect(disk.isQuiet)
        let lock = try File(place, "l", for: .lock)
        try lock.lock()
        let second = try File(place, "l", for: .lock)
        #expect(throws: StoreError(code: 5, .lock)) { try second.lock() }
    }

    @Test func `a lock goes with its owner, on the machine's own disk too`() throws {
        let folder = "/tmp/tally-store-\(UInt64.random(in: 0 ... .max))"
        for place in [place, Disk(folder: folder)] {
            if place.system == nil { try makeFolder(folder) }
            var first: File? = try File(place, "lock", for: .lock)
            try first?.lock()
            let second = try File(place, "lock", for: .lock)
            #expect(throws: StoreError(code: 5, .lock)) { try second.lock() }
            first = nil
            try second.lock()
        }
        try removeFolder(folder)
    }
}
