import Disks
import Foundation
import Journal
import JournalTrials
import Testing
import Words

/// The long forms run with `TALLY_LONG=1`.
let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"

@Suite struct CrashTests {
    private func plan(_ seed: Int) -> Campaign.Plan {
        var plan = Campaign.Plan(seed: UInt64(seed))
        let inGroups = seed % 3 == 0
        plan.groupSize = inGroups ? 16 : 1
        plan.groups = inGroups ? 5 : 16
        plan.fromOlderSchema = seed % 4 == 1
        plan.imagesPerChange = inGroups ? 1 : 3
        plan.kills = seed % 2 == 1
        plan.failures = seed / 2 % 2 == 1
        return plan
    }

    @Test func `a power cut loses nothing that was acknowledged and shows no half group`() {
        var campaign = Campaign()
        let start = Date()
        var seed = 0
        let goal = isLong ? 100_000 : 6_000
        while campaign.seen.count < goal, campaign.faultCount == 0 {
            campaign.run(plan(seed))
            seed += 1
        }
        let took = Int(Date().timeIntervalSince(start) * 1_000)
        print(
            "crash images: \(campaign.seen.count) different (\(campaign.repeats) met again) in "
                + "\(seed) runs of \(campaign.groups) groups with \(campaign.checkpoints) "
                + "checkpoints, \(campaign.kills) kills and \(campaign.failures) failures, "
                + "\(took) ms"
        )
        #expect(campaign.faultCount == 0, "\(campaign.faults)")
        #expect(campaign.checkpoints >= 3 && campaign.firstOpens > 0)
        #expect(campaign.migrations > 0 && campaign.recoveries > 0)
        #expect(campaign.kills > 0 && campaign.failures > 0)
    }

    /// Killed before every change that a traffic makes, opened again, then cut off at every
    /// change that opening makes, and after it.
    @Test func `a kill, an opening and then a power cut name no damage and lose nothing`() throws {
        let disk = FaultyDisk(seed: 7)
        var (model, traffic, dice) = (Model(), Traffic(seed: 7), Dice(seed: 7))
        var killed: [FaultyDisk] = []
        disk.watch = { disk, _ in killed.append(disk.survivor(seed: 7)) }
        let (journal, _) = try Home.open(disk)
        var cuts = 0
        for _ in 0..<12 {
            let steps = traffic.group(of: 1, after: model)
            try journal.write(steps)
            var next = model
            next.apply(steps)
            let allowed = [model.recovered, next.recovered]
            for home in killed {
                var images: [Image] = []
                home.watch = { disk, _ in
                    for _ in 0..<4 { images.append(disk.crash(&dice)) }
                }
                let (_, recovered) = try Home.open(home)
                home.watch = nil
                #expect(allowed.contains(recovered))
                for image in images {
                    let (_, cut) = try Home.open(FaultyDisk(image, seed: 7))
                    #expect(allowed.contains(cut))
                }
                for _ in 0..<4 {
                    // It was told, so it stays.
                    let after = FaultyDisk(home.crash(&dice), seed: 7)
                    #expect(try Home.open(after).1 == recovered)
                }
                cuts += images.count
            }
            (model, killed) = (next, [])
        }
        disk.watch = nil
        #expect(cuts > 500)
    }

    @Test func `with synchronous=NORMAL the same campaign finds losses`() {
        var campaign = Campaign()
        for seed in 0..<4 {
            var plan = plan(seed)
            plan.synchronous = .normal
            plan.imagesPerChange = 1
            plan.groups = 4
            campaign.run(plan)
        }
        #expect(campaign.faultCount > 20)
    }
}
