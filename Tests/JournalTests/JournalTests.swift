import Disks
import Journal
import JournalTrials
import Store
import Testing
import Words

@Suite struct JournalTests {
    let payment = [UInt8](repeating: 9, count: 40)

    /// A home with some history, closed in good order, and what it holds.
    private func home(_ disk: FaultyDisk, groups: Int = 12) throws -> Model {
        var (model, traffic) = (Model(), Traffic(seed: 5))
        let (journal, _) = try Home.open(disk)
        for _ in 0..<groups {
            let steps = traffic.group(of: 3, after: model)
            try journal.write(steps)
            model.apply(steps)
        }
        try journal.close()
        return model
    }

    @Test func `a room that could not be read back is our own fault`() async {
        await #expect(processExitsWith: .failure) {
            _ = Room(steps: Int(Int32.max) + 1, bytes: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = Room(steps: 0, bytes: Int(Int32.max) + 1)
        }
        await #expect(processExitsWith: .success) {
            _ = Room(steps: Int(Int32.max), bytes: Int(Int32.max))
        }
    }

    @Test func `what is written is what is read, in this life and the next`() throws {
        let disk = FaultyDisk(seed: 1)
        let model = try home(disk)
        let (journal, recovered) = try Home.open(disk)
        #expect(recovered == model.recovered)
        #expect(try Home.agrees(journal, recovered, model))
        #expect(!recovered.open.isEmpty && !model.outcomes.isEmpty && !model.answers.isEmpty)
        try journal.audit()
    }

    @Test func `a finished payment leaves its outcome and its records, and nothing open`() throws {
        let disk = FaultyDisk(seed: 1)
        let (journal, _) = try Home.open(disk)
        try journal.write([
            Step(
                payment: payment,
                entries: [LogEntry(kind: 1, bytes: [1]), LogEntry(kind: 2, bytes: [])],
                changes: [.put(.outbox, key: [7], bytes: [8])],
                standing: .open([5], toCome: Room(steps: 1, bytes: 100))
            )
        ])
        #expect(try journal.find(.finished, payment) == nil)
        let last = try journal.write([
            Step(
                payment: payment,
                entries: [LogEntry(kind: 3, bytes: [3])],
                changes: [.remove(.outbox, key: [7])],
                standing: .finished([6])
            )
        ])
        #expect(last == 3)
        #expect(try journal.find(.finished, payment) == [6])
        try journal.close()
        let (again, recovered) = try Home.open(disk)
        #expect(recovered == Recovered(number: 3, registers: [], pieces: [], outbox: [], open: []))
        #expect(try again.history(limit: 9) == [Outcome(payment: payment, bytes: [6], number: 3)])
        var log: [Record] = []
        try again.readLog { log.append($0) }
        #expect(
            log.dropFirst()
                == [
                    Record(number: 1, kind: 1, payment: payment, bytes: [1]),
                    Record(number: 2, kind: 2, payment: payment, bytes: []),
                    Record(number: 3, kind: 3, payment: payment, bytes: [3]),
                ]
        )
    }

    @Test func `history comes the newest first, page by page`() throws {
        let disk = FaultyDisk(seed: 1)
        let model = try home(disk, groups: 40)
        let (journal, _) = try Home.open(disk)
        var pages: [Outcome] = []
        var before = UInt64.max
        while let page = Optional(try journal.history(before: before, limit: 2)),
            let last = page.last
        {
            pages += page
            before = last.number
        }
        #expect(pages == model.outcomes && pages.count > 5)
    }

    @Test func `a group is one sync, however many payments are in it`() throws {
        let disk = FaultyDisk(seed: 1)
        // Neither copied back nor laid down meanwhile.
        var lazy = Home.small
        (lazy.checkpointFrames, lazy.recordsPerLaying) = (400, 1_000)
        let (journal, _) = try Home.open(disk, lazy)
        var (model, traffic) = (Model(), Traffic(seed: 5))
        // For the room that the payments need, and for the WAL's own beginning after the first
        // group was copied back.
        for _ in 0..<2 {
            let first = traffic.group(of: 16, after: model)
            try journal.write(first)
            model.apply(first)
        }
        var syncs = 0
        disk.watch = { _, operation in syncs += operation == .sync ? 1 : 0 }
        var going = traffic.group(of: 16, after: model)
        going.removeAll { step in !model.open.contains { $0.key == step.payment } }
        #expect(going.count > 4)
        try journal.write(going)
        #expect(syncs == 1)
        #expect(journal.isDirty)
        try journal.idle()
        #expect(!journal.isDirty)
    }

    @Test func `a second opener is told that the journal is in use`() throws {
        let disk = FaultyDisk(seed: 1)
        let (journal, _) = try Home.open(disk)
        #expect(throws: JournalError.held) { try Home.open(disk) }
        try journal.close()
        _ = try Home.open(disk)
        #expect(throws: JournalError.stopped) { try journal.write([]) }
    }

    @Test func `tables of the version before are brought up to date, and newer ones refused`()
        throws
    {
        let disk = FaultyDisk(seed: 1)
        var old = Home.small
        old.schema -= 1
        var (model, traffic) = (Model(), Traffic(seed: 5, answers: false))
        do {
            let (journal, _) = try Home.open(disk, old)
            for _ in 0..<6 {
                let steps = traffic.group(of: 3, after: model)
                try journal.write(steps)
                model.apply(steps)
            }
        }
        let (journal, recovered) = try Home.open(disk)
        #expect(try Home.agrees(journal, recovered, model))
        try journal.write([
            Step(
                entries: [LogEntry(kind: 1, bytes: [])],
                changes: [.put(.replay, key: [1], bytes: [2])]
            )
        ])
        #expect(try journal.find(.replay, [1]) == [2])
        try journal.audit()
        try journal.close()
        #expect(throws: JournalError.newer(schema: old.schema + 1)) {
            try Home.open(disk, old)
        }
    }

    @Test func `another key opens nothing and harms nothing`() throws {
        let disk = FaultyDisk(seed: 1)
        let model = try home(disk)
        #expect(throws: JournalError.otherKey) { try Home.open(disk, key: 2) }
        #expect(try Home.open(disk).1 == model.recovered)
    }

    @Test func `the WAL stays bounded over many checkpoints`() throws {
        let disk = FaultyDisk(seed: 1)
        let (journal, _) = try Home.open(disk)
        var (model, traffic) = (Model(), Traffic(seed: 5))
        var sizes: Set<Int> = []
        for number in 0..<200 {
            let steps = traffic.group(of: 1, after: model)
            try journal.write(steps)
            model.apply(steps)
            if number % 10 == 0 { try journal.idle() }
            if number > 100 { sizes.insert(disk.image().count(of: Home.wal)) }
        }
        #expect(journal.checkpoints > 20)
        #expect(sizes.count < 10 && (sizes.max() ?? .max) < 4_000_000)
    }

    @Test func `payments that ask for room again and again share a checkpoint`() throws {
        let (journal, _) = try Home.open(FaultyDisk(seed: 1), Settings())
        for round in 0..<40 {
            let left = 3 - round % 4
            try journal.write(
                (0..<4).map { payment in
                    Step(
                        payment: [payment],
                        entries: [LogEntry(kind: 1, bytes: [])],
                        standing: .open([], toCome: Room(steps: left, bytes: left * 1_500))
                    )
                }
            )
        }
        #expect(journal.checkpoints <= 2)
    }

    @Test func `a row can be put, changed and removed any number of times in one group`() throws {
        let disk = FaultyDisk(seed: 1)
        let (journal, _) = try Home.open(disk)
        for table in [Table.piece, .replay] {
            try journal.write([
                Step(
                    entries: [LogEntry(kind: 1, bytes: [])],
                    changes: [
                        .put(table, key: [1], bytes: [1]), .put(table, key: [1], bytes: [2]),
                        .remove(table, key: [1]), .remove(table, key: [1]),
                        .put(table, key: [1], bytes: []), .put(table, key: [], bytes: [4]),
                    ]
                )
            ])
        }
        try journal.audit()
        try journal.close()
        let (again, recovered) = try Home.open(disk)
        #expect(recovered.pieces == [Row(key: [], bytes: [4]), Row(key: [1], bytes: [])])
        #expect(try again.find(.replay, [1]) == [])
        #expect(try again.find(.replay, []) == [4])
        try again.audit()
    }

    @Test func `a payment may have records before it is open, and be opened again`() throws {
        let disk = FaultyDisk(seed: 1)
        let (journal, _) = try Home.open(disk)
        let room = Room(steps: 1, bytes: 100)
        let entry = LogEntry(kind: 1, bytes: [])
        let noted = Step(payment: payment, entries: [entry])
        let opened = Step(payment: payment, entries: [entry], standing: .open([1], toCome: room))
        let finished = Step(payment: payment, entries: [entry], standing: .finished([2]))
        var model = Model()
        for group in [[noted], [noted, opened], [opened, finished], [finished], [opened]] {
            try journal.write(group)
            model.apply(group)
        }
        try journal.close()
        let (again, recovered) = try Home.open(disk)
        #expect(try Home.agrees(again, recovered, model))
        #expect(model.log.count == 7)
    }
}
