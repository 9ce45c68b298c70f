import Disks
import JournalTrials
import Testing
import Words

/// What the fuzzer does by the million, a few times from a seed; and what it found.
@Suite struct FuzzTests {
    @Test func `any change of the files is named, harmless or a state that was durable`() {
        var dice = Dice(seed: 1)
        for _ in 0..<(isLong ? 200_000 : 3_000) {
            fuzzJournalOpen(dice.bytes(dice.below(40)))
        }
    }
}
