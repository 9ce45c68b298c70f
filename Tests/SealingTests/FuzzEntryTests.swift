import FuzzEntries
import Testing

/// The short form of fuzzing: every entry on its own seeds, whole and mutated.
@Suite struct FuzzEntryTests {
    private static let entries: [String: @Sendable ([UInt8]) -> Void] = [
        "fuzzDatagram": SealingEntries.fuzzDatagram, "fuzzEnvelope": SealingEntries.fuzzEnvelope,
        "fuzzCertificate": SealingEntries.fuzzCertificate,
        "fuzzKeyFile": SealingEntries.fuzzKeyFile,
    ]

    @Test func `every entry holds its properties on mutated seeds`() throws {
        #expect(Set(SealingEntries.seeds.map(\.entry)) == Set(Self.entries.keys))
        for (number, seed) in SealingEntries.seeds.enumerated() {
            let entry = try #require(Self.entries[seed.entry])
            var chance = SeededChance(UInt64(number))
            entry([])
            entry(seed.bytes)
            for _ in 0..<1_000 {
                var bytes = seed.bytes
                for _ in 0..<Int(chance.bytes(1)[0] % 4) {
                    let draw = chance.bytes(4)
                    let at = (Int(draw[0]) << 8 | Int(draw[1])) % bytes.count
                    bytes[at] = draw[2]
                }
                if chance.bytes(1)[0] < 40 { bytes.removeLast(bytes.count / 3) }
                entry(bytes)
            }
        }
    }
}
