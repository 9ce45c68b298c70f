import Commit
import Meter
import Money
import Sealing
import TestSupport
import Testing
import Wallet
import Wire
import Words

/// docs/vectors/meter.json: what a meter's wallet uses up, and what a load draws (section 16).
@Suite struct MeterVectors {
    struct File: Codable {
        var sticks: [Owned] = []
        var groups: [Group] = []
        var profiles: [Good] = []
        var noProfiles: [Bad] = []
        var energies: [Drawn] = []
    }

    struct Owned: Codable {
        let id: String
        let units: UInt64
        let spendUntil: UInt64
    }

    struct Group: Codable {
        let day: UInt64
        let units: UInt64
        let after: UInt64
        let through: UInt64
        let answer: String
        let pulses: UInt64
        /// Of each stick of which something was ever used up, in the order of their ids.
        let registers: [Register]
    }

    struct Register: Codable {
        let stick: String
        let count: UInt64
    }

    struct Good: Codable {
        let text: String
        let steps: [[UInt64]]
    }

    struct Bad: Codable {
        let text: String
        let line: Int
        let fault: String
    }

    struct Drawn: Codable {
        let profile: Int
        let from: UInt64
        let to: UInt64
        let energy: UInt64
    }

    @Test func `meter json is what a meter's wallet does and what its load draws`() throws {
        var file = File()
        try consume(&file)
        try profiles(&file)
        #expect(Set(file.groups.map(\.answer)) == ["served", "pulses", "short"])
        #expect(Set(file.noProfiles.map(\.fault)).count == 5)
        try VectorFiles.compare(file, "meter.json")
    }

    // MARK: What is used up

    private func consume(_ file: inout File) throws {
        var street = try PayingStreet(seed: 60)
        try street.setUp(units: 100)
        let office = must(street.street.ders[street.street.office.key])
        for (units, days) in [(50, 20), (60, 20), (40, 40)] as [(UInt64, UInt64)] {
            let stick = try street.street.stick(units, to: street.buyer.ring.identity, days: days)
            let certificates = [office, must(street.street.ders[street.buyer.key])]
            street.wish(.charge(stick, certificates: certificates), ofSeller: false)
        }
        for row in street.buyer.rows(.piece) where row.key.first == 1 {
            var reader = Reader(row.bytes)
            _ = (try reader.array(0...2), try reader.number())
            let stick: Stick = try reader.value()
            file.sticks.append(
                Owned(
                    id: Hex.text(stick.id.bytes.array),
                    units: stick.units.units,
                    spendUntil: stick.spendUntil.number
                )
            )
        }
        let groups: [(later: UInt64, units: UInt64, after: UInt64, through: UInt64)] = [
            (0, 0, 0, 1), (0, 30, 5, 35), (0, 30, 0, 30), (0, 30, 0, 30), (0, 7, 0, 7),
            (0, 300, 30, 330), (0, 45, 30, 75), (0, 100, 75, 175), (19, 1, 175, 176),
            (31, 41, 176, 217), (31, 30, 176, 206), (41, 1, 206, 207), (41, 1, 200, 206),
        ]
        for one in groups {
            file.groups.append(try answer(one, &street))
        }
    }

    private func answer(
        _ one: (later: UInt64, units: UInt64, after: UInt64, through: UInt64),
        _ street: inout PayingStreet
    ) throws -> Group {
        let day = must(RealStreet.now.day.advanced(by: one.later))
        street.time.moment = must(Moment(day.number * 86_400 + 3_600))
        let before = street.buyer.news.count
        let group = Consumption(
            must(Amount(one.units)),
            of: RealStreet.euro,
            after: one.after,
            through: one.through
        )
        street.wish(.consume(group), ofSeller: false)
        var answer = ""
        for news in street.buyer.news[before...] {
            switch news {
            case .served: answer = "served"
            case .denied(.short): answer = "short"
            case .denied(.refused(let name)): answer = name.string
            default: continue
            }
        }
        let wallet = street.buyer.wallet
        return Group(
            day: day.number,
            units: one.units,
            after: one.after,
            through: one.through,
            answer: answer,
            pulses: wallet.pulses,
            registers: wallet.consumedOf.sorted { $0.key < $1.key }.map {
                Register(stick: Hex.text($0.key.bytes.array), count: $0.value.units)
            }
        )
    }

    // MARK: What is drawn

    private func profiles(_ file: inout File) throws {
        let texts = [
            "00:00 100", "# a flat\n\n06:30 900 # breakfast\n08:00\t250\r\n17:15 1800\n23:59 0\n",
            "12:00 100000", "00:00 5#\u{301} a comment\r\n#\u{301}\r\n",
        ]
        for (index, text) in texts.enumerated() {
            let profile = try LoadProfile(text)
            file.profiles.append(
                Good(text: text, steps: profile.steps.map { [$0.minute, $0.watts] })
            )
            for (from, to) in [
                (0, 86_400_000), (23_400_001, 62_100_007), (86_399_999, 86_400_001),
                (1_767_225_600_123, 1_767_655_555_456), (5, 5), (6, 5),
            ] as [(UInt64, UInt64)] {
                let energy = profile.energy(from: from, to: to)
                file.energies.append(Drawn(profile: index, from: from, to: to, energy: energy))
            }
        }
        for text in [
            "", "# nothing\n", "00:00", "00:00 1 2", "1:00 1", "24:00 1", "00:60 1", "0000 1",
            "00:00 -1", "00:00 1.5", "00:00 100001", "00:00 0000001", "00:00 1\n00:00 2",
            "07:00 1\n\n06:59 2\n", "00:00 1\r", "00:00\r1\n", "\r\n00:00 1\r\r\n",
        ] {
            let fault = #expect(throws: LoadProfileFault.self) { try LoadProfile(text) }
            guard let fault else { continue }
            let name =
                switch fault.why {
                case .text: "utf8"
                case .words: "words"
                case .time: "time"
                case .watts: "watts"
                case .order: "order"
                case .empty: "empty"
                }
            file.noProfiles.append(Bad(text: text, line: fault.line, fault: name))
        }
    }
}
