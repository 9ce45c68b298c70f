import Sealing
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/keyfile.json.
struct KeyFileVectors: Codable {
    struct Lock: Codable {
        /// passphrase or service-key.
        var method, secret: String
        /// What the reader accepts at least; cheap only here, so that a check takes no minute.
        var leastOperations: UInt64
        var leastMemory: Int
    }

    struct Good: Codable {
        var name: String
        var lock: Lock
        var operations: UInt64
        var memory: Int
        var salt, key, nonce, seeds, vouched, file: String
        var identityKey, sealingKey, hidingKey, chainKey: String
    }

    struct Bad: Codable {
        var name, fault: String
        var lock: Lock
        var file: String
    }

    /// What the data key and the payment key of the seeds make.
    struct Use: Codable {
        var context, plain, nonce, hidden, macOf, mac: String
        var epoch: UInt64
        var random, payment: String
    }

    var good: [Good]
    var bad: [Bad]
    var use: Use
}

@Suite struct KeyFileVectorTests {
    private static let seeds = (0..<128).map { UInt8($0) }
    private static let salt = (0..<16).map { UInt8($0 + 128) }
    private static let nonce = (0..<24).map { UInt8($0 + 144) }
    private static let passphrase = "correct horse battery staple"
    private static let serviceKey = (0..<32).map { UInt8($0 + 168) }
    private static let cheap = Stretch.Cost(operations: 1, memoryBytes: 8_192)

    private var ring: KeyRing {
        var chance = ScriptedChance([Self.seeds])
        return KeyRing(chance: &chance)
    }

    private func word(_ text: String, least: Stretch.Cost) -> KeyFileVectors.Lock {
        .init(
            method: "passphrase",
            secret: Hex.text(Array(text.utf8)),
            leastOperations: least.operations,
            leastMemory: least.memoryBytes
        )
    }

    private func service(_ key: [UInt8]) -> KeyFileVectors.Lock {
        .init(method: "service-key", secret: Hex.text(key), leastOperations: 0, leastMemory: 0)
    }

    private func lock(_ lock: KeyFileVectors.Lock) throws -> KeyFile.Lock {
        let secret = try #require(Hex.bytes(lock.secret))
        let least = Stretch.Cost(
            operations: lock.leastOperations,
            memoryBytes: lock.leastMemory
        )
        return lock.method == "passphrase"
            ? .passphrase(secret, Stretch(least: least, run: Stretch.argon2id.run))
            : .serviceKey(secret)
    }

    private func sealed(
        _ by: KeyFileVectors.Lock,
        _ cost: Stretch.Cost
    ) throws -> [UInt8] {
        var chance = ScriptedChance([Self.salt, Self.nonce])
        return try KeyFile.sealed(ring, by: lock(by), cost: cost, chance: &chance)
    }

    private func good(
        _ name: String,
        _ by: KeyFileVectors.Lock,
        _ cost: Stretch.Cost
    ) throws -> KeyFileVectors.Good {
        let isWord = by.method == "passphrase"
        let secret = try #require(Hex.bytes(by.secret))
        let key =
            isWord
            ? try #require(Stretch.argon2id.run(secret, Self.salt, cost))
            : Bare.hash(Self.salt, person: "tally1 keyfile", key: secret)
        let file = try sealed(by, cost)
        let root = Array(Self.seeds[64..<96])
        return .init(
            name: name,
            lock: by,
            operations: isWord ? cost.operations : 0,
            memory: isWord ? cost.memoryBytes : 0,
            salt: Hex.text(Self.salt),
            key: Hex.text(key),
            nonce: Hex.text(Self.nonce),
            seeds: Hex.text(Self.seeds),
            vouched: Hex.text(file.dropLast(34 + 146 + 26)),
            file: Hex.text(file),
            identityKey: Hex.text(ring.identity.key.bytes.array),
            sealingKey: Hex.text(ring.sealing.key.bytes.array),
            hidingKey: Hex.text(Bare.hash([], person: "tally1 hide", key: root)),
            chainKey: Hex.text(Bare.hash([], person: "tally1 journal", key: root))
        )
    }

    private func rechecked(_ body: [UInt8]) -> [UInt8] {
        body + Bare.hash(body, person: "tally1 keyfile")
    }

    private typealias Entry = (String, String, KeyFileVectors.Lock, [UInt8])

    private func bad() throws -> [KeyFileVectors.Bad] {
        let mine = word(Self.passphrase, least: Self.cheap)
        let file = try sealed(mine, Self.cheap)
        let body = Array(file.dropLast(32))
        let list: [Entry] = [
            (
                "4097 bytes", "too-long", mine,
                file + [UInt8](repeating: 0, count: 4_097 - file.count)
            ),
            ("nothing", "not-a-key-file", mine, []),
            ("another title", "not-a-key-file", mine, rechecked(flipped(body, bit: 80))),
            ("a flipped bit of the version", "damaged", mine, flipped(file, bit: 96)),
            ("a flipped bit of the box", "damaged", mine, flipped(file, bit: 800)),
            (
                "a flipped bit of the checksum", "damaged", mine,
                flipped(file, bit: file.count * 8 - 1)
            ),
            ("a byte short", "damaged", mine, Array(file.dropLast())),
            ("version 2", "version", mine, rechecked(Array(body[..<12]) + [2] + body[13...])),
            ("method 3", "out-of-range", mine, rechecked(Array(body[..<13]) + [3] + body[14...])),
            (
                "operations in two bytes", "not-shortest", mine,
                rechecked(Array(body[..<31]) + [0x18, 1] + body[32...])
            ),
            (
                "a service key with a cost", "out-of-range", service(Self.serviceKey),
                rechecked(Array(body[..<13]) + [2] + body[14...])
            ),
        ]
        let all = list + (try badLocks(mine, file))
        return all.map { .init(name: $0, fault: $1, lock: $2, file: Hex.text($3)) }
    }

    private func badLocks(
        _ mine: KeyFileVectors.Lock,
        _ file: [UInt8]
    ) throws -> [Entry] {
        let served = try sealed(service(Self.serviceKey), Self.cheap)
        let body = Array(file.dropLast(32))
        // Operations stand at byte 31, memory (three bytes) behind them.
        func asking(_ operations: UInt64, _ memory: UInt64) -> [UInt8] {
            var writer = Writer()
            writer.number(operations)
            writer.number(memory)
            return rechecked(body[..<31] + writer.bytes + body[35...])
        }
        let long = String(repeating: "x", count: 1_025)
        return [
            ("no passphrase at hand", "needs-passphrase", service(Self.serviceKey), file),
            ("no service key at hand", "needs-service-key", mine, served),
            ("an empty passphrase", "passphrase-length", word("", least: Self.cheap), file),
            (
                "a passphrase of 1025 bytes", "passphrase-length", word(long, least: Self.cheap),
                file
            ),
            (
                "a service key of 31 bytes", "service-key-length",
                service(Array(Self.serviceKey.dropLast())), served
            ),
            ("17 passes", "too-costly", mine, asking(17, 1 << 28)),
            ("more than a GiB", "too-costly", mine, asking(3, 1 << 30 + 1)),
            ("all the memory there is", "too-costly", mine, asking(3, 1 << 62)),
            ("less than moderate", "too-weak", word(Self.passphrase, least: .moderate), file),
            ("2 passes", "too-weak", word(Self.passphrase, least: .moderate), asking(2, 1 << 28)),
            (
                "another passphrase", "wrong-passphrase",
                word(Self.passphrase + " ", least: Self.cheap), file
            ),
            ("another salt", "wrong-passphrase", mine, rechecked(flipped(body, bit: 120))),
            (
                "a flipped bit of the box, checksum made again", "wrong-passphrase", mine,
                rechecked(flipped(body, bit: 800))
            ),
            ("another service key", "wrong-service-key", service(Self.salt + Self.salt), served),
        ]
    }

    private func use() throws -> KeyFileVectors.Use {
        let (context, plain) = (Array("outbox/7".utf8), Array("a payment".utf8))
        let random = (0..<16).map { UInt8($0 + 200) }
        var chance = ScriptedChance([Self.nonce, random])
        let hidden = ring.data.hide(plain, context: context, chance: &chance)
        let id = ring.payments.payment(in: try #require(Epoch(5)), chance: &chance)
        return .init(
            context: Hex.text(context),
            plain: Hex.text(plain),
            nonce: Hex.text(Self.nonce),
            hidden: Hex.text(hidden),
            macOf: Hex.text(plain),
            mac: Hex.text(ring.data.mac(plain).bytes.array),
            epoch: 5,
            random: Hex.text(random),
            payment: Hex.text(id.array)
        )
    }

    @Test func `the key file vectors are what the code makes`() throws {
        let vectors = KeyFileVectors(
            good: [
                try good("a passphrase", word(Self.passphrase, least: .moderate), .moderate),
                try good("cheaply", word(Self.passphrase, least: Self.cheap), Self.cheap),
                try good("a service key", service(Self.serviceKey), .moderate),
            ],
            bad: try bad(),
            use: try use()
        )
        try VectorFiles.compare(vectors, "keyfile.json")
    }

    @Test func `every bad key file fails as its vector says`() throws {
        let stored: KeyFileVectors = try VectorFiles.read("keyfile.json")
        for bad in stored.bad {
            let (file, lock) = (try #require(Hex.bytes(bad.file)), try lock(bad.lock))
            do {
                _ = try KeyFile.open(file, with: lock)
                Issue.record("\(bad.name): it opened")
            } catch {
                #expect(error.name == bad.fault, "\(bad.name)")
            }
        }
        for good in stored.good {
            let file = try #require(Hex.bytes(good.file))
            let ring = try KeyFile.open(file, with: lock(good.lock))
            #expect(Hex.text(ring.identity.key.bytes.array) == good.identityKey)
            #expect(Hex.text(ring.sealing.key.bytes.array) == good.sealingKey)
        }
    }
}
