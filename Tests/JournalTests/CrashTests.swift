import Foundation
import JournalTrials
import Testing

@Suite struct CrashTests {
    @Test func `power cuts lose nothing`() {
        var campaign = Campaign()
        let start = Date()
        for seed in 0..<20 {
            for size in [1, 16] {
                for older in [false, true] {
                    var plan = Campaign.Plan(seed: UInt64(seed))
                    plan.groupSize = size
                    plan.fromOlderSchema = older
                    campaign.run(plan)
                }
            }
        }
        let took = Date().timeIntervalSince(start)
        print("crash images: \(campaign.seen.count) different, \(campaign.repeats) met again, "
            + "\(campaign.checkpoints) checkpoints, \(took) s")
        #expect(campaign.faultCount == 0, "\(campaign.faults)")
    }
}
