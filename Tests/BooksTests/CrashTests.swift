import Books
import Disks
import Foundation
import Ledger
import Testing
import Words

/// Power cuts under an office: customers come to its books on one faulty disk or on two, images
/// are taken before every change of either, and each different one is opened again.
///
/// What must come out is exactly what had been told, or that and the whole of the group that was
/// being written.
private final class Campaign {
    private(set) var seen: Set<UInt64> = []
    private(set) var faults: [String] = []
    private(set) var recoveries = 0
    private(set) var kills = 0
    private(set) var caughtUp = 0
    private var images: [[Image]] = []
    private var dice: Dice
    private var disks: [FaultyDisk]
    private let settings: Books.Settings
    private let seed: UInt64
    /// What may be found: what was told, and that with all of a group.
    private var allowed: [Told] = [Told()]

    private struct Told: Equatable {
        var number: UInt64 = 0
        var ledger = Ledger()
        var entries: [Books.Entry] = []
    }

    init(seed: UInt64, disks count: Int, _ settings: Books.Settings = Books.Settings()) {
        (self.seed, self.settings, dice) = (seed, settings, Dice(seed: seed))
        disks = (0..<count).map { FaultyDisk(seed: seed &* 2 &+ UInt64($0)) }
    }

    func run(groups: Int, killing: Bool) throws {
        try Desk.make(disks)
        watch()
        var customers = Customers(seed: seed)
        var books = try Desk.open(disks, settings)
        for _ in 0..<groups {
            let group = customers.group(of: 1 + dice.below(4))
            let told = allowed[0]
            // What a group comes to is known from books that nothing happens to.
            let after = try outcome(of: group, told)
            allowed = [told, after]
            changesUntilKilled = killing && dice.chance(1, in: 2) ? 1 + dice.below(8) : 0
            _ = try books.write(group)
            try openImages()
            if !killed.isEmpty {
                books = try startAgain()
            } else {
                changesUntilKilled = 0
                allowed = [after]
                takeImages()
                if dice.chance(1, in: 5) {
                    try books.close()
                    books = try Desk.open(disks, settings)
                }
            }
            try openImages()
        }
        unwatch()
    }

    /// The process was killed while it wrote its group: another takes over what the system shows,
    /// and what that tells stays.
    private func startAgain() throws -> Books {
        kills += 1
        unwatch()
        disks = killed
        watch()
        let books = try Desk.open(disks, settings)
        try openImages()
        guard let model = model(of: books) else { throw Broken(what: "after a kill") }
        if model == allowed[0] { history.removeLast(group) }
        allowed = [model]
        takeImages()
        return books
    }

    struct Broken: Error { let what: String }

    private func outcome(of group: [Books.Draft], _ told: Told) throws -> Told {
        let calm = FaultyDisk(seed: 0)
        try Desk.make([calm])
        let books = try Desk.open([calm])
        _ = try books.write(history)
        history += group
        self.group = group.count
        let entries = Books.booked(try books.write(group))
        return Told(
            number: books.number,
            ledger: books.ledger,
            entries: told.entries + entries
        )
    }

    /// All that was asked of the books, and how much of it in the last group.
    private var history: [Books.Draft] = []
    private var group = 0
    /// How many changes of a disk there are still to be, and the disks as they were then.
    private var changesUntilKilled = 0
    private var killed: [FaultyDisk] = []

    private func watch() {
        killed = []
        for disk in disks { disk.watch = { [unowned self] _, _ in changing() } }
    }

    private func changing() {
        takeImages()
        guard changesUntilKilled > 0 else { return }
        changesUntilKilled -= 1
        if changesUntilKilled == 0 { killed = disks.map { $0.survivor(seed: seed) } }
    }

    private func unwatch() { for disk in disks { disk.watch = nil } }

    private func takeImages() {
        for _ in 0..<2 { images.append(disks.map { $0.crash(&dice) }) }
    }

    private func openImages() throws {
        let taken = images
        images = []
        for var pair in taken {
            var digest: UInt64 = 0
            for index in pair.indices { digest = digest &* 31 &+ pair[index].digest() }
            guard seen.insert(digest).inserted else { continue }
            check(pair, digest, again: dice.chance(1, in: 8))
        }
    }

    private func model(of books: Books) -> Told? {
        allowed.first { $0.number == books.number && $0.ledger == books.ledger }
    }

    private func check(_ images: [Image], _ digest: UInt64, again: Bool) {
        let cut = images.map { FaultyDisk($0, seed: digest) }
        var more: [[Image]] = []
        var drawn = Dice(seed: digest)
        if again {
            for disk in cut {
                disk.watch = { _, _ in more.append(cut.map { $0.crash(&drawn) }) }
            }
        }
        do {
            let books = try Desk.open(cut, settings)
            for disk in cut { disk.watch = nil }
            guard let told = model(of: books) else {
                return note("entry \(books.number) of \(allowed.map(\.number))")
            }
            caughtUp += books.caughtUp > 0 ? 1 : 0
            guard books.ledger.isSound else { return note("entry \(books.number): no sum") }
            for entry in told.entries where try books.entry(of: entry.request) != entry {
                return note("entry \(entry.number) is another one")
            }
            _ = try books.audit()
            try books.close()
            try checkEach(cut, told)
            for images in more {
                recoveries += 1
                check(images, digest &+ UInt64(recoveries), again: false)
            }
        } catch {
            note("\(error)")
        }
    }

    /// Both disks say the same once they were opened together.
    private func checkEach(_ disks: [FaultyDisk], _ told: Told) throws {
        for disk in disks {
            let alone = try Desk.open([disk], settings)
            guard alone.number == told.number else {
                return note("one disk ends at \(alone.number), not \(told.number)")
            }
            try alone.close()
        }
    }

    private func note(_ fault: String) { faults.append("seed \(seed): \(fault)") }
}

@Suite struct CrashTests {
    private let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"

    @Test(arguments: [1, 2])
    func `a power cut loses nothing that was told and shows no half group`(disks: Int) throws {
        var (images, seed, recoveries, kills, caughtUp) = (0, UInt64(0), 0, 0, 0)
        while images < (isLong ? 10_000 : 1_500) {
            let campaign = Campaign(seed: seed, disks: disks)
            try campaign.run(groups: 10, killing: seed % 2 == 1)
            #expect(campaign.faults.isEmpty, "\(campaign.faults.prefix(4))")
            guard campaign.faults.isEmpty else { return }
            images += campaign.seen.count
            (recoveries, kills) = (recoveries + campaign.recoveries, kills + campaign.kills)
            (caughtUp, seed) = (caughtUp + campaign.caughtUp, seed + 1)
        }
        print(
            "books on \(disks): \(images) crash images, \(recoveries) of recoveries, "
                + "\(kills) kills, \(caughtUp) caught up, \(seed) runs"
        )
        #expect(recoveries > 50 && kills > 0 && (caughtUp > 50) == (disks == 2))
    }

    @Test func `with synchronous=NORMAL the same campaign finds losses`() throws {
        var settings = Books.Settings()
        settings.synchronous = .normal
        let campaign = Campaign(seed: 3, disks: 1, settings)
        try campaign.run(groups: 6, killing: false)
        #expect(campaign.faults.count > 10)
    }
}
