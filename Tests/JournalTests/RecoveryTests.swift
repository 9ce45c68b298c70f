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
        let last = try #require(snapshot.last).number
        let rows = snapshot.rows
        #expect(outcome { $0.last = nil } == .failure(.damaged(.recordsMissing)))
        #expect(outcome { $0.last?.body[40] ^= 1 } == .failure(.damaged(.record(last))))
        #expect(outcome { $0.last?.number += 1 } == .failure(.damaged(.record(last + 1))))
        #expect(outcome { $0.last?.link[0] ^= 1 } == .failure(.damaged(.link(last))))
        #expect(outcome { $0.last?.previous[0] ^= 1 } == .failure(.damaged(.link(last))))
        #expect(outcome { $0.last?.roots[40] ^= 1 } == .failure(.damaged(.link(last))))
        #expect(outcome { $0.last?.roots = [] } == .failure(.damaged(.link(last))))
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
        for index in snapshot.opened.indices {
            let number = snapshot.opened[index].number
            #expect(outcome { $0.opened.remove(at: index) } == .failure(.damaged(.recordsMissing)))
            #expect(
                outcome { $0.opened[index].payment[0] ^= 1 } == .failure(.damaged(.record(number)))
            )
            #expect(outcome { $0.opened[index].link[0] ^= 1 } == .failure(.damaged(.link(number))))
        }
        for index in snapshot.opened.indices.dropFirst()
        where snapshot.opened[index].payment == snapshot.opened[index - 1].payment {
            // As a flipped bit in the index of records by payment makes it.
            #expect(
                outcome { $0.opened[index] = $0.opened[index - 1] }
                    == .failure(.damaged(.recordsMissing))
            )
        }
        #expect(!snapshot.opened.isEmpty && rows.count > 3)
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
            [.held, .stopped, .noRoom, .newer(schema: 3), .setting("x"), .otherKey]
            + findings.map { .inert($0) } + damages.map { .damaged($0) }
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors { #expect(error.description.contains("; ")) }
    }
}
