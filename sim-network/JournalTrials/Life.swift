import Disks
import Journal
import Words

/// What an image of a home may hold.
struct Allowed {
    var acknowledged: Model
    var inFlight: Model?

    /// The one of them that this is, if it is one.
    func model(of recovered: Recovered) -> Model? {
        [acknowledged, inFlight].compactMap { $0 }.first { $0.recovered == recovered }
    }
}

/// The home that one run of a campaign is about: its disk, its traffic, what it may hold now,
/// and the images that were taken of it and not yet looked at.
final class Life {
    let plan: Campaign.Plan
    private(set) var settings = Home.small
    private(set) var disk: FaultyDisk
    var dice: Dice
    private var traffic: Traffic
    var allowed = Allowed(acknowledged: Model())
    var images: [(Image, String)] = []
    var label = ""
    /// How many changes of the disk the process has left, when it is about to be killed.
    private var changesLeft: Int?
    /// The disk as it was when the process was killed.
    private(set) var killed: FaultyDisk?

    init(_ plan: Campaign.Plan) {
        self.plan = plan
        settings.synchronous = plan.synchronous
        disk = FaultyDisk(seed: plan.seed)
        dice = Dice(seed: plan.seed ^ 0xC0FFEE)
        traffic = Traffic(seed: plan.seed, answers: !plan.fromOlderSchema)
    }

    /// A few groups as the version before this one wrote them.
    func liveInOlderSchema() throws(JournalError) {
        settings.schema = Settings().schema - 1
        let (old, _) = try Home.open(disk, settings, seed: plan.seed)
        for _ in 0..<3 {
            let steps = traffic.group(of: 2, after: allowed.acknowledged)
            try old.write(steps)
            allowed.acknowledged.apply(steps)
        }
        settings.schema = Settings().schema
    }

    /// From now on images are taken before every change of the disk.
    func watch() {
        disk.remembersHashes = true
        disk.watch = { [unowned self] disk, _ in
            takeImages()
            guard let left = changesLeft else { return }
            changesLeft = left > 0 ? left - 1 : nil
            if left == 0 { killed = disk.survivor(seed: plan.seed) }
        }
    }

    func takeImages() {
        for _ in 0..<plan.imagesPerChange { images.append((disk.crash(&dice), label)) }
    }

    func nextGroup() -> [Step] {
        let steps = traffic.group(of: plan.groupSize, after: allowed.acknowledged)
        allowed.inFlight = allowed.acknowledged
        allowed.inFlight?.apply(steps)
        return steps
    }

    func acknowledge() {
        allowed = Allowed(acknowledged: allowed.inFlight ?? allowed.acknowledged)
    }

    // MARK: Processes

    /// Decides whether, and where, the next group is interrupted.
    func drawFaults() {
        if plan.kills, dice.chance(1, in: 4) {
            changesLeft = dice.below(16)
        } else if plan.failures, dice.chance(1, in: 4) {
            disk.fault = .init(at: 1 + dice.below(32), forEver: false)
        }
    }

    /// The group was written before anything interrupted it: nothing will any more.
    func clearFaults() {
        (changesLeft, disk.fault) = (nil, nil)
    }

    /// What the next process finds.
    func restart() {
        disk.watch = nil
        label += ", started again"
        disk = killed ?? disk.survivor(seed: plan.seed)
        (killed, changesLeft) = (nil, nil)
        watch()
    }
}
