import Bench
import Disks
import Foundation
import Journal
import JournalTrials
import Testing
import Words

@Suite(.serialized) struct SpeedTests {
    @Test(.enabled(if: isLong), arguments: [1, 16])
    func `a step costs little more than its rows by bare calls`(groupSize: Int) throws {
        let times = try benchJournal(
            in: ProcessInfo.processInfo.environment["TALLY_BENCH"]
                ?? FileManager.default.temporaryDirectory.path,
            hiding: Veil(seed: 1),
            chance: Dice(seed: 1),
            groupSize: groupSize
        )
        print(times)
        #expect(times.isWithin)
    }

    @Test(.enabled(if: isLong)) func `a journal of 100,000 payments opens at once`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tally-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        var dice = Dice(seed: 1)
        func open() throws -> (Journal, Recovered) {
            try Journal.open(
                Disk(folder: folder),
                hiding: Veil(seed: 1),
                chance: Dice(seed: 2)
            )
        }
        func steps(_ payments: [[UInt8]], _ standing: Standing) -> [Step] {
            payments.map { payment in
                Step(
                    payment: payment,
                    entries: (1...2).map { LogEntry(kind: $0, bytes: dice.bytes(180)) },
                    changes: [.put(.replay, key: payment, bytes: dice.bytes(60))],
                    standing: standing
                )
            }
        }
        do {
            let (journal, _) = try open()
            for _ in 0..<500 {
                let payments = (0..<200).map { _ in dice.bytes(40) }
                try journal.write(steps(payments, .open([1], toCome: Room(steps: 1, bytes: 600))))
                try journal.write(steps(payments, .finished(dice.bytes(100))))
            }
            try journal.close()
        }
        let clock = ContinuousClock()
        var opened: (Journal, Recovered)?
        let start = try clock.measure { opened = try open() }
        let journal = try #require(opened).0
        let look = try clock.measure { _ = try journal.find(.finished, [1]) }
        let next = try clock.measure { _ = try journal.find(.finished, [2]) }
        let audit = try clock.measure { try journal.audit() }
        print(
            "100,000 payments, \(journal.number) records: opened in \(start), first look "
                + "\(look), next look \(next), audit \(audit)"
        )
        #expect(start < .seconds(1) && look < .seconds(2))
        try journal.close()
        try FileManager.default.removeItem(atPath: folder)
    }
}
