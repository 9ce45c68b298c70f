import Disks
import Store
import Testing
import Words

@Suite struct DisksTests {
    let disk = FaultyDisk(seed: 1)
    var place: Disk { Disk(system: disk.system, folder: "") }
    let block = [UInt8](repeating: 7, count: 4_096)

    @Test func `what is synced survives every power cut, and so does its name`() throws {
        let file = try File(place, "f", for: .data)
        try file.write(block, at: 100)
        try file.sync()
        var dice = Dice(seed: 2)
        for _ in 0..<100 {
            #expect(disk.crash(&dice).bytes(of: "/f") == [UInt8](repeating: 0, count: 100) + block)
        }
    }

    @Test func `an unsynced write is kept, lost and torn at sectors`() throws {
        let file = try File(place, "f", for: .data)
        try file.write([UInt8](repeating: 1, count: 4_096), at: 0)
        try file.sync()
        try file.write(block, at: 0)
        #expect(try file.read(4_096, at: 0) == block)
        var dice = Dice(seed: 2)
        var (kept, lost, torn) = (0, 0, 0)
        for _ in 0..<400 {
            let bytes = disk.crash(&dice).bytes(of: "/f")
            let sectors = stride(from: 0, to: 4_096, by: 512).map { Set(bytes[$0..<$0 + 512]) }
            #expect(sectors.allSatisfy { $0.count == 1 })
            switch sectors.count(where: { $0 == [7] }) {
            case 8: kept += 1
            case 0: lost += 1
            default: torn += 1
            }
        }
        #expect(kept > 20 && lost > 20 && torn > 20)
    }

    @Test func `a killed process leaves what it wrote to the next, and no more durable`() throws {
        let file = try File(place, "f", for: .data)
        try file.lock()
        try file.sync()
        try file.write(block, at: 0)
        let next = disk.survivor(seed: 1)
        let again = try File(Disk(system: next.system, folder: ""), "f", for: .data)
        try again.lock()
        #expect(try again.read(4_096, at: 0) == block)
        var dice = Dice(seed: 2)
        let lost = (0..<100).contains { _ in next.crash(&dice).bytes(of: "/f") != block }
        try again.sync()
        let kept = (0..<100).allSatisfy { _ in next.crash(&dice).bytes(of: "/f") == block }
        #expect(lost && kept)
    }

    @Test func `what a power cut leaves can be chosen`() throws {
        let file = try File(place, "f", for: .data)
        try file.write([UInt8](repeating: 0, count: 2_048), at: 0)
        try file.sync()
        for byte in [UInt8(1), 2, 3] {
            try file.write([UInt8](repeating: byte, count: 2_048), at: 0)
        }
        var dice = Dice(seed: 4)
        func left(_ aftermath: Aftermath) -> [UInt8] {
            let bytes = disk.crash(aftermath, &dice).bytes(of: "/f")
            return (0..<4).map { bytes[$0 * 512] }
        }
        var (torn, reordered): (Set<[UInt8]>, Set<[UInt8]>) = ([], [])
        for _ in 0..<2_000 {
            #expect(left(.kept) == [3, 3, 3, 3])
            #expect(left(.lost) == [0, 0, 0, 0])
            torn.insert(left(.torn))
            reordered.insert(left(.reordered))
        }
        // In order: the one that is torn begins, and the one before it ends; the last is not
        // there whole.
        for bytes in torn {
            #expect(bytes == bytes.sorted(by: >) && bytes[0] <= bytes[3] + 1)
        }
        #expect(torn.count == 12)
        #expect(reordered.contains { $0 != $0.sorted(by: >) } && reordered.count > torn.count)
    }

    @Test func `each write is answered on its own, whatever came after it`() throws {
        let file = try File(place, "f", for: .data)
        try file.write([UInt8](repeating: 0, count: 2_048), at: 0)
        try file.sync()
        for sector in 0..<4 { try file.write([UInt8](repeating: 1, count: 512), at: sector * 512) }
        var dice = Dice(seed: 3)
        var seen: Set<[UInt8]> = []
        for _ in 0..<2_000 {
            let bytes = disk.crash(&dice).bytes(of: "/f")
            seen.insert((0..<4).map { bytes[$0 * 512] })
        }
        #expect(seen.count == 16)
    }

    @Test func `a grown file may be short after a power cut, a new one gone`() throws {
        let file = try File(place, "f", for: .data)
        try file.sync()
        try file.write(block, at: 0)
        let other = try File(place, "g", for: .data)
        try other.write(block, at: 0)
        var dice = Dice(seed: 4)
        var (sizes, names): (Set<Int>, Set<[String]>) = ([], [])
        for _ in 0..<400 {
            let image = disk.crash(&dice)
            sizes.insert(image.count(of: "/f"))
            names.insert(image.names)
        }
        #expect(sizes.isSuperset(of: [0, 4_096]) && sizes.count > 4)
        #expect(names == [["/f"], ["/f", "/g"]])
    }

    @Test func `after a failed sync nothing unsynced is promised, not even by the next sync`()
        throws
    {
        var survivors: Set<Int> = []
        for seed in 0..<60 {
            let disk = FaultyDisk(seed: UInt64(seed))
            let file = try File(Disk(system: disk.system, folder: ""), "f", for: .data)
            try file.sync()
            try file.write([UInt8](repeating: 7, count: 512), at: 0)
            disk.fault = .init(at: 1, forEver: false)
            #expect(throws: StoreError.self) { try file.sync() }
            try file.sync()
            var dice = Dice(seed: 1)
            survivors.insert(disk.crash(&dice).count(of: "/f"))
        }
        #expect(survivors == [0, 512])
    }

    @Test func `the n-th operation fails once, or it and all after it`() throws {
        let file = try File(place, "f", for: .data)
        for forEver in [false, true] {
            disk.fault = .init(at: 3, forEver: forEver)
            let answers = (0..<5).map { _ in (try? file.write([1], at: 0)) != nil }
            #expect(answers == [true, true, false, !forEver, !forEver])
        }
    }

    @Test func `the disk is full at so many bytes, and what has its room is still written`() throws
    {
        disk.capacity = 5_000
        let file = try File(place, "f", for: .data)
        try file.write(block, at: 0)
        let fault = #expect(throws: StoreError.self) { try file.write(block, at: 4_096) }
        #expect(fault?.kind == .full)
        try file.write([UInt8](repeating: 9, count: 4_096), at: 0)
        #expect(try file.size() == 4_096)
    }

    @Test func `images are told apart by a single bit, and equal ones are equal`() throws {
        let file = try File(place, "f", for: .data)
        for index in 0..<5 { try file.write(block, at: index * 4_096) }
        try file.sync()
        var (a, b) = (disk.image(), disk.image())
        #expect(a.digest() == b.digest())
        var seen: Set<UInt64> = [a.digest()]
        for bit in stride(from: 0, to: 5 * 4_096 * 8, by: 331) {
            b = a
            b.flip("/f", bit: bit)
            #expect(seen.insert(b.digest()).inserted)
        }
        b = a
        b.cut("/f", to: 4_097)
        #expect(seen.insert(b.digest()).inserted)
    }

    @Test func `dice fill any number of bytes, and take a veil away again`() {
        var (whole, words) = (Dice(seed: 6), Dice(seed: 6))
        let expected = (0..<4).flatMap { _ in
            let word = words.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
        }
        #expect(whole.bytes(32) == expected)
        for count in 0...31 {
            var some = Dice(seed: 6)
            #expect(some.bytes(count) == Array(expected.prefix(count)))
            let plain = [UInt8](repeating: 5, count: count)
            var (bytes, once, twice) = (plain, Dice(seed: 8), Dice(seed: 8))
            once.veil(&bytes, from: count / 3)
            #expect(bytes.prefix(count / 3) == plain.prefix(count / 3))
            #expect(count < 2 || bytes != plain)
            twice.veil(&bytes, from: count / 3)
            #expect(bytes == plain)
        }
    }

    @Test func `a quick hash from two seeds is the two hashes`() {
        for count in 0...40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
            let both = quickHash(bytes, seeds: (1, 2))
            #expect(both.0 == quickHash(bytes, seed: 1) && both.1 == quickHash(bytes, seed: 2))
        }
        // What was drawn and hidden with it before is drawn and shown the same for ever.
        #expect(quickHash(Array("tally".utf8), seed: 3) == 0x9B36_62EB_249D_6FCA)
    }

    @Test func `the same seed gives the same images, and two disks know nothing of each other`()
        throws
    {
        func run() throws -> [UInt64] {
            let disk = FaultyDisk(seed: 9)
            let file = try File(Disk(system: disk.system, folder: ""), "f", for: .data)
            for index in 0..<20 { try file.write(block, at: index * 1_000) }
            var dice = Dice(seed: 5)
            return (0..<20).map { _ in
                var image = disk.crash(&dice)
                return image.digest()
            }
        }
        let first = try run()
        #expect(try run() == first)
        #expect(Set(first).count > 10)
        #expect(try place.holds("f") == false)
    }

    @Test func `a database in WAL mode loses nothing that was committed, and with NORMAL it does`()
        throws
    {
        var lost = ["FULL": 0, "NORMAL": 0]
        for mode in ["FULL", "NORMAL"] {
            let disk = FaultyDisk(seed: 3)
            let place = Disk(system: disk.system, folder: "")
            let connection = try Connection(place, "a.db")
            try connection.run("PRAGMA locking_mode=EXCLUSIVE")
            try connection.run("PRAGMA journal_mode=WAL")
            try connection.run("PRAGMA synchronous=\(mode)")
            try connection.run("CREATE TABLE t(a INTEGER) STRICT")
            var dice = Dice(seed: 8)
            for number in 1...50 {
                try connection.run("INSERT INTO t VALUES(\(number))")
                let after = FaultyDisk(disk.crash(&dice), seed: 0)
                let again = try Connection(Disk(system: after.system, folder: ""), "a.db")
                try again.run("PRAGMA locking_mode=EXCLUSIVE")
                let count = try? again.number("SELECT count(*) FROM t")
                if count != Int64(number) { lost[mode, default: 0] += 1 }
            }
        }
        #expect(lost["FULL"] == 0)
        #expect(lost["NORMAL", default: 0] > 5)
    }
}
