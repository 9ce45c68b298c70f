import Foundation
import Links
import Synchronization
import Testing

/// Lines between processes of one user, and the threads that check.
@Suite struct LineTests {
    static func folder() throws -> String {
        // Longer than any address of a socket may be.
        let name = "tally-" + String(repeating: "x", count: 120) + UUID().uuidString
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }

    @Test func `messages go both ways, whole and in order`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let door = try Door(folder: folder, name: "node.sock")
        let caller = try Door.call(folder: folder, name: "node.sock")
        let called = try #require(door.enter())
        let long = [UInt8](repeating: 7, count: Line.messageBytes)
        caller.say([1, 2])
        caller.say([])
        caller.say(long)
        var heard: [[UInt8]] = []
        for _ in 0..<1_000 where heard.count < 3 {
            heard += called.hear()
            caller.flush()
        }
        #expect(heard == [[1, 2], [], long])
        #expect(!caller.isBusy)
        called.say([9])
        #expect(caller.hear() == [[9]])
        #expect(!caller.isOver && !called.isOver)
    }

    @Test func `the socket is for its user alone, and goes with its door`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/node.sock"
        do {
            let door = try Door(folder: folder, name: "node.sock")
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            withExtendedLifetime(door) {}
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(throws: LineFault.nobody) { try Door.call(folder: folder, name: "node.sock") }
    }

    @Test func `a socket that a dead process left is nobody's, and is replaced`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/node.sock"
        do {
            // It went without a word: its socket stays.
            let dead = try Door(folder: folder, name: "node.sock")
            try FileManager.default.moveItem(atPath: path, toPath: folder + "/aside")
            withExtendedLifetime(dead) {}
        }
        try FileManager.default.moveItem(atPath: folder + "/aside", toPath: path)
        #expect(throws: LineFault.nobody) { try Door.call(folder: folder, name: "node.sock") }
        let door = try Door(folder: folder, name: "node.sock")
        _ = try Door.call(folder: folder, name: "node.sock")
        #expect(door.enter() != nil)
    }

    @Test func `nothing that is no dead socket is removed for one`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/keys"
        #expect(FileManager.default.createFile(atPath: path, contents: Data([1, 2, 3])))
        #expect(throws: LineFault.occupied) { try Door(folder: folder, name: "keys") }
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/link",
            withDestinationPath: path
        )
        #expect(throws: LineFault.occupied) { try Door(folder: folder, name: "link") }
        #expect(FileManager.default.contents(atPath: path) == Data([1, 2, 3]))
        let door = try Door(folder: folder, name: "port")
        #expect(throws: LineFault.taken) { try Door(folder: folder, name: "port") }
        _ = try Door.call(folder: folder, name: "port")
        let long = String(repeating: "x", count: Door.nameBytes + 1)
        #expect(throws: LineFault.tooLong) { try Door(folder: folder, name: long) }
        #expect(throws: LineFault.tooLong) { try Door.call(folder: folder, name: long) }
        withExtendedLifetime(door) {}
    }

    @Test func `a door that goes leaves another of its name alone`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/node.sock"
        do {
            let first = try Door(folder: folder, name: "node.sock")
            try FileManager.default.removeItem(atPath: path)
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            withExtendedLifetime(first) {}
        }
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func `a message that claims to be too long ends the line`() throws {
        let (one, other) = try Line.pair()
        one.say([UInt8](repeating: 0, count: Line.messageBytes + 1))
        #expect(one.isOver)
        #expect(other.hear().isEmpty)
    }

    @Test func `whoever asks without end is heard so much at a time, and nothing is lost`() throws {
        let (one, other) = try Line.pair()
        for number in 0..<1_000 { one.say([UInt8(number & 255), UInt8(number >> 8)]) }
        var (heard, turns) = ([[UInt8]](), 0)
        repeat {
            let part = other.hear(atMost: 4)
            #expect(part.count <= 4)
            heard += part
            turns += 1
            one.flush()
        } while heard.count < 1_000 && turns < 10_000
        #expect(heard.map { Int($0[0]) | Int($0[1]) << 8 } == Array(0..<1_000))
        #expect(turns >= 250)
    }

    @Test func `what is said to somebody who never listens is not kept without end`() throws {
        let (one, other) = try Line.pair()
        let long = [UInt8](repeating: 7, count: 1 << 16)
        for _ in 0..<4_096 where !one.isOver { one.say(long) }
        #expect(one.isOver)
        #expect(other.hear(atMost: 1) == [long])
    }

    @Test func `whoever hangs up is noticed`() throws {
        var (one, other): (Line?, Line) = try Line.pair()
        one?.say([1])
        one = nil
        #expect(other.hear() == [[1]])
        #expect(other.isOver)
    }

    @Test func `a crew does all of it, and a bell tells`() throws {
        let done = Mutex(0)
        let bell = try Bell()
        let waiting = try Waiting()
        waiting.add(bell.file)
        let crew = try Crew(3)
        withExtendedLifetime(crew) {
            for _ in 0..<100 {
                crew.add {
                    done.withLock { $0 += 1 }
                    bell.ring()
                }
            }
            for _ in 0..<1_000 where done.withLock({ $0 }) < 100 {
                _ = waiting.wait(atMost: 100)
                bell.silence()
            }
        }
        #expect(done.withLock { $0 } == 100)
    }

    @Test(arguments: [true, false])
    func `a thread does one thing, and what comes meanwhile is taken`(takesMore: Bool) throws {
        let (bell, other, waiting, crew) = (try Bell(), try Bell(), try Waiting(), try Crew(1))
        for one in [bell, other] { waiting.add(one.file) }
        for _ in 0..<100 {
            let heard = Mutex(0)
            let done = Mutex(false)
            other.ring()
            crew.aside(
                {
                    // It ends only when the other end has been heard.
                    while heard.withLock({ $0 }) == 0 { usleep(50) }
                    done.withLock { $0 = true }
                },
                bell,
                waitingFor: waiting
            ) { ready in
                #expect(ready == [other.file])
                other.silence()
                heard.withLock { $0 += 1 }
                return takesMore
            }
            #expect(done.withLock { $0 })
            #expect(heard.withLock { $0 } == 1)
        }
    }
}

/// Bytes between programs, by a terminal that is none and by sockets.
@Suite struct CordTests {
    private static func hear(_ cord: Cord, _ count: Int) -> [UInt8] {
        var heard: [UInt8] = []
        for _ in 0..<2_000 where heard.count < count {
            heard += cord.hear(atMost: count)
            if heard.count < count { usleep(500) }
        }
        return heard
    }

    @Test func `a terminal leaves every byte as it is, both ways`() throws {
        let (inner, path) = try Cord.pseudoTerminal()
        let outer = try Cord.open(path)
        let bytes = (0...255).map { UInt8($0) }
        outer.say(bytes)
        #expect(Self.hear(inner, 256) == bytes)
        inner.say(bytes.reversed())
        #expect(Self.hear(outer, 256) == bytes.reversed())
    }

    @Test func `a terminal that nobody has open is hung up, and is none when somebody has`() throws
    {
        let (inner, path) = try Cord.pseudoTerminal()
        do {
            let outer = try Cord.open(path)
            outer.say([1])
            #expect(Self.hear(inner, 1) == [1])
            #expect(!inner.isHungUp)
        }
        #expect(inner.hear(atMost: 1) == [] && inner.isHungUp && !inner.isOver)
        let outer = try Cord.open(path)
        outer.say([2])
        #expect(Self.hear(inner, 1) == [2])
        #expect(!inner.isHungUp && !inner.isOver)
    }

    @Test func `a socket at a path is called by it, and what is none is said to be none`() throws {
        let folder = try LineTests.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let door = try Door(folder: folder, name: "x.sock")
        let caller = try Cord.open(folder + "/x.sock")
        let called = try #require(door.enterByCord())
        caller.say([1, 2, 3])
        #expect(Self.hear(called, 3) == [1, 2, 3])
        #expect(throws: LineFault.nobody) { try Cord.open(folder + "/y.sock") }
        #expect(throws: LineFault.self) { try Cord.open(folder) }
    }

    @Test func `who hangs up is gone`() throws {
        let folder = try LineTests.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let door = try Door(folder: folder, name: "x.sock")
        var caller: Cord? = try Cord.open(folder + "/x.sock")
        let called = try #require(door.enterByCord())
        withExtendedLifetime(caller) {}
        caller = nil
        #expect(called.hear(atMost: 1) == [] && called.isOver)
    }
}
