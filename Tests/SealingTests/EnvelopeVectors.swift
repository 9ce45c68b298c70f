import Sealing
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/envelopes.json, with every value on the way.
struct EnvelopeVectors: Codable, Equatable {
    struct Receiver: Codable, Equatable {
        var identitySeed, key, sealingSeed, sealingSecret, sealingKey: String
    }

    struct Good: Codable, Equatable {
        var name: String
        /// first or following.
        var order: String
        var senderSeed, senderKey: String
        var cookie: String
        var secretKey, ephemeralSeed, ephemeralSecret, ephemeralKey: String
        var sealNonce, sealed, tagKey, followingTag: String
        var kind: UInt64
        var payment, answers, content: String
        var statement, hash, signature, padded: String
        /// Only of a message in parts.
        var number: String?
        var nonces, datagrams: [String]
    }

    struct Bad: Codable, Equatable {
        var name, fault, datagram: String
    }

    var receiver: Receiver
    var good: [Good]
    /// The secret keys whose following messages the receiver takes in `bad`.
    var knownSecretKeys: [String]
    /// In `bad` no answer is awaited, except for datagrams that are preceded by `after`.
    var bad: [Bad]
}

@Suite struct EnvelopeVectorTests {
    private static let senderSeed = (0..<32).map { UInt8($0) }
    private static let receiverSeed = (0..<32).map { UInt8($0 + 32) }
    private static let sealingSeed = (0..<32).map { UInt8($0 + 64) }
    private static let secretKey = (0..<32).map { UInt8($0 + 96) }
    private static let ephemeralSeed = (0..<32).map { UInt8($0 + 128) }
    private static let cookie = (0..<16).map { UInt8($0 + 160) }

    private var receiverIdentity: Identity { identity(Self.receiverSeed) }
    private var senderIdentity: Identity { identity(Self.senderSeed) }
    private var sealing: SealingSecret {
        var chance = ScriptedChance([Self.sealingSeed])
        return SealingSecret(chance: &chance)
    }

    private func identity(_ seed: [UInt8]) -> Identity {
        var chance = ScriptedChance([seed])
        return Identity(chance: &chance)
    }

    private func object(_ kind: Kind, _ count: Int) -> Object {
        let payment = PaymentID([0, 0, 0, 0, 0, 0, 0, 3] + (0..<32).map { UInt8(200 + $0) })
        return Object(
            kind,
            from: senderIdentity.key,
            to: receiverIdentity.key,
            payment: kind == .name ? nil : payment,
            answering: kind == .commit ? Hash(Bytes32(repeating: 0xAB)) : nil,
            content: (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        )
    }

    private func nonce(_ index: Int) -> [UInt8] { [UInt8](repeating: UInt8(index), count: 24) }

    private func good(
        _ name: String,
        _ kind: Kind,
        _ content: Int,
        first: Bool,
        cookie: [UInt8] = []
    ) throws -> EnvelopeVectors.Good {
        let object = object(kind, content)
        let signed = SignedObject.signed(object, by: senderIdentity)
        var chance = ScriptedChance(
            [Self.secretKey, Self.ephemeralSeed] + (1...48).map { nonce($0) }
        )
        let sender = try #require(
            Envelope.Sender(to: sealing.key, cookie: cookie, chance: &chance)
        )
        let sent =
            first
            ? try sender.first(signed, hash: object.hash, chance: &chance)
            : try sender.following(signed, hash: object.hash, chance: &chance)
        let ephemeral = Bare.boxKeys(seed: Self.ephemeralSeed)
        let key = Self.secretKey
        let number = Bare.hash(object.hash.bytes.array, person: "tally1 number", key: key)
        let probe = ScriptedChance([Self.secretKey, Self.ephemeralSeed, nonce(1)])
        return EnvelopeVectors.Good(
            name: name,
            order: first ? "first" : "following",
            senderSeed: Hex.text(Self.senderSeed),
            senderKey: Hex.text(senderIdentity.key.bytes.array),
            cookie: Hex.text(cookie),
            secretKey: Hex.text(key),
            ephemeralSeed: Hex.text(Self.ephemeralSeed),
            ephemeralSecret: Hex.text(ephemeral.secretKey),
            ephemeralKey: Hex.text(ephemeral.publicKey),
            sealNonce: Hex.text(
                Bare.hash(ephemeral.publicKey + sealing.key.bytes.array, count: 24)
            ),
            sealed: Hex.text(try sealedKey(cookie, probe)),
            tagKey: Hex.text(
                Bare.hash(sealing.key.bytes.array + cookie, person: "tally1 tagkey")
            ),
            followingTag: Hex.text(Bare.hash([], person: "tally1 follow", key: key)[..<8]),
            kind: kind.rawValue,
            payment: Hex.text(object.payment?.array ?? []),
            answers: Hex.text(object.answers?.bytes.array ?? []),
            content: Hex.text(object.content),
            statement: Hex.text(object.wireBytes),
            hash: Hex.text(object.hash.bytes.array),
            signature: Hex.text(signed.signature.array),
            padded: Hex.text(signed.padded),
            number: sent.count > 1 ? Hex.text(number[..<8]) : nil,
            nonces: sent.indices.map { Hex.text(nonce($0 + 1)) },
            datagrams: sent.map(Hex.text)
        )
    }

    private func sealedKey(_ cookie: [UInt8], _ chance: ScriptedChance) throws -> ArraySlice<UInt8>
    {
        var chance = chance
        let sender = try #require(
            Envelope.Sender(to: sealing.key, cookie: cookie, chance: &chance)
        )
        let message = SignedObject.signed(object(.name, 1), by: senderIdentity)
        return try sender.first(message, hash: message.object.hash, chance: &chance)[0][10..<90]
    }

    /// A following datagram around any plaintext, under the secret key that is known.
    private func around(_ padded: [UInt8], kind: UInt8 = 2, head: [UInt8] = []) -> [UInt8] {
        let tag = Bare.hash([], person: "tally1 follow", key: Self.secretKey)[..<8]
        let box = Bare.aead(padded, nonce: nonce(9), data: [1, kind] + head, key: Self.secretKey)
        return [1] + tag + [kind] + head + nonce(9) + box
    }

    private func padded(_ message: [UInt8]) -> [UInt8] {
        let size = SignedObject.paddedSize(message.count)
        return message + [0x80] + [UInt8](repeating: 0, count: size - message.count - 1)
    }

    /// A following datagram around a statement that is signed, whatever it says.
    private func saying(_ statement: [UInt8]) -> [UInt8] {
        let hash = Digest.hash(Digest.Domain("tally1 object"), statement)
        let signature = senderIdentity.sign(hash)
        return around(padded(statement + signature.array))
    }

    private func statements() -> [(String, String, [UInt8])] {
        let good = object(.commit, 20).wireBytes
        // 0x88, "tally" (6), version (1), kind (1), two keys (34 each), payment (42).
        func changed(_ at: Int, _ bytes: [UInt8], dropping count: Int) -> [UInt8] {
            good[..<at] + bytes + good[(at + count)...]
        }
        return [
            ("statement cut short", "truncated", Array(good.dropLast())),
            ("a byte after the statement", "trailing", good + [0]),
            ("sender is a text", "wrong-type", changed(9, [0x78, 32], dropping: 2)),
            ("kind in two bytes", "not-shortest", changed(8, [0x18, 4], dropping: 1)),
            ("array without an end", "indefinite", changed(0, [0x9F], dropping: 1)),
            ("sender of 31 bytes", "wrong-length", changed(9, [0x58, 31], dropping: 3)),
            ("payment of 39 bytes", "wrong-length", changed(77, [0x58, 39], dropping: 3)),
            ("array of seven", "wrong-count", changed(0, [0x87], dropping: 1)),
            ("two answers", "over-cap", changed(119, [0x82], dropping: 1)),
            ("payment of 41 bytes", "wrong-length", changed(77, [0x58, 41, 0], dropping: 2)),
            ("kind 99", "out-of-range", changed(8, [0x18, 99], dropping: 1)),
            ("payment of epoch 0", "out-of-range", changed(86, [0], dropping: 1)),
            ("version 0 inside", "version", changed(7, [0], dropping: 1)),
            ("version 2 inside", "version", changed(7, [2], dropping: 1)),
        ]
    }

    private func bad() throws -> [EnvelopeVectors.Bad] {
        let sent = try good("", .commit, 20, first: true)
        let first = try #require(Hex.bytes(sent.datagrams[0]))
        let next = around(try #require(Hex.bytes(sent.padded)))
        let parts = try good("", .stick, 3_000, first: true).datagrams.compactMap(Hex.bytes)
        let part = around(
            [UInt8](repeating: 1, count: 1_024),
            kind: 4,
            head: [UInt8](repeating: 5, count: 8) + [0, 2]
        )
        func tagged(_ bytes: [UInt8]) -> [UInt8] { retagged(bytes, for: sealing.key) }
        let list: [(String, String, [UInt8])] = [
            ("1201 bytes", "too-long", first + [UInt8](repeating: 0, count: 1_201 - first.count)),
            ("nothing", "too-short", []),
            ("a head only", "too-short", Array(first[..<10])),
            ("no plaintext, first", "too-short", Array(first[..<130])),
            ("no plaintext, following", "too-short", Array(next[..<50])),
            ("version 0", "version", [0] + first[1...]),
            ("version 2", "version", [2] + next[1...]),
            ("kind 0", "kind", Array(first[..<9]) + [0] + first[10...]),
            ("kind 5", "kind", Array(first[..<9]) + [5] + first[10...]),
            ("count 1", "fragment", Array(part[..<19]) + [1] + part[20...]),
            ("count 49", "fragment", Array(part[..<19]) + [49] + part[20...]),
            ("index 2 of 2", "fragment", Array(part[..<18]) + [2] + part[19...]),
            ("a first part one byte short", "fragment", Array(part.dropLast())),
            ("a flipped bit of the tag, first", "tag", flipped(first, bit: 8)),
            ("a flipped bit of the tag, following", "tag", flipped(next, bit: 71)),
            ("a flipped bit of the body", "tag", flipped(first, bit: 1_600)),
            ("a part of a first message", "not-awaited", parts[0]),
            ("a flipped bit of the ephemeral key", "sealed-key", tagged(flipped(first, bit: 80))),
            ("its unused bit", "sealed-key", tagged(flipped(first, bit: 41 * 8 + 7))),
            ("a flipped bit of the sealed key", "sealed-key", tagged(flipped(first, bit: 719))),
            ("a flipped bit of the nonce", "box", tagged(flipped(first, bit: 720))),
            ("a flipped bit of the box", "box", flipped(next, bit: 8 * 40)),
            ("a flipped bit of the MAC", "box", flipped(next, bit: next.count * 8 - 1)),
            ("a part under another index", "box", Array(part[..<18]) + [1] + part[19...]),
            ("the following box as a first one", "box", tagged(Array(first[..<90]) + next[10...])),
        ]
        let all = list + (try badPlaintexts()) + statements().map { ($0, $1, saying($2)) }
        return all.map { .init(name: $0, fault: $1, datagram: Hex.text($2)) }
    }

    private func badPlaintexts() throws -> [(String, String, [UInt8])] {
        let sent = try good("", .commit, 20, first: true)
        let other = object(.commit, 20)
        let elsewhere = Object(
            .commit,
            from: other.sender,
            to: other.sender,
            payment: other.payment,
            content: [1]
        )
        let forged = padded(
            other.wireBytes + senderIdentity.sign(Hash(Bytes32(repeating: 1))).array
        )
        return [
            ("31 bytes of plaintext", "padding", around([UInt8](repeating: 0x80, count: 31))),
            ("no mark", "padding", around([UInt8](repeating: 0, count: 32))),
            (
                "a whole block too many", "padding",
                around(
                    padded(other.wireBytes + sent.signatureBytes) + [UInt8](repeating: 0, count: 32)
                )
            ),
            ("a message of no bytes", "truncated", around(padded([]))),
            ("for another receiver", "not-for-me", saying(elsewhere.wireBytes)),
            ("signed, but something else", "signature", around(forged)),
        ]
    }

    private func vectors() throws -> EnvelopeVectors {
        let keys = Bare.boxKeys(seed: Self.sealingSeed)
        return EnvelopeVectors(
            receiver: .init(
                identitySeed: Hex.text(Self.receiverSeed),
                key: Hex.text(receiverIdentity.key.bytes.array),
                sealingSeed: Hex.text(Self.sealingSeed),
                sealingSecret: Hex.text(keys.secretKey),
                sealingKey: Hex.text(keys.publicKey)
            ),
            good: [
                try good("a first message", .commit, 20, first: true),
                try good("the smallest there is", .name, 0, first: true),
                try good("with a cookie", .commit, 20, first: true, cookie: Self.cookie),
                try good("a following message", .abort, 100, first: false),
                try good("the longest first in one datagram", .name, 900, first: true),
                try good("a first message in parts", .stick, 3_000, first: true),
                try good("a following message in parts", .window, 1_100, first: false),
            ],
            knownSecretKeys: [Hex.text(Self.secretKey)],
            bad: try bad()
        )
    }

    private var receiver: Envelope.Receiver {
        Envelope.Receiver(receiverIdentity.key, openingWith: [sealing])
    }

    /// The receiver once it has opened and believed a first message under the known key.
    private func acquainted() throws -> Envelope.Receiver {
        var receiver = receiver
        let first = try good("", .commit, 20, first: true).datagrams[0]
        switch try receiver.open(try #require(Hex.bytes(first))) {
        case .message(_, let key): receiver.remember(key)
        case .part: Issue.record("a short message came in parts")
        }
        return receiver
    }

    @Test func `the envelope vectors are what the code makes`() throws {
        try VectorFiles.compare(vectors(), "envelopes.json")
    }

    @Test func `every bad datagram fails as its vector says`() throws {
        let stored: EnvelopeVectors = try VectorFiles.read("envelopes.json")
        for bad in stored.bad {
            var receiver = try acquainted()
            let datagram = try #require(Hex.bytes(bad.datagram))
            let found = fault { () throws(EnvelopeFault) in
                guard let message = try receiver.open(datagram).message else { return }
                try message.check(Ed25519Checking(), hash: message.object.hash)
            }
            #expect(found?.name == bad.fault, "\(bad.name)")
        }
        let named = Set(stored.bad.map(\.fault))
        #expect(named.isSuperset(of: EnvelopeFault.names))
    }

    @Test(arguments: ["envelopes.json", "envelopes-python.json"])
    func `every good envelope opens, ours and another program's`(file: String) throws {
        let stored: EnvelopeVectors = try VectorFiles.read(file)
        #expect(!stored.good.isEmpty)
        for good in stored.good {
            var receiver = try acquainted()
            if !good.cookie.isEmpty {
                let cookie = try #require(Hex.bytes(good.cookie))
                receiver = Envelope.Receiver(
                    receiverIdentity.key,
                    openingWith: [sealing],
                    cookie: cookie
                )
            }
            receiver.awaitsLongFirst = true
            var found: SignedObject?
            for datagram in good.datagrams {
                found = try receiver.open(try #require(Hex.bytes(datagram))).message
            }
            let message = try #require(found, "\(good.name)")
            #expect(Hex.text(message.object.wireBytes) == good.statement)
            try message.check(Ed25519Checking(), hash: message.object.hash)
        }
    }
}

extension EnvelopeFault {
    /// Those of section 4; those of section 2 come with the statement.
    static let names: Set<String> = [
        "too-long", "too-short", "version", "kind", "fragment", "tag", "not-awaited",
        "sealed-key", "box", "padding", "not-for-me", "signature",
    ]
}

extension EnvelopeVectors.Good {
    var signatureBytes: [UInt8] { Hex.bytes(signature) ?? [] }
}
