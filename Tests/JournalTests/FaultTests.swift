import Disks
import Journal
import JournalTrials
import Store
import Testing
import Words

/// The disk fails under a journal: it stops, and tells the truth when it is opened again.
@Suite struct FaultTests: Bulky {
    /// Opens, writes, rests and closes until something fails.
    private func run(_ disk: FaultyDisk) -> (models: [Model], error: JournalError?) {
        var model = Model()
        var traffic = Traffic(seed: 3)
        do {
            var journal = try Home.open(disk).0
            for number in 0..<8 {
                var next = model
                let steps = traffic.group(of: number == 3 ? 8 : 1, after: model)
                next.apply(steps)
                do {
                    try journal.write(steps)
                } catch {
                    // Stopped means stopped.
                    if error != .noRoom {
                        #expect(throws: JournalError.stopped) { try journal.write(steps) }
                        #expect(throws: JournalError.stopped) { try journal.audit() }
                    }
                    return ([model, next], error)
                }
                model = next
                if number % 3 == 2 { try journal.idle() }
                if number == 5 {
                    try journal.close()
                    journal = try Home.open(disk).0
                    for row in model.answers { _ = try journal.find(.replay, row.key) }
                }
            }
            try journal.close()
            return ([model], nil)
        } catch {
            return ([model], error)
        }
    }

    @Test(arguments: [false, true])
    func `any failing operation stops the journal, and opening again is right`(forEver: Bool)
        throws
    {
        var (number, stops) = (1, 0)
        while true {
            let disk = FaultyDisk(seed: UInt64(number))
            disk.fault = .init(at: number, forEver: forEver)
            let (models, error) = run(disk)
            guard disk.faults > 0 else { break }
            if let error {
                stops += 1
                guard case .disk = error else {
                    Issue.record("operation \(number): \(error)")
                    return
                }
            }
            disk.fault = nil
            // As the process would find it, and as it would after the power went too.
            var dice = Dice(seed: UInt64(number))
            for image in [disk.image(), disk.crash(&dice)] {
                let (journal, recovered) = try Home.open(FaultyDisk(image, seed: 1))
                let model = models.first { $0.recovered == recovered }
                guard let model, try Home.agrees(journal, recovered, model) else {
                    Issue.record("operation \(number): record \(recovered.number)")
                    return
                }
                try journal.audit()
            }
            number += 1
        }
        print("I/O errors: \(number - 1) operations failed, \(stops) stops, for ever: \(forEver)")
        #expect(number > 150 && stops > 140)
    }

    /// What the system could not write it shows as if it had, and never writes again: the next
    /// process reads bytes that are in memory alone, and its own sync of them does nothing.
    @Test func `a failed sync, a restart and then a power cut name no damage and lose nothing`()
        throws
    {
        var (number, restarts, cuts) = (1, 0, 0)
        var dice = Dice(seed: 11)
        while true {
            let disk = FaultyDisk(seed: UInt64(number))
            var failed = FaultyDisk.Operation.open
            disk.fault = .init(at: number, forEver: false)
            disk.watch = { disk, operation in
                if disk.operations + 1 == number { failed = operation }
            }
            let (models, _) = run(disk)
            guard disk.faults > 0 else { break }
            number += 1
            guard failed == .sync else { continue }
            restarts += 1
            for _ in 0..<4 {
                let home = disk.survivor(seed: UInt64(number))
                var images: [Image] = []
                home.watch = { disk, _ in
                    for _ in 0..<3 { images.append(disk.crash(&dice)) }
                }
                let (_, recovered) = try Home.open(home)
                home.watch = nil
                let allowed = models.map(\.recovered)
                #expect(allowed.contains(recovered), "operation \(number)")
                for image in images {
                    let (_, cut) = try Home.open(FaultyDisk(image, seed: 1))
                    #expect(allowed.contains(cut), "operation \(number)")
                }
                for _ in 0..<4 {
                    // It was told, so it stays.
                    let image = home.crash(&dice)
                    #expect(try Home.open(FaultyDisk(image, seed: 1)).1 == recovered)
                }
                cuts += images.count
            }
        }
        print("failed syncs: \(restarts), \(cuts) power cuts while opening again")
        #expect(restarts > 20 && cuts > 1_000)
    }

    /// The other slot may be torn while it is written, and then this one is all there is.
    @Test func `the slot of the head that is trusted is on the disk before the other is written`()
        throws
    {
        let note = Step(entries: [LogEntry(kind: 1, bytes: [])])
        var (lost, dice) = (0, Dice(seed: 3))
        for seed in 0..<16 {
            let disk = FaultyDisk(seed: UInt64(seed))
            let (journal, _) = try Home.open(disk)
            try journal.write([note])
            try journal.idle()
            let before = disk.image().bytes(of: Home.head)
            try journal.write([note])
            disk.fault = .init(at: 1, forEver: false)
            #expect(throws: JournalError.self) { try journal.idle() }
            let home = disk.survivor(seed: 1)
            let shown = home.image().bytes(of: Home.head)
            let slots = [0..<88, 4_096..<4_184]
            let slot = try #require(slots.first { before[$0] != shown[$0] })
            lost += home.crash(&dice).bytes(of: Home.head)[slot] == shown[slot] ? 0 : 1
            // The last sync of an opening is that of the other slot.
            var images: [Image] = []
            home.watch = { disk, operation in
                guard operation == .sync else { return }
                images = (0..<8).map { _ in disk.crash(&dice) }
            }
            _ = try Home.open(home)
            for image in images { #expect(image.bytes(of: Home.head)[slot] == shown[slot]) }
            #expect(images.count == 8)
        }
        #expect(lost > 2)
    }

    /// Payments are begun while there is room, then the disk is full to the byte.
    @Test(arguments: 0..<12)
    func `a payment once begun can write its end on a full disk`(seed: Int) throws {
        var settings = Settings()
        settings.checkpointFrames = [40, 400][seed % 2]
        let disk = FaultyDisk(seed: UInt64(seed))
        var dice = Dice(seed: UInt64(seed))
        var (journal, _) = try Home.open(disk, settings)
        var model = Model()
        func write(_ steps: [Step]) throws {
            try journal.write(steps)
            model.apply(steps)
        }
        // Some history, so that trees have leaves to split.
        for number in 0..<30 {
            try write([step(number, .open(dice.bytes(400), toCome: .none), &dice)])
            try write([step(number, .finished(dice.bytes(300)), &dice)])
        }
        let count = 1 + dice.below(16)
        let going = (100..<100 + count).map {
            step($0, .open(dice.bytes(300), toCome: Room(steps: 3, bytes: 45_000)), &dice)
        }
        try write(going)
        disk.capacity = disk.bytesUsed
        // Nothing new begins, and being refused harms nobody.
        let more = step(
            500,
            .open([], toCome: Room(steps: 40, bytes: 900_000)),
            &dice
        )
        #expect(throws: JournalError.noRoom) { try journal.write([more]) }
        for round in 0..<3 {
            for number in 100..<100 + count {
                let standing: Standing =
                    round == 2
                    ? .finished(dice.bytes(200))
                    : .open(
                        dice.bytes(300),
                        toCome: Room(steps: 2 - round, bytes: 15_000 * (2 - round))
                    )
                try write([step(number, standing, &dice, bytes: 10_000)])
            }
            if dice.chance(1, in: 2) {
                try journal.close()
                (journal, _) = try Home.open(disk, settings)
            }
        }
        try journal.close()
        let (again, recovered) = try Home.open(disk, settings)
        #expect(try Home.agrees(again, recovered, model))
        #expect(recovered.open.isEmpty)
        try again.audit()
    }
}
