import Disks
import Journal
import JournalTrials
import Testing
import Words

/// Room that is put by before a payment writes anything.
@Suite struct ReservingTests: Bulky {
    /// What a payment of three bulky steps asks for, and what its steps leave to come.
    private let room = Room(steps: 3, bytes: 45_000)

    private func steps(_ number: Int, _ dice: inout Dice) -> [Step] {
        let standings: [Standing] = [
            .open(dice.bytes(300), toCome: Room(steps: 2, bytes: 30_000)),
            .open(dice.bytes(300), toCome: Room(steps: 1, bytes: 15_000)),
            .finished(dice.bytes(200)),
        ]
        return standings.map { step(number, $0, &dice, bytes: 10_000) }
    }

    private func payment(_ number: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(number % 251), count: 40)
    }

    /// A journal with some history, whose WAL keeps little more room than it has to.
    private func home(
        _ disk: FaultyDisk,
        _ dice: inout Dice,
        checkpointFrames: Int = 40
    ) throws -> (Journal, Model) {
        var settings = Settings()
        settings.checkpointFrames = checkpointFrames
        let (journal, _) = try Home.open(disk, settings)
        var model = Model()
        for number in 0..<30 {
            for standing in [.open([1], toCome: .none), .finished([2])] as [Standing] {
                let step = step(number, standing, &dice)
                try journal.write([step])
                model.apply([step])
            }
        }
        return (journal, model)
    }

    @Test(arguments: 0..<12)
    func `a reserved payment can write all its steps on a full disk`(seed: Int) throws {
        let disk = FaultyDisk(seed: UInt64(seed))
        var dice = Dice(seed: UInt64(seed))
        var (journal, model) = try home(disk, &dice, checkpointFrames: [40, 400][seed % 2])
        let numbers = 100..<101 + dice.below(16)
        for number in numbers { #expect(try journal.reserve(payment(number), room)) }
        disk.capacity = disk.bytesUsed
        // Nobody else begins, and being refused harms nobody.
        let more = Room(steps: 40, bytes: 900_000)
        #expect(try !journal.reserve(payment(200), more))
        let stranger = step(200, .open([], toCome: more), &dice)
        #expect(throws: JournalError.noRoom) { try journal.write([stranger]) }
        let all = numbers.map { steps($0, &dice) }
        for round in 0..<3 {
            // One by one and in groups.
            let group = all.map { $0[round] }
            for some in dice.chance(1, in: 2) ? [group] : group.map({ [$0] }) {
                try journal.write(some)
                model.apply(some)
            }
            if dice.chance(1, in: 3) { try journal.idle() }
        }
        try journal.close()
        let (again, recovered) = try Home.open(disk)
        #expect(try Home.agrees(again, recovered, model))
        try again.audit()
    }

    @Test func `without a reservation the same payment is refused`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (journal, _) = try home(disk, &dice)
        #expect(try journal.reserve(payment(100), room))
        disk.capacity = disk.bytesUsed
        #expect(throws: JournalError.noRoom) { try journal.write([steps(101, &dice)[0]]) }
        #expect(try !journal.reserve(payment(101), room))
        for step in steps(100, &dice) { try journal.write([step]) }
    }

    @Test func `what is released can be reserved again`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (journal, _) = try home(disk, &dice)
        #expect(try journal.reserve(payment(100), room))
        disk.capacity = disk.bytesUsed
        #expect(try !journal.reserve(payment(101), room))
        journal.release(payment(102))
        #expect(try !journal.reserve(payment(101), room))
        journal.release(payment(100))
        journal.release(payment(100))
        #expect(try journal.reserve(payment(101), room))
        #expect(throws: JournalError.noRoom) { try journal.write([steps(100, &dice)[0]]) }
        for step in steps(101, &dice) { try journal.write([step]) }
    }

    @Test func `a second reservation takes the first one's place, if there is room`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (journal, _) = try home(disk, &dice)
        let twice = Room(steps: 6, bytes: 90_000)
        #expect(try journal.reserve(payment(100), twice))
        disk.capacity = disk.bytesUsed
        #expect(try !journal.reserve(payment(100), Room(steps: 60, bytes: 900_000)))
        #expect(try !journal.reserve(payment(101), room))
        #expect(try journal.reserve(payment(100), room))
        #expect(try journal.reserve(payment(101), room))
        for number in 100...101 { try journal.write([steps(number, &dice)[0]]) }
    }

    @Test func `a payment that has begun is not counted twice`() throws {
        for first in 0...1 {
            let disk = FaultyDisk(seed: 1)
            var dice = Dice(seed: 1)
            let (journal, _) = try home(disk, &dice)
            let twice = Room(steps: 6, bytes: 90_000)
            #expect(try journal.reserve(payment(100), twice))
            disk.capacity = disk.bytesUsed
            #expect(try !journal.reserve(payment(101), room))
            // It writes less than it asked for: a small state, or its end at once.
            let standing: Standing = [.open([1], toCome: .none), .finished([2])][first]
            try journal.write([step(100, standing, &dice)])
            #expect(try journal.reserve(payment(101), room))
            // To release what has begun is nothing.
            journal.release(payment(100))
            for step in steps(101, &dice) { try journal.write([step]) }
        }
    }

    @Test func `what a payment notes before it is open comes out of its room`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        var (journal, model) = try home(disk, &dice)
        #expect(try journal.reserve(payment(100), Room(steps: 4, bytes: 60_000)))
        disk.capacity = disk.bytesUsed
        let note = step(100, .unchanged, &dice, bytes: 10_000)
        for step in [note] + steps(100, &dice) {
            try journal.write([step])
            model.apply([step])
        }
        // It cannot note for ever what it reserved for once.
        #expect(try journal.reserve(payment(101), Room(steps: 1, bytes: 15_000)))
        let refused = #expect(throws: JournalError.self) {
            for _ in 0..<100 {
                let note = step(101, .unchanged, &dice, bytes: 10_000)
                try journal.write([note])
                model.apply([note])
            }
        }
        #expect(refused == .noRoom)
        try journal.close()
        let recovered: Recovered
        (journal, recovered) = try Home.open(disk)
        #expect(try Home.agrees(journal, recovered, model))
    }

    @Test func `what goes on as announced leaves room for what comes with it`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (journal, _) = try home(disk, &dice)
        #expect(try journal.reserve(payment(100), Room(steps: 6, bytes: 90_000)))
        disk.capacity = disk.bytesUsed
        let toCome = Room(steps: 5, bytes: 75_000)
        let first = step(100, .open([1], toCome: toCome), &dice, bytes: 10_000)
        try journal.write([first, Step(entries: [LogEntry(kind: 1, bytes: [])])])
        let last = step(100, .finished([2]), &dice, bytes: 10_000)
        try journal.write([last, Step(entries: [LogEntry(kind: 1, bytes: [])])])
    }

    @Test func `reservations are gone after a restart, and what had begun is not`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        var (journal, _) = try home(disk, &dice)
        for number in 100...101 { #expect(try journal.reserve(payment(number), room)) }
        let going = steps(100, &dice)
        try journal.write([going[0]])
        try journal.close()
        var settings = Settings()
        settings.checkpointFrames = 40
        (journal, _) = try Home.open(disk, settings)
        disk.capacity = disk.bytesUsed
        #expect(try journal.reserve(payment(102), room))
        #expect(try !journal.reserve(payment(101), room))
        for step in going[1...] + steps(102, &dice) { try journal.write([step]) }
    }
}
