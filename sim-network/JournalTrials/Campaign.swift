import Disks
package import Journal
import Words

/// Power cuts, by the thousand: a wallet's traffic runs on a faulty disk, images are taken
/// before every change of the disk, and each different one is opened again.
///
/// What must come out is exactly what had been acknowledged, or that and the whole of the group
/// that was being written. An honest power cut is never named as damage.
package struct Campaign {
    package private(set) var seen: Set<UInt64> = []
    /// Images met again, which were not opened twice.
    package private(set) var repeats = 0
    /// What came out wrong, at most a few of each run; and how often.
    package private(set) var faults: [String] = []
    package private(set) var faultCount = 0
    package private(set) var checkpoints = 0
    package private(set) var groups = 0
    /// Images of a home that was being made, of one whose tables were being changed, and of
    /// one that was recovering from another power cut.
    package private(set) var firstOpens = 0
    package private(set) var migrations = 0
    package private(set) var recoveries = 0
    /// Processes that were killed, or stopped because their disk failed; others took over what
    /// the system still had in its memory.
    package private(set) var kills = 0
    package private(set) var failures = 0

    /// One run of traffic.
    package struct Plan: Sendable {
        package var seed: UInt64
        package var groupSize = 1
        package var groups = 12
        package var imagesPerChange = 3
        /// Whether the home was made by the version before this one.
        package var fromOlderSchema = false
        package var synchronous = Settings.Synchronous.full
        /// Whether the process is killed now and then while the system runs on.
        package var kills = false
        /// Whether an operation of the disk fails now and then.
        package var failures = false

        package init(seed: UInt64) { self.seed = seed }
    }

    package init() {}

    package mutating func run(_ plan: Plan) {
        let life = Life(plan)
        do throws(JournalError) {
            if plan.fromOlderSchema { try life.liveInOlderSchema() }
            life.watch()
            let before = seen.count
            var journal = try open(life, "open")
            if plan.fromOlderSchema {
                migrations += seen.count - before
            } else {
                firstOpens += seen.count - before
            }
            for number in 0..<plan.groups {
                let isUp = try write(number, journal, life)
                check(life)
                if isUp {
                    journal = try rest(journal, life)
                } else {
                    guard let after = try startAgain(life) else { break }
                    journal = after
                }
                check(life)
            }
        } catch {
            note("seed \(plan.seed): the run itself failed: \(error)")
        }
        life.disk.watch = nil
    }

    private mutating func open(_ life: Life, _ label: String) throws(JournalError) -> Journal {
        life.label = label
        let journal = try Home.open(life.disk, life.settings, seed: life.plan.seed).0
        check(life)
        return journal
    }

    /// Writes a group; false when the process was killed meanwhile, or the disk failed.
    private mutating func write(
        _ number: Int,
        _ journal: Journal,
        _ life: Life
    ) throws(JournalError) -> Bool {
        let steps = life.nextGroup()
        life.label = "group \(number)"
        life.drawFaults()
        let floor = journal.checkpoints
        do throws(JournalError) {
            try journal.write(steps)
        } catch {
            guard life.disk.faults > 0, case .disk = error else { throw error }
            return false
        }
        checkpoints += journal.checkpoints - floor
        groups += 1
        guard life.killed == nil else { return false }
        life.clearFaults()
        check(life)
        life.acknowledge()
        life.label = "after group \(number)"
        life.takeImages()
        return true
    }

    /// What a process does between two groups: nothing, rest, or stop in good order.
    private mutating func rest(
        _ journal: Journal,
        _ life: Life
    ) throws(JournalError) -> Journal {
        if life.dice.chance(1, in: 3) { try journal.idle() }
        guard life.dice.chance(1, in: 8) else { return journal }
        try journal.close()
        return try open(life, life.label)
    }

    /// Another process finds what the one before it left, in memory as well as on disk: what it
    /// says then stays; nil when that is wrong.
    private mutating func startAgain(_ life: Life) throws(JournalError) -> Journal? {
        if life.killed == nil { failures += 1 } else { kills += 1 }
        life.restart()
        let (journal, recovered) = try Home.open(life.disk, life.settings)
        check(life)
        guard let model = life.allowed.model(of: recovered) else {
            note("\(life.label): record \(recovered.number), \(recovered.finding as Any)")
            return nil
        }
        guard try Home.agrees(journal, recovered, model) else {
            note("\(life.label): outcomes or answers differ")
            return nil
        }
        life.allowed = Allowed(acknowledged: model)
        life.takeImages()
        return journal
    }

    private mutating func check(_ life: Life) {
        for (image, label) in life.images {
            var image = image
            let digest = image.digest()
            guard seen.insert(digest).inserted else {
                repeats += 1
                continue
            }
            open(image, digest, label, life.allowed, life.settings)
        }
        life.images = []
    }

    /// Opens an image; every eighth is cut off again while it recovers.
    private mutating func open(
        _ image: Image,
        _ digest: UInt64,
        _ label: String,
        _ allowed: Allowed,
        _ settings: Settings
    ) {
        let disk = FaultyDisk(image, seed: digest)
        var dice = Dice(seed: digest)
        var again: [Image] = []
        if dice.chance(1, in: 8) {
            disk.watch = { disk, _ in again.append(disk.crash(&dice)) }
        }
        guard let model = outcome(disk, label, allowed, settings, goOn: dice.chance(1, in: 16))
        else { return }
        disk.watch = nil
        for image in again {
            var image = image
            let digest = image.digest()
            guard seen.insert(digest).inserted else {
                repeats += 1
                continue
            }
            recoveries += 1
            // What the first recovery saw was on the disk: a second one sees the same.
            _ = outcome(
                FaultyDisk(image, seed: digest),
                label + ", recovering",
                Allowed(acknowledged: model),
                settings,
                goOn: false
            )
        }
    }

    /// What an image turns out to hold; nil when that is wrong.
    private mutating func outcome(
        _ disk: FaultyDisk,
        _ label: String,
        _ allowed: Allowed,
        _ settings: Settings,
        goOn: Bool
    ) -> Model? {
        do {
            let (journal, recovered) = try Home.open(disk, settings)
            guard let model = allowed.model(of: recovered) else {
                note("\(label): record \(recovered.number), \(recovered.finding as Any)")
                return nil
            }
            guard try Home.agrees(journal, recovered, model) else {
                note("\(label): outcomes or answers differ")
                return nil
            }
            disk.watch = nil
            if goOn { try self.goOn(journal, disk, model, settings, label) }
            return model
        } catch {
            note("\(label): \(error)")
            return nil
        }
    }

    /// A recovered journal is as good as any: it takes a group, audits, and opens again.
    private mutating func goOn(
        _ journal: Journal,
        _ disk: FaultyDisk,
        _ model: Model,
        _ settings: Settings,
        _ label: String
    ) throws(JournalError) {
        var (model, traffic) = (model, Traffic(seed: 0xA11CE))
        let steps = traffic.group(of: 3, after: model)
        try journal.write(steps)
        model.apply(steps)
        try journal.audit()
        try journal.close()
        let (journal, recovered) = try Home.open(disk, settings)
        guard try Home.agrees(journal, recovered, model) else {
            note("\(label): the group after recovery is not there")
            return
        }
    }

    private mutating func note(_ fault: String) {
        faultCount += 1
        if faults.count < 20 { faults.append(fault) }
    }
}
