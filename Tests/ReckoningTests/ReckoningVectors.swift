import Ledger
import Money
import Reckoning
import StandIns
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/reckoning.json: what an office is shown, and what it makes of that.
@Suite struct ReckoningVectors {
    struct File: Codable { var worlds: [World] = [] }

    struct World: Codable {
        let name: String
        let office: String
        let day: UInt64
        var sticks: [Stick] = []
        /// All handovers that anybody signed, whole.
        var handovers: [String] = []
        var presented: [Item] = []
        var epochs: [Life] = []
        var revoked: [Life] = []
        var accounts: [Holder] = []
        var held: [Held] = []
        var cases: [Opened] = []
        var notices: [Frozen] = []
        var shares: [Share] = []
        var duplicates: [Due] = []
    }

    struct Stick: Codable {
        let id: String
        let owner: String
        let units: UInt64
        let settleUntil: UInt64
        let epoch: UInt64
        let number: UInt64
    }

    /// One presentation; links are entries of handovers, by their numbers in the list of those.
    struct Item: Codable {
        let number: UInt64
        let what: String
        var by = ""
        var hex = ""
        var links: [[Int]] = []
        /// Which of the last one's units wait, of what came back to the office.
        var waits: [UInt64] = []
    }

    struct Life: Codable {
        let key: String
        let epoch: UInt64
        let counter: UInt64
    }

    struct Holder: Codable {
        let key: String
        let account: UInt64
    }

    struct Held: Codable {
        let key: String
        let units: UInt64
    }

    struct Opened: Codable {
        let convict: String
        let duplicated: UInt64
        /// How many links it is about.
        let parties: Int
        let proof: String
    }

    struct Frozen: Codable {
        let key: String
        let epoch: UInt64
        let proof: String
    }

    struct Share: Codable {
        let stick: String
        let lo: UInt64
        let hi: UInt64
        let fate: String
        let key: String
    }

    struct Due: Codable {
        let stick: String
        let lo: UInt64
        let hi: UInt64
        let holder: String
        let convict: String
        let paid: UInt64
    }

    private func hex(_ key: Key) -> String { Hex.text(key.bytes.array) }
    private func hex(_ hash: Hash) -> String { Hex.text(hash.bytes.array) }

    @Test func `reckoning json is what follows from what is shown`() throws {
        var file = File()
        for seed in 0..<12 {
            let crowd = Crowd(
                seed: UInt64(seed),
                people: 4,
                cheats: seed % 4,
                steps: 36,
                isReal: true
            )
            file.worlds.append(try world(crowd, UInt64(seed)))
        }
        #expect(Set(file.worlds.flatMap(\.shares).map(\.fate)).count == 4)
        #expect(file.worlds.contains { !$0.duplicates.isEmpty && !$0.notices.isEmpty })
        #expect(file.worlds.contains { $0.duplicates.contains { $0.paid > 0 } })
        #expect(file.worlds.contains { !$0.revoked.isEmpty })
        try VectorFiles.compare(file, "reckoning.json")
    }

    private func world(_ crowd: Crowd, _ seed: UInt64) throws -> World {
        var chance = SeededChance(seed: seed)
        var world = World(
            name: "crowd \(seed), \(crowd.cheats.count) of \(crowd.people.count) cheat",
            office: hex(crowd.village.office.key),
            day: Village.lastDay.number
        )
        let whole = crowd.papers.compactMap { paper -> Handover? in
            guard case .handover(let handover) = paper else { return nil }
            return handover
        }
        world.handovers = whole.map { Hex.text($0.wireBytes) }
        world.sticks = crowd.sticks.map(stick)
        var (reckoning, box) = (crowd.village.reckoning, PaperBox())
        var (proofs, frozen) = ([CaseID: Proof](), [Notice: Proof]())
        for (index, paper) in crowd.papers.enumerated() where chance.below(6) > 0 {
            let number = 1_000 + UInt64(index)
            world.presented.append(item(paper, number, whole))
            let taken = try paper.present(to: &reckoning, at: number, &box, crowd.village.eye)
            for discovery in taken.discoveries {
                switch discovery {
                case .opened(let id, let proof): proofs[id] = proof
                case .frozen(let notice, let proof): frozen[notice] = proof
                }
            }
        }
        if seed % 3 == 2 { revoke(&reckoning, &world, whole, &chance) }
        for person in crowd.people where person.epoch > 1 {
            let key = hex(person.signer.key)
            world.epochs.append(Life(key: key, epoch: person.epoch, counter: 0))
        }
        world.cases = reckoning.opened.sorted().map { opened($0, must(proofs[$0]), reckoning) }
        world.notices = reckoning.notices.sorted().map {
            Frozen(
                key: hex($0.key),
                epoch: $0.epoch.number,
                proof: Hex.text(must(frozen[$0]).wireBytes)
            )
        }
        try close(reckoning, &world, &chance, accounts(crowd, seed))
        return world
    }

    /// Most have one each; in some crowds somebody has none, or two have one together.
    private func accounts(_ crowd: Crowd, _ seed: UInt64) -> [Key: Account] {
        var accounts: [Key: Account] = [:]
        for (index, person) in crowd.people.enumerated() {
            if seed % 4 > 1, index == 1 + Int(seed % 3) { continue }
            let number = seed % 5 == 3 && index == 1 ? 0 : UInt64(index)
            accounts[person.signer.key] = Account(number: Account.firstHolder.number + number)
        }
        return accounts
    }

    private func opened(_ id: CaseID, _ proof: Proof, _ reckoning: Reckoning) -> Opened {
        let known = must(reckoning.known(of: id))
        return Opened(
            convict: hex(id.convict),
            duplicated: known.duplicated.units,
            parties: known.parties.count,
            proof: Hex.text(proof.wireBytes)
        )
    }

    /// A convict's key is revoked in the middle of what it signed.
    private func revoke(
        _ reckoning: inout Reckoning,
        _ world: inout World,
        _ whole: [Handover],
        _ chance: inout SeededChance
    ) {
        for key in reckoning.convicts.sorted() {
            let places = whole.filter { $0.header.payer == key }.map(\.header.place).sorted()
            let place = places[chance.below(places.count)]
            reckoning.revoke(key, lastGood: place)
            world.revoked.append(
                Life(key: hex(key), epoch: place.epoch.number, counter: place.counter)
            )
        }
    }

    private func close(
        _ reckoning: Reckoning,
        _ world: inout World,
        _ chance: inout SeededChance,
        _ accounts: [Key: Account]
    ) throws {
        for (key, account) in accounts.sorted(by: { $0.key < $1.key }) {
            world.accounts.append(Holder(key: hex(key), account: account.number))
        }
        var held: [Key: Amount] = [:]
        for key in reckoning.convicts.sorted() {
            let units = UInt64(chance.below(25))
            held[key] = amount(units)
            world.held.append(Held(key: hex(key), units: units))
        }
        let closing = try reckoning.closing(Village.lastDay, held: held) { accounts[$0] }
        for settlement in closing.settlements {
            for share in settlement.shares { world.shares.append(of(settlement.stick, share)) }
        }
        world.duplicates = closing.honoured.map { one in
            Due(
                stick: hex(one.duplicate.stick),
                lo: one.duplicate.units.lo,
                hi: one.duplicate.units.hi,
                holder: hex(one.duplicate.holder),
                convict: hex(one.duplicate.convict),
                paid: one.paid.units
            )
        }
    }

    private func of(_ stick: Hash, _ share: Settlement.Share) -> Share {
        let (fate, key): (String, String) =
            switch share.fate {
            case .redeemed: ("redeemed", "")
            case .consumed: ("consumed", "")
            case .account(let key): ("account", hex(key))
            case .returned(let key): ("returned", hex(key))
            case .lapsed: ("lapsed", "")
            }
        return Share(
            stick: hex(stick),
            lo: share.units.lo,
            hi: share.units.hi,
            fate: fate,
            key: key
        )
    }

    private func item(_ paper: Paper, _ number: UInt64, _ whole: [Handover]) -> Item {
        func index(_ hash: Hash) -> Int { must(whole.firstIndex { $0.hash == hash }) }
        func places(_ links: [Link]) -> [[Int]] {
            links.map { [index($0.handover), $0.number] }
        }
        func signed(_ what: String, _ object: SignedObject) -> Item {
            Item(number: number, what: what, hex: Hex.text(object.wireBytes))
        }
        switch paper {
        case .handover(let handover):
            return Item(number: number, what: "handover", links: [[index(handover.hash), 0]])
        case .chain(let links, let key):
            return Item(number: number, what: "links", by: hex(key), links: places(links))
        case .redeemed(let links, _):
            let payer = must(links.last).header.payer
            return Item(number: number, what: "redeemed", by: hex(payer), links: places(links))
        case .received(let links, _, let waiting):
            var item = item(.redeemed(links, must(links.last).handover), number, whole)
            item.waits = [waiting.lo, waiting.hi]
            return item
        case .abort(let abort): return signed("abort", abort.signed)
        case .commit(let commit): return signed("commit", commit.signed)
        case .committed(let committed): return signed("committed", committed.signed)
        case .claim(let hash, let key):
            return Item(number: number, what: "claim", by: hex(key), links: [[index(hash), 0]])
        case .denial(let hash, let key):
            return Item(number: number, what: "denial", by: hex(key), links: [[index(hash), 0]])
        case .redemption: preconditionFailure("a crowd's redemptions show their chains")
        }
    }

    private func stick(_ stick: Issued) -> Stick {
        Stick(
            id: hex(stick.id),
            owner: hex(stick.owner),
            units: stick.units.units,
            settleUntil: stick.settleUntil.number,
            epoch: stick.epoch?.number ?? 0,
            number: stick.number
        )
    }
}
