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

    /// One run of traffic.
    package struct Plan: Sendable {
        package var seed: UInt64
        package var groupSize = 1
        package var groups = 12
        package var imagesPerChange = 3
        /// Whether the home was made by the version before this one.
        package var fromOlderSchema = false
        package var synchronous = Settings.Synchronous.full

        package init(seed: UInt64) { self.seed = seed }
    }

    /// What an image may hold.
    private struct Allowed {
        var acknowledged: Model
        var inFlight: Model?
    }

    package init() {}

    package mutating func run(_ plan: Plan) {
        var settings = Home.small
        settings.synchronous = plan.synchronous
        let disk = FaultyDisk(seed: plan.seed)
        var dice = Dice(seed: plan.seed ^ 0xC0FFEE)
        var traffic = Traffic(seed: plan.seed, answers: !plan.fromOlderSchema)
        var allowed = Allowed(acknowledged: Model())
        let recorder = Recorder()
        do {
            if plan.fromOlderSchema {
                settings.schema = 1
                let (old, _) = try Home.open(disk, settings, seed: plan.seed)
                for _ in 0..<3 {
                    let steps = traffic.group(of: 2, after: allowed.acknowledged)
                    try old.write(steps)
                    allowed.acknowledged.apply(steps)
                }
                settings.schema = 2
            }
            disk.watch = { disk, _ in
                for _ in 0..<plan.imagesPerChange {
                    recorder.images.append((disk.crash(&dice), recorder.label))
                }
            }
            recorder.label = "open"
            var journal = try Home.open(disk, settings, seed: plan.seed).0
            let before = seen.count
            check(recorder, allowed, settings)
            if plan.fromOlderSchema {
                migrations += seen.count - before
            } else {
                firstOpens += seen.count - before
            }
            for number in 0..<plan.groups {
                let steps = traffic.group(of: plan.groupSize, after: allowed.acknowledged)
                allowed.inFlight = allowed.acknowledged
                allowed.inFlight?.apply(steps)
                recorder.label = "group \(number)"
                let floor = journal.checkpoints
                try journal.write(steps)
                checkpoints += journal.checkpoints - floor
                groups += 1
                check(recorder, allowed, settings)
                allowed = Allowed(acknowledged: allowed.inFlight ?? allowed.acknowledged)
                recorder.label = "after group \(number)"
                for _ in 0..<plan.imagesPerChange {
                    recorder.images.append((disk.crash(&dice), recorder.label))
                }
                if dice.chance(1, in: 3) { try journal.idle() }
                if dice.chance(1, in: 8) {
                    try journal.close()
                    journal = try Home.open(disk, settings, seed: plan.seed ^ UInt64(number)).0
                }
                check(recorder, allowed, settings)
            }
        } catch {
            note("seed \(plan.seed): the run itself failed: \(error)")
        }
        disk.watch = nil
    }

    private final class Recorder {
        var images: [(Image, String)] = []
        var label = ""
    }

    private mutating func check(
        _ recorder: Recorder,
        _ allowed: Allowed,
        _ settings: Settings
    ) {
        for (image, label) in recorder.images {
            var image = image
            let digest = image.digest()
            guard seen.insert(digest).inserted else {
                repeats += 1
                continue
            }
            open(image, digest, label, allowed, settings)
        }
        recorder.images = []
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
        let again = Recorder()
        if dice.chance(1, in: 8) {
            disk.watch = { disk, _ in again.images.append((disk.crash(&dice), "")) }
        }
        guard let model = outcome(disk, label, allowed, settings, goOn: dice.chance(1, in: 16))
        else { return }
        disk.watch = nil
        for (image, _) in again.images {
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
            let models = [allowed.acknowledged, allowed.inFlight].compactMap { $0 }
            guard let model = models.first(where: { $0.recovered == recovered }) else {
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
