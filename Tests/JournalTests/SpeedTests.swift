import Disks
import Foundation
import Journal
import JournalTrials
import Testing
import Verbs
import Words

@Suite(.serialized) struct SpeedTests {
    @Test(.enabled(if: isLong), arguments: [1, 16])
    func `a step costs little more than its rows by bare calls`(groupSize: Int) throws {
        let times = try benchJournal(
            in: ProcessInfo.processInfo.environment["TALLY_BENCH"]
                ?? FileManager.default.temporaryDirectory.path,
            hiding: Veil(seed: 1),
            chance: Dice(seed: 1), groupSize: groupSize)
        print(
            "journal, groups of \(groupSize): \(Int(times.journal)) ns per step, bare "
                + "\(Int(times.bare)) ns, ratio \(times.ratio)")
        #expect(times.ratio <= 1.25)
    }
}
