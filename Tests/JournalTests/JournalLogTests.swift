import Disks
import Journal
import JournalTrials
import Testing
import Words

/// The journal as a node sees it.
@Suite struct JournalLogTests: Bulky {
    private func open(_ disk: FaultyDisk) throws -> (any Log, Recovered) {
        try JournalLog.open(
            Disk(system: disk.system, folder: Home.folder),
            hiding: Veil(seed: 1),
            chance: Dice(seed: 1),
            settings: Home.small
        )
    }

    @Test func `what is kept is durable, and looked up again`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (log, empty) = try open(disk)
        #expect(empty == Recovered(number: 0, registers: [], pieces: [], outbox: [], open: []))
        let payment = step(1, .unchanged, &dice).payment
        #expect(try log.reserve(payment, Room(steps: 2, bytes: 9_000)))
        var model = Model()
        let steps = [
            step(1, .open([5], toCome: Room(steps: 1, bytes: 4_000)), &dice),
            step(2, .finished([6]), &dice),
        ]
        try log.keep(steps)
        model.apply(steps)
        var power = Dice(seed: 2)
        let (again, recovered) = try open(FaultyDisk(disk.crash(&power), seed: 1))
        #expect(recovered == model.recovered)
        for log in [log, again] {
            #expect(try log.look(.finished, steps[1].payment) == [6])
            #expect(try log.look(.finished, payment) == nil)
        }
        log.release([1])
    }

    @Test func `settling syncs the head`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (log, _) = try open(disk)
        try log.keep([step(1, .finished([6]), &dice)])
        var syncs = 0
        disk.watch = { _, operation in syncs += operation == .sync ? 1 : 0 }
        try log.settle()
        #expect(syncs > 0)
        syncs = 0
        try log.settle()
        #expect(syncs == 0)
    }

    @Test func `a fault says what the journal says, and ends its use`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (log, _) = try open(disk)
        disk.fault = .init(at: 1, forEver: true)
        let step = step(1, .finished([6]), &dice)
        let first = #expect(throws: LogFault.self) { try log.keep([step]) }
        #expect(first?.reason.hasPrefix("the journal stopped: ") == true)
        disk.fault = nil
        let stopped = LogFault(JournalError.stopped.description)
        #expect(throws: stopped) { try log.keep([step]) }
        #expect(throws: stopped) { try log.look(.finished, [1]) }
        #expect(throws: stopped) { try log.settle() }
        #expect(throws: stopped) { try log.reserve([1], .none) }
    }

    @Test func `a group that nobody reserved room for is refused by name, and nothing is lost`()
        throws
    {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (log, _) = try open(disk)
        try log.keep([step(1, .finished([6]), &dice)])
        disk.capacity = disk.bytesUsed
        let large = Room(steps: 400, bytes: 9_000)
        #expect(try !log.reserve([1], large))
        let step = step(2, .open([], toCome: large), &dice)
        #expect(throws: LogFault(JournalError.noRoom.description)) { try log.keep([step]) }
        #expect(try log.look(.finished, step.payment) == nil)
    }

    @Test func `a journal that is not the newest begins anew with its first group`() throws {
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 1)
        let (log, _) = try open(disk)
        try log.keep([step(1, .finished([6]), &dice)])
        try log.settle()
        let older = disk.image()
        try log.keep([step(2, .finished([7]), &dice)])
        try log.settle()
        // The database of then beside the head of now.
        var mixed = disk.image()
        for name in [Home.database, Home.wal] { mixed[name] = older[name] }
        let copy = FaultyDisk(mixed, seed: 1)
        let (stale, recovered) = try open(copy)
        #expect(recovered.finding != nil)
        #expect(throws: LogFault.self) { try stale.reserve([1], .none) }
        let said = step(3, .finished([8]), &dice)
        try stale.keep([said])
        #expect(try stale.reserve([1], .none))
        #expect(try stale.look(.finished, said.payment) == [8])
    }
}
