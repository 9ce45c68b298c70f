import Sealing
import Testing
import Wire
import Words

/// A passphrase step that costs nothing.
let quick = Stretch(least: .moderate) { passphrase, salt, _ in
    Digest.hash(Digest.Domain("test stretch"), passphrase + salt).bytes.array
}

@Suite struct KeyFileTests {
    var chance = SeededChance(5)
    let ring: KeyRing
    let passphrase = Array("correct horse".utf8)

    init() {
        var chance = SeededChance(6)
        ring = KeyRing(chance: &chance)
    }

    private func open(_ bytes: [UInt8], _ passphrase: [UInt8]) throws(KeyFileFault) -> KeyRing {
        try KeyFile.open(bytes, with: .passphrase(passphrase, quick))
    }

    private func fault(_ body: () throws(KeyFileFault) -> Void) -> KeyFileFault? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private func isSame(_ a: KeyRing, _ b: KeyRing) -> Bool {
        var chance = SeededChance(9)
        let hidden = a.data.hide([1, 2, 3], context: [], chance: &chance)
        let id = a.payments.payment(in: .first, chance: &chance)
        return a.identity.key == b.identity.key && a.sealing.key == b.sealing.key
            && b.data.show(hidden, context: []) == [1, 2, 3] && b.payments.isOwn(id)
    }

    @Test mutating func `a key file gives back every key`() throws {
        let file = try KeyFile.sealed(
            ring,
            by: .passphrase(passphrase, quick),
            chance: &chance
        )
        #expect(isSame(try open(file, passphrase), ring))
        #expect(try KeyFile.needsPassphrase(file))
        let key = chance.bytes(32)
        let served = try KeyFile.sealed(ring, by: .serviceKey(key), chance: &chance)
        #expect(isSame(try KeyFile.open(served, with: .serviceKey(key)), ring))
        #expect(try !KeyFile.needsPassphrase(served))
    }

    @Test mutating func `the real Argon2id opens what it sealed`() throws {
        let lock = KeyFile.Lock.passphrase(passphrase, .argon2id)
        let file = try KeyFile.sealed(ring, by: lock, chance: &chance)
        #expect(isSame(try KeyFile.open(file, with: lock), ring))
        let wrong = KeyFile.Lock.passphrase(passphrase + [0], .argon2id)
        #expect(
            fault { () throws(KeyFileFault) in _ = try KeyFile.open(file, with: wrong) }
                == .wrongPassphrase
        )
    }

    @Test mutating func `a wrong passphrase is told from damage`() throws {
        let lock = KeyFile.Lock.passphrase(passphrase, quick)
        let file = try KeyFile.sealed(ring, by: lock, chance: &chance)
        #expect(
            fault { () throws(KeyFileFault) in _ = try open(file, Array("wrong".utf8)) }
                == .wrongPassphrase
        )
        for bit in 0..<file.count * 8 {
            let broken = flipped(file, bit: bit)
            let found = fault { () throws(KeyFileFault) in _ = try open(broken, passphrase) }
            #expect(found == (bit < 12 * 8 ? .notAKeyFile : .damaged), "bit \(bit)")
        }
        for count in 0..<file.count {
            let cut = Array(file[..<count])
            let found = fault { () throws(KeyFileFault) in _ = try open(cut, passphrase) }
            #expect(found == (count < 12 ? .notAKeyFile : .damaged), "cut at \(count)")
        }
        let key = chance.bytes(32)
        let served = try KeyFile.sealed(ring, by: .serviceKey(key), chance: &chance)
        let other = KeyFile.Lock.serviceKey(chance.bytes(32))
        #expect(
            fault { () throws(KeyFileFault) in _ = try KeyFile.open(served, with: other) }
                == .wrongServiceKey
        )
    }

    @Test mutating func `every byte counts even behind a checksum made again`() throws {
        let lock = KeyFile.Lock.passphrase(passphrase, quick)
        let file = try KeyFile.sealed(ring, by: lock, chance: &chance)
        for bit in 12 * 8..<(file.count - 32) * 8 {
            let broken = rechecked(flipped(file, bit: bit))
            let found = fault { () throws(KeyFileFault) in _ = try open(broken, passphrase) }
            #expect(found != nil && found != .damaged, "bit \(bit)")
        }
    }

    @Test mutating func `what a file asks for is capped before the step begins`() throws {
        let refusing = Stretch(least: .moderate) { _, _, cost in
            Issue.record("the step was begun with \(cost)")
            return nil
        }
        for cost in [
            Stretch.Cost(operations: 17, memoryBytes: 1 << 28),
            Stretch.Cost(operations: 3, memoryBytes: 1 << 30 + 1),
            Stretch.Cost(operations: .max, memoryBytes: 1 << 62),
        ] {
            let file = asking(
                for: cost,
                try KeyFile.sealed(ring, by: .passphrase(passphrase, quick), chance: &chance)
            )
            let found = fault { () throws(KeyFileFault) in
                _ = try KeyFile.open(file, with: .passphrase(passphrase, refusing))
            }
            #expect(found == .tooCostly(cost))
        }
        for cost in [
            Stretch.Cost(operations: 2, memoryBytes: 1 << 28),
            Stretch.Cost(operations: 3, memoryBytes: 1 << 28 - 1),
        ] {
            let file = asking(
                for: cost,
                try KeyFile.sealed(ring, by: .passphrase(passphrase, quick), chance: &chance)
            )
            let found = fault { () throws(KeyFileFault) in
                _ = try KeyFile.open(file, with: .passphrase(passphrase, refusing))
            }
            #expect(found == .tooWeak(cost))
        }
        let poor = Stretch(least: .moderate) { _, _, _ in nil }
        let file = try KeyFile.sealed(ring, by: .passphrase(passphrase, quick), chance: &chance)
        #expect(
            fault { () throws(KeyFileFault) in
                _ = try KeyFile.open(file, with: .passphrase(passphrase, poor))
            } == .noMemory(bytes: 1 << 28)
        )
    }

    @Test mutating func `each lock asks for its own key, and for one of the right size`() throws {
        let word = KeyFile.Lock.passphrase(passphrase, quick)
        let key = KeyFile.Lock.serviceKey(chance.bytes(32))
        let byWord = try KeyFile.sealed(ring, by: word, chance: &chance)
        let byKey = try KeyFile.sealed(ring, by: key, chance: &chance)
        func refusal(_ file: [UInt8], _ lock: KeyFile.Lock) -> KeyFileFault? {
            fault { () throws(KeyFileFault) in _ = try KeyFile.open(file, with: lock) }
        }
        #expect(refusal(byWord, key) == .needsPassphrase)
        #expect(refusal(byKey, word) == .needsServiceKey)
        #expect(refusal(byKey, .serviceKey([1, 2])) == .serviceKeyLength(bytes: 2))
        #expect(refusal(byWord, .passphrase([], quick)) == .passphraseLength(bytes: 0))
        let long = [UInt8](repeating: 65, count: 1_025)
        #expect(refusal(byWord, .passphrase(long, quick)) == .passphraseLength(bytes: 1_025))
        #expect(refusal([UInt8](repeating: 0, count: 4_097), word) == .tooLong(bytes: 4_097))
        #expect(refusal(rechecked(newer(byWord)), word) == .version)
    }

    @Test mutating func `a changed passphrase seals the same keys with another salt`() throws {
        let old = KeyFile.Lock.passphrase(passphrase, quick)
        let new = KeyFile.Lock.passphrase(Array("battery staple".utf8), quick)
        let file = try KeyFile.sealed(ring, by: old, chance: &chance)
        let changed = try KeyFile.relocked(file, from: old, to: new, chance: &chance)
        #expect(isSame(try KeyFile.open(changed, with: new), ring))
        #expect(file[15..<31] != changed[15..<31])
        #expect(
            fault { () throws(KeyFileFault) in _ = try KeyFile.open(changed, with: old) }
                == .wrongPassphrase
        )
        #expect(
            fault { () throws(KeyFileFault) in
                _ = try KeyFile.relocked(file, from: new, to: new, chance: &chance)
            } == .wrongPassphrase
        )
    }

    @Test func `no two faults say the same, and each says what to do`() {
        let faults: [KeyFileFault] = [
            .tooLong(bytes: 5_000), .notAKeyFile, .damaged, .version,
            .malformed(WireError(.truncated, at: 3)), .needsPassphrase, .needsServiceKey,
            .passphraseLength(bytes: 0), .passphraseLength(bytes: 2_000),
            .serviceKeyLength(bytes: 3), .tooWeak(.moderate), .tooCostly(.most),
            .noMemory(bytes: 1 << 28), .wrongPassphrase, .wrongServiceKey,
        ]
        #expect(Set(faults.map(\.description)).count == faults.count)
        #expect(faults.allSatisfy { !$0.hint.isEmpty && !$0.description.hasSuffix(".") })
    }
}

/// The checksum that anybody can make again.
private func rechecked(_ file: [UInt8]) -> [UInt8] {
    let body = Array(file.dropLast(32))
    return body + Digest.hash(Digest.Domain("tally1 keyfile"), body).bytes.array
}

private func newer(_ file: [UInt8]) -> [UInt8] {
    var file = file
    file[12] = 2
    return file
}

/// The same file asking for another cost: its head is written anew.
private func asking(for cost: Stretch.Cost, _ file: [UInt8]) -> [UInt8] {
    var writer = Writer()
    writer.number(cost.operations)
    writer.number(UInt64(cost.memoryBytes))
    let moderate = [3, 0x1A, 0x10, 0, 0, 0] as [UInt8]
    precondition(Array(file[31..<37]) == moderate, "the cost stands at byte 31")
    return rechecked(Array(file[..<31]) + writer.bytes + file[37...])
}
