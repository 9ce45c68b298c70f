import Commit
import Device
import EKey
import Sealing
import StandIns
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/ekey.json: what a bank writes into an eKey (section 20), and letters that do not
/// open.
@Suite struct EKeyVectors {
    struct File: Codable {
        let root: String
        let office: String
        let eKey: String
        let sealingSeed: String
        let sealingKey: String
        var letters: [Good] = []
        var damaged: [Bad] = []
    }

    struct Good: Codable {
        let name: String
        let kind: UInt64
        let letter: String
        let statement: String
        let signature: String
        let hash: String
        /// What the eKey signs of it.
        let receipt: String
    }

    struct Bad: Codable {
        let name: String
        let letter: String
    }

    /// A bank, an eKey, and chance of their own.
    private struct Story {
        var chance = SeededChance(seed: 20)
        let street: RealStreet
        let eKey: Identity
        let seed: [UInt8]
        let secret: SealingSecret

        init() throws {
            street = try RealStreet(seed: 20)
            eKey = Identity(chance: &chance)
            var copy = chance
            seed = copy.bytes(32)
            secret = SealingSecret(chance: &chance)
        }

        private var signatory: Signatory {
            Signatory(root: street.rootDER, office: must(street.ders[street.office.key]))
        }

        func personalisation() -> SignedObject {
            var settings = EKeySettings()
            settings.readers = [Key(street.root.key.bytes)]
            let mk = Personalisation(
                by: signatory,
                secret: 123_456_789,
                at: "192.168.1.7:4000",
                name: must(Text("Ada")),
                limits: EKeyLimits(
                    asset: RealStreet.euro,
                    largest: must(Amount(2_000)),
                    ceiling: must(Amount(10_000)),
                    guarantee: .zero
                ),
                settings: settings,
                signed: RealStreet.now,
                until: must(RealStreet.now.advanced(by: 86_400))
            )
            return .signed(mk.object(from: street.office.key, to: eKey.key), by: street.office)
        }

        func order() -> SignedObject {
            var settings = EKeySettings()
            (settings.number, settings.pin, settings.language) = (1, .zero, "de")
            settings.button = must(Amount(500))
            let order = SettingsOrder(by: signatory, settings: settings, signed: RealStreet.now)
            return .signed(order.object(from: street.office.key, to: eKey.key), by: street.office)
        }
    }

    @Test func `ekey json is what the code makes, and each bad letter does not open`() throws {
        var story = try Story()
        var file = File(
            root: Hex.text(story.street.root.key.bytes.array),
            office: Hex.text(story.street.office.key.bytes.array),
            eKey: Hex.text(story.eKey.key.bytes.array),
            sealingSeed: Hex.text(story.seed),
            sealingKey: Hex.text(story.secret.key.bytes.array)
        )
        let both = [("personalisation", story.personalisation()), ("settings", story.order())]
        for (name, signed) in both {
            let letter = try #require(
                EKeyLetter(signed, to: story.secret.key, chance: &story.chance)
            )
            #expect(letter.opened(by: story.eKey.key, story.secret) == signed)
            #expect(letter.datagrams.count > 1, "it comes in fragments")
            file.letters.append(
                Good(
                    name: name,
                    kind: signed.object.kind.rawValue,
                    letter: Hex.text(letter.wireBytes),
                    statement: Hex.text(signed.object.wireBytes),
                    signature: Hex.text(signed.signature.array),
                    hash: Hex.text(signed.object.hash.bytes.array),
                    receipt: Hex.text(EKeyWants.receipt(of: signed.object.hash).bytes.array)
                )
            )
            try damage(letter, signed, name, &story, &file)
        }
        try VectorFiles.compare(file, "ekey.json")
    }

    private func damage(
        _ letter: EKeyLetter,
        _ signed: SignedObject,
        _ name: String,
        _ story: inout Story,
        _ file: inout File
    ) throws {
        let all = letter.datagrams
        var flipped = all
        flipped[all.count - 1][flipped[all.count - 1].count - 1] ^= 1
        let stranger = SealingSecret(chance: &story.chance)
        let elsewhere = try #require(
            EKeyLetter(signed, to: stranger.key, chance: &story.chance)
        )
        let again = try #require(
            EKeyLetter(signed, to: story.secret.key, chance: &story.chance)
        )
        let cases = [
            ("a bit turned at the end", flipped), ("the last part gone", Array(all.dropLast())),
            ("out of order", Array(all.reversed())), ("a part too many", all + [all[0]]),
            ("sealed to another", elsewhere.datagrams),
            ("parts of two letters", [all[0]] + again.datagrams.dropFirst()),
        ]
        for (what, datagrams) in cases {
            let bad = EKeyLetter(datagrams)
            #expect(bad.opened(by: story.eKey.key, story.secret) == nil, "\(what)")
            file.damaged.append(Bad(name: "\(name): \(what)", letter: Hex.text(bad.wireBytes)))
        }
    }
}
