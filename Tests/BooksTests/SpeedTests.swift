import Books
import Foundation
import JournalTrials
import Ledger
import Testing
import Words

@Suite(.serialized) struct BooksSpeedTests {
    private let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"

    /// What an office does on a real disk; the figures are printed, and the bounds are loose.
    @Test(arguments: [1, 2])
    func `opening costs what came after the last seal, not what came before`(disks: Int) throws {
        let base = FileManager.default.temporaryDirectory.path + "/tally-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: base) }
        let folders = (0..<disks).map { Disk(folder: base + "/\($0)") }
        for disk in folders {
            try FileManager.default.createDirectory(
                atPath: disk.folder,
                withIntermediateDirectories: true
            )
        }
        let founding = Desk.founding(sealEvery: 1_000)
        try Books.make(folders, founding, at: Desk.morning, hiding: Desk.key)
        let books = try Books.open(folders, hiding: Desk.key)
        _ = try books.write([Desk.draft(0, .opening(.person, Desk.text("Ada")))])
        let (groups, size) = (isLong ? 1_000 : 100, 100)
        let clock = ContinuousClock()
        let writing = try clock.measure {
            for group in 0..<groups {
                let drafts = (1...size).map {
                    Desk.draft(UInt64(group * size + $0), Desk.cash(.deposit, 16, 1))
                }
                let booked = Books.booked(try books.write(drafts))
                #expect(booked.count == size)
            }
        }
        try books.close()
        var opened: Books?
        let opening = try clock.measure {
            opened = try Books.open(folders, hiding: Desk.key)
        }
        let again = try #require(opened)
        let auditing = try clock.measure { _ = try again.audit() }
        let entries = Double(groups * size)
        func rate(_ time: Duration) -> Int { Int(entries / (time / .seconds(1))) }
        print(
            "books on \(disks): \(rate(writing)) entries/s in groups of \(size), audit "
                + "\(rate(auditing)) entries/s, opened in \(opening)"
        )
        #expect(again.ledger.balance(.firstHolder)?.units == Int64(groups * size))
        #expect(rate(writing) > 500 && rate(auditing) > 2_000 && opening < .seconds(2))
    }
}
