import Certificates
import Foundation
import Journal
import Links
import Sealing
import Station
import Testing
import Wallet
import Wire
import Words

/// A long history is asked for over a line that carries a megabyte at a time.
@Suite struct PagingTests {
    static let payments = 1_500
    static let rowBytes = 2_000

    /// A home whose journal has many payments that are over; its node.
    private static func station(in folder: String) throws -> Station {
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        let lock = KeyFile.Lock.serviceKey([UInt8](repeating: 7, count: 32))
        let owner = Wallet.Owner(
            key: ring.identity.key,
            root: ring.identity.key,
            epoch: .first,
            certificates: [],
            name: nil
        )
        let home = Home(folder)
        let draft = try home.draft(
            ring,
            sealed: try KeyFile.sealed(ring, by: lock, chance: &chance),
            root: [],
            owner: owner
        )
        try home.take(draft)
        let (log, _) = try JournalLog.open(Disk(folder: folder), hiding: ring.data, chance: chance)
        for first in stride(from: 0, to: payments, by: 100) {
            try log.journal.write((first..<first + 100).map(Self.step))
        }
        try log.journal.close()
        var settings = UDP.Settings()
        settings.networks = Interface.loopback.map(\.name)
        let checking = Checks { _, _, _ in false }
        return try Station(home, lock: lock, settings, checking: checking, cores: 1)
    }

    private static func step(_ number: Int) -> Step {
        let salt = Salt(high: UInt64(number), low: 1)
        return Step(
            payment: PaymentID(epoch: .first, random: salt, mac: salt).array,
            entries: [LogEntry(kind: 6, bytes: [1])],
            standing: .finished([UInt8](repeating: UInt8(number % 251), count: rowBytes))
        )
    }

    @Test func `page by page all of it comes, each page short enough for the line`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tally-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let station = try Self.station(in: folder)
        defer { station.close() }
        let history = try Self.pages { before in
            station.ask(.history(before: before, limit: 1_000))
        }
        #expect(history.rows == Array((0..<Self.payments).reversed()))
        #expect(history.pages > 4)
        // Looked for by the digits that people are shown: some, one, none.
        let zeros = [UInt8](repeating: 0, count: 6)
        let some = try Self.pages { station.ask(.find(zeros + [4], before: $0)) }
        #expect(some.rows == Array((1_024..<1_280).reversed()))
        #expect(try Self.pages { station.ask(.find(zeros + [0, 9], before: $0)) }.rows == [9])
        #expect(try Self.pages { station.ask(.find([1], before: $0)) }.rows == [])
        guard case .pending(let open, let isAll) = station.ask(.pending(after: nil)) else {
            Issue.record("no list")
            return
        }
        #expect(open.isEmpty && isAll)
    }

    /// The numbers of the payments on all pages, and how many pages it took.
    private static func pages(_ ask: (UInt64) -> Told) throws -> (rows: [Int], pages: Int) {
        var (rows, pages, before) = ([Int](), 0, UInt64.max)
        while true {
            let told = ask(before)
            #expect(told.wireBytes.count < Line.messageBytes)
            guard case .payments(_, let page, let next) = try Told(wireBytes: told.wireBytes) else {
                Issue.record("no page")
                return (rows, pages)
            }
            rows += page.map { $0.payment[8..<16].reduce(0) { $0 << 8 | Int($1) } }
            pages += 1
            guard let next, pages < 1_000 else { return (rows, pages) }
            before = next
        }
    }
}
