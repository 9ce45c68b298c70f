import Sealing
import Testing
import Wire
import Words

@Suite struct SealedPaperTests {
    private static let key = [UInt8](repeating: 9, count: KeyFile.serviceKeyBytes)
    private let content: [UInt8] = [1, 2, 3, 250]

    private func sealed(_ what: String = "kdc", seed: UInt64 = 1) throws -> SealedPaper {
        var chance = SeededChance(seed)
        return try SealedPaper(content, what, by: .serviceKey(Self.key), chance: &chance)
    }

    @Test func `what is sealed is opened again, and a key to hide more comes with it`() throws {
        let paper = try SealedPaper(wireBytes: try sealed().wireBytes)
        let (opened, data) = try paper.open(with: .serviceKey(Self.key))
        #expect(opened == content && paper.what == "kdc")
        let again = try paper.open(with: .serviceKey(Self.key)).data
        var chance = SeededChance(2)
        let hidden = data.hide([7], context: [1], chance: &chance)
        #expect(again.show(hidden, context: [1]) == [7])
        #expect(try sealed(seed: 3).wireBytes != paper.wireBytes)
    }

    @Test func `something else is put under the same seal`() throws {
        let paper = try sealed()
        let data = try paper.open(with: .serviceKey(Self.key)).data
        var chance = SeededChance(5)
        let other = paper.with([5], by: data, chance: &chance)
        #expect(try other.open(with: .serviceKey(Self.key)).content == [5])
        #expect(other.keyFile == paper.keyFile && other.what == paper.what)
    }

    @Test func `a passphrase opens it too, and another one does not`() throws {
        var chance = SeededChance(4)
        let words = Array("correct horse".utf8)
        let paper = try SealedPaper(content, "kdc", by: .passphrase(words, quick), chance: &chance)
        #expect(try paper.open(with: .passphrase(words, quick)).content == content)
        #expect(throws: KeyFileFault.wrongPassphrase) {
            try paper.open(with: .passphrase([1], quick))
        }
        #expect(throws: KeyFileFault.needsPassphrase) {
            try paper.open(with: .serviceKey(Self.key))
        }
        let other = [UInt8](repeating: 8, count: KeyFile.serviceKeyBytes)
        #expect(throws: KeyFileFault.wrongServiceKey) {
            try sealed().open(with: .serviceKey(other))
        }
    }

    @Test func `any changed byte is refused, where it is read or where it is opened`() throws {
        let good = try sealed().wireBytes
        for at in good.indices {
            var bytes = good
            bytes[at] ^= 1
            guard let paper = try? SealedPaper(wireBytes: bytes) else { continue }
            #expect(throws: KeyFileFault.self, "byte \(at)") {
                try paper.open(with: .serviceKey(Self.key))
            }
        }
        for count in good.indices {
            #expect(throws: WireError.self) { try SealedPaper(wireBytes: Array(good[..<count])) }
        }
    }

    @Test func `what is in it is under its seal`() throws {
        var writer = Writer()
        let good = try sealed()
        writer.value(good)
        var bytes = writer.bytes
        // "kdc" stands after [5 items, the title, 1].
        let at = 1 + 13 + 1 + 1
        #expect(Array(bytes[at..<at + 3]) == Array("kdc".utf8))
        bytes[at] = UInt8(ascii: "m")
        let other = try SealedPaper(wireBytes: bytes)
        #expect(other.what == "mdc")
        #expect(throws: KeyFileFault.damaged) { try other.open(with: .serviceKey(Self.key)) }
    }

    @Test func `a key file alone is none`() throws {
        #expect(throws: WireError.self) { try SealedPaper(wireBytes: try sealed().keyFile) }
        #expect(throws: WireError.self) { try SealedPaper(wireBytes: []) }
    }
}
