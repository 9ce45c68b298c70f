import Foundation
import Journal
import JournalTrials
import Testing

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
                + "checkpoints, \(took) ms"
        )
        #expect(campaign.faultCount == 0, "\(campaign.faults)")
        #expect(campaign.checkpoints >= 3 && campaign.firstOpens > 0)
        #expect(campaign.migrations > 0 && campaign.recoveries > 0)
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
