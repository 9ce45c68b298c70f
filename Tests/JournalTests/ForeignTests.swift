import Disks
import Foundation
import Journal
import JournalTrials
import Testing
import Words

/// What somebody learns who has the files and not the key, and what the machine's own disk does.
@Suite struct ForeignTests {
    /// What a wallet might write, with room for other names, amounts and peers.
    private struct Person {
        let name: String
        let peer: [UInt8]
        let amount: UInt64
        let memo: String
    }

    private let ada = Person(
        name: "Ada",
        peer: [UInt8](repeating: 1, count: 32),
        amount: 1,
        memo: "tea"
    )
    private let bartholomew = Person(
        name: "Bartholomew Featherstone",
        peer: [UInt8](repeating: 200, count: 32),
        amount: 999_999_999_999,
        memo: "thirty sacks of Assam"
    )

    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/tally-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
        return path
    }

    private func history(_ person: Person, _ folder: String, key: UInt64) throws {
        var eager = Settings()
        eager.recordsPerLaying = 3
        let (journal, _) = try Journal.open(
            Disk(folder: folder),
            hiding: Veil(seed: key),
            chance: Dice(seed: key),
            settings: eager
        )
        let amount = Array("\(person.amount)".utf8)
        for number in 0..<20 {
            let payment = [UInt8](repeating: UInt8(number), count: 8) + person.peer
            let text = Array((person.name + person.memo).utf8)
            try journal.write([
                Step(
                    payment: payment,
                    entries: [LogEntry(kind: 1, bytes: text + amount)],
                    changes: [
                        .put(.piece, key: person.peer + [UInt8(number)], bytes: amount),
                        .put(.outbox, key: payment, bytes: text),
                        .put(.register, key: Array("name".utf8), bytes: Array(person.name.utf8)),
                    ],
                    standing: .open(text, toCome: Room(steps: 2, bytes: 4_000))
                )
            ])
            guard number.isMultiple(of: 2) else { continue }
            try journal.write([
                Step(
                    payment: payment,
                    entries: [LogEntry(kind: 2, bytes: amount)],
                    changes: [
                        .remove(.outbox, key: payment),
                        .put(.replay, key: payment, bytes: person.peer),
                    ],
                    standing: .finished(text)
                )
            ])
        }
        try journal.close()
    }

    /// Everything in the clear: tables, which cells are there, every number, every length.
    private static let script = """
        import sqlite3, sys
        base = sqlite3.connect(sys.argv[1])
        print(base.execute("PRAGMA integrity_check").fetchall())
        for kind, name, sql in base.execute("SELECT type, name, sql FROM sqlite_schema"):
            print(kind, name, sql)
            if kind != "table": continue
            rows = []
            for row in base.execute(f"SELECT * FROM {name}"):
                rows.append(tuple(
                    ("sealed", len(cell)) if isinstance(cell, bytes) else cell for cell in row))
            for row in sorted(rows, key=repr): print(row)
        """

    private func inTheClear(_ folder: String) throws -> String {
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        python.arguments = ["-c", Self.script, folder + "/journal.db"]
        let out = Pipe()
        python.standardOutput = out
        try python.run()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        return text
    }

    @Test func `two wallets with equal histories differ in nothing that is not sealed`() throws {
        var seen: [String] = []
        for (key, person) in [(UInt64(1), ada), (2, bartholomew)] {
            let folder = try folder()
            try history(person, folder, key: key)
            seen.append(try inTheClear(folder))
            // Nothing of the person stands in any file.
            for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))
                #expect(bytes.range(of: Data(person.name.utf8)) == nil)
                #expect(bytes.range(of: Data(person.peer)) == nil)
            }
            try FileManager.default.removeItem(atPath: folder)
        }
        #expect(seen[0] == seen[1])
        #expect(seen[0].contains("[('ok',)]") && seen[0].contains("('sealed', 280)"))
        #expect(seen[0].split(separator: "\n").count > 100)
    }

    @Test func `on the machine's own disk it is the same journal, one at a time`() throws {
        let folder = try folder()
        let place = Disk(folder: folder)
        func open() throws(JournalError) -> (Journal, Recovered) {
            try Journal.open(place, hiding: Veil(seed: 1), chance: Dice(seed: 1))
        }
        var (model, traffic) = (Model(), Traffic(seed: 1))
        do {
            let (journal, _) = try open()
            #expect(throws: JournalError.held) { try open() }
            for _ in 0..<10 {
                let steps = traffic.group(of: 4, after: model)
                try journal.write(steps)
                model.apply(steps)
            }
        }
        let (journal, recovered) = try open()
        #expect(try Home.agrees(journal, recovered, model))
        try journal.audit()
        try journal.close()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                == ["journal.db", "journal.db-wal", "journal.head", "journal.lock"]
        )
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func `another process is told that the journal is in use`() throws {
        let folder = try folder()
        let (journal, _) = try Journal.open(
            Disk(folder: folder),
            hiding: Veil(seed: 1),
            chance: Dice(seed: 1)
        )
        let script = """
            import fcntl, sys
            file = open(sys.argv[1], "r+b")
            try: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0x40000001)
            except OSError: sys.exit(7)
            """
        func exitCode() throws -> Int32 {
            let other = Process()
            other.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            other.arguments = ["-c", script, folder + "/journal.lock"]
            try other.run()
            other.waitUntilExit()
            return other.terminationStatus
        }
        #expect(try exitCode() == 7)
        try journal.close()
        #expect(try exitCode() == 0)
        try FileManager.default.removeItem(atPath: folder)
    }
}
