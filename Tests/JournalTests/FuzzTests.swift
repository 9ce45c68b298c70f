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

    @Test func `any edit by a foreign SQLite is named or changes nothing`() {
        var dice = Dice(seed: 2)
        var counts: [Trial: Int] = [:]
        for _ in 0..<(isLong ? 100_000 : 3_000) {
            var edits: [UInt8] = []
            for _ in 0...dice.below(3) { edits += [UInt8(192 + dice.below(64))] + dice.bytes(5) }
            counts[tryJournal(edits), default: 0] += 1
        }
        print("edits: \(counts)")
        #expect(counts[.older] == nil, "the head was not touched")
        for trial in [Trial.named, .inert, .unchanged] { #expect(counts[trial, default: 0] > 50) }
    }
}
