import Disks
import Journal
import JournalTrials
import Testing
import Words

/// Recovery is a pure function of what was read: here no disk is asked for its result.
@Suite struct RecoveryTests {
    let snapshot: Snapshot
    let model: Model
    let veil = Veil(seed: 1)

    init() throws {
        let disk = FaultyDisk(seed: 1)
        var (model, traffic) = (Model(), Traffic(seed: 5))
        let (journal, _) = try Home.open(disk)
        for _ in 0..<8 {
            let steps = traffic.group(of: 3, after: model)
            try journal.write(steps)
            model.apply(steps)
        }
        try journal.close()
        self.model = model
        snapshot = try Journal.snapshot(
            Disk(system: disk.system, folder: Home.folder),
            hiding: veil,
            chance: Dice(seed: 1),
            settings: Home.small
        )
    }

    private func outcome(_ change: (inout Snapshot) -> Void) -> Result<Staleness?, JournalError> {
        var changed = snapshot
        change(&changed)
        return Result { () throws(JournalError) in
            try Recovered(from: changed, hiding: veil).finding
        }
    }

    @Test func `the same snapshot gives the same state, in whatever order its rows come`() throws {
        #expect(try Recovered(from: snapshot, hiding: veil) == model.recovered)
        var shuffled = snapshot
        shuffled.rows.reverse()
        #expect(try Recovered(from: shuffled, hiding: veil) == model.recovered)
    }

    @Test func `each thing that may be wrong has its own name`() throws {
        let rows = snapshot.rows
        #expect(outcome { $0.records = [] } == .failure(.damaged(.recordsMissing)))
        #expect(snapshot.records.count > 3 && snapshot.records[0].roots.count == 64)
        for index in snapshot.records.indices {
            let number = snapshot.records[index].number
            let link = Result<Staleness?, JournalError>.failure(.damaged(.link(number)))
            func change(_ body: (inout Snapshot.RawRecord) -> Void) -> Result<
                Staleness?, JournalError
            > { outcome { body(&$0.records[index]) } }
            #expect(change { $0.body[40] ^= 1 } == .failure(.damaged(.record(number))))
            #expect(change { $0.link[0] ^= 1 } == link)
            #expect(change { $0.previous[0] ^= 1 } == link)
            #expect(change { $0.roots.append(0) } == link)
            // The newest says where rows were laid down, and that one that it was.
            #expect(change { $0.laid += 1 } == link)
        }
        let first = snapshot.records[0].number
        #expect(outcome { $0.records[0].roots[40] ^= 1 } == .failure(.damaged(.link(first))))
        for index in snapshot.records.indices.dropLast() {
            #expect(
                outcome { $0.records.remove(at: index) } == .failure(.damaged(.recordsMissing))
            )
            // One that SQLite names twice.
            #expect(
                outcome { $0.records.insert($0.records[index], at: index) }
                    == .failure(.damaged(.recordsMissing))
            )
        }
        for index in rows.indices {
            let table = rows[index].place.table
            #expect(outcome { $0.rows[index].body[9] ^= 1 } == .failure(.damaged(.row(table))))
            #expect(
                outcome { $0.rows[index].place.blind[0] ^= 1 } == .failure(.damaged(.row(table)))
            )
            #expect(
                outcome { $0.rows[index].place.written += 1 } == .failure(.damaged(.row(table)))
            )
            #expect(outcome { $0.rows.remove(at: index) } == .failure(.damaged(.rows(live: true))))
            #expect(
                outcome { $0.rows.append(rows[index]) } == .failure(.damaged(.rows(live: true)))
            )
        }
        #expect(rows.count > 3)
    }

    @Test func `what the head says is held against the log`() throws {
        #expect(outcome { $0.slots = nil } == .success(.headMissing))
        #expect(outcome { $0.slots = [[], [1, 2, 3]] } == .success(.headDamaged))
        let newest = model.recovered.number
        #expect(
            outcome { $0.links[newest] = [UInt8](repeating: 0, count: 32) }
                == .success(.forked(at: newest))
        )
        for slot in 0..<2 {
            #expect(outcome { $0.slots?[slot] = [UInt8](repeating: 0, count: 88) } == .success(nil))
        }
        #expect(
            Result { () throws(JournalError) in
                try Recovered(from: snapshot, hiding: Veil(seed: 2))
            } == .failure(.otherKey)
        )
    }

    @Test func `every error says what happened and what to do, and nothing that is sealed`() {
        let findings: [Staleness] = [
            .cut(last: 1, head: 2), .older(last: 1, head: 2), .forked(at: 3), .headMissing,
            .headDamaged,
        ]
        let damages: [Damage] = [
            .file(code: 11), .schema, .databaseMissing, .record(1), .link(1), .recordsMissing,
            .row(.piece), .rows(live: true), .rows(live: false),
        ]
        let errors: [JournalError] =
            [
                .held, .stopped, .noRoom, .older(schema: 2), .newer(schema: 9), .setting("x"),
                .otherKey,
            ]
            + findings.map { .inert($0) } + damages.map { .damaged($0) }
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors { #expect(error.description.contains("; ")) }
    }
}
